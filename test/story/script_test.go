// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// event is what people did, all at noon of one day; the comment at the head of testdata/three-years.yaml says what the words
// mean.
type event struct {
	Day  cxv1.Date `json:"day"`
	What string    `json:"what"`
	// Free events of a quarter may change places.
	Free bool `json:"free"`
	// Quiet events are told only if something comes of them.
	Quiet bool `json:"quiet"`

	FirstDay bool                      `json:"firstDay"`
	Apply    map[string]map[string]any `json:"apply"`
	Accepts  []string                  `json:"accepts"`
	Declines map[string]string         `json:"declines"`
	Meets    string                    `json:"meets"`
	Asked    map[string]asked          `json:"asked"`
	Wave     *wave                     `json:"wave"`
	// do is what happens in one of the events that a wave consists of.
	do func(*company)
}

// asked is an assessment: for each question and level how many of those who answered reach the middle of the scale, as "130/170".
type asked struct {
	Evidence cxv1.Evidence                `json:"evidence"`
	Reach    map[string]map[string]string `json:"reach"`
	Exempt   *cxv1.Exemption              `json:"exempt"`
}

// wave is a wave of a survey from beginning to end.
type wave struct {
	Survey  string `json:"survey"`
	Invited int64  `json:"invited"`
	Bounced int64  `json:"bounced"`
	// Counts are how many gave each answer, by question.
	Counts    map[string]map[int]int64 `json:"counts"`
	Furious   []furious                `json:"furious"`
	Published struct {
		After int      `json:"after"`
		To    []string `json:"to"`
	} `json:"published"`
}

// furious are guests whose answer the follow-up rule of the survey fits, so many days after the wave began.
type furious struct {
	After     int            `json:"after"`
	Guests    int            `json:"guests"`
	Recommend int            `json:"recommend"`
	Reached   int            `json:"reached"`
	Missed    int            `json:"missed"`
	Late      int            `json:"late"`
	Causes    map[string]int `json:"causes"`
}

const storyFile = "testdata/three-years.yaml"

var zone = got(time.LoadLocation("Europe/Berlin"))

// threeYears reads the story, changes it, and spreads its waves over the days.
func threeYears(changes ...func([]event) []event) []event {
	var script struct {
		Story []event `json:"story"`
	}
	if err := yaml.UnmarshalStrict(got(os.ReadFile(storyFile)), &script); err != nil {
		panic(err)
	}
	for _, change := range changes {
		script.Story = change(script.Story)
	}
	var events []event
	for _, e := range script.Story {
		events = append(events, e)
		if e.Wave != nil {
			events = append(events, e.Wave.events(e.Day)...)
		}
	}
	sortByDay(events)
	return events
}

func sortByDay(events []event) {
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.Day, b.Day) })
}

// Days between the parts of a wave, and of a follow-up.
const (
	waveLasts  = 14
	callsAfter = 1
	lateAfter  = 5
	knownAfter = 6
)

// events are what happens in a wave after it went out.
func (w wave) events(opened cxv1.Date) []event {
	var events []event
	add := func(days int, quiet bool, do func(*company), format string, args ...any) {
		day := cxv1.Date(noon(opened).AddDate(0, 0, days).Format(time.DateOnly))
		events = append(events, event{Day: day, What: fmt.Sprintf(format, args...), Quiet: quiet, do: do})
	}
	for _, f := range w.Furious {
		add(f.After, false, func(c *company) { c.complain(w.Survey, f.Guests, f.Recommend) }, "%d guests are furious.", f.Guests)
		add(f.After+callsAfter, true, func(c *company) { c.call(f.Reached, f.Missed) }, "Furious guests are called.")
		if f.Late > 0 {
			add(f.After+lateAfter, true, func(c *company) { c.call(0, f.Late) }, "Furious guests are called, too late.")
		}
		add(f.After+knownAfter, true, func(c *company) { c.closeFollowUps(f.Causes) }, "Why guests were furious is written down.")
	}
	add(waveLasts, false, func(c *company) { c.closeWave(w) }, "The wave is over: %d of %d answered.", w.answered(), w.Invited)
	add(w.Published.After, false, func(c *company) { c.publish(w.Survey, w.Published.To) }, "Its results are shared with %s.",
		strings.Join(w.Published.To, ", "))
	return events
}

// answered is how many answered the first question that everybody answers.
func (w wave) answered() int64 {
	var most int64
	for _, counts := range w.Counts {
		var n int64
		for _, people := range counts {
			n += people
		}
		most = max(most, n)
	}
	return most
}

// noon of a day is when things happen.
func noon(day cxv1.Date) time.Time {
	return got(time.ParseInLocation(time.DateOnly, string(day), zone)).Add(12 * time.Hour)
}

// steps are what an event consists of, in any order.
func (e event) steps() []func(*company) {
	var steps []func(*company)
	add := func(given bool, step func(*company)) {
		if given {
			steps = append(steps, step)
		}
	}
	add(e.FirstDay, (*company).firstDay)
	for _, key := range slices.Sorted(maps.Keys(e.Apply)) {
		add(true, func(c *company) { c.write(key, e.Apply[key]) })
	}
	for _, owner := range e.Accepts {
		add(true, func(c *company) { c.decide(owner, cxv1.DecisionAccepted, "") })
	}
	for _, owner := range slices.Sorted(maps.Keys(e.Declines)) {
		add(true, func(c *company) { c.decide(owner, cxv1.DecisionDeclined, e.Declines[owner]) })
	}
	add(e.Meets != "", func(c *company) { c.meet(e.Day, e.Meets) })
	for _, name := range slices.Sorted(maps.Keys(e.Asked)) {
		add(true, func(c *company) { c.write("Assessment/"+name, e.Asked[name].spec(e.Day)) })
	}
	add(e.Wave != nil, func(c *company) { c.openWaveOf(e.Wave.Survey) })
	add(e.do != nil, e.do)
	if len(steps) == 0 {
		panic(fmt.Sprintf("%s %s: nothing happens", e.Day, e.What))
	}
	return steps
}

// spec is the Assessment that records the answers: who says yes chose the third of four answers, who says no the second.
func (a asked) spec(on cxv1.Date) map[string]any {
	spec := map[string]any{"date": string(on), "evidence": string(a.Evidence)}
	var counts []any
	for _, question := range slices.Sorted(maps.Keys(a.Reach)) {
		for _, level := range slices.Sorted(maps.Keys(a.Reach[question])) {
			var yes, all int64
			if _, err := fmt.Sscanf(a.Reach[question][level], "%d/%d", &yes, &all); err != nil {
				panic(fmt.Sprintf("%s %s: %q: %v", question, level, a.Reach[question][level], err))
			}
			counts = append(counts, map[string]any{"question": question, "level": level, "answers": []int64{0, all - yes, yes, 0}})
		}
	}
	if counts != nil {
		spec["counts"] = counts
	}
	if e := a.Exempt; e != nil {
		spec["exemptions"] = []any{map[string]any{
			"criterion": e.Criterion, "reason": e.Reason, "requestedBy": string(e.RequestedBy), "approvedBy": string(e.ApprovedBy),
			"until": string(e.Until),
		}}
	}
	return spec
}

// byDay groups events.
func byDay(events []event) [][]event {
	var days [][]event
	for i, e := range events {
		if i == 0 || events[i-1].Day != e.Day {
			days = append(days, nil)
		}
		days[len(days)-1] = append(days[len(days)-1], e)
	}
	return days
}

// quarter names the quarter of a day, e.g. "2027 Q2".
func quarter(day cxv1.Date) string {
	t := noon(day)
	return fmt.Sprintf("%d Q%d", t.Year(), (int(t.Month())+2)/3)
}
