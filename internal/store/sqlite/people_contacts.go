// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// An import fills a list that nobody sees, in transactions of importChunk contacts, and then makes it the persona's list in
// one that is short however long the list is. So it is all or nothing, and other writers wait for a chunk at most.

const (
	importChunk = 500
	// sweepChunk is how many rows are deleted in one transaction.
	sweepChunk = 1000
)

// ImportContacts replaces the contacts of a persona.
func (s *Store) ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error],
	now time.Time) (store.ImportReport, error) {
	if err := store.CheckImport(programID, persona, now); err != nil {
		return store.ImportReport{}, err
	}
	list, err := s.stage(ctx, programID, persona, contacts)
	if err != nil {
		return store.ImportReport{}, err
	}
	report, replaced, err := s.adopt(ctx, programID, persona, list)
	if replaced != 0 {
		// Done or not, the import is: what is left over is cleared when the store is opened the next time.
		_ = s.drop(context.WithoutCancel(ctx), replaced)
	}
	return report, err
}

// PreviewImport compares without changing.
func (s *Store) PreviewImport(ctx context.Context, programID, persona string,
	contacts iter.Seq2[store.Contact, error]) (store.ImportReport, error) {
	if err := store.CheckImport(programID, persona, s.now()); err != nil {
		return store.ImportReport{}, err
	}
	list, err := s.stage(ctx, programID, persona, contacts)
	if err != nil {
		return store.ImportReport{}, err
	}
	report, _, err := s.compare(ctx, programID, persona, list)
	_ = s.drop(context.WithoutCancel(ctx), list) // as above
	return report, err
}

// stage fills a new list.
func (s *Store) stage(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error]) (int64, error) {
	list, err := write(ctx, s.writer, "import contacts", func(t *txn) (int64, error) {
		if err := t.claimed(programID); err != nil {
			return 0, err
		}
		done, err := t.exec(`INSERT INTO contact_lists (program_id, persona, state) VALUES (?, ?, 'Staging')`, programID, persona)
		if err != nil {
			return 0, err
		}
		return done.LastInsertId()
	})
	if err != nil {
		return 0, err
	}
	if err := s.fill(ctx, programID, list, contacts); err != nil {
		_ = s.drop(context.WithoutCancel(ctx), list) // the error that matters is the first one
		return 0, err
	}
	return list, nil
}

func (s *Store) fill(ctx context.Context, programID string, list int64, contacts iter.Seq2[store.Contact, error]) error {
	var chunk []store.Contact
	count := 0
	for contact, err := range contacts {
		if err != nil {
			return err
		}
		count++
		if contact, err = contact.Normalized(); err != nil {
			return fmt.Errorf("contact %d: %w", count, err)
		}
		if chunk = append(chunk, contact); len(chunk) == importChunk {
			if err := s.add(ctx, programID, list, count, chunk); err != nil {
				return err
			}
			chunk = nil // not [:0]: a caller that gave up may leave the writer with the old one
		}
	}
	return s.add(ctx, programID, list, count, chunk)
}

// add puts contacts on a list, the last of which is the count-th.
func (s *Store) add(ctx context.Context, programID string, list int64, count int, chunk []store.Contact) error {
	_, err := write(ctx, s.writer, "import contacts", func(t *txn) (struct{}, error) {
		for i, c := range chunk {
			hash := store.AddressHash(programID, c.Address)
			added, err := t.affected(`INSERT INTO contacts (list_id, key, address, address_hash, address_no, name, language, time_zone,
				attributes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, list, c.Key, c.Address, hash[:], number(hash), c.Name,
				c.Language, c.TimeZone, jsonText(c.Attributes))
			if err != nil {
				return struct{}{}, err
			}
			if added == 0 {
				return struct{}{}, fmt.Errorf("contact %d: %w: %w", count-len(chunk)+i+1, store.ErrInvalid, errKeyTwice)
			}
		}
		return struct{}{}, nil
	})
	return err
}

// compare says how a list differs from the persona's present one, whose id it returns; 0 when there is none.
func (s *Store) compare(ctx context.Context, programID, persona string, list int64) (store.ImportReport, int64, error) {
	var report store.ImportReport
	ask := s.asks(ctx)
	current, err := currentList(ask, programID, persona)
	if err != nil {
		return report, 0, failure(ctx, "compare contacts", err)
	}
	counts, err := first(ask, func(row scanner) (n [4]int64, err error) { return n, row.Scan(&n[0], &n[1], &n[2], &n[3]) },
		`SELECT (SELECT count(*) FROM contacts WHERE list_id = ?2), (SELECT count(*) FROM contacts WHERE list_id = ?1), count(*),
			coalesce(sum(n.address = o.address AND n.name = o.name AND n.language = o.language AND n.time_zone = o.time_zone
				AND n.attributes = o.attributes), 0)
		FROM contacts AS n CROSS JOIN contacts AS o ON o.list_id = ?1 AND o.key = n.key
		WHERE n.list_id = ?2`, current, list)
	if err != nil {
		return report, 0, failure(ctx, "compare contacts", err)
	}
	added, before, common, same := counts[0], counts[1], counts[2], counts[3]
	return store.ImportReport{Added: added - common, Updated: common - same, Unchanged: same, Removed: before - common}, current, nil
}

func currentList(ask asking, programID, persona string) (int64, error) {
	id, err := first(ask, scanInt, `SELECT id FROM contact_lists WHERE program_id = ? AND persona = ? AND state = 'Current'`,
		programID, persona)
	return valueOr(id, 0), err
}

// adopt makes a list the persona's, and returns the one to drop.
func (s *Store) adopt(ctx context.Context, programID, persona string, list int64) (store.ImportReport, int64, error) {
	for {
		report, current, err := s.compare(ctx, programID, persona, list)
		if err != nil {
			return report, list, err
		}
		if current != 0 && report.Added+report.Updated+report.Removed == 0 {
			return report, list, nil
		}
		replaced, err := write(ctx, s.writer, "import contacts", func(t *txn) (bool, error) {
			return t.replaceList(programID, persona, current, list)
		})
		if err != nil {
			return store.ImportReport{}, 0, err // it may have happened: neither list can be dropped
		}
		if replaced {
			return report, current, nil
		}
	}
}

// replaceList is false when another import was faster.
func (t *txn) replaceList(programID, persona string, expected, list int64) (bool, error) {
	current, err := currentList(t.asks(), programID, persona)
	if err != nil || current != expected {
		return false, err
	}
	_, err = t.exec(`UPDATE contact_lists SET state = 'Dropped' WHERE id = ?`, current)
	if err != nil {
		return false, err
	}
	if _, err = t.exec(`UPDATE contact_lists SET state = 'Current' WHERE id = ?`, list); err != nil {
		return false, err
	}
	return true, t.contactsChanged(programID)
}

// drop deletes a list, a chunk at a time.
func (s *Store) drop(ctx context.Context, list int64) error {
	for {
		deleted, err := write(ctx, s.writer, "drop contacts", func(t *txn) (int64, error) {
			deleted, err := t.affected(`DELETE FROM contacts WHERE list_id = ?1
				AND key IN (SELECT key FROM contacts WHERE list_id = ?1 ORDER BY key LIMIT ?2)`, list, sweepChunk)
			if err != nil || deleted > 0 {
				return deleted, err
			}
			t.leavesTraces()
			_, err = t.exec(`DELETE FROM contact_lists WHERE id = ? AND state <> 'Current'`, list)
			return 0, err
		})
		if err != nil || deleted == 0 {
			return err
		}
	}
}

// sweepLists drops what imports left behind whose process ended. No import is under way while the store is being opened.
func (s *Store) sweepLists(ctx context.Context) error {
	lists, err := all(s.asks(ctx), scanInt, `SELECT id FROM contact_lists WHERE state <> 'Current'`)
	if err != nil {
		return failure(ctx, "look for imports that were broken off", err)
	}
	for _, list := range lists {
		if err := s.drop(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

// CountContacts counts the contacts of a persona.
func (s *Store) CountContacts(ctx context.Context, programID, persona string) (store.ContactCounts, error) {
	counts, err := first(s.asks(ctx), func(row scanner) (c store.ContactCounts, err error) {
		return c, row.Scan(&c.Known, &c.OptedOut, &c.Invalid, &c.Reachable)
	}, `SELECT count(*), count(a.opted_out_at), count(a.invalid_at),
			count(*) FILTER (WHERE a.opted_out_at IS NULL AND a.invalid_at IS NULL)
		FROM contact_lists AS l
		CROSS JOIN contacts AS c ON c.list_id = l.id
		LEFT JOIN addresses AS a ON a.hash = c.address_hash
		WHERE l.program_id = ? AND l.persona = ? AND l.state = 'Current'`, programID, persona)
	return valueOr(counts, store.ContactCounts{}), failure(ctx, "count contacts", err)
}

// ContactsRevision reads the change counter of a program's contacts.
func (s *Store) ContactsRevision(ctx context.Context, programID string) (int64, error) {
	revision, err := first(s.asks(ctx), scanInt, `SELECT contacts_revision FROM programs WHERE id = ?`, programID)
	return valueOr(revision, 0), failure(ctx, "read revision", err)
}

func (t *txn) contactsChanged(programID string) error {
	_, err := t.exec(`UPDATE programs SET contacts_revision = contacts_revision + 1 WHERE id = ?`, programID)
	return err
}

// OptOut enters an address into the ledger.
func (s *Store) OptOut(ctx context.Context, programID, address, means string, now time.Time) error {
	if err := store.CheckOptOut(programID, address, means, now); err != nil {
		return err
	}
	_, err := write(ctx, s.writer, "opt out", func(t *txn) (struct{}, error) {
		if err := t.claimed(programID); err != nil {
			return struct{}{}, err
		}
		hash := store.AddressHash(programID, address)
		return struct{}{}, t.optOut(programID, hash[:], means, now)
	})
	return err
}

func (t *txn) optOut(programID string, hash []byte, means string, now time.Time) error {
	changed, err := t.affected(`INSERT INTO addresses (hash, program_id, opted_out_at, means) VALUES (?, ?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET opted_out_at = excluded.opted_out_at, means = excluded.means
		WHERE opted_out_at IS NULL`, hash, programID, micros(now), means)
	if err != nil || changed == 0 {
		return err
	}
	return t.contactsChanged(programID)
}
