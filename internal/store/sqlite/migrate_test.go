// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/cx-operator/cx-operator/internal/store"
)

// A file of the first release knows no follow-ups. What it holds must be readable afterwards.
func TestAFileOfTheFirstReleaseKeepsItsWaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	db, err := sql.Open("sqlite", dsn(path, nil))
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithLogger(goose.NopLogger()),
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `
		INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1);
		INSERT INTO waves (program_id, survey, slot, due_at, phase) VALUES ('acme', 'nps', 'nps-1', ?, 'Started')`, micros(noon)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	evidence, err := s.Evidence(t.Context(), "acme", store.EvidenceQuery{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	want := []store.WaveOutcome{{Survey: "nps", Slot: "nps-1", DueAt: noon, Phase: store.WaveStarted}}
	if diff := cmp.Diff(want, evidence.Waves); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if evidence.FollowUps == nil || len(evidence.FollowUps) != 0 {
		t.Errorf("follow-ups: %v, want an empty list", evidence.FollowUps)
	}
}
