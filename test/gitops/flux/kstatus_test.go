// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package flux_test checks what Flux makes of our objects. The objects are written by the tests one folder up.
package flux_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestFluxSeesTheStatusOfEveryKindInEveryState(t *testing.T) {
	data, err := os.ReadFile("../testdata/states.json")
	if err != nil {
		t.Fatal(err)
	}
	var states []struct {
		Name    string                    `json:"name"`
		Kstatus status.Status             `json:"kstatus"`
		Object  unstructured.Unstructured `json:"object"`
	}
	if err := json.Unmarshal(data, &states); err != nil {
		t.Fatal(err)
	}
	if len(states) < 14*10 {
		t.Fatalf("%d states", len(states))
	}
	for _, s := range states {
		got, err := status.Compute(&s.Object)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if got.Status != s.Kstatus {
			t.Errorf("%s: %s (%s), want %s", s.Name, got.Status, got.Message, s.Kstatus)
		}
	}
}
