// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package faults lets the controllers crash after every single write, serves them stale reads and drops their events, and
// asks that the same end be reached and kept.
package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// errDown is what a crashed process sees of the world: nothing.
var errDown = errors.New("the process has crashed")

// cluster is an API server and a store that outlive every crash.
type cluster struct {
	client   client.WithWatch
	database string
	store    *sqlite.Store
	// reader reads the database past the store.
	reader *sql.DB
	clock  *clocktesting.FakePassiveClock
	// boxes are people's; what lies in them cannot be taken back.
	boxes *people.Mailboxes

	mu       sync.Mutex
	revision int64
}

// programID is the id of build.Program.
const programID = "example-retail"

func kinds() []client.Object {
	return []client.Object{
		&cxv1.Program{}, &cxv1.Owner{}, &cxv1.Persona{}, &cxv1.Journey{}, &cxv1.Goal{}, &cxv1.KPI{}, &cxv1.Survey{},
		&cxv1.SurveyWave{}, &cxv1.Initiative{}, &cxv1.OwnerAssignment{}, &cxv1.Scorecard{}, &cxv1.Framework{}, &cxv1.Assessment{},
		&cxv1.FollowUp{},
	}
}

// indexing gives a builder's client the indexes that controllers register with a manager.
type indexing struct{ builder *fake.ClientBuilder }

func (i indexing) IndexField(_ context.Context, obj client.Object, field string, extract client.IndexerFunc) error {
	i.builder.WithIndex(obj, field, extract)
	return nil
}

// checkpoint is everything that a cluster holds at one moment.
type checkpoint struct {
	objects  []client.Object
	database []byte
	boxes    *people.Mailboxes
	now      time.Time
}

// restore makes a cluster that goes on from a checkpoint.
func (c checkpoint) restore(t *testing.T) *cluster {
	t.Helper()
	builder := fake.NewClientBuilder().WithScheme(controllers.Scheme()).WithStatusSubresource(kinds()...).WithReturnManagedFields()
	if err := controllers.Indexes(t.Context(), indexing{builder}); err != nil {
		t.Fatal(err)
	}
	for _, obj := range c.objects {
		builder.WithObjects(obj.DeepCopyObject().(client.Object))
	}
	k := &cluster{
		client: identify(builder.Build()), database: filepath.Join(t.TempDir(), "evidence.db"),
		clock: clocktesting.NewFakePassiveClock(c.now), boxes: c.boxes.Clone(),
	}
	if c.database != nil {
		if err := os.WriteFile(k.database, c.database, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.open(t)
	t.Cleanup(func() { k.close(t) })
	return k
}

func (c *cluster) close(t *testing.T) {
	t.Helper()
	// The reader first: the last one to close makes the file whole.
	if err := errors.Join(c.reader.Close(), c.store.Close()); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) open(t *testing.T) {
	t.Helper()
	var err error
	if c.store, err = sqlite.Open(context.WithoutCancel(t.Context()), c.database, sqlite.Options{Now: c.clock.Now}); err != nil {
		t.Fatal(err)
	}
	if c.reader, err = sql.Open("sqlite", "file:"+c.database+"?mode=ro"); err != nil {
		t.Fatal(err)
	}
	c.changed() // what is there already is no change
}

// save makes a checkpoint. The store is closed for a moment, so that its file is whole.
func (c *cluster) save(t *testing.T) checkpoint {
	t.Helper()
	saved := checkpoint{now: c.clock.Now(), boxes: c.boxes.Clone()}
	for _, kind := range append(kinds(), &corev1.Namespace{}) {
		saved.objects = append(saved.objects, c.list(t, kind)...)
	}
	c.close(t)
	var err error
	if saved.database, err = os.ReadFile(c.database); err != nil {
		t.Fatal(err)
	}
	c.open(t)
	return saved
}

// list reads all objects of a kind, by name.
func (c *cluster) list(t *testing.T, kind client.Object) []client.Object {
	t.Helper()
	gvk, err := apiutil.GVKForObject(kind, c.client.Scheme())
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.client.Scheme().New(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.client.List(t.Context(), list.(client.ObjectList)); err != nil {
		t.Fatal(err)
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		t.Fatal(err)
	}
	objs := make([]client.Object, len(items))
	for i := range items {
		objs[i] = items[i].(client.Object)
	}
	return objs
}

// identify does what the fake client leaves out and a real API server does: it gives objects their identity, their
// creation time, and a new generation with every change of the spec.
func identify(c client.WithWatch) client.WithWatch {
	born := func(obj client.Object) {
		obj.SetUID(types.UID(fmt.Sprintf("uid-%T-%s", obj, obj.GetName())))
		obj.SetGeneration(1)
		if created := obj.GetCreationTimestamp(); created.IsZero() {
			obj.SetCreationTimestamp(metav1.NewTime(time.Date(2027, 1, 4, 7, 0, 0, 0, time.UTC)))
		}
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			born(obj)
			return c.Create(ctx, obj, o...)
		},
		Apply: func(ctx context.Context, c client.WithWatch, applied runtime.ApplyConfiguration, o ...client.ApplyOption) error {
			if err := c.Apply(ctx, applied, o...); err != nil {
				return err
			}
			return settleApplied(ctx, c, applied, born)
		},
	})
}

// settleApplied completes an object that was applied.
func settleApplied(ctx context.Context, c client.WithWatch, applied any, born func(client.Object)) error {
	named := applied.(interface {
		GetKind() *string
		GetName() *string
		GetNamespace() *string
	})
	obj, err := c.Scheme().New(cxv1.GroupVersion.WithKind(*named.GetKind()))
	if err != nil {
		return err
	}
	typed := obj.(client.Object)
	if err := c.Get(ctx, client.ObjectKey{Namespace: *named.GetNamespace(), Name: *named.GetName()}, typed); err != nil {
		return err
	}
	if typed.GetUID() != "" {
		return nil
	}
	before := typed.DeepCopyObject().(client.Object)
	born(typed)
	return c.Patch(ctx, typed, client.MergeFrom(before))
}

// process is one life of the operator: it works until it crashes after a given number of writes.
type process struct {
	cluster *cluster
	// crashAfter is the number of writes after which it crashes; 0 is never.
	crashAfter int
	// stale makes a read repeat what the same read returned before, each second time.
	stale bool

	mu     sync.Mutex
	writes int
	down   bool
	// log has what each write was, by the controller at work.
	log  []string
	name string
	// last is what each read returned the last time, and how often it was asked.
	last  map[string]runtime.Object
	asked map[string]int
}

func (p *process) crashed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

// wrote counts a write that has happened, and crashes if it was the one.
func (p *process) wrote(what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	p.log = append(p.log, p.name+": "+what)
	if p.writes == p.crashAfter {
		p.down = true
		return errDown
	}
	return nil
}

func (p *process) write(what string, do func() error) error {
	if p.crashed() {
		return errDown
	}
	if err := do(); err != nil {
		return err
	}
	return p.wrote(what)
}

func (p *process) newStore() store.Store {
	return &storetest.Faulty{
		Store: p.cluster.store,
		BeforeWrite: func(string) error {
			if p.crashed() {
				return errDown
			}
			return nil
		},
		AfterWrite: func(operation string) error {
			if !p.cluster.changed() {
				return nil // what was written is what was there
			}
			return p.wrote("store." + operation)
		},
	}
}

func (p *process) newClient() client.WithWatch {
	return interceptor.NewClient(p.cluster.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, o ...client.GetOption) error {
			return p.read(fmt.Sprintf("%T %s", obj, key), obj, func() error { return c.Get(ctx, key, obj, o...) })
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
			return p.read(fmt.Sprintf("%T %v", list, o), list, func() error { return c.List(ctx, list, o...) })
		},
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			create := func() error { return c.Create(ctx, obj, o...) }
			if len((&client.CreateOptions{}).ApplyOptions(o).DryRun) > 0 {
				return p.read(fmt.Sprintf("trial of %T", obj), obj, create) // it writes nothing: a crash after it is one before it
			}
			return p.write(fmt.Sprintf("create %T", obj), create)
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.DeleteOption) error {
			return p.write(fmt.Sprintf("delete %T", obj), func() error { return c.Delete(ctx, obj, o...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, o ...client.PatchOption) error {
			return p.write(fmt.Sprintf("patch %T", obj), func() error { return c.Patch(ctx, obj, patch, o...) })
		},
		Apply: func(ctx context.Context, c client.WithWatch, obj runtime.ApplyConfiguration, o ...client.ApplyOption) error {
			return p.write(fmt.Sprintf("apply %T", obj), func() error { return c.Apply(ctx, obj, o...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, o ...client.SubResourcePatchOption) error {
			return p.write(fmt.Sprintf("patch %T/%s", obj, sub), func() error { return c.SubResource(sub).Patch(ctx, obj, patch, o...) })
		},
	})
}

// read serves what is true, or, to a stale process, each second time what was true when it asked before.
func (p *process) read(key string, into runtime.Object, do func() error) error {
	if p.crashed() {
		return errDown
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stale {
		p.asked[key]++
		if old := p.last[key]; old != nil && p.asked[key]%2 == 0 {
			return copyInto(into, old)
		}
	}
	if err := do(); err != nil {
		return err
	}
	if p.stale {
		p.last[key] = into.DeepCopyObject()
	}
	return nil
}

func copyInto(into, from runtime.Object) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(from)
	if err != nil {
		return err
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(content, into)
}

// changed reports whether the store holds something else than when it was last asked.
func (c *cluster) changed() bool {
	revision, err := c.store.Revision(context.Background(), programID)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.revision
	c.revision = revision
	return before != revision
}

// edit changes the spec of an object as a person would.
func (c *cluster) edit(t *testing.T, obj client.Object, change func()) {
	t.Helper()
	key := client.ObjectKeyFromObject(obj)
	if err := c.client.Get(t.Context(), key, obj); err != nil {
		t.Fatal(err)
	}
	before := obj.DeepCopyObject()
	change()
	if !equality.Semantic.DeepEqual(before, obj) {
		obj.SetGeneration(obj.GetGeneration() + 1)
	}
	if err := c.client.Update(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
}
