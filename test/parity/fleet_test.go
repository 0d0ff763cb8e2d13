// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	sending "github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/namespace"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/programs"
)

const (
	// atOnce is how many requests are under way at a time.
	atOnce = 24
	// patience bounds every wait: a machine that others keep busy needs many times as long.
	patience = 30 * time.Minute
)

// fleet is many programs on one API server, looked after by one operator.
type fleet struct {
	*testing.T
	*harness.Harness
	programs   []*member
	store      *sqlite.Store
	clock      *clocktesting.FakePassiveClock
	operator   *operator.Operator
	kubeconfig string
	began      time.Time
}

// member is a program: a folder, and the namespace that it is applied to.
type member struct {
	seed                  uint64
	id, folder, namespace string
	objects               []client.Object
	// assignments is how many OwnerAssignments follow from it.
	assignments int
	boxes       *people.Mailboxes
}

func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	f := &fleet{T: t, Harness: harness.New(t), clock: clocktesting.NewFakePassiveClock(time.Now()), began: time.Now()}
	f.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(f.kubeconfig, f.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	f.store = operator.StoreAt(t, f.clock.Now)
	f.programs = make([]*member, n)
	root := t.TempDir()
	for i := range f.programs {
		f.programs[i] = f.write(filepath.Join(root, fmt.Sprint(i+1)), uint64(i+1))
	}
	return f
}

// write generates a program into a folder and reads it as kubectl cx does.
func (f *fleet) write(folder string, seed uint64) *member {
	f.Helper()
	if err := programs.Write(folder, programs.Varied(seed, f.clock.Now())); err != nil {
		f.Fatal(err)
	}
	loaded, err := files.Load(folder)
	if err != nil || len(loaded.Problems) > 0 {
		f.Fatalf("seed %d: %v, %v", seed, err, loaded.Problems)
	}
	m := &member{seed: seed, folder: folder, id: loaded.Snapshot.Program.Spec.ID}
	m.namespace = harness.New(f.T).Namespace
	m.boxes = &people.Mailboxes{ProgramID: m.id}
	m.assignments = len(program.Evaluate(loaded.Snapshot, nil, f.clock.Now()).Snapshot.Assignments)
	for _, obj := range loaded.Snapshot.All() {
		obj.SetNamespace(m.namespace)
		m.objects = append(m.objects, obj)
	}
	return m
}

// each does something for every program, many at a time.
func (f *fleet) each(do func(ctx context.Context, m *member) error) {
	f.Helper()
	group, ctx := errgroup.WithContext(f.Context())
	group.SetLimit(atOnce)
	for _, m := range f.programs {
		group.Go(func() error {
			if err := do(ctx, m); err != nil {
				return fmt.Errorf("seed %d: %w", m.seed, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		f.Fatal(err)
	}
}

func (f *fleet) apply() {
	f.Helper()
	f.each(func(ctx context.Context, m *member) error {
		for _, obj := range m.objects {
			if err := f.Client.Create(ctx, obj); err != nil {
				return err
			}
		}
		return nil
	})
}

// gauge is a Prometheus that gives each hour of each namespace a number of its own.
type gauge struct{}

func (gauge) Ask(_ context.Context, namespace string, at time.Time, queries ...promql.Query) ([]promql.Answer, error) {
	answers := make([]promql.Answer, len(queries))
	for i, query := range queries {
		number := len(namespace)*7 + len(query.String())*3 + at.Hour()
		answers[i] = promql.Answer{Value: &model.Scalar{Value: model.SampleValue(number) / 3}}
	}
	return answers, nil
}

// operate runs the operator from an instant on, as after a pause, until nothing is left to do.
func (f *fleet) operate(now time.Time) {
	f.Helper()
	if f.operator != nil {
		if err := f.operator.Stop(); err != nil {
			f.Fatal(err)
		}
	}
	f.clock.SetTime(now)
	registry := &delivery.Registry{Folder: f.TempDir()}
	services := controllers.Services{
		Evidence: f.store, People: f.store, Offers: f.store, Links: people.Keys(),
		Sending:    sending.Sending{Allowed: func(string) bool { return true }, Channels: registry, Pauses: f.store},
		Prometheus: gauge{},
	}
	f.operator = operator.Start(f.T, f.Config, operator.Options{Store: f.store, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		return controllers.Setup(ctx, mgr, services, f.clock)
	}})
	f.rest()
}

// rest waits until every object was looked at as it is, and nobody has written for a while.
func (f *fleet) rest() {
	f.Helper()
	var rest operator.Rest
	wrote, left := map[string]int{}, ""
	err := wait.PollUntilContextTimeout(f.Context(), operator.LookEvery, patience, true, func(ctx context.Context) (bool, error) {
		wrote = f.operator.Writes.ByKind()
		over, err := rest.Over(ctx, f.Client, wrote)
		if !over || err != nil {
			return false, err
		}
		left, err = f.left(ctx)
		rest = operator.Rest{} // looking at all programs takes time that the operator needs
		return left == "", err
	})
	if err != nil {
		f.Fatalf("the operator does not rest: %v, %s: %v", err, left, wrote)
	}
	f.Logf("after %s it rests; it wrote %v", time.Since(f.began).Round(time.Second), wrote)
}

// left is what the operator has not looked at yet, by its own cache; empty for nothing.
func (f *fleet) left(ctx context.Context) (string, error) {
	for _, m := range f.programs {
		s, err := namespace.Read(ctx, f.operator.Manager.GetClient(), m.namespace)
		if err != nil {
			return "", err
		}
		if n := len(s.Assignments); n != m.assignments || len(s.Scorecards) == 0 {
			return fmt.Sprintf("seed %d: %d OwnerAssignments of %d, %d Scorecards", m.seed, n, m.assignments, len(s.Scorecards)), nil
		}
		for _, obj := range s.All() {
			if obj.CommonStatus().ObservedGeneration != obj.GetGeneration() {
				return fmt.Sprintf("seed %d: %s", m.seed, program.Key(obj)), nil
			}
		}
	}
	return "", nil
}

// decide lets the owners of some programs answer what they are asked: most accept, some decline, and some say nothing.
func (f *fleet) decide(of func(*member) bool) {
	f.Helper()
	f.each(func(ctx context.Context, m *member) error {
		if !of(m) {
			return nil
		}
		list := &cxv1.OwnerAssignmentList{}
		if err := f.Client.List(ctx, list, client.InNamespace(m.namespace)); err != nil {
			return err
		}
		for i := range list.Items {
			a := &list.Items[i]
			answer := (uint64(i) + m.seed) % 4
			if programs.AllIsWell(m.seed) {
				answer = 0
			}
			if a.Spec.Proposed == nil || answer == 3 {
				continue
			}
			decision := &cxv1.Decision{OfferID: a.Spec.Proposed.OfferID, Result: cxv1.DecisionAccepted}
			if answer == 2 {
				decision.Result, decision.Reason = cxv1.DecisionDeclined, "No time"
			}
			change := client.MergeFrom(a.DeepCopy())
			a.Spec.Decision = decision
			if err := f.Client.Patch(ctx, a, change); err != nil {
				return err
			}
		}
		return nil
	})
}

// handOver names another owner of the first goal, in the folder and in the cluster.
func (f *fleet) handOver() {
	f.Helper()
	f.each(func(ctx context.Context, m *member) error {
		goal := &cxv1.Goal{}
		if err := f.Client.Get(ctx, client.ObjectKey{Namespace: m.namespace, Name: "goal-0"}, goal); err != nil {
			return err
		}
		was, is := goal.Spec.OwnerRef, cxv1.Ref("owner-1")
		if was == "" || was == is {
			return nil
		}
		file := filepath.Join(m.folder, "goals", "goal-0.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text = []byte(strings.Replace(string(text), "ownerRef: "+string(was), "ownerRef: "+string(is), 1))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		change := client.MergeFrom(goal.DeepCopy())
		goal.Spec.OwnerRef = is
		return f.Client.Patch(ctx, goal, change)
	})
}

// asks says whether a program asks people.
func (m *member) asks() bool { return m.seed%4 == 0 }

// importContacts gives programs people to ask.
func (f *fleet) importContacts() {
	f.Helper()
	for _, m := range f.programs {
		if !m.asks() {
			continue
		}
		contacts := people.Contacts("shopper", 20)
		if _, err := f.store.ImportContacts(f.Context(), m.id, programs.Persona, people.Each(contacts), f.clock.Now()); err != nil {
			f.Fatal(err)
		}
	}
}

// requestWaves is kubectl cx wave request.
func (f *fleet) requestWaves(of func(*member) bool) {
	f.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cxv1.AnnotationWaveRequestedAt, f.clock.Now().UTC().Format(time.RFC3339))
	f.each(func(ctx context.Context, m *member) error {
		if !of(m) {
			return nil
		}
		survey := &cxv1.Survey{}
		survey.Name, survey.Namespace = programs.Survey, m.namespace
		return f.Client.Patch(ctx, survey, client.RawPatch("application/merge-patch+json", []byte(patch)))
	})
}

// answer sends the mail of waves and lets people answer.
func (f *fleet) answer() {
	f.Helper()
	for _, m := range f.programs {
		if !m.asks() {
			continue
		}
		m.boxes.Deliver(f.T, f.store, f.clock)
		invited := m.boxes.Invited(programs.Survey)
		if len(invited) == 0 {
			f.Fatalf("seed %d: nobody is invited", m.seed)
		}
		for i, address := range invited[:len(invited)-2] {
			values := fmt.Sprintf(`{"recommend":%d}`, (uint64(i*3)+m.seed)%11)
			m.boxes.Answer(f.T, f.store, f.clock, programs.Survey, address, values, people.MayContact)
		}
	}
}

// respond is kubectl cx followups respond and resolve, for some of those that are open.
func (f *fleet) respond() {
	f.Helper()
	f.each(func(ctx context.Context, m *member) error {
		list := &cxv1.FollowUpList{}
		if err := f.Client.List(ctx, list, client.InNamespace(m.namespace)); err != nil {
			return err
		}
		for i := range list.Items {
			followUp := &list.Items[i]
			change := client.MergeFrom(followUp.DeepCopy())
			switch i % 3 {
			case 0:
				followUp.Spec.Closing = &cxv1.Closing{RootCause: "other", Resolution: "Repaired"}
				fallthrough
			case 1:
				followUp.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
				if err := f.Client.Patch(ctx, followUp, change); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// source is a program as kubectl cx reads it.
func (f *fleet) source(flags []string, args ...string) (*kit.Source, error) {
	k := kit.New()
	k.Clock = f.clock.Now
	var complaints strings.Builder
	cmd := &cobra.Command{}
	cmd.SetErr(&complaints)
	k.AddFlags(cmd.Flags())
	if err := cmd.ParseFlags(flags); err != nil {
		return nil, err
	}
	source, err := k.Load(cmd, args)
	if err == nil && complaints.Len() > 0 {
		err = fmt.Errorf("it complains: %s", &complaints)
	}
	return source, err
}

// online is the program as its namespace shows it.
func (f *fleet) online(m *member) (*kit.Source, error) {
	return f.source([]string{"--kubeconfig", f.kubeconfig, "-n", m.namespace})
}

// offline is the program as its folder shows it, with the evidence that kubectl cx export writes.
func (f *fleet) offline(ctx context.Context, m *member) (*kit.Source, error) {
	evidence, err := f.store.Evidence(ctx, m.id, store.EvidenceQuery{Now: f.clock.Now()})
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(evidence)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(m.folder, "..", "evidence-"+m.id+".json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	return f.source([]string{"--evidence", file, "--now", f.clock.Now().Format(time.RFC3339)}, m.folder)
}
