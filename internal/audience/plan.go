// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Why a contact is not invited, in the order in which it is looked at: the first reason counts.
const (
	SkipOptOut      = "optOut"
	SkipInvalid     = "invalid"
	SkipDuplicate   = "duplicate"
	SkipNotSampled  = "notSampled"
	SkipContactRule = "contactRule"
	// SkipDeferredExpired: the wave closes before they may be written to.
	SkipDeferredExpired = "deferredExpired"
)

// Spec is what a wave says about who is asked, and when.
type Spec struct {
	Wave store.WaveKey
	// ProgramRules look at invitations of all surveys, SurveyRules at those of the wave's survey.
	ProgramRules, SurveyRules []Rule
	// Percent, 1 to 100, or Size limit how many are asked; both 0 means everybody.
	Percent, Size int64
	Quiet         QuietHours
	// Zone is for contacts whose own zone is not known.
	Zone *time.Location
	// Spread is the time over which invitations are spread, from when the wave opens or, if that is later, from now.
	Spread            time.Duration
	OpensAt, ClosesAt time.Time
	// Reminders are how long after the invitation people are reminded.
	Reminders []time.Duration
}

// SpecOf reads a wave. The error says which of its fields makes no sense.
func SpecOf(programID string, rules []cxv1.ContactRule, wave cxv1.WaveTemplate) (Spec, error) {
	s := Spec{Wave: store.WaveKey{ProgramID: programID, Survey: string(wave.Survey), Slot: wave.Slot}, Zone: time.UTC,
		OpensAt: wave.OpensAt.Time, ClosesAt: wave.ClosesAt.Time}
	var errs [5]error
	s.ProgramRules, errs[0] = RulesOf(rules)
	s.SurveyRules, errs[1] = RulesOf(wave.ContactRules)
	s.Quiet, errs[2] = QuietOf(wave.QuietHours)
	if len(s.ProgramRules) == 0 {
		s.ProgramRules = []Rule{DefaultRule}
	}
	if wave.TimeZone != "" {
		s.Zone, errs[3] = zone(wave.TimeZone)
	}
	if wave.Sampling != nil {
		if wave.Sampling.Percent != nil {
			s.Percent = int64(*wave.Sampling.Percent)
		}
		if wave.Sampling.Size != nil {
			s.Size = *wave.Sampling.Size
		}
	}
	s.Spread = wave.SpreadOver.Or(0)
	for _, text := range wave.Reminders {
		after, err := text.Parse()
		if err != nil {
			errs[4] = fmt.Errorf("reminders: %w", err)
		}
		s.Reminders = append(s.Reminders, after)
	}
	return s, errors.Join(errs[:]...)
}

// Decision is what becomes of a contact.
type Decision struct {
	// Skip is why they are not invited; empty when they are.
	Skip string
	// SendAt is when, Reminders when they are reminded unless they have finished.
	SendAt    time.Time
	Reminders []time.Time
}

// Plan decides about every contact of one wave.
type Plan struct {
	// Counts is what Decide comes to, as of when the plan was made.
	Counts Counts
	// Hash identifies whom the wave is for: the wave and the keys and addresses of all who were drawn. Contact rules and times
	// are not in it: they only make the audience smaller as time goes by, and an approval must not end with every hour.
	Hash string
	// FirstAt and LastAt are when the first and the last invitation are to be sent; zero when there is none.
	FirstAt, LastAt time.Time

	spec  Spec
	start time.Time
	// last is the largest ticket that wins when the size is fixed.
	last ticket

	mu        sync.Mutex
	timelines map[string]*zoneTime
}

// zoneTime is a zone and the timeline of a wave in it.
type zoneTime struct {
	zone     *time.Location
	timeline timeline
}

var errOrder = errors.New("candidates must come in order of their keys, each once")

// Prepare makes the plan of a wave from all its candidates, in order of their keys. It invites nobody: for a dry run, that is
// all. The error is that of the sequence.
func Prepare(spec Spec, candidates iter.Seq2[store.Candidate, error], now time.Time) (*Plan, error) {
	p := &Plan{spec: spec, start: later(spec.OpensAt, now), timelines: map[string]*zoneTime{}}
	p.Counts.Skipped = map[string]int64{}
	drawn := newAudienceHash(spec.Wave)
	var winners tickets
	previous := ""
	for c, err := range candidates {
		if err != nil {
			return nil, err
		}
		if p.Counts.Known > 0 && c.Key <= previous {
			return nil, errOrder
		}
		previous = strings.Clone(c.Key)
		p.Counts.Known++
		decision, ticket := p.before(c)
		switch {
		case decision.Skip != "":
			p.count(decision)
		case spec.Size > 0:
			p.Counts.Eligible++
			ticket.verdict, ticket.address = p.after(c), c.Address
			winners.add(ticket, spec.Size)
		default:
			p.Counts.Eligible++
			drawn.add(c.Key, c.Address)
			p.countDrawn(p.after(c))
		}
	}
	p.settle(winners, drawn)
	p.Hash = drawn.text()
	return p, nil
}

// settle counts the winners of a draw of fixed size.
func (p *Plan) settle(winners tickets, drawn audienceHash) {
	if p.spec.Percent > 0 { // those who were not drawn are eligible, too
		p.Counts.Eligible += p.Counts.Skipped[SkipNotSampled]
	}
	if p.spec.Size <= 0 {
		return
	}
	if len(winners) > 0 {
		p.last = winners[0]
	}
	if lost := p.Counts.Eligible - int64(len(winners)); lost > 0 {
		p.Counts.Skipped[SkipNotSampled] = lost
	}
	slices.SortFunc(winners, func(a, b ticket) int { return strings.Compare(a.key, b.key) })
	for _, t := range winners {
		drawn.add(t.key, t.address)
		p.countDrawn(t.verdict)
	}
}

func (p *Plan) countDrawn(d Decision) {
	p.Counts.Sampled++
	p.count(d)
}

func (p *Plan) count(d Decision) {
	if d.Skip != "" {
		p.Counts.Skipped[d.Skip]++
		return
	}
	p.Counts.Invited++
	if p.FirstAt.IsZero() || d.SendAt.Before(p.FirstAt) {
		p.FirstAt = d.SendAt
	}
	p.LastAt = later(p.LastAt, d.SendAt)
}

// Decide says what becomes of a contact. It is safe for concurrent use, and depends on the plan and the contact alone.
func (p *Plan) Decide(c store.Candidate) Decision {
	decision, ticket := p.before(c)
	if decision.Skip != "" {
		return decision
	}
	if p.spec.Size > 0 && ticket.compare(p.last) > 0 {
		return Decision{Skip: SkipNotSampled}
	}
	return p.after(c)
}

// Verdict is Decide in the form that store.Invite takes. link is called for those who are invited.
func (p *Plan) Verdict(c store.Candidate, link func() store.Link) store.Verdict {
	d := p.Decide(c)
	if d.Skip != "" {
		return store.Verdict{Skip: d.Skip}
	}
	return store.Verdict{Link: link(), SendAt: d.SendAt, Reminders: d.Reminders}
}

// before is what is decided without knowing the other contacts; the ticket is for a draw of fixed size.
func (p *Plan) before(c store.Candidate) (Decision, ticket) {
	switch {
	case c.OptedOut:
		return Decision{Skip: SkipOptOut}, ticket{}
	case c.Invalid:
		return Decision{Skip: SkipInvalid}, ticket{}
	case c.Duplicate:
		return Decision{Skip: SkipDuplicate}, ticket{}
	}
	if _, err := NormalizeAddress(c.Address); err != nil {
		return Decision{Skip: SkipInvalid}, ticket{}
	}
	t := ticket{draw: draw("sample", p.spec.Wave, c.Key), key: c.Key}
	if p.spec.Percent > 0 && int64(below(t.draw, 100)) >= p.spec.Percent {
		return Decision{Skip: SkipNotSampled}, t
	}
	return Decision{}, t
}

// after is what is decided about those who were drawn.
func (p *Plan) after(c store.Candidate) Decision {
	z := p.zoneTime(c.TimeZone)
	at := p.spec.Quiet.Next(z.timeline.at(draw("send", p.spec.Wave, c.Key)), z.zone)
	if !Allowed(p.spec.ProgramRules, p.spec.SurveyRules, c.Invited, p.spec.Wave.Survey, at) {
		return Decision{Skip: SkipContactRule}
	}
	if !at.Before(p.spec.ClosesAt) {
		return Decision{Skip: SkipDeferredExpired}
	}
	d := Decision{SendAt: at}
	for _, after := range slices.Sorted(slices.Values(p.spec.Reminders)) {
		remindAt := p.spec.Quiet.Next(at.Add(after), z.zone)
		previous := at
		if n := len(d.Reminders); n > 0 {
			previous = d.Reminders[n-1]
		}
		if remindAt.After(previous) && remindAt.Before(p.spec.ClosesAt) {
			d.Reminders = append(d.Reminders, remindAt)
		}
	}
	return d
}

// zoneTime knows the zones that it was asked for.
func (p *Plan) zoneTime(name string) *zoneTime {
	p.mu.Lock()
	defer p.mu.Unlock()
	if z, ok := p.timelines[name]; ok {
		return z
	}
	z := &zoneTime{zone: p.spec.Zone}
	if own, err := zone(name); err == nil {
		z.zone = own
	}
	end := p.start.Add(p.spec.Spread)
	if p.spec.ClosesAt.Before(end) {
		end = p.spec.ClosesAt
	}
	z.timeline = p.spec.Quiet.timeline(p.start, end, z.zone)
	p.timelines[strings.Clone(name)] = z
	return z
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// audienceHash is over length and text of everything that is added.
type audienceHash struct{ hash.Hash }

func newAudienceHash(wave store.WaveKey) audienceHash {
	h := audienceHash{sha256.New()}
	h.add(wave.ProgramID, wave.Survey, wave.Slot)
	return h
}

func (h audienceHash) add(texts ...string) {
	for _, text := range texts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
}

func (h audienceHash) text() string { return hex.EncodeToString(h.Sum(nil)) }
