// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Token is what a token is good for.
type Token struct {
	// Program is its id; Purposes are answers, contacts, people, preview, operate.
	Program   string   `json:"program"`
	Purposes  []string `json:"purposes"`
	PublicURL string   `json:"publicURL,omitempty"`
}

// Token asks what the token is good for.
func (c *Client) Token(ctx context.Context) (t Token, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/token"}, &t)
	return t, err
}

// Import is what an import changed, or would change.
type Import struct {
	Added     int64 `json:"added"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Removed   int64 `json:"removed"`
	DryRun    bool  `json:"dryRun"`
}

// ImportOptions say how a list is imported.
type ImportOptions struct {
	// DryRun changes nothing; AllowEmpty takes a list of nobody.
	DryRun, AllowEmpty bool
}

// ImportContacts makes the contacts of a persona those of a CSV file: all of them, or none and a *Refusal with Lines.
func (c *Client) ImportContacts(ctx context.Context, persona string, file io.Reader, o ImportOptions) (report Import, err error) {
	query := url.Values{}
	if o.DryRun {
		query.Set("dryRun", "true")
	}
	if o.AllowEmpty {
		query.Set("allowEmpty", "true")
	}
	err = c.do(ctx, request{
		method: http.MethodPut, path: contactsOf(persona), query: query, body: file, contentType: "text/csv", timeout: longer,
	}, &report)
	return report, err
}

func contactsOf(persona string) string {
	return "/api/v1/personas/" + url.PathEscape(persona) + "/contacts"
}

// Counts are numbers of contacts of a persona.
type Counts struct {
	Known     int64 `json:"known"`
	Reachable int64 `json:"reachable"`
	OptedOut  int64 `json:"optedOut"`
	Invalid   int64 `json:"invalid"`
}

// CountContacts counts the contacts of a persona.
func (c *Client) CountContacts(ctx context.Context, persona string) (counts Counts, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: contactsOf(persona) + "/counts"}, &counts)
	return counts, err
}

// Erasure is what was ever erased of a person.
type Erasure struct {
	Contacts    int64 `json:"contacts"`
	Invitations int64 `json:"invitations"`
	Answers     int64 `json:"answers"`
}

// Erase erases the person with that key.
func (c *Client) Erase(ctx context.Context, key string) (gone Erasure, err error) {
	err = c.post(ctx, "/api/v1/people/erase", map[string]string{"key": key}, &gone)
	return gone, err
}

// OptOut has an address never written to again.
func (c *Client) OptOut(ctx context.Context, address string) error {
	return c.post(ctx, "/api/v1/people/opt-out", map[string]string{"address": address}, nil)
}

// Person is whom a follow-up is about, and what they said.
type Person struct {
	FollowUp string  `json:"followUp"`
	Contact  Contact `json:"contact"`
	Answer   Answer  `json:"answer"`
}

// Contact has a key only when the person is on no list any more.
type Contact struct {
	Key      string `json:"key"`
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
	Language string `json:"language,omitempty"`
	OptedOut bool   `json:"optedOut"`
	Invalid  bool   `json:"invalid"`
}

// Answer is what somebody answered, by question id.
type Answer struct {
	Values   map[string]any `json:"values"`
	At       time.Time      `json:"at"`
	Language string         `json:"language,omitempty"`
}

// OfFollowUp looks up whom a follow-up is about. The operator logs it.
func (c *Client) OfFollowUp(ctx context.Context, name string) (person Person, err error) {
	err = c.post(ctx, "/api/v1/people/of-follow-up", map[string]string{"followUp": name}, &person)
	return person, err
}

func (c *Client) post(ctx context.Context, path string, question, answer any) error {
	return c.do(ctx, request{method: http.MethodPost, path: path, body: body(question), contentType: "application/json"}, answer)
}

// Sending is whether the store holds up the mail of the program.
type Sending struct {
	Program      string `json:"program"`
	Paused       bool   `json:"paused"`
	PausedByHand bool   `json:"pausedByHand"`
}

// Sending asks whether mail is held up.
func (c *Client) Sending(ctx context.Context) (s Sending, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/sending"}, &s)
	return s, err
}

// Pause stops all mail of the program, or lets it go on.
func (c *Client) Pause(ctx context.Context, paused bool) (s Sending, err error) {
	err = c.do(ctx, request{
		method: http.MethodPut, path: "/api/v1/sending", body: body(map[string]bool{"pausedByHand": paused}), contentType: "application/json",
	}, &s)
	return s, err
}

// Evidence exports the program's evidence as the operator writes it; see store.Evidence.
func (c *Client) Evidence(ctx context.Context) (file json.RawMessage, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/evidence", timeout: longer}, &file)
	return file, err
}

// Previews are what there is to look at of a survey.
type Previews struct {
	Survey string    `json:"survey"`
	Links  []Preview `json:"links"`
}

// Preview is a page or a mail, at a path of the operator's API. What is page, optOut, mail, mailText, reminder or reminderText.
type Preview struct {
	What     string `json:"what"`
	Language string `json:"language"`
	URL      string `json:"url"`
}

// Previews lists what a survey would show if it opened now.
func (c *Client) Previews(ctx context.Context, survey string) (p Previews, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/surveys/" + url.PathEscape(survey) + "/preview"}, &p)
	return p, err
}

// Look is one of Previews, as it is.
func (c *Client) Look(ctx context.Context, preview Preview) (page []byte, err error) {
	at, err := url.Parse(preview.URL)
	if err != nil {
		return nil, err
	}
	err = c.do(ctx, request{method: http.MethodGet, path: at.Path, query: at.Query()}, &page)
	return page, err
}

// TestMail is what became of a test mail: Accepted, Bounced, Ambiguous or Failed, and the mail server's code, 0 for none.
type TestMail struct {
	Result string `json:"result"`
	Code   int    `json:"code,omitempty"`
}

// Test sends the invitation of a survey to addresses, in a language or, empty, the survey's first. It says of each in their order what
// became of it. Nothing is tried again.
func (c *Client) Test(ctx context.Context, survey, language string, addresses []string) ([]TestMail, error) {
	question := map[string]any{"addresses": addresses}
	if language != "" {
		question["language"] = language
	}
	var answer struct {
		Sent []TestMail `json:"sent"`
	}
	err := c.do(ctx, request{
		method: http.MethodPost, path: "/api/v1/surveys/" + url.PathEscape(survey) + "/test", body: body(question),
		contentType: "application/json", timeout: longer, also: http.StatusBadGateway, // when the server took none, which the answer says
	}, &answer)
	return answer.Sent, err
}
