// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// maxSteps is more than a line has, and everything that can be due for one claim at once.
const maxSteps = 100

// Settle decides until there is nothing to record any more, as a controller does that records at once: decisions and offers that
// lapsed become part of the decisions, and what is waited for is marked as of now. The input that it returns has them, and records
// are the decisions among them that nobody had recorded.
func Settle(in Input) (plan Plan, settled Input, records []store.Decision) {
	in.Decisions = in.Decisions[:len(in.Decisions):len(in.Decisions)]
	for range maxSteps {
		plan = Decide(in)
		marks := plan.Marks()
		switch {
		case plan.Record != nil:
			in.Decisions = append(in.Decisions, *plan.Record)
			records = append(records, *plan.Record)
		case !in.Waiting.Knows(marks):
			in.Waiting = in.Waiting.mark(marks, in.Now)
		default:
			return plan, in, records
		}
	}
	return plan, in, records
}

// mark is With for a store that is marked now: what has its value keeps the instant since when it has it.
func (w Waiting) mark(values map[string]string, now time.Time) Waiting {
	since := make(map[string]time.Time, len(values))
	for key, value := range values {
		since[key] = now
		if known, found := w[key]; found && known.Value == value && !known.Since.IsZero() {
			since[key] = known.Since
		}
	}
	return w.With(values, since)
}

// Turn is one who is asked, and what comes of it when nobody ever says anything.
type Turn struct {
	// Owner is asked; OfferID is the offer.
	Owner, OfferID string
	// Until is when the time to decide is over. Lapses says that the offer goes to somebody else then; else it stays open.
	Until  time.Time
	Lapses bool
}

// Silence is who is asked one after the other, beginning with the one asked now, when nobody says anything; and who answers for it
// in the end, "" when nobody does. Confirmations of what somebody has already are no turns.
func Silence(in Input) (turns []Turn, finally string) {
	plan, in, _ := Settle(in)
	for range maxSteps {
		c := look(in, decisionsAbout(in.Claim, in.Decisions))
		switch {
		case c.asked == "" || c.verify || c.trusted:
			return turns, plan.Owner
		case !c.open: // the one named does not exist; it is waited a while whether they come
			in.Now = c.made
		default:
			turns = append(turns, Turn{Owner: c.asked, OfferID: c.offer, Until: c.deadline, Lapses: c.lapses})
			in.Now = c.deadline
		}
		if c.open && !c.lapses {
			return turns, plan.Owner
		}
		plan, in, _ = Settle(in)
	}
	return turns, plan.Owner
}

// Overdue reports whether the one who is asked has had their time, and nobody comes next.
func (p Plan) Overdue() bool { return p.WaitsFor != "" && p.Reason == v1alpha1.ReasonUndecided }
