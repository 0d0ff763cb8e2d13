// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

var verbs = regexp.MustCompile(`%[a-z]`)

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	checkTexts(t, reflect.ValueOf(english), reflect.ValueOf(russian))
	checkTexts(t, reflect.ValueOf(decideEnglish), reflect.ValueOf(decideRussian))
	for _, language := range spoken {
		if got := textsIn(language).Name; got == "" || language == cxv1.LanguageRU && got != "Русский" {
			t.Errorf("%s is called %q", language, got)
		}
	}
}

func checkTexts(t *testing.T, en, ru reflect.Value) {
	t.Helper()
	for i := range en.NumField() {
		name, a, b := en.Type().Field(i).Name, en.Field(i).String(), ru.Field(i).String()
		if a == "" || b == "" {
			t.Errorf("%s is %q in English and %q in Russian", name, a, b)
		}
		if !slices.Equal(verbs.FindAllString(a, -1), verbs.FindAllString(b, -1)) {
			t.Errorf("%s takes other values in Russian: %q, %q", name, a, b)
		}
		if strings.ContainsFunc(a, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%s has Russian letters in English: %q", name, a)
		}
		if a == b && name != "End" {
			t.Errorf("%s is the same in both languages: %q", name, a)
		}
	}
}

// TestEveryColourCanBeRead: on white, and white on it, whatever the brand's colour is.
func TestEveryColourCanBeRead(t *testing.T) {
	for hex, want := range map[string]string{"#000000": "#000000", "#1d4f91": "#1d4f91", "#0b6e4f": "#0b6e4f"} {
		if got := darkened(hex); got != want {
			t.Errorf("%s can be read, but became %s", hex, got)
		}
	}
	for _, hex := range []string{"#ffffff", "#ffff00", "#ff0000", "#00ff00", "#fffffe", "#777777"} {
		checkColour(t, hex)
	}
	channel := rapid.IntRange(0, 255)
	rapid.Check(t, func(t *rapid.T) {
		checkColour(t, rgb{float64(channel.Draw(t, "red")), float64(channel.Draw(t, "green")), float64(channel.Draw(t, "blue"))}.hex())
	})
}

func checkColour(t interface{ Errorf(string, ...any) }, hex string) {
	dark := darkened(hex)
	if !colourForm.MatchString(dark) || parseColour(dark).on(ground) < 4.5 {
		t.Errorf("%s becomes %s, whose contrast is %.2f", hex, dark, parseColour(dark).on(ground))
	}
}

func TestTheGroundIsThatOfTheStylesheet(t *testing.T) {
	if want := "--ground: " + ground.hex() + ";"; !strings.Contains(string(style), want) {
		t.Errorf("style.css does not say %s", want)
	}
}

// TestContrastIsThatOfTheStandard: pairs that WCAG's own tools report.
func TestContrastIsThatOfTheStandard(t *testing.T) {
	for hex, want := range map[string]float64{"#000000": 21, "#ffffff": 1, "#767676": 4.54, "#ff0000": 4.00, "#0000ff": 8.59} {
		if got := parseColour(hex).on(rgb{255, 255, 255}); got < want-0.005 || got > want+0.005 {
			t.Errorf("%s on white: %.3f, want %.2f", hex, got, want)
		}
	}
}

func TestBrandsThatAreNoneGetThePlainLook(t *testing.T) {
	for _, colour := range []string{"", "red", "#fff", "#12345g", "#123456;}body{display:none", "url(https://evil.example)"} {
		if got := colourOf(&cxv1.Brand{Colour: colour}); got != plain {
			t.Errorf("%q: %s", colour, got)
		}
	}
	if got := colourOf(&cxv1.Brand{Colour: "#0B6E4F"}); got != "#0B6E4F" {
		t.Errorf("a good colour: %s", got)
	}
	for logo, want := range map[string]bool{
		"data:image/png;base64,iVBORw0KGgo=": true, "data:image/svg+xml;base64,PHN2Zy8+": true,
		"": false, "https://evil.example/pixel.png": false, "//evil.example/pixel.png": false, "data:text/html;base64,PHN2Zy8+": false,
		"data:image/png,raw": false, "data:image/png;base64,\" onerror=\"x": false, "javascript:alert(1)": false,
	} {
		if got := logoOf(&cxv1.Brand{Logo: logo}); (got != "") != want {
			t.Errorf("logo %q is shown as %q", logo, got)
		}
	}
	if colourOf(nil) != plain || logoOf(nil) != "" {
		t.Error("no brand has no plain look")
	}
}

func TestLimitersForgetTheIdleAndNotTheBusy(t *testing.T) {
	l := newLimiters(1, 1)
	l.most = 10
	at := time.Date(2027, time.April, 1, 9, 0, 0, 0, time.UTC)
	if !l.allow("busy", at) || l.allow("busy", at) {
		t.Fatal("the first request passes, the second does not")
	}
	for n := range 95 { // many generations of others
		l.allow(string(rune('A'+n)), at)
		if l.allow("busy", at) {
			t.Fatalf("after %d others the bucket is full again", n)
		}
	}
	if most := len(l.now) + len(l.old); most > 21 {
		t.Errorf("%d buckets are kept, want 21 at most", most)
	}
}
