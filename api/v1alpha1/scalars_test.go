// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// schemaOf returns the schema of a field of a kind, by its path, from the generated CRD.
func schemaOf(t *testing.T, plural string, path ...string) apiextensionsv1.JSONSchemaProps {
	t.Helper()
	data, err := os.ReadFile("../../config/crd/cx-operator.io_" + plural + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(data, &crd); err != nil {
		t.Fatal(err)
	}
	schema := *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	for _, name := range path {
		next, found := schema.Properties[name]
		if !found {
			t.Fatalf("no field %s in %s %v", name, plural, path)
		}
		schema = next
	}
	return schema
}

// lets reports whether the API server lets the text through.
func lets(schema apiextensionsv1.JSONSchemaProps, text string) bool {
	length := int64(len([]rune(text)))
	return *schema.MinLength <= length && length <= *schema.MaxLength && regexp.MustCompile(schema.Pattern).MatchString(text)
}

// almost makes texts of the pattern's kind that are right, nearly right or wrong, the edges among them.
func almost(pattern, alphabet string, edges ...string) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(edges),
		rapid.StringMatching(pattern),
		rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, 30, -1),
		rapid.Custom(func(t *rapid.T) string {
			text := rapid.StringMatching(pattern).Draw(t, "right")
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			return text[:at] + rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, 2, -1).Draw(t, "slip") + text[at:]
		}),
	)
}

func TestDurationParsesExactlyWhatTheSchemaLetsThrough(t *testing.T) {
	schema := schemaOf(t, "surveys", "spec", "openFor")
	texts := almost(schema.Pattern, "0123456789dhms -+.",
		"", "d", "0s", "9999d", "10000d", "9999d999999h9999999m999s", "9999d999999h9999999m9999s", "9999d999999h9999999m99999999s")
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		length, err := Duration(text).Parse()
		if (err == nil) != lets(schema, text) {
			t.Fatalf("schema lets %q through: %v, Parse: %v", text, lets(schema, text), err)
		}
		if err == nil && (length < 0 || length > 170*365*24*time.Hour) {
			t.Fatalf("%q is %v: overflow", text, length)
		}
	})
}

func TestDurationIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Int64Range(0, 9999).Draw(t, "days")
		seconds := rapid.Int64Range(0, 99999999).Draw(t, "seconds")
		got, err := Duration(fmt.Sprintf("%dd%ds", days, seconds)).Parse()
		if want := time.Duration(days)*24*time.Hour + time.Duration(seconds)*time.Second; err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestDurationExamples(t *testing.T) {
	for text, want := range map[Duration]time.Duration{
		"14d":      14 * 24 * time.Hour,
		"36h":      36 * time.Hour,
		"1d12h":    36 * time.Hour,
		"1d2h3m4s": 26*time.Hour + 3*time.Minute + 4*time.Second,
		"":         time.Hour, // the fallback
		"two days": time.Hour,
	} {
		if got := text.Or(time.Hour); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	if _, err := Duration("2w").Parse(); err == nil || !strings.Contains(err.Error(), "e.g. 14d, 36h or 1d12h") {
		t.Errorf("got error %v, want one that says how to write it", err)
	}
}

func TestDecimalReadsExactlyWhatTheSchemaLetsThrough(t *testing.T) {
	schema := schemaOf(t, "kpis", "spec", "source", "manual", "value")
	texts := almost(schema.Pattern, "0123456789-+.,eExXnaNfiI_ ",
		"", "-", "999999999999", "1234567890123", "0.123456", "0.1234567", "-999999999999.999999", "NaN", "Inf", "1e3", "0x1", "1_0")
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		value, ok := Decimal(text).Float()
		if ok != lets(schema, text) {
			t.Fatalf("schema lets %q through: %v, Float: %v", text, lets(schema, text), ok)
		}
		if ok && (math.IsNaN(value) || math.Abs(value) > 1e12) {
			t.Fatalf("%q is %v", text, value)
		}
	})
}

func TestDecimalKeepsEveryDigitThroughJSON(t *testing.T) {
	pattern := schemaOf(t, "kpis", "spec", "source", "manual", "value").Pattern
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(pattern).Draw(t, "text")
		written, err := json.Marshal(Decimal(text))
		if err != nil {
			t.Fatal(err)
		}
		var read Decimal
		if err := json.Unmarshal(written, &read); err != nil || string(read) != text {
			t.Fatalf("%q came back as %q, %v", text, read, err)
		}
		integer := strconv.FormatInt(rapid.Int64Range(-999999999999, 999999999999).Draw(t, "integer"), 10)
		if err := json.Unmarshal([]byte(integer), &read); err != nil || string(read) != integer {
			t.Fatalf("the integer %s came back as %q, %v", integer, read, err)
		}
	})
}

func TestDecimalInJSON(t *testing.T) {
	var got struct {
		A Decimal `json:"a,omitempty"`
	}
	for text, want := range map[string]Decimal{`{"a":45}`: "45", `{"a":"42.5"}`: "42.5", `{"a":-3}`: "-3", `{"a":null}`: "", `{}`: ""} {
		got.A = ""
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.A != want {
			t.Errorf("%s: got %q, %v, want %q", text, got.A, err, want)
		}
	}
	for _, text := range []string{`{"a":42.5}`, `{"a":1e3}`, `{"a":true}`, `{"a":{}}`} {
		if err := json.Unmarshal([]byte(text), &got); err == nil || !strings.Contains(err.Error(), "write a fraction in quotes") {
			t.Errorf("%s: got error %v, want one that says how to write it", text, err)
		}
	}
}

func TestLocalizedTextFallsBackToTheOtherLanguage(t *testing.T) {
	both, english, russian := LocalizedText{EN: "Yes", RU: "Да"}, LocalizedText{EN: "Yes"}, LocalizedText{RU: "Да"}
	for _, c := range []struct {
		text LocalizedText
		lang Language
		want string
		has  bool
	}{
		{both, "en", "Yes", true}, {both, "ru", "Да", true},
		{english, "en", "Yes", true}, {english, "ru", "Yes", false},
		{russian, "en", "Да", false}, {russian, "ru", "Да", true},
	} {
		if got := c.text.In(string(c.lang)); got != c.want || c.text.Has(c.lang) != c.has {
			t.Errorf("%v in %s: got %q, has %v", c.text, c.lang, got, c.text.Has(c.lang))
		}
	}
}

func TestOnlyFinalWavePhasesAreFinished(t *testing.T) {
	for phase, want := range map[WavePhase]bool{
		"": false, WavePending: false, WaveOpen: false, WaveClosing: false, WaveClosed: true, WaveCancelled: true,
	} {
		if phase.Finished() != want {
			t.Errorf("%q finished: %v", phase, phase.Finished())
		}
	}
}
