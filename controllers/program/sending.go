// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Sending is what a Program's channels go into. Without one, or in a namespace that is not Allowed, nothing is sent.
type Sending struct {
	// Allowed says whether whoever runs the operator turned sending on for a namespace.
	Allowed func(namespace string) bool
	// Channels takes the channels of programs.
	Channels Channels
	// Pauses stops sending within the store.
	Pauses Pauses
}

// Channels keeps the channels of programs.
type Channels interface {
	Set(programID string, channels []cxv1.ContactChannel, login func(secret cxv1.Ref) (delivery.Login, error)) (broken map[string]error)
	Remove(programID string)
}

// Pauses stops and resumes all sending of a program, and knows how much of it there was.
type Pauses interface {
	Pause(ctx context.Context, programID string, paused bool) error
	MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error)
	MailsBegun(ctx context.Context, programID string) (int64, error)
	AcceptRestored(ctx context.Context, programID string, seen int64) (int64, error)
}

// secretsEvery is how often logins are read anew: Secrets are rotated, and watching all of a namespace is more than we need to
// be allowed to see. It is also how far status.mailsBegun is behind the store, at most.
const secretsEvery = time.Minute

// desk remembers what it did last, so that nothing is read or written in vain.
type desk struct {
	Sending
	// live reads Secrets past the cache, one by name.
	live client.Reader

	mu sync.Mutex
	// done is by namespace.
	done map[string]configured
}

type configured struct {
	programID  string
	uid        types.UID
	generation int64
	at         time.Time
	paused     bool
	channels   []cxv1.ChannelStatus
}

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get,roleName=cx-operator-secrets

// sending puts the program's channels into use and says in its status whether mail goes out. The program holds its id.
func (r *Reconciler) sending(ctx context.Context, prog *cxv1.Program, now time.Time) error {
	channels, held, err := r.desk.configure(ctx, prog, now)
	if err != nil {
		return err
	}
	if held == nil {
		if held, err = r.desk.pausedByHand(ctx, prog); err != nil {
			return err
		}
	}
	c := valueOf(held)
	if held == nil {
		surveys := &cxv1.SurveyList{}
		if err := r.kit.Client.List(ctx, surveys, client.InNamespace(prog.Namespace), client.UnsafeDisableDeepCopy); err != nil {
			return fmt.Errorf("listing surveys: %w", err)
		}
		c = program.SendingCondition(prog, channels, surveys.Items)
	}
	prog.Status.Channels = channels
	kube.SetCondition(prog, now, c.Type, c.Status, c.Reason, c.Message)
	return nil
}

// configure puts the program's channels into use and says which of them can be, or why none is.
func (d *desk) configure(ctx context.Context, prog *cxv1.Program, now time.Time) (channels []cxv1.ChannelStatus, held *metav1.Condition,
	err error) {
	last, known := d.last(prog)
	if held, err := d.held(ctx, prog); err != nil || held != nil {
		return nil, held, err
	}
	if known && last.generation == prog.Generation && now.Sub(last.at) < secretsEvery {
		return last.channels, nil, nil
	}
	if !known || last.paused != prog.Spec.SuspendSending {
		if err := d.Pauses.Pause(ctx, prog.Spec.ID, prog.Spec.SuspendSending); err != nil {
			return nil, nil, kube.FromStore(err, store.ErrNotClaimed)
		}
	}
	broken := d.Channels.Set(prog.Spec.ID, prog.Spec.Channels, func(secret cxv1.Ref) (delivery.Login, error) {
		return d.login(ctx, prog.Namespace, secret)
	})
	channels = program.ChannelStates(prog.Spec.Channels, broken)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done == nil {
		d.done = map[string]configured{}
	}
	d.done[prog.Namespace] = configured{
		programID: prog.Spec.ID, uid: prog.UID, generation: prog.Generation, at: now, paused: prog.Spec.SuspendSending,
		channels: channels,
	}
	return channels, nil, nil
}

// held says why nothing is sent whatever the program's channels; nil when nothing holds it up.
func (d *desk) held(ctx context.Context, prog *cxv1.Program) (*metav1.Condition, error) {
	if d.Allowed == nil || !d.Allowed(prog.Namespace) {
		return off(cxv1.ReasonSendingOff, "Sending is off in this namespace, and nobody is written to. Whoever runs the operator turns it "+
			"on with --sending-namespaces."), nil
	}
	return d.restored(ctx, prog)
}

// pausedByHand says that somebody stopped all mail of the program at the store, where it waits; nil when nobody did.
func (d *desk) pausedByHand(ctx context.Context, prog *cxv1.Program) (*metav1.Condition, error) {
	bars, err := d.Pauses.MailBars(ctx, prog.Spec.ID, nil)
	if err != nil || !bars.ByHand {
		return nil, kube.FromStore(err, store.ErrNotClaimed)
	}
	return new(program.PausedByHand(prog)), nil
}

func off(reason, message string) *metav1.Condition {
	return &metav1.Condition{Type: cxv1.ConditionSending, Status: metav1.ConditionFalse, Reason: reason, Message: message}
}

// last is what was done last for a program. Channels of another program of the namespace, and those that another namespace had
// for the same id before this one took it over, are put out of use.
func (d *desk) last(prog *cxv1.Program) (configured, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for namespace, done := range d.done {
		if (namespace == prog.Namespace) != (done.programID == prog.Spec.ID) {
			d.Channels.Remove(done.programID)
			delete(d.done, namespace)
		}
	}
	last, known := d.done[prog.Namespace]
	return last, known && last.uid == prog.UID
}

// lookAgain is when a program must be looked at again: its logins may have changed, and mail may have gone out. It counts from when
// logins were read last, not from this look: something else may have woken the program since.
func (d *desk) lookAgain(prog *cxv1.Program, now time.Time) time.Duration {
	if d.Allowed == nil || !d.Allowed(prog.Namespace) || len(prog.Spec.Channels) == 0 {
		return claimCheck
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, known := d.done[prog.Namespace]; known && now.Before(last.at.Add(secretsEvery)) {
		return kube.Until(now, last.at.Add(secretsEvery))
	}
	return secretsEvery // nothing is in use, and why may end by itself
}

func (d *desk) login(ctx context.Context, namespace string, name cxv1.Ref) (delivery.Login, error) {
	secret := &corev1.Secret{}
	err := d.live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: string(name)}, secret)
	switch {
	case apierrors.IsNotFound(err):
		return delivery.Login{}, fmt.Errorf("there is no Secret %q: create it with username and password", name)
	case apierrors.IsForbidden(err):
		return delivery.Login{}, fmt.Errorf("the operator may not read the Secret %q: whoever runs it binds the role "+
			"cx-operator-secrets to it here", name)
	case err != nil:
		return delivery.Login{}, fmt.Errorf("the Secret %q: %w; it is tried again", name, delivery.ErrLoginUnread)
	}
	login := delivery.Login{
		Username: string(secret.Data[corev1.BasicAuthUsernameKey]), Password: string(secret.Data[corev1.BasicAuthPasswordKey]),
	}
	if login.Username == "" || login.Password == "" {
		return delivery.Login{}, fmt.Errorf("the Secret %q needs the keys username and password", name)
	}
	return login, nil
}

// forget puts the channels of a namespace's program out of use.
func (d *desk) forget(namespace string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gone, known := d.done[namespace]; known {
		d.Channels.Remove(gone.programID)
		delete(d.done, namespace)
	}
}
