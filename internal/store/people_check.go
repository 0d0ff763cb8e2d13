// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// The most that is accepted of a person and of an answer.
const (
	MaxValue      = 200 // characters of a key, of a name, of an attribute's name and value
	MaxAddress    = 254 // bytes; RFC 5321 leaves room for no more
	MaxAttributes = 30
	// MaxAnswer and MaxPage bound JSON texts in bytes.
	MaxAnswer = 256 << 10
	MaxPage   = 4 << 20
	// maxReminders and maxFlags bound lists.
	maxReminders = 20
	maxFlags     = 20
)

var languageTag = regexp.MustCompile(`^([a-z]{2,3})?$`)

func (c *check) value(field, value string) {
	if utf8.RuneCountInString(value) > MaxValue {
		c.fail(field, fmt.Sprintf("is longer than %d characters", MaxValue))
	}
	c.text(field, value, utf8.UTFMax*MaxValue)
}

func (c *check) program(programID string) { c.name("program id", programID) }

func (c *check) key(key string) {
	if key == "" {
		c.fail("key", "is empty")
	}
	c.value("key", key)
}

func (c *check) address(address string) {
	if address == "" {
		c.fail("address", "is empty")
	}
	c.text("address", address, MaxAddress)
}

// Normalized validates a contact. Attributes without a value are left out; the caller's map is not changed. Messages name
// fields and repeat none of their content.
func (c Contact) Normalized() (Contact, error) {
	var k check
	k.key(c.Key)
	k.address(c.Address)
	k.value("name", c.Name)
	k.text("time zone", c.TimeZone, maxName)
	if !languageTag.MatchString(c.Language) {
		k.fail("language", "is not the first part of a language tag, such as en")
	}
	var attributes map[string]string
	for name, value := range c.Attributes {
		if value == "" {
			continue
		}
		if name == "" {
			k.fail("attribute", "has no name")
		}
		k.value("attribute name", name)
		k.value("attribute", value)
		if attributes == nil {
			attributes = make(map[string]string, len(c.Attributes))
		}
		attributes[name] = value
	}
	if len(attributes) > MaxAttributes {
		k.fail("attributes", fmt.Sprintf("are more than %d", MaxAttributes))
	}
	c.Attributes = attributes
	return c, k.err
}

// Same says whether two normalized contacts are equal.
func (c Contact) Same(other Contact) bool {
	return c.Key == other.Key && c.Address == other.Address && c.Name == other.Name && c.Language == other.Language &&
		c.TimeZone == other.TimeZone && maps.Equal(c.Attributes, other.Attributes)
}

// CheckImport validates what names an import.
func CheckImport(programID, persona string, now time.Time) error {
	var c check
	c.program(programID)
	c.name("persona", persona)
	c.time("now", &now)
	return c.err
}

// CheckOptOut validates the arguments of OptOut.
func CheckOptOut(programID, address, means string, now time.Time) error {
	var c check
	c.program(programID)
	c.address(address)
	c.name("means", means)
	c.time("now", &now)
	return c.err
}

// CheckMailBars validates the arguments of MailBars.
func CheckMailBars(programID string, addresses []string) error {
	var c check
	c.program(programID)
	c.list("addresses", addresses)
	for _, address := range addresses {
		c.address(address)
	}
	return c.err
}

// CheckErase validates the arguments of EraseContact.
func CheckErase(programID, key string, now time.Time) error {
	var c check
	c.program(programID)
	c.key(key)
	c.time("now", &now)
	return c.err
}

// Check validates what names a wave.
func (k WaveKey) Check() error {
	var c check
	c.wave(k)
	return c.err
}

func (c *check) wave(k WaveKey) {
	c.program(k.ProgramID)
	c.name("survey", k.Survey)
	c.name("slot", k.Slot)
}

// Normalized validates a published wave; Kept is sorted and without repeats.
func (w PublishedWave) Normalized() (PublishedWave, error) {
	var c check
	c.wave(w.WaveKey)
	c.waveTimes(&w)
	if !slices.Contains([]WaveState{WaveTakesAnswers, WaveTakesUnderWay, WaveTakesNothing}, w.State) {
		c.fail("state", fmt.Sprintf("%q is none of Open, Closing, Closed", w.State))
	}
	if !slices.Contains([]string{"Identified", "Confidential", AnonymousWave}, w.Anonymity) {
		c.fail("anonymity", fmt.Sprintf("%q is none of Identified, Confidential, Anonymous", w.Anonymity))
	}
	c.text("questionnaireHash", w.QuestionnaireHash, maxName)
	c.list("kept", w.Kept)
	w.Kept = sortedSet(w.Kept)
	if len(w.Page) > MaxPage || len(w.Mail) > MaxPage {
		c.fail("page or mail", fmt.Sprintf("is longer than %d bytes", MaxPage))
	}
	return w, c.err
}

func (c *check) waveTimes(w *PublishedWave) {
	c.time("opensAt", &w.OpensAt)
	c.time("closesAt", &w.ClosesAt)
	c.optionalTime("graceUntil", &w.GraceUntil)
	c.optionalTime("keepUntil", &w.KeepUntil)
	if !w.OpensAt.Before(w.ClosesAt) {
		c.fail("closesAt", "is not after opensAt")
	}
	if !w.GraceUntil.IsZero() && w.GraceUntil.Before(w.ClosesAt) {
		c.fail("graceUntil", "is before closesAt")
	}
	if w.KeepUntil.IsZero() || w.State == WaveTakesNothing {
		return
	}
	if w.KeepUntil.Before(w.ClosesAt) || w.KeepUntil.Before(w.GraceUntil) {
		c.fail("keepUntil", "is before the wave's end")
	}
}

// CheckAudience validates what names an audience.
func CheckAudience(wave WaveKey, personas, keys []string, now time.Time) error {
	var c check
	c.wave(wave)
	c.list("personas", personas)
	c.time("now", &now)
	for _, key := range keys {
		c.key(key)
	}
	return c.err
}

// Normalized validates a verdict. A skipped contact has neither link nor mail.
func (v Verdict) Normalized() (Verdict, error) {
	var c check
	if v.Skip != "" {
		c.name("skip", v.Skip)
		return Verdict{Skip: v.Skip}, c.err
	}
	if v.Link.ID == [16]byte{} || v.Link.Answer == [32]byte{} || v.Link.OptOut == [32]byte{} {
		c.fail("link", "has no id or no hashes")
	}
	c.time("link.expiresAt", &v.Link.ExpiresAt)
	c.optionalTime("sendAt", &v.SendAt)
	if len(v.Reminders) > maxReminders {
		c.fail("reminders", fmt.Sprintf("are more than %d", maxReminders))
	}
	v.Reminders = slices.SortedFunc(slices.Values(v.Reminders), time.Time.Compare)
	for i := range v.Reminders {
		c.time("reminder", &v.Reminders[i])
		if v.SendAt.IsZero() || !v.SendAt.Before(v.Reminders[i]) {
			c.fail("reminder", "is not after sendAt")
		}
	}
	return v, c.err
}

// CheckClaimMessages validates the arguments of ClaimMessages.
func CheckClaimMessages(worker string, programs []string, limit int, lease time.Duration) error {
	var c check
	c.name("worker", worker)
	c.list("programs", programs)
	c.limit(limit)
	if lease <= 0 {
		c.fail("lease", "is not positive")
	}
	return c.err
}

func (c *check) limit(limit int) {
	if limit < 1 || limit > maxList {
		c.fail("limit", fmt.Sprintf("is not between 1 and %d", maxList))
	}
}

// Check validates an outcome.
func (s Sent) Check() error {
	var c check
	switch s.Result {
	case SentAccepted, SentBounced, SentAmbiguous, SentFailed:
	case SentLater:
		c.time("retryAt", &s.RetryAt)
	default:
		c.fail("result", fmt.Sprintf("%q is none of Accepted, Bounced, Later, Ambiguous, Failed", s.Result))
	}
	if s.Code < 0 || s.Code > 999 {
		c.fail("code", "has not three digits")
	}
	return c.err
}

// Normalized validates an answer.
func (a Answer) Normalized() (Answer, error) {
	var c check
	if len(a.Values) > MaxAnswer {
		c.fail("values", fmt.Sprintf("are longer than %d bytes", MaxAnswer))
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(a.Values, &object) != nil || object == nil {
		c.fail("values", "are not a JSON object")
	}
	if !languageTag.MatchString(a.Language) {
		c.fail("language", "is not the first part of a language tag, such as en")
	}
	c.name("channel", a.Channel)
	if len(a.Flags) > maxFlags {
		c.fail("flags", fmt.Sprintf("are more than %d", maxFlags))
	}
	c.list("flags", a.Flags)
	a.Flags = sortedSet(a.Flags)
	c.optionalTime("begunAt", &a.BegunAt)
	return a, c.err
}

// CheckDue validates the arguments of DueForDropping.
func CheckDue(now time.Time, limit int) error {
	var c check
	c.time("now", &now)
	c.limit(limit)
	return c.err
}

// CheckForeign validates an idempotency key.
func CheckForeign(wave WaveKey, idempotencyKey string) error {
	var c check
	c.wave(wave)
	c.name("idempotency key", idempotencyKey)
	return c.err
}
