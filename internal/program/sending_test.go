// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// channelled is a program with the channels mail and links.
func channelled(p *cxv1.Program) {
	p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", SMTP: &cxv1.SMTPChannel{Host: "smtp.example.com"}}, {Name: "links", File: &cxv1.FileChannel{}}}
}

func brokenChannels(names ...string) map[string]error {
	broken := map[string]error{}
	for _, name := range names {
		broken[name] = fmt.Errorf("there is no Secret of %s", name)
	}
	return broken
}

func surveyBy(channel string) cxv1.Survey {
	return *build.Survey("by-"+channel, func(s *cxv1.Survey) { s.Spec.Delivery = &cxv1.Delivery{Channel: channel} })
}

func conditionText(c *metav1.Condition) string {
	if c == nil {
		return "nothing"
	}
	return string(c.Status) + "/" + c.Reason + ": " + c.Message
}

func TestMailGoesOutWhenEveryChannelThatIsUsedWorks(t *testing.T) {
	mail, links, none := surveyBy("mail"), surveyBy("links"), *build.Survey("none")
	published := *build.Survey("published", func(s *cxv1.Survey) { s.Spec.PublishTo = []cxv1.Ref{"head-of-cx"} })
	suspended := func(p *cxv1.Program) { channelled(p); p.Spec.SuspendSending = true }
	for name, tc := range map[string]struct {
		program func(*cxv1.Program)
		broken  []string
		surveys []cxv1.Survey
		want    string
	}{
		"all work":            {channelled, nil, []cxv1.Survey{mail, links}, "True/SendingOn: Mail goes out; channels in use: 2."},
		"one is broken":       {channelled, []string{"mail"}, []cxv1.Survey{mail, links}, `False/SomeChannelsNotUsable: Mail goes out by links only. channel "mail": there is no Secret of mail.`},
		"one nobody uses":     {channelled, []string{"mail"}, []cxv1.Survey{links, none}, `True/SomeChannelsNotUsable: Mail goes out by links only. No survey uses the others: channel "mail"`},
		"one that figures go": {channelled, []string{"mail"}, []cxv1.Survey{published}, "False/SomeChannelsNotUsable: "},
		"none works":          {channelled, []string{"mail", "links"}, nil, `False/ChannelNotUsable: channel "mail": there is no Secret of mail. channel "links": `},
		"there is none":       {func(p *cxv1.Program) { p.Spec.Channels = nil }, nil, nil, "False/NoChannel: "},
		"suspended":           {suspended, []string{"mail"}, []cxv1.Survey{mail}, "False/Suspended: "},
	} {
		p := build.Program(tc.program)
		got := program.SendingCondition(p, program.ChannelStates(p.Spec.Channels, brokenChannels(tc.broken...)), tc.surveys)
		if text := conditionText(&got); !strings.HasPrefix(text, tc.want) || got.Type != cxv1.ConditionSending {
			t.Errorf("%s: %s, want %s", name, text, tc.want)
		}
	}
}

func TestABrokenChannelStopsNoOther(t *testing.T) {
	p := build.Program(channelled)
	if got := program.SendingBy(p, "mail"); got != nil {
		t.Errorf("nothing is known yet, and it says %s", conditionText(got))
	}
	p.Status.Channels = program.ChannelStates(p.Spec.Channels, brokenChannels("mail"))
	set := func() {
		c := program.SendingCondition(p, p.Status.Channels, []cxv1.Survey{surveyBy("mail")})
		p.Status.Conditions = []metav1.Condition{c}
	}
	expect := func(wants map[string]string) {
		t.Helper()
		for channel, want := range wants {
			if text := conditionText(program.SendingBy(p, channel)); !strings.HasPrefix(text, want) {
				t.Errorf("%s: %s, want %s", channel, text, want)
			}
		}
	}
	set()
	expect(map[string]string{
		"links": "True/SendingOn: ", "mail": `False/ChannelNotUsable: channel "mail": there is no Secret of mail.`,
		"new": "False/SomeChannelsNotUsable: ", // nobody has looked at it yet
	})
	p.Spec.SuspendSending = true
	set()
	expect(map[string]string{"links": "False/Suspended: ", "mail": "False/ChannelNotUsable: "})
	p.Status.Conditions = []metav1.Condition{program.PausedByHand(p)}
	expect(map[string]string{"links": "False/PausedByHand: ", "mail": "False/ChannelNotUsable: "})
}

func TestWhatIsWrongWithAChannelFitsIntoStatus(t *testing.T) {
	states := program.ChannelStates(build.Program(channelled).Spec.Channels, map[string]error{"links": errors.New(strings.Repeat("ж", 1000))})
	want := []cxv1.ChannelStatus{
		{Name: "mail", Ready: metav1.ConditionTrue, Reason: cxv1.ReasonChannelUsable},
		{Name: "links", Ready: metav1.ConditionFalse, Reason: cxv1.ReasonChannelNotUsable, Message: strings.Repeat("ж", 399) + "…"},
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
