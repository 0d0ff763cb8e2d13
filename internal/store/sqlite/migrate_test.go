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

// migrated writes rows into a file as the release with that schema version left it, and opens it with this one.
func migrated(t *testing.T, version int64, rows string, args ...any) *Store {
	t.Helper()
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
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), rows, args...); err != nil {
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
	return s
}

// A file of the first release knows no follow-ups. What it holds must be readable afterwards.
func TestAFileOfTheFirstReleaseKeepsItsWaves(t *testing.T) {
	s := migrated(t, 1, `
		INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1);
		INSERT INTO waves (program_id, survey, slot, due_at, phase) VALUES ('acme', 'nps', 'nps-1', ?, 'Started')`, micros(noon))
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

func TestDecisionsFromBeforeThereWereItemsAreKept(t *testing.T) {
	s := migrated(t, 2, `
		INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1);
		INSERT INTO decisions (program_id, offer_id, subject_kind, subject_name, touchpoint, role, owner, result, reason, decided_by, means, decided_at)
			VALUES ('acme', 'offer-1', 'KPI', 'nps', '', 'Accountable', 'a', 'Accepted', '', 'unknown', 'OwnerAssignment', ?)`, micros(noon))
	got, err := s.Decisions(t.Context(), "acme", "KPI", "nps")
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Decision{{OfferID: "offer-1", SubjectKind: "KPI", SubjectName: "nps", Role: "Accountable", Owner: "a",
		Result: store.Accepted, DecidedBy: "unknown", Means: "OwnerAssignment", At: noon}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

// A file from before answers had a term: nothing is dropped that nobody said could be, and an Anonymous wave forgets which
// terminal an answer came from.
func TestAnswersFromBeforeThereWasATermAreKept(t *testing.T) {
	wave := store.PublishedWave{WaveKey: store.WaveKey{ProgramID: "acme", Survey: "nps", Slot: "1"}, State: store.WaveTakesAnswers,
		OpensAt: noon, ClosesAt: noon.AddDate(0, 0, 1), Anonymity: store.AnonymousWave, Kept: []string{"nps"}}
	s := migrated(t, 4, `
		INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1);
		INSERT INTO published_waves (id, program_id, survey, slot, state, opens_at, closes_at, anonymity, questionnaire_hash, kept, page, mail)
			VALUES (1, 'acme', 'nps', '1', 'Open', ?, ?, 'Anonymous', '', '["nps"]', x'', x'');
		INSERT INTO wave_progress (wave_id) VALUES (1);
		INSERT INTO anonymous_answers (wave_id, key, day, channel, flags, content)
			VALUES (1, x'01', 0, 'web', '[]', x'7b7d'), (1, x'02', 0, 'https://terminal-12.example', '[]', x'7b7d');`,
		micros(wave.OpensAt), micros(wave.ClosesAt))
	var channels []string
	for a, err := range s.WaveAnswers(t.Context(), wave.WaveKey) {
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, a.Channel)
	}
	if diff := cmp.Diff([]string{"web", store.ForeignChannel}, channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	due := func(want int) {
		t.Helper()
		waves, err := s.DueForDropping(t.Context(), noon.AddDate(900, 0, 0), 10)
		if err != nil || len(waves) != want {
			t.Errorf("due: %v, %v, want %d", waves, err, want)
		}
	}
	due(0)
	read, err := s.PublishedWave(t.Context(), wave.WaveKey)
	if diff := cmp.Diff(wave, read); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	wave.KeepUntil = noon.AddDate(1, 0, 0)
	if err := s.PublishWave(t.Context(), wave); err != nil {
		t.Fatal(err)
	}
	due(1)
}

// Whoever upgrades while sending is suspended must not find that mail went out.
func TestAPauseFromBeforeThereWereTwoKindsGoesOn(t *testing.T) {
	s := migrated(t, 8, `
		INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1);
		INSERT INTO mail_pauses (program_id, paused_at) VALUES ('acme', ?)`, micros(noon))
	for _, want := range []store.MailBars{{Paused: true}, {}} {
		got, err := s.MailBars(t.Context(), "acme", nil)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if err := s.Pause(t.Context(), "acme", false); err != nil {
			t.Fatal(err)
		}
	}
}
