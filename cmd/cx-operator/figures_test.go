// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// The metrics of objects, pages, mail and the store are served at one address, beside those of controller-runtime; and at that of the
// API also while there is no API server.
func TestAllMetricsAreServedAtOneAddress(t *testing.T) {
	h, f := harness.New(t), &front{}
	file, tokens := invite(t)
	p := startProcess(t, file)
	p.answer(tokens[0])
	everywhere := []string{
		`cx_build_info{version="dev"} 1`, `cx_gateway_answers_total{channel="web",kind="complete"} 1`, `cx_mail_attempts_total{result="Accepted"} 0`,
		`cx_store_operation_seconds_count{operation="SubmitAnswer"} 1`,
	}
	p.expectFigures(p.ops, everywhere...)

	f.works.Store(true)
	f.open(t, p.api, h.Config)
	prog := build.Program(func(p *cxv1.Program) { p.Namespace, p.Spec.ID = h.Namespace, "watched-program" })
	if err := h.Client.Create(t.Context(), prog); err != nil {
		t.Fatal(err)
	}
	p.expectFigures(p.metrics, append(everywhere, `cx_objects{kind="Program",namespace="`+h.Namespace+`"} 1`,
		`cx_conditions{kind="Program",namespace="`+h.Namespace+`",status="True",type="Ready"} 1`, "controller_runtime_reconcile_total{")...)
}

// expectFigures waits until all lines are there; some follow from what the operator does.
func (p *process) expectFigures(address string, lines ...string) {
	p.Helper()
	for _, line := range lines {
		p.await(line+" at "+address, func() bool {
			code, text := p.status(http.MethodGet, "http://"+address+"/metrics", "")
			return code == http.StatusOK && strings.Contains(text, "\n"+line)
		})
	}
}
