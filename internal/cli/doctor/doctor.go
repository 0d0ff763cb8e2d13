// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package doctor is the verb that says what is wrong with an installation: what, why, and what to do about it.
package doctor

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/namespace"
	"github.com/cx-operator/cx-operator/internal/program"
)

// patience is how long the API server, and the survey pages, have to answer.
const patience = 15 * time.Second

// Command looks at the installation.
func Command(k *kit.Kit) *cobra.Command {
	var flags api.Flags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong with this installation and what to do",
		Long: "Look at the API server, the kinds, the operator's Deployment, pods, volume and version, the admission policies, roles, your " +
			"rights, the Program of the namespace and its channels, objects that are not Ready and, with a token, the operator's API and " +
			"the survey pages. Exit 1 when something is wrong that keeps the program from working; warnings do not. The namespace may be " +
			"that of a program, or the one to which the operator is installed.",
		Example: "  kubectl cx doctor -n retail\n  kubectl cx doctor -n cx-operator-system\n  kubectl cx doctor -n retail --api-token-file token",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, lang, err := examine(cmd, k, &flags)
			if err != nil {
				return err
			}
			if err := k.Print(cmd, lang, report); err != nil {
				return err
			}
			if report.Errors > 0 {
				return kit.Exit(1)
			}
			return nil
		},
	}
	flags.AddFlags(cmd.Flags())
	return cmd
}

// doctor looks at one thing after another.
type doctor struct {
	context.Context
	client    client.Client
	discovery discovery.DiscoveryInterface
	snapshot  *program.Snapshot
	lang      cxv1.Language
	now       time.Time
	version   string // of this plugin
	report    *Report

	kindVersions []string // what the kinds of the cluster say which release they are of
}

func examine(cmd *cobra.Command, k *kit.Kit, flags *api.Flags) (*Report, cxv1.Language, error) {
	config, ns, err := k.REST()
	if err != nil {
		return nil, "", err
	}
	config.Timeout = patience
	d := &doctor{
		Context: kit.Context(cmd), now: k.Clock(), version: k.Version,
		report: &Report{TypeMeta: kit.Type("Doctor"), Namespace: ns, Findings: []Finding{}},
	}
	if d.lang, err = k.Language(nil); err != nil {
		return nil, "", err
	}
	if d.discovery, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		return nil, "", err
	}
	if d.server() {
		if d.client, err = newClient(config); err != nil {
			return nil, "", err
		}
		d.cluster(k)
		d.installation()
	}
	d.operatorAPI(flags, tokenGiven(cmd))
	return d.report, d.lang, nil
}

// newClient is made only once the server answered: it asks it what there is.
func newClient(config *rest.Config) (client.Client, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		cxv1.AddToScheme, admissionregistrationv1.AddToScheme, apiextensionsv1.AddToScheme, appsv1.AddToScheme, authorizationv1.AddToScheme,
		coordinationv1.AddToScheme, corev1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// cluster looks at what is in the cluster, as far as there is anything to look at.
func (d *doctor) cluster(k *kit.Kit) {
	if !d.kinds() {
		return
	}
	d.rights()
	snapshot, err := namespace.Read(d, d.client, d.report.Namespace)
	if err != nil {
		d.say(Error, "objects", texts{
			"The objects of the namespace %s cannot be read.", "Объекты пространства имён %s не читаются.",
			"Ask for the role cx-view.", "Попросите роль cx-view.",
		}, act.Plain(err).Error(), d.report.Namespace)
		return
	}
	d.snapshot = snapshot
	if snapshot.Program != nil {
		if lang, err := k.Language(snapshot.Program); err == nil {
			d.lang = lang
		}
	}
	d.operator()
	d.program()
	d.objects()
}

// texts are the words about a finding: what it is and what to do about it, in English and in Russian.
type texts struct{ what, whatRU, do, doRU string }

// say reports a finding. Arguments go into what; why is said by others, in their language.
func (d *doctor) say(severity Severity, check string, t texts, why string, args ...any) {
	p := kit.NewPage(d.lang, 0)
	f := Finding{Check: check, Severity: severity, What: p.T(t.what, t.whatRU, args...), Why: why}
	if t.do != "" {
		f.Do = p.T(t.do, t.doRU)
	}
	switch severity {
	case Error:
		d.report.Errors++
	case Warning:
		d.report.Warnings++
	}
	d.report.Findings = append(d.report.Findings, f)
}

// fine reports that a check found nothing wrong.
func (d *doctor) fine(check, en, ru string, args ...any) {
	d.say(Fine, check, texts{what: en, whatRU: ru}, "", args...)
}

// ago is how long something has been so; 0 when it does not say.
func (d *doctor) ago(at metav1.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return d.now.Sub(at.Time)
}

// tokenGiven reports whether somebody wants the operator's API looked at.
func tokenGiven(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("api-token-file") || os.Getenv(api.TokenVariable) != ""
}
