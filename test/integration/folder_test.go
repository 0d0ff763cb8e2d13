// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// yesterday is a time that numbers are about.
func yesterday() metav1.Time {
	return metav1.NewTime(time.Now().AddDate(0, 0, -1).Truncate(time.Second))
}

func kpi(name string, changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI(name, append([]func(*cxv1.KPI){func(k *cxv1.KPI) { k.Spec.Source.Manual.AsOf = yesterday() }}, changes...)...)
}

// mixed makes a Program and n-1 objects of all kinds that people write, which name each other.
func mixed(id string, n int) []client.Object {
	objs := []client.Object{
		build.Program(func(p *cxv1.Program) { p.Spec.ID, p.Spec.Lead = id, "owner-1" }),
		build.Owner("owner-1"), build.Persona("shopper"), build.Goal("growth"), build.Journey("journey-0"),
	}
	for i := len(objs); i < n; i++ {
		owner := cxv1.Ref("owner-1")
		switch i % 7 {
		case 0:
			objs = append(objs, build.Owner(fmt.Sprintf("owner-%d", i), func(o *cxv1.Owner) { o.Spec.ReportsTo = owner }))
		case 1:
			objs = append(objs, build.Persona(fmt.Sprintf("persona-%d", i)))
		case 2:
			objs = append(objs, build.Journey(fmt.Sprintf("journey-%d", i), func(j *cxv1.Journey) {
				j.Spec.OwnerRef, j.Spec.Personas = owner, []cxv1.Ref{"shopper"}
			}))
		case 3:
			objs = append(objs, build.Goal(fmt.Sprintf("goal-%d", i), func(g *cxv1.Goal) { g.Spec.ParentRef, g.Spec.OwnerRef = "growth", owner }))
		case 4:
			objs = append(objs, kpi(fmt.Sprintf("kpi-%d", i), func(k *cxv1.KPI) { k.Spec.GoalRef, k.Spec.OwnerRef = "growth", owner }))
		case 5:
			objs = append(objs, build.Survey(fmt.Sprintf("survey-%d", i), func(s *cxv1.Survey) { s.Spec.OwnerRef = owner }))
		case 6:
			objs = append(objs, build.Initiative(fmt.Sprintf("initiative-%d", i), func(v *cxv1.Initiative) {
				v.Spec.GoalRefs, v.Spec.OwnerRef = []cxv1.Ref{"growth"}, owner
			}))
		}
	}
	return objs
}

// folder is YAML on disk, one file for each object, and a kubectl to apply it.
type folder struct {
	*world
	dir, kubeconfig string
}

func newFolder(w *world, objs []client.Object) *folder {
	w.Helper()
	f := &folder{world: w, dir: w.TempDir(), kubeconfig: filepath.Join(w.TempDir(), "kubeconfig")}
	f.file(f.kubeconfig, w.Plane.Kubeconfig)
	for _, obj := range objs {
		f.write(obj, nil)
	}
	return f
}

func (f *folder) file(path string, content []byte) {
	f.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.Fatal(err)
	}
}

// write writes an object as people do, without a status, after a change that Go's types would not let pass.
func (f *folder) write(obj client.Object, change func(spec map[string]any)) (file string) {
	f.Helper()
	gvk, err := apiutil.GVKForObject(obj, harness.Scheme)
	if err != nil {
		f.Fatal(err)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		f.Fatal(err)
	}
	delete(content, "status")
	content["apiVersion"], content["kind"] = gvk.GroupVersion().String(), gvk.Kind
	if change != nil {
		change(content["spec"].(map[string]any))
	}
	text, err := yaml.Marshal(content)
	if err != nil {
		f.Fatal(err)
	}
	file = strings.ToLower(gvk.Kind) + "-" + obj.GetName() + ".yaml"
	f.file(filepath.Join(f.dir, file), text)
	return file
}

// apply is kubectl apply -f of the folder. It returns what kubectl complains about.
func (f *folder) apply() (complaint string, failed bool) {
	f.Helper()
	var stderr strings.Builder
	command := exec.CommandContext(f.Context(), filepath.Join(f.Plane.Assets, "kubectl"), "apply", "-f", f.dir, "-n", f.Namespace)
	command.Env = append(os.Environ(), "KUBECONFIG="+f.kubeconfig)
	command.Stderr = &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		f.Fatal(err)
	}
	return stderr.String(), err != nil
}

func TestABrokenFileAmongForty(t *testing.T) {
	w := newWorld(t, clock.RealClock{}, 1)
	nps := func(sampleSize int64) *cxv1.KPI {
		return kpi("kpi-4", func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Class, k.Spec.Metric, k.Spec.Source.Manual.Value = cxv1.MethodNPS, cxv1.KPIExperience, "nps", ""
			k.Spec.Source.Manual.Counts = &cxv1.Counts{Promoters: new(int64(60)), Passives: new(int64(25)), Detractors: new(int64(15))}
			k.Spec.Source.Manual.SampleSize = &sampleSize
		})
	}
	for name, tc := range map[string]struct {
		broken *cxv1.KPI
		change func(spec map[string]any)
		// complains are words of kubectl, "" when it takes the file; says are words of the object's condition.
		complains, says []string
	}{
		"a number that the operator refuses": {broken: nps(90),
			says: []string{"False/CountsInconsistent", "spec.source.manual", "sampleSize is 90", "add up to 100"}},
		"a field that the API server does not know": {broken: nps(100), change: func(spec map[string]any) { spec["goalReff"] = "growth" },
			complains: []string{"kpi-kpi-4.yaml", `unknown field "spec.goalReff"`}},
	} {
		t.Run(name, func(t *testing.T) {
			const files = 40
			objs := mixed(fmt.Sprintf("forty-%d", len(name)), files-1)
			f := newFolder(w.beside(t), objs)
			file := f.write(tc.broken, tc.change)
			complaint, failed := f.apply()
			if failed != (len(tc.complains) > 0) {
				t.Errorf("kubectl failed: %t; it says %s", failed, complaint)
			}
			for _, word := range tc.complains {
				if !strings.Contains(complaint, word) {
					t.Errorf("kubectl says %q, want %q", complaint, word)
				}
			}
			if len(tc.says) == 0 {
				f.awaitReady(files - 1)
			} else {
				f.awaitReady(files, "KPI/kpi-4")
				f.expect(build.KPI("kpi-4"), tc.says[0], tc.says[1:]...)
				f.expectAttention("KPI/kpi-4")
			}
			if fixed := f.write(nps(100), nil); fixed != file {
				t.Fatalf("the fixed file is %s, the broken one %s", fixed, file)
			}
			if complaint, failed := f.apply(); failed {
				t.Fatalf("the folder is right now, but kubectl says %s", complaint)
			}
			f.awaitReady(files)
			f.expectAttention()
		})
	}
}

// expectAttention waits until the Program lists exactly these objects, of those that people write, as in need of attention.
func (w *world) expectAttention(objects ...string) {
	w.Helper()
	want := strings.Join(objects, " ")
	w.await(fmt.Sprintf("the Program to ask for attention for %q", want), func() string {
		prog := build.Program()
		w.Get(prog)
		var got []string
		for _, a := range prog.Status.Attention {
			if !strings.HasPrefix(a.Object, "OwnerAssignment/") {
				got = append(got, a.Object)
			}
		}
		if now := strings.Join(got, " "); now != want {
			return fmt.Sprintf("it asks for %q", now)
		}
		return ""
	})
}
