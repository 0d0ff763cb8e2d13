// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestTimingsOfTheLeaseReachTheManager(t *testing.T) {
	for name, c := range map[string]struct {
		args                   []string
		duration, renew, retry time.Duration
	}{
		"by default as Kubernetes' own components": {nil, 15 * time.Second, 10 * time.Second, 2 * time.Second},
		"as they are written": {
			[]string{"--lease-duration=1m", "--renew-deadline=40s", "--retry-period=5s"}, time.Minute, 40 * time.Second, 5 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parseOptions(append([]string{"--store=sqlite:evidence.db", "--leader-elect"}, c.args...), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			m := o.managerOptions()
			if !m.LeaderElection || *m.LeaseDuration != c.duration || *m.RenewDeadline != c.renew || *m.RetryPeriod != c.retry {
				t.Errorf("elected %v, %s, %s, %s; want %s, %s, %s", m.LeaderElection, m.LeaseDuration, m.RenewDeadline, m.RetryPeriod,
					c.duration, c.renew, c.retry)
			}
		})
	}
}

func TestTimingsOfTheLeaseThatCannotWorkAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"others take over while the holder still works": {[]string{"--lease-duration=10s"}, "make --lease-duration longer"},
		"no try fits before the deadline":               {[]string{"--retry-period=9s"}, "make --renew-deadline longer than 10.8s"},
		"never tried":                                   {[]string{"--retry-period=0s"}, "write a time above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseOptions(append([]string{"--store=sqlite:evidence.db"}, c.args...), io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ...%s...", err, c.want)
			}
		})
	}
}
