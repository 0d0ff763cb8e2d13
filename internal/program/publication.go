// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// What the store remembers of an owner while the figures of a wave are being sent, as the value of a mark.
const (
	// MarkSent is written before the mail is given to a server, and taken back when the server surely did not get it. A crash in
	// between costs one mail: whoever waits for figures asks for them, and whoever gets them twice stops reading them.
	MarkSent = "sent"
	// MarkRefused: the server refused the address or the mail for good.
	MarkRefused = "refused"
)

const publicationScopes = "published/"

// PublicationScope is the scope of a wave's marks; their keys are names of owners.
func PublicationScope(wave store.WaveKey) string {
	return publicationScopes + wave.Survey + "/" + wave.Slot
}

// A publication that is done has the mark MarkDone under the key publicationDone, which is no name of an owner.
const (
	MarkDone        = "done"
	publicationDone = "*"
	// keepMarks is how long marks stay when all is done, so that whoever is still at it in another process meets them.
	keepMarks = 24 * time.Hour
)

// PublicationDone is the mark of a publication after which nobody is left to be told.
func PublicationDone() map[string]string { return map[string]string{publicationDone: MarkDone} }

// IsPublicationDone reads the marks of a wave whose publication is recorded: without any they were removed, for it is done.
func IsPublicationDone(marks map[string]string) bool {
	return len(marks) == 0 || marks[publicationDone] == MarkDone
}

// ForgetPublications are the marks to remove, by scope, because their publications are done since long: they would only add up.
// That a publication is done stays recorded with its wave.
func ForgetPublications(marks []store.Mark, now time.Time) map[string]map[string]string {
	forget := map[string]map[string]string{}
	for _, mark := range marks {
		if strings.HasPrefix(mark.Scope, publicationScopes) && mark.Key == publicationDone && mark.Since.Before(now.Add(-keepMarks)) {
			forget[mark.Scope] = map[string]string{}
		}
	}
	for _, mark := range marks {
		if keys := forget[mark.Scope]; keys != nil {
			keys[mark.Key] = ""
		}
	}
	return forget
}

// PublishWithin is how long after a wave has closed its figures are sent. Whoever turns sending on after a year shall not mail a
// year of figures to everybody, and old figures that come late are taken for new ones.
const PublishWithin = 7 * 24 * time.Hour

// Publishes says whether there is anything left to do about sending the figures of a wave: it is closed, its figures stand in
// its status for good, somebody is to get them, not everybody who can has, and nobody has said that it is too late.
func Publishes(wave *cxv1.SurveyWave) bool {
	t := &wave.Spec.Template
	if wave.Status.Phase != cxv1.WaveClosed || len(t.PublishTo) == 0 || t.DryRun {
		return false
	}
	published := meta.FindStatusCondition(wave.Status.Conditions, cxv1.ConditionPublished)
	return published == nil || (published.Status != metav1.ConditionTrue && published.Reason != cxv1.ReasonTooLate)
}

// PublicationTooLate says that a wave closed more than PublishWithin ago; nil when it did not.
func PublicationTooLate(wave *cxv1.SurveyWave, now time.Time) *metav1.Condition {
	closed := wave.Spec.Template.ClosesAt.Time
	if wave.Status.ClosedAt != nil {
		closed = wave.Status.ClosedAt.Time
	}
	if now.Sub(closed) <= PublishWithin {
		return nil
	}
	return new(condition(cxv1.ConditionPublished, metav1.ConditionFalse, cxv1.ReasonTooLate,
		"The wave closed more than 7 days ago: whoever has not been sent its figures is not sent them any more. They stand in status.results."))
}

// PublicationChannel is the channel by which figures go out: that of the survey, else the program's first. Empty for none.
func PublicationChannel(t *cxv1.WaveTemplate, program *cxv1.Program) string {
	if t.Delivery != nil {
		return t.Delivery.Channel
	}
	if len(program.Spec.Channels) == 0 {
		return ""
	}
	return program.Spec.Channels[0].Name
}

func figuresWait(reason, message string) *metav1.Condition {
	return new(condition(cxv1.ConditionPublished, metav1.ConditionUnknown, reason, "The figures wait: "+message))
}

// PublicationPaused says that the store has all sending of the program paused, for either reason.
func PublicationPaused() *metav1.Condition {
	return figuresWait(cxv1.ReasonSuspended, "sending of the Program is paused.")
}

// PublicationWaits says why figures cannot go out now; nil when they can.
func PublicationWaits(program *cxv1.Program, channel string) *metav1.Condition {
	wait := figuresWait
	switch sending := SendingBy(program, channel); {
	case program.Spec.SuspendSending:
		return wait(cxv1.ReasonSuspended, "spec.suspendSending of the Program is true.")
	case sending == nil:
		return wait(cxv1.ReasonSendingOff, "whether mail goes out is not known yet.")
	case channel == "":
		return wait(cxv1.ReasonNoChannel, "neither the survey nor the program names a channel.")
	case sending.Status != metav1.ConditionTrue:
		return wait(sending.Reason, sending.Message)
	}
	return nil
}

// ReaderState is how far an owner has been told the figures of a wave.
type ReaderState string

// The states of readers. Told, Refused and Left are final.
const (
	ReaderDue     ReaderState = "Due"
	ReaderTold    ReaderState = "Told"
	ReaderRefused ReaderState = "Refused"
	ReaderLeft    ReaderState = "Left"
	// ReaderUnreachable: somebody has to do something first.
	ReaderUnreachable ReaderState = "Unreachable"
)

// Reader is one of those to whom the figures of a wave are sent.
type Reader struct {
	Name  cxv1.Ref
	Owner *cxv1.Owner // nil when there is none of that name
	State ReaderState
	// Address is there for those who are Due. It must not get into a status, an event or a log.
	Address string
	// Why says what keeps an Unreachable one from being told, and what to do.
	Why string
}

// Notify is what was found of an owner's Secret.
type Notify struct {
	State SecretState
	// Email is the value of the key email.
	Email string
}

// SecretState says what keeps a Secret from being read; empty for nothing.
type SecretState string

// The states of Secrets.
const (
	SecretMissing    SecretState = "Missing"
	SecretUnreadable SecretState = "Unreadable"
)

// NewReader judges one of publishTo. mark is what the store remembers of it; notify reads the owner's Secret and is called only
// when that matters.
func NewReader(name cxv1.Ref, owner *cxv1.Owner, mark string, notify func(secret cxv1.Ref) Notify) Reader {
	r := Reader{Name: name, Owner: owner, State: ReaderUnreachable}
	switch {
	case mark == MarkSent:
		r.State = ReaderTold
	case mark == MarkRefused:
		r.State = ReaderRefused
	case owner == nil:
		r.Why = fmt.Sprintf("there is no Owner %q: create it", name)
	case owner.Spec.State == cxv1.OwnerLeft:
		r.State = ReaderLeft
	case owner.Spec.NotifySecretRef == "":
		r.Why = fmt.Sprintf("Owner %q has no notifySecretRef: name a Secret whose key email is the address", name)
	default:
		r.address(notify(owner.Spec.NotifySecretRef))
	}
	return r
}

func (r *Reader) address(n Notify) {
	secret := fmt.Sprintf("the Secret %q of Owner %q ", r.Owner.Spec.NotifySecretRef, r.Name)
	address, err := mail.ParseAddress(strings.TrimSpace(n.Email))
	switch {
	case n.State == SecretMissing:
		r.Why = secret + "is missing: create it with the key email"
	case n.State == SecretUnreadable:
		r.Why = secret + "could not be read: it is tried again, and the operator needs the right to get it"
	case err != nil:
		r.Why = secret + "has no address under the key email: correct it"
	default:
		r.State, r.Address = ReaderDue, address.Address
	}
}

// Publication is how far the figures of a wave have been sent.
type Publication struct {
	// Condition says so.
	Condition metav1.Condition
	// Functions are those of the owners who were told.
	Functions []string
	// Told is how many owners were told.
	Told int
	// Settled: nobody is left who could still be told.
	Settled bool
}

// SumUp says how far a publication has come. Those who are Due are told later, when the channel takes mail again.
func SumUp(readers []Reader) Publication {
	var p Publication
	names := map[ReaderState][]string{}
	var problems []string
	for _, r := range readers {
		names[r.State] = append(names[r.State], string(r.Name))
		if r.State == ReaderTold && r.Owner != nil {
			p.Functions = append(p.Functions, string(r.Owner.Spec.Function))
		}
		if r.Why != "" {
			problems = append(problems, r.Why)
		}
	}
	slices.Sort(p.Functions)
	p.Functions = slices.Compact(p.Functions)
	p.Told, p.Settled = len(names[ReaderTold]), len(names[ReaderDue])+len(names[ReaderUnreachable]) == 0
	message := fmt.Sprintf("The figures were sent to %d of %d owners.", p.Told, len(readers)) + shortfall(names, problems)
	switch {
	case len(names[ReaderDue]) > 0:
		p.Condition = condition(cxv1.ConditionPublished, metav1.ConditionUnknown, cxv1.ReasonMailWaits,
			message+" The others follow when the mail server takes mail again.")
	case p.Settled && p.Told > 0:
		p.Condition = condition(cxv1.ConditionPublished, metav1.ConditionTrue, cxv1.ReasonPublished, message)
	default:
		p.Condition = condition(cxv1.ConditionPublished, metav1.ConditionFalse, cxv1.ReasonOwnersNotReached, message)
	}
	return p
}

// shortfall says who was not told, and what to do.
func shortfall(names map[ReaderState][]string, problems []string) string {
	text := ""
	if left := names[ReaderLeft]; len(left) > 0 {
		text += " Who left: " + some(left, ", ") + "."
	}
	if refused := names[ReaderRefused]; len(refused) > 0 {
		text += " The mail server refused the mail to " + some(refused, ", ") +
			": check the address in the Secret, and the rules of the server, for the next wave."
	}
	if len(problems) > 0 {
		text += " Not reached: " + some(problems, "; ") + "."
	}
	return text
}

// some lists the first few and counts the others.
func some(texts []string, separator string) string {
	const shown = 5
	text := strings.Join(texts[:min(shown, len(texts))], separator)
	if more := len(texts) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// PublishedEarlier is the publication of a wave whose status was lost and that the store knows to be told to everybody.
func PublishedEarlier(at time.Time) metav1.Condition {
	return condition(cxv1.ConditionPublished, metav1.ConditionTrue, cxv1.ReasonPublished,
		"The figures were sent; the store says so since "+at.UTC().Format(time.DateOnly)+".")
}
