// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// maxChannelMessage is how long status.channels[].message may be.
const maxChannelMessage = 400

// ChannelStates says which of a program's channels can be used, in their order. broken says of the others why not, by name.
func ChannelStates(channels []cxv1.ContactChannel, broken map[string]error) []cxv1.ChannelStatus {
	var states []cxv1.ChannelStatus
	for _, channel := range channels {
		state := cxv1.ChannelStatus{Name: channel.Name, Ready: metav1.ConditionTrue, Reason: cxv1.ReasonChannelUsable}
		if err := broken[channel.Name]; err != nil {
			state.Ready, state.Reason = metav1.ConditionFalse, cxv1.ReasonChannelNotUsable
			state.Message = clip(err.Error()+".", maxChannelMessage)
		}
		states = append(states, state)
	}
	return states
}

// SendingCondition says whether the mail of a program goes out where sending is on. It is True when every channel that a survey
// uses can be used; one that cannot keeps no other from being used.
func SendingCondition(p *cxv1.Program, channels []cxv1.ChannelStatus, surveys []cxv1.Survey) metav1.Condition {
	var usable, broken []string
	missed := false
	for _, c := range channels {
		if c.Ready == metav1.ConditionTrue {
			usable = append(usable, c.Name)
			continue
		}
		broken = append(broken, fmt.Sprintf("channel %q: %s", c.Name, c.Message))
		missed = missed || slices.ContainsFunc(surveys, func(s cxv1.Survey) bool { return usesChannel(p, &s, c.Name) })
	}
	why := strings.Join(broken, " ")
	status := metav1.ConditionTrue
	switch {
	case p.Spec.SuspendSending:
		return condition(cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonSuspended,
			"spec.suspendSending is true: mail waits and goes out when it is false again.")
	case len(channels) == 0:
		return condition(cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonNoChannel,
			"The program has no channel: name a mail server in spec.channels.")
	case len(usable) == 0:
		return condition(cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonChannelNotUsable, why)
	case len(broken) == 0:
		return condition(cxv1.ConditionSending, status, cxv1.ReasonSendingOn, fmt.Sprintf("Mail goes out; channels in use: %d.", len(usable)))
	case missed:
		status = metav1.ConditionFalse
	default:
		why = "No survey uses the others: " + why
	}
	return condition(cxv1.ConditionSending, status, cxv1.ReasonSomeChannelsNotUsable,
		fmt.Sprintf("Mail goes out by %s only. %s", strings.Join(usable, ", "), why))
}

// PausedByHand is the condition Sending of a Program whose mail somebody stopped at the store, whatever its spec says.
func PausedByHand(p *cxv1.Program) metav1.Condition {
	also := ""
	if p.Spec.SuspendSending {
		also = " spec.suspendSending is true besides, and holds mail up after that, too."
	}
	return condition(cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonPausedByHand, "Somebody stopped all mail of the program with "+
		"kubectl cx pause: it waits. Whoever has a token for operate lets it go on with kubectl cx pause --resume."+also)
}

// MailWaits says that a condition Sending holds mail up, and nothing else: people are invited, and their mail goes out later.
func MailWaits(sending metav1.Condition) bool {
	return sending.Reason == cxv1.ReasonSuspended || sending.Reason == cxv1.ReasonPausedByHand
}

// usesChannel says whether invitations of a survey, or its figures, go out by a channel; see PublicationChannel.
func usesChannel(p *cxv1.Program, s *cxv1.Survey, channel string) bool {
	t := &cxv1.WaveTemplate{SurveyTerms: s.Spec.SurveyTerms}
	return (s.Spec.Delivery != nil || len(s.Spec.PublishTo) > 0) && PublicationChannel(t, p) == channel
}

// SendingBy is the condition Sending of a Program as it concerns mail by one of its channels; nil when nothing is known yet.
func SendingBy(p *cxv1.Program, channel string) *metav1.Condition {
	of := meta.FindStatusCondition(p.Status.Conditions, cxv1.ConditionSending)
	i := slices.IndexFunc(p.Status.Channels, func(c cxv1.ChannelStatus) bool { return c.Name == channel })
	if of == nil || i < 0 {
		return of
	}
	switch state := p.Status.Channels[i]; {
	case state.Ready != metav1.ConditionTrue:
		return new(condition(cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonChannelNotUsable,
			fmt.Sprintf("channel %q: %s", channel, state.Message)))
	case MailWaits(*of):
		return of
	}
	return new(condition(cxv1.ConditionSending, metav1.ConditionTrue, cxv1.ReasonSendingOn,
		fmt.Sprintf("Mail goes out by channel %q.", channel)))
}
