// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// AnswerType is the type of the CloudEvents in which other channels hand in answers.
const AnswerType = "io.cx-operator.answer.v1"

// longest is the most bytes of an event's source and id, and of an idempotency key: they are stored.
const longest = 200

//go:embed openapi.json
var openAPI []byte

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI)
}

// foreign is the data of an event.
type foreign struct {
	// Answers are by question id, as questionnaire.ReadJSON takes them.
	Answers json.RawMessage `json:"answers"`
	// Language in which they were given; optional.
	Language cxv1.Language `json:"language,omitempty"`
}

// refusal is an answer that says no, in the form of RFC 9457.
type refusal struct {
	Title  string          `json:"title"`
	Status int             `json:"status"`
	Detail string          `json:"detail,omitempty"`
	Errors []answerRefusal `json:"errors,omitempty"`
}

// answerRefusal is what is wrong with the answer to a question.
type answerRefusal struct {
	Question string `json:"question"`
	Detail   string `json:"detail"`
}

func refused(status int, detail string) *refusal {
	return &refusal{Title: http.StatusText(status), Status: status, Detail: detail}
}

// takeForeign stores an answer that another channel hands in as a CloudEvent.
func (g *Gateway) takeForeign(w http.ResponseWriter, r *http.Request) {
	receipt, no := g.foreign(r)
	if no != nil {
		refuse(w, no.Status, no)
		return
	}
	g.metrics.answers.WithLabelValues(channelAPI, kindOf(true, receipt.Again)).Inc()
	status := http.StatusCreated
	if receipt.Again {
		status = http.StatusOK
	}
	writeJSON(w, status, "application/json", map[string]string{"receipt": receipt.ID})
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

func (g *Gateway) foreign(r *http.Request) (store.Receipt, *refusal) {
	program, no := g.bearer(r, ForAnswers)
	if no != nil {
		return store.Receipt{}, no
	}
	e, no := readEvent(r)
	if no != nil {
		return store.Receipt{}, no
	}
	key, no := idempotencyKey(r, e)
	if no != nil {
		return store.Receipt{}, no
	}
	given, no := readForeign(e)
	if no != nil {
		return store.Receipt{}, no
	}
	wave := store.WaveKey{ProgramID: program, Survey: r.PathValue("survey"), Slot: r.PathValue("slot")}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	published, err := g.store.PublishedWave(ctx, wave)
	if err != nil {
		return store.Receipt{}, g.storeRefusal(r, err)
	}
	answer, no := g.check(r, published, given)
	if no != nil {
		return store.Receipt{}, no
	}
	answer.Channel = e.Source()
	receipt, err := g.submitForeign(r.Context(), wave, key, answer)
	if err != nil {
		return store.Receipt{}, g.storeRefusal(r, err)
	}
	return receipt, nil
}

func (g *Gateway) submitForeign(ctx context.Context, wave store.WaveKey, key string, answer store.Answer) (store.Receipt, error) {
	ctx, cancel := g.resolute(ctx)
	defer cancel()
	return g.store.SubmitForeign(ctx, wave, key, answer, g.now())
}

// readEvent reads one event, in structured or binary mode.
func readEvent(r *http.Request) (*event.Event, *refusal) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != event.ApplicationJSON && mediaType != event.ApplicationCloudEventsJSON {
		return nil, refused(http.StatusUnsupportedMediaType,
			"Send one CloudEvent: application/cloudevents+json, or application/json with ce- headers.")
	}
	if len(r.Header.Values("Ce-")) > 0 { // the library expects a name after the prefix
		return nil, refused(http.StatusBadRequest, "A ce- header has no name.")
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return nil, refused(http.StatusRequestEntityTooLarge, "The event is too long.")
	}
	if err != nil {
		return nil, refused(http.StatusBadRequest, "The event did not arrive as a whole.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e, err := cehttp.NewEventFromHTTPRequest(r)
	if err != nil || e.Validate() != nil || e.SpecVersion() != event.CloudEventsVersionV1 {
		return nil, refused(http.StatusBadRequest, "This is no valid CloudEvent: specversion 1.0, id, source and type are needed.")
	}
	return e, wrongEvent(e)
}

// wrongEvent says what keeps an event from being an answer.
func wrongEvent(e *event.Event) *refusal {
	switch {
	case e.Type() != AnswerType:
		return refused(http.StatusUnprocessableEntity, "The event's type must be "+AnswerType+".")
	case !isJSON(e.DataContentType()):
		return refused(http.StatusUnprocessableEntity, "The event's data must be application/json.")
	case len(e.Source()) > longest || len(e.ID()) > longest:
		return refused(http.StatusUnprocessableEntity, fmt.Sprintf("The event's source and id have %d bytes at most.", longest))
	}
	return nil
}

// isJSON says whether an event's data is JSON, as it is when nothing is said.
func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && mediaType == event.ApplicationJSON
}

// idempotencyKey is the header of that name. Without it, it is what tells events apart: source and id.
func idempotencyKey(r *http.Request, e *event.Event) (string, *refusal) {
	values := r.Header.Values("Idempotency-Key")
	switch {
	case len(values) == 0:
		return oneKey("event", e.Source(), e.ID()), nil
	case len(values) > 1 || values[0] == "" || len(values[0]) > longest:
		return "", refused(http.StatusBadRequest, fmt.Sprintf("Idempotency-Key is one text of 1 to %d bytes.", longest))
	}
	return oneKey("key", values[0]), nil
}

// oneKey makes one key of fixed length of several texts; none of them can be taken for two others.
func oneKey(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

func readForeign(e *event.Event) (foreign, *refusal) {
	var given foreign
	decoder := json.NewDecoder(bytes.NewReader(e.Data()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&given); err != nil || decoder.More() || len(given.Answers) == 0 {
		return foreign{}, refused(http.StatusUnprocessableEntity,
			`The event's data must be like {"answers": {"nps": 9}, "language": "en"}; only answers is needed.`)
	}
	if given.Language != "" && given.Language != cxv1.LanguageEN && given.Language != cxv1.LanguageRU {
		return foreign{}, refused(http.StatusUnprocessableEntity, "language is en or ru.")
	}
	return given, nil
}

// check holds the answers against the wave's questionnaire. They must be complete: nobody comes back for the rest.
func (g *Gateway) check(r *http.Request, published store.PublishedWave, given foreign) (store.Answer, *refusal) {
	page, err := questionnaire.ParsePage(published.Page)
	if err != nil {
		return store.Answer{}, g.storeRefusal(r, err)
	}
	reading, err := questionnaire.ReadJSON(page.Questionnaire, given.Answers)
	if err != nil {
		return store.Answer{}, refused(http.StatusUnprocessableEntity, err.Error())
	}
	if !reading.Complete() {
		no := refused(http.StatusUnprocessableEntity, "Some answers do not fit the questions.")
		for _, p := range reading.Problems {
			no.Errors = append(no.Errors, answerRefusal{Question: p.Question, Detail: p.Text.EN})
		}
		return store.Answer{}, no
	}
	return store.Answer{Values: reading.Answers.JSON(), Complete: true, Language: string(given.Language)}, nil
}

// storeRefusal says what the store could not do. Unknown waves and closed ones are answered alike.
func (g *Gateway) storeRefusal(r *http.Request, err error) *refusal {
	switch {
	case errors.Is(err, store.ErrGone):
		return refused(http.StatusNotFound, "The program has no wave of this name that takes answers.")
	case errors.Is(err, store.ErrInvalid):
		return refused(http.StatusUnprocessableEntity, "The answer cannot be stored as it is.")
	}
	g.troubled(r, err)
	return refused(http.StatusServiceUnavailable, "The answer could not be stored just now. Send it again with the same key.")
}
