// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/config"
	"github.com/cx-operator/cx-operator/internal/cli/act"
)

// oldest is the oldest Kubernetes that has all that the kinds and policies need.
const oldest = "1.32"

// server asks the API server for its version; false when nothing else can be asked.
func (d *doctor) server() bool {
	info, err := d.discovery.ServerVersion()
	if err != nil {
		d.say(Error, "server", texts{
			"The API server does not answer.", "API-сервер не отвечает.",
			"Check --kubeconfig and --context, the network, and that you are signed in: kubectl cluster-info.",
			"Проверьте --kubeconfig и --context, сеть и вход в кластер: kubectl cluster-info.",
		}, act.Plain(err).Error())
		return false
	}
	found, err := version.ParseGeneric(info.GitVersion)
	if err != nil || found.LessThan(version.MustParseGeneric(oldest)) {
		d.say(Error, "server", texts{
			"Kubernetes is %s, and at least " + oldest + " is needed.", "Kubernetes версии %s, а нужна не ниже " + oldest + ".",
			"Update the cluster.", "Обновите кластер.",
		}, "", info.GitVersion)
		return true
	}
	d.fine("server", "The API server answers; Kubernetes %s.", "API-сервер отвечает; Kubernetes %s.", info.GitVersion)
	return true
}

// kinds holds the kinds of the cluster against those of this plugin; false when there are none to look at.
func (d *doctor) kinds() bool {
	files, err := fs.Glob(config.CRDs, "crd/*.yaml")
	if err != nil {
		panic(err) // a constant pattern
	}
	var missing, other []string
	for _, file := range files {
		ours := builtin(file)
		theirs := &apiextensionsv1.CustomResourceDefinition{}
		err := d.client.Get(d, client.ObjectKey{Name: ours.Name}, theirs)
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, ours.Spec.Names.Kind)
		case apierrors.IsForbidden(err):
			d.say(Skipped, "kinds", texts{
				"Whether the kinds of cx-operator are of this version is not known: you may not read CustomResourceDefinitions.",
				"Той ли версии виды cx-operator, неизвестно: вам нельзя читать CustomResourceDefinition.", "", "",
			}, "")
			return true
		case err != nil:
			d.say(Error, "kinds", texts{"The kinds cannot be read.", "Виды не читаются.", "", ""}, act.Plain(err).Error())
			return false
		case !sameSchemas(ours, theirs):
			other = append(other, ours.Spec.Names.Kind)
		}
		if of := theirs.Labels["app.kubernetes.io/version"]; of != "" && !slices.Contains(d.kindVersions, of) {
			d.kindVersions = append(d.kindVersions, of)
		}
	}
	return d.sayKinds(len(files), missing, other)
}

const (
	installKinds   = "Apply those of the operator's release, crds.yaml: kubectl apply --server-side -f crds.yaml."
	installKindsRU = "Примените виды из выпуска оператора, crds.yaml: kubectl apply --server-side -f crds.yaml."
)

func (d *doctor) sayKinds(all int, missing, other []string) bool {
	if len(missing) > 0 {
		d.say(Error, "kinds", texts{"The cluster does not know %s.", "Кластер не знает видов: %s.", installKinds, installKindsRU}, "",
			strings.Join(missing, ", "))
	}
	if len(other) > 0 {
		d.say(Warning, "kinds", texts{
			"Kinds of another version than this plugin: %s.", "Виды не той версии, что этот плагин: %s.",
			installKinds + " Or update this plugin, whichever is older.", installKindsRU + " Или обновите этот плагин: смотря что старее.",
		}, "", strings.Join(other, ", "))
	}
	if len(missing)+len(other) == 0 {
		d.fine("kinds", "All %d kinds are there, of this version.", "Все виды (%d) на месте, этой версии.", all)
	}
	return len(missing) < all
}

func builtin(file string) *apiextensionsv1.CustomResourceDefinition {
	crd := &apiextensionsv1.CustomResourceDefinition{}
	data, err := config.CRDs.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(data, crd)
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", file, err)) // compiled in
	}
	return crd
}

// sameSchemas compares what is said of the objects; the API server fills in other things.
func sameSchemas(ours, theirs *apiextensionsv1.CustomResourceDefinition) bool {
	for _, version := range ours.Spec.Versions {
		i := slices.IndexFunc(theirs.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
			return v.Name == version.Name
		})
		if i < 0 || !theirs.Spec.Versions[i].Served || !equality.Semantic.DeepEqual(version.Schema, theirs.Spec.Versions[i].Schema) {
			return false
		}
	}
	return true
}

// wanted are the rights that verbs of this plugin need, with who has them.
var wanted = []struct{ verb, resource, en, ru, role string }{
	{"get", "programs", "see the program", "видеть программу", "cx-view"},
	{"patch", "surveys", "edit it and ask for waves", "менять её и запрашивать волны", "cx-edit"},
	{"patch", "ownerassignments", "accept and decline offers of your own", "принимать и отклонять свои предложения", "cx-owner"},
	{"respond", "followups", "follow up answers", "отвечать на обращения", "cx-owner"},
	{"approve", "surveywaves", "approve large waves", "одобрять большие волны", "cx-approve"},
}

// rights says what who asks may do. That is no fault, but for seeing nothing.
func (d *doctor) rights() {
	p := d.page()
	var may, mayNot []string
	for _, w := range wanted {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: d.report.Namespace, Verb: w.verb, Group: cxv1.GroupVersion.Group, Resource: w.resource,
			},
		}}
		if err := d.client.Create(d, review); err != nil {
			d.say(Skipped, "rights", texts{"What you may do is not known.", "Что вам можно, неизвестно.", "", ""}, act.Plain(err).Error())
			return
		}
		if text := p.T(w.en, w.ru); review.Status.Allowed {
			may = append(may, text)
		} else {
			mayNot = append(mayNot, text+" ("+w.role+")")
		}
	}
	if len(mayNot) == 0 {
		d.fine("rights", "You may %s.", "Вам можно: %s.", strings.Join(may, ", "))
		return
	}
	d.fine("rights", "You may %s; with the roles in parentheses you could %s.", "Вам можно: %s; с ролями в скобках можно было бы: %s.",
		orNothing(p.T("do nothing", "ничего"), may), strings.Join(mayNot, ", "))
}

func orNothing(nothing string, list []string) string {
	if len(list) == 0 {
		return nothing
	}
	return strings.Join(list, ", ")
}
