// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

var update = flag.Bool("update", false, "write what scripts and golden files expect anew")

// scene is a company in which something waits for everybody, with the operator's API beside it.
type scene struct {
	*company
	office *office
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{company: newCompany(t), office: openOffice(t)}
	s.office.past()
	s.office.draft()
	s.office.unhappy()
	s.Create(
		build.Program(func(p *cxv1.Program) { p.Spec.ID, p.Spec.RootCauses = invited.Program, []string{"order not ready"} }),
		build.Owner("head-of-cx", func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{headOfCX} }),
		build.Survey("pulse"), build.Survey("paused", func(v *cxv1.Survey) { v.Spec.Suspend = true }),
	)
	loyalty := s.offer("loyalty", "user:"+headOfCX)
	s.status(loyalty, func() {
		loyalty.Status.OfferedAt, loyalty.Status.Next = new(build.At(0)), "goes to ceo on 2027-01-18"
	})
	s.offer("budget", "user:"+headOfCX, func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject, a.Spec.Role = cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: "program", Item: cxv1.ItemBudget}, cxv1.RoleApprover
		a.Spec.Proposed.Terms = "budget 120000 EUR for 2027"
	})
	s.offer("others", "user:ceo@example.com")
	wave := build.SurveyWave("pulse-20270104t0900")
	s.Create(wave)
	s.status(wave, func() {
		wave.Status.Phase, wave.Status.AudienceHash = cxv1.WaveAwaiting, "0123456789abcdef"
		wave.Status.Counts = &cxv1.WaveCounts{Eligible: 7000, Sampled: 6500, Invited: 6000, Skipped: []cxv1.SkipCount{
			{Reason: "notSampled", Count: 500}, {Reason: "contactRule", Count: 500},
		}}
	})
	s.cases()
	return s
}

// cases are follow-ups: one that is late, one that is not, and one that is over.
func (s *scene) cases() {
	s.Helper()
	late, later, over := build.FollowUp("case"), build.FollowUp("later"), build.FollowUp("over")
	later.Spec.Case.DueBy = build.At(96 * 3600e9)
	over.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
	over.Spec.Closing = &cxv1.Closing{RootCause: "other", Resolution: "Explained"}
	s.Create(late, later, over)
	s.status(late, func() {
		late.Status.Phase, late.Status.Owner = cxv1.FollowUpOpen, "head-of-cx"
		meta.SetStatusCondition(&late.Status.Conditions, metav1.Condition{
			Type: cxv1.ConditionOnSchedule, Status: metav1.ConditionFalse, Reason: cxv1.ReasonOverdue, Message: "Nobody answered.",
		})
	})
	s.status(over, func() { over.Status.Phase = cxv1.FollowUpClosed })
}

// contexts writes a kubeconfig with one context for each of the people, and returns its name.
func (s *scene) contexts(dir string) string {
	s.Helper()
	config, err := clientcmd.Load(s.Plane.Kubeconfig)
	if err != nil {
		s.Fatal(err)
	}
	admin := config.Contexts[config.CurrentContext]
	for name, user := range map[string]string{"head-of-cx": headOfCX, "editor": editor, "visitor": visitor, "stranger": "stranger@example.com"} {
		as := config.AuthInfos[admin.AuthInfo].DeepCopy()
		as.Impersonate, as.ImpersonateGroups = user, []string{"system:authenticated"}
		config.AuthInfos[name] = as
		config.Contexts[name] = &clientcmdapi.Context{Cluster: admin.Cluster, AuthInfo: name, Namespace: s.Namespace}
	}
	config.CurrentContext = "head-of-cx"
	file := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		s.Fatal(err)
	}
	return file
}

// environment is what a script finds: $KUBECONFIG with a context for each of the people, that of head-of-cx being the current one, the
// operator's API at $CX_API_URL, and a token for each purpose under $TOKENS.
func (s *scene) environment(dir string) map[string]string {
	s.Helper()
	for _, purpose := range []gateway.Purpose{gateway.ForContacts, gateway.ForPeople, gateway.ForOperate, gateway.ForPreview} {
		if err := os.WriteFile(filepath.Join(dir, string(purpose)), []byte(tokenFor(purpose)+"\n"), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	return map[string]string{
		"KUBECONFIG": s.contexts(dir), "NAMESPACE": s.Namespace, "CX_API_URL": s.office.url, "TOKENS": dir, "OUTBOX": filepath.Join(s.office.outbox, invited.Program),
	}
}

// Every verb is run by a script, here or beside internal/cli.
func TestEveryVerbHasAScript(t *testing.T) {
	var scripts strings.Builder
	for _, folder := range []string{"testdata/script", "../../internal/cli/testdata/script"} {
		found, err := filepath.Glob(folder + "/*.txtar")
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", folder, found, err)
		}
		for _, script := range found {
			scripts.WriteString(read(t, script))
		}
	}
	var look func(verb *cobra.Command)
	look = func(verb *cobra.Command) {
		for _, below := range verb.Commands() {
			look(below)
		}
		path := strings.Replace(verb.CommandPath(), "kubectl cx", "kubectl-cx", 1)
		if verb.Runnable() && !regexp.MustCompile(`(?m)^(! )?`+path+`( |$)`).MatchString(scripts.String()) {
			t.Errorf("no script runs %s", path)
		}
	}
	look(cli.Command("test"))
}

// TestScripts runs testdata/script/*.txtar, each in a scene of its own: commands above, files below, see
// github.com/rogpeppe/go-internal/testscript.
func TestScripts(t *testing.T) {
	const folder = "testdata/script"
	scripts, err := filepath.Glob(folder + "/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%v, %v", scripts, err)
	}
	scenes := map[string]map[string]string{}
	for _, script := range scripts {
		scenes[strings.TrimSuffix(filepath.Base(script), ".txtar")] = newScene(t).environment(t.TempDir())
	}
	testscript.Run(t, testscript.Params{Dir: folder, UpdateScripts: *update, Setup: func(env *testscript.Env) error {
		for name, value := range scenes[strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")] {
			env.Setenv(name, value)
		}
		return nil
	}})
}
