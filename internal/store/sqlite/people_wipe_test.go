// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
)

// unused is what the file has where SQLite has nothing: between the places of a page's rows and the rows, and in the holes between
// those. It counts the pages, so that whoever looks in the wrong place sees it.
func (s *secret) unused() (left [][]byte, nodes int) {
	s.Helper()
	s.settled()
	file := s.file("")
	at := func(place int) int { return int(binary.BigEndian.Uint16(file[place:])) }
	for page := 0; page < len(file); page += pageBytes {
		header, size := page, map[byte]int{2: 12, 5: 12, 10: 8, 13: 8}
		if page == 0 {
			header = 100
		}
		behind, isNode := size[file[header]]
		if !isNode {
			continue
		}
		nodes++
		left = append(left, file[header+behind+2*at(header+3):page+at(header+5)])
		for hole := at(header + 1); hole != 0; hole = at(page + hole) {
			left = append(left, file[page+hole+4:page+hole+at(page+hole+2)])
		}
	}
	return left, nodes
}

// leftover is a part of what unused finds that is not empty, empty when there is none.
func (s *secret) leftover() []byte {
	s.Helper()
	left, nodes := s.unused()
	if nodes < 30 {
		s.Fatalf("%d pages are nodes of trees", nodes)
	}
	for _, part := range left {
		if part = bytes.Trim(part, "\x00"); len(part) > 0 {
			return part
		}
	}
	return nil
}

// worn is a store whose pages were split often enough that SQLite left something in some of them.
func worn(t *testing.T, people int) (*secret, store.WaveKey) {
	t.Helper()
	s := secretWave(t, people)
	wave := store.WaveKey{ProgramID: "acme", Survey: "linked", Slot: "1"}
	s.ok(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: noon,
		ClosesAt: noon.AddDate(0, 0, 1), Anonymity: "Identified", Kept: []string{"mood"}, KeepUntil: noon.AddDate(0, 0, 30)}))
	var keys []string
	for i := range people {
		keys = append(keys, personName(i))
	}
	_, err := s.Invite(t.Context(), wave, []string{"staff"}, keys, func(c store.Candidate) store.Verdict {
		id := sha256.Sum256([]byte(c.Key))
		return store.Verdict{Link: store.Link{ID: [16]byte(id[:16]), Answer: sha256.Sum256([]byte("linked " + c.Key)), OptOut: id,
			ExpiresAt: noon.AddDate(0, 1, 0)}}
	}, noon)
	s.ok(err)
	for i := range people {
		_, err := s.SubmitAnswer(t.Context(), sha256.Sum256([]byte("linked "+personName(i))), store.Answer{Complete: true, Channel: "web",
			Values: fmt.Appendf(nil, `{"mood":5,"why":%q}`, answerText(i)+strings.Repeat(".", i%40))}, noon)
		s.ok(err)
	}
	if s.leftover() == nil {
		t.Fatal("SQLite left nothing: this test shows nothing")
	}
	return s, wave
}

// goneFrom checks that nothing of these people is in the file, and nothing where SQLite has nothing.
func (s *secret) goneFrom(people []int, texts ...func(int) string) {
	s.Helper()
	if left := s.leftover(); left != nil {
		s.Errorf("in an unused part of a page there is %q", left)
	}
	for _, suffix := range []string{"", "-wal"} {
		file := s.file(suffix)
		for _, text := range texts {
			for _, i := range people {
				if bytes.Contains(file, []byte(text(i))) {
					s.Errorf("%q is still in the file %q", text(i), suffix)
				}
			}
		}
	}
}

// The copy that SQLite left of a row when it moved it is of nobody that it could delete.
func TestNothingIsLeftOfTheErasedInUnusedPartsOfPages(t *testing.T) {
	s, _ := worn(t, 300)
	var erased []int
	for i := 0; i < 300; i += 5 {
		_, err := s.EraseContact(t.Context(), "acme", personName(i), noon)
		s.ok(err)
		erased = append(erased, i)
	}
	s.goneFrom(erased, personName, answerText)
	if file := s.file(""); !bytes.Contains(file, []byte(personName(1))) || !bytes.Contains(file, []byte(answerText(1))) {
		t.Error("who was not erased is not in the file: this test looks in the wrong place")
	}
	s.whole()
}

func TestNothingIsLeftOfDroppedAnswersInUnusedPartsOfPages(t *testing.T) {
	s, wave := worn(t, 300)
	_, err := s.DropAnswers(t.Context(), wave, noon.AddDate(0, 0, 30))
	s.ok(err)
	var all []int
	for i := range 300 {
		all = append(all, i)
	}
	s.goneFrom(all, answerText)
	s.whole()
}

// A process may end between the erasure and the overwriting. Nobody got an answer then, so somebody asks again.
func TestWhoAsksAgainToEraseHasTheRestOverwritten(t *testing.T) {
	s, _ := worn(t, 300)
	_, err := write(t.Context(), s.writer, "erase", func(t *txn) (store.Erasure, error) { return t.erase("acme", personName(7), noon) })
	s.ok(err)
	if s.leftover() == nil {
		t.Fatal("SQLite left nothing: this test shows nothing")
	}
	_, err = s.EraseContact(t.Context(), "acme", personName(7), noon)
	s.ok(err)
	s.goneFrom([]int{7}, personName, answerText)
}

// whole checks that the file is as good as before, also for whoever opens it anew.
func (s *secret) whole() {
	s.Helper()
	s.ok(s.Close())
	s.open()
	found, err := all(s.asks(s.Context()), func(row scanner) (said string, err error) { return said, row.Scan(&said) }, `PRAGMA integrity_check`)
	s.ok(err)
	if len(found) != 1 || found[0] != "ok" {
		s.Errorf("the file is damaged: %q", found)
	}
}

// Pages are overwritten a part at a time, and all of them.
func TestAFileOfManyPartsIsOverwrittenAsAWhole(t *testing.T) {
	s := secretWave(t, 12_000)
	if pages := len(s.file("")) / pageBytes; pages < 2*wipePages {
		t.Fatalf("%d pages are fewer than two parts", pages)
	}
	if s.leftover() == nil {
		t.Fatal("SQLite left nothing: this test shows nothing")
	}
	_, err := s.EraseContact(t.Context(), "acme", personName(11_990), noon)
	s.ok(err)
	s.goneFrom([]int{11_990}, personName)
	s.whole()
}

// A file that somebody vacuumed by hand may have pages that begin like nodes and list where others are: overwriting those would damage it.
func TestAFileThatVacuumsItselfIsNotOverwritten(t *testing.T) {
	s := secretWave(t, 10)
	s.ok(s.Close())
	db, err := sql.Open("sqlite", dsn(s.path, nil))
	s.ok(err)
	for _, statement := range []string{`PRAGMA journal_mode = DELETE`, `PRAGMA auto_vacuum = FULL`, `VACUUM`} {
		_, err := db.ExecContext(t.Context(), statement)
		s.ok(err)
	}
	s.ok(db.Close())
	s.open()
	if _, err := s.EraseContact(t.Context(), "acme", personName(7), noon); err == nil || !strings.Contains(err.Error(), "auto_vacuum = NONE") {
		t.Errorf("erasing says %v", err)
	}
	s.whole()
}
