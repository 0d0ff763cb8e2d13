// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements keeps the queries about single objects parsed: they are asked at every reconcile, and parsing costs more than
// the answer. Queries are texts of this package, so there are only a few.
type statements struct {
	db *sql.DB

	mu      sync.Mutex
	byQuery map[string]*sql.Stmt
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, byQuery: map[string]*sql.Stmt{}}
}

// query asks for rows.
func (s *statements) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s.mu.Lock()
	statement, ok := s.byQuery[query]
	if !ok {
		var err error
		statement, err = s.db.PrepareContext(ctx, query)
		if err != nil {
			s.mu.Unlock()
			return nil, err
		}
		s.byQuery[query] = statement
	}
	s.mu.Unlock()
	return statement.QueryContext(ctx, args...)
}

// close releases the statements and then the database.
func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, statement := range s.byQuery {
		errs = append(errs, statement.Close())
	}
	clear(s.byQuery)
	return errors.Join(append(errs, s.db.Close())...)
}
