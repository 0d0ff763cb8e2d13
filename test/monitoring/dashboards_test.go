// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// dashboard is what of a dashboard's JSON is looked at.
type dashboard struct {
	UID           string
	Title         string
	SchemaVersion int
	Templating    struct {
		List []struct {
			Name, Type string
			// Query is a text or an object.
			Query json.RawMessage
		}
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	FieldConfig              struct {
		Defaults struct {
			Unit       string
			Thresholds struct{ Steps []any }
		}
	}
	Targets []struct{ Expr, LegendFormat string }
	GridPos struct{ X, Y, W, H int }
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("../../charts/cx-operator/files/dashboards/*.json")
	if err != nil || len(files) != 2 {
		t.Fatalf("dashboards: %v, %v", files, err)
	}
	by := map[string]dashboard{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		by[strings.TrimSuffix(filepath.Base(file), ".json")] = d
	}
	return by
}

// inserted is a query with the values that Grafana puts in for variables.
var inserted = strings.NewReplacer("$__rate_interval", "5m", "$__range", "2h", "$namespace", "retail|bank", "$survey", ".+").Replace

func TestEveryQueryOfADashboardFindsSomething(t *testing.T) {
	known, data := recorded(t), load(t, readRecording(t), 2*time.Hour)
	engine := promqltest.NewTestEngine(t, false, 0, 1_000_000)
	queries := 0
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				query := inserted(target.Expr)
				queries++
				if strings.Contains(query, "$") {
					t.Errorf("%s, %q: a variable is left in %s", name, p.Title, query)
				}
				for _, metric := range asked(t, query) {
					if !known[metric] {
						t.Errorf("%s, %q asks for %s, which nobody measures", name, p.Title, metric)
					}
				}
				asking, err := engine.NewRangeQuery(t.Context(), data, nil, query, recordedAt.Add(-30*time.Minute), recordedAt, time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				found, err := asking.Exec(t.Context()).Matrix()
				if err != nil {
					t.Fatalf("%s, %q: %v", name, p.Title, err)
				}
				if !shows(found) {
					t.Errorf("%s, %q finds nothing with %s", name, p.Title, query)
				}
				asking.Close()
			}
		}
	}
	if queries < 50 {
		t.Errorf("only %d queries were looked at", queries)
	}
}

// shows says whether there is a number in it.
func shows(found promql.Matrix) bool {
	for _, series := range found {
		for _, point := range series.Floats {
			if !math.IsNaN(point.F) {
				return true
			}
		}
	}
	return false
}

func TestEveryPanelSaysWhatItShowsAndInWhichUnit(t *testing.T) {
	for name, d := range dashboards(t) {
		if d.UID == "" || d.Title == "" || d.SchemaVersion < 41 {
			t.Errorf("%s: uid %q, title %q, schema version %d", name, d.UID, d.Title, d.SchemaVersion)
		}
		ids := map[int]bool{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: panel %d, %q at %+v", name, p.ID, p.Title, p.GridPos)
			}
			ids[p.ID] = true
			if p.Type == "row" {
				continue
			}
			defaults := p.FieldConfig.Defaults
			if !strings.HasSuffix(p.Description, ".") || defaults.Unit == "" || len(defaults.Thresholds.Steps) == 0 || len(p.Targets) == 0 {
				t.Errorf("%s, %q: description, unit, thresholds or queries are missing", name, p.Title)
			}
			if p.Datasource.UID != "${datasource}" {
				t.Errorf("%s, %q asks %s: the data source is a variable", name, p.Title, p.Datasource.UID)
			}
			for _, target := range p.Targets {
				if target.LegendFormat == "" {
					t.Errorf("%s, %q: a query without a legend", name, p.Title)
				}
			}
		}
	}
}

func TestPanelsDoNotLieUponEachOther(t *testing.T) {
	for name, d := range dashboards(t) {
		for i, a := range d.Panels {
			for _, b := range d.Panels[i+1:] {
				p, q := a.GridPos, b.GridPos
				if p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H {
					t.Errorf("%s: %q lies upon %q", name, a.Title, b.Title)
				}
			}
		}
	}
}

func TestEveryVariableIsUsedAndItsValuesAreMeasured(t *testing.T) {
	values, known := regexp.MustCompile(`label_values\((.*), \w+\)`), recorded(t)
	for name, d := range dashboards(t) {
		all := ""
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all += target.Expr + "\n"
			}
		}
		for _, v := range d.Templating.List {
			if v.Type == "datasource" {
				continue
			}
			if !strings.Contains(all, "$"+v.Name) {
				t.Errorf("%s: nobody uses $%s", name, v.Name)
			}
			var query struct{ Query string }
			if err := json.Unmarshal(v.Query, &query); err != nil {
				t.Fatal(err)
			}
			found := values.FindStringSubmatch(query.Query)
			if found == nil {
				t.Fatalf("%s: $%s comes from %s", name, v.Name, query.Query)
			}
			for _, metric := range asked(t, inserted(found[1])) {
				if !known[metric] {
					t.Errorf("%s: $%s comes from %s, which nobody measures", name, v.Name, metric)
				}
			}
		}
	}
}
