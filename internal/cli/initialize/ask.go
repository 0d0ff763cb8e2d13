// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initialize

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// yes and no are what --survey may be.
const (
	yes = "yes"
	no  = "no"
)

// answers are what has to be known.
type answers struct {
	lang                                          cxv1.Language
	organization, id, zone, lead, account, survey string
}

// question is one of them.
type question struct {
	// flag says the same as an answer.
	flag   string
	answer *string
	en, ru string
	// proposal is taken when nothing is typed; empty when something must be.
	proposal func() string
	// read makes an answer of what was typed, or says what is wrong with it.
	read func(string) (string, error)
}

// ask puts the questions that no flag has answered.
func (a *answers) ask(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	if a.lang == "" {
		var lang string
		q := question{
			flag: "lang", answer: &lang, en: "Language / Язык: en, ru", proposal: func() string { return "en" },
			read: oneOf(map[string]string{"en": "en", "ru": "ru"}),
		}
		if err := q.put(lines, out, kit.NewPage(cxv1.LanguageEN, 0)); err != nil {
			return err
		}
		a.lang = cxv1.Language(lang)
	}
	page := kit.NewPage(a.lang, 0)
	for _, q := range a.questions() {
		if *q.answer != "" {
			said, err := q.read(*q.answer)
			if err != nil {
				return fmt.Errorf("--%s is %q: %w", q.flag, *q.answer, err)
			}
			*q.answer = said
			continue
		}
		if err := q.put(lines, out, page); err != nil {
			return err
		}
	}
	return nil
}

func (a *answers) questions() []question {
	return []question{
		{"organization", &a.organization, "Name of the company or unit", "Название компании или подразделения", nil, short},
		{"id", &a.id, "Id under which its history is kept, small letters and dashes; it cannot be changed later",
			"Идентификатор, под которым хранится история: строчные латинские буквы и дефисы; потом его не изменить",
			func() string { return slug(a.organization, "") }, identifier},
		{"time-zone", &a.zone, "Time zone, e.g. Europe/Berlin", "Часовой пояс, например Europe/Moscow", func() string { return "UTC" },
			func(text string) (string, error) { return text, program.CheckZone(text) }},
		{"lead", &a.lead, "Who leads: the role, not the name, e.g. Head of Customer Experience",
			"Кто ведёт: роль, а не имя, например руководитель клиентского опыта", nil, short},
		{"account", &a.account, "Their account in the cluster (yours: kubectl auth whoami)",
			"Их учётная запись в кластере (ваша: kubectl auth whoami)", nil, short},
		{"survey", &a.survey, "A first survey, once a quarter: yes or no", "Первый опрос, раз в квартал: yes (да) или no (нет)",
			func() string { return yes }, oneOf(map[string]string{"yes": yes, "y": yes, "да": yes, "no": no, "n": no, "нет": no})},
	}
}

// put asks until there is an answer.
func (q *question) put(lines *bufio.Scanner, out io.Writer, page *kit.Page) error {
	for {
		text, proposal := page.T(q.en, q.ru), ""
		if q.proposal != nil {
			proposal = q.proposal()
		}
		if proposal != "" {
			text += " [" + proposal + "]"
		}
		if _, err := fmt.Fprintf(out, "%s: ", text); err != nil {
			return err
		}
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return err
			}
			return fmt.Errorf("nobody answers: say it with --%s", q.flag)
		}
		said, err := q.read(cmp.Or(strings.TrimSpace(lines.Text()), proposal))
		if err == nil {
			*q.answer = said
			return nil
		}
		if _, err := fmt.Fprintf(out, "  %v\n", err); err != nil {
			return err
		}
	}
}

func short(text string) (string, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return "", errors.New("write something")
	case utf8.RuneCountInString(text) > 100:
		return "", errors.New("use at most 100 characters")
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", errors.New("use letters, digits and signs only")
	}
	return strings.TrimSpace(text), nil
}

// idPattern is that of Program.spec.id; a namespace may be named so too.
var idPattern = regexp.MustCompile(`^[a-z0-9][-a-z0-9]{1,38}[a-z0-9]$`)

func identifier(text string) (string, error) {
	if !idPattern.MatchString(text) {
		return "", errors.New("use 3 to 40 small letters of the Latin alphabet, digits and dashes, e.g. example-bakery")
	}
	return text, nil
}

func oneOf(words map[string]string) func(string) (string, error) {
	return func(text string) (string, error) {
		if word, known := words[strings.ToLower(text)]; known {
			return word, nil
		}
		return "", errors.New("choose one of these")
	}
}

// latin are the letters of the Russian alphabet from а to я as passports spell them, and ё.
var latin = strings.Fields("a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y ' e iu ia")

// slug makes a name of a text, of at most 40 characters; fallback when nothing is left of it.
func slug(text, fallback string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 'а' && r <= 'я':
			b.WriteString(strings.Trim(latin[r-'а'], "'"))
		case r == 'ё':
			b.WriteByte('e')
		default:
			b.WriteByte('-')
		}
	}
	words := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	name := strings.Join(words, "-")
	if len(name) > 40 {
		name = strings.Trim(name[:40], "-")
	}
	return cmp.Or(name, fallback)
}
