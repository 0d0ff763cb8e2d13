// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"sync"
)

// submitTogether submits answers that share one transaction.
func (s *secret) submitTogether(persons []int, minute int) {
	s.Helper()
	s.settled()
	s.writer.stop()
	usual := s.writer
	s.writer = &writer{conn: s.conn, maxBatch: len(persons), statements: map[string]*sql.Stmt{}, waves: s.waves, jobs: make(chan *job)}
	var all sync.WaitGroup
	for _, i := range persons {
		all.Go(func() { s.submit(i, minute) })
	}
	var batch []*job
	for range persons {
		batch = append(batch, <-s.writer.jobs)
	}
	s.writer.commit(batch)
	all.Wait()
	if !s.writer.scrub() {
		s.Error("the WAL is not emptied")
	}
	for _, statement := range s.writer.statements {
		s.ok(statement.Close())
	}
	s.writer = startWriter(s.conn, usual.maxBatch, s.waves)
}
