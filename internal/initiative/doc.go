// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package initiative says what is being changed and how far it is: which phase an initiative has reached of the one that
// its people ask for, what is in the way, what is overdue, and whether it costs what was planned. It is pure: the caller
// brings the clock, the other objects and the approval.
package initiative
