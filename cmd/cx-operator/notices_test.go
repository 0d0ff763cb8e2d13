// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// What owners are told is counted by where it went and what became of it, whoever tells them, and no address is in it.
func TestNoticesToOwnersAreCounted(t *testing.T) {
	world, chat := invited.New(t, time.Now), httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/slack") {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(chat.Close)
	m := newMount(t, map[string]string{"link-keys": keyLine(1, 'a')})
	p, err := newPeople(peopleOptions{
		publicURL: "https://feedback.example.com", linkKeys: m.path("link-keys"), sendingNamespaces: "retail", outboxFolder: t.TempDir(),
		allowHosts: list{"127.0.0.1=127.0.0.0/8"}, gatewayAddress: freeAddress(t), opsAddress: freeAddress(t),
	}, world.Store, quiet)
	if err != nil {
		t.Fatal(err)
	}
	channels := []cxv1.ContactChannel{{Name: "mail", SMTP: &cxv1.SMTPChannel{Host: "127.0.0.1", Port: new(int32(1)), TLS: cxv1.TLSNone, From: "cx@example.com"}}}
	if broken := p.services.Sending.Channels.Set(invited.Program, channels, nil); len(broken) > 0 {
		t.Fatal(broken)
	}
	route, found := p.services.Routes.Route(invited.Program, "mail")
	if !found {
		t.Fatal("there is no channel")
	}
	message := store.Message{Contact: store.Contact{Address: "head-of-cx@example.com"}}
	if sent := route.Channel.Send(t.Context(), message, delivery.Letter{Subject: "x", Text: "x", HTML: "x"}); sent.Result != store.SentLater {
		t.Errorf("no mail server, and %+v", sent)
	}
	if _, found := p.services.Routes.Route(invited.Program, "other"); found {
		t.Error("there is a channel that there is not")
	}
	for hook, want := range map[delivery.Hook]store.SentResult{
		delivery.HookSlack: store.SentFailed, delivery.HookTeams: store.SentAccepted, delivery.HookWeb: store.SentAccepted,
	} {
		sent := p.services.Hooks.Send(context.WithoutCancel(t.Context()), hook, chat.URL+"/"+string(hook), nil, invited.Program, delivery.Notices{Owner: "head-of-cx"})
		if sent.Result != want {
			t.Errorf("%s: %+v", hook, sent)
		}
	}
	want := map[string]float64{"email Later": 1, "slack Failed": 1, "teams Accepted": 1, "webhook Accepted": 1}
	if diff := cmp.Diff(want, attempts(t, p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// attempts are how many there were, by where they went and what became of them.
func attempts(t *testing.T, p people) map[string]float64 {
	t.Helper()
	families, err := p.figures.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			if n := series.GetCounter().GetValue(); family.GetName() == metrics.NoticeAttempts.Name && n > 0 {
				got[series.GetLabel()[0].GetValue()+" "+series.GetLabel()[1].GetValue()] = n
			}
		}
	}
	return got
}
