// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// OfferStore keeps offers beside evidence.
type OfferStore interface {
	store.Store
	store.Offers
}

// RunOffers runs the conformance suite of store.Offers. fresh makes one empty database, removed when its test ends, and
// returns a function that opens it; the suite calls that again after Close.
func RunOffers(t *testing.T, fresh func(t *testing.T) (open func() OfferStore)) {
	t.Helper()
	for _, tests := range []map[string]func(*offers){offerTests, offerRuleTests, offerCrashTests} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // they wait for the disk most of the time
				o := &offers{suite: &suite{T: t, id: usual}, reopen: fresh(t)}
				o.use(o.reopen())
				t.Cleanup(func() { _ = o.OfferStore.Close() })
				o.claimed()
				test(o)
			})
		}
	}
}

var offerTests = map[string]func(*offers){
	"an offer is read as it was published":                       testOfferRead,
	"another offer revokes the one before and its answer":        testOfferRevoked,
	"the same offer keeps its link and its answer":               testOfferKept,
	"a link takes another one's place only when that is named":   testOfferRelinked,
	"the first answer is final":                                  testOfferAnswered,
	"nothing is taken after the link has expired":                testOfferExpires,
	"a withdrawn offer is gone, and the one that is named stays": testOfferWithdrawn,
	"answers are found by revision":                              testOfferRevisions,
}

// offers is one test on one database. Its program is claimed.
type offers struct {
	*suite
	OfferStore
	reopen func() OfferStore
}

func (o *offers) use(s OfferStore) { o.OfferStore, o.suite.Store = s, s }

// restart closes the store and opens it again.
func (o *offers) restart() {
	o.Helper()
	o.ok(o.OfferStore.Close())
	o.use(o.reopen())
}

// offer is one about an assignment; number tells the offers about it apart.
func (o *offers) offer(assignment string, number int) store.Offer {
	return offerOf(o.id, assignment, number)
}

func offerOf(program, assignment string, number int) store.Offer {
	name := fmt.Sprint(program, "/", assignment, "/", number)
	id := hashOf("id " + name)
	return store.Offer{OfferKey: store.OfferKey{ProgramID: program, Assignment: assignment}, OfferID: fmt.Sprint("offer-", number),
		Owner: "head-of-cx", Page: []byte(`{"organization":"Acme"}`), LinkID: [16]byte(id[:16]), Link: hashOf("decide " + name), ExpiresAt: at(14)}
}

var (
	accepting = store.OfferAnswer{Result: store.Accepted}
	declining = store.OfferAnswer{Result: store.Declined, Reason: "not my shop"}
)

func (o *offers) publish(offer store.Offer) store.Offer {
	o.Helper()
	kept, err := o.PublishOffer(o.T.Context(), offer, [16]byte{})
	o.ok(err)
	return kept
}

func (o *offers) answer(offer store.Offer, answer store.OfferAnswer, now time.Time) store.OfferAnswer {
	o.Helper()
	first, err := o.AnswerOffer(o.T.Context(), offer.Link, answer, now)
	o.ok(err)
	return first
}

func answeredAt(answer store.OfferAnswer, now time.Time) store.OfferAnswer {
	answer.At = now
	return answer
}

// published expects an offer and the answer to it, by its name and by its link.
func (o *offers) published(want store.Offer, answer *store.OfferAnswer) {
	o.Helper()
	got, given, err := o.PublishedOffer(o.T.Context(), want.ProgramID, want.Assignment)
	o.ok(err)
	o.equal("offer", want, got)
	o.equal("answer", answer, given)
	got, given, err = o.OfferByLink(o.T.Context(), want.Link, noon)
	o.ok(err)
	o.equal("offer by its link", want, got)
	o.equal("answer by its link", answer, given)
}

// dead expects that a link takes nothing.
func (o *offers) dead(what string, link [32]byte, now time.Time) {
	o.Helper()
	_, _, err := o.OfferByLink(o.T.Context(), link, now)
	o.refused(what+", read", store.ErrGone, err)
	_, err = o.AnswerOffer(o.T.Context(), link, accepting, now)
	o.refused(what+", answered", store.ErrGone, err)
}

// answered are the names of the assignments whose offers were answered after a revision.
func (o *offers) answered(after int64) (names []string, revision int64) {
	o.Helper()
	keys, revision, err := o.AnsweredOffers(o.T.Context(), after)
	o.ok(err)
	for _, key := range keys {
		names = append(names, key.ProgramID+"/"+key.Assignment)
	}
	return names, revision
}

func testOfferRead(o *offers) {
	offer := o.offer("nps", 1)
	o.dead("an unknown link", offer.Link, noon)
	_, _, err := o.PublishedOffer(o.T.Context(), o.id, "nps")
	o.refused("an assignment without an offer", store.ErrGone, err)
	o.changes("an offer is no evidence", 0, func() {
		o.equal("returned", offer, o.publish(offer))
		o.published(offer, nil)
		o.publish(o.offer("csat", 1))
		o.restart()
		o.published(offer, nil)
		got := answeredAt(declining, at(1))
		o.equal("first answer", got, o.answer(offer, declining, at(1)))
		o.restart()
		o.published(offer, &got)
	})
	local := o.offer("local", 1)
	local.ExpiresAt = at(14).Add(789 * time.Nanosecond).In(time.FixedZone("east", 5*3600))
	if kept := o.publish(local); kept.ExpiresAt != at(14) { // the very same value: no zone, no nanoseconds
		o.Fatalf("expires at %v, want %v", kept.ExpiresAt, at(14))
	}
}

func testOfferRevoked(o *offers) {
	first, second := o.offer("nps", 1), o.offer("nps", 2)
	o.publish(first)
	o.answer(first, declining, noon)
	o.equal("the newer one", second, o.publish(second))
	o.dead("the link of the older offer", first.Link, noon)
	o.published(second, nil)
	o.publish(first) // the first owner is asked again, under the same id
	o.published(first, nil)
	o.dead("the link of the offer between", second.Link, noon)
}

func testOfferKept(o *offers) {
	offer, again := o.offer("nps", 1), o.offer("nps", 1)
	o.publish(offer)
	again.LinkID, again.Link, again.ExpiresAt = [16]byte{9}, hashOf("another token"), at(30)
	again.Owner, again.Page = "ceo", []byte(`{"organization":"Acme Inc."}`)
	want := offer
	want.Owner, want.Page = again.Owner, again.Page
	o.equal("published again", want, o.publish(again))
	o.published(want, nil)
	o.dead("the link that was not taken over", again.Link, noon)
	answer := o.answer(offer, accepting, at(1))
	o.equal("published once more", offer, o.publish(offer))
	o.published(offer, &answer)

	// Of many who publish at once each gets the link that counts.
	kept := make([]store.Offer, callers)
	for _, err := range together(func(i int) (err error) {
		mine := o.offer("csat", 1)
		mine.LinkID, mine.Link = [16]byte{1, byte(i)}, hashOf(fmt.Sprint("token ", i))
		kept[i], err = o.PublishOffer(o.T.Context(), mine, [16]byte{})
		return err
	}) {
		o.ok(err)
	}
	for _, offer := range kept {
		o.equal("the link", kept[0], offer)
	}
	o.published(kept[0], nil)
}

func testOfferRelinked(o *offers) {
	offer, newer := o.offer("nps", 1), o.offer("nps", 1)
	o.publish(offer)
	answer := o.answer(offer, accepting, at(1))
	newer.LinkID, newer.Link, newer.ExpiresAt = [16]byte{9}, hashOf("a newer token"), at(30)
	for _, replaces := range [][16]byte{{7}, newer.LinkID} {
		kept, err := o.PublishOffer(o.T.Context(), newer, replaces)
		o.ok(err)
		o.equal("a link that it does not have was named", offer, kept)
	}
	kept, err := o.PublishOffer(o.T.Context(), newer, offer.LinkID)
	o.ok(err)
	o.equal("its link was named", newer, kept)
	o.published(newer, &answer)
	o.dead("the link before", offer.Link, noon)
	o.equal("the answer stays", answer, o.answer(newer, declining, at(2)))
}

func testOfferAnswered(o *offers) {
	offer := o.offer("nps", 1)
	o.publish(offer)
	first := o.answer(offer, declining, at(1))
	o.equal("first", answeredAt(declining, at(1)), first)
	_, revision := o.answered(0)
	o.equal("the other way round", first, o.answer(offer, accepting, at(2)))
	o.equal("the same again", first, o.answer(offer, declining, at(3)))
	o.published(offer, &first)
	_, later := o.answered(0)
	o.equal("revision", revision, later)

	contested := o.offer("csat", 1)
	o.publish(contested)
	results := make([]store.OfferAnswer, callers)
	for _, err := range together(func(i int) (err error) {
		answer := declining
		answer.Reason = fmt.Sprint("caller ", i)
		results[i], err = o.AnswerOffer(o.T.Context(), contested.Link, answer, at(1))
		return err
	}) {
		o.ok(err)
	}
	for _, result := range results {
		o.equal("everybody gets the first", results[0], result)
	}
	o.published(contested, &results[0])
	o.equal("one answer", 1, func() int { names, _ := o.answered(later); return len(names) }())
}

func testOfferExpires(o *offers) {
	open, done := o.offer("nps", 1), o.offer("csat", 1)
	o.publish(open)
	o.publish(done)
	first := o.answer(done, accepting, at(1))
	last := open.ExpiresAt.Add(-time.Microsecond)
	for _, offer := range []store.Offer{open, done} {
		_, _, err := o.OfferByLink(o.T.Context(), offer.Link, last)
		o.ok(err)
		o.dead("expired", offer.Link, offer.ExpiresAt)
		o.dead("long expired", offer.Link, at(400))
	}
	_, given, err := o.PublishedOffer(o.T.Context(), o.id, "csat") // the controller may come late
	o.ok(err)
	o.equal("the answer", &first, given)
	o.answer(open, accepting, last)
}

func testOfferWithdrawn(o *offers) {
	o.ok(o.WithdrawOffer(o.T.Context(), o.id, "nps", ""))
	o.ok(o.WithdrawOffer(o.T.Context(), "nobody", "nps", ""))
	offer := o.offer("nps", 1)
	o.publish(offer)
	first := o.answer(offer, accepting, noon)
	o.ok(o.WithdrawOffer(o.T.Context(), o.id, "nps", offer.OfferID))
	o.ok(o.WithdrawOffer(o.T.Context(), o.id, "csat", ""))
	o.ok(o.WithdrawOffer(o.T.Context(), "other", "nps", ""))
	o.published(offer, &first)
	for range 2 {
		o.ok(o.WithdrawOffer(o.T.Context(), o.id, "nps", "offer-2"))
		o.dead("withdrawn", offer.Link, noon)
		_, _, err := o.PublishedOffer(o.T.Context(), o.id, "nps")
		o.refused("withdrawn", store.ErrGone, err)
	}
	o.publish(offer)
	o.published(offer, nil)
}

func testOfferRevisions(o *offers) {
	names, start := o.answered(0)
	o.equal("without any", 0, len(names))
	for _, name := range []string{"a", "b", "c"} {
		o.publish(o.offer(name, 1))
	}
	o.answer(o.offer("b", 1), accepting, at(2))
	o.answer(o.offer("a", 1), accepting, at(1))
	names, two := o.answered(start)
	o.equal("in the order of answers", []string{"acme/b", "acme/a"}, names)
	names, same := o.answered(two)
	o.equal("nothing new", 0, len(names))
	o.equal("revision", two, same)

	// The one with the greatest revision goes; what comes next must still be found.
	o.ok(o.WithdrawOffer(o.T.Context(), o.id, "a", ""))
	o.restart()
	_, same = o.answered(two)
	o.equal("revision, which does not go back", two, same)
	o.answer(o.offer("c", 1), declining, noon)
	names, _ = o.answered(two)
	o.equal("after a withdrawal", []string{"acme/c"}, names)
	names, _ = o.answered(0)
	o.equal("all that are there", []string{"acme/b", "acme/c"}, names)

	o.missesNone()
}

// missesNone answers many offers at once while somebody goes from revision to revision.
func (o *offers) missesNone() {
	o.Helper()
	_, revision := o.answered(0)
	var want []string
	for i := range callers {
		o.publish(o.offer(fmt.Sprintf("many-%03d", i), 1))
		want = append(want, fmt.Sprintf("acme/many-%03d", i))
	}
	done := make(chan []error, 1)
	go func() {
		done <- together(func(i int) error {
			_, err := o.AnswerOffer(o.T.Context(), o.offer(fmt.Sprintf("many-%03d", i), 1).Link, accepting, noon)
			return err
		})
	}()
	var seen, names []string
	for running := true; running; {
		select {
		case errs := <-done:
			for _, err := range errs {
				o.ok(err)
			}
			running = false
		default:
		}
		names, revision = o.answered(revision)
		seen = append(seen, names...)
	}
	slices.Sort(seen)
	o.equal("each is seen once", want, seen)
}
