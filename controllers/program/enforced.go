// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

const (
	// policiesVersion is that of the policies which this operator needs. config/policy/policy.yaml says the same number.
	policiesVersion = 1
	// trialName is the name of an assignment that the policies let nobody create, us included.
	trialName = "cx-operator-policy-check"
	// refusal begins the words with which they refuse it.
	refusal = "the policies of cx-operator, version "
	// trialEvery is how often that is tried at most. Policies come and go without any object of ours changing: the look at the
	// claim finds that, too.
	trialEvery = 2 * time.Minute
)

// guard finds out whether the admission policies are in force, by a trial write that only they refuse. Looking for the policies
// would take rights on them, and say nothing about a binding that leaves this namespace out or only warns.
type guard struct {
	client client.Client

	mu sync.Mutex
	// found is by namespace.
	found map[string]finding
}

type finding struct {
	at        time.Time
	condition metav1.Condition
}

// The verb control marks who writes generated objects: the policies let nobody else.
// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments;surveywaves;scorecards;followups;assessments,verbs=control
// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments,verbs=create

// look says in a condition whether the policies are in force in the program's namespace.
func (g *guard) look(ctx context.Context, prog *cxv1.Program, now time.Time) {
	found := g.find(ctx, prog.Namespace, now)
	kube.SetCondition(prog, now, cxv1.ConditionEnforced, found.Status, found.Reason, found.Message)
}

func (g *guard) find(ctx context.Context, namespace string, now time.Time) metav1.Condition {
	g.mu.Lock()
	last, known := g.found[namespace]
	g.mu.Unlock()
	if known && now.Sub(last.at) < trialEvery {
		return last.condition
	}
	condition := g.try(ctx, namespace)
	if condition.Status == metav1.ConditionUnknown {
		return condition // tried again at the next look
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.found == nil {
		g.found = map[string]finding{}
	}
	g.found[namespace] = finding{at: now, condition: condition}
	return condition
}

func (g *guard) try(ctx context.Context, namespace string) metav1.Condition {
	trial := &cxv1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: trialName}}
	trial.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: cxv1.ProgramName}
	trial.Spec.Role = cxv1.RoleLead
	err := g.client.Create(ctx, trial, client.DryRunAll)
	switch {
	case err == nil, apierrors.IsAlreadyExists(err):
		return metav1.Condition{Status: metav1.ConditionFalse, Reason: cxv1.ReasonNotEnforced,
			Message: "No admission policy is in force here: whoever may patch OwnerAssignments can decide for anybody. Install the " +
				"policies with kubectl apply -k config/policy."}
	case strings.Contains(err.Error(), fmt.Sprintf("%s%d,", refusal, policiesVersion)):
		return metav1.Condition{Status: metav1.ConditionTrue, Reason: cxv1.ReasonPoliciesInForce,
			Message: "The admission policies are in force: only those who are asked decide, in their own name."}
	case strings.Contains(err.Error(), refusal):
		return metav1.Condition{Status: metav1.ConditionFalse, Reason: cxv1.ReasonNotEnforced,
			Message: "The admission policies are of another version than this operator. Install those that came with it: " +
				"kubectl apply -k config/policy."}
	}
	ctrl.LoggerFrom(ctx).Info("it could not be tried whether the admission policies are in force", "error", err.Error())
	return metav1.Condition{Status: metav1.ConditionUnknown, Reason: cxv1.ReasonReadFailed,
		Message: "Whether admission policies are in force could not be tried; the operator's log says why. It is tried again."}
}

// forget makes the next look try again.
func (g *guard) forget(namespace string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.found, namespace)
}
