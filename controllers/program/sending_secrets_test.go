// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

func TestASecretIsSeenWithinAMinuteOfItsCreationAndOfEachChange(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "secretive", smtp(withLogin))
	if after := w.look(); after != time.Minute {
		t.Errorf("looks again after %s", after)
	}
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonChannelNotUsable, "there is no Secret")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "mail-login"}, Type: corev1.SecretTypeOpaque,
		StringData: map[string]string{"username": "example"}}
	w.Create(secret)
	w.later(time.Minute)
	w.look()
	w.expectSending(metav1.ConditionFalse, cxv1.ReasonChannelNotUsable, `the Secret "mail-login" needs the keys username and password`)
	secret.StringData = map[string]string{"password": "tell-nobody"}
	if err := w.Client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	w.look()
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	before, _ := o.registry.Route("secretive", "mail")
	w.writes.Reset()
	w.later(time.Minute)
	w.look()
	if same, _ := o.registry.Route("secretive", "mail"); same.Channel != before.Channel || w.writes.Total() != 0 {
		t.Errorf("nothing changed, but the channel was built anew or %v was written", w.writes.ByKind())
	}
	secret.StringData = map[string]string{"password": "another-one"}
	if err := w.Client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	w.look()
	if same, _ := o.registry.Route("secretive", "mail"); same.Channel != before.Channel {
		t.Error("Secrets are read more often than once a minute")
	}
	w.later(time.Minute)
	w.look()
	if other, _ := o.registry.Route("secretive", "mail"); other.Channel == before.Channel {
		t.Error("the channel goes on logging in with the old password")
	}
}

// Otherwise something that wakes the program just before its logins are due would put them off by almost a minute, again and again.
func TestWhatWakesAProgramDoesNotPutOffItsSecrets(t *testing.T) {
	w := newOffice(t).desk(t, "punctual", smtp())
	w.look()
	w.later(59 * time.Second)
	if after := w.look(); after > time.Second {
		t.Errorf("looks again after %s, a second before its Secrets are due", after)
	}
	w.later(time.Second)
	if after := w.look(); after != time.Minute {
		t.Errorf("looks again after %s, and its Secrets were just read", after)
	}
}

// away is an API server that answers about no Secret.
type away struct{ client.Reader }

func (a away) Get(ctx context.Context, key client.ObjectKey, obj client.Object, options ...client.GetOption) error {
	if _, ok := obj.(*corev1.Secret); ok {
		return errors.New("connection refused")
	}
	return a.Reader.Get(ctx, key, obj, options...)
}

func TestMailGoesOnWhileSecretsCannotBeRead(t *testing.T) {
	o := newOffice(t)
	w := o.desk(t, "steady", smtp(withLogin))
	w.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "mail-login"}, StringData: map[string]string{"username": "example", "password": "tell-nobody"}})
	w.look()
	before, _ := o.registry.Route("steady", "mail")
	w.employBy(o, away{w.Client})
	w.later(time.Minute)
	w.look()
	w.expectSending(metav1.ConditionTrue, cxv1.ReasonSendingOn, "")
	if same, inUse := o.registry.Route("steady", "mail"); !inUse || same.Channel != before.Channel {
		t.Error("the channel is out of use, or built anew")
	}
}
