// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
)

// mayWork asks whether the operator has its rights in the namespace of the program. Few may ask for others.
func (d *doctor) mayWork(i installed) {
	if d.snapshot == nil || d.snapshot.Program == nil {
		return
	}
	if !i.watches(d.report.Namespace) {
		d.say(Warning, "operator", texts{
			"The operator %s leaves the namespace %s out.", "Оператор %s не смотрит за пространством имён %s.",
			"Name it in watchNamespaces of the chart, unless another operator looks after it.",
			"Укажите его в watchNamespaces чарта, если за ним не смотрит другой оператор.",
		}, "--watch-namespaces="+i.flag("watch-namespaces"), i, d.report.Namespace)
		return
	}
	account := "system:serviceaccount:" + i.Namespace + ":" + cmp.Or(i.Spec.Template.Spec.ServiceAccountName, "default")
	for _, right := range []authorizationv1.ResourceAttributes{
		{Verb: "watch", Resource: "programs"},
		{Verb: "patch", Resource: "programs", Subresource: "status"},
		{Verb: "create", Resource: "surveywaves"},
	} {
		right.Group, right.Namespace = cxv1.GroupVersion.Group, d.report.Namespace
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: account, ResourceAttributes: &right}}
		if err := d.client.Create(d, review); err != nil {
			return
		}
		if !review.Status.Allowed {
			d.say(Error, "operator", texts{
				"The operator may not %s %s in the namespace %s.", "Оператору нельзя %s %s в пространстве имён %s.",
				"Give it its role back: upgrade the chart with rbac.create, or kubectl apply -k config/default.",
				"Верните ему роль: обновите чарт с rbac.create или kubectl apply -k config/default.",
			}, account, right.Verb, strings.TrimSuffix(right.Resource+"/"+right.Subresource, "/"), d.report.Namespace)
			return
		}
	}
}

// forPeople are the roles that people are given.
var forPeople = []string{"cx-view", "cx-edit", "cx-owner", "cx-approve", "cx-decide-for-others", "cx-identify"}

func (d *doctor) roles(all []installed) {
	var missing []string
	for _, name := range forPeople {
		err := d.client.Get(d, client.ObjectKey{Name: name}, &rbacv1.ClusterRole{})
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, name)
		case err != nil:
			d.say(Skipped, "roles", texts{
				"Whether the roles for people are there is not known.", "Есть ли роли для людей, неизвестно.", "", "",
			}, act.Plain(err).Error())
			return
		}
	}
	if len(missing) > 0 {
		d.say(d.wide(all), "roles", texts{
			"Roles for people that are missing: %s.", "Нет ролей для людей: %s.",
			"Have them made: peopleRoles.enabled and clusterWide.create of the chart, or kubectl apply -k config/rbac.",
			"Создайте их: peopleRoles.enabled и clusterWide.create чарта или kubectl apply -k config/rbac.",
		}, "", strings.Join(missing, ", "))
		return
	}
	d.fine("roles", "The roles for people are there: %s.", "Роли для людей есть: %s.", strings.Join(forPeople, ", "))
}

// wide is how bad it is that something of the whole cluster is missing: where the operator works in some namespaces only, it was
// perhaps not allowed.
func (d *doctor) wide(all []installed) Severity {
	narrow := func(i installed) bool { return i.flag("watch-namespaces") != "" }
	if len(all) > 0 && !slices.ContainsFunc(all, func(i installed) bool { return !narrow(i) }) {
		return Skipped
	}
	return Warning
}

// bindings looks for the admission policy where no Program says whether it is in force.
func (d *doctor) bindings(all []installed) {
	if d.snapshot != nil && d.snapshot.Program != nil &&
		meta.FindStatusCondition(d.snapshot.Program.Status.Conditions, cxv1.ConditionEnforced) != nil {
		return
	}
	const install, installRU = "Install it: admissionPolicies.enabled of the chart, or kubectl apply -k config/policy.",
		"Установите её: admissionPolicies.enabled чарта или kubectl apply -k config/policy."
	key := client.ObjectKey{Name: "cx-operator"}
	err := d.client.Get(d, key, &admissionregistrationv1.ValidatingAdmissionPolicy{})
	binding := &admissionregistrationv1.ValidatingAdmissionPolicyBinding{}
	if err == nil {
		err = d.client.Get(d, key, binding)
	}
	switch {
	case apierrors.IsNotFound(err):
		d.say(d.wide(all), "policies", texts{
			"The admission policy is missing, or bound to nothing.", "Политики допуска нет, или она ни к чему не привязана.", install, installRU,
		}, act.Plain(err).Error())
	case err != nil:
		d.say(Skipped, "policies", texts{
			"Whether the admission policy is in force is not known.", "Действует ли политика допуска, неизвестно.", "", "",
		}, act.Plain(err).Error())
	case !slices.Contains(binding.Spec.ValidationActions, admissionregistrationv1.Deny):
		d.say(Warning, "policies", texts{
			"The admission policy refuses nothing: its binding does not say Deny.",
			"Политика допуска ничего не запрещает: в её привязке нет Deny.", install, installRU,
		}, "")
	default:
		d.fine("policies", "The admission policy is there and bound.", "Политика допуска на месте и привязана.")
	}
}
