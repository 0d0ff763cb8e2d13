// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Reference is one object naming another one in the same namespace.
type Reference struct {
	// Field is where the name stands, e.g. "spec.ownerRef".
	Field string
	// Kind is the kind of the object named, e.g. "Owner".
	Kind string
	// Name is its name.
	Name string
}

// Key identifies the object named, e.g. "Owner/head-of-cx".
func (r Reference) Key() string { return r.Kind + "/" + r.Name }

// references collects references, leaving out empty names.
type references []Reference

func (r *references) add(field, kind string, names ...Ref) {
	for _, name := range names {
		if name != "" {
			*r = append(*r, Reference{Field: field, Kind: kind, Name: string(name)})
		}
	}
}

// References lists the objects that the Program names.
func (p *Program) References() []Reference {
	var r references
	r.add("spec.lead", "Owner", p.Spec.Lead)
	r.add("spec.sponsor", "Owner", p.Spec.Sponsor)
	r.add("spec.workingGroup", "Owner", p.Spec.WorkingGroup...)
	r.add("spec.ambassadors", "Owner", p.Spec.Ambassadors...)
	if p.Spec.Governance != nil {
		r.add("spec.governance.members", "Owner", p.Spec.Governance.Members...)
	}
	if p.Spec.Budget != nil {
		r.add("spec.budget.approvedBy", "Owner", p.Spec.Budget.ApprovedBy)
	}
	if p.Spec.Standard != nil {
		r.add("spec.standard.approvedBy", "Owner", p.Spec.Standard.ApprovedBy)
	}
	if p.Spec.IdeaFund != nil {
		for _, spent := range p.Spec.IdeaFund.Spent {
			r.add("spec.ideaFund.spent.initiativeRef", "Initiative", spent.InitiativeRef)
		}
	}
	r.add("spec.ownership.fallbackOwner", "Owner", p.Spec.Ownership.FallbackOwner)
	return r
}

// References lists the objects that the Owner names.
func (o *Owner) References() []Reference {
	var r references
	r.add("spec.reportsTo", "Owner", o.Spec.ReportsTo)
	r.add("spec.deputy", "Owner", o.Spec.Deputy)
	for _, away := range o.Spec.Away {
		r.add("spec.away.deputy", "Owner", away.Deputy)
	}
	return r
}

// References lists nothing: a Persona names no other object.
func (p *Persona) References() []Reference { return nil }

// References lists the objects that the Journey names.
func (j *Journey) References() []Reference {
	var r references
	r.add("spec.personas", "Persona", j.Spec.Personas...)
	r.add("spec.ownerRef", "Owner", j.Spec.OwnerRef)
	r.add("spec.targetOf", "Journey", j.Spec.TargetOf)
	for _, stage := range j.Spec.Stages {
		for _, touchpoint := range stage.Touchpoints {
			r.add("spec.stages.touchpoints.ownerRef", "Owner", touchpoint.OwnerRef)
		}
	}
	return r
}

// References lists the objects that the Goal names.
func (g *Goal) References() []Reference {
	var r references
	r.add("spec.parentRef", "Goal", g.Spec.ParentRef)
	r.add("spec.ownerRef", "Owner", g.Spec.OwnerRef)
	return r
}

// References lists the objects that the KPI names.
func (k *KPI) References() []Reference {
	var r references
	r.add("spec.goalRef", "Goal", k.Spec.GoalRef)
	r.add("spec.ownerRef", "Owner", k.Spec.OwnerRef)
	r.add("spec.journeyRef", "Journey", k.Spec.JourneyRef)
	r.add("spec.personaRef", "Persona", k.Spec.PersonaRef)
	if k.Spec.Source.Survey != nil {
		r.add("spec.source.survey.surveyRef", "Survey", k.Spec.Source.Survey.SurveyRef)
	}
	return r
}

// References lists the objects that the Survey names.
func (s *Survey) References() []Reference {
	var r references
	r.add("spec.ownerRef", "Owner", s.Spec.OwnerRef)
	r.add("spec.personaRefs", "Persona", s.Spec.PersonaRefs...)
	r.add("spec.publishTo", "Owner", s.Spec.PublishTo...)
	for _, rule := range s.Spec.FollowUpRules {
		r.add("spec.followUpRules.journeyRef", "Journey", rule.JourneyRef)
	}
	return r
}

// References lists nothing: a wave keeps what it needs from its Survey.
func (w *SurveyWave) References() []Reference { return nil }

// References lists the objects that the Initiative names.
func (i *Initiative) References() []Reference {
	var r references
	r.add("spec.ownerRef", "Owner", i.Spec.OwnerRef)
	r.add("spec.sponsorRef", "Owner", i.Spec.SponsorRef)
	r.add("spec.approvedBy", "Owner", i.Spec.ApprovedBy)
	r.add("spec.goalRefs", "Goal", i.Spec.GoalRefs...)
	for _, target := range i.Spec.KPITargets {
		r.add("spec.kpiTargets", "KPI", target.KPIRef)
	}
	r.add("spec.journeyRefs", "Journey", i.Spec.JourneyRefs...)
	r.add("spec.personaRefs", "Persona", i.Spec.PersonaRefs...)
	r.add("spec.dependsOn", "Initiative", i.Spec.DependsOn...)
	r.add("spec.participants", "Owner", i.Spec.Participants...)
	for _, insight := range i.Spec.Insights {
		r.add("spec.insights.survey", "Survey", insight.Survey)
		r.add("spec.insights.initiativeRef", "Initiative", insight.InitiativeRef)
	}
	return r
}

// References lists the objects that the Assessment names. A framework may be built in, so it is no reference.
func (a *Assessment) References() []Reference {
	var r references
	for _, exemption := range a.Spec.Exemptions {
		r.add("spec.exemptions.requestedBy", "Owner", exemption.RequestedBy)
		r.add("spec.exemptions.approvedBy", "Owner", exemption.ApprovedBy)
	}
	return r
}

// References lists nothing: a case stays what it is when its survey is gone.
func (f *FollowUp) References() []Reference { return nil }

// References lists nothing: a Framework names no other object.
func (f *Framework) References() []Reference { return nil }

// References lists nothing: that an owner does not exist is the assignment's own finding.
func (a *OwnerAssignment) References() []Reference { return nil }

// References lists nothing: its framework may be built in.
func (s *Scorecard) References() []Reference { return nil }
