// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package persona_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/persona"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// counting is how often contacts were counted, each of which reads all of them.
type counting struct {
	persona.Contacts
	times int
}

func (c *counting) CountContacts(ctx context.Context, programID, persona string) (store.ContactCounts, error) {
	c.times++
	return c.Contacts.CountContacts(ctx, programID, persona)
}

// counted is a persona that a survey asks.
type counted struct {
	*world.World
	t        *testing.T
	people   *counting
	personas *persona.Reconciler
	shopper  *cxv1.Persona
}

func countedIn(t *testing.T) *counted {
	t.Helper()
	w := world.New(t)
	c := &counted{World: w, t: t, people: &counting{Contacts: w.People}, shopper: build.Persona("shopper")}
	c.personas = persona.New(w.Kit, c.people)
	c.Create(c.shopper, build.Survey("nps"))
	return c
}

// after is what the status counts some time later, as "known reachable optedOut invalid".
func (c *counted) after(d time.Duration) string {
	c.t.Helper()
	c.Clock.SetTime(c.Clock.Now().Add(d))
	c.Look(c.personas, c.shopper)
	n := c.shopper.Status.Contacts
	if n == nil {
		return "none"
	}
	return fmt.Sprint(n.Known, n.Reachable, n.OptedOut, n.Invalid)
}

func (c *counted) importShoppers(n int) {
	c.t.Helper()
	contacts := people.Each(people.Contacts("shopper", n))
	if _, err := c.People.ImportContacts(c.t.Context(), world.ProgramID, "shopper", contacts, c.Clock.Now()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counted) optOut(n int) {
	c.t.Helper()
	if err := c.People.OptOut(c.t.Context(), world.ProgramID, people.Address("shopper", n), "letter", c.Clock.Now()); err != nil {
		c.t.Fatal(err)
	}
}

func TestAPersonaCountsItsContacts(t *testing.T) {
	c := countedIn(t)
	if got := c.after(0); got != "0 0 0 0" {
		t.Errorf("at first %s", got)
	}
	c.Expect(c.shopper, cxv1.ConditionReachable, "False/NoContacts", "contacts import")
	c.Expect(c.shopper, cxv1.ConditionReady, "True/Ready", "")
	c.importShoppers(5)
	if got := c.after(time.Minute); got != "5 5 0 0" {
		t.Errorf("after an import %s", got)
	}
	c.Expect(c.shopper, cxv1.ConditionReachable, "True/ContactsReachable", "")
	c.optOut(1)
	c.optOut(2)
	if got := c.after(time.Minute); got != "5 3 2 0" {
		t.Errorf("after two opted out %s", got)
	}
	c.importShoppers(2)
	if got := c.after(time.Minute); got != "2 0 2 0" {
		t.Errorf("of those who are left %s", got)
	}
	c.Expect(c.shopper, cxv1.ConditionReachable, "False/NobodyReachable", "")
	c.Delete(build.Survey("nps"))
	c.after(time.Minute)
	c.Expect(c.shopper, cxv1.ConditionReachable, "absent", "")
}

// Contacts may be a million: they are counted when they changed, and then at most once a minute. Nothing ticks.
func TestContactsAreCountedWhenTheyChangedAndNotOftener(t *testing.T) {
	c := countedIn(t)
	c.importShoppers(5)
	c.after(0)
	if after := c.Look(c.personas, c.shopper); after != time.Minute {
		t.Errorf("looks again after %s", after)
	}
	c.optOut(1)
	if got := c.after(59 * time.Second); got != "5 5 0 0" || c.people.times != 1 {
		t.Errorf("within the minute %s, counted %d times", got, c.people.times)
	}
	if after := c.Look(c.personas, c.shopper); after != time.Second {
		t.Errorf("looks again after %s: what happens to the object puts it off", after)
	}
	if got := c.after(time.Second); got != "5 4 1 0" || c.people.times != 2 {
		t.Errorf("after the minute %s, counted %d times", got, c.people.times)
	}
	for range 10 {
		c.Clock.SetTime(c.Clock.Now().Add(time.Minute))
		c.Still(c.personas, c.shopper)
	}
	c.optOut(1) // again
	c.after(time.Minute)
	if c.people.times != 2 {
		t.Errorf("counted %d times though nothing changed", c.people.times)
	}
}

// The counts are the store's. A new process counts once, and writes nothing that stands there already.
func TestCountsOutliveTheProcessAndTheObject(t *testing.T) {
	c := countedIn(t)
	c.importShoppers(5)
	c.after(0)
	before := c.shopper.Status
	c.personas = persona.New(c.Kit, c.people)
	c.Still(c.personas, c.shopper)
	c.Delete(c.shopper)
	c.shopper = build.Persona("shopper")
	c.Create(c.shopper)
	c.after(0)
	if diff := cmp.Diff(before.Contacts, c.shopper.Status.Contacts); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestAStoreThatIsDownKeepsTheCounts(t *testing.T) {
	c := countedIn(t)
	c.importShoppers(5)
	c.after(0)
	if err := c.Store.Close(); err != nil {
		t.Fatal(err)
	}
	c.Clock.SetTime(c.Clock.Now().Add(time.Minute))
	if _, err := c.Try(c.personas, c.shopper); err == nil {
		t.Error("it is not tried again")
	}
	c.Expect(c.shopper, cxv1.ConditionReady, "Unknown/StoreUnavailable", "")
	if n := c.shopper.Status.Contacts; n == nil || n.Known != 5 {
		t.Errorf("contacts %+v", n)
	}
}
