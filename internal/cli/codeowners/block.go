// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package codeowners

import (
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// The marks between which everything is ours.
const (
	begin = "# BEGIN kubectl cx"
	end   = "# END kubectl cx"
)

// rulesOf are those of one program: first that of the whole folder, because of several rules that match the last one counts.
func rulesOf(loaded *program.Folder, prefix string) []Rule {
	s := loaded.Snapshot
	byFile := map[string]map[string]bool{}
	for _, object := range s.All() {
		file, _ := loaded.Place(program.Key(object), "", "")
		if file == "" {
			continue
		}
		name := path.Join(prefix, file)
		if byFile[name] == nil {
			byFile[name] = map[string]bool{}
		}
		for _, owner := range accountable(object, s.Program) {
			byFile[name][owner] = true
		}
	}
	rules := []Rule{ruleOf(prefix, lead(s.Program), s)}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		rules = append(rules, ruleOf(name, slices.Sorted(maps.Keys(byFile[name])), s))
	}
	return rules
}

// accountable are the owners of an object and of its touchpoints; for whatever nobody is accountable for, the program's lead.
func accountable(object program.Object, p *cxv1.Program) []string {
	var owners []string
	for _, claim := range ownership.Subjects(object) {
		if claim.Role == cxv1.RoleAccountable {
			owners = append(owners, claim.Owner)
		}
	}
	if len(owners) == 0 {
		return lead(p)
	}
	return owners
}

func ruleOf(name string, owners []string, s *program.Snapshot) Rule {
	r := Rule{Path: name, Reviewers: []string{}}
	for _, name := range owners {
		owner := s.Owner(cxv1.Ref(name))
		if owner == nil || owner.Spec.State == cxv1.OwnerLeft || owner.Spec.Identity.GitHandle == "" {
			r.Without = append(r.Without, name)
			continue
		}
		r.Reviewers = append(r.Reviewers, "@"+owner.Spec.Identity.GitHandle)
	}
	slices.Sort(r.Reviewers)
	r.Reviewers = slices.Compact(r.Reviewers) // several roles of one person
	return r
}

// block is what stands in the file, with both marks.
func block(rules []Rule) []string {
	lines := []string{begin, "# Made by kubectl cx codeowners from the owners of the program; changes between the marks are lost."}
	for _, r := range rules {
		if len(r.Without) > 0 {
			lines = append(lines, "# "+r.Path+": no identity.gitHandle, or not there: "+strings.Join(r.Without, ", "))
		}
		if len(r.Reviewers) > 0 {
			lines = append(lines, pattern.Replace(r.Path)+" "+strings.Join(r.Reviewers, " "))
		}
	}
	return append(lines, end)
}

// pattern makes a path match itself only.
var pattern = strings.NewReplacer(`\`, `\\`, " ", `\ `, "*", `\*`, "?", `\?`, "[", `\[`, "#", `\#`)

// replace puts the block where the old one was, or at the end. Changes are the lines by which the two differ.
func replace(text string, block []string) (updated string, changes []string, err error) {
	var lines []string
	if text != "" {
		lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	is := func(mark string) func(string) bool {
		return func(line string) bool { return strings.TrimSpace(line) == mark }
	}
	from, to := slices.IndexFunc(lines, is(begin)), slices.IndexFunc(lines, is(end))
	switch {
	case from < 0 && to < 0:
		if len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, "")
		}
		from, to = len(lines), len(lines)
	case from < 0 || to < from || slices.ContainsFunc(lines[from+1:], is(begin)) || slices.ContainsFunc(lines[to+1:], is(end)):
		return "", nil, errors.New("the marks " + begin + " and " + end + " do not stand there once each, in this order: correct that by hand")
	default:
		to++
	}
	changes = difference(lines[from:to], block)
	return strings.Join(slices.Concat(lines[:from], block, lines[to:]), "\n") + "\n", changes, nil
}

// difference shows what lies between the lines that both begin with and those that both end with.
func difference(old, updated []string) []string {
	for len(old) > 0 && len(updated) > 0 && old[0] == updated[0] {
		old, updated = old[1:], updated[1:]
	}
	for len(old) > 0 && len(updated) > 0 && old[len(old)-1] == updated[len(updated)-1] {
		old, updated = old[:len(old)-1], updated[:len(updated)-1]
	}
	var changes []string
	for _, line := range old {
		changes = append(changes, "- "+line)
	}
	for _, line := range updated {
		changes = append(changes, "+ "+line)
	}
	return changes
}
