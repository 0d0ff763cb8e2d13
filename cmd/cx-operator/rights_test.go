// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// person runs a command about one person.
func person(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var b strings.Builder
	err := runContacts(t.Context(), append([]string{"contacts"}, args...), strings.NewReader(stdin), &b, func() time.Time { return noon })
	return b.String(), err
}

func counts(t *testing.T, address string) store.ContactCounts {
	t.Helper()
	s := opened(t, address)
	counts, err := s.CountContacts(t.Context(), "acme", "customers")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestAPersonIsErasedOffline(t *testing.T) {
	address := claimed(t)
	if _, err := contacts(t, address, "email\na@shop.example\nb@shop.example\n"); err != nil {
		t.Fatal(err)
	}
	const done = "Erased from program acme, now or before:\n  contacts          1\n  invitations       0\n  answers           0\n"
	for _, step := range []struct{ name, key, stdin, want string }{
		{"by a flag", "A@Shop.example", "", done},
		{"again", "a@shop.example", "", done},
		{"from standard input", "-", "b@shop.example\n", done},
		{"nobody", "c@shop.example", "", "Nobody in program acme has or had this key: nothing was changed. Check how it is written.\n"},
	} {
		out, err := person(t, step.stdin, "erase", "--store", address, "--program", "acme", "--key", step.key)
		if diff := cmp.Diff(step.want, out); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", step.name, err, diff)
		}
	}
	if diff := cmp.Diff(store.ContactCounts{}, counts(t, address)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSomebodyIsOptedOutOffline(t *testing.T) {
	address := claimed(t)
	if _, err := contacts(t, address, "email\na@shop.example\nb@shop.example\n"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ flag, stdin string }{{"A@Shop.example", ""}, {"-", " a@shop.example"}, {"-", "b@shop.example\r\n"}} {
		out, err := person(t, step.stdin, "opt-out", "--store", address, "--program", "acme", "--address", step.flag)
		if err != nil || out != "The address is opted out of program acme.\n" {
			t.Errorf("%+v: %q, %v", step, out, err)
		}
	}
	if diff := cmp.Diff(store.ContactCounts{Known: 2, OptedOut: 2}, counts(t, address)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMistakesAboutAPersonSayWhatToDoAndNotWhoItIs(t *testing.T) {
	address := claimed(t)
	running := claimed(t)
	opened(t, running)
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"an operator that runs":   {"", []string{"erase", "--store", running, "--program", "acme", "--key", "secret-person"}, "use the operator's API for people (POST /api/v1/people/erase), or stop the operator first"},
		"one that runs, opt-out":  {"", []string{"opt-out", "--store", running, "--program", "acme", "--address", "secret-person@shop.example"}, "POST /api/v1/people/opt-out"},
		"another program":         {"", []string{"erase", "--store", address, "--program", "other", "--key", "secret-person"}, "apply the Program first"},
		"another program, opting": {"", []string{"opt-out", "--store", address, "--program", "other", "--address", "secret-person@shop.example"}, "apply the Program first"},
		"no address":              {"", []string{"opt-out", "--store", address, "--program", "acme", "--address", "secret-person"}, "nobody was opted out: that is not an e-mail address"},
		"an empty key":            {"", []string{"erase", "--store", address, "--program", "acme", "--key", ""}, "key is empty"},
		"nothing to read":         {"\n", []string{"erase", "--store", address, "--program", "acme", "--key", "-"}, "--key: standard input is empty"},
		"too much to read":        {"secret-person\nsecret-person\n", []string{"erase", "--store", address, "--program", "acme", "--key", "-"}, "only one person can be named"},
		"no key":                  {"", []string{"erase", "--store", address, "--program", "acme"}, `required flag(s) "key" not set`},
	} {
		out, err := person(t, c.stdin, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error()+out, "secret-person") {
			t.Errorf("%s: got %v and %q, want %q", name, err, out, c.want)
		}
	}
}
