// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command metricsdocs writes docs/reference/metrics.md from the table of metrics. `make generate` runs it, so that `make verify` fails
// when the page says something else than the program.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

func main() {
	if err := os.WriteFile("docs/reference/metrics.md", []byte(page(metrics.Table())), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "metricsdocs:", err)
		os.Exit(1)
	}
}

const head = `# Metrics

Made from the table in ` + "`internal/metrics`" + ` by ` + "`make generate`" + `: don't edit it by hand.

The operator serves these at its port ` + "`metrics`" + ` (8080), beside those of Go and of controller-runtime, and without the
latter at its port ` + "`api`" + ` (8091) where that is open. No label says anything about a contact or an answer. Figures of objects
are computed when they are asked for, from the operator's cache: they go with their object, and only the replica that leads has
them. How to use them: [monitoring](../operations/monitoring.md).
`

// page is the whole page.
func page(table []metrics.Group) string {
	var b strings.Builder
	b.WriteString(head)
	for _, group := range table {
		b.WriteString("\n## " + group.Title + "\n\n| metric | type | labels | what it is | for |\n|---|---|---|---|---|\n")
		var lists []metrics.Label
		for _, m := range group.Metrics {
			names := make([]string, len(m.Labels))
			for i, label := range m.Labels {
				names[i] = "`" + label.Name + "`"
				lists = append(lists, label)
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, m.Type, strings.Join(names, ", "), m.Help, m.For)
		}
		b.WriteString(values(lists))
	}
	return b.String()
}

// values says what labels can be, each once.
func values(labels []metrics.Label) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, label := range labels {
		text := label.Of
		if label.Values != nil {
			text = "`" + strings.Join(label.Values, "`, `") + "`"
		}
		line := fmt.Sprintf("- `%s`: %s\n", label.Name, text)
		if !seen[line] {
			seen[line] = true
			b.WriteString(line)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}
