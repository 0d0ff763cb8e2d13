// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Longest accepted texts, in bytes. Evidence is bounded because each record is.
const (
	maxName = 512
	maxText = 4096
	// maxList is for lists and maps inside one record, and for the keys of one SinceAll call.
	maxList = 10000
)

var decimal = regexp.MustCompile(`^-?\d{1,12}(\.\d{1,6})?$`)

// check collects the first broken rule of a record. Rules hold for every database: PostgreSQL cannot keep a NUL
// in a text, and a time before 1970 or after 9999 is a mistake in the caller.
type check struct{ err error }

func (c *check) fail(field, problem string) {
	if c.err == nil {
		c.err = invalid(field, problem)
	}
}

func (c *check) text(field, value string, limit int) {
	switch {
	case len(value) > limit:
		c.fail(field, fmt.Sprintf("is longer than %d bytes", limit))
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		c.fail(field, "is not valid UTF-8 text without NUL")
	}
}

func (c *check) name(field, value string) {
	if value == "" {
		c.fail(field, "is empty")
	}
	c.text(field, value, maxName)
}

func (c *check) list(field string, values []string) {
	if len(values) > maxList {
		c.fail(field, fmt.Sprintf("has more than %d entries", maxList))
	}
	for _, value := range values {
		c.name(field, value)
	}
}

func (c *check) optionalTime(field string, t *time.Time) {
	if t.IsZero() {
		*t = time.Time{}
		return
	}
	if t.Year() < 1970 || t.Year() > 9999 {
		c.fail(field, "is not between the years 1970 and 9999")
	}
	*t = UTCMicro(*t)
}

func (c *check) time(field string, t *time.Time) {
	if t.IsZero() {
		c.fail(field, "is missing")
	}
	c.optionalTime(field, t)
}

func (c *check) count(field string, n int64) {
	if n < 0 {
		c.fail(field, "is negative")
	}
}

// CheckClaim validates the arguments of Claim.
func CheckClaim(programID string, by Holder, adoptFrom string, now time.Time) error {
	var c check
	c.name("program id", programID)
	c.name("namespace UID", by.NamespaceUID)
	c.name("namespace", by.Namespace)
	c.name("program UID", by.ProgramUID)
	c.text("adoptFrom", adoptFrom, maxName)
	c.time("now", &now)
	return c.err
}

// Normalized validates a start.
func (w WaveStart) Normalized() (WaveStart, error) {
	var c check
	c.name("survey", w.Survey)
	c.name("slot", w.Slot)
	c.time("dueAt", &w.DueAt)
	return w, c.err
}

// Normalized validates an outcome and gives equal outcomes one form: UTC microseconds, sorted lists without
// repeats, nothing empty. The caller's lists are not changed.
func (w WaveOutcome) Normalized() (WaveOutcome, error) {
	var c check
	c.name("survey", w.Survey)
	c.name("slot", w.Slot)
	c.time("dueAt", &w.DueAt)
	c.optionalTime("openedAt", &w.OpenedAt)
	c.optionalTime("closedAt", &w.ClosedAt)
	c.optionalTime("publishedAt", &w.PublishedAt)
	if !w.Phase.Ended() && w.Phase != WaveStarted {
		c.fail("phase", fmt.Sprintf("%q is none of Started, Closed, Cancelled, Failed", w.Phase))
	}
	if w.Phase.Ended() == w.ClosedAt.IsZero() {
		c.fail("closedAt", "must be set exactly when the wave has ended")
	}
	c.list("audience", w.Audience)
	c.list("publishedTo", w.PublishedTo)
	c.text("questionnaireHash", w.QuestionnaireHash, maxName)
	c.text("scoredHash", w.ScoredHash, maxName)
	c.text("anonymity", w.Anonymity, maxName)
	w.Counts = c.counts(w.Counts)
	c.list("followUpRules", w.FollowUpRules)
	w.Audience, w.PublishedTo = sortedSet(w.Audience), sortedSet(w.PublishedTo)
	w.FollowUpRules = sortedSet(w.FollowUpRules)
	return w, c.err
}

func (c *check) counts(counts WaveCounts) WaveCounts {
	for i, n := range counts.numbers() {
		c.count([8]string{"eligible", "sampled", "invited", "accepted", "bounced", "responded", "partial", "late"}[i], n)
	}
	if len(counts.Skipped) > maxList {
		c.fail("skipped", fmt.Sprintf("has more than %d reasons", maxList))
	}
	var skipped map[string]int64
	for reason, n := range counts.Skipped {
		c.name("skipped reason", reason)
		c.count("skipped", n)
		if skipped == nil {
			skipped = make(map[string]int64, len(counts.Skipped))
		}
		skipped[reason] = n
	}
	counts.Skipped = skipped
	return counts
}

// Normalized validates a follow-up and cuts its times to a microsecond.
func (f FollowUp) Normalized() (FollowUp, error) {
	var c check
	c.name("id", f.ID)
	c.name("survey", f.Survey)
	c.name("slot", f.Slot)
	c.name("rule", f.Rule)
	c.text("answerKey", f.AnswerKey, maxName)
	c.time("openedAt", &f.OpenedAt)
	c.time("dueBy", &f.DueBy)
	c.optionalTime("firstResponseAt", &f.FirstResponseAt)
	c.text("rootCause", f.RootCause, maxName)
	c.optionalTime("closedAt", &f.ClosedAt)
	for _, later := range []struct {
		field string
		at    time.Time
	}{{"dueBy", f.DueBy}, {"firstResponseAt", f.FirstResponseAt}, {"closedAt", f.ClosedAt}} {
		if !later.at.IsZero() && later.at.Before(f.OpenedAt) {
			c.fail(later.field, "is before openedAt")
		}
	}
	return f, c.err
}

// Normalized validates a decision and cuts its time to a microsecond.
func (d Decision) Normalized() (Decision, error) {
	var c check
	c.name("offerID", d.OfferID)
	c.name("subjectKind", d.SubjectKind)
	c.name("subjectName", d.SubjectName)
	c.text("touchpoint", d.Touchpoint, maxName)
	c.text("item", d.Item, maxName)
	c.text("terms", d.Terms, maxText)
	c.name("role", d.Role)
	c.name("owner", d.Owner)
	if d.Result != Accepted && d.Result != Declined && d.Result != Lapsed {
		c.fail("result", fmt.Sprintf("%q is none of Accepted, Declined, Lapsed", d.Result))
	}
	c.text("reason", d.Reason, maxText)
	c.name("decidedBy", d.DecidedBy)
	c.name("means", d.Means)
	c.time("at", &d.At)
	return d, c.err
}

// Normalized validates a point and cuts its times to a microsecond. Revision is the store's and is cleared.
func (p KPIPoint) Normalized() (KPIPoint, error) {
	var c check
	c.name("kpi", p.KPI)
	c.time("asOf", &p.AsOf)
	c.time("recordedAt", &p.RecordedAt)
	c.decimal("value", p.Value)
	if (p.Low == "") != (p.High == "") {
		c.fail("low and high", "must both be set or both be empty")
	}
	if p.Low != "" {
		c.decimal("low", p.Low)
		c.decimal("high", p.High)
		c.ordered("low", p.Low, p.High, "is above high")
	}
	c.count("n", p.N)
	if p.SD != "" {
		c.decimal("sd", p.SD)
		c.ordered("sd", "0", p.SD, "is negative")
	}
	c.name("source", p.Source)
	c.text("method", p.Method, maxName)
	c.text("scaleHash", p.ScaleHash, maxName)
	p.Revision = 0
	return p, c.err
}

func (c *check) decimal(field, value string) {
	if !decimal.MatchString(value) {
		c.fail(field, fmt.Sprintf("%.40q is not a decimal such as 42.5", value))
	}
}

// ordered compares two decimals.
func (c *check) ordered(field, low, high, problem string) {
	lowest, _ := strconv.ParseFloat(low, 64)
	highest, _ := strconv.ParseFloat(high, 64)
	if lowest > highest {
		c.fail(field, problem)
	}
}

// Normalized validates a stage change and cuts its time to a microsecond.
func (s StageChange) Normalized() (StageChange, error) {
	var c check
	c.name("framework", s.Framework)
	c.count("stage", s.Stage)
	c.count("observed", s.Observed)
	c.count("attested", s.Attested)
	c.time("at", &s.At)
	c.text("reason", s.Reason, maxText)
	c.text("scorecardHash", s.ScorecardHash, maxName)
	return s, c.err
}

// CheckMarks validates the arguments of SinceAll.
func CheckMarks(scope string, values map[string]string, now time.Time) error {
	var c check
	c.name("scope", scope)
	c.time("now", &now)
	if len(values) > maxList {
		c.fail("values", fmt.Sprintf("has more than %d keys", maxList))
	}
	for key, value := range values {
		c.name("key", key)
		c.text("value", value, maxText)
	}
	return c.err
}

// Normalized fills in the defaults.
func (q EvidenceQuery) Normalized() (EvidenceQuery, error) {
	var c check
	c.time("now", &q.Now)
	c.count("pointsPerKPI", int64(q.PointsPerKPI))
	c.count("waveAge", int64(q.WaveAge))
	c.count("wavesPerSurvey", int64(q.WavesPerSurvey))
	c.count("followUpAge", int64(q.FollowUpAge))
	c.count("followUps", int64(q.FollowUps))
	if q.PointsPerKPI == 0 {
		q.PointsPerKPI = DefaultPointsPerKPI
	}
	if q.WaveAge == 0 {
		q.WaveAge = DefaultWaveAge
	}
	if q.WavesPerSurvey == 0 {
		q.WavesPerSurvey = DefaultWavesPerSurvey
	}
	if q.FollowUpAge == 0 {
		q.FollowUpAge = DefaultFollowUpAge
	}
	if q.FollowUps == 0 {
		q.FollowUps = DefaultFollowUps
	}
	return q, c.err
}
