// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"database/sql"
	"encoding/json"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// scanner is a row, of one or of many.
type scanner interface{ Scan(into ...any) error }

func micros(t time.Time) int64 { return t.UnixMicro() }

// optionalMicros keeps a zero time as NULL.
func optionalMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

func fromOptionalMicros(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return fromMicros(us.Int64)
}

const claimColumns = `id, namespace_uid, namespace, program_uid, claimed_at`

func scanClaim(row scanner, more ...any) (store.Claim, error) {
	var c store.Claim
	var at int64
	into := append([]any{&c.ID, &c.Holder.NamespaceUID, &c.Holder.Namespace, &c.Holder.ProgramUID, &at}, more...)
	err := row.Scan(into...)
	c.ClaimedAt = fromMicros(at)
	return c, err
}

const waveColumns = `survey, slot, due_at, opened_at, closed_at, phase, audience, questionnaire_hash, scored_hash,
	anonymity, eligible, sampled, invited, accepted, bounced, responded, partial, late, skipped, published_at,
	published_to, follow_up_rules`

func scanWave(row scanner) (store.WaveOutcome, error) {
	var w store.WaveOutcome
	var due int64
	var opened, closed, published sql.NullInt64
	var audience, skipped, publishedTo, rules []byte
	c := &w.Counts
	if err := row.Scan(&w.Survey, &w.Slot, &due, &opened, &closed, &w.Phase, &audience, &w.QuestionnaireHash,
		&w.ScoredHash, &w.Anonymity, &c.Eligible, &c.Sampled, &c.Invited, &c.Accepted, &c.Bounced, &c.Responded,
		&c.Partial, &c.Late, &skipped, &published, &publishedTo, &rules); err != nil {
		return w, err
	}
	w.DueAt, w.OpenedAt, w.ClosedAt = fromMicros(due), fromOptionalMicros(opened), fromOptionalMicros(closed)
	w.PublishedAt = fromOptionalMicros(published)
	for _, column := range []struct {
		text []byte
		into any
	}{{audience, &w.Audience}, {skipped, &c.Skipped}, {publishedTo, &w.PublishedTo}, {rules, &w.FollowUpRules}} {
		if err := json.Unmarshal(column.text, column.into); err != nil {
			return w, err
		}
	}
	return w.Normalized()
}

func waveValues(programID string, w store.WaveOutcome) ([]any, error) {
	var lists [4][]byte
	for i, list := range []any{w.Audience, w.Counts.Skipped, w.PublishedTo, w.FollowUpRules} {
		var err error
		if lists[i], err = json.Marshal(list); err != nil {
			return nil, err
		}
	}
	c := w.Counts
	return []any{programID, w.Survey, w.Slot, micros(w.DueAt), optionalMicros(w.OpenedAt), optionalMicros(w.ClosedAt),
		string(w.Phase), string(lists[0]), w.QuestionnaireHash, w.ScoredHash, w.Anonymity, c.Eligible, c.Sampled,
		c.Invited, c.Accepted, c.Bounced, c.Responded, c.Partial, c.Late, string(lists[1]),
		optionalMicros(w.PublishedAt), string(lists[2]), string(lists[3])}, nil
}

const totalColumns = `w.survey, count(*), sum(w.phase <> 'Started'), sum(w.phase = 'Closed'), max(w.due_at),
	(SELECT slot FROM waves AS l WHERE l.program_id = w.program_id AND l.survey = w.survey
		ORDER BY l.due_at DESC, l.slot DESC LIMIT 1)`

func scanTotals(row scanner) (store.WaveTotals, error) {
	var t store.WaveTotals
	var last int64
	err := row.Scan(&t.Survey, &t.Started, &t.Ended, &t.Closed, &last, &t.LastSlot)
	t.LastDueAt = fromMicros(last)
	return t, err
}

const followUpColumns = `id, survey, slot, rule, answer_key, opened_at, due_by, first_response_at, reached, root_cause, closed_at`

func scanFollowUp(row scanner) (store.FollowUp, error) {
	var f store.FollowUp
	var opened, due int64
	var responded, closed sql.NullInt64
	err := row.Scan(&f.ID, &f.Survey, &f.Slot, &f.Rule, &f.AnswerKey, &opened, &due, &responded, &f.Reached, &f.RootCause, &closed)
	f.OpenedAt, f.DueBy = fromMicros(opened), fromMicros(due)
	f.FirstResponseAt, f.ClosedAt = fromOptionalMicros(responded), fromOptionalMicros(closed)
	return f, err
}

const decisionColumns = `offer_id, subject_kind, subject_name, touchpoint, item, role, owner, terms, result, reason,
	decided_by, means, decided_at`

func scanDecision(row scanner) (store.Decision, error) {
	var d store.Decision
	var at int64
	err := row.Scan(&d.OfferID, &d.SubjectKind, &d.SubjectName, &d.Touchpoint, &d.Item, &d.Role, &d.Owner, &d.Terms,
		&d.Result, &d.Reason, &d.DecidedBy, &d.Means, &at)
	d.At = fromMicros(at)
	return d, err
}

const pointColumns = `kpi, as_of, revision, value, n, sd, low, high, source, method, scale_hash, recorded_at`

func scanPoint(row scanner) (store.KPIPoint, error) {
	var p store.KPIPoint
	var asOf, recorded int64
	err := row.Scan(&p.KPI, &asOf, &p.Revision, &p.Value, &p.N, &p.SD, &p.Low, &p.High, &p.Source, &p.Method,
		&p.ScaleHash, &recorded)
	p.AsOf, p.RecordedAt = fromMicros(asOf), fromMicros(recorded)
	return p, err
}

const stageColumns = `framework, stage, observed, attested, changed_at, reason, scorecard_hash`

func scanStage(row scanner, more ...any) (store.StageChange, error) {
	var s store.StageChange
	var at int64
	into := append([]any{&s.Framework, &s.Stage, &s.Observed, &s.Attested, &at, &s.Reason, &s.ScorecardHash}, more...)
	err := row.Scan(into...)
	s.At = fromMicros(at)
	return s, err
}

func scanMark(row scanner) (store.Mark, error) {
	var m store.Mark
	var since int64
	err := row.Scan(&m.Scope, &m.Key, &m.Value, &since)
	m.Since = fromMicros(since)
	return m, err
}
