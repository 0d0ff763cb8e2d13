// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	heading = regexp.MustCompile(`^#{1,6} +(.*?) *$`)
	target  = regexp.MustCompile(`\[([^\]]*)\]\(<?([^)> ]*)[^)]*\)`)
	code    = regexp.MustCompile("`[^`]*`")
)

// prose are the lines of a document without fenced blocks.
func prose(text string) []string {
	var lines []string
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
		} else if !inside {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	return lines
}

// anchors are the names by which headings of a document are reached, as GitHub and GitLab make them.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, line := range prose(text) {
		found := heading.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, target.ReplaceAllString(found[1], "$1"))
		first := name
		for n := 1; names[name]; n++ {
			name = fmt.Sprintf("%s-%d", first, n)
		}
		names[name] = true
	}
	return names
}

// astray are the links in documents, by name, to headings that there are not. Whether the files are there is for make check.
func astray(documents map[string]string) (looked int, wrong []string) {
	for name, text := range documents {
		for _, line := range prose(text) {
			for _, link := range target.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				file, anchor, some := strings.Cut(link[2], "#")
				if !some || strings.Contains(link[2], "://") {
					continue
				}
				to := name
				if file != "" {
					to = path.Join(path.Dir(name), file)
				}
				if there, ok := documents[to]; ok {
					looked++
					if !anchors(there)[anchor] {
						wrong = append(wrong, name+": "+link[2])
					}
				}
			}
		}
	}
	return looked, wrong
}

func TestEveryLinkLeadsToAHeading(t *testing.T) {
	documents := map[string]string{}
	for _, file := range tracked(t, "*.md") {
		text, err := os.ReadFile(filepath.Join(repository(t), file))
		if err != nil {
			t.Fatal(err)
		}
		documents[filepath.ToSlash(file)] = string(text)
	}
	looked, wrong := astray(documents)
	for _, link := range wrong {
		t.Errorf("%s leads to no heading", link)
	}
	if looked < 100 {
		t.Errorf("only %d links to headings were found", looked)
	}
}

func TestALinkToNoHeadingIsFound(t *testing.T) {
	for text, want := range map[string]int{
		"[a](#one-thing)\n# One, thing":          0,
		"[a](b.md#what-cx-does)":                 0,
		"[a](b.md#этап-1--начало)":               0,
		"[a](b.md#same-1)":                       0,
		"`[a](#none)`":                           0,
		"```\n[a](#none)\n```\n":                 0,
		"[a](https://example.com/b.md#none)":     0,
		"[a](#none)\n# One":                      1,
		"[a](b.md#same-2)":                       1,
		"[a](b.md#in-code) and [b](b.md#nobody)": 2,
	} {
		_, wrong := astray(map[string]string{
			"docs/a.md": text, "docs/b.md": "# What `cx` does\n## Этап 1 · начало\n## Same\n## [Same](c.md)\n```\n# In code\n```\n",
		})
		if len(wrong) != want {
			t.Errorf("%q: %v, want %d", text, wrong, want)
		}
	}
}
