// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package program puts the pure packages together. A Snapshot holds every resource of one namespace, from the cache of a
// manager or from a folder of YAML; everything that is said about a program is a function of a snapshot, the evidence of
// the store, and now. Controllers and the command line call the same functions, so the same input gives the same answer.
package program
