// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics_test records what the operator serves at /metrics for two programs. Dashboards and rules are tested with that, in
// test/monitoring.
package metrics_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/measured"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

var update = flag.Bool("update", false, "write the recording anew")

const recording = "../monitoring/testdata/metrics.txt"

var (
	sends  = metav1.Condition{Type: cxv1.ConditionSending, Status: "True", Reason: cxv1.ReasonSendingOn, LastTransitionTime: build.At(-time.Hour)}
	silent = metav1.Condition{Type: cxv1.ConditionSending, Status: "False", Reason: cxv1.ReasonPausedByHand, LastTransitionTime: build.At(-time.Hour)}
)

func condition(conditionType, reason string, good bool, age time.Duration) metav1.Condition {
	status := metav1.ConditionFalse
	if good {
		status = metav1.ConditionTrue
	}
	return metav1.Condition{Type: conditionType, Status: status, Reason: reason, LastTransitionTime: build.At(-age)}
}

var ready = condition(cxv1.ConditionReady, cxv1.ReasonReady, true, 48*time.Hour)

// kpi is fresh and meets its target, or neither.
func kpi(name string, good bool) *cxv1.KPI {
	return build.KPI(name, func(k *cxv1.KPI) {
		k.Status.Value, k.Status.Low, k.Status.High, k.Status.Target = "42.5", "36.3", "48.7", "40"
		k.Status.N, k.Status.AsOf = new(int64(310)), new(build.At(-24*time.Hour))
		if !good {
			k.Status.Value, k.Status.Low = "31", "25.1"
		}
		k.Status.Conditions = []metav1.Condition{ready, condition(cxv1.ConditionFresh, cxv1.ReasonStale, good, 30*time.Hour),
			condition(cxv1.ConditionTargetMet, cxv1.ReasonTargetMissed, good, 30*time.Hour)}
	})
}

// program are the objects of a namespace in which most things are as they should be and some are not.
func program(namespace, id string, sending metav1.Condition) []client.Object {
	objects := []client.Object{
		build.Program(func(p *cxv1.Program) {
			p.Spec.ID = id
			p.Status.Stage, p.Status.ObservedStage, p.Status.AttestedStage = new(int32(2)), new(int32(3)), new(int32(2))
			p.Status.Coverage = &cxv1.Coverage{Subjects: 20, Owned: 16, Accepted: 15, Pending: 2, Orphaned: 1, Unowned: 2}
			p.Status.MailsBegun = 1200
			p.Status.Conditions = []metav1.Condition{ready, sending}
		}),
		build.Owner("head-of-cx", func(o *cxv1.Owner) {
			o.Status.Conditions = []metav1.Condition{ready, condition(cxv1.ConditionNotified, cxv1.ReasonRefused, false, time.Hour)}
		}),
		build.Scorecard("six-stages", func(s *cxv1.Scorecard) {
			s.Status.Counts = &cxv1.CriterionCounts{Met: 14, Unmet: 6, Unknown: 3, Exempted: 1, NotApplicable: 2}
			s.Status.Conditions = []metav1.Condition{ready}
		}),
		build.Survey("nps", func(s *cxv1.Survey) {
			s.Status.NextWaveAt = new(build.At(26 * time.Hour))
			s.Status.Conditions = []metav1.Condition{ready, condition(cxv1.ConditionOnSchedule, cxv1.ReasonScheduled, true, time.Hour)}
		}),
		build.SurveyWave("nps-20270104t0900", func(w *cxv1.SurveyWave) {
			w.Spec.Template.Survey, w.Status.Phase, w.Status.OpenedAt = "nps", cxv1.WaveOpen, new(build.At(0))
			w.Status.Counts = &cxv1.WaveCounts{Invited: 1000, Responded: 310}
			w.Status.Conditions = []metav1.Condition{ready}
		}),
		build.Goal("loyalty", func(g *cxv1.Goal) {
			g.Status.Conditions = []metav1.Condition{condition(cxv1.ConditionReady, cxv1.ReasonReferenceNotFound, false, 2*time.Hour),
				condition(cxv1.ConditionStalled, cxv1.ReasonReferenceCycle, true, 2*time.Hour)}
		}),
	}
	for i, name := range []string{"nps", "csat"} {
		objects = append(objects, kpi(name, i == 0))
	}
	for i, phase := range []cxv1.AssignmentPhase{cxv1.AssignmentActive, cxv1.AssignmentPending, cxv1.AssignmentOrphaned} {
		objects = append(objects, build.OwnerAssignment(fmt.Sprintf("assignment-%d", i), func(a *cxv1.OwnerAssignment) {
			if a.Status.Phase = phase; phase == cxv1.AssignmentPending {
				a.Status.WaitsFor, a.Status.OfferedAt = "head-of-cx", new(build.At(-80*time.Hour))
			}
			a.Status.Conditions = []metav1.Condition{ready}
		}))
	}
	for i, phase := range []cxv1.FollowUpPhase{cxv1.FollowUpOpen, cxv1.FollowUpOpen, cxv1.FollowUpResponded, cxv1.FollowUpClosed} {
		objects = append(objects, build.FollowUp(fmt.Sprintf("follow-up-%d", i), func(f *cxv1.FollowUp) {
			if f.Status.Phase, f.Spec.Case.DueBy = phase, build.At(time.Duration(2*i-1)*time.Hour); phase != cxv1.FollowUpOpen {
				f.Status.RespondedAt = new(build.At(-time.Hour))
			}
			f.Status.Conditions = []metav1.Condition{ready}
		}))
	}
	for _, obj := range objects {
		obj.SetNamespace(namespace)
	}
	return objects
}

// waiting is an outbox in which mail of both programs waits.
type waiting struct{}

func (waiting) Backlog(context.Context) ([]store.Backlog, error) {
	return []store.Backlog{{ProgramID: "bank", Messages: 3, FreeSince: build.Monday}, {ProgramID: "retail", Messages: 480,
		FreeSince: build.Monday.Add(-90 * time.Second)}, {ProgramID: "former", Messages: 7, FreeSince: build.Monday.Add(-48 * time.Hour)}}, nil
}

// record makes a registry in which something has happened to every metric.
func record(t *testing.T) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	version := metrics.BuildInfo.Gauge()
	version.WithLabelValues("v0.1.0").Set(1)
	secrets := metrics.SecretFileInUse.Gauge()
	secrets.WithLabelValues(metrics.FileLinkKeys).Set(1)
	secrets.WithLabelValues(metrics.FileAPITokens).Set(1)
	attempts := metrics.MailAttempts.Counter()
	for result, n := range map[store.SentResult]float64{
		store.SentAccepted: 1150, store.SentLater: 40, store.SentBounced: 8, store.SentAmbiguous: 1, store.SentFailed: 1,
	} {
		attempts.WithLabelValues(string(result)).Add(n)
	}
	notices := metrics.NoticeAttempts.Counter()
	for by, n := range map[string]float64{metrics.ByEmail: 60, metrics.BySlack: 40, metrics.ByTeams: 20, metrics.ByWebhook: 5} {
		notices.WithLabelValues(by, string(store.SentAccepted)).Add(n)
		notices.WithLabelValues(by, string(store.SentLater)).Inc()
	}
	registry.MustRegister(version, secrets, attempts, notices, recordObjects(t), recordPages(t, registry))
	return registry
}

func recordObjects(t *testing.T) *objects.Collector {
	t.Helper()
	cluster := fake.NewClientBuilder().WithScheme(harness.Scheme).
		WithObjects(append(program("retail", "retail", sends), program("bank", "bank", silent)...)...).Build()
	seen := objects.New(waiting{}, clocktesting.NewFakePassiveClock(build.Monday))
	for _, late := range []time.Duration{50 * time.Millisecond, 80 * time.Millisecond, 400 * time.Millisecond, 7 * time.Second} {
		seen.WaveCreated(late)
	}
	for range 5 {
		seen.Transition("Goal", "retail", cxv1.ConditionReady, metav1.ConditionFalse)
		seen.Transition("Program", "bank", cxv1.ConditionSending, metav1.ConditionFalse)
	}
	t.Cleanup(seen.Read(cluster))
	return seen
}

// recordPages lets people answer, too late as well.
func recordPages(t *testing.T, registry *prometheus.Registry) *measured.Store {
	t.Helper()
	now := func() time.Time { return build.Monday }
	w := invited.New(t, now)
	page := questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential, Questionnaire: build.Questionnaire(),
	}
	links := w.Invite(t, "pulse", page, cxv1.LanguageEN, 3)
	slow := build.Monday
	kept := measured.New(w.Store, func() time.Time { slow = slow.Add(3 * time.Millisecond); return slow })
	served, err := gateway.New(gateway.Options{Store: kept, Keys: w.Keys, Metrics: registry, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	visit := func(method, path, body string, want int) {
		t.Helper()
		request := httptest.NewRequestWithContext(t.Context(), method, "https://feedback.example.com"+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := httptest.NewRecorder()
		if served.Handler().ServeHTTP(answer, request); answer.Code != want {
			t.Fatalf("%s %s: %d, want %d", method, path, answer.Code, want)
		}
	}
	for _, link := range links {
		visit(http.MethodGet, "/s/"+link.Answer, "", http.StatusOK)
		visit(http.MethodPost, "/s/"+link.Answer, "q.recommend=9", http.StatusOK)
	}
	visit(http.MethodGet, "/s/nonsense", "", http.StatusGone)
	return kept
}

// text is what is served at /metrics.
func text(t testing.TB, registry *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestTheRecordingIsWhatIsServed(t *testing.T) {
	got := text(t, record(t))
	if *update {
		if err := os.WriteFile(recording, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(errors.Join(err, errors.New("go test ./test/metrics -update writes it")))
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("go test ./test/metrics -update writes it anew (-recorded +served):\n%s", diff)
	}
}
