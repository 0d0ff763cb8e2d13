// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Result is where a program stands.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Organization    string `json:"organization"`
	// Evidence is Unknown for a folder without --evidence, else Known.
	Evidence string `json:"evidence"`
	// Framework is the one that decides the stage.
	Framework string `json:"framework"`
	// Stage is absent where the framework is a standard or cannot be used.
	Stage *Stage `json:"stage,omitempty"`
	// Message says why there is no stage, or what else there is to say about it; of the condition MaturityAssessed.
	Message string `json:"message,omitempty"`
	// Progress is how many required criteria of the next stage are met, e.g. "4/10"; of a standard, of all.
	Progress     string                 `json:"progress,omitempty"`
	Weakest      string                 `json:"weakest,omitempty"`
	Competencies []cxv1.CompetencyLevel `json:"competencies,omitempty"`
	// Signs are those of the first stage that still show.
	Signs []string `json:"signs,omitempty"`
	// Missing are the required criteria of the next stage (of a standard: all) that are not met.
	Missing       []Criterion `json:"missing,omitempty"`
	NextSteps     []Step      `json:"nextSteps,omitempty"`
	NextStepsMore int32       `json:"nextStepsMore,omitempty"`
	// Advice is how others left this stage.
	Advice   []string       `json:"advice,omitempty"`
	Overdue  []Late         `json:"overdue,omitempty"`
	Waves    []Wave         `json:"waves,omitempty"`
	Coverage *cxv1.Coverage `json:"coverage,omitempty"`
	// Attention names what is not Ready.
	Attention     []cxv1.Attention `json:"attention,omitempty"`
	AttentionMore int32            `json:"attentionMore,omitempty"`

	zone *time.Location
}

// Stage is a stage of maturity.
type Stage struct {
	Number int32  `json:"number"`
	Name   string `json:"name"`
	// Next is the name of the stage after it; empty at the top.
	Next string `json:"next,omitempty"`
	// Observed is the stage that objects alone show, Attested that which people attest.
	Observed *int32 `json:"observed,omitempty"`
	Attested *int32 `json:"attested,omitempty"`
	// KeptUntil is when the stage is lost unless it is shown again.
	KeptUntil *metav1.Time `json:"keptUntil,omitempty"`
}

// Criterion is one that is not met.
type Criterion struct {
	ID         string                `json:"id"`
	Title      string                `json:"title,omitempty"`
	Competency string                `json:"competency"`
	Result     cxv1.CriterionOutcome `json:"result"`
	Message    string                `json:"message,omitempty"`
}

// Step is something to do.
type Step struct {
	Criterion string `json:"criterion"`
	Missing   string `json:"missing"`
	Do        string `json:"do,omitempty"`
}

// Late is something that should have happened.
type Late struct {
	// Kind is Offer, Confirmation, Initiative, Goal, Review or FollowUp.
	Kind string `json:"kind"`
	// Object is its kind and name.
	Object string `json:"object"`
	// Owner is whose turn it is; empty when it is nobody's.
	Owner string `json:"owner,omitempty"`
	// Since is by when it should have been done, where that is known.
	Since *metav1.Time `json:"since,omitempty"`
	// What says what is late, e.g. the milestones of an initiative.
	What []string `json:"what,omitempty"`
}

// Wave is the next one of a survey.
type Wave struct {
	Survey   string      `json:"survey"`
	At       metav1.Time `json:"at"`
	Personas []cxv1.Ref  `json:"personas"`
}

// The values of Result.Evidence.
const (
	EvidenceKnown   = "Known"
	EvidenceUnknown = "Unknown"
)

// Of finds out where a program stands. The error says that nobody has judged it yet.
func Of(source *kit.Source, lang cxv1.Language) (*Result, error) {
	card, err := source.Scorecard()
	if err != nil {
		return nil, err
	}
	s, status := source.Snapshot, &source.Snapshot.Program.Status
	r := &Result{
		TypeMeta: kit.Type("Status"), Organization: s.Program.Spec.Organization, Evidence: EvidenceKnown, Framework: card.Name,
		Progress: card.Status.Progress, Weakest: status.WeakestCompetency, Signs: card.Status.Indicators,
		NextStepsMore: card.Status.NextStepsMore, Advice: status.Advice, Coverage: status.Coverage,
		Attention: status.Attention, AttentionMore: status.AttentionMore, zone: source.Zone(),
	}
	if source.Blind() {
		r.Evidence = EvidenceUnknown
	}
	model := source.Model()
	r.stage(card, model, status, lang)
	for _, step := range status.NextSteps {
		r.NextSteps = append(r.NextSteps, Step{Criterion: step.Criterion, Missing: step.Missing, Do: step.Do})
	}
	r.missing(card, model, lang)
	r.Overdue = overdue(source)
	r.Waves = waves(s)
	return r, nil
}

func (r *Result) stage(card *cxv1.Scorecard, model *maturity.Model, status *cxv1.ProgramStatus, lang cxv1.Language) {
	if status.Stage == nil {
		if c := meta.FindStatusCondition(status.Conditions, cxv1.ConditionMaturityAssessed); c != nil {
			r.Message = c.Message
		}
		return
	}
	r.Competencies = card.Status.Competencies
	r.Stage = &Stage{Number: *status.Stage, Name: status.StageName, Observed: status.ObservedStage, Attested: status.AttestedStage,
		KeptUntil: card.Status.KeptUntil}
	if model == nil {
		return
	}
	name := func(number int) string { return model.StageName(number).In(string(lang)) }
	if here := name(int(*status.Stage)); here != "" {
		r.Stage.Name = here
	}
	if next := int(*status.Stage) + 1; next <= model.Stages() {
		r.Stage.Next = name(next)
	}
}

// missing lists what holds the program down.
func (r *Result) missing(card *cxv1.Scorecard, model *maturity.Model, lang cxv1.Language) {
	titles := map[string]maturity.Text{}
	if model != nil {
		for _, doc := range maturity.Describe(model) {
			titles[doc.ID] = doc.Title
		}
	}
	for _, c := range card.Status.Criteria {
		unmet := c.Result == cxv1.OutcomeFalse || c.Result == cxv1.OutcomeUnknown
		later := r.Stage != nil && c.Stage > r.Stage.Number+1
		if !unmet || later || c.Weight != cxv1.CriterionRequired {
			continue
		}
		r.Missing = append(r.Missing, Criterion{
			ID: c.ID, Title: titles[c.ID].In(string(lang)), Competency: c.Competency, Result: c.Result, Message: c.Message})
	}
}

// waves are the next ones, first come first; of each survey one.
func waves(s *program.Snapshot) []Wave {
	var all []Wave
	for _, survey := range s.Surveys {
		if at := survey.Status.NextWaveAt; at != nil {
			all = append(all, Wave{Survey: survey.Name, At: metav1.NewTime(at.UTC()), Personas: survey.Spec.PersonaRefs})
		}
	}
	slices.SortStableFunc(all, func(a, b Wave) int { return a.At.Compare(b.At.Time) })
	return all
}

// overdue lists what should have happened, the latest first. What has no time of its own comes last.
func overdue(source *kit.Source) []Late {
	s := source.Snapshot
	var late []Late
	for _, a := range s.Assignments {
		late = append(late, lateDecision(source, a)...)
	}
	late = append(late, lateWork(source)...)
	for _, f := range s.FollowUps {
		if f.Status.Phase != cxv1.FollowUpClosed && f.Status.RespondedAt == nil && source.Now.After(f.Spec.Case.DueBy.Time) {
			late = append(late, Late{Kind: "FollowUp", Object: program.Key(f), Owner: f.Status.Owner, Since: utc(f.Spec.Case.DueBy.Time)})
		}
	}
	if review := lateReview(source); review != nil {
		late = append(late, *review)
	}
	slices.SortStableFunc(late, func(a, b Late) int { return cmp.Compare(sortKey(a), sortKey(b)) })
	return late
}

// lateWork are initiatives and goals whose time is over.
func lateWork(source *kit.Source) []Late {
	var late []Late
	for _, i := range source.Snapshot.Initiatives {
		over := i.Status.Phase == cxv1.InitiativeDone || i.Status.Phase == cxv1.InitiativeCancelled
		if !over && len(i.Status.Overdue) > 0 {
			late = append(late, Late{Kind: "Initiative", Object: program.Key(i), Owner: string(i.Spec.OwnerRef), What: i.Status.Overdue,
				Since: firstDue(source, i)})
		}
	}
	for _, g := range source.Snapshot.Goals {
		if isFalse(g, cxv1.ConditionOnSchedule) {
			late = append(late, Late{Kind: "Goal", Object: program.Key(g), Owner: string(g.Spec.OwnerRef), Since: endOf(source, g.Spec.Due)})
		}
	}
	return late
}

func sortKey(l Late) int64 {
	if l.Since == nil {
		return 1 << 62
	}
	return l.Since.Unix()
}

// lateDecision is an offer whose time is over, or a confirmation that did not come.
func lateDecision(source *kit.Source, a *cxv1.OwnerAssignment) []Late {
	waiting := a.Status.WaitsFor
	accepted := meta.FindStatusCondition(a.Status.Conditions, cxv1.ConditionAccepted)
	policy := source.Snapshot.Program.Spec.Ownership
	switch {
	case waiting != "" && accepted != nil && accepted.Reason == cxv1.ReasonUndecided:
		l := Late{Kind: "Offer", Object: program.Key(a), Owner: waiting}
		if a.Status.OfferedAt != nil {
			l.Since = utc(a.Status.OfferedAt.Add(policy.AcceptWithin.Or(ownership.DefaultAcceptWithin)))
		}
		return []Late{l}
	case isFalse(a, cxv1.ConditionVerified):
		l := Late{Kind: "Confirmation", Object: program.Key(a), Owner: string(a.Spec.Owner)}
		if a.Status.VerifiedAt != nil {
			l.Since = utc(a.Status.VerifiedAt.Add(policy.ReverifyEvery.Or(0)))
		}
		return []Late{l}
	}
	return nil
}

// lateReview is a meeting of the committee that was not held in time.
func lateReview(source *kit.Source) *Late {
	p := source.Snapshot.Program
	if due := source.NextReview(); !due.IsZero() && source.Now.After(due) {
		return &Late{Kind: "Review", Object: program.Key(p), Owner: string(p.Spec.Lead), Since: utc(due)}
	}
	return nil
}

// firstDue is the earliest date that an initiative let pass.
func firstDue(source *kit.Source, i *cxv1.Initiative) *metav1.Time {
	var first *metav1.Time
	take := func(date cxv1.Date) {
		if end := endOf(source, date); end != nil && (first == nil || end.Before(first)) && !source.Now.Before(end.Time) {
			first = end
		}
	}
	take(i.Spec.Due)
	for _, m := range i.Spec.Milestones {
		if slices.Contains(i.Status.Overdue, string(m.Name)) {
			take(m.Due)
		}
	}
	return first
}

func endOf(source *kit.Source, date cxv1.Date) *metav1.Time {
	end, ok := date.End(source.Zone())
	if !ok {
		return nil
	}
	return utc(end)
}

func utc(t time.Time) *metav1.Time { return new(metav1.NewTime(t.UTC().Truncate(time.Second))) }

func isFalse(obj program.Object, condition string) bool {
	return meta.IsStatusConditionFalse(obj.CommonStatus().Conditions, condition)
}
