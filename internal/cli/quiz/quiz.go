// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package quiz is the verb that asks the questions of the built-in framework at the terminal. It keeps nothing.
package quiz

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

const framework = "six-stages"

// Result is what one person answered, or several.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	// Framework is that whose questions were asked.
	Framework string `json:"framework"`
	// People is how many answered.
	People int64 `json:"people"`
	// Counts are their answers, as spec.counts of an Assessment has them.
	Counts []cxv1.AttestationCounts `json:"counts"`

	questions *maturity.Framework
	profile   *profile
}

// levels are where people may stand.
var levels = []cxv1.AttestationLevel{cxv1.AttestationAll, "Staff", "Manager", "SeniorManager", "Executive", "CEO"}

// errQuit says that the person left. That is their right, and no failure.
var errQuit = errors.New("quit")

// Command asks, or adds answers up.
func Command(k *kit.Kit) *cobra.Command {
	var merge bool
	level := string(cxv1.AttestationAll)
	cmd := &cobra.Command{
		Use:   "quiz [--merge FILE...]",
		Short: "Answer the 20 questions of the maturity model at the terminal",
		Long: "Ask the 20 questions of the framework six-stages and show where the organization stands in the eyes of who answers: it is " +
			"judged as the operator judges answers, as if nobody else were there. With -o yaml or json the answers come as counts for an " +
			"Assessment instead; --merge adds such files of several people up. Questions go to standard error, so that the rest can be " +
			"redirected. Nothing is kept or sent.",
		Example: "  kubectl cx quiz --lang ru\n  kubectl cx quiz -o yaml --level Manager > mine.yaml\n  kubectl cx quiz --merge *.yaml -o yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			now, err := k.Now()
			if err != nil {
				return err
			}
			r, err := answers(cmd, lang, args, merge, cxv1.AttestationLevel(level), now)
			if errors.Is(err, errQuit) {
				cmd.PrintErrln(kit.NewPage(lang, 0).T("Nothing was kept.", "Ничего не сохранено."))
				return nil
			}
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, r)
		},
	}
	cmd.Flags().BoolVar(&merge, "merge", false, "ask nothing, add up the answers in these files")
	cmd.Flags().StringVar(&level, "level", level, "where you stand: Staff, Manager, SeniorManager, Executive or CEO; All to leave it out")
	return cmd
}

func answers(
	cmd *cobra.Command, lang cxv1.Language, args []string, merge bool, level cxv1.AttestationLevel, now time.Time,
) (*Result, error) {
	questions, err := maturity.Builtin(framework)
	if err != nil {
		return nil, err
	}
	r := &Result{TypeMeta: kit.Type("QuizAnswers"), Framework: framework, questions: questions}
	switch {
	case merge && len(args) == 0:
		return nil, errors.New("--merge needs the files to add up, as made by kubectl cx quiz -o yaml")
	case merge:
		return r, r.merge(args)
	case len(args) > 0:
		return nil, fmt.Errorf("%s: files are for --merge", args[0])
	case !slices.Contains(levels, level):
		return nil, fmt.Errorf("--level is %q: write Staff, Manager, SeniorManager, Executive or CEO, or leave it out", level)
	}
	if err := r.ask(cmd.InOrStdin(), cmd.ErrOrStderr(), lang, level); err != nil {
		return nil, err
	}
	r.profile, err = profileOf(r, now)
	return r, err
}

// ids are the questions in the order in which they are asked.
func (r *Result) ids() []string { return slices.Sorted(maps.Keys(r.questions.Questions)) }

func (r *Result) scale(id string) []maturity.ScaleStep {
	return r.questions.Scales[r.questions.Questions[id].Scale]
}

// ask puts the questions one after another, each until there is an answer.
func (r *Result) ask(in io.Reader, out io.Writer, lang cxv1.Language, level cxv1.AttestationLevel) error {
	lines := bufio.NewScanner(in)
	ids := r.ids()
	p := kit.NewPage(lang, 0)
	p.Line("%s", p.T("%d questions. A number answers, ? says that you don't know, q quits. Nothing is kept.",
		"Вопросов: %d. Ответ — число, ? — не знаю, q — выйти. Ничего не сохраняется.", len(ids)))
	for i, id := range ids {
		p.Line("\n%d/%d  %s", i+1, len(ids), r.questions.Questions[id].Text.In(string(lang)))
		steps := r.scale(id)
		for _, step := range steps {
			p.Line("  %d  %s", step.Value, step.Text.In(string(lang)))
		}
		value, err := choose(lines, out, p, len(steps))
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the answers end before question %d of %d", i+1, len(ids))
		}
		if err != nil {
			return err
		}
		counts := cxv1.AttestationCounts{Question: id, Level: level, Answers: make([]int64, len(steps))}
		if value < 0 {
			counts.DontKnow = 1
		} else {
			counts.Answers[value] = 1
		}
		r.Counts = append(r.Counts, counts)
	}
	r.People = 1
	return nil
}

// choose shows what is on the page and reads a step; -1 is "I don't know".
func choose(lines *bufio.Scanner, out io.Writer, p *kit.Page, steps int) (int, error) {
	for {
		p.WriteString("> ")
		if _, err := p.WriteTo(out); err != nil {
			return 0, err
		}
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		text := strings.ToLower(strings.TrimSpace(lines.Text()))
		switch {
		case text == "?":
			return -1, nil
		case text == "q", text == "й": // the same key
			return 0, errQuit
		case len(text) == 1 && text[0] >= '0' && int(text[0]-'0') < steps:
			return int(text[0] - '0'), nil
		}
		p.Line("%s", p.T("Write a number from 0 to %d, ? or q.", "Напишите число от 0 до %d, ? или q.", steps-1))
	}
}
