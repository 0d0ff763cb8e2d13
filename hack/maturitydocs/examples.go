// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// ballots show how much the same answers prove in a small and in a large organization.
var ballots = []struct{ yes, answers, headcount int64 }{
	{4, 5, 6}, {4, 5, 2000}, {5, 5, 2000}, {26, 40, 2000}, {30, 40, 2000}, {130, 200, 2000}, {14, 40, 2000},
}

// verdicts judges each ballot as the operator does.
func (m *model) verdicts(w *words) string {
	var rows [][]string
	for _, b := range ballots {
		assessment := &cxv1.Assessment{Spec: cxv1.AssessmentSpec{
			Date:   "2027-03-15",
			Counts: []cxv1.AttestationCounts{{Question: "Q03", Level: cxv1.AttestationAll, Answers: []int64{b.answers - b.yes, 0, b.yes, 0}}},
		}}
		program.JudgeAssessment(program.AssessmentInput{
			Assessment: assessment, Framework: m.framework,
			Program: &cxv1.Program{Spec: cxv1.ProgramSpec{Headcount: &b.headcount}},
			Now:     time.Date(2027, time.March, 16, 12, 0, 0, 0, time.UTC),
		})
		v := assessment.Status.Verdicts[0]
		shown := w.notShown
		if v.N != nil {
			shown = w.number(v.SharePercent) + " %, " + fmt.Sprintf(w.interval, w.number(v.LowPercent), w.number(v.HighPercent))
		}
		rows = append(rows, []string{
			fmt.Sprintf(w.outOf, b.yes, b.answers), strconv.FormatInt(b.headcount, 10), shown, string(v.Result),
		})
	}
	return table(w.verdicts, rows)
}

// number writes a figure with one decimal and the language's sign for it.
func (w *words) number(d cxv1.Decimal) string {
	value, _ := d.Float()
	return strings.Replace(strconv.FormatFloat(value, 'f', 1, 64), ".", w.decimal, 1)
}
