// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"time"

	"k8s.io/client-go/tools/leaderelection"
)

// lease is how long the lease is held, and how often that is seen to.
type lease struct {
	duration, renew, retry time.Duration
}

func (l *lease) register(f *flag.FlagSet) {
	f.DurationVar(&l.duration, "lease-duration", 15*time.Second, "with --leader-elect: how long others wait for a holder that is silent")
	f.DurationVar(&l.renew, "renew-deadline", 10*time.Second,
		"with --leader-elect: how long the holder tries to keep the lease before it stops working")
	f.DurationVar(&l.retry, "retry-period", 2*time.Second, "with --leader-elect: how often the lease is tried")
}

// check refuses what client-go would refuse as well, but after the store was opened, again and again.
func (l *lease) check() error {
	switch {
	case l.duration <= l.renew:
		return fmt.Errorf("--lease-duration is %s and --renew-deadline %s: the holder must give up before others take over; "+
			"make --lease-duration longer", l.duration, l.renew)
	case l.retry <= 0:
		return fmt.Errorf("--retry-period is %s: write a time above 0, e.g. 2s", l.retry)
	case float64(l.renew) <= leaderelection.JitterFactor*float64(l.retry):
		return fmt.Errorf("--renew-deadline is %s and --retry-period %s: at least one try must fit; make --renew-deadline longer than %s",
			l.renew, l.retry, time.Duration(leaderelection.JitterFactor*float64(l.retry)))
	}
	return nil
}
