// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the language in which a customer-experience program is written: the kinds of the API group
// cx-operator.io, their validation, and the condition types and reasons that controllers report. It holds data and
// pure accessors only.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package=applyconfiguration
// +groupName=cx-operator.io
package v1alpha1
