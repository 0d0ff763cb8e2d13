// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// previewToken is the password with which walks.mjs looks at previews.
const previewToken = "preview-token"

// previews publishes what a survey would show: the first visit is by the link of a test mail, the second at the cluster's address,
// where OptOut is the list of all that can be looked at.
func (w *world) previews(t *testing.T, survey string, page questionnaire.Page) []visit {
	t.Helper()
	prog := &cxv1.Program{Spec: cxv1.ProgramSpec{Organization: page.Organization, Languages: page.Languages, Brand: page.Brand}}
	draft, err := delivery.Published(prog, &cxv1.WaveTemplate{Anonymity: page.Anonymity, Questionnaire: page.Questionnaire})
	if err != nil {
		t.Fatal(err)
	}
	draft.WaveKey = store.WaveKey{ProgramID: invited.Program, Survey: survey, Slot: store.DraftSlot}
	draft.State, draft.OpensAt = store.WaveTakesUnderWay, time.Now().AddDate(1000, 0, 0)
	draft.ClosesAt = draft.OpensAt.AddDate(0, 0, 14)
	w.Publish(t, draft)
	token, err := w.Keys.MakeTrial(draft.WaveKey, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	trial := "http://" + w.host + "/t/" + invited.Program + "/" + survey + "/en/" + token
	list := "http://" + w.ops + "/api/v1/surveys/" + survey + "/preview"
	return []visit{{Answer: trial + "/page", OptOut: trial + "/optout"}, {Answer: list + "/ru/page", OptOut: list, Name: w.ops}}
}
