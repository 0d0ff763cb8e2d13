// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const killed = 40

var killedWave = store.WaveKey{ProgramID: program, Survey: "pulse", Slot: "1"}

func killedLink(key string) [32]byte { return sha256.Sum256([]byte(key)) }

// The child begins to send, answers, and says after each that it is done; then it is killed. No attempt that began may begin
// again, and every answer that was acknowledged must be there.
func TestAnswersAndAttemptsSurviveAKill(t *testing.T) {
	if path := os.Getenv("CX_STORE_TEST_PEOPLE"); path != "" {
		childAnswers(t, path)
		return
	}
	for _, anonymity := range []string{"Confidential", "Anonymous"} {
		t.Run(anonymity, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "evidence.db")
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnswersAndAttemptsSurviveAKill$")
			child.Env = append(os.Environ(), "CX_STORE_TEST_PEOPLE="+path, "CX_STORE_TEST_ANONYMITY="+anonymity)
			output, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			done := 0
			for lines := bufio.NewScanner(output); done < killed && lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "done ") {
					done++
				}
			}
			if err := child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			_ = child.Wait() // it says "killed", which is what was asked for
			if done != killed {
				t.Fatalf("the child did only %d", done)
			}
			later := func() time.Time { return time.Now().Add(2 * time.Hour) } // when all leases have ended
			afterTheKill(t, open(t, path, sqlite.Options{Now: later}))
		})
	}
}

func afterTheKill(t *testing.T, s *sqlite.Store) {
	answers := 0
	for _, err := range s.WaveAnswers(t.Context(), killedWave) {
		if err != nil {
			t.Fatal(err)
		}
		answers++
	}
	counts, err := s.AudienceCounts(t.Context(), killedWave)
	if err != nil {
		t.Fatal(err)
	}
	if answers < killed || counts.Responded != int64(answers) {
		t.Errorf("%d answers and %d spent links after %d acknowledged ones", answers, counts.Responded, killed)
	}
	messages, err := s.ClaimMessages(t.Context(), "next", []string{program}, 1000, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) == 0 {
		t.Error("nothing that had not begun is free")
	}
	stranded, err := s.Stranded(t.Context(), []string{program}, 1000)
	if err != nil || len(stranded) < killed {
		t.Errorf("%d attempts without an outcome are known, %v", len(stranded), err)
	}
	for _, m := range messages {
		var n int
		if _, err := fmt.Sscanf(m.Contact.Key, "person-%d", &n); err != nil || n < killed {
			t.Errorf("the attempt for %s began before the kill, and is free again", m.Contact.Key)
		}
	}
}

func childAnswers(t *testing.T, path string) {
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	_, err := s.ImportContacts(t.Context(), program, "customers", func(yield func(store.Contact, error) bool) {
		for i := range 10 * killed {
			keys = append(keys, fmt.Sprintf("person-%04d", i))
			if !yield(store.Contact{Key: keys[i], Address: keys[i] + "@shop.example"}, nil) {
				return
			}
		}
	}, now)
	must(err)
	// The lease runs by the system's clock, so the wave is open whatever that says.
	must(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: killedWave, State: store.WaveTakesAnswers,
		OpensAt: now.AddDate(-50, 0, 0), ClosesAt: now.AddDate(100, 0, 0), Anonymity: os.Getenv("CX_STORE_TEST_ANONYMITY")}))
	must(s.ConfirmWave(t.Context(), killedWave))
	_, err = s.Invite(t.Context(), killedWave, []string{"customers"}, keys, func(c store.Candidate) store.Verdict {
		hash := killedLink(c.Key)
		return store.Verdict{SendAt: now.AddDate(-50, 0, 0), Link: store.Link{ID: [16]byte(hash[:16]), Answer: hash,
			OptOut: sha256.Sum256(hash[:]), ExpiresAt: now.AddDate(100, 0, 0)}}
	}, now)
	must(err)
	messages, err := s.ClaimMessages(t.Context(), "child", []string{program}, len(keys), time.Hour)
	must(err)
	byKey := map[string]store.Message{}
	for _, m := range messages {
		byKey[m.Contact.Key] = m
	}
	for i, key := range keys[:5*killed] { // however late the kill comes, some are left that nobody began with
		begun, err := s.BeginSending(t.Context(), "child", byKey[key])
		must(err)
		_, err = s.SubmitAnswer(t.Context(), killedLink(key), store.Answer{Values: []byte(`{"nps":9}`), Complete: true, Channel: "web"}, now)
		must(err)
		if !begun {
			t.Fatalf("the attempt for %s cannot begin", key)
		}
		fmt.Println("done", i)
	}
}
