// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/promql"
)

func parse(t *testing.T, text string) promql.Query {
	t.Helper()
	query, err := promql.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return query
}

func TestWhatCanGiveOneNumberIsAQuery(t *testing.T) {
	for _, text := range []string{
		"1", "time()", "sum(rate(orders_total[5m]))", "orders_total", "scalar(sum(up))", "# said\nsum(up)",
		"histogram_quantile(0.9, sum by (le) (rate(wait_bucket[1h])))", "max_over_time(sum(up)[1h:5m])", `{__name__="up"} offset -5m`,
	} {
		parse(t, text)
	}
}

func TestAMistakeIsSaidWithItsPlace(t *testing.T) {
	for text, want := range map[string]struct {
		line, column int
		says         string
	}{
		"sum(":                        {1, 5, "unclosed left parenthesis"},
		"sum(up)\n  / sum by(job up)": {2, 16, "unexpected identifier"},
		"summ(up)":                    {1, 1, "unknown function"},
		"sum(up[5m])":                 {1, 5, "expected type instant vector"},
		`up{job=~"("}`:                {1, 4, "missing closing"},
		"":                            {1, 1, "no expression found"},
		"up == ":                      {1, 7, "unexpected end of input"},
		// The parser writes these labels without quotes: what is in them would be read as PromQL.
		`sum(a or on ('"x) secret or ignoring (x"') b)`: {1, 6, `the label "\"x) secret or ignoring (x\"" cannot be`},
		"a\n* on (job, \"my.label\") b":                 {1, 2, `"my.label"`},
		`a / ignoring ("b c") b`:                        {1, 2, `"b c"`},
		`a / on (job) group_left ("x) (") b`:            {1, 2, `"x) ("`},
		`a / on (job) group_right ('пол') b`:            {1, 2, `"пол"`},
		`1 + sum by ("my.label") (up)`:                  {1, 5, `"my.label"`},
		`sum without ("a:b") (up)`:                      {1, 1, `"a:b"`},
		// Reads series that no selector names, so it is not to be had.
		"info(up)": {1, 1, "not enabled"},
	} {
		_, err := promql.Parse(text)
		var mistake *promql.SyntaxError
		if !errors.As(err, &mistake) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if mistake.Line != want.line || mistake.Column != want.column || !strings.Contains(mistake.Text, want.says) {
			t.Errorf("%q: %v, want %d:%d %s", text, err, want.line, want.column, want.says)
		}
	}
}

func TestWhatNeverGivesANumberIsRefused(t *testing.T) {
	for text, says := range map[string]string{"up[5m]": "course of series", "up[1h:5m]": "course of series", `"text"`: "a string, not a number"} {
		_, err := promql.Parse(text)
		var mistake *promql.TypeError
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %s", text, err, says)
		}
	}
}

func TestEachSelectorIsConfined(t *testing.T) {
	for text, want := range map[string]string{
		"up": `up{namespace="retail"}`,
		`sum(rate(orders_total{shop="north"}[5m])) / sum(up)`: `sum(rate(orders_total{namespace="retail",shop="north"}[5m])) / sum(up{namespace="retail"})`,
		`{__name__=~".+"}`:                                     `{__name__=~".+",namespace="retail"}`,
		`up{namespace="bank"}`:                                 `up{namespace="bank",namespace="retail"}`,
		`up or {namespace=~"bank|retail"}`:                     `up{namespace="retail"} or {namespace="retail",namespace=~"bank|retail"}`,
		"max_over_time(sum(up)[1h:5m] offset 1d)":              `max_over_time(sum(up{namespace="retail"})[1h:5m] offset 1d)`,
		`label_replace(up, "namespace", "x", "namespace", "")`: `label_replace(up{namespace="retail"}, "namespace", "x", "namespace", "")`,
		"up @ end() offset -5m":                                `up{namespace="retail"} @ end() offset -5m`,
		"absent(up)":                                           `absent(up{namespace="retail"})`,
		"1 + time()":                                           "1 + time()",
		`a or on ("x") b`:                                      `a{namespace="retail"} or on (x) b{namespace="retail"}`,
		`{"my metric"} + {"x} or secret{", "my.label"="} or {"}`: `{__name__="my metric",namespace="retail"} + ` +
			`{"my.label"="} or {",__name__="x} or secret{",namespace="retail"}`,
		`label_replace(up, "x\") or (secret", "$1", "job", "(.*)")`: `label_replace(up{namespace="retail"}, "x\") or (secret", "$1", "job", "(.*)")`,
	} {
		query := parse(t, text)
		confined, err := query.Confined("namespace", "retail")
		if err != nil {
			t.Fatal(err)
		}
		if confined.String() != want {
			t.Errorf("%s\n got %s\nwant %s", text, confined, want)
		}
		if query.String() != parse(t, text).String() {
			t.Errorf("%s was changed into %s", text, query)
		}
	}
}

func TestALabelIsOneThatSeriesCanHave(t *testing.T) {
	for _, name := range []string{"namespace", "k8s_namespace_name", "_tenant"} {
		if err := promql.CheckLabel(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "name space", "1st", `namespace="x",a`, "__name__", "пространство"} {
		if promql.CheckLabel(name) == nil {
			t.Errorf("%q is taken for a label", name)
		}
	}
}
