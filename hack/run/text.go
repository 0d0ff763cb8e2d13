// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// printStanding says where the retailer stands, on what evidence, and what is missing for the next stage.
func (w *world) printStanding(ctx context.Context) error {
	p := &cxv1.Program{}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: retailer, Name: cxv1.ProgramName}, p); err != nil {
		return err
	}
	if err := w.printScorecard(ctx, p); err != nil {
		return err
	}
	say("%s is at stage %s; %s of what the next stage asks for is there", p.Spec.Organization, p.Status.StageName, p.Status.Progress)
	for _, step := range p.Status.NextSteps {
		fmt.Printf("  - %s (%s)\n      %s\n", step.Missing, step.Criterion, step.Do)
	}
	if len(p.Status.Advice) > 0 {
		fmt.Println("\n  How companies leave this stage:")
		for _, line := range p.Status.Advice {
			fmt.Println("  -", line)
		}
	}
	return nil
}

// handedGoal is a goal that somebody without the head of customer experience's mailbox answers for.
const handedGoal = "fast-first-answer"

// printHints says what to try next.
func (w *world) printHints() {
	fmt.Printf(`
==> try next, in another terminal:

  export KUBECONFIG=%s PATH=%s:%s:$PATH
  export CX_API_URL=%s CX_API_TOKEN_FILE=%s

  kubectl cx status -n %[6]s                    # where we stand, what is overdue, who is asked next
  kubectl get cx -n %[6]s                       # everything at a glance
  kubectl describe cxp program -n %[6]s         # where the company stands, and why
  kubectl describe cxa -n %[6]s                 # what people's answers prove
  kubectl get cxw -n %[6]s --watch              # the pulse survey opens and closes a wave every minute, twice
  kubectl get cxoa -n %[7]s                    # the enthusiast of the other sample has not accepted anything yet
  kubectl explain kpi.spec.source                  # every field is documented
  kubectl cx lint config/samples/%[6]s          # the same checks, without a cluster
  kubectl cx export -n %[6]s -o evidence.json   # what the store knows, for plans in pull requests

  kubectl patch cxg %[8]s -n %[6]s --type merge -p '{"spec":{"ownerRef":"head-of-cx"}}'
                                                   # name another owner: within half a minute a mail asks them (mailbox),
                                                   # the present one stays until they accept by its link; see kubectl get cxoa

  Answer the sample's survey: open the mailbox, click a button in a mail (the first mails come at the next full minute).

  mailbox         %[9]s
  API server      %[10]s
  metrics         %[11]s
  operator's API  %[4]s

Ctrl-C ends everything.
`, w.path("kubeconfig"), w.assets, filepath.Join(w.root, "bin"), w.insideURL, w.path("api-token"), retailer, firstDay,
		handedGoal, w.mailbox.URL, w.plane.Config.Host, w.metricsURL)
}

// printLogTail shows the end of the operator's log.
func (w *world) printLogTail() {
	log, err := os.ReadFile(w.path("operator.log"))
	if err != nil {
		return
	}
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	fmt.Fprintf(os.Stderr, "\nthe end of %s:\n", w.path("operator.log"))
	for _, line := range lines[max(0, len(lines)-15):] {
		fmt.Fprintf(os.Stderr, "  %s\n", line)
	}
}
