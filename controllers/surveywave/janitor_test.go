// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// swept is a wave with mail for three people that waits, in a namespace whose claim is as in a cluster.
func swept(t *testing.T) *asking {
	t.Helper()
	a := ask(t)
	home := a.home()
	holder := store.Holder{NamespaceUID: string(home.UID), Namespace: home.Name, ProgramUID: "any"}
	if _, err := a.Store.Claim(t.Context(), world.ProgramID, holder, a.Namespace, a.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	a.importContacts(people.Contacts("shopper", 3)...)
	a.look()
	return a
}

func (a *asking) home() *corev1.Namespace {
	a.t.Helper()
	home := &corev1.Namespace{}
	if err := a.Client.Get(a.t.Context(), client.ObjectKey{Name: a.Namespace}, home); err != nil {
		a.t.Fatal(err)
	}
	return home
}

// queued is how many mails wait after a sweep.
func (a *asking) queued(live client.Reader) int64 {
	a.t.Helper()
	if err := surveywave.NewJanitor(live, a.Store, a.People, a.Clock, nil).Sweep(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	return a.counts().Queued
}

func TestMailOfAWaveThatIsThereStays(t *testing.T) {
	a := swept(t)
	if n := a.queued(a.Client); n != 3 {
		t.Errorf("%d mails wait, want all three", n)
	}
	a.once(a.deliver(), 3)
}

func TestMailOfAWaveThatIsGoneIsCancelled(t *testing.T) {
	a := swept(t)
	a.Delete(a.wave)
	if n := a.queued(a.Client); n != 0 {
		t.Errorf("%d mails wait", n)
	}
	a.once(a.deliver(), 0)
	// Made again, the wave writes to nobody whose mail was cancelled.
	a.wave = a.waveOf()
	a.Create(a.wave)
	a.restart()
	a.look()
	a.once(a.deliver(), 0)
}

func TestMailIsCancelledWhenTheWavesNameIsSomebodyElses(t *testing.T) {
	a := swept(t)
	a.Delete(a.wave)
	a.Create(build.SurveyWave(a.wave.Name, func(w *cxv1.SurveyWave) { w.Spec.Template.Survey = "another" }))
	if n := a.queued(a.Client); n != 0 {
		t.Errorf("%d mails wait", n)
	}
}

func TestMailOfANamespaceThatIsAboutToGoIsCancelled(t *testing.T) {
	a := swept(t)
	// Nobody empties namespaces here, so it stays Terminating, and the wave in it.
	if err := a.Client.Delete(t.Context(), a.home()); err != nil {
		t.Fatal(err)
	}
	if a.home().DeletionTimestamp.IsZero() {
		t.Fatal("the namespace is not about to go")
	}
	if n := a.queued(a.Client); n != 0 {
		t.Errorf("%d mails wait", n)
	}
}

// reader is a live reader that answers some reads itself.
type reader struct {
	client.Reader
	answer func(obj client.Object) error
}

func (r reader) Get(ctx context.Context, key client.ObjectKey, obj client.Object, o ...client.GetOption) error {
	if err := r.answer(obj); err != nil {
		return err
	}
	return r.Reader.Get(ctx, key, obj, o...)
}

func TestANamespaceMadeAgainUnderTheSameNameIsAnotherOne(t *testing.T) {
	a := swept(t)
	notFound := reader{a.Client, func(obj client.Object) error {
		if _, ok := obj.(*corev1.Namespace); ok {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, a.Namespace)
		}
		return nil
	}}
	if n := a.queued(notFound); n != 0 {
		t.Errorf("%d mails wait in a namespace that is gone", n)
	}
	b := swept(t)
	holder := store.Holder{NamespaceUID: "another-uid", Namespace: b.Namespace, ProgramUID: "any"}
	if _, err := b.Store.Claim(t.Context(), world.ProgramID, holder, string(b.home().UID), b.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if n := b.queued(b.Client); n != 0 {
		t.Errorf("%d mails wait for a namespace that was there before", n)
	}
}

func TestWhatCannotBeLookedAtIsLeftAlone(t *testing.T) {
	a := swept(t)
	down := errors.New("the API server is away")
	for name, obj := range map[string]client.Object{"the namespace": &corev1.Namespace{}, "the wave": &cxv1.SurveyWave{}} {
		failing := reader{a.Client, func(asked client.Object) error {
			if sameKind(asked, obj) {
				return down
			}
			return nil
		}}
		if err := surveywave.NewJanitor(failing, a.Store, a.People, a.Clock, nil).Sweep(t.Context()); !errors.Is(err, down) {
			t.Errorf("%s: %v, want the error", name, err)
		}
		forbidden := reader{a.Client, func(asked client.Object) error {
			if sameKind(asked, obj) {
				return apierrors.NewForbidden(schema.GroupResource{}, a.Namespace, errors.New("no rights"))
			}
			return nil
		}}
		if n := a.queued(forbidden); n != 3 {
			t.Errorf("%s may not be read: %d mails wait, want three", name, n)
		}
	}
}

func sameKind(a, b client.Object) bool {
	_, first := a.(*corev1.Namespace)
	_, second := b.(*corev1.Namespace)
	return first == second
}

// Nothing is sent before a sweep has succeeded: not after a start, however often it fails.
func TestMailStartsOnlyAfterASweep(t *testing.T) {
	a := swept(t)
	a.Delete(a.wave)
	ctx, stop := context.WithCancel(t.Context())
	var order []string
	live := reader{a.Client, func(client.Object) error {
		order = append(order, "read")
		return nil
	}}
	mail := manager.RunnableFunc(func(context.Context) error {
		order = append(order, "mail")
		if n := a.counts().Queued; n != 0 {
			t.Errorf("%d mails wait when the mail starts", n)
		}
		stop()
		return nil
	})
	if err := surveywave.NewJanitor(live, a.Store, a.People, a.Clock, mail).Start(ctx); err != nil {
		t.Fatal(err)
	}
	if i := slices.Index(order, "mail"); i < 2 {
		t.Errorf("in this order: %v", order)
	}
	// Told to stop before it could look, it starts nothing.
	b := swept(t)
	never := manager.RunnableFunc(func(context.Context) error { t.Error("mail goes out unseen"); return nil })
	ctx, stop = context.WithCancel(t.Context())
	failing := reader{b.Client, func(client.Object) error { stop(); return errors.New("the API server is away") }}
	if err := surveywave.NewJanitor(failing, b.Store, b.People, b.Clock, never).Start(ctx); err != nil {
		t.Fatal(err)
	}
}
