// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package quiz

import (
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

// profile is where an organization stands in one person's eyes.
type profile struct {
	stage        int
	competencies []competency
	// missing are the criteria of the next stage that the person's answers do not meet.
	missing []maturity.CriterionResult
	model   *maturity.Model
}

// competency counts criteria that ask people, by what the person says.
type competency struct {
	name             string
	yes, no, unknown int
}

// profileOf judges the answers as the operator would in an organization of one: everybody was asked, so nothing is left to guess.
func profileOf(r *Result, now time.Time) (*profile, error) {
	one := int64(1)
	organization := &cxv1.Program{ObjectMeta: metav1.ObjectMeta{Name: "program"}, Spec: cxv1.ProgramSpec{Headcount: &one}}
	said := &cxv1.Assessment{
		ObjectMeta: metav1.ObjectMeta{Name: "quiz"},
		Spec: cxv1.AssessmentSpec{Framework: r.Framework, Date: cxv1.Date(now.UTC().Format(time.DateOnly)),
			Counts: r.Counts},
	}
	s := program.New("", organization, said)
	uses := program.Frameworks(organization)
	var models program.Models
	model, err := models.Of(s, uses, uses[0])
	if err != nil {
		return nil, err
	}
	result := program.Assess(model, s, nil, now).Result
	p := &profile{stage: result.AttestedStage, model: model}
	for _, level := range result.Competencies {
		c := competency{name: level.Name}
		for i := range result.Criteria {
			if criterion := &result.Criteria[i]; criterion.Competency == c.name && criterion.Attested != "" {
				c.count(criterion.Attested)
			}
		}
		p.competencies = append(p.competencies, c)
	}
	for _, criterion := range result.Criteria {
		if criterion.Stage == p.stage+1 && criterion.Required && criterion.Attested != "" && criterion.Attested != maturity.True {
			p.missing = append(p.missing, criterion)
		}
	}
	return p, nil
}

func (c *competency) count(outcome maturity.Outcome) {
	switch outcome {
	case maturity.True:
		c.yes++
	case maturity.False:
		c.no++
	default:
		c.unknown++
	}
}

// Text shows the profile of one person, or the answers of several.
func (r *Result) Text(p *kit.Page) {
	if r.profile == nil {
		p.Line("%s\n", p.T("People who answered: %d", "Ответили: %d", r.People))
		head, rows := r.table(p)
		p.Table(head, rows)
		return
	}
	p.Title(r.stage(p))
	p.Wrap("", hint(p))
	p.Line("")
	head, rows := r.profile.table(p)
	p.Table(head, rows)
	if len(r.profile.missing) > 0 {
		p.Title(r.next(p))
		for i := range r.profile.missing {
			p.Wrap("  ", r.profile.missing[i].Title.In(string(p.Lang))+" ("+r.asked(&r.profile.missing[i], p)+")")
		}
	}
}

// Markdown is the same as a page.
func (r *Result) Markdown(p *kit.Page) {
	if r.profile == nil {
		p.Line("%s\n", p.T("People who answered: %d", "Ответили: %d", r.People))
		p.MarkdownTable(r.table(p))
		return
	}
	p.Line("## %s\n\n%s\n", kit.Escape(r.stage(p)), hint(p))
	p.MarkdownTable(r.profile.table(p))
	if len(r.profile.missing) > 0 {
		p.Line("\n### %s\n", kit.Escape(r.next(p)))
		for i := range r.profile.missing {
			p.Line("- %s", kit.Escape(r.profile.missing[i].Title.In(string(p.Lang))+" ("+r.asked(&r.profile.missing[i], p)+")"))
		}
	}
}

func (r *Result) stage(p *kit.Page) string {
	if r.profile.stage == 0 {
		return p.T("Your answers say nothing about a stage", "Ваши ответы ничего не говорят об этапе")
	}
	return p.T("In your eyes: stage %d, %s", "Вашими глазами: этап %d, %s", r.profile.stage,
		r.profile.model.StageName(r.profile.stage).In(string(p.Lang)))
}

func hint(p *kit.Page) string {
	return p.T("This is what one person sees. The stage of a program needs what many people say, and deeds; up to stage 2 nobody is asked.",
		"Так видит один человек. Этап программы определяют ответы многих людей и дела; до этапа 2 людей не спрашивают.")
}

func (r *Result) next(p *kit.Page) string {
	return p.T("What is not so yet, for stage %d", "Чего пока нет, для этапа %d", r.profile.stage+1)
}

// asked says which questions a criterion reads and what it needs as an answer, e.g. `Q03: "Usually" or more`.
func (r *Result) asked(c *maturity.CriterionResult, p *kit.Page) string {
	text := ""
	for i, id := range c.Questions {
		if i > 0 {
			text += ", "
		}
		text += p.T("%s: at least “%s”", "%s: хотя бы «%s»", id, r.scale(id)[c.AtLeast].Text.In(string(p.Lang)))
	}
	return text
}

func (p *profile) table(page *kit.Page) (head []string, rows [][]kit.Cell) {
	for _, c := range p.competencies {
		if c.yes+c.no+c.unknown == 0 {
			continue
		}
		rows = append(rows, kit.Cells(page.Word(c.name), strconv.Itoa(c.yes), strconv.Itoa(c.no), strconv.Itoa(c.unknown)))
	}
	return []string{page.T("competency", "компетенция"), page.T("is so", "так"), page.T("is not so", "не так"),
		page.T("don't know", "не знаю")}, rows
}

func (r *Result) table(p *kit.Page) (head []string, rows [][]kit.Cell) {
	head = []string{p.T("question", "вопрос"), p.T("level", "уровень"), "0", "1", "2", "3", "?", p.T("text", "текст")}
	for _, c := range r.Counts {
		row := []string{c.Question, string(c.Level)}
		for _, people := range c.Answers {
			row = append(row, strconv.FormatInt(people, 10))
		}
		row = append(row, strconv.FormatInt(c.DontKnow, 10), r.questions.Questions[c.Question].Text.In(string(p.Lang)))
		rows = append(rows, kit.Cells(row...))
	}
	return head, rows
}
