// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package delivery carries mail from the store's outbox to people: it claims what is due, commits that an attempt is under way
// before the server is given anything, and records what became of it. A server that took a mail has accepted it; whether it
// reached anybody is not known.
//
// An attempt whose outcome is not known (the server's answer never came, or the process died) is never repeated by itself.
package delivery
