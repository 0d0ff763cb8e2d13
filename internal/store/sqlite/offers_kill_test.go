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

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

func killedOffer(n int) store.Offer {
	name := fmt.Sprintf("assignment-%04d", n)
	return store.Offer{OfferKey: store.OfferKey{ProgramID: program, Assignment: name}, OfferID: "offer-1", Owner: "head-of-cx",
		LinkID: [16]byte{1, byte(n), byte(n >> 8)}, Link: sha256.Sum256([]byte(name)), ExpiresAt: now.AddDate(0, 0, 14)}
}

// The child publishes offers, answers them, and says after each that it is done; then it is killed. Whoever saw that their
// answer is recorded finds it, and the controller hears of it.
func TestAnswersToOffersSurviveAKill(t *testing.T) {
	if path := os.Getenv("CX_STORE_TEST_OFFERS"); path != "" {
		childOffers(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "evidence.db")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnswersToOffersSurviveAKill$")
	child.Env = append(os.Environ(), "CX_STORE_TEST_OFFERS="+path)
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
	s := open(t, path, sqlite.Options{})
	keys, revision, err := s.AnsweredOffers(t.Context(), 0)
	if err != nil || len(keys) < killed || revision != int64(len(keys)) {
		t.Fatalf("%d answers up to revision %d, want %d at least: %v", len(keys), revision, killed, err)
	}
	for n := range killed {
		want := store.OfferAnswer{Result: store.Declined, Reason: fmt.Sprint("reason ", n), At: now}
		offer, answer, err := s.OfferByLink(t.Context(), killedOffer(n).Link, now)
		if err != nil || answer == nil || *answer != want || keys[n] != offer.OfferKey {
			t.Errorf("%s: %+v, %v; want %+v", keys[n].Assignment, answer, err, want)
		}
	}
}

func childOffers(t *testing.T, path string) {
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	for n := range 100 * killed {
		offer := killedOffer(n)
		if _, err := s.PublishOffer(t.Context(), offer, [16]byte{}); err != nil {
			t.Fatal(err)
		}
		answer := store.OfferAnswer{Result: store.Declined, Reason: fmt.Sprint("reason ", n)}
		if _, err := s.AnswerOffer(t.Context(), offer.Link, answer, now); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done", n)
	}
}
