// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
)

// Secure_delete overwrites a row that is deleted. But when SQLite moves rows to another page, it leaves some where they were: in the
// gap between what a page lists and what it holds. Such a copy is of no row that SQLite knows of, so nothing would ever delete it.
// VACUUM would leave none, too: it takes as much memory as the file has, and others would wait for all of it.

const (
	// wipePages is how many pages are looked at in one transaction: other writes wait that long.
	wipePages = 512
	// wipeable is how many pages the file may have: a page that is no node of a tree begins with the number of another page, and the
	// first byte of that must not look like the kind of a node.
	wipeable = 1 << 25
)

// wipe overwrites the gaps of all pages. Once begun it does not end with ctx: who asked may be gone, what was promised is not.
func (s *Store) wipe(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	for from := int64(1); from > 0; {
		next, err := write(ctx, s.writer, "overwrite what is left of deleted rows", func(t *txn) (int64, error) { return t.wipe(from) })
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// wipe deals with some pages and says with which to go on, 0 when there is none left.
func (t *txn) wipe(from int64) (next int64, err error) {
	pages, err := one(t, scanInt, `PRAGMA page_count`)
	if err != nil {
		return 0, err
	}
	if *pages >= wipeable {
		return 0, unavailable("overwrite what is left of deleted rows", errors.New("the file is larger than 128 GiB"))
	}
	if vacuumed, err := one(t, scanInt, `PRAGMA auto_vacuum`); err != nil {
		return 0, err
	} else if *vacuumed != 0 { // such a file has pages of a kind that begin like nodes and are none
		return 0, unavailable("overwrite what is left of deleted rows", errors.New("the file has auto_vacuum: stop the operator and "+
			"switch it off, PRAGMA auto_vacuum = NONE and VACUUM"))
	}
	last := min(from+wipePages-1, *pages)
	dirty, err := t.dirtyPages(from, last)
	if err != nil {
		return 0, err
	}
	for number, page := range dirty {
		if _, err := t.exec(`UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`, page, number); err != nil {
			return 0, err
		}
	}
	if last < *pages {
		return last + 1, nil
	}
	t.leavesTraces() // what was overwritten is so in the WAL only
	return 0, nil
}

// dirtyPages are those whose gap is not empty, with an empty one.
func (t *txn) dirtyPages(from, last int64) (dirty map[int64][]byte, err error) {
	rows, err := t.w.query(`WITH RECURSIVE page(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM page WHERE n < ?2)
		SELECT page.n, p.data FROM page CROSS JOIN sqlite_dbpage AS p ON p.pgno = page.n`, from, last)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dirty = map[int64][]byte{}
	for rows.Next() {
		var number int64
		var page []byte
		if err := rows.Scan(&number, &page); err != nil {
			return nil, err
		}
		if left := gap(number, page); !zero(left) {
			clear(left)
			dirty[number] = page
		}
	}
	return dirty, rows.Err()
}

// gap is the part of a page between the places of its rows and the rows; empty when the page is no node of a tree. See "B-tree Pages"
// in SQLite's description of its file format, which is promised to stay.
func gap(number int64, page []byte) []byte {
	header := page
	if number == 1 {
		header = page[100:] // the file's own header is before it
	}
	size := 0
	switch header[0] {
	case 2, 5: // an inner node, of an index or a table
		size = 12
	case 10, 13: // a leaf
		size = 8
	default:
		return nil
	}
	begin := len(page) - len(header) + size + 2*int(binary.BigEndian.Uint16(header[3:]))
	end := int(binary.BigEndian.Uint16(header[5:]))
	if end < begin || end > len(page) {
		return nil
	}
	return page[begin:end]
}

func zero(bytes []byte) bool {
	for _, b := range bytes {
		if b != 0 {
			return false
		}
	}
	return true
}
