// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package invariants checks what must hold for the status of every object after every reconcile. Tests call it wherever a
// controller has written.
package invariants

import (
	"fmt"
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// abnormal are the condition types that are present only while true.
var abnormal = map[string]bool{cxv1.ConditionReconciling: true, cxv1.ConditionStalled: true}

// word is what a reason must look like: one CamelCase word that tools can match.
var word = regexp.MustCompile(`^[A-Z][A-Za-z]*$`)

// address finds what must never stand in a status: mail addresses.
var address = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.]+`)

// Check lists the rules that the object's status breaks. An object that no controller has seen breaks none.
func Check(obj kube.Object) []string {
	status := obj.CommonStatus()
	if status.ObservedGeneration < 0 || (status.ObservedGeneration == 0 && len(status.Conditions) == 0) {
		return nil
	}
	c := &checker{obj: obj}
	if status.ObservedGeneration > obj.GetGeneration() {
		c.fail("observedGeneration %d is ahead of generation %d", status.ObservedGeneration, obj.GetGeneration())
	}
	seen := map[string]bool{}
	for _, condition := range status.Conditions {
		if seen[condition.Type] {
			c.fail("condition %s stands there twice", condition.Type)
		}
		seen[condition.Type] = true
		c.condition(condition)
	}
	c.summary()
	return c.broken
}

type checker struct {
	obj    kube.Object
	broken []string
}

func (c *checker) fail(format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf("%T %s: ", c.obj, c.obj.GetName())+fmt.Sprintf(format, args...))
}

func (c *checker) condition(condition metav1.Condition) {
	if condition.ObservedGeneration < 1 || condition.ObservedGeneration > c.obj.GetGeneration() {
		c.fail("condition %s observed generation %d of %d", condition.Type, condition.ObservedGeneration, c.obj.GetGeneration())
	}
	if !word.MatchString(condition.Reason) {
		c.fail("condition %s has the reason %q, which is no CamelCase word", condition.Type, condition.Reason)
	}
	if condition.Message == "" || len(condition.Message) > kube.MaxMessage {
		c.fail("condition %s has a message of %d bytes", condition.Type, len(condition.Message))
	}
	if address.MatchString(condition.Message) {
		c.fail("condition %s shows an address: %q", condition.Type, condition.Message)
	}
	if condition.LastTransitionTime.IsZero() {
		c.fail("condition %s has no transition time", condition.Type)
	}
	if abnormal[condition.Type] && condition.Status != metav1.ConditionTrue {
		c.fail("condition %s is there although it is %s", condition.Type, condition.Status)
	}
}

// summary checks Ready, Reconciling and Stalled against each other.
func (c *checker) summary() {
	ready := kube.Condition(c.obj, cxv1.ConditionReady)
	if ready == nil {
		c.fail("was seen but has no condition Ready")
		return
	}
	if ready.ObservedGeneration != c.obj.CommonStatus().ObservedGeneration {
		c.fail("Ready speaks of generation %d, status of %d", ready.ObservedGeneration, c.obj.CommonStatus().ObservedGeneration)
	}
	stalled := kube.Condition(c.obj, cxv1.ConditionStalled)
	reconciling := kube.Condition(c.obj, cxv1.ConditionReconciling)
	isReady := ready.Status == metav1.ConditionTrue
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{stalled != nil && reconciling != nil, "is Stalled and Reconciling at once"},
		{isReady && (stalled != nil || reconciling != nil), "is Ready although it is Stalled or Reconciling"},
		{!isReady && stalled == nil && reconciling == nil, "is not Ready but neither Stalled nor Reconciling"},
	} {
		if rule.broken {
			c.fail("%s", rule.says)
		}
	}
	if stalled != nil && (ready.Status != metav1.ConditionFalse || ready.Reason != stalled.Reason) {
		c.fail("is Stalled/%s, but Ready is %s/%s", stalled.Reason, ready.Status, ready.Reason)
	}
}
