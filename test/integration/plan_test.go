// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/plan"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// The story of a change: a branch names another owner and moves a survey, whoever reviews it reads the plan, and once it is merged and
// applied exactly that happens.
func TestApplyingABranchDoesWhatThePlanSaid(t *testing.T) {
	const id = "plan-keeps-its-word"
	clk := stillClock()
	w := newWorld(t, clk, 1)
	w.StartControllerManager()
	objs := retailer(t, id)
	for _, obj := range objs {
		obj.SetNamespace("")
	}
	f := newFolder(w, objs)
	if complaint, failed := f.apply(); failed {
		t.Fatal(complaint)
	}
	w.acceptAll(len(objs))
	evidence, err := json.Marshal(w.evidence(id))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "evidence.json")
	f.file(file, evidence)
	before := w.asPlanned()
	f.commit()
	f.branch(objs)

	planned := &plan.Plan{}
	if err := json.Unmarshal(f.plan(clk.Now(), file, "json"), planned); err != nil {
		t.Fatal(err)
	}
	if len(planned.Assignments) < 6 || len(planned.Waves) != 2 || planned.Coverage == nil || len(planned.Approvals) != 1 ||
		len(planned.Criteria) == 0 {
		t.Fatalf("the branch changes too little to show anything: %+v", planned)
	}
	comment := string(f.plan(clk.Now(), file, "markdown"))
	if !strings.HasPrefix(comment, "<!-- cx-plan -->\n") || !strings.Contains(comment, "head-of-stores must accept by") {
		t.Errorf("the comment for reviewers is:\n%s", comment)
	}
	if complaint, failed := f.apply(); failed {
		t.Fatal(complaint)
	}
	w.awaitReady(len(objs))
	w.awaitRest()
	if diff := gocmp.Diff(after(before, planned), w.asPlanned()); diff != "" {
		t.Errorf("something else happened than the plan said (-plan +cluster):\n%s", diff)
	}
	f.status(planned)

	handover := planned.Assignments[slices.IndexFunc(planned.Assignments, func(a plan.Assignment) bool { return a.Effect == plan.Handover })]
	for _, turn := range handover.Asked[1:] {
		clk.SetTime(handover.Asked[0].Until)
		handover.Asked = handover.Asked[1:]
		w.resync(w.operators[0])
		w.awaitRest()
		a := &cxv1.OwnerAssignment{}
		a.Name = handover.Name
		w.Get(w.In(a).(*cxv1.OwnerAssignment))
		if offer := a.Spec.Proposed; offer == nil || string(offer.Owner) != turn.Owner || offer.OfferID != turn.OfferID {
			t.Errorf("after silence %+v is asked, the plan said %+v", offer, turn)
		}
	}
}

// branch is what the branch changes.
func (f *folder) branch(objs []client.Object) {
	f.Helper()
	changes := map[string]func(spec map[string]any){
		"KPI/relationship-nps":       func(spec map[string]any) { spec["ownerRef"] = "head-of-stores" },
		"Survey/after-pickup-survey": func(spec map[string]any) { spec["schedule"] = map[string]any{"cron": "0 10 * * THU"} },
		"Program/program": func(spec map[string]any) {
			spec["budget"].(map[string]any)["approvedBy"] = "ceo"
			spec["sponsor"] = "chief-operating-officer"
			delete(spec, "ambassadors")
		},
		"Goal/customers-recommend-us":     func(spec map[string]any) { delete(spec, "ownerRef") },
		"Survey/warehouse-service-survey": func(spec map[string]any) { spec["suspend"] = true },
	}
	for _, obj := range objs {
		if change := changes[key(obj)]; change != nil {
			f.write(obj, change)
			delete(changes, key(obj))
		}
	}
	if len(changes) > 0 {
		f.Fatalf("the sample has not: %v", changes)
	}
}

func (f *folder) commit() {
	f.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "The program"}} {
		args = append([]string{"-C", f.dir, "-c", "user.name=nobody", "-c", "user.email=nobody@example.com"}, args...)
		command := exec.CommandContext(f.Context(), "git", args...)
		if out, err := command.CombinedOutput(); err != nil {
			f.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
}

// plan is kubectl cx plan between the last commit and the folder.
func (f *folder) plan(now time.Time, evidence, form string) []byte {
	f.Helper()
	var out, errs bytes.Buffer
	code := cli.Run("test", []string{"plan", "--from", "HEAD", "--to", f.dir, "--evidence", evidence, "--now", now.Format(time.RFC3339),
		"--exit-code", "-o", form}, &out, &errs)
	if code != 2 || errs.Len() > 0 {
		f.Fatalf("kubectl cx plan ends with %d: %s", code, errs.String())
	}
	return out.Bytes()
}

// status looks at the cluster as people do.
func (f *folder) status(planned *plan.Plan) {
	f.Helper()
	kubeconfig := filepath.Join(f.T.TempDir(), "kubeconfig")
	data, err := os.ReadFile(f.kubeconfig)
	if err != nil {
		f.Fatal(err)
	}
	f.file(kubeconfig, data)
	var out, errs bytes.Buffer
	if code := cli.Run("test", []string{"status", "--kubeconfig", kubeconfig, "-n", f.Namespace, "-o", "json"}, &out, &errs); code != 0 {
		f.Fatalf("kubectl cx status ends with %d: %s", code, errs.String())
	}
	var shown struct {
		Coverage cxv1.Coverage `json:"coverage"`
	}
	if err := json.Unmarshal(out.Bytes(), &shown); err != nil {
		f.Fatal(err)
	}
	if c := planned.Coverage; shown.Coverage.Pending != c.Pending.After || shown.Coverage.Unowned != c.Unowned.After {
		f.Errorf("kubectl cx status shows %+v, the plan said %+v", shown.Coverage, c)
	}
}

// asPlanned is everything in the cluster that a plan speaks of, in words that can be compared.
func (w *world) asPlanned() map[string]string {
	w.Helper()
	said := map[string]string{}
	for _, a := range w.assignments() {
		offer, due := "", ""
		if p := a.Spec.Proposed; p != nil {
			offer = string(p.Owner) + " " + p.OfferID
			if a.Status.OfferedAt != nil {
				due = a.Status.OfferedAt.Add(14 * 24 * time.Hour).UTC().Format(time.RFC3339)
			}
		}
		said["assignment "+a.Name] = assignment(string(a.Spec.Owner), a.Status.Phase, offer, due)
	}
	prog := build.Program()
	w.Get(prog)
	c := prog.Status.Coverage
	said["coverage"] = fmt.Sprint(c.Subjects, c.Owned, c.Accepted, c.Pending, c.Orphaned, c.Unowned)
	said["stage"] = fmt.Sprint(*prog.Status.Stage, prog.Status.StageName, prog.Status.Progress, prog.Status.WeakestCompetency)
	for _, obj := range w.objects() {
		switch o := obj.(type) {
		case *cxv1.Survey:
			at := ""
			if o.Status.NextWaveAt != nil {
				at = o.Status.NextWaveAt.UTC().Format(time.RFC3339)
			}
			said["survey "+o.Name] = o.Status.Schedule + " next " + at
		case *cxv1.Scorecard:
			for _, c := range o.Status.Criteria {
				said["criterion "+c.ID] = string(c.Result)
			}
		}
	}
	var steps []string
	for _, step := range prog.Status.NextSteps {
		steps = append(steps, step.Criterion)
	}
	slices.Sort(steps)
	said["next steps"] = strings.Join(steps, " ")
	return said
}

func assignment(owner string, phase cxv1.AssignmentPhase, offer, due string) string {
	return fmt.Sprintf("owner %q, %s, asked %q until %q", owner, phase, offer, due)
}

// after is what the plan makes of what was there.
func after(before map[string]string, p *plan.Plan) map[string]string {
	said := map[string]string{}
	for what, value := range before {
		said[what] = value
	}
	for _, a := range p.Assignments {
		if a.Phase.After == "" {
			delete(said, "assignment "+a.Name)
			continue
		}
		offer, due := "", ""
		if len(a.Asked) > 0 {
			offer, due = a.Asked[0].Owner+" "+a.Asked[0].OfferID, a.Asked[0].Until.UTC().Format(time.RFC3339)
		}
		said["assignment "+a.Name] = assignment(a.InForce.After, a.Phase.After, offer, due)
	}
	c := p.Coverage
	said["coverage"] = fmt.Sprint(c.Subjects.After, c.Owned.After, c.Accepted.After, c.Pending.After, c.Orphaned.After, c.Unowned.After)
	if s := p.Stage; s != nil {
		said["stage"] = fmt.Sprint(s.Stage.After, s.Name.After, s.Progress.After, s.Weakest.After)
	}
	for _, wave := range p.Waves {
		at := ""
		if wave.Next.After != nil {
			at = wave.Next.After.UTC().Format(time.RFC3339)
		}
		said["survey "+wave.Survey] = wave.Schedule.After + " next " + at
	}
	for _, c := range p.Criteria {
		said["criterion "+c.ID] = string(c.Result.After)
	}
	steps := strings.Fields(before["next steps"])
	steps = slices.DeleteFunc(steps, func(step string) bool { return slices.Contains(p.NextSteps.Done, step) })
	for _, step := range p.NextSteps.Added {
		steps = append(steps, step.Criterion)
	}
	slices.Sort(steps)
	said["next steps"] = strings.Join(steps, " ")
	return said
}
