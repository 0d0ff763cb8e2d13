// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// maxAssignments is how many of a program's assignments are named as causes; kubectl cx owners lists all.
const maxAssignments = 5

// goal follows a goal down to the KPIs and goals that are in the way. That it is overdue comes from the same.
func (e *explainer) goal(goal *cxv1.Goal, c *metav1.Condition, depth int) []*Cause {
	if c.Type != cxv1.ConditionAttained && c.Type != cxv1.ConditionOnSchedule {
		return nil
	}
	var causes []*Cause
	for _, kpi := range e.Snapshot.KPIs {
		if kpi.Spec.GoalRef == cxv1.Ref(goal.Name) {
			causes = append(causes, present(e.condition(kpi, cxv1.ConditionTargetMet, depth))...)
		}
	}
	for _, child := range e.Snapshot.Goals {
		if child.Spec.ParentRef == cxv1.Ref(goal.Name) {
			causes = append(causes, present(e.condition(child, cxv1.ConditionAttained, depth))...)
		}
	}
	return causes
}

// kpi follows a KPI to where its figure comes from, or to those who shall move it.
func (e *explainer) kpi(kpi *cxv1.KPI, c *metav1.Condition, depth int) []*Cause {
	switch c.Reason {
	case cxv1.ReasonNoData, cxv1.ReasonStale, cxv1.ReasonInsufficientData:
		if kpi.Spec.Source.Survey == nil {
			return nil
		}
		survey := e.Snapshot.Survey(kpi.Spec.Source.Survey.SurveyRef)
		if survey == nil {
			return e.notReady(kpi, c, depth)
		}
		return e.survey(survey, depth)
	case cxv1.ReasonTargetMissed:
		return e.movers(kpi, depth)
	}
	return nil
}

// survey says why there are no answers.
func (e *explainer) survey(survey *cxv1.Survey, depth int) []*Cause {
	key := program.Key(survey)
	causes := present(e.condition(survey, cxv1.ConditionReady, depth), e.condition(survey, cxv1.ConditionOnSchedule, depth))
	for _, ref := range survey.Spec.PersonaRefs {
		if persona := e.Snapshot.Persona(ref); persona != nil {
			causes = append(causes, present(e.condition(persona, cxv1.ConditionReachable, depth))...)
		}
	}
	if survey.Spec.Delivery != nil {
		causes = append(causes, present(e.condition(e.Snapshot.Program, cxv1.ConditionSending, depth))...)
	}
	if len(causes) > 0 {
		return causes
	}
	cause := &Cause{Object: key, Reason: string(survey.Status.Phase), Place: e.place(key, "", "")}
	switch {
	case survey.Status.Phase == cxv1.SurveyRunning:
		cause.say("A wave is open; its figures come once it has ended, or enough people have answered.",
			"Волна открыта; цифры появятся, когда она закончится или ответит достаточно людей.")
		cause.Change = "Wait"
	case survey.Status.NextWave != "":
		cause.say("The next wave is due "+survey.Status.NextWave+".", "Следующая волна: "+survey.Status.NextWave+".")
		cause.Change = "Wait"
	default:
		cause.say("No further wave is planned.", "Волн больше не запланировано.")
		cause.Change = changeFor(cxv1.ReasonCompleted)
	}
	return []*Cause{cause}
}

// movers are the initiatives that shall move a KPI.
func (e *explainer) movers(kpi *cxv1.KPI, depth int) []*Cause {
	var causes []*Cause
	for _, i := range e.Snapshot.Initiatives {
		if !moves(i, kpi) || i.Status.Phase == cxv1.InitiativeCancelled {
			continue
		}
		cause := &Cause{Object: program.Key(i), Reason: string(i.Status.Phase), Place: e.place(program.Key(i), "", "")}
		cause.Because = present(e.condition(i, cxv1.ConditionReady, depth), e.condition(i, cxv1.ConditionPhaseReached, depth),
			e.condition(i, cxv1.ConditionOnSchedule, depth))
		if i.Status.Progress == "" {
			cause.say("It shall move this KPI.", "Она должна изменить этот показатель.")
		} else {
			cause.say("It shall move this KPI; milestones done: "+i.Status.Progress+".",
				"Она должна изменить этот показатель; сделано шагов: "+i.Status.Progress+".")
		}
		if len(cause.Because) == 0 {
			cause.Change = "Initiative" + string(i.Status.Phase)
		}
		causes = append(causes, cause)
	}
	if len(causes) > 0 {
		return causes
	}
	key := program.Key(kpi)
	none := &Cause{Object: key, Reason: "NoInitiative", Change: changeFor("NoInitiative"), Place: e.place(key, "", "")}
	none.say("No initiative shall move this KPI.", "Ни одна инициатива не направлена на этот показатель.")
	return []*Cause{none}
}

func moves(i *cxv1.Initiative, kpi *cxv1.KPI) bool {
	for _, target := range i.Spec.KPITargets {
		if target.KPIRef == cxv1.Ref(kpi.Name) {
			return true
		}
	}
	return false
}

// initiative follows an initiative to whose yes it needs, and to what has to be done before.
func (e *explainer) initiative(i *cxv1.Initiative, c *metav1.Condition, depth int) []*Cause {
	var causes []*Cause
	switch c.Reason {
	case cxv1.ReasonAwaitingApproval:
		for _, a := range e.Snapshot.Assignments {
			s := a.Spec.Subject
			if s.Kind == cxv1.SubjectInitiative && s.Name == cxv1.Ref(i.Name) && a.Spec.Role == cxv1.RoleApprover {
				causes = append(causes, present(e.condition(a, cxv1.ConditionAccepted, depth))...)
			}
		}
	case cxv1.ReasonWaitingForDependencies:
		for _, name := range i.Status.WaitingFor {
			other := e.Snapshot.Initiative(cxv1.Ref(name))
			if other == nil {
				continue
			}
			cause := &Cause{Object: program.Key(other), Reason: string(other.Status.Phase), Place: e.place(program.Key(other), "", "")}
			cause.say("It is not done.", "Она не завершена.")
			cause.Because = present(e.condition(other, cxv1.ConditionReady, depth), e.condition(other, cxv1.ConditionPhaseReached, depth),
				e.condition(other, cxv1.ConditionOnSchedule, depth))
			if len(cause.Because) == 0 {
				cause.Change = "Initiative" + string(other.Status.Phase)
			}
			causes = append(causes, cause)
		}
	}
	return causes
}

// program follows the Program to the assignments that are missing, and to the framework that cannot be used.
func (e *explainer) program(c *metav1.Condition, depth int) []*Cause {
	var causes []*Cause
	switch {
	case c.Type == cxv1.ConditionOwnershipComplete:
		for _, a := range e.Snapshot.Assignments {
			if a.Spec.Role != cxv1.RoleAccountable || len(causes) == maxAssignments {
				continue
			}
			causes = append(causes, present(e.condition(a, cxv1.ConditionAccepted, depth))...)
		}
	case c.Reason == cxv1.ReasonFrameworkNotReady:
		if framework := e.Snapshot.Framework(e.Use().Name); framework != nil {
			causes = append(causes, present(e.condition(framework, cxv1.ConditionReady, depth))...)
		}
	}
	return causes
}

// assignment follows an assignment to an owner who is not there.
func (e *explainer) assignment(a *cxv1.OwnerAssignment) []*Cause {
	subject := string(a.Spec.Subject.Kind) + "/" + string(a.Spec.Subject.Name)
	for _, ref := range e.references(subject) {
		owner := e.Snapshot.Owner(cxv1.Ref(ref.Name))
		if ref.Kind != "Owner" || "("+ref.Name+")" != a.Status.Owner {
			continue
		}
		if owner == nil || owner.Spec.State == cxv1.OwnerLeft {
			reason := cxv1.ReasonOwnerNotFound
			if owner != nil {
				reason = cxv1.ReasonOwnerLeft
			}
			cause := &Cause{Object: ref.Key(), Reason: reason, Change: changeFor(reason), Place: e.place(subject, ref.Field, ref.Name)}
			cause.named(ref.Field, subject, "them")
			return []*Cause{cause}
		}
	}
	return nil
}

func (e *explainer) references(key string) []cxv1.Reference {
	if obj := e.all[key]; obj != nil {
		return obj.References()
	}
	return nil
}

// owner says why nobody, or not who is named, answers for an object or its touchpoints.
func (e *explainer) owner(obj program.Object, depth int) []*Cause {
	var causes []*Cause
	for _, a := range e.Snapshot.Assignments {
		s := a.Spec.Subject
		if string(s.Kind) != program.KindOf(obj) || string(s.Name) != obj.GetName() {
			continue
		}
		approval := a.Spec.Role == cxv1.RoleApprover && meta.IsStatusConditionFalse(obj.CommonStatus().Conditions, cxv1.ConditionPhaseReached)
		if s.Kind == cxv1.SubjectProgram || approval {
			continue // the Program's are many, see OwnershipComplete; an approval stands below PhaseReached
		}
		causes = append(causes, present(e.condition(a, cxv1.ConditionAccepted, depth))...)
		causes = append(causes, present(e.condition(a, cxv1.ConditionVerified, depth))...)
	}
	for _, s := range ownership.Unowned(obj) {
		cause := &Cause{
			Object: string(s.Kind) + "/" + ownership.SubjectText(s), Condition: cxv1.ConditionOwned, Status: metav1.ConditionFalse,
			Reason: cxv1.ReasonNoOwner, Change: changeFor(cxv1.ReasonNoOwner), Place: e.place(program.Key(obj), "", "")}
		cause.say("It names no owner.", "Владелец не указан.")
		causes = append(causes, cause)
	}
	return causes
}
