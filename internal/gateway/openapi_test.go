// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// document is the part of an OpenAPI document that the tests look at.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]json.RawMessage
		Responses map[string]response
	}
}

type operation struct {
	RequestBody struct{ Content map[string]media }
	Responses   map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Content map[string]media
}

type media struct{ Schema, Example json.RawMessage }

func (w *world) document() document {
	w.Helper()
	return readDocument(w.get("/api/v1/openapi.json"))
}

func readDocument(got reply) document {
	got.t.Helper()
	got.status(http.StatusOK)
	var d document
	if err := json.Unmarshal(got.Body.Bytes(), &d); err != nil {
		got.t.Fatal(err)
	}
	if kind := got.Header().Get("Content-Type"); kind != "application/json" || !strings.HasPrefix(d.OpenAPI, "3.1.") {
		got.t.Fatalf("content type %q, OpenAPI %q", kind, d.OpenAPI)
	}
	return d
}

func (d document) answers() operation {
	return d.Paths["/api/v1/waves/{survey}/{slot}/answers"]["post"]
}

// fits validates a JSON value against a schema of the document.
func (d document) fits(t *testing.T, schema, value json.RawMessage) []error {
	t.Helper()
	var s spec.Schema
	if err := json.Unmarshal(d.inlined(t, schema), &s); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		return []error{err}
	}
	return validate.NewSchemaValidator(&s, nil, "", strfmt.Default).Validate(v).Errors
}

// inlined puts the schemas in place of the references to them.
func (d document) inlined(t *testing.T, schema json.RawMessage) json.RawMessage {
	t.Helper()
	text := string(schema)
	for name, s := range d.Components.Schemas {
		ref := `{"$ref": "#/components/schemas/` + name + `"}`
		if strings.Contains(text, ref) {
			text = strings.ReplaceAll(text, ref, string(d.inlined(t, s)))
		}
	}
	if strings.Contains(text, "$ref") {
		t.Fatalf("a reference leads nowhere: %s", text)
	}
	return json.RawMessage(text)
}

// documented checks that the document knows what was answered to an answer, and how it looks.
func (d document) documented(r reply) {
	r.t.Helper()
	d.describes(d.answers(), r)
}

func (d document) describes(o operation, r reply) {
	r.t.Helper()
	known, ok := o.Responses[strconv.Itoa(r.Code)]
	if !ok {
		r.t.Fatalf("status %d is not in the document", r.Code)
	}
	if len(known.Content) == 0 && known.Ref == "" {
		if r.Body.Len() > 0 {
			r.t.Errorf("status %d has a body, which is not in the document", r.Code)
		}
		return
	}
	if name, ok := strings.CutPrefix(known.Ref, "#/components/responses/"); ok {
		known = d.Components.Responses[name]
	}
	kind, _, err := mime.ParseMediaType(r.Header().Get("Content-Type"))
	if err != nil {
		r.t.Fatal(err)
	}
	content, ok := known.Content[kind]
	if !ok {
		r.t.Fatalf("status %d as %s is not in the document", r.Code, kind)
	}
	body := r.Body.Bytes()
	if strings.HasPrefix(kind, "text/") {
		body, err = json.Marshal(r.Body.String())
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for _, err := range d.fits(r.t, content.Schema, body) {
		r.t.Errorf("%s: %v", r.Body, err)
	}
}

func TestTheDocumentSaysWhatTheHandlersDo(t *testing.T) {
	w := newWorld(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	d := w.document()
	d.documented(w.hand(answersPath, event()).status(http.StatusCreated))
	d.documented(w.hand(answersPath, event()).status(http.StatusOK))
	seen := []int{http.StatusCreated, http.StatusOK, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable} // the last three by tests of their own
	for name, tc := range badEvents {
		t.Run(name, func(t *testing.T) { d.documented(w.hand(tc.path, tc.body, tc.headers...).status(tc.status)) })
		seen = append(seen, tc.status)
	}
	for status := range d.answers().Responses {
		if code, err := strconv.Atoi(status); err != nil || !slices.Contains(seen, code) {
			t.Errorf("the document has status %s, which no test has seen", status)
		}
	}
}

func TestTheDocumentsExamplesAreTaken(t *testing.T) {
	w := newWorld(t)
	page := pulse()
	page.Questionnaire.Questions[1].ShowIf = nil // so that the example's "why" is asked
	w.Invite(t, "pulse", page, cxv1.LanguageEN, 1)
	d := w.document()
	for kind, content := range d.answers().RequestBody.Content {
		t.Run(kind, func(t *testing.T) {
			for _, err := range d.fits(t, content.Schema, content.Example) {
				t.Error(err)
			}
			w.hand(answersPath, string(content.Example), "Content-Type", kind, "Ce-Specversion", "1.0", "Ce-Id", kind, "Ce-Source", "test",
				"Ce-Type", "io.cx-operator.answer.v1").status(http.StatusCreated)
		})
	}
	if n := len(w.Answers(t, "pulse")); n != 2 {
		t.Errorf("%d answers, want 2", n)
	}
	for name, tc := range badEvents {
		if tc.status != http.StatusUnprocessableEntity || len(tc.headers) > 0 || !json.Valid([]byte(tc.body)) {
			continue
		}
		switch name { // what a schema cannot know: the questionnaire
		case "a wrong answer", "a number as a text", "half an answer", "an unknown question":
			continue
		}
		if len(d.fits(t, d.answers().RequestBody.Content["application/cloudevents+json"].Schema, []byte(tc.body))) == 0 {
			t.Errorf("%s fits the document's schema, but is refused", name)
		}
	}
}

func TestTheDocumentHasEveryPathOfTheAPI(t *testing.T) {
	w := newWorld(t)
	for path, operations := range w.document().Paths {
		for method := range operations {
			method = strings.ToUpper(method)
			got := w.send(request(method, strings.NewReplacer("{survey}", "s", "{slot}", "t").Replace(path), ""))
			if got.Code == http.StatusMethodNotAllowed || got.Code == http.StatusNotFound && got.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s is in the document, but not served", method, path)
			}
		}
	}
}
