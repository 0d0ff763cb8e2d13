// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package simulate lets a program run on a clock of its own: waves start, people are invited or held back, offers lapse and go up the
// line, values go stale, answers and exemptions end, a stage is lost. Every decision is that of the controllers. It is pure, and the same
// input gives the same result.
package simulate

import (
	"cmp"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Input is what a simulation rests on.
type Input struct {
	// Program is as people wrote it; it is only read.
	Program *program.Snapshot
	// Evidence is what was so far; nil for a program that begins.
	Evidence *store.Evidence
	// Start is when the clock starts, Days how long it runs.
	Start time.Time
	Days  int
	// Contacts is how many contacts each persona has; Others goes for those that it does not name.
	Contacts map[string]int
	Others   int
	// OwnersAccept says that owners accept every offer at once; else nobody ever answers one.
	OwnersAccept bool
	// Answers says how people answer surveys; nil for never.
	Answers *Answers
}

// Answers are made up by chance, the same for the same seed.
type Answers struct {
	Seed uint64
	// Percent is how many of those invited answer, 0 to 100.
	Percent int
}

// Kind is what kind of thing happens.
type Kind string

// What happens.
const (
	// WaveOpens: Count people are invited, Skipped are not; no Count where the survey invites nobody itself. Status DryRun says that
	// nobody is written to. WaveCloses: Count answered.
	WaveOpens  Kind = "WaveOpens"
	WaveCloses Kind = "WaveCloses"
	// OfferMade: Who is asked to take Names. OfferLapses: Who said nothing about them. OfferOverdue: Who has had their time, and
	// nobody comes next.
	OfferMade    Kind = "OfferMade"
	OfferLapses  Kind = "OfferLapses"
	OfferOverdue Kind = "OfferOverdue"
	// Accepted: Who accepts Names. Confirm: Who is asked whether Names is still theirs. Acts: Who acts for another owner.
	Accepted Kind = "Accepted"
	Confirm  Kind = "Confirm"
	Acts     Kind = "Acts"
	// ReviewDue: the committee's next review.
	ReviewDue Kind = "ReviewDue"
	// Condition: Object's condition What is Status now; Text says why. Criterion: the result of criterion What. Stage: Status is the new
	// stage.
	Condition Kind = "Condition"
	Criterion Kind = "Criterion"
	Stage     Kind = "Stage"
)

// Event is something that happens. Which fields are set depends on Kind.
type Event struct {
	At     time.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	Object string    `json:"object,omitempty"`
	Who    string    `json:"who,omitempty"`
	Names  []string  `json:"names,omitempty"`
	What   string    `json:"what,omitempty"`
	Status string    `json:"status,omitempty"`
	Count  *int      `json:"count,omitempty"`
	// Skipped is how many are not invited, by reason.
	Skipped map[string]int64 `json:"skipped,omitempty"`
	Text    string           `json:"text,omitempty"`
}

// Summary adds it all up.
type Summary struct {
	Waves int `json:"waves"`
	// People is how many contacts there are. Of them, Invited is how many were invited at least once.
	People  int `json:"people"`
	Invited int `json:"invited"`
	// Invitations are all of them; Most is what one person got at most and Mean what everybody got on average, two digits after the point.
	Invitations int     `json:"invitations"`
	Most        int     `json:"most"`
	Mean        float64 `json:"mean"`
	Reminders   int     `json:"reminders"`
	Answers     int     `json:"answers"`
	// Skipped is how often people were not invited, by reason.
	Skipped map[string]int64 `json:"skipped"`
	// Offers are those made; Lapsed those that nobody answered in time and that went to the next; Overdue those that went nowhere.
	Offers  int `json:"offers"`
	Lapsed  int `json:"lapsed"`
	Overdue int `json:"overdue"`
	// StageBefore and StageAfter are the stages at the start and at the end; 0 for none.
	StageBefore int32 `json:"stageBefore"`
	StageAfter  int32 `json:"stageAfter"`
}

// KPI is the last value of a KPI that comes from made-up answers.
type KPI struct {
	KPI   string    `json:"kpi"`
	AsOf  time.Time `json:"asOf"`
	Value string    `json:"value"`
	Low   string    `json:"low,omitempty"`
	High  string    `json:"high,omitempty"`
	N     int64     `json:"n"`
}

// Result is what happened.
type Result struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Events are in the order of time.
	Events  []Event `json:"events"`
	Summary Summary `json:"summary"`
	KPIs    []KPI   `json:"kpis"`
	// Cut names surveys that have more waves than were looked at, 1000.
	Cut []string `json:"cut,omitempty"`
}

// run is one simulation.
type run struct {
	Input
	s        *program.Snapshot
	program  *cxv1.Program
	zone     *time.Location
	end      time.Time
	evidence *store.Evidence
	owners   ownership.Owners
	result   *Result
	// decisions, outcomes and points come into being as time goes by.
	decisions []store.Decision
	outcomes  []store.WaveOutcome
	points    []store.KPIPoint
}

// Run lets the clock run.
func Run(in Input) *Result {
	r := &run{Input: in, s: in.Program, program: in.Program.Program, evidence: in.Evidence, owners: ownership.Owners{}}
	if r.program == nil {
		r.program = &cxv1.Program{}
	}
	if r.evidence == nil {
		r.evidence = &store.Evidence{}
	}
	r.zone = program.Zone(r.program)
	r.end = in.Start.AddDate(0, 0, in.Days)
	r.result = &Result{Start: in.Start, End: r.end, Events: []Event{}, KPIs: []KPI{}, Summary: Summary{Skipped: map[string]int64{}}}
	for _, owner := range r.s.Owners {
		r.owners[owner.Name] = owner
	}
	r.waves()
	r.ownership()
	r.reviews()
	r.judge()
	r.sort()
	return r.result
}

func (r *run) add(e Event) { r.result.Events = append(r.result.Events, e) }

// sort puts events in order, and those together that happen to one owner at one time.
func (r *run) sort() {
	events := r.result.Events
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(order[a.Kind], order[b.Kind]), cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Who, b.Who), cmp.Compare(a.What, b.What))
	})
	together := events[:0]
	for _, e := range events {
		if n := len(together) - 1; n >= 0 && e.joins(together[n]) {
			together[n].Names = append(together[n].Names, e.Names...)
			continue
		}
		together = append(together, e)
	}
	for _, e := range together {
		slices.Sort(e.Names)
	}
	r.result.Events = together
}

// joins tells whether two events differ in Names alone.
func (e Event) joins(other Event) bool {
	return len(e.Names) > 0 && e.At.Equal(other.At) && e.Kind == other.Kind && e.Object == other.Object && e.Who == other.Who &&
		e.What == other.What
}

// order is in which order events of one instant are told.
var order = map[Kind]int{
	WaveCloses: 0, OfferLapses: 1, OfferOverdue: 2, OfferMade: 3, Confirm: 4, Accepted: 5, Acts: 6, ReviewDue: 7, WaveOpens: 8, Condition: 9,
	Criterion: 10, Stage: 11,
}

// reviews are due one after the other, each counted from the one before as if that had been held in time.
func (r *run) reviews() {
	governance := r.program.Spec.Governance
	if governance == nil || governance.ReviewEvery.Or(0) <= 0 {
		return
	}
	every := int(governance.ReviewEvery.Or(0) / (24 * time.Hour))
	last := r.Start
	for i, review := range governance.Reviews {
		if at, ok := review.Date.Start(r.zone); ok && (i == 0 || at.After(last)) {
			last = at
		}
	}
	for due := last.AddDate(0, 0, every); every > 0 && !due.After(r.end); due = due.AddDate(0, 0, every) {
		if due.After(r.Start) {
			r.add(Event{At: due, Kind: ReviewDue, Object: program.Key(r.program)})
		}
	}
}
