// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
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

// A mail may wait minutes for its channel's rate. It goes out by the channel as it is then, with the login that is good then, and by
// none when that is out of use.
func TestMailThatWaitedForTheRateUsesTheChannelOfThen(t *testing.T) {
	refuse := channelFunc(func() store.Sent {
		t.Error("the channel of before is used")
		return store.Sent{Result: store.SentAccepted}
	})
	for name, removed := range map[string]bool{"another login": false, "out of use": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.invite(1)
			good := w.route.Channel
			w.route.Channel = refuse
			s := w.sender("one", w.store)
			links, roster := s.Links, without{w}
			s.Links = func(m store.Message) (delivery.Links, error) { // is asked for after the channel was found
				w.route.Channel = good
				if removed {
					s.Roster = roster
				}
				return links(m)
			}
			if _, err := s.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			if mails, want := w.server.recipients()[address(0)], map[bool]int{false: 1}[removed]; mails != want {
				t.Errorf("%d mails went out, want %d", mails, want)
			}
		})
	}
}
