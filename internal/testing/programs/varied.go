// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Persona and Survey are a persona of every varied program and the survey that asks it, of an NPS question named recommend.
const (
	Persona = "persona-0"
	Survey  = "survey-0"
)

// AllIsWell tells whether nothing is left out of the varied program of a seed: it is at a higher stage once all its owners accept.
func AllIsWell(seed uint64) bool { return seed%8 == 0 }

// Varied writes a small program of 10 to 25 objects in which everything may be there or not, may have worked or failed, as of a time:
// who is a boss and who left, budgets and approvals, numbers with and without samples, studies and experiments that were finished and
// told, trusted owners and owners who are asked. Equal seeds give equal programs, and nothing is wrong with any of them.
func Varied(seed uint64, now time.Time) []File {
	g := &varied{generator: generator{random: rand.New(rand.NewPCG(seed, 1))}, now: now, id: fmt.Sprintf("example-%d", seed), well: AllIsWell(seed)}
	g.owners, g.personas, g.journeys = 3+g.random.IntN(2), 1+g.random.IntN(2), 1
	g.surveys, g.goals, g.kpis = 1+g.random.IntN(2), 1+g.random.IntN(3), 2+g.random.IntN(3)
	g.program()
	each(g.owners, g.owner)
	each(g.personas, g.persona)
	each(g.journeys, g.journey)
	each(g.goals, g.goal)
	each(g.kpis, g.kpi)
	each(g.surveys, g.survey)
	each(g.random.IntN(2), g.assessment)
	if n := 1 + g.random.IntN(4); g.well {
		each(4, g.initiative)
	} else {
		each(n, g.initiative)
	}
	return g.files
}

type varied struct {
	generator

	now time.Time
	id  string
	// well: nothing is left out.
	well bool
}

// maybe gives the text or nothing; in a program where all goes well, the text.
func (g *varied) maybe(text string, args ...any) string {
	if g.random.IntN(2) == 0 && !g.well {
		return ""
	}
	return fmt.Sprintf(text, args...)
}

// day is a date so many days from now.
func (g *varied) day(from int) string { return g.now.AddDate(0, 0, from).Format(time.DateOnly) }

func (g *varied) anOwner() string { return fmt.Sprintf("owner-%d", g.random.IntN(g.owners)) }

var functions = []string{"stores", "online", "logistics", "service", "marketing"}

// functions are three different ones.
func (g *varied) functions() string {
	all := slices.Clone(functions)
	g.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return "[" + strings.Join(all[:3], ", ") + "]"
}

func (g *varied) program() {
	var group []string
	for i := range 1 + g.random.IntN(2) {
		group = append(group, fmt.Sprintf("owner-%d", i))
	}
	if g.well {
		group = []string{"owner-0", "owner-1", "owner-2"}
	}
	spec := g.maybe("  lead: owner-0\n") + g.maybe("  sponsor: owner-1\n") + g.maybe("  workingGroup: [%s]\n", strings.Join(group, ", ")) +
		g.maybe("  ambassadors: [owner-2]\n") +
		g.maybe("  governance:\n    members: [owner-0]\n    reviewEvery: 35d\n    reviews:\n"+
			"      - {date: %q, evidence: https://wiki.example.com/reviews/1}\n      - {date: %q, evidence: https://wiki.example.com/reviews/2}\n",
			g.day(-40-g.random.IntN(20)), g.day(-1-g.random.IntN(20))) +
		g.maybe("  budget: {amount: %d, currency: EUR, year: %d%s}\n", 1000+g.random.IntN(90000), g.now.Year(), g.maybe(", approvedBy: owner-1")) +
		g.maybe("  standard:\n    version: \"1.0\"\n    url: https://wiki.example.com/standard\n    state: Draft\n    sections: [DataHandling, ServiceChange]\n") +
		g.maybe("  rootCauses: [long-wait, wrong-item]\n")
	g.object("Program", "program", `  id: %s
  organization: Example Shops
  headcount: %d
  timeZone: %s
  languages: [%s]
%s  channels:
    - {name: mail, file: {}}
  ownership: {acceptance: %s, acceptWithin: %dd%s}
`, g.id, 200+g.random.IntN(500), pick(&g.generator, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
		pick(&g.generator, "en", "en, ru", "ru, en"), spec, pick(&g.generator, "Required", "Required", "Trusted"), 3+g.random.IntN(20),
		g.maybe(", fallbackOwner: owner-0"))
}

func (g *varied) owner(i int) {
	level, more := pick(&g.generator, "Staff", "Manager", "SeniorManager", "Executive"), ""
	if i == 0 {
		level = pick(&g.generator, "SeniorManager", "Executive", "CEO")
	} else {
		more = fmt.Sprintf("  reportsTo: owner-%d\n", (i-1)/2)
	}
	more += g.maybe("  sharePercent: %d\n", 10*g.random.IntN(11))
	g.object("Owner", fmt.Sprintf("owner-%d", i), `  displayName: Head of unit %d
  function: %s
  level: %s
%s  identity:
    users: [owner-%d@example.com]
`, i, functions[i], level, more, i)
}

func (g *varied) persona(i int) {
	g.object("Persona", fmt.Sprintf("persona-%d", i), `  displayName: Shopper %d
  type: %s
%s`, i, pick(&g.generator, "Customer", "Customer", "Employee", "InternalCustomer", "Partner"),
		g.maybe("  goals: [Find it at once]\n  needs: [To know what is in stock]\n  pains: [Queues]\n  evidence: [https://wiki.example.com/interviews/%d]\n", i))
}

func (g *varied) journey(i int) {
	var stages strings.Builder
	for stage := range 1 + g.random.IntN(2) {
		fmt.Fprintf(&stages, "    - name: stage-%d\n      touchpoints:\n", stage)
		for touchpoint := range 1 + g.random.IntN(2) {
			fmt.Fprintf(&stages, "        - {name: point-%d-%d%s%s%s}\n", stage, touchpoint, g.maybe(", ownerRef: %s", g.anOwner()),
				g.maybe(", promise: Nobody waits."), g.maybe(", serviceStandard: A greeting within a minute."))
		}
	}
	g.object("Journey", fmt.Sprintf("journey-%d", i), `  displayName: Journey %d
  personas: [persona-%d]
%s%s  stages:
%s`, i, i%g.personas, g.maybe("  ownerRef: %s\n", g.anOwner()), g.maybe("  need: I want to be gone.\n"), stages.String())
}

func (g *varied) goal(i int) {
	parent := ""
	if i > 0 {
		parent = g.maybe("  parentRef: goal-%d\n", (i-1)/2)
	}
	g.object("Goal", fmt.Sprintf("goal-%d", i), "  displayName: Goal %d\n  kind: %s\n%s%s%s  due: %q\n", i,
		g.goalKind(i), parent, g.maybe("  ownerRef: %s\n", g.anOwner()),
		g.maybe("  valueDriver: Retention\n  businessOutcome: Whoever is served well comes back.\n"), g.day(g.random.IntN(700)+30))
}

func (g *varied) goalKind(i int) string {
	if kind := pick(&g.generator, "Experience", "Business", "Operational"); i > 0 {
		return kind
	}
	return "Experience"
}

func (g *varied) kpi(i int) {
	asOf := g.now.AddDate(0, 0, -1-g.random.IntN(120)).UTC().Format(time.RFC3339)
	method, class, metric := "NPS", "Experience", "nps"
	source := fmt.Sprintf("    manual:\n      asOf: %s\n      counts: {promoters: %d, passives: %d, detractors: %d}\n", asOf,
		g.random.IntN(90)+5, g.random.IntN(40)+5, g.random.IntN(40)+5)
	switch {
	case i == 0:
		source = fmt.Sprintf("    survey: {surveyRef: %s, question: recommend, waves: 2}\n", Survey)
	case i%2 == 0:
		method, class, metric = "Value", "Operational", "minutes"
		source = fmt.Sprintf("    manual: {asOf: %s, value: \"%d.%d\"}\n", asOf, g.random.IntN(60), g.random.IntN(10))
		if g.random.IntN(2) == 0 {
			source = fmt.Sprintf("    prometheus:\n      query: sum(minutes{desk=\"%d\"}) / sum(cases) # of all\n      every: %dh\n%s", i,
				1+g.random.IntN(30), g.maybe("      countQuery: sum(cases)\n"))
		}
	}
	g.object("KPI", fmt.Sprintf("kpi-%d", i), `  displayName: Number %d
  metric: %s
  class: %s
  method: %s
  goalRef: goal-%d
%s%s%s  source:
%s%s  ttl: %dd
  minResponses: %d
`, i, metric, class, method, g.random.IntN(g.goals), g.maybe("  ownerRef: %s\n", g.anOwner()), g.maybe("  journeyRef: journey-0\n"),
		g.maybe("  personaRef: persona-0\n"), source,
		g.maybe("  target: {value: %d, confidence: %s}\n", g.random.IntN(60), pick(&g.generator, "Point", "Strict")),
		60+g.random.IntN(100), 5+g.random.IntN(30))
}

// survey is answered when somebody asks for a wave: its schedule is months away.
func (g *varied) survey(i int) {
	g.object("Survey", fmt.Sprintf("survey-%d", i), `  displayName: Survey %d
%s  personaRefs: [persona-%d]
  schedule: {cron: "%d %d 1 %d *"%s}
%s  openFor: %dd
  anonymity: Confidential
  contactConsent: Ask
  delivery: {channel: mail, subject: {en: "How was it?", ru: "Как прошло?"}}
%s`+twoQuestions, i, g.maybe("  ownerRef: %s\n", g.anOwner()), i%g.personas, g.random.IntN(60), g.random.IntN(24),
		g.now.AddDate(0, 4+g.random.IntN(5), 0).Month(), g.maybe(", jitter: 10m"),
		g.maybe("  suspend: %t\n", i > 0), 3+g.random.IntN(10),
		g.maybe("  followUpRules:\n    - {name: unhappy, when: a.recommend <= 6, journeyRef: journey-0, respondWithin: 48h}\n"))
}

func (g *varied) assessment(i int) {
	g.object("Assessment", fmt.Sprintf("assessment-%d", i), `  framework: six-stages
  date: %q
  validFor: 180d
  evidence: https://wiki.example.com/assessments/%d
  counts:
    - {question: Q01, level: Staff, answers: [%d, 20, 5, 30]}
    - {question: Q02, level: Staff, answers: [1, %d, 20, 9]}
    - {question: Q03, level: Manager, answers: [0, 1, %d, 9]}
`, g.day(-5-g.random.IntN(90)), i, g.random.IntN(30), g.random.IntN(30), 1+g.random.IntN(30))
}

func (g *varied) initiative(i int) {
	kind := pick(&g.generator, "Improvement", "Research", "Experiment", "Event", "Training", "Decision")
	phase := pick(&g.generator, "Proposed", "Accepted", "Active", "Done", "Done")
	if g.well {
		kind, phase = []string{"Research", "Experiment", "Event", "Training"}[i], "Done"
	}
	more := fmt.Sprintf("  rank: %d\n", i+1)
	switch kind {
	case "Research":
		more += "  methods: [" + pick(&g.generator, "Interviews", "EventListening", "Desk") + "]\n"
	case "Experiment":
		more += "  hypothesis: If the message names the shelf, then people wait less.\n"
	case "Decision":
		more += "  approvedBy: owner-1\n  cost: {currency: EUR, accepted: 18000}\n"
	}
	if phase == "Done" {
		more += g.outcome(i, kind)
	}
	if i > 0 {
		more += g.maybe("  dependsOn: [initiative-%d]\n", g.random.IntN(i))
	}
	g.object("Initiative", fmt.Sprintf("initiative-%d", i), `  displayName: Initiative %d
  type: %s
%s  functions: %s
  goalRefs: [goal-%d]
%s%s%s  start: %q
  due: %q
  requestedPhase: %s
`, i, kind, g.maybe("  ownerRef: %s\n", g.anOwner()), g.functions(), g.random.IntN(g.goals),
		g.maybe("  kpiTargets: [{kpiRef: kpi-%d, to: 70}]\n", g.random.IntN(g.kpis)), g.maybe("  journeyRefs: [journey-0]\n  personaRefs: [persona-0]\n"),
		more, g.day(-60-g.random.IntN(30)), g.day(-g.random.IntN(25)+g.random.IntN(2)*60), phase)
}

// outcome is what shows that an initiative was carried out.
func (g *varied) outcome(i int, kind string) string {
	told := fmt.Sprintf("  publications:\n    - {date: %q, functions: %s, evidence: https://wiki.example.com/told/%d}\n", g.day(-20), g.functions(), i)
	if kind == "Event" || kind == "Training" {
		return told
	}
	return fmt.Sprintf("  result: {verdict: %s, summary: It was done., evidence: https://wiki.example.com/done/%d}\n",
		pick(&g.generator, "Delivered", "Refuted", "Confirmed"), i) + g.maybe("%s", told)
}
