// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package programs writes programs as people would: one file for each object, with nothing wrong in it. They are as large as wanted,
// for tests and benchmarks of whatever reads folders.
package programs

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// File is one file of a program.
type File struct {
	// Name is its path in the folder, with slashes.
	Name, Text string
}

// Generate writes a program of n objects, each in a file of its own; at least 40. Equal seeds give equal programs.
func Generate(n int, seed uint64) []File {
	g := &generator{random: rand.New(rand.NewPCG(seed, 0))}
	g.owners, g.personas, g.journeys, g.surveys = n/20, n/20, n/25, n/20
	g.goals, g.kpis = n/10, 3*n/10
	g.program()
	each(g.owners, g.owner)
	each(g.personas, g.persona)
	each(g.journeys, g.journey)
	each(g.goals, g.goal)
	each(g.kpis, g.kpi)
	each(g.surveys, g.survey)
	each(2, g.assessment)
	each(n-len(g.files), g.initiative)
	return g.files
}

// Write puts files into a folder.
func Write(dir string, files []File) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.Text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func each(n int, write func(i int)) {
	for i := range n {
		write(i)
	}
}

type generator struct {
	random                                           *rand.Rand
	owners, personas, journeys, goals, kpis, surveys int
	files                                            []File
}

func pick(g *generator, words ...string) string { return words[g.random.IntN(len(words))] }

func (g *generator) object(kind, name, spec string, args ...any) {
	text := fmt.Sprintf("apiVersion: cx-operator.io/v1alpha1\nkind: %s\nmetadata:\n  name: %s\nspec:\n", kind, name)
	g.files = append(g.files, File{strings.ToLower(kind) + "s/" + name + ".yaml", text + fmt.Sprintf(spec, args...)})
}

func (g *generator) program() {
	g.object("Program", "program", `  id: example-retail
  organization: Example Retail
  headcount: 5200
  timeZone: Europe/Berlin
  languages: [en, ru]
  lead: owner-0
  sponsor: owner-1
  workingGroup: [owner-0, owner-1]
  contactRules:
    - {atMost: 1, window: 30d}
  channels:
    - name: mail
      smtp: {host: smtp.example.com, from: "Example Retail <feedback@example.com>"}
  ownership: {acceptance: Required, fallbackOwner: owner-0}
`)
}

func (g *generator) owner(i int) {
	reports := ""
	if i > 0 {
		reports = fmt.Sprintf("  reportsTo: owner-%d\n", (i-1)/5)
	}
	g.object("Owner", fmt.Sprintf("owner-%d", i), `  displayName: Head of unit %d
  function: %s
  level: %s
%s  identity:
    users: [owner-%d@example.com]
`, i, pick(g, "shops", "online", "logistics", "service", "marketing"), pick(g, "Staff", "Manager", "SeniorManager"), reports, i)
}

func (g *generator) persona(i int) {
	g.object("Persona", fmt.Sprintf("persona-%d", i), `  displayName: Shopper %d
  type: Customer
  goals: [Find it at once, "Pay, and be gone"]
  needs: [To know what is in stock]
  pains: [Queues, Searching for staff]
  evidence: [https://wiki.example.com/interviews/%d]
`, i, i)
}

func (g *generator) journey(i int) {
	var stages strings.Builder
	for stage, name := range []string{"search", "buy", "use"} {
		fmt.Fprintf(&stages, "    - name: %s\n      touchpoints:\n", name)
		for touchpoint := range 2 {
			fmt.Fprintf(&stages, "        - name: %s-%d\n          ownerRef: owner-%d\n          promise: Nobody waits longer than %d minutes.\n",
				name, touchpoint, g.random.IntN(g.owners), stage+touchpoint+1)
		}
	}
	g.object("Journey", fmt.Sprintf("journey-%d", i), `  displayName: Journey %d
  personas: [persona-%d]
  ownerRef: owner-%d
  stages:
%s`, i, i%g.personas, i%g.owners, stages.String())
}

func (g *generator) goal(i int) {
	parent := ""
	if i > 0 {
		parent = fmt.Sprintf("  parentRef: goal-%d\n", (i-1)/4)
	}
	g.object("Goal", fmt.Sprintf("goal-%d", i), `  displayName: Goal %d
  kind: %s
%s  ownerRef: owner-%d
  valueDriver: Retention
  businessOutcome: Whoever is served well comes back twice as often.
  due: "2028-12-31"
`, i, pick(g, "Experience", "Business", "Operational"), parent, i%g.owners)
}

func (g *generator) kpi(i int) {
	source := fmt.Sprintf("    survey: {surveyRef: survey-%d, question: recommend, waves: 2}\n", g.random.IntN(g.surveys))
	if i%3 > 0 {
		promoters, passives, detractors := g.random.IntN(90)+5, g.random.IntN(40)+5, g.random.IntN(40)+5
		source = fmt.Sprintf("    manual:\n      asOf: 2026-10-30T12:00:00Z\n      counts: {promoters: %d, passives: %d, detractors: %d}\n",
			promoters, passives, detractors)
	}
	g.object("KPI", fmt.Sprintf("kpi-%d", i), `  displayName: Recommendation %d
  metric: nps
  class: Experience
  method: NPS
  goalRef: goal-%d
  ownerRef: owner-%d
  source:
%s  target:
    value: %d
    confidence: Point
  ttl: 400d
  minResponses: 10
`, i, i%g.goals, i%g.owners, source, 20+g.random.IntN(60))
}

func (g *generator) survey(i int) {
	g.object("Survey", fmt.Sprintf("survey-%d", i), `  displayName: Survey %d
  ownerRef: owner-%d
  personaRefs: [persona-%d]
  schedule:
    cron: "%d %d %d */3 *"
  openFor: 14d
  anonymity: Confidential
  delivery:
    channel: mail
    subject: {en: "How was it?", ru: "Как прошло?"}
  contactConsent: Ask
  followUpRules:
    - name: unhappy
      when: a.recommend <= %d
      journeyRef: journey-%d
      respondWithin: 48h
`+twoQuestions, i, i%g.owners, i, g.random.IntN(60), g.random.IntN(24), 1+g.random.IntN(28), g.random.IntN(7), i%g.journeys)
}

// twoQuestions is what all surveys ask.
const twoQuestions = `  questionnaire:
    title: {en: Two questions, ru: Два вопроса}
    questions:
      - id: recommend
        type: NPS
        text: {en: "Would you recommend us?", ru: "Посоветуете ли вы нас?"}
      - id: why
        type: FreeText
        answer: Optional
        text: {en: "Why?", ru: "Почему?"}
`

func (g *generator) assessment(i int) {
	g.object("Assessment", fmt.Sprintf("assessment-%d", i), `  framework: six-stages
  date: "2026-%02d-30"
  validFor: 180d
  evidence: https://wiki.example.com/assessments/%d
  counts:
    - {question: Q01, level: Staff, answers: [10, 20, 5, %d]}
    - {question: Q12, level: Staff, answers: [0, 1, 20, 9%d]}
`, i+9, i, g.random.IntN(5), g.random.IntN(5))
}

func (g *generator) initiative(i int) {
	g.object("Initiative", fmt.Sprintf("initiative-%d", i), `  displayName: Initiative %d
  type: Improvement
  ownerRef: owner-%d
  goalRefs: [goal-%d]
  kpiTargets:
    - {kpiRef: kpi-%d, to: 70}
  journeyRefs: [journey-%d]
  personaRefs: [persona-%d]
  milestones:
    - {name: begun, due: "2027-03-01"}
    - {name: half-way, due: "2027-06-01"}
  start: "2027-01-15"
  due: "2027-%02d-28"
  requestedPhase: Accepted
`, i, i%g.owners, g.random.IntN(g.goals), g.random.IntN(g.kpis), g.random.IntN(g.journeys), i%g.personas, 7+g.random.IntN(6))
}
