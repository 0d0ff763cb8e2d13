// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package verbs_test runs the verbs of the plugin that act: against a real API server with the admission policies, and against the
// gateway's own handlers on a real store.
package verbs_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/rogpeppe/go-internal/testscript"
	"sigs.k8s.io/controller-runtime/pkg/log"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// tests are run with a control plane, which they share.
type tests struct{ m *testing.M }

func (t tests) Run() int { return harness.Run(t.m) }

// TestMain is the plugin itself when a script calls it.
func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	testscript.Main(tests{m}, map[string]func(){
		"kubectl-cx": func() { os.Exit(cli.Run("v1.2.3", os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

var monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// said is what a verb printed, and how it failed.
type said struct {
	t        *testing.T
	out, err string
	failed   error
}

// run runs a verb as the plugin does.
func run(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	root := cli.Command("test")
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	failed := root.ExecuteContext(t.Context())
	return said{t: t, out: out.String(), err: errs.String(), failed: failed}
}

// ok fails the test when the verb did.
func (s said) ok() said {
	s.t.Helper()
	if s.failed != nil {
		s.t.Fatalf("failed: %v\n%s%s", s.failed, s.out, s.err)
	}
	return s
}

// says looks for texts in the output.
func (s said) says(texts ...string) said {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.out, text) {
			s.t.Errorf("it does not say %q:\n%s%s", text, s.out, s.err)
		}
	}
	return s
}

// fails looks for texts in the error.
func (s said) fails(texts ...string) said {
	s.t.Helper()
	if s.failed == nil {
		s.t.Fatalf("it did not fail, with %q:\n%s", texts, s.out)
	}
	for _, text := range texts {
		if !strings.Contains(s.failed.Error(), text) {
			s.t.Errorf("it fails with %q, want %q", s.failed, text)
		}
	}
	return s
}

// tells nothing of what is secret, wherever it writes.
func (s said) tellsNothingOf(secrets ...string) said {
	s.t.Helper()
	for _, secret := range secrets {
		if strings.Contains(s.out+s.err, secret) || s.failed != nil && strings.Contains(s.failed.Error(), secret) {
			s.t.Errorf("it tells %q:\n%s%s%v", secret, s.out, s.err, s.failed)
		}
	}
	return s
}

// office is the operator's API with a store behind it.
type office struct {
	*testing.T
	*invited.World
	url string
	// outbox is where mail goes, as a file.
	outbox string
	now    time.Time
}

// tokenFor is a token that is good for a purpose.
func tokenFor(purpose gateway.Purpose) string { return "canary-token-for-" + string(purpose) }

func openOffice(t *testing.T, changes ...func(*gateway.Options)) *office {
	t.Helper()
	o := &office{T: t, outbox: t.TempDir(), now: monday}
	clock := func() time.Time { return o.now }
	o.World = invited.New(t, clock)
	registry := &delivery.Registry{Folder: o.outbox}
	channels := []cxv1.ContactChannel{{Name: "mail", File: &cxv1.FileChannel{}}}
	if wrong := registry.Set(invited.Program, channels, nil); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	t.Cleanup(func() { registry.Remove(invited.Program) })
	options := gateway.Options{
		Store: o.Store, Contacts: o.Store, People: o.Store, Operations: o.Store, Keys: o.Keys, Now: clock,
		Log:    slog.New(slog.DiscardHandler),
		Trials: gateway.Trials{Roster: registry, Bars: o.Store, PublicURL: "https://feedback.example.com"},
		Authorize: func(_ context.Context, token string, purpose gateway.Purpose) (string, bool, error) {
			switch {
			case token == tokenFor(purpose):
				return invited.Program, true, nil
			case strings.HasPrefix(token, tokenFor("")):
				return "", false, gateway.ErrPurpose
			}
			return "", false, nil
		},
	}
	for _, change := range changes {
		change(&options)
	}
	g, err := gateway.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g.Ops())
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

// file writes a file that goes with the test.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// run asks the office as the bearer of a token for a purpose.
func (o *office) run(purpose gateway.Purpose, stdin string, args ...string) said {
	o.Helper()
	token := file(o.T, "token", tokenFor(purpose)+"\n")
	return run(o.T, stdin, append(args, "--api-url", o.url, "--api-token-file", token)...).tellsNothingOf("canary-token")
}

// draft publishes what the survey pulse would show if it opened now.
func (o *office) draft() {
	o.Helper()
	questions := cxv1.Questionnaire{Title: cxv1.LocalizedText{EN: "Your last visit", RU: "Ваш визит"}, Questions: []cxv1.Question{
		{ID: "nps", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Would you recommend us?", RU: "Порекомендуете ли вы нас?"}},
	}}
	prog := &cxv1.Program{Spec: cxv1.ProgramSpec{
		ID: invited.Program, Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU},
	}}
	shown, err := delivery.Published(prog, &cxv1.WaveTemplate{
		Anonymity: cxv1.AnonymityConfidential, Questionnaire: questions, QuestionnaireHash: questionnaire.Hash(questions),
		SurveyTerms: cxv1.SurveyTerms{Delivery: &cxv1.Delivery{Channel: "mail"}},
	})
	if err != nil {
		o.Fatal(err)
	}
	shown.WaveKey = store.WaveKey{ProgramID: invited.Program, Survey: "pulse", Slot: store.DraftSlot}
	shown.State, shown.Anonymity = store.WaveTakesUnderWay, store.AnonymousWave
	shown.OpensAt = monday.AddDate(1000, 0, 0)
	shown.ClosesAt = shown.OpensAt.AddDate(0, 0, 14)
	shown.GraceUntil = shown.ClosesAt.Add(time.Hour)
	o.Publish(o.T, shown)
}

// unhappy is a person who answered, agreed to be contacted, and is followed up as "case".
func (o *office) unhappy() {
	o.Helper()
	page := questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential,
		Questionnaire: cxv1.Questionnaire{Title: cxv1.LocalizedText{EN: "Your last visit"}, Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Would you recommend us?"}},
		}},
	}
	pair := o.Invite(o.T, "pulse", page, cxv1.LanguageEN, 1)[0]
	if _, err := o.Store.SubmitAnswer(o.Context(), link.Hash(pair.Answer), store.Answer{
		Values: []byte(`{"nps":2,"why":["price"]}`), Complete: true, Channel: "web", Language: "en", MayContact: true,
	}, monday); err != nil {
		o.Fatal(err)
	}
	wave := invited.Wave("pulse")
	if _, err := o.Store.RecordFollowUp(o.Context(), invited.Program, store.FollowUp{
		ID: "case", Survey: wave.Survey, Slot: wave.Slot, Rule: "detractors", AnswerKey: o.Answers(o.T, "pulse")[0].Key, OpenedAt: monday, DueBy: monday,
	}); err != nil {
		o.Fatal(err)
	}
}
