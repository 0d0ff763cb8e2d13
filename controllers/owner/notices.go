// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Notices is what owners are told with. The zero value tells nobody.
type Notices struct {
	// Secrets reads past the cache, one by name: to watch all of a namespace's is more than we need to be allowed to see.
	Secrets client.Reader
	// Memory remembers who was told what.
	Memory Memory
	// Pauses knows whether the store has all sending of a program paused.
	Pauses Pauses
	// Routes finds the mail channels of programs for which sending is on.
	Routes Routes
	// Hooks delivers to chats and other systems.
	Hooks Hooks
	// Links makes the address at which the owner can decide on an offer; nil: mails have none.
	Links Links
}

// Memory is what the store remembers of notices.
type Memory interface {
	SinceAll(ctx context.Context, programID, scope string, values map[string]string, now time.Time) (map[string]time.Time, error)
	Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error)
}

// Pauses knows what keeps mail from going out.
type Pauses interface {
	MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error)
}

// Routes finds a channel of a program; false when there is none of that name or sending is off.
type Routes interface {
	Route(programID, channel string) (delivery.Route, bool)
}

// Hooks delivers to addresses on the web that the operator allows.
type Hooks interface {
	Check(address string) error
	Send(ctx context.Context, hook delivery.Hook, address string, key []byte, programID string, notices delivery.Notices) store.Sent
}

// Links makes the address at which the bearer decides on the offer of a notice, "" when there is none for it.
type Links interface {
	DecideLink(ctx context.Context, prog *cxv1.Program, owner *cxv1.Owner, n notice.Notice, now time.Time) (string, error)
}

const (
	// tellAgain is when it is tried again to tell an owner: Secrets and channels change without an event.
	tellAgain = time.Minute
	// tellTimeout bounds one letter.
	tellTimeout = time.Minute
)

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get,roleName=cx-operator-secrets

// Tells lets the controller tell owners what waits for them.
func (r *Reconciler) Tells(with Notices) *Reconciler {
	r.notices = with
	return r
}

// telling is one look at what an owner is to be told.
type telling struct {
	*Reconciler
	prog  *cxv1.Program
	owner *cxv1.Owner
	due   []notice.Notice
	now   time.Time
	// day is today, where the program is.
	day string
	// again is when to look again although nothing happens, zero for never.
	again time.Time
	// problem is the first thing that keeps the owner from being told; nil for none.
	problem *metav1.Condition
}

// tell tells the owner what they were not told yet, and says in a condition how that goes. It returns when to look again.
func (r *Reconciler) tell(ctx context.Context, prog *cxv1.Program, owner *cxv1.Owner, assignments []cxv1.OwnerAssignment,
) (time.Time, error) {
	if r.notices.Routes == nil || owner.Spec.NotifySecretRef == "" || owner.Spec.State == cxv1.OwnerLeft {
		meta.RemoveStatusCondition(&owner.Status.Conditions, cxv1.ConditionNotified)
		return time.Time{}, nil
	}
	t := &telling{Reconciler: r, prog: prog, owner: owner, now: r.kit.Clock.Now()}
	t.day = t.now.In(program.Zone(prog)).Format(time.DateOnly)
	t.due, t.again = notice.Due(notice.Input{
		Owner: owner.Name, Lead: string(prog.Spec.Lead), Policy: prog.Spec.Ownership, Assignments: assignments, Now: t.now,
	})
	if len(t.due) > 0 {
		if err := r.memory.load(ctx, r.notices.Memory, prog.Spec.ID, t.now); err != nil {
			return time.Time{}, err
		}
	}
	if settled, again := notice.Settled(t.untold(addressKeys...), t.now); !settled {
		return again, nil
	}
	if err := t.run(ctx); err != nil {
		return time.Time{}, err
	}
	condition := metav1.Condition{
		Type: cxv1.ConditionNotified, Status: metav1.ConditionTrue, Reason: cxv1.ReasonToldAll,
		Message: "The owner was told what waits for them.",
	}
	if t.problem != nil {
		condition = *t.problem
		t.lookAt(t.now.Add(tellAgain))
	}
	kube.SetCondition(owner, t.now, condition.Type, condition.Status, condition.Reason, condition.Message)
	return t.again, nil
}

func (t *telling) lookAt(at time.Time) {
	if t.again.IsZero() || at.Before(t.again) {
		t.again = at
	}
}

func (t *telling) trouble(status metav1.ConditionStatus, reason, format string, args ...any) {
	if t.problem == nil {
		t.problem = &metav1.Condition{Type: cxv1.ConditionNotified, Status: status, Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
}

func (t *telling) run(ctx context.Context) error {
	if len(t.due) == 0 {
		return nil
	}
	if waits, err := t.waits(ctx); err != nil || waits {
		return err
	}
	for _, a := range t.addresses(ctx) {
		if err := t.by(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// waits says whether nothing may be sent now.
func (t *telling) waits(ctx context.Context) (bool, error) {
	sending := meta.FindStatusCondition(t.prog.Status.Conditions, cxv1.ConditionSending)
	switch {
	case t.prog.Spec.SuspendSending:
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonSuspended, "Notices wait: spec.suspendSending of the Program is true.")
		return true, nil
	case sending == nil || sending.Reason == cxv1.ReasonSendingOff:
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonSendingOff, "Notices wait: sending is off in this namespace.")
		return true, nil
	}
	bars, err := t.notices.Pauses.MailBars(ctx, t.prog.Spec.ID, nil)
	if bars.Paused {
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonSuspended, "Notices wait: sending of the Program is paused.")
	}
	return bars.Paused, kube.FromStore(err, store.ErrNotClaimed)
}

// by tells the owner by one of their addresses what they were not told by it yet.
func (t *telling) by(ctx context.Context, a address) error {
	known, day, untold := t.known(), t.day, t.untold(a.key)
	if slices.ContainsFunc(t.due, func(n notice.Notice) bool { return known[a.mark(n)] == refused(day) }) {
		t.refusedBy(a)
	}
	singles, digest := notice.Bundle(untold, a.today(known, day))
	switch {
	case len(untold) == 0:
		return nil
	case len(digest) > 0:
		return t.letter(ctx, a, digest, a.slot(day, "digest"))
	case len(singles) == 0:
		t.lookAt(nextDay(t.now, program.Zone(t.prog)))
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonDigestWaits, "Notices wait: the owner has had today's letters, the rest comes tomorrow.")
	}
	before := t.problem
	for _, n := range singles {
		slot := a.slot(day, strconv.Itoa(a.today(t.known(), day).Singles+1))
		if err := t.letter(ctx, a, []notice.Notice{n}, slot); err != nil || t.problem != before {
			return err // a server that takes nothing is not asked about each letter
		}
	}
	return nil
}

func (t *telling) known() map[string]string { return t.memory.of(t.prog.Spec.ID, t.owner.Name, t.day) }

// untold is what is due and was told by none of these addresses.
func (t *telling) untold(keys ...string) []notice.Notice {
	known := t.known()
	return slices.DeleteFunc(slices.Clone(t.due), func(n notice.Notice) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return known[address{key: key}.mark(n)] != "" })
	})
}

func nextDay(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
}

// letter sends one letter. That it was sent is written before it goes out: a crash in between costs one letter, and a reminder
// follows; told twice, owners stop reading.
func (t *telling) letter(ctx context.Context, a address, items []notice.Notice, slot string) error {
	send, err := t.sender(ctx, a, items)
	if err != nil || send == nil {
		return err
	}
	marks := []string{slot}
	for _, n := range items {
		marks = append(marks, a.mark(n))
	}
	ours, err := t.memory.claim(ctx, t.notices.Memory, t.prog.Spec.ID, t.owner.Name, marks, t.now)
	if err != nil || !ours {
		t.lookAt(t.now.Add(tellAgain)) // another process was at it, and may have told something else
		return err
	}
	// An attempt that has begun is seen to its end, also when the process is told to stop.
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	switch sent := send(finish); sent.Result {
	case store.SentAccepted, store.SentAmbiguous:
		return nil
	case store.SentLater:
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonMailWaits, "Notices wait: %s did not take one; it is tried again.", a.place())
		return t.memory.set(finish, t.notices.Memory, t.prog.Spec.ID, t.owner.Name, marks, "", t.now)
	default:
		t.refusedBy(a)
		return t.memory.set(finish, t.notices.Memory, t.prog.Spec.ID, t.owner.Name, marks[1:], refused(t.day), t.now)
	}
}

func (t *telling) refusedBy(a address) {
	t.lookAt(nextDay(t.now, program.Zone(t.prog)))
	t.trouble(metav1.ConditionFalse, cxv1.ReasonRefused, "A notice was refused by %s for good: correct the key %s of the Secret %q. "+
		"It is tried again tomorrow.", a.place(), a.key, t.owner.Spec.NotifySecretRef)
}

func (t *telling) compose(ctx context.Context, a address, items []notice.Notice) (delivery.Notices, error) {
	letter := delivery.Notices{
		Organization: t.prog.Spec.Organization, Zone: program.Zone(t.prog), Owner: t.owner.Name, DisplayName: t.owner.Spec.DisplayName,
		Language: language(t.prog, t.owner), Items: items,
	}
	if brand := t.prog.Spec.Brand; brand != nil {
		letter.Organization, letter.Colour = cmp.Or(brand.Name, letter.Organization), brand.Colour
	}
	if a.key != email || t.notices.Links == nil {
		return letter, nil
	}
	links := map[string]string{}
	for _, n := range items {
		if n.OfferID == "" {
			continue
		}
		link, err := t.notices.Links.DecideLink(ctx, t.prog, t.owner, n, t.now)
		if err != nil {
			return letter, kube.FromStore(err, store.ErrNotClaimed)
		}
		links[n.OfferID] = link
	}
	letter.Link = func(n notice.Notice) string { return links[n.OfferID] }
	return letter, nil
}

// language is that in which an owner is written to.
func language(prog *cxv1.Program, owner *cxv1.Owner) cxv1.Language {
	return cmp.Or(owner.Spec.Language, cxv1.Language(program.Language(prog)))
}

// sender is how a letter goes out by an address; nil when that is not possible now. Links are made only when it is: each is a
// write of the store.
func (t *telling) sender(ctx context.Context, a address, items []notice.Notice) (send func(context.Context) store.Sent, err error) {
	id := t.prog.Spec.ID
	var route delivery.Route
	if a.key == email {
		var found bool
		if route, found = t.mailRoute(); !found {
			t.trouble(metav1.ConditionUnknown, cxv1.ReasonNoChannel, "Notices wait: the program has no channel for mail that can be used.")
			return nil, nil
		}
		if !route.Rate.Allow() {
			t.trouble(metav1.ConditionUnknown, cxv1.ReasonMailWaits, "Notices wait: the rate of the program's channel is used up.")
			return nil, nil
		}
	}
	notices, err := t.compose(ctx, a, items)
	if err != nil {
		return nil, err
	}
	if a.key != email {
		return func(ctx context.Context) store.Sent {
			return t.notices.Hooks.Send(ctx, delivery.Hook(a.key), a.value, a.sign, id, notices)
		}, nil
	}
	letter, err := notices.Letter()
	return func(ctx context.Context) store.Sent { return route.Channel.Send(ctx, notices.To(id, a.value), letter) }, err
}

// mailRoute is the first of the program's mail channels that can be used.
func (t *telling) mailRoute() (delivery.Route, bool) {
	for _, channel := range t.prog.Spec.Channels {
		if route, found := t.notices.Routes.Route(t.prog.Spec.ID, channel.Name); found && channel.SMTP != nil {
			return route, true
		}
	}
	return delivery.Route{}, false
}
