// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner

import (
	"context"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/notice"
)

// address is one of the places where an owner is told. It must not get into a status, an event or a log.
type address struct {
	// key of the Secret: email, or a hook.
	key, value string
	sign       []byte
}

const email = "email"

// addressKeys are the keys of a Secret that are addresses, in the order in which they are told.
var addressKeys = []string{email, string(delivery.HookSlack), string(delivery.HookTeams), string(delivery.HookWeb)}

// addresses reads the owner's Secret, and says what is wrong with it.
func (t *telling) addresses(ctx context.Context) []address {
	secret, name := &corev1.Secret{}, string(t.owner.Spec.NotifySecretRef)
	err := t.notices.Secrets.Get(ctx, client.ObjectKey{Namespace: t.owner.Namespace, Name: name}, secret)
	switch {
	case apierrors.IsNotFound(err):
		t.trouble(metav1.ConditionFalse, cxv1.ReasonReferenceNotFound,
			"There is no Secret %q: create it with the key email, slack, teams or webhook.", name)
		return nil
	case apierrors.IsForbidden(err):
		t.trouble(metav1.ConditionFalse, cxv1.ReasonReadFailed,
			"The operator may not read the Secret %q: whoever runs it binds the role cx-operator-secrets to it here.", name)
		return nil
	case err != nil:
		t.trouble(metav1.ConditionUnknown, cxv1.ReasonReadFailed, "The Secret %q could not be read; it is tried again.", name)
		return nil
	}
	var found []address
	for _, key := range addressKeys {
		if value := strings.TrimSpace(string(secret.Data[key])); value != "" {
			found = append(found, t.checked(name, address{key: key, value: value}, secret)...)
		}
	}
	if len(found) == 0 {
		t.trouble(metav1.ConditionFalse, cxv1.ReasonNoAddress, "The Secret %q has none of the keys email, slack, teams and webhook.", name)
	}
	return found
}

func (t *telling) checked(secretName string, a address, secret *corev1.Secret) []address {
	if a.key == email {
		return []address{a}
	}
	if t.notices.Hooks == nil {
		return nil // this process delivers to no hooks
	}
	if err := t.notices.Hooks.Check(a.value); err != nil {
		t.trouble(metav1.ConditionFalse, cxv1.ReasonNoAddress, "The key %s of the Secret %q cannot be used: %v.", a.key, secretName, err)
		return nil
	}
	signing := secret.Data[delivery.HookKey]
	if a.key != string(delivery.HookWeb) || len(signing) == 0 {
		return []address{a}
	}
	key, err := delivery.ParseHookKey(string(signing))
	if err != nil {
		t.trouble(metav1.ConditionFalse, cxv1.ReasonNoAddress, "The Secret %q cannot be used: %v.", secretName, err)
		return nil
	}
	a.sign = key
	return []address{a}
}

// mark is the key of the mark that says that a notice was told by this address.
func (a address) mark(n notice.Notice) string { return a.key + "/" + n.Key() }

// slot is the key of the mark of a day's letter.
func (a address) slot(day, which string) string { return a.key + "/day/" + day + "/" + which }

func (a address) today(known map[string]string, day string) notice.Today {
	today := notice.Today{Digest: known[a.slot(day, "digest")] != ""}
	for today.Singles < notice.PerDay && known[a.slot(day, strconv.Itoa(today.Singles+1))] != "" {
		today.Singles++
	}
	return today
}

func (a address) place() string {
	if a.key == email {
		return "the mail server"
	}
	return "the other side"
}
