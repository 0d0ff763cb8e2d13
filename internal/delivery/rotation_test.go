// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// The server's password changes while mail goes out; the channel has the new one later, as Secrets are read once a minute. The old
// channel is closed with a mail under way, as the Registry does.
func TestALoginIsRotatedWhileMailGoesOut(t *testing.T) {
	const people, next = 20, "new-horse-battery"
	cert, trusted := certificate()
	for _, mode := range []cxv1.TLSMode{cxv1.TLSStartTLS, cxv1.TLSImplicit} {
		t.Run(string(mode), func(t *testing.T) {
			w := newWorld(t)
			w.server = startServer(t, secure(cert, mode))
			old := secureChannel(t, w.server, mode, trusted, "127.0.0.1", password)
			w.route.Channel = old
			w.invite(people)
			w.server.failures(address(5), failure{during: func() {
				w.server.rotate(next)
				old.Close()
			}})
			s := w.sender("one", w.store)
			w.drain(s)
			before := w.counts()
			if before.Queued == 0 || before.Queued+before.Accepted != people {
				t.Errorf("after the change at the server: %+v, want some who wait, and nothing lost", before)
			}
			w.route.Channel = secureChannel(t, w.server, mode, trusted, "127.0.0.1", next)
			w.clock.Step(2 * time.Minute) // when what was refused is tried again
			w.drain(s)
			want := store.AudienceCounts{Invited: people, Accepted: people}
			got := w.counts()
			if diff := cmp.Diff(want, store.AudienceCounts{Invited: got.Invited, Accepted: got.Accepted, Queued: got.Queued, Bounced: got.Bounced,
				Ambiguous: got.Ambiguous, Failed: got.Failed}); diff != "" {
				t.Errorf("two minutes later (-want +got):\n%s", diff)
			}
			for n := range people {
				if mails := w.server.recipients()[address(n)]; mails != 1 {
					t.Errorf("%s got %d mails", address(n), mails)
				}
			}
		})
	}
}
