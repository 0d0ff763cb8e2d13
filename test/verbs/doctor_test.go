// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	coordinationv1 "k8s.io/api/coordination/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/doctor"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// examined is what the doctor found.
type examined struct {
	t *testing.T
	doctor.Report
	text string
}

// examine has the doctor look at the company as a user, empty for an administrator, so long from now.
func (c *company) examine(user string, later time.Duration, args ...string) examined {
	c.Helper()
	args = append(args, "--kubeconfig", c.kubeconfig, "-n", c.Namespace)
	if user != "" {
		args = append(args, "--as", user, "--as-group", "system:authenticated")
	}
	return examine(c.T, later, args...)
}

// examine checks that the exit code says whether there are errors.
func examine(t *testing.T, later time.Duration, args ...string) examined {
	t.Helper()
	at := func(output string) (string, error) {
		k := kit.New()
		k.Clock = func() time.Time { return time.Now().Add(later) }
		k.Version = "1.2.3"
		root := &cobra.Command{Use: "kubectl-cx", SilenceErrors: true, SilenceUsage: true}
		k.AddFlags(root.PersistentFlags())
		root.AddCommand(doctor.Command(k))
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append([]string{"doctor", "-o", output}, args...))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	e := examined{t: t}
	data, err := at("json")
	if failed := json.Unmarshal([]byte(data), &e.Report); failed != nil {
		t.Fatalf("%v, %v:\n%s", err, failed, data)
	}
	if exit := kit.Exit(0); e.Errors == 0 && err != nil || e.Errors > 0 && (!errors.As(err, &exit) || exit != 1) {
		t.Errorf("%d errors, and it ends with %v", e.Errors, err)
	}
	e.text, _ = at("table")
	return e
}

// finds looks for findings of a severity, by a part of what they say.
func (e examined) finds(severity doctor.Severity, parts ...string) examined {
	e.t.Helper()
	for _, part := range parts {
		found := false
		for _, f := range e.Findings {
			found = found || f.Severity == severity && strings.Contains(f.What+" | "+f.Why+" | "+f.Do, part)
		}
		if !found {
			e.t.Errorf("no %s says %q:\n%s", severity, part, e.text)
		}
	}
	return e
}

func (e examined) counts(errs, warnings int) examined {
	e.t.Helper()
	if e.Errors != errs || e.Warnings != warnings {
		e.t.Errorf("%d errors and %d warnings, want %d and %d:\n%s", e.Errors, e.Warnings, errs, warnings, e.text)
	}
	return e
}

// well is a Program of which the operator finds that all is well.
func (c *company) well(changes ...func(*cxv1.Program)) *cxv1.Program {
	c.Helper()
	p := build.Program(append([]func(*cxv1.Program){func(p *cxv1.Program) { p.Spec.ID = invited.Program }}, changes...)...)
	c.Create(p)
	c.found(p, cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, "All is there.")
	c.found(p, cxv1.ConditionEnforced, metav1.ConditionTrue, cxv1.ReasonPoliciesInForce, "In force.")
	c.found(p, cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonNoChannel, "No channel.")
	return p
}

// found writes a condition, as of now.
func (c *company) found(obj client.Object, kind string, status metav1.ConditionStatus, reason, message string) {
	c.Helper()
	of := obj.(interface{ CommonStatus() *cxv1.ObjectStatus }).CommonStatus()
	c.status(obj, func() {
		of.ObservedGeneration = obj.GetGeneration()
		meta.SetStatusCondition(&of.Conditions, metav1.Condition{
			Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: obj.GetGeneration(),
		})
	})
}

func TestTheDoctorFindsNothingWhereAllIsWell(t *testing.T) {
	c := newCompany(t)
	c.well()
	c.examine("", 0).counts(0, 0).
		finds(doctor.Fine, "The API server answers; Kubernetes v1.", "kinds are there, of this version", "The Program example-retail is Ready",
			"The admission policies are in force", "nothing here sends any", "No object waits for somebody", "You may see the program, edit it").
		finds(doctor.Skipped, "The operator's API was not looked at")
	russian := c.examine("", 0, "--lang", "ru").finds(doctor.Fine, "Политики допуска действуют")
	if !strings.Contains(russian.text, "\nв порядке: Политики допуска действуют.\n") || !strings.HasSuffix(russian.text, "\nОшибок: 0, предупреждений: 0.\n") {
		t.Errorf("in Russian:\n%s", russian.text)
	}
	c.examine(visitor, 0).counts(0, 0).finds(doctor.Skipped, "may not read CustomResourceDefinitions").
		finds(doctor.Fine, "You may see the program; with the roles in parentheses you could edit it and ask for waves (cx-edit)")
	c.examine("stranger@example.com", 0).counts(1, 0).finds(doctor.Error, "cannot be read", "Ask for the role cx-view")
}

func TestTheDoctorFindsWhatNobodyLooksAfter(t *testing.T) {
	c := newCompany(t)
	c.examine("", 0).counts(1, 1).finds(doctor.Error, "has no Program").finds(doctor.Warning, "No Deployment of the operator is to be seen")
	c.Create(build.Program(), build.Owner("ceo"))
	c.examine("", 0).counts(0, 1)
	c.examine("", time.Hour).counts(1, 2).finds(doctor.Error, "No operator looks after this namespace", "--watch-namespaces").
		finds(doctor.Warning, "has not looked at, for minutes: 1")
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "cx-operator.cx-operator.io"}, Spec: coordinationv1.LeaseSpec{
		HolderIdentity: new("pod-1"), RenewTime: new(metav1.NewMicroTime(time.Now())),
	}}
	c.Create(lease)
	t.Cleanup(func() {
		if err := c.Client.Delete(t.Context(), lease); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	c.examine("", 0).finds(doctor.Fine, "pod-1 holds the lease in the namespace "+c.Namespace)
	c.examine("", time.Hour).finds(doctor.Error, "nobody holds the lease in the namespace "+c.Namespace)
	if err := c.Client.Delete(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
}

func TestTheDoctorFindsWhatIsWrongWithAProgram(t *testing.T) {
	for name, tc := range map[string]struct {
		kind             string
		status           metav1.ConditionStatus
		reason           string
		severity         doctor.Severity
		words            string
		errors, warnings int
	}{
		"its id":          {cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonIDInUse, doctor.Error, `Another namespace has the program's id "example-retail"`, 1, 0},
		"it is not ready": {cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonUnknownTimeZone, doctor.Error, "not Ready (UnknownTimeZone)", 1, 0},
		"its policies":    {cxv1.ConditionEnforced, metav1.ConditionFalse, cxv1.ReasonNotEnforced, doctor.Warning, "kubectl apply -k config/policy", 0, 1},
		"stopped by hand": {cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonPausedByHand, doctor.Warning, "No mail goes out (PausedByHand)", 0, 1},
		"an older store":  {cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonStoreRestored, doctor.Error, "(StoreRestored)", 1, 0},
		"its channels":    {cxv1.ConditionSending, metav1.ConditionFalse, cxv1.ReasonChannelNotUsable, doctor.Error, "docs/sending.md", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.found(c.well(), tc.kind, tc.status, tc.reason, "What the message says.")
			c.examine("", 0).counts(tc.errors, tc.warnings).finds(tc.severity, tc.words, "What the message says.")
		})
	}
}

func TestTheDoctorFindsObjectsThatWait(t *testing.T) {
	c := newCompany(t)
	p := c.well()
	c.status(p, func() {
		p.Status.Channels = []cxv1.ChannelStatus{{Name: "mail", Ready: metav1.ConditionFalse, Reason: cxv1.ReasonChannelNotUsable, Message: "No Secret."}}
	})
	stalled, waiting := build.Goal("stalled"), build.Goal("waiting")
	c.Create(stalled, waiting)
	c.found(stalled, cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonInvalidSpec, "A cycle.")
	c.found(stalled, cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonInvalidSpec, "A cycle.")
	c.found(waiting, cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonReferenceNotFound, "No Owner cto.")
	c.examine("", 0).counts(1, 1).finds(doctor.Error, "Goal/stalled must be edited (InvalidSpec)", "A cycle.").
		finds(doctor.Warning, `The channel "mail" cannot be used`, "No Secret.")
	c.examine("", 72*time.Hour).counts(1, 2).finds(doctor.Warning, "Goal/waiting has not been Ready for 3d (ReferenceNotFound)", "No Owner cto.")
}

func TestTheDoctorFindsKindsOfAnotherVersion(t *testing.T) {
	c := newCompany(t)
	c.well()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apiextensionsv1.AddToScheme, clientgoscheme.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	crds, err := client.New(c.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) {
		t.Helper()
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error { // the API server writes its status
			if err := crds.Get(t.Context(), client.ObjectKey{Name: "kpis.cx-operator.io"}, crd); err != nil {
				return err
			}
			schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			if schema.Description == strings.Replace(schema.Description, from, to, 1) {
				t.Fatalf("no %q in %q", from, schema.Description)
			}
			schema.Description = strings.Replace(schema.Description, from, to, 1)
			return crds.Update(t.Context(), crd)
		}); err != nil {
			t.Fatal(err)
		}
	}
	change("KPI", "Figure")
	c.examine("", 0).counts(0, 1).finds(doctor.Warning, "Kinds of another version than this plugin: KPI.", "kubectl apply --server-side -f crds.yaml")
	change("Figure", "KPI")
	c.examine("", 0).counts(0, 0)
}

func TestTheDoctorLooksAtTheOperatorsAPIAndItsPages(t *testing.T) {
	c := newCompany(t)
	p := c.well()
	var address string
	o := openOffice(t, func(options *gateway.Options) {
		pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/openapi.json" {
				_, _ = w.Write([]byte(`{"info": {"title": "cx-operator: answers from other channels"}}`))
			}
		}))
		t.Cleanup(pages.Close)
		address, options.Trials.PublicURL = pages.URL, pages.URL
	})
	token := func(words string) []string {
		return []string{"--api-url", o.url, "--api-token-file", file(t, "token", words)}
	}
	runners := token(tokenFor(gateway.ForOperate))
	c.examine("", 0, runners...).counts(0, 1).
		finds(doctor.Fine, "the token is for operate of the program example-retail", "The survey pages at "+address+" answer").
		finds(doctor.Warning, "without TLS")
	if err := o.Store.PauseByHand(t.Context(), invited.Program, true); err != nil {
		t.Fatal(err)
	}
	c.examine("", 0, runners...).counts(0, 2).finds(doctor.Warning, "stopped all mail of the program by hand", "kubectl cx pause --resume")
	c.examine("", 0, token(tokenFor(gateway.ForContacts))...).counts(0, 1) // who may not see it is not told
	c.examine("", 0, token("a-guess")...).counts(1, 0).finds(doctor.Error, "does not know this token")
	c.examine("", 0, "--api-url", o.url, "--api-token-file", "/nowhere").counts(1, 0).finds(doctor.Error, "/nowhere")

	if err := c.Client.Delete(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	c.well(func(p *cxv1.Program) { p.Spec.ID = "another" })
	c.examine("", 0, runners...).finds(doctor.Error, "The token is for the program example-retail, and the Program of this namespace is another")

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	far := openOffice(t, func(options *gateway.Options) { options.Trials.PublicURL = gone.URL })
	c.examine("", 0, "--api-url", far.url, "--api-token-file", file(t, "token", tokenFor(gateway.ForPreview))).
		finds(doctor.Warning, "cannot be reached from here", "Open the address on a phone")
}

func TestTheDoctorSaysThatTheAPIServerDoesNotAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	e := examine(t, 0, "--server", gone.URL, "--kubeconfig", file(t, "kubeconfig", "apiVersion: v1\nkind: Config\n"))
	e.counts(1, 0).finds(doctor.Error, "The API server does not answer", "kubectl cluster-info")
	if strings.Contains(e.text, "kinds") {
		t.Errorf("it goes on:\n%s", e.text)
	}
}
