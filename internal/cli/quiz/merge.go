// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package quiz

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// merge adds up the answers in files.
func (r *Result) merge(files []string) error {
	type key struct {
		question string
		level    cxv1.AttestationLevel
	}
	sums := map[key]*cxv1.AttestationCounts{}
	for _, file := range files {
		other, err := r.read(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		r.People += other.People
		for _, counts := range other.Counts {
			k := key{counts.Question, counts.Level}
			if sums[k] == nil {
				sums[k] = &cxv1.AttestationCounts{Question: k.question, Level: k.level, Answers: make([]int64, len(counts.Answers))}
			}
			for i, people := range counts.Answers {
				sums[k].Answers[i] += people
			}
			sums[k].DontKnow += counts.DontKnow
		}
	}
	byLevel := false
	for k := range sums {
		byLevel = byLevel || k.level != cxv1.AttestationAll
	}
	for k, counts := range sums {
		if byLevel && k.level == cxv1.AttestationAll {
			return fmt.Errorf("some files say at which level people stand, others don't: an Assessment counts %s either by level or for All",
				k.question)
		}
		r.Counts = append(r.Counts, *counts)
	}
	slices.SortFunc(r.Counts, func(a, b cxv1.AttestationCounts) int {
		return cmp.Or(cmp.Compare(a.Question, b.Question), cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)))
	})
	return nil
}

// read reads a file, and refuses what would count wrong.
func (r *Result) read(file string) (*Result, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	other := &Result{}
	if err := yaml.UnmarshalStrict(data, other); err != nil {
		return nil, err
	}
	if other.TypeMeta != r.TypeMeta || other.Framework != r.Framework {
		return nil, fmt.Errorf("holds no %s of %s in %s, as made by kubectl cx quiz -o yaml", r.Kind, r.Framework, kit.APIVersion)
	}
	for _, counts := range other.Counts {
		switch {
		case r.questions.Questions[counts.Question].Scale == "":
			return nil, fmt.Errorf("%s has no question %q", r.Framework, counts.Question)
		case !slices.Contains(levels, counts.Level):
			return nil, fmt.Errorf("%s: there is no level %q", counts.Question, counts.Level)
		case len(counts.Answers) != len(r.scale(counts.Question)):
			return nil, fmt.Errorf("%s: %d answers to choose from, the question has %d", counts.Question, len(counts.Answers),
				len(r.scale(counts.Question)))
		}
		if slices.Min(append([]int64{counts.DontKnow}, counts.Answers...)) < 0 {
			return nil, fmt.Errorf("%s: fewer than nobody answered", counts.Question)
		}
	}
	return other, nil
}
