// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// The canary is one respondent whose every word is unmistakable. Everything starts with what no other text has.
const (
	canarySong    = "zqxw"
	canary        = canarySong + "-canary@" + canarySong + ".example"
	canaryName    = "Zqxwina Zqxwsson"
	canaryText    = "ZQXW my order 4711 never came, call me at 0700 zqxw"
	canarySegment = canarySong + "-segment"
	bouncing      = canarySong + "-bounces@" + canarySong + ".example"
	waiting       = canarySong + "-waits@" + canarySong + ".example"
)

func inNamespace(name string) client.InNamespace { return client.InNamespace(name) }

// canaryWorld is the program that asks the canary and five others.
func canaryWorld(t *testing.T) (*asking, *cxv1.Survey) {
	t.Helper()
	a := newAsking(t, "canary", 1)
	a.post.Refuse(bouncing, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + bouncing + "> " + canaryName + " unknown"})
	a.post.Refuse(waiting, &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "mailbox of " + waiting + " is busy"})
	survey := build.Survey("pulse", func(s *cxv1.Survey) {
		s.Spec.OwnerRef, s.Spec.OpenFor, s.Spec.Schedule.Cron = "head-of-cx", "2h", "0 9 1 1 *"
		s.Spec.Questionnaire.Questions = append(s.Spec.Questionnaire.Questions, cxv1.Question{
			ID: "why", Type: cxv1.QuestionFreeText, Text: cxv1.LocalizedText{EN: "Why?"}, Answer: cxv1.AnswerOptional,
		})
		s.Spec.Delivery = &cxv1.Delivery{Channel: "mail", Body: cxv1.LocalizedText{EN: "Dear {name}, how was it at {organization}?"}}
		s.Spec.ContactConsent = cxv1.ConsentAsk
		s.Spec.FollowUpRules = []cxv1.FollowUpRule{{Name: "detractor", When: "a.recommend <= 6"}}
		s.Spec.PublishTo = []cxv1.Ref{"head-of-cx"}
	})
	a.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "cx-mail"}, StringData: map[string]string{"email": "reader@retail.example"}})
	a.createAll(
		build.Program(func(p *cxv1.Program) {
			p.Spec.ID, p.Spec.RootCauses, p.Spec.Channels = a.id, []string{"delivery"}, []cxv1.ContactChannel{a.post.Channel(t)}
		}),
		build.Owner("head-of-cx", func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "cx-mail" }), build.Persona("shopper"), survey,
		build.KPI("nps", func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Class = cxv1.MethodNPS, cxv1.KPIExperience
			k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}}
		}),
	)
	a.awaitReady(5)
	return a, survey
}

// canaryList is the list of contacts, in which every column of the canary's sings.
func canaryList() string {
	lines := []string{"email,name,language,segment"}
	for _, address := range []string{canary, bouncing, waiting} {
		lines = append(lines, fmt.Sprintf("%s,%s,en,%s", address, canaryName, canarySegment))
	}
	for n := range 5 {
		lines = append(lines, fmt.Sprintf("shopper-%d@retail.example,Shopper %d,en,plain", n, n))
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestOneRespondentIsFoundNowhereButInTheStore(t *testing.T) {
	a, survey := canaryWorld(t)
	logsBefore := len(operatorLog.String())
	seen := a.record()
	if status, says := a.importContacts("shopper", canaryList()); status != http.StatusOK {
		t.Fatalf("importing: %d %s", status, says)
	}
	// A list that is refused: its lines must not be repeated to anybody but whoever sent it.
	if status, _ := a.importContacts("shopper", "email,name\n"+canary+" twice@,"+canaryName+"\n"); status == http.StatusOK {
		t.Fatal("a bad list was taken")
	}
	a.waveNow(survey)
	a.answer(canary, url.Values{"q.recommend": {"2"}, "q.why": {canaryText}, "_contact": {"yes"}})
	for n := range 5 {
		a.answer(fmt.Sprintf("shopper-%d@retail.example", n), url.Values{"q.recommend": {"9"}})
	}
	a.closeTheLoop()
	a.close(a.theWave("counted", func(w *cxv1.SurveyWave) bool { return w.Status.Counts != nil && w.Status.Counts.Accepted == 6 }))
	a.theWave("closed and published", func(w *cxv1.SurveyWave) bool {
		return w.Status.Phase == cxv1.WaveClosed && w.Status.PublishedAt != nil
	})
	a.await("the KPI to have a value", func() string {
		k := build.KPI("nps")
		a.Get(k)
		return map[bool]string{true: "", false: fmt.Sprintf("%+v", k.Status)}[k.Status.Value == "66.67"]
	})
	a.expectCanaryInStore()
	a.optOut(canary)
	if erased, err := a.people.EraseContact(t.Context(), a.id, canary, a.clock.Now()); err != nil || erased.Answers != 1 {
		t.Fatalf("erased %+v: %v", erased, err)
	}
	a.awaitRest()

	places := map[string]string{
		"objects of any kind": a.dump(), "earlier versions of objects": seen(), "the operator's log": operatorLog.String()[logsBefore:],
		"the log of the pages": a.pagesLog.String(), "the operator's metrics": a.metrics(),
		"the mail to owners": strings.Join(a.post.To("reader@retail.example"), "\n"),
	}
	if status, text := a.get("http://" + a.ops + "/metrics"); status == http.StatusOK {
		places["the metrics of the pages"] = text
	}
	for place, text := range places {
		hits := regexp.MustCompile(`(?i).{0,60}`+canarySong+`.{0,60}`).FindAllString(text, 3)
		t.Logf("%s: %d bytes, %d hits", place, len(text), len(hits))
		if len(hits) > 0 || text == "" {
			t.Errorf("%s: %q", place, hits)
		}
	}
}

// closeTheLoop waits for the follow-up of the canary's answer and closes it.
func (a *asking) closeTheLoop() {
	a.Helper()
	followUps := &cxv1.FollowUpList{}
	a.await("one follow-up for head-of-cx", func() string {
		if err := a.Client.List(a.Context(), followUps, inNamespace(a.Namespace)); err != nil {
			a.Fatal(err)
		}
		a.acceptOffers() // who has not accepted answers for nothing
		if len(followUps.Items) != 1 || followUps.Items[0].Status.Owner != "head-of-cx" {
			return fmt.Sprintf("there are %+v", followUps.Items)
		}
		return ""
	})
	edit(a.world, &followUps.Items[0], func(f *cxv1.FollowUp) {
		f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
		f.Spec.Closing = &cxv1.Closing{RootCause: "delivery", Resolution: "It was sent again."}
	})
	a.await("it to be closed", func() string {
		a.Get(&followUps.Items[0])
		return map[bool]string{true: "", false: fmt.Sprintf("%+v", followUps.Items[0].Status)}[followUps.Items[0].Status.Phase == cxv1.FollowUpClosed]
	})
}

// expectCanaryInStore proves that there was something to find.
func (a *asking) expectCanaryInStore() {
	a.Helper()
	evidence, err := a.people.Evidence(a.Context(), a.id, store.EvidenceQuery{Now: a.clock.Now()})
	if err != nil || len(evidence.Waves) != 1 || evidence.Waves[0].Counts.Responded != 6 || evidence.Waves[0].Counts.Bounced != 1 {
		a.Fatalf("the store has %+v: %v", evidence, err)
	}
	found := false
	for answer, err := range a.people.WaveAnswers(a.Context(), store.WaveKey{ProgramID: a.id, Survey: "pulse", Slot: evidence.Waves[0].Slot}) {
		if err != nil {
			a.Fatal(err)
		}
		found = found || (strings.Contains(string(answer.Values), canaryText) && answer.Attributes["segment"] == canarySegment)
	}
	if letters := a.post.To(canary); !found || len(letters) != 1 || !strings.Contains(letters[0], canaryName) {
		a.Fatalf("the canary's answer is in the store: %t; their letters:\n%s", found, letters)
	}
}

func (a *asking) optOut(address string) {
	a.Helper()
	page := a.link(address, optOutLink)
	if status, _ := a.get(page); status != http.StatusOK {
		a.Fatalf("the opt-out page: %d", status)
	}
	if status, says := a.postForm(page, url.Values{"_do": {"optout"}}); status != http.StatusOK {
		a.Fatalf("opting out: %d\n%s", status, says)
	}
	counts, err := a.people.CountContacts(a.Context(), a.id, "shopper")
	if err != nil || counts.OptedOut != 1 || counts.Invalid != 1 {
		a.Fatalf("contacts: %+v, %v", counts, err)
	}
}

// record keeps every version of every object of ours, and every event, from now on. What it returns ends it.
func (a *asking) record() (seen func() string) {
	a.Helper()
	ctx, cancel := context.WithCancel(a.Context())
	versions := &writings{}
	for _, list := range append(lists(), &eventsv1.EventList{}) {
		watched, err := a.Client.Watch(ctx, list, inNamespace(a.Namespace))
		if err != nil {
			a.Fatal(err)
		}
		go func() {
			defer watched.Stop()
			for event := range watched.ResultChan() {
				_ = json.NewEncoder(versions).Encode(event.Object) // what cannot be encoded was never stored
			}
		}()
	}
	return func() string {
		cancel()
		return versions.String()
	}
}

// dump is everything that the API server has, of every kind, with managed fields and events.
func (a *asking) dump() string {
	a.Helper()
	found, err := discovery.NewDiscoveryClientForConfigOrDie(a.Config).ServerPreferredResources()
	if err != nil {
		a.Fatal(err)
	}
	all := dynamic.NewForConfigOrDie(a.Config)
	var b strings.Builder
	kinds := 0
	for _, group := range found {
		version, err := schema.ParseGroupVersion(group.GroupVersion)
		if err != nil {
			a.Fatal(err)
		}
		for _, resource := range group.APIResources {
			if !strings.Contains(strings.Join(resource.Verbs, " "), "list") {
				continue
			}
			list, err := all.Resource(version.WithResource(resource.Name)).List(a.Context(), metav1.ListOptions{})
			if err != nil {
				a.Fatalf("list %s: %v", resource.Name, err)
			}
			if err := json.NewEncoder(&b).Encode(list); err != nil {
				a.Fatal(err)
			}
			kinds++
		}
	}
	for _, must := range []string{`"kind":"FollowUp"`, `"kind":"SurveyWave"`, `"kind":"Secret"`, `"kind":"Event"`, `"managedFields"`} {
		if !strings.Contains(b.String(), must) {
			a.Errorf("%d kinds were listed, but nothing with %s", kinds, must)
		}
	}
	return b.String()
}

func (a *asking) metrics() string {
	a.Helper()
	ours := prometheus.NewRegistry()
	ours.MustRegister(a.figures)
	families, err := prometheus.Gatherers{metrics.Registry, ours}.Gather()
	if err != nil {
		a.Fatal(err)
	}
	text := fmt.Sprint(families)
	if !strings.Contains(text, "cx_survey_invitations") {
		a.Error("the metrics do not have the wave's")
	}
	return text
}
