// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/kube"
)

func TestReportsArePutOffOnlyWhileManyObjectsAreCreatedAtOnce(t *testing.T) {
	rush := &kube.Rush{}
	var done []func()
	for n := 1; n <= 4; n++ {
		done = append(done, rush.Begin())
		if got, want := rush.PutOff() != nil, n == 4; got != want {
			t.Errorf("put off while %d objects are created: %t, want %t", n, got, want)
		}
	}
	done[0]()
	if err := rush.PutOff(); err != nil {
		t.Errorf("still put off when the rush is over: %v", err)
	}
}

func TestWithoutARushNothingIsPutOff(t *testing.T) {
	var none *kube.Rush
	for range 10 {
		defer none.Begin()()
	}
	if err := none.PutOff(); err != nil {
		t.Errorf("put off: %v", err)
	}
}
