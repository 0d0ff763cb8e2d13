// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/common/operators"
	celtypes "github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// words holds what explanations say in one language.
type words struct {
	lang                  string
	yes, no, noData       string
	needs, together       string
	oneIsEnough           string
	or, and, which        string
	decimal               string
	compare               map[string]string
	askFirst, askAgain    string
	askMore, changeAndAsk string
	notAsked, tooFew      string
	expired, levelBelow   string
	reached, reason       string
}

var english = &words{
	lang: "en", yes: "yes", no: "no", noData: "no data",
	needs: "needs", together: "together they need", oneIsEnough: "one of these is enough: ",
	or: ", or ", and: " and ", which: "which is", decimal: ".",
	compare: map[string]string{
		operators.GreaterEquals: "at least", operators.Greater: "more than", operators.LessEquals: "at most",
		operators.Less: "less than", operators.Equals: "exactly", operators.NotEquals: "anything but",
	},
	askFirst: "run the assessment and ask ", askAgain: "repeat the assessment and ask ",
	askMore: "get more answers to ", changeAndAsk: "change what people see, then ask again ",
	notAsked: "nobody was asked", tooFew: "too few answers to tell", expired: "the answers are too old",
	levelBelow: "one organisational level falls short", reached: "%d of %d answers reach %q, needs %s", reason: "answers say no",
}

var russian = &words{
	lang: "ru", yes: "да", no: "нет", noData: "нет данных",
	needs: "нужно", together: "вместе нужно", oneIsEnough: "достаточно одного: ",
	or: " или ", and: " и ", which: "то есть", decimal: ",",
	compare: map[string]string{
		operators.GreaterEquals: "не меньше", operators.Greater: "больше", operators.LessEquals: "не больше",
		operators.Less: "меньше", operators.Equals: "ровно", operators.NotEquals: "любое, кроме",
	},
	askFirst: "проведите оценку и задайте вопрос ", askAgain: "повторите оценку и снова задайте вопрос ",
	askMore: "соберите больше ответов на вопрос ", changeAndAsk: "измените то, с чем сталкиваются люди, и снова задайте вопрос ",
	notAsked: "никого не спрашивали", tooFew: "слишком мало ответов, чтобы судить", expired: "ответы устарели",
	levelBelow: "один из уровней организации ниже порога", reached: "%d из %d ответов не ниже «%s», нужно %s", reason: "ответы говорят «нет»",
}

// inBoth builds a text by saying the same in both languages.
func inBoth(say func(*words) string) Text { return Text{EN: say(english), RU: say(russian)} }

func joinTexts(separator string, texts ...Text) Text {
	var en, ru []string
	for _, text := range texts {
		if text.EN != "" {
			en, ru = append(en, text.EN), append(ru, text.In("ru"))
		}
	}
	return Text{EN: strings.Join(en, separator), RU: strings.Join(ru, separator)}
}

// value writes a CEL value in the unit of a fact.
func (w *words) value(value ref.Val, unit string) string {
	switch v := value.(type) {
	case celtypes.Bool:
		if v {
			return w.yes
		}
		return w.no
	case celtypes.Int:
		if unit == UnitRatio {
			return w.percent(float64(v), 1)
		}
		return strconv.FormatInt(int64(v), 10)
	case celtypes.Double:
		if unit == UnitRatio {
			return w.percent(float64(v), 1)
		}
		return w.decimals(float64(v), 1)
	default:
		return w.noData
	}
}

// apart writes a value and its threshold so that they differ when the values do: a share of 79.97 % that misses 80 %
// must not read "80 %, needs at least 80 %".
func (w *words) apart(value, threshold ref.Val, unit string) (string, string) {
	a, b := w.value(value, unit), w.value(threshold, unit)
	x, isDouble := value.(celtypes.Double)
	if a != b || !isDouble || threshold.Equal(x) == celtypes.True {
		return a, b
	}
	if unit == UnitRatio {
		return w.percent(float64(x), 6), b
	}
	return w.decimals(float64(x), 6), b
}

func (w *words) percent(share float64, places int) string {
	return w.decimals(share*100, places) + " %"
}

// decimals rounds to at most the given places and drops trailing zeros.
func (w *words) decimals(x float64, places int) string {
	scale := math.Pow10(places)
	if math.Abs(x) < 1e12 {
		x = math.Round(x*scale) / scale
	}
	return strings.Replace(strconv.FormatFloat(x, 'f', -1, 64), ".", w.decimal, 1)
}

// fact writes a fact's label with its name, by which YAML, rules and the documentation know it.
func (w *words) fact(i int) string {
	return Facts[i].Label.In(w.lang) + " (" + Facts[i].Name + ")"
}

// quote writes a question with its id.
func (w *words) quote(id string, question Question) string {
	if w.lang == "ru" {
		return id + " «" + question.Text.In("ru") + "»"
	}
	return id + " “" + question.Text.EN + "”"
}

func textOtherProfile(profile string) Text {
	return Text{EN: "does not apply to the profile " + profile, RU: "не применяется в профиле " + profile}
}

func textExempted(e Exemption) Text {
	until := e.Until.UTC().Format("2006-01-02 15:04 MST")
	return Text{
		EN: fmt.Sprintf("exempt until %s, approved by %s: %s", until, orElse(e.ApprovedBy, "nobody"), orElse(e.Reason, "no reason given")),
		RU: fmt.Sprintf("исключение до %s, утверждено: %s, причина: %s", until, orElse(e.ApprovedBy, "никем"), orElse(e.Reason, "не указана")),
	}
}

func textRuleFailed(err error) Text {
	return Text{
		EN: "the rule could not be evaluated: " + err.Error(),
		RU: "правило не удалось вычислить: " + err.Error(),
	}
}

var textMendRule = Text{EN: "mend the criterion's rule in the Framework", RU: "исправьте правило критерия в Framework"}

// clip shortens both languages to a number of characters, because the texts end up in bounded fields.
func (t Text) clip(limit int) Text { return Text{EN: clip(t.EN, limit), RU: clip(t.RU, limit)} }

func clip(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// capitalized begins the text with a capital letter, as a sentence does.
func (t Text) capitalized() Text { return Text{EN: capital(t.EN), RU: capital(t.RU)} }

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
