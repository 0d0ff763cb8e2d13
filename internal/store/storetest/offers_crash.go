// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var offerCrashTests = map[string]func(*offers){
	"a crash at any write is repaired by doing all again": testOfferCrashes,
	"any order of calls does what a simple model does":    testOfferModel,
	"a closed store takes no offers":                      testOfferClosed,
}

// offerWrites is how many writes offerLife makes.
const offerWrites = 5

// offerLife asks one owner, who declines, and then another, who accepts, as processes do it that know nothing of each other.
func (o *offers) offerLife(f *FaultyOffers, assignment string) error {
	ctx := o.T.Context()
	for number, answer := range []store.OfferAnswer{declining, accepting} {
		offer := o.offer(assignment, number)
		if _, err := f.PublishOffer(ctx, offer, [16]byte{}); err != nil {
			return err
		}
		first, err := f.AnswerOffer(ctx, offer.Link, answer, noon)
		if err != nil {
			return err
		}
		o.equal("the answer", answeredAt(answer, noon), first)
	}
	return f.WithdrawOffer(ctx, o.id, assignment, "offer-1")
}

func testOfferCrashes(o *offers) {
	for k := range offerWrites {
		for _, after := range []bool{false, true} {
			count := 0
			hook := func(string) error {
				if count++; count == k+1 {
					return errCrash
				}
				return nil
			}
			f := &FaultyOffers{Offers: o.OfferStore}
			if f.BeforeWrite = hook; after {
				f.BeforeWrite, f.AfterWrite = nil, hook
			}
			assignment := fmt.Sprintf("crash-%d-%t", k, after)
			if err := o.offerLife(f, assignment); !errors.Is(err, errCrash) {
				o.Fatalf("nothing crashed at write %d: %v", k, err)
			}
			o.restart()
			f.Offers = o.OfferStore
			o.ok(o.offerLife(f, assignment))
			o.equal("writes", k+1+offerWrites, count)
			want := answeredAt(accepting, noon)
			o.published(o.offer(assignment, 1), &want)
			o.dead("the first owner's link", o.offer(assignment, 0).Link, noon)
		}
	}
}

// offerModel is what a store of offers does, in a few lines.
type offerModel struct {
	offers  map[store.OfferKey]store.Offer
	answers map[store.OfferKey]store.OfferAnswer
}

func (m *offerModel) publish(offer store.Offer, replaces [16]byte) store.Offer {
	known, ok := m.offers[offer.OfferKey]
	switch {
	case !ok || known.OfferID != offer.OfferID:
		delete(m.answers, offer.OfferKey)
	case known.LinkID != replaces:
		offer.LinkID, offer.Link, offer.ExpiresAt = known.LinkID, known.Link, known.ExpiresAt
	}
	m.offers[offer.OfferKey] = offer
	return offer
}

func (m *offerModel) answer(link [32]byte, answer store.OfferAnswer, now time.Time) (store.OfferAnswer, bool) {
	for key, offer := range m.offers {
		if offer.Link != link || !now.Before(offer.ExpiresAt) {
			continue
		}
		if first, ok := m.answers[key]; ok {
			return first, true
		}
		answer.At = now
		m.answers[key] = answer
		return answer, true
	}
	return store.OfferAnswer{}, false
}

func testOfferModel(o *offers) {
	ctx, random := o.T.Context(), rand.New(rand.NewPCG(5, 4))
	model := &offerModel{offers: map[store.OfferKey]store.Offer{}, answers: map[store.OfferKey]store.OfferAnswer{}}
	links := [][32]byte{{1}}
	answers := 0
	for step := range 600 {
		offer := o.offer(fmt.Sprint("a-", random.IntN(3)), random.IntN(3))
		name := fmt.Sprint("step ", step)
		id := hashOf(name)
		offer.LinkID, offer.Link, offer.ExpiresAt = [16]byte(id[:16]), hashOf("token "+name), at(5+random.IntN(10))
		now, link := at(random.IntN(12)), links[random.IntN(len(links))]
		switch random.IntN(4) {
		case 0:
			var replaces [16]byte
			if random.IntN(2) == 0 {
				replaces = model.offers[offer.OfferKey].LinkID
			}
			kept, err := o.PublishOffer(ctx, offer, replaces)
			o.ok(err)
			o.equal(name+": published", model.publish(offer, replaces), kept)
			links = append(links, offer.Link)
			links = links[max(0, len(links)-8):]
		case 1, 2:
			answer := []store.OfferAnswer{accepting, declining}[random.IntN(2)]
			want, taken := model.answer(link, answer, now)
			got, err := o.AnswerOffer(ctx, link, answer, now)
			if taken != (err == nil) || !taken && !errors.Is(err, store.ErrGone) {
				o.Fatalf("%s: taken: %t, want %t: %v", name, err == nil, taken, err)
			}
			o.equal(name+": answered", want, got)
			if taken {
				answers++
			}
		case 3:
			if random.IntN(3) == 0 && model.offers[offer.OfferKey].OfferID != offer.OfferID {
				delete(model.offers, offer.OfferKey)
				delete(model.answers, offer.OfferKey)
				o.ok(o.WithdrawOffer(ctx, o.id, offer.Assignment, offer.OfferID))
			}
		}
		o.like(model)
	}
	if answers < 20 {
		o.Fatalf("the steps led nowhere: %d answers", answers)
	}
}

// like compares the store with the model.
func (o *offers) like(m *offerModel) {
	o.Helper()
	answered := 0
	for i := range 3 {
		key := store.OfferKey{ProgramID: o.id, Assignment: fmt.Sprint("a-", i)}
		want, ok := m.offers[key]
		got, answer, err := o.PublishedOffer(o.T.Context(), key.ProgramID, key.Assignment)
		if !ok {
			o.refused("no offer", store.ErrGone, err)
			continue
		}
		o.ok(err)
		o.equal("offer", want, got)
		var given *store.OfferAnswer
		if first, ok := m.answers[key]; ok {
			given = &first
			answered++
		}
		o.equal("answer", given, answer)
	}
	keys, _, err := o.AnsweredOffers(o.T.Context(), 0)
	o.ok(err)
	o.equal("answered", answered, len(keys))
}

func testOfferClosed(o *offers) {
	offer := o.offer("nps", 1)
	o.publish(offer)
	o.ok(o.OfferStore.Close())
	ctx := context.Background()
	_, publishErr := o.PublishOffer(ctx, offer, [16]byte{})
	_, _, readErr := o.PublishedOffer(ctx, o.id, "nps")
	_, _, linkErr := o.OfferByLink(ctx, offer.Link, noon)
	_, answerErr := o.AnswerOffer(ctx, offer.Link, accepting, noon)
	_, _, listErr := o.AnsweredOffers(ctx, 0)
	for what, err := range map[string]error{"publish": publishErr, "withdraw": o.WithdrawOffer(ctx, o.id, "nps", ""), "read": readErr,
		"link": linkErr, "answer": answerErr, "list": listErr} {
		o.refused(what, store.ErrUnavailable, err)
	}
}
