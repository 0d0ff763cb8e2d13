// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package monitoring_test runs the alerts and the dashboards of the chart with Prometheus' own engine.
package monitoring_test

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/util/teststorage"
)

const (
	rulesFile = "../../charts/cx-operator/files/rules.yaml"
	runbook   = "../../docs/operations/monitoring.md"
	// runbookURL is where people read it.
	runbookURL = "https://github.com/cx-operator/cx-operator/blob/main/docs/operations/monitoring.md#"
)

// groups are the groups of the file.
func groups(t *testing.T) []rulefmt.RuleGroup {
	t.Helper()
	file, errs := rulefmt.ParseFile(rulesFile, false, model.UTF8Validation)
	for _, err := range errs {
		t.Fatal(err)
	}
	return file.Groups
}

// alerts are the alerts of the file, by name.
func alerts(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	by := map[string]rulefmt.Rule{}
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				by[rule.Alert] = rule
			}
		}
	}
	return by
}

// firing evaluates an alert and the recorded figures up to a minute, over series that are written as Prometheus' own tests write them,
// and returns the alert if it fires then.
func firing(t *testing.T, alert, series string, minutes int) *rules.Alert {
	t.Helper()
	load := "load 1m\n"
	for line := range strings.Lines(series) {
		if line = strings.TrimSpace(line); line != "" {
			load += "  " + line + "\n"
		}
	}
	data := promqltest.LoadedStorage(t, load)
	t.Cleanup(func() { _ = data.Close() })
	group := func(of rulefmt.RuleGroup) bool { // recorded figures come first in the file
		return of.Name == figures || slices.ContainsFunc(of.Rules, func(r rulefmt.Rule) bool { return r.Alert == alert })
	}
	// Some alerts wait for a day: then a look every five minutes says as much.
	step := 1
	if minutes > 1000 {
		step = 5
	}
	return evaluate(t, data, group, time.Unix(0, 0), minutes, step)[alert]
}

// figures is the group of what is recorded for alerts.
const figures = "cx-operator.figures"

// evaluate evaluates groups in the order of the file from a time on, and returns the alerts that fire at the end.
func evaluate(t *testing.T, data *teststorage.TestStorage, group func(rulefmt.RuleGroup) bool, from time.Time, minutes, step int) map[string]*rules.Alert {
	t.Helper()
	loaded, errs := managed(t, data).LoadGroups(time.Duration(step)*time.Minute, labels.EmptyLabels(), "", nil, false, rulesFile)
	for _, err := range errs {
		t.Fatal(err)
	}
	var chosen []*rules.Group
	for _, of := range groups(t) {
		if group(of) {
			chosen = append(chosen, loaded[rules.GroupKey(rulesFile, of.Name)])
		}
	}
	for minute := 0; minute <= minutes; minute += step {
		for _, group := range chosen {
			group.Eval(t.Context(), from.Add(time.Duration(minute)*time.Minute))
		}
	}
	var all []rules.Rule
	for _, group := range chosen {
		all = append(all, group.Rules()...)
	}
	return active(t, all)
}

func managed(t *testing.T, data *teststorage.TestStorage) *rules.Manager {
	t.Helper()
	engine := promqltest.NewTestEngine(t, false, 0, 1_000_000)
	return rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, data), Appendable: data, Queryable: data, Context: t.Context(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Logger: slog.New(slog.DiscardHandler),
	})
}

func active(t *testing.T, all []rules.Rule) map[string]*rules.Alert {
	t.Helper()
	fire := map[string]*rules.Alert{}
	for _, rule := range all {
		if err := rule.LastError(); err != nil {
			t.Errorf("%s: %v", rule.Name(), err)
		}
		alerting, ok := rule.(*rules.AlertingRule)
		if !ok {
			continue
		}
		for _, alert := range alerting.ActiveAlerts() {
			if alert.State == rules.StateFiring {
				fire[rule.Name()] = alert
			}
		}
	}
	return fire
}

func TestEachAlertFiresWhenItShallAndNotOtherwise(t *testing.T) {
	tested := map[string]bool{}
	for _, tc := range alertCases {
		tested[tc.alert] = true
		t.Run(tc.alert, func(t *testing.T) {
			t.Parallel()
			alert := firing(t, tc.alert, tc.fires, tc.at)
			if alert == nil {
				t.Errorf("it does not fire after %d minutes of\n%s", tc.at, tc.fires)
			} else {
				alert.Annotations.Range(func(l labels.Label) {
					if strings.Contains(l.Value, "<error") || strings.Contains(l.Value, "{{") || strings.Contains(l.Value, "<no value>") {
						t.Errorf("%s: %s", l.Name, l.Value)
					}
				})
			}
			if firing(t, tc.alert, tc.quiet, tc.at) != nil {
				t.Errorf("it fires after %d minutes of\n%s", tc.at, tc.quiet)
			}
		})
	}
	for name := range alerts(t) {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

// TestNobodyIsCalledForAnOperatorThatWorks: all recorded metrics of a program that is well, for two hours.
func TestNobodyIsCalledForAnOperatorThatWorks(t *testing.T) {
	critical := []string{}
	data := load(t, readRecording(t), 2*time.Hour)
	everything := func(rulefmt.RuleGroup) bool { return true }
	for name, alert := range evaluate(t, data, everything, recordedAt.Add(-2*time.Hour), 120, 1) {
		if alert.Labels.Get("severity") == "critical" {
			critical = append(critical, name)
		}
	}
	if len(critical) > 0 {
		t.Errorf("these wake somebody up: %v", critical)
	}
}

func TestEachAlertSaysWhatItIsAndWhereToReadWhatToDo(t *testing.T) {
	text, err := os.ReadFile(runbook)
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]string{}
	for _, found := range regexp.MustCompile(`(?m)^#+ (Cx\w+)$`).FindAllSubmatch(text, -1) {
		headings[strings.ToLower(string(found[1]))] = string(found[1])
	}
	all := alerts(t)
	for name, rule := range all {
		anchor := strings.ToLower(name)
		if headings[anchor] != name || rule.Annotations["runbook_url"] != runbookURL+anchor {
			t.Errorf("%s leads to %s; headings of the runbook have %q", name, rule.Annotations["runbook_url"], headings[anchor])
		}
		delete(headings, anchor)
		if !slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) {
			t.Errorf("%s has the severity %q", name, rule.Labels["severity"])
		}
		for _, field := range []string{"summary", "description"} {
			if !strings.HasSuffix(rule.Annotations[field], ".") {
				t.Errorf("%s: the %s is %q", name, field, rule.Annotations[field])
			}
		}
	}
	for _, name := range headings {
		t.Errorf("the runbook is about %s, which is no alert", name)
	}
}

func TestRulesAskForMetricsThatThereAre(t *testing.T) {
	known := recorded(t)
	for _, group := range groups(t) {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				known[rule.Record] = true
			}
			for _, name := range asked(t, rule.Expr) {
				if !known[name] {
					t.Errorf("%s%s asks for %s, which nobody measures or records before", rule.Alert, rule.Record, name)
				}
			}
		}
	}
}

// asked are the metrics that a query asks for.
func asked(t *testing.T, query string) []string {
	t.Helper()
	expression, err := parser.ParseExpr(query)
	if err != nil {
		t.Fatalf("%v in\n%s", err, query)
	}
	var names []string
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			names = append(names, selector.Name)
		}
		return nil
	})
	if len(names) == 0 {
		t.Errorf("no metric is asked for in\n%s", query)
	}
	return names
}
