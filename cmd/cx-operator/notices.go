// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
)

// countedRoutes counts what goes to owners by mail: notices, and figures of waves. Invitations have a counter of their own.
type countedRoutes struct {
	owner.Routes
	figures *figures
}

// Route finds a channel of a program.
func (r countedRoutes) Route(programID, channel string) (delivery.Route, bool) {
	route, found := r.Routes.Route(programID, channel)
	if found {
		route.Channel = countedChannel{route.Channel, r.figures}
	}
	return route, found
}

type countedChannel struct {
	delivery.Channel
	figures *figures
}

// Send passes on and counts.
func (c countedChannel) Send(ctx context.Context, message store.Message, letter delivery.Letter) store.Sent {
	return c.figures.notice(metrics.ByEmail, c.Channel.Send(ctx, message, letter))
}

// countedHooks counts what goes to owners by chats and webhooks.
type countedHooks struct {
	owner.Hooks
	figures *figures
}

// Send passes on and counts.
func (h countedHooks) Send(ctx context.Context, hook delivery.Hook, address string, key []byte, programID string,
	notices delivery.Notices) store.Sent {
	return h.figures.notice(string(hook), h.Hooks.Send(ctx, hook, address, key, programID, notices))
}
