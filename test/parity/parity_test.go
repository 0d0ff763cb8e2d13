// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/calendar"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/maturity"
	"github.com/cx-operator/cx-operator/internal/cli/owners"
	"github.com/cx-operator/cx-operator/internal/cli/status"
	"github.com/cx-operator/cx-operator/internal/cli/tree"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Given the same evidence, kubectl cx finds in a folder what the operator wrote into the cluster: every fact, stage, criterion,
// assignment and next wave of 200 programs, after owners accepted, declined or said nothing and customers answered.
func TestFoldersSayWhatTheOperatorWrote(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // memory is cheaper than time
	f := newFleet(t, 200)
	f.apply()
	began := time.Now().Truncate(time.Minute).Add(time.Minute)
	f.operate(began)
	f.importContacts()
	f.requestWaves(func(m *member) bool { return m.asks() })
	f.decide(func(*member) bool { return true })
	f.rest()
	f.answer()
	f.operate(began.AddDate(0, 0, 16))                      // waves are closed, and offers have lapsed
	f.decide(func(m *member) bool { return m.seed%3 == 0 }) // many offers are new, because the first to be asked said no, or nothing
	f.respond()
	f.handOver()
	f.requestWaves(func(m *member) bool { return m.asks() && m.seed%8 == 0 })
	f.rest()

	seen := &sights{seen: map[string]int{}}
	f.each(func(ctx context.Context, m *member) error {
		online, err := f.online(m)
		if err != nil {
			return err
		}
		offline, err := f.offline(ctx, m)
		if err != nil {
			return err
		}
		seen.look(online, offline.Evidence)
		for what, diff := range compare(t, online, offline) {
			t.Errorf("seed %d: %s (-cluster +folder):\n%s", m.seed, what, diff)
		}
		return nil
	})
	seen.expect(t, "stage 1", "stage 2", "Pending", "Active", "Declined", "HandingOver", "Lapsed", "Accepted", "closed wave", "open wave",
		"value from answers", "value from Prometheus", "first response", "criterion True", "criterion False")
}

// sights are what programs have to show, with how many have it: programs in which nothing happens would be equal, too.
type sights struct {
	mu   sync.Mutex
	seen map[string]int
}

func (s *sights) look(source *kit.Source, ev *store.Evidence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen["stage "+string('0'+rune(*source.Snapshot.Program.Status.Stage))]++
	for _, a := range source.Snapshot.Assignments {
		s.seen[string(a.Status.Phase)]++
	}
	for _, d := range ev.Decisions {
		s.seen[string(d.Result)]++
	}
	for _, w := range ev.Waves {
		if w.Phase.Ended() && w.Counts.Responded > 0 {
			s.seen["closed wave"]++
		} else if !w.Phase.Ended() {
			s.seen["open wave"]++
		}
	}
	for _, kpi := range source.Snapshot.KPIs {
		if kpi.Spec.Source.Survey != nil && kpi.Status.Value != "" {
			s.seen["value from answers"]++
		}
		if kpi.Spec.Source.Prometheus != nil && kpi.Status.Value != "" {
			s.seen["value from Prometheus"]++
		}
	}
	for _, followUp := range ev.FollowUps {
		if !followUp.FirstResponseAt.IsZero() {
			s.seen["first response"]++
		}
	}
	for _, card := range source.Snapshot.Scorecards {
		for _, c := range card.Status.Criteria {
			s.seen["criterion "+string(c.Result)]++
		}
	}
}

func (s *sights) expect(t *testing.T, sights ...string) {
	t.Helper()
	for _, sight := range sights {
		if s.seen[sight] < 5 {
			t.Errorf("too little is seen of %q: %v", sight, s.seen)
		}
	}
}

// compare finds what differs, by where.
func compare(t *testing.T, online, offline *kit.Source) map[string]string {
	t.Helper()
	found := map[string]string{}
	diff := func(what string, a, b any) {
		if d := cmp.Diff(a, b, cmpopts.EquateEmpty()); d != "" {
			found[what] = d
		}
	}
	ev, now := offline.Evidence, offline.Now
	diff("facts", program.Facts(online.Snapshot, ev, now), program.Facts(offline.Snapshot, ev, now))
	cluster, folder := reports(t, online.Snapshot), reports(t, offline.Snapshot)
	for key, report := range cluster {
		diff(key, report, folder[key])
		delete(folder, key)
	}
	for key := range folder {
		found[key] = "only the folder has it"
	}
	shown := views(t, offline)
	for verb, view := range views(t, online) {
		diff("kubectl cx "+verb, view, shown[verb])
	}
	return found
}

// reports are what controllers report of the objects of a program, and the spec of what they make, by object.
func reports(t *testing.T, s *program.Snapshot) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, obj := range s.All() {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
		if err != nil {
			t.Fatal(err)
		}
		report := map[string]any{"status": content["status"]}
		switch o := obj.(type) {
		case *cxv1.Owner, *cxv1.FollowUp:
			continue // no evidence has what was done about a follow-up; of owners see kubectl cx owners
		case *cxv1.SurveyWave:
			if o.Status.Phase.Finished() {
				continue // a record, which the evidence has
			}
			report = map[string]any{"template": content["spec"].(map[string]any)["template"], "phase": o.Status.Phase}
		case *cxv1.OwnerAssignment, *cxv1.Scorecard:
			report["spec"] = content["spec"]
		}
		omit(report)
		out[program.Key(obj)] = report
	}
	return out
}

// omitted is what a folder cannot know and no evidence has: who decided how in an object (its result is evidence), what was asked for
// and of which generation, how many contacts there are, who takes mail and which policies are installed.
var omitted = []string{
	"spec.decision", "status.observedGeneration", "status.decidedGeneration", "status.handledRequest", "status.contacts",
	"status.channels", "status.mailsBegun", "template.surveyUID",
}

func omit(report map[string]any) {
	for _, path := range omitted {
		if part, name, _ := strings.Cut(path, "."); report[part] != nil {
			delete(report[part].(map[string]any), name)
		}
	}
	status, ok := report["status"].(map[string]any)
	if !ok {
		return
	}
	conditions, _ := status["conditions"].([]any)
	said := map[string]any{}
	for _, c := range conditions {
		condition := c.(map[string]any)
		kind := condition["type"].(string)
		if slices.Contains([]string{cxv1.ConditionReachable, cxv1.ConditionSending, cxv1.ConditionEnforced}, kind) {
			continue
		}
		// When a controller noticed is its own business; and one that is content says what it is about, a folder that nothing is missing.
		delete(condition, "lastTransitionTime")
		delete(condition, "observedGeneration")
		if kind == cxv1.ConditionReady && condition["status"] == "True" {
			delete(condition, "message")
		}
		if message, ok := condition["message"].(string); ok {
			condition["message"] = plain(message)
		}
		said[kind] = condition
	}
	status["conditions"] = said
}

// plain leaves out where the reason of a no stands: in an object, and in no evidence.
func plain(text string) string { return strings.ReplaceAll(text, " (spec.decision says why)", "") }

// views are what the verbs show of a program. Follow-ups are about people, and stand in no folder.
func views(t *testing.T, source *kit.Source) map[string]any {
	t.Helper()
	lang := cxv1.Language(program.Language(source.Snapshot.Program))
	results := map[string]any{"tree": tree.Of(source), "calendar": calendar.Of(source, 400)}
	var errs [3]error
	results["status"], errs[0] = status.Of(source, lang)
	results["maturity"], errs[1] = maturity.Of(source, lang, "")
	results["owners"], errs[2] = owners.Of(source, "")
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	out := map[string]any{}
	for verb, result := range results {
		text, err := json.Marshal(result)
		if err != nil {
			t.Error(err)
		}
		shown := map[string]any{}
		if err := json.Unmarshal([]byte(plain(string(text))), &shown); err != nil {
			t.Error(err)
		}
		delete(shown, "evidence") // says where it comes from
		if overdue, ok := shown["overdue"].([]any); ok {
			overdue = slices.DeleteFunc(overdue, func(item any) bool { return item.(map[string]any)["kind"] == "FollowUp" })
			if shown["overdue"] = overdue; len(overdue) == 0 {
				delete(shown, "overdue")
			}
		}
		out[verb] = shown
	}
	return out
}
