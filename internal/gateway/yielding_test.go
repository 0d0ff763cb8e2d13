// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

// slowFor holds up whoever comes with one link.
type slowFor struct {
	gateway.Store
	link     [32]byte
	came, on chan bool
}

func (s *slowFor) Invitation(ctx context.Context, link [32]byte, now time.Time) (store.OpenInvitation, error) {
	if link == s.link {
		s.came <- true
		<-s.on
	}
	return s.Store.Invitation(ctx, link, now)
}

// Scanners of mail open every link, many at once: those who only look wait for each other, and are turned away when too many do.
func TestThoseWhoOnlyLookDoNotHoldUpThoseWhoAnswer(t *testing.T) {
	slow := &slowFor{came: make(chan bool), on: make(chan bool)}
	w := newWorld(t, func(o *gateway.Options) {
		slow.Store, o.Store = o.Store, slow
		o.Limits.InFlight = 2
	})
	pairs := w.Invite(t, "pulse", short(), "en", 3)
	slow.link = link.Hash(pairs[0].Answer)
	looked := make(chan reply, 1)
	go func() { looked <- w.get("/s/" + pairs[0].Answer) }()
	<-slow.came
	away := w.get("/s/" + pairs[1].Answer).status(http.StatusServiceUnavailable)
	if away.Header().Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	w.get("/o/" + pairs[1].OptOut).status(http.StatusServiceUnavailable)
	w.post("/s/"+pairs[2].Answer, with(url.Values{}, "q.nps", "9")).status(http.StatusOK)
	slow.on <- true
	(<-looked).status(http.StatusOK)
	w.get("/s/" + pairs[1].Answer).status(http.StatusOK)
}
