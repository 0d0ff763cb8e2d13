// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Hook is a kind of address on the web that takes notices.
type Hook string

// The kinds of hooks, named like the keys of an Owner's Secret.
const (
	// HookSlack is an incoming webhook of Slack, or of a chat that understands the same.
	HookSlack Hook = "slack"
	// HookTeams is the webhook of a workflow in Microsoft Teams, which takes Adaptive Cards.
	HookTeams Hook = "teams"
	// HookWeb takes a CloudEvent in JSON, signed as Standard Webhooks has it when there is a key
	// (https://www.standardwebhooks.com, version 1).
	HookWeb Hook = "webhook"
)

// HookKey is the key of an Owner's Secret whose value signs what goes to HookWeb: base64, with or without "whsec_" before it.
const HookKey = "webhookKey"

// hookTimeout bounds one delivery.
const hookTimeout = 20 * time.Second

// minHookKey is the shortest key in bytes that Standard Webhooks allows.
const minHookKey = 24

// Hooks delivers to addresses on the web. Make one with NewHooks.
type Hooks struct {
	hosts  *AllowList
	client *http.Client
	now    func() time.Time
}

// NewHooks makes hooks that reach hosts on the list only, whatever a name or an answer points to.
func NewHooks(hosts *AllowList, now func() time.Time) *Hooks {
	return &Hooks{hosts: hosts, now: now, client: &http.Client{
		Timeout: hookTimeout,
		// Proxy is nil: what a proxy reaches, the list does not see.
		Transport: &http.Transport{
			DialContext: hosts.DialContext, TLSHandshakeTimeout: hookTimeout, MaxIdleConns: 8, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// Check says what is wrong with an address, and what to do. It repeats nothing of it: it is a secret.
func (h *Hooks) Check(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return errors.New("it is no URL: copy it from where it was made, it begins with https://")
	}
	entry, allowed := h.hosts.find(parsed.Hostname())
	switch {
	case !allowed:
		return fmt.Errorf("its host is %w: whoever runs the operator adds it with --allow-host", ErrNotAllowed)
	case parsed.Scheme != "https" && (parsed.Scheme != "http" || len(entry.within) == 0):
		return errors.New("it must begin with https://, as it would go through public networks in the clear")
	case parsed.User != nil:
		return errors.New("it must not have a user name or password in it")
	}
	return nil
}

// Send delivers notices once. key signs what goes to HookWeb; nil signs nothing. It never returns what the other side said.
func (h *Hooks) Send(ctx context.Context, hook Hook, address string, key []byte, programID string, notices Notices) store.Sent {
	if h.Check(address) != nil {
		return store.Sent{Result: store.SentFailed}
	}
	body, err := json.Marshal(hook.body(programID, notices, h.now()))
	if err != nil {
		return store.Sent{Result: store.SentFailed}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return store.Sent{Result: store.SentFailed}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "cx-operator")
	if hook == HookWeb {
		request.Header.Set("Content-Type", "application/cloudevents+json")
		h.sign(request, messageID(programID, notices), key, body)
	}
	var begun atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { begun.Store(true) }}
	response, err := h.client.Do(request.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil {
		return failedHook(err, begun.Load())
	}
	_ = response.Body.Close() // nothing of the answer is read but its status
	return answeredHook(response.StatusCode)
}

// sign adds the headers of Standard Webhooks: an id by which repetitions are known, the time, and with a key the signature of
// both and the body.
func (h *Hooks) sign(request *http.Request, id string, key, body []byte) {
	stamp := strconv.FormatInt(h.now().Unix(), 10)
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", stamp)
	if key == nil {
		return
	}
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(slices.Concat([]byte(id+"."+stamp+"."), body)) // a hash takes everything
	request.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// ParseHookKey reads the value of HookKey.
func ParseHookKey(value string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(value), "whsec_"))
	if err != nil || len(key) < minHookKey {
		return nil, fmt.Errorf("%s must be at least %d bytes in base64: make one with openssl rand -base64 32", HookKey, minHookKey)
	}
	return key, nil
}

// answeredHook reads a status. Whoever is busy or broken is asked again; a redirection is a refusal, as it is not followed.
func answeredHook(status int) store.Sent {
	switch {
	case status >= 200 && status < 300:
		return store.Sent{Result: store.SentAccepted, Code: status}
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return store.Sent{Result: store.SentLater, Code: status}
	}
	return store.Sent{Result: store.SentFailed, Code: status}
}

// failedHook is for when no answer came: whether the other side has it is unknown once we have begun to write.
func failedHook(err error, begun bool) store.Sent {
	switch {
	case errors.Is(err, ErrNotAllowed):
		return store.Sent{Result: store.SentFailed}
	case begun:
		return store.Sent{Result: store.SentAmbiguous}
	}
	return store.Sent{Result: store.SentLater}
}

func messageID(programID string, notices Notices) string { return MessageID(notices.To(programID, "")) }

func (h Hook) body(programID string, notices Notices, now time.Time) any {
	switch h {
	case HookSlack:
		return map[string]string{"text": slackText.Replace(notices.Chat())}
	case HookTeams:
		return teamsMessage(notices.Chat())
	}
	return event(programID, notices, now)
}

// slackText escapes what Slack would read as a mention or a link.
var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// teamsMessage is an Adaptive Card as workflows in Teams take it, one block of text for each paragraph.
func teamsMessage(text string) any {
	type object = map[string]any
	var blocks []any
	for i, paragraph := range strings.Split(text, "\n\n") {
		block := object{"type": "TextBlock", "text": paragraph, "wrap": true}
		if i == 0 {
			block["weight"] = "bolder"
		}
		blocks = append(blocks, block)
	}
	return object{"type": "message", "attachments": []any{object{
		"contentType": "application/vnd.microsoft.card.adaptive",
		"content": object{
			"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": blocks,
		},
	}}}
}

// eventNotice is one notice in a CloudEvent.
type eventNotice struct {
	Kind       notice.Kind `json:"kind"`
	Assignment string      `json:"assignment"`
	Subject    eventAbout  `json:"subject"`
	Role       string      `json:"role"`
	OfferID    string      `json:"offerID,omitempty"`
	Terms      string      `json:"terms,omitempty"`
	InForce    string      `json:"inForce,omitempty"`
	InsteadOf  string      `json:"insteadOf,omitempty"`
	Missing    string      `json:"missing,omitempty"`
	OfferedAt  time.Time   `json:"offeredAt,omitzero"`
	DecideBy   time.Time   `json:"decideBy,omitzero"`
}

type eventAbout struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Touchpoint string `json:"touchpoint,omitempty"`
	Item       string `json:"item,omitempty"`
}

// event is a CloudEvent 1.0 in JSON.
func event(programID string, notices Notices, now time.Time) any {
	var items []eventNotice
	for _, n := range notices.Items {
		items = append(items, eventNotice{
			Kind: n.Kind, Assignment: n.Assignment, Role: string(n.Role), OfferID: n.OfferID, Terms: n.Terms, InForce: n.InForce,
			InsteadOf: n.InsteadOf, Missing: n.Missing, OfferedAt: n.OfferedAt.UTC(), DecideBy: n.DecideBy.UTC(),
			Subject: eventAbout{
				Kind: string(n.Subject.Kind), Name: string(n.Subject.Name), Touchpoint: string(n.Subject.Touchpoint), Item: n.Subject.Item,
			},
		})
	}
	return map[string]any{
		"specversion": "1.0", "id": messageID(programID, notices), "source": "cx-operator/" + programID, "type": "io.cx-operator.owner.notices",
		"subject": notices.Owner, "time": now.UTC().Format(time.RFC3339), "datacontenttype": "application/json",
		"data": map[string]any{"owner": notices.Owner, "notices": items},
	}
}
