// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kube is what all controllers share: one driver that turns the outcome of a step into conditions, one status
// write and events; preflight checks for the Program and for references; and watches by reference.
//
// A controller of a kind is a Step: it observes (all reads), decides (a pure function elsewhere), applies (all writes
// to other objects and the store) and fills in the object's status. Everything else is done by the driver.
package kube

import (
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// FieldOwner is the field manager of everything that the controllers apply.
const FieldOwner = client.FieldOwner("cx-operator")

// Object is a resource of ours.
type Object interface {
	client.Object
	CommonStatus() *cxv1.ObjectStatus
	References() []cxv1.Reference
}

// Kit is what every controller needs.
type Kit struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client
	// Clock tells the time. Decisions get it as an argument; nothing else asks for it.
	Clock clock.PassiveClock
	// Rush is shared by all controllers.
	Rush *Rush
	// Events records transitions.
	Events events.EventRecorder
	// Meter counts transitions; nil: nobody does.
	Meter Meter
}
