// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // crashes are no news here
	os.Exit(m.Run())
}

// shoppers is how many people are asked.
const shoppers = 6

// noChannels takes note of nothing: mail goes to the mailboxes, whichever channels there are.
type noChannels struct{}

func (noChannels) Set(string, []cxv1.ContactChannel, func(cxv1.Ref) (delivery.Login, error)) map[string]error {
	return nil
}
func (noChannels) Remove(string) {}

// services are what the controllers of a process work with.
func (p *process) services() controllers.Services {
	asked := p.newPeople()
	return controllers.Services{
		Evidence: p.newStore(), People: asked, Offers: p.newOffers(), Links: people.Keys(),
		Sending: program.Sending{Allowed: func(string) bool { return true }, Channels: noChannels{}, Pauses: asked},
	}
}

// newPeople is the store of people, which fails once the process has crashed. Calls that change nothing are no writes.
func (p *process) newPeople() store.People {
	before := ""
	return &storetest.FaultyPeople{People: p.cluster.store, Faulty: storetest.Faulty{
		BeforeWrite: func(string) error {
			if p.crashed() {
				return errDown
			}
			before = p.cluster.digest()
			return nil
		},
		AfterWrite: func(operation string) error {
			if p.cluster.digest() == before {
				return nil
			}
			return p.wrote("people." + operation)
		},
	}}
}

// digest is of everything in the database.
func (c *cluster) digest() string {
	sum := sha256.New()
	for _, table := range texts(c.reader, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`) {
		columns := strings.Join(texts(c.reader, `SELECT 'coalesce(quote("' || name || '"), 0)' FROM pragma_table_info('`+table+`')`), ` || ',' || `)
		for _, row := range texts(c.reader, `SELECT `+columns+` AS line FROM "`+table+`" ORDER BY line`) {
			fmt.Fprintln(sum, table, row)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func texts(db *sql.DB, query string) (all []string) {
	rows, err := db.Query(query)
	if err != nil {
		panic(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			panic(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		panic(err)
	}
	return all
}

// deliver sends what is due, as another process would at any time, and reports whether that was anything.
func (s *stage) deliver() bool {
	s.Helper()
	if s.revision == 0 {
		return false // nobody has claimed the id yet
	}
	before := s.digest()
	s.boxes.Deliver(s.T, s.store, s.clock)
	return s.digest() != before
}

// sweep lets the janitor look, as one more controller.
func (s *stage) sweep() error {
	s.process.name = "janitor"
	if s.process.crashed() {
		return errDown
	}
	return surveywave.NewJanitor(s.client, s.process.newStore(), s.process.newPeople(), s.clock, nil).Sweep(s.Context())
}

func (s *stage) importContacts() {
	s.Helper()
	if _, err := s.store.ImportContacts(s.Context(), programID, "shopper", people.Each(people.Contacts("shopper", shoppers)), s.clock.Now()); err != nil {
		s.Fatal(err)
	}
}

// answer lets all shoppers answer, a second after each other; two detractors want to be called back.
func (s *stage) answer() {
	s.Helper()
	for n, values := range []string{`{"recommend":10}`, `{"recommend":2}`, `{"recommend":9}`, `{"recommend":6}`, `{"recommend":8}`, `{"recommend":10}`} {
		s.boxes.Answer(s.T, s.store, s.clock, "pulse", people.Address("shopper", n+1), values, people.MayContact)
		s.advance(time.Second)
	}
}

func (s *stage) followUps() (all []*cxv1.FollowUp) {
	s.Helper()
	for _, obj := range s.list(s.T, &cxv1.FollowUp{}) {
		all = append(all, obj.(*cxv1.FollowUp))
	}
	slices.SortFunc(all, func(a, b *cxv1.FollowUp) int { return a.Spec.Case.OpenedAt.Compare(b.Spec.Case.OpenedAt.Time) })
	return all
}

// inOrder lists a kind in an order that is the same in each run.
func (s *stage) inOrder(kind client.Object) []client.Object {
	s.Helper()
	if _, random := kind.(*cxv1.FollowUp); !random {
		return s.list(s.T, kind)
	}
	var objs []client.Object
	for _, f := range s.followUps() {
		objs = append(objs, f)
	}
	return objs
}

// peopleEnd is how people stand in the end: who was mailed how often, and each wave's rows.
func (s *stage) peopleEnd() string {
	s.Helper()
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(s.boxes.Invitations("pulse"))) {
		fmt.Fprintf(&b, "%s got %d\n", address, s.boxes.Invitations("pulse")[address])
	}
	evidence, err := s.store.Evidence(context.Background(), programID, store.EvidenceQuery{Now: s.clock.Now()})
	if err != nil {
		return b.String()
	}
	for _, wave := range evidence.Waves {
		key := store.WaveKey{ProgramID: programID, Survey: wave.Survey, Slot: wave.Slot}
		counts, err := s.store.AudienceCounts(context.Background(), key)
		if err != nil {
			s.Fatal(err)
		}
		published, err := s.store.PublishedWave(context.Background(), key)
		fmt.Fprintf(&b, "wave %s: page %s (%v), %+v\n", wave.Slot, published.State, err, counts)
		s.oncePerWave(key, counts)
	}
	return b.String()
}

// oncePerWave fails the test when somebody has several rows, none, or several invitations to a wave.
func (s *stage) oncePerWave(key store.WaveKey, counts store.AudienceCounts) {
	s.Helper()
	rows := counts.Invited
	for _, n := range counts.Skipped {
		rows += n
	}
	if rows != 0 && rows != shoppers {
		s.Errorf("wave %s: %d rows for %d contacts: %+v", key.Slot, rows, shoppers, counts)
	}
	for address, n := range s.boxes.InvitationsTo(key) {
		if n != 1 {
			s.Errorf("wave %s: %s got %d invitations", key.Slot, address, n)
		}
	}
}

// anonymous gives follow-ups, whose names follow from random keys, names by the order in which they were opened.
func (s *stage) anonymous(text string, evidence *store.Evidence) string {
	if evidence == nil {
		return text
	}
	for i, logged := range evidence.FollowUps {
		text = strings.ReplaceAll(text, logged.ID, fmt.Sprintf("follow-up-%d", i+1))
	}
	for i, f := range s.followUps() {
		text = strings.ReplaceAll(text, f.Spec.Case.AnswerKey, fmt.Sprintf("answer-%d", i+1))
	}
	return text
}

// pulse is the survey: it asks shoppers by mail every hour and calls back detractors.
func pulse(v *cxv1.Survey) {
	v.Spec.Schedule = cxv1.Schedule{Cron: "0 * * * *", MaxWaves: new(int32(4))}
	v.Spec.OpenFor, v.Spec.OwnerRef = "30m", "head-of-cx"
	v.Spec.Delivery, v.Spec.ContactConsent = &cxv1.Delivery{Channel: people.Channel}, cxv1.ConsentAsk
	v.Spec.FollowUpRules = []cxv1.FollowUpRule{{Name: "detractor", When: "a.recommend <= 6", JourneyRef: "buying", Touchpoint: "checkout"}}
}

// recommend is a KPI that the survey gives its values.
func recommend(k *cxv1.KPI) {
	k.Spec.Method, k.Spec.Class, k.Spec.GoalRef, k.Spec.OwnerRef = cxv1.MethodNPS, cxv1.KPIExperience, "loyalty", "head-of-cx"
	k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}}
}

// mailing lets a program write to people by one channel, at most ten times a week.
func mailing(p *cxv1.Program) {
	p.Spec.Channels = []cxv1.ContactChannel{{Name: people.Channel, File: &cxv1.FileChannel{}}}
	p.Spec.ContactRules = []cxv1.ContactRule{{AtMost: 10, Window: "7d"}}
	p.Spec.RootCauses = []string{"queue"}
}

func (s *stage) suspend(suspended bool) {
	s.Helper()
	p := build.Program()
	s.edit(p, func() { p.Spec.SuspendSending = suspended })
}

// callBack responds to each follow-up and closes the first.
func (s *stage) callBack() {
	s.Helper()
	for i, f := range s.followUps() {
		s.edit(f, func() {
			f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
			if i == 0 {
				f.Spec.Closing = &cxv1.Closing{RootCause: "queue", Resolution: "A second till is open."}
			}
		})
	}
}

// latestWave is the one that was made last.
func (s *stage) latestWave() *cxv1.SurveyWave {
	s.Helper()
	waves := s.list(s.T, &cxv1.SurveyWave{}) // by name, which is by time
	return waves[len(waves)-1].(*cxv1.SurveyWave)
}
