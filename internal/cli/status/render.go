// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// words are what the page says in one language.
type words struct {
	stage, progress, weakest, levels, noEvidence, signs, why, next, advice, attention, more, nothing string
	coverage, nextWave, advisory, noStage, met                                                       string
	results                                                                                          map[cxv1.CriterionOutcome]string
	competencies                                                                                     map[string]string
}

var english = words{
	stage: "Stage", progress: "Required criteria of the next stage that are met: %s", weakest: "Weakest competency: %s",
	levels: "Levels: ", signs: "Signs of this stage", why: "Why", next: "Next steps", advice: "How others left this stage",
	noEvidence: "No evidence was given: who accepted, what was answered and since when something is so is not known here.\n" +
		"The stage is what the files alone can show.",
	attention: "Needs attention", more: "and %d more", nothing: "nothing",
	coverage: "Owners: %d of %d goals, KPIs, journeys, touchpoints, surveys and initiatives name one.",
	nextWave: "Next wave: %s, %s", advisory: "advisory",
	noStage: "no stage", met: "Required criteria that are met: %s",
	results: map[cxv1.CriterionOutcome]string{
		cxv1.OutcomeTrue: "yes", cxv1.OutcomeFalse: "no", cxv1.OutcomeUnknown: "unknown", cxv1.OutcomeExempt: "exempt",
	},
}

var russian = words{
	stage: "Этап", progress: "Выполнено обязательных критериев следующего этапа: %s", weakest: "Самая слабая компетенция: %s",
	levels: "Уровни: ", signs: "Признаки этапа", why: "Почему", next: "Следующие шаги", advice: "Как выходят с этого этапа",
	noEvidence: "Журнал не передан: кто принял назначения, кто ответил и с какого времени что-то верно, здесь неизвестно.\n" +
		"Этап показан по одним файлам.",
	attention: "Требует внимания", more: "и ещё %d", nothing: "ничего",
	coverage: "Владельцы указаны: %d из %d (цели, показатели, пути, точки контакта, опросы, инициативы).",
	nextWave: "Следующая волна: %s, %s", advisory: "рекомендация",
	noStage: "этапа нет", met: "Выполнено обязательных критериев: %s",
	results: map[cxv1.CriterionOutcome]string{
		cxv1.OutcomeTrue: "да", cxv1.OutcomeFalse: "нет", cxv1.OutcomeUnknown: "неизвестно", cxv1.OutcomeExempt: "исключение",
	},
	competencies: map[string]string{
		"culture": "культура", "strategy": "стратегия", "metrics": "метрики", "listening": "слышать клиента", "change": "изменения",
	},
}

func (w words) competencyName(name string) string {
	if translated, ok := w.competencies[name]; ok {
		return translated
	}
	return name
}

// page is what is written for one program.
type page struct {
	bytes.Buffer
	words
	program   *cxv1.Program
	scorecard *cxv1.Scorecard
	s         *program.Snapshot
}

// render writes where a program stands.
func render(out io.Writer, source *kit.Source, lang cxv1.Language) error {
	s := source.Snapshot
	p := &page{words: english, s: s, program: s.Program, scorecard: s.Scorecard(program.Frameworks(s.Program)[0].Name)}
	if lang == cxv1.LanguageRU {
		p.words = russian
	}
	if p.scorecard == nil || s.Program.Status.Coverage == nil {
		return errors.New("the operator has not looked at this program yet: is it running? See kubectl describe cxp program")
	}
	p.head()
	if source.Folder != nil && source.Evidence == nil {
		p.line("\n%s", p.noEvidence)
	}
	p.section(p.signs, p.scorecard.Status.Indicators, func(sign string) { p.line("  - %s", sign) })
	p.criteria()
	p.steps()
	p.section(p.advice, p.program.Status.Advice, func(advice string) { p.line("  - %s", advice) })
	p.needs()
	p.foot()
	_, err := out.Write(p.Bytes())
	return err
}

func (p *page) line(format string, args ...any) {
	p.WriteString(fmt.Sprintf(format, args...) + "\n")
}

func (p *page) section(title string, lines []string, write func(string)) {
	if len(lines) == 0 {
		return
	}
	p.line("\n%s", title)
	for _, line := range lines {
		write(line)
	}
}

func (p *page) head() {
	s := p.program.Status
	if s.Stage == nil {
		p.withoutStage()
		return
	}
	p.line("%s: %s %s", p.program.Spec.Organization, p.stage, s.StageName)
	if s.Progress != "" {
		p.line(p.progress, s.Progress)
	}
	var levels []string
	for _, c := range p.scorecard.Status.Competencies {
		levels = append(levels, fmt.Sprintf("%s %d", p.competencyName(c.Name), c.Level))
	}
	p.line("%s%s", p.levels, strings.Join(levels, ", "))
	if s.WeakestCompetency != "" {
		p.line(p.weakest, p.competencyName(s.WeakestCompetency))
	}
}

// withoutStage is the head where the framework cannot be used, or is a standard.
func (p *page) withoutStage() {
	p.line("%s: %s", p.program.Spec.Organization, p.noStage)
	if met := p.scorecard.Status.Progress; met != "" {
		p.line(p.met, met)
		p.line("%s", meta.FindStatusCondition(p.program.Status.Conditions, cxv1.ConditionMaturityAssessed).Message)
	}
}

// criteria explains the stage and the one above it; of a standard, everything.
func (p *page) criteria() {
	p.line("\n%s", p.why)
	for _, c := range p.scorecard.Status.Criteria {
		stage := p.program.Status.Stage
		if c.Result == cxv1.OutcomeNotApplicable || (stage != nil && c.Stage > *stage+1) {
			continue
		}
		note, number := "", fmt.Sprintf("%d ", c.Stage)
		if c.Weight == cxv1.CriterionAdvisory {
			note = " (" + p.advisory + ")"
		}
		if stage == nil {
			number = ""
		}
		p.line("  %s%-22s %s%s", number, c.ID, p.results[c.Result], note)
		p.line("      %s", c.Message)
	}
}

func (p *page) steps() {
	if len(p.program.Status.NextSteps) == 0 {
		return
	}
	p.line("\n%s", p.next)
	for i, step := range p.program.Status.NextSteps {
		p.line("  %d. %s", i+1, step.Missing)
		if step.Do != "" {
			p.line("     %s", step.Do)
		}
	}
}

func (p *page) needs() {
	s := p.program.Status
	p.line("\n%s", p.attention)
	if len(s.Attention) == 0 {
		p.line("  %s", p.nothing)
	}
	for _, a := range s.Attention {
		p.line("  %s: %s", a.Object, a.Message)
	}
	if s.AttentionMore > 0 {
		p.line("  "+p.more, s.AttentionMore)
	}
}

func (p *page) foot() {
	s := p.program.Status
	p.line("")
	p.line(p.coverage, s.Coverage.Subjects-s.Coverage.Unowned, s.Coverage.Subjects)
	if s.NextWave != nil {
		at := s.NextWave.At.In(program.Zone(p.program)).Format("2006-01-02 15:04 -0700")
		p.line(p.nextWave, s.NextWave.Survey, at)
	}
}
