// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package rotation_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
)

// A Program that is deleted may be applied again at once, by a tool that replaces everything: nothing goes out meanwhile, nothing is
// lost, and nobody is written to twice. The same holds when it comes back in another life of the operator.
func TestMailOfAProgramThatIsDeletedWaitsUntilItIsBack(t *testing.T) {
	w := newWorld(t)
	w.writeSecrets(before)
	w.look()
	w.publish()
	sender := w.sender()
	send := func(want int) {
		t.Helper()
		n, err := sender.Once(t.Context())
		if err != nil || n != want {
			t.Fatalf("%d mails were dealt with, want %d: %v", n, want, err)
		}
	}
	w.invite()
	send(atOnce)

	w.invite()
	if err := w.Client.Delete(t.Context(), w.program); err != nil {
		t.Fatal(err)
	}
	w.look()
	send(0)
	if c := w.counts(); c.Queued != atOnce || c.Accepted != atOnce || w.claims() != 1 {
		t.Errorf("while the Program is gone: %+v, and mail was claimed %d times", c, w.claims())
	}
	if waits := w.backlog(); len(waits) != 1 || waits[0].Messages != atOnce {
		t.Errorf("it is not seen to wait: %+v", waits)
	}

	w.create()
	w.look()
	send(atOnce)
	w.post.check(t, "mail", 2*atOnce)
	if waits := w.backlog(); len(waits) != 0 {
		t.Errorf("still waiting: %+v", waits)
	}
}

func (w *world) backlog() []store.Backlog {
	w.Helper()
	waits, err := w.store.Backlog(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return waits
}
