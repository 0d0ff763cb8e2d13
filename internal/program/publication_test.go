// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func endedWave(change ...func(*cxv1.SurveyWave)) *cxv1.SurveyWave {
	return build.SurveyWave("pulse-20270104t0900", append([]func(*cxv1.SurveyWave){func(w *cxv1.SurveyWave) {
		w.Spec.Template.PublishTo = []cxv1.Ref{"head-of-cx", "head-of-stores"}
		w.Status.Phase, w.Status.ClosedAt = cxv1.WaveClosed, new(build.At(14*24*time.Hour))
	}}, change...)...)
}

func published(status metav1.ConditionStatus) func(*cxv1.SurveyWave) {
	return func(w *cxv1.SurveyWave) {
		w.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionPublished, Status: status}}
	}
}

func TestOnlyClosedWavesThatSomebodyWaitsForArePublished(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.SurveyWave)
		want   bool
	}{
		"closed, nobody told yet":   {func(*cxv1.SurveyWave) {}, true},
		"closed, some not reached":  {published(metav1.ConditionFalse), true},
		"closed, waits for sending": {published(metav1.ConditionUnknown), true},
		"closed, all told":          {published(metav1.ConditionTrue), false},
		"open":                      {func(w *cxv1.SurveyWave) { w.Status.Phase = cxv1.WaveOpen }, false},
		"closing":                   {func(w *cxv1.SurveyWave) { w.Status.Phase = cxv1.WaveClosing }, false},
		"cancelled":                 {func(w *cxv1.SurveyWave) { w.Status.Phase = cxv1.WaveCancelled }, false},
		"a rehearsal":               {func(w *cxv1.SurveyWave) { w.Spec.Template.DryRun = true }, false},
		"for nobody":                {func(w *cxv1.SurveyWave) { w.Spec.Template.PublishTo = nil }, false},
	} {
		if got := program.Publishes(endedWave(tc.change)); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}

func TestFiguresGoOutByTheSurveysChannelElseByTheProgramsFirst(t *testing.T) {
	channels := build.Program(func(p *cxv1.Program) { p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail"}, {Name: "other"}} })
	wave := endedWave()
	if got := program.PublicationChannel(&wave.Spec.Template, channels); got != "mail" {
		t.Errorf("without a channel of the survey: %q", got)
	}
	if got := program.PublicationChannel(&wave.Spec.Template, build.Program()); got != "" {
		t.Errorf("without any channel: %q", got)
	}
	wave.Spec.Template.Delivery = &cxv1.Delivery{Channel: "other"}
	if got := program.PublicationChannel(&wave.Spec.Template, channels); got != "other" {
		t.Errorf("with a channel of the survey: %q", got)
	}
}

func TestFiguresWaitWhileNothingIsSent(t *testing.T) {
	sending := func(status metav1.ConditionStatus, reason string) func(*cxv1.Program) {
		return func(p *cxv1.Program) {
			p.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionSending, Status: status, Reason: reason, Message: "It is so."}}
		}
	}
	for name, tc := range map[string]struct {
		change  func(*cxv1.Program)
		channel string
		want    string
	}{
		"mail goes out":              {sending(metav1.ConditionTrue, cxv1.ReasonSendingOn), "mail", ""},
		"sending is off":             {sending(metav1.ConditionFalse, cxv1.ReasonSendingOff), "mail", cxv1.ReasonSendingOff},
		"the channel does not work":  {sending(metav1.ConditionFalse, cxv1.ReasonChannelNotUsable), "mail", cxv1.ReasonChannelNotUsable},
		"nobody has looked yet":      {func(*cxv1.Program) {}, "mail", cxv1.ReasonSendingOff},
		"no channel":                 {sending(metav1.ConditionTrue, cxv1.ReasonSendingOn), "", cxv1.ReasonNoChannel},
		"suspended, not yet seen so": {func(p *cxv1.Program) { sending(metav1.ConditionTrue, "")(p); p.Spec.SuspendSending = true }, "mail", cxv1.ReasonSuspended},
	} {
		got := program.PublicationWaits(build.Program(tc.change), tc.channel)
		switch {
		case got == nil && tc.want != "":
			t.Errorf("%s: the figures go out", name)
		case got != nil && (got.Reason != tc.want || got.Status != metav1.ConditionUnknown || got.Type != cxv1.ConditionPublished):
			t.Errorf("%s: %+v, want %q", name, got, tc.want)
		}
	}
}

func TestWhoIsToldAndWhatKeepsTheOthers(t *testing.T) {
	withSecret := build.Owner("cx", func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "cx-mail" })
	left := build.Owner("cx", func(o *cxv1.Owner) { o.Spec.State, o.Spec.NotifySecretRef = cxv1.OwnerLeft, "cx-mail" })
	secret := func(email string) func(cxv1.Ref) program.Notify {
		return func(name cxv1.Ref) program.Notify {
			if name != "cx-mail" {
				return program.Notify{State: program.SecretMissing}
			}
			return program.Notify{Email: email}
		}
	}
	unreadable := func(cxv1.Ref) program.Notify { return program.Notify{State: program.SecretUnreadable} }
	for name, tc := range map[string]struct {
		owner        *cxv1.Owner
		mark         string
		notify       func(cxv1.Ref) program.Notify
		want         program.ReaderState
		address, why string
	}{
		"an address":              {withSecret, "", secret("cx@retail.example\n"), program.ReaderDue, "cx@retail.example", ""},
		"an address with a name":  {withSecret, "", secret("Head of CX <cx@retail.example>"), program.ReaderDue, "cx@retail.example", ""},
		"told before":             {withSecret, program.MarkSent, nil, program.ReaderTold, "", ""},
		"told, and deleted since": {nil, program.MarkSent, nil, program.ReaderTold, "", ""},
		"refused before":          {withSecret, program.MarkRefused, nil, program.ReaderRefused, "", ""},
		"who left":                {left, "", nil, program.ReaderLeft, "", ""},
		"nobody of that name":     {nil, "", nil, program.ReaderUnreachable, "", `no Owner "cx": create it`},
		"no Secret named":         {build.Owner("cx"), "", nil, program.ReaderUnreachable, "", `"cx" has no notifySecretRef: name a Secret`},
		"no such Secret": {build.Owner("cx", func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "gone" }), "", secret("x"),
			program.ReaderUnreachable, "", `Secret "gone" of Owner "cx" is missing: create it`},
		"a Secret that nobody may read": {withSecret, "", unreadable, program.ReaderUnreachable, "", `"cx-mail" of Owner "cx" could not be read`},
		"an empty Secret":               {withSecret, "", secret(""), program.ReaderUnreachable, "", `"cx-mail" of Owner "cx" has no address under the key email`},
		"what is no address":            {withSecret, "", secret("the boss"), program.ReaderUnreachable, "", `no address under the key email`},
		"two addresses":                 {withSecret, "", secret("a@retail.example, b@retail.example"), program.ReaderUnreachable, "", `no address under the key email`},
		"a header smuggled in": {withSecret, "", secret("a@retail.example\r\nBcc: b@retail.example"), program.ReaderUnreachable, "",
			`no address under the key email`},
	} {
		t.Run(name, func(t *testing.T) {
			r := program.NewReader("cx", tc.owner, tc.mark, tc.notify)
			if r.State != tc.want || r.Address != tc.address || !strings.Contains(r.Why, tc.why) || (tc.why == "") != (r.Why == "") {
				t.Errorf("%+v; want %s, %q, %q", r, tc.want, tc.address, tc.why)
			}
			if strings.Contains(r.Why, "@") {
				t.Errorf("the reason shows an address: %s", r.Why)
			}
		})
	}
}

func TestAPublicationIsSummedUp(t *testing.T) {
	of := func(name string, state program.ReaderState, why string) program.Reader {
		return program.Reader{Name: cxv1.Ref(name), State: state, Why: why, Owner: build.Owner(name, func(o *cxv1.Owner) {
			o.Spec.Function = cxv1.Function(strings.ToUpper(name[:1]))
		})}
	}
	told, due := of("cx", program.ReaderTold, ""), of("stores", program.ReaderDue, "")
	missing := of("web", program.ReaderUnreachable, `Owner "web" has no notifySecretRef`)
	left, refused := of("people", program.ReaderLeft, ""), of("it", program.ReaderRefused, "")
	gone := told
	gone.Owner = nil
	for name, tc := range map[string]struct {
		readers   []program.Reader
		want      string
		says      string
		functions []string
		settled   bool
	}{
		"all told":             {[]program.Reader{told, of("web", program.ReaderTold, "")}, "True/Published", "sent to 2 of 2", []string{"C", "W"}, true},
		"one function twice":   {[]program.Reader{told, of("care", program.ReaderTold, "")}, "True/Published", "sent to 2 of 2", []string{"C"}, true},
		"told, and deleted":    {[]program.Reader{gone}, "True/Published", "sent to 1 of 1", nil, true},
		"one left":             {[]program.Reader{told, left}, "True/Published", "1 of 2 owners. Who left: people.", []string{"C"}, true},
		"one refused":          {[]program.Reader{told, refused}, "True/Published", "refused the mail to it: check the address", []string{"C"}, true},
		"one has no address":   {[]program.Reader{told, missing}, "False/OwnersNotReached", `Not reached: Owner "web" has no`, []string{"C"}, false},
		"one has to wait":      {[]program.Reader{told, due}, "Unknown/MailWaits", "1 of 2", []string{"C"}, false},
		"none can be reached":  {[]program.Reader{missing}, "False/OwnersNotReached", "sent to 0 of 1", nil, false},
		"nobody is there":      {[]program.Reader{left, refused}, "False/OwnersNotReached", "sent to 0 of 2", nil, true},
		"many are not reached": {[]program.Reader{missing, missing, missing, missing, missing, missing}, "False/OwnersNotReached", "and 1 more.", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := program.SumUp(tc.readers)
			if got := string(p.Condition.Status) + "/" + p.Condition.Reason; got != tc.want || !strings.Contains(p.Condition.Message, tc.says) {
				t.Errorf("%s: %s\nwant %s: %s", got, p.Condition.Message, tc.want, tc.says)
			}
			if diff := cmp.Diff(tc.functions, p.Functions); diff != "" || p.Settled != tc.settled {
				t.Errorf("settled %t, want %t; functions (-want +got):\n%s", p.Settled, tc.settled, diff)
			}
		})
	}
}

func TestMarksOfPublicationsThatAreDoneSinceLongAreForgotten(t *testing.T) {
	at := func(scope, key, value string, ago time.Duration) store.Mark {
		return store.Mark{Scope: scope, Key: key, Value: value, Since: monday.Add(-ago)}
	}
	const old, fresh, open = "published/pulse/20260105t0900", "published/pulse/20270104t0900", "published/nps/20260105t0900"
	got := program.ForgetPublications([]store.Mark{
		at(old, "*", program.MarkDone, 25*time.Hour), at(old, "cx", program.MarkSent, 26*time.Hour), at(old, "it", program.MarkRefused, 25*time.Hour),
		at(fresh, "*", program.MarkDone, 23*time.Hour), at(fresh, "cx", program.MarkSent, 25*time.Hour),
		at(open, "cx", program.MarkSent, 400*24*time.Hour),
		at("criteria/pulse", "*", program.MarkDone, 400*24*time.Hour),
	}, monday)
	want := map[string]map[string]string{old: {"*": "", "cx": "", "it": ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPublicationIsDoneWhenItSaysSoOrSaysNothingAnyMore(t *testing.T) {
	for name, tc := range map[string]struct {
		marks map[string]string
		want  bool
	}{
		"no marks":             {nil, true},
		"its mark":             {program.PublicationDone(), true},
		"an owner, and no end": {map[string]string{"cx": program.MarkSent}, false},
	} {
		if got := program.IsPublicationDone(tc.marks); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheRecordOfAWaveThatEndedIsTheOneThatWasMadeWhenItEnded(t *testing.T) {
	wave := endedWave(func(w *cxv1.SurveyWave) {
		w.Status.OpenedAt = &w.Spec.Template.OpensAt
		w.Status.Counts = &cxv1.WaveCounts{
			Eligible: 9, Sampled: 6, Invited: 6, Accepted: 5, Bounced: 1, Responded: 3, Partial: 1, Late: 2,
			Skipped: []cxv1.SkipCount{{Reason: "notSampled", Count: 3}, {Reason: "optOut", Count: 1}},
		}
	})
	open := wave.DeepCopy()
	open.Status.Phase, open.Status.ClosedAt = cxv1.WaveClosing, nil
	want := program.DecideWave(open, wave.Spec.Template.GraceUntil.Time).Outcome
	want.Counts = store.WaveCounts{
		Eligible: 9, Sampled: 6, Invited: 6, Accepted: 5, Bounced: 1, Responded: 3, Partial: 1, Late: 2,
		Skipped: map[string]int64{"notSampled": 3, "optOut": 1},
	}
	if diff := cmp.Diff(*want, program.EndedOutcome(wave)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wave.Status.Counts.Eligible, wave.Status.Counts.Sampled = 10, 0 // as it was counted before
	if diff := cmp.Diff(*want, program.EndedOutcome(wave)); diff != "" {
		t.Errorf("of a status from before (-want +got):\n%s", diff)
	}
}

func TestEveryDoubtIsSaidInBothLanguages(t *testing.T) {
	before := &store.WaveOutcome{Counts: store.WaveCounts{Invited: 100, Responded: 80}}
	doubts := program.DoubtTexts(store.AudienceCounts{Invited: 100, Responded: 20, Ambiguous: 3}, 7, before)
	if len(doubts) != 3 {
		t.Fatalf("%d doubts: %v", len(doubts), doubts)
	}
	for i, numbers := range [][]string{{"7"}, {"3"}, {"20 %", "80 %"}} {
		for _, number := range numbers {
			if !strings.Contains(doubts[i].EN, number) || !strings.Contains(doubts[i].RU, number) {
				t.Errorf("%+v does not say %s in both", doubts[i], number)
			}
		}
	}
}
