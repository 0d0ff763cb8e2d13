// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

const (
	// askedSurvey is the survey that mails the sample's customers, askedPersona who they are.
	askedSurvey, askedPersona = "checkout-pulse", "weekend-shopper"
	contactsFile              = "contacts/weekend-shoppers.csv"
)

// writeSecrets makes the key that signs links, and the token with which everything is asked of
// the operator's API.
func (w *world) writeSecrets() error {
	key, token := make([]byte, 32), make([]byte, 24)
	_, _ = rand.Read(key) // never fails
	_, _ = rand.Read(token)
	w.apiToken = base64.RawURLEncoding.EncodeToString(token)
	return errors.Join(
		os.WriteFile(w.path("link-keys"), []byte("1 "+base64.StdEncoding.EncodeToString(key)+"\n"), 0o600),
		os.WriteFile(w.path("api-tokens"), []byte("example-retail contacts,people,preview,operate "+w.apiToken+"\n"), 0o600),
		os.WriteFile(w.path("api-token"), []byte(w.apiToken+"\n"), 0o600), // for kubectl cx
	)
}

// peopleFlags let the retailer, and nobody else, send mail: to the mailbox on this machine.
func (w *world) peopleFlags() ([]string, error) {
	pages, err := freeAddress()
	if err != nil {
		return nil, err
	}
	inside, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w.pagesURL, w.insideURL = "http://"+pages, "http://"+inside
	return []string{
		"--public-url", w.pagesURL, "--gateway-bind-address", pages, "--gateway-ops-bind-address", inside,
		"--link-keys", w.path("link-keys"), "--api-tokens", w.path("api-tokens"), "--outbox-folder", w.path("outbox"),
		"--sending-namespaces", retailer, "--allow-host", "localhost=127.0.0.0/8,::1/128",
	}, nil
}

// applyProgram applies the retailer's program alone, so that there are customers before the first survey asks them.
func (w *world) applyProgram(ctx context.Context) error {
	folder := filepath.Join(w.root, "config", "samples", retailer)
	for _, name := range []string{"namespace.yaml", "program.yaml"} {
		if err := w.kubectl(ctx, "apply", "--namespace", retailer, "--filename", filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	// The sample sends mail, and its owners' addresses are in Secrets.
	if err := w.kubectl(ctx, "create", "rolebinding", "cx-operator-secrets", "--namespace", retailer, "--clusterrole", "cx-operator-secrets",
		"--serviceaccount", strings.TrimPrefix(operatorUser, "system:serviceaccount:")); err != nil {
		return err
	}
	return w.importContacts(ctx, filepath.Join(folder, contactsFile))
}

// pointToMailbox corrects the port of the sample's mail server where the usual one was taken.
func (w *world) pointToMailbox(ctx context.Context) error {
	program := &cxv1.Program{}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: retailer, Name: cxv1.ProgramName}, program); err != nil {
		return err
	}
	before := program.DeepCopy()
	for i := range program.Spec.Channels {
		if smtp := program.Spec.Channels[i].SMTP; smtp != nil {
			smtp.Port = new(int32(w.mailbox.port()))
		}
	}
	return w.client.Patch(ctx, program, client.MergeFrom(before))
}

// poll tries until it is done.
func (w *world) poll(ctx context.Context, what string, try func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		done, err := try()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: still waiting: %s", context.Cause(ctx), what)
		case <-w.operatorDone:
			return errors.New("the operator ended by itself")
		case <-tick.C:
		}
	}
}

// importContacts sends the sample's customers to the operator, as another system would.
func (w *world) importContacts(ctx context.Context, path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return w.poll(ctx, "the program to be known to the operator", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPut,
			w.insideURL+"/api/v1/personas/"+askedPersona+"/contacts", bytes.NewReader(file))
		if err != nil {
			return false, err
		}
		request.Header.Set("Authorization", "Bearer "+w.apiToken)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, nil //nolint:nilerr // not up yet: poll tries again
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		switch {
		case err != nil:
			return false, err
		case response.StatusCode == http.StatusNotFound:
			return false, nil
		case response.StatusCode != http.StatusOK:
			return false, fmt.Errorf("importing contacts: %s: %s", response.Status, answer)
		}
		fmt.Printf("    contacts of persona %s: %s", askedPersona, answer)
		return true, nil
	})
}

// given is what a customer of the demo answers.
type given struct {
	URL     string `json:"url"`
	Score   int    `json:"score"`
	Reason  string `json:"reason,omitempty"`
	Comment string `json:"comment,omitempty"`
	Contact bool   `json:"contact"`
}

// answerMails lets a browser open the links in the mails and answer. Two customers don't.
func (w *world) answerMails(ctx context.Context) error {
	say("the customers of %s get a mail and answer in a browser", askedSurvey)
	if err := w.poll(ctx, "mails to the customers", func() (bool, error) {
		return len(w.invitations()) >= 12, nil
	}); err != nil {
		return err
	}
	mails := w.invitations()
	scores := []int{10, 9, 9, 10, 8, 7, 9, 10, 3, 9}
	var answers []given
	for i, l := range mails {
		if i == len(scores) {
			break
		}
		g := given{URL: l.link(w.pagesURL + "/s/"), Score: scores[i]}
		if g.Score <= 6 {
			g.Reason, g.Contact, g.Comment = "order-not-ready", true, "I came twice, and it was not there."
		}
		answers = append(answers, g)
	}
	input, err := json.Marshal(map[string]any{"answers": answers, "browser": os.Getenv("CX_BROWSER")})
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "node", filepath.Join(w.root, "test", "browser", "answer.mjs"))
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(input), os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("answering in a browser: %w", err)
	}
	fmt.Printf("    %d mails came, %d customers answered\n", len(mails), len(answers))
	return nil
}

// invitations are the mails that ask customers; owners get others.
func (w *world) invitations() []letter {
	mails, _ := w.mailbox.received()
	return slices.DeleteFunc(mails, func(l letter) bool { return l.Unsubscribe == "" })
}

// answersCounted waits until the wave is closed, its NPS stands in the KPI, and the follow-up is open.
func answersCounted(ctx context.Context, c client.Reader) (missing string, err error) {
	kpi := &cxv1.KPI{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: retailer, Name: "checkout-nps"}, kpi); err != nil {
		return "", err
	}
	if kpi.Status.Value == "" {
		return "the wave of " + askedSurvey + " to close (three minutes) and its NPS to stand in KPI checkout-nps", nil
	}
	followUps := &cxv1.FollowUpList{}
	if err := c.List(ctx, followUps, client.InNamespace(retailer)); err != nil {
		return "", err
	}
	if len(followUps.Items) == 0 {
		return "a follow-up for the customer who was disappointed", nil
	}
	waves := &cxv1.SurveyWaveList{}
	if err := c.List(ctx, waves, client.InNamespace(retailer), client.MatchingLabels{cxv1.LabelSurvey: askedSurvey}); err != nil {
		return "", err
	}
	if len(waves.Items) == 0 || !meta.IsStatusConditionTrue(waves.Items[0].Status.Conditions, cxv1.ConditionPublished) {
		return "the figures to be mailed to the owners in publishTo", nil
	}
	return "", nil
}

// printFigures shows the mails with figures that owners got.
func (w *world) printFigures() error {
	mails, _ := w.mailbox.received()
	told := 0
	for _, l := range mails {
		if l.Unsubscribe != "" || l.link(w.pagesURL+"/d/") != "" {
			continue // an invitation, or an offer to an owner
		}
		if told++; told == 1 {
			say("the figures went to the owners in publishTo; this is what each of them got: %s", l.Subject)
			fmt.Println("    " + strings.ReplaceAll(strings.TrimSpace(l.Text), "\n", "\n    "))
		}
		fmt.Printf("    to %s\n", l.To)
	}
	if told != 2 {
		return fmt.Errorf("%d mails with figures came, two were to be", told)
	}
	return nil
}

// printAnswers shows what came of the wave.
func (w *world) printAnswers(ctx context.Context) error {
	followUps := &cxv1.FollowUpList{}
	if err := w.client.List(ctx, followUps, client.InNamespace(retailer)); err != nil || len(followUps.Items) == 0 {
		return errors.Join(err, errors.New("no follow-up was opened"))
	}
	waves := &cxv1.SurveyWaveList{}
	if err := w.client.List(ctx, waves, client.InNamespace(retailer), client.MatchingLabels{cxv1.LabelSurvey: askedSurvey}); err != nil {
		return err
	}
	for i := range waves.Items {
		wave := &waves.Items[i]
		if counts := wave.Status.Counts; counts != nil {
			say("wave %s: %d invited, %d mails taken by the server, %d answered (%s %%)",
				wave.Name, counts.Invited, counts.Accepted, counts.Responded, wave.Status.ResponseRate)
		}
		for _, result := range wave.Status.Results {
			if result.State == cxv1.ResultShown {
				fmt.Printf("    %s %s: %s, between %s and %s with 95 %% confidence, %d answers\n",
					result.Question, result.Method, result.Value, result.Low, result.High, *result.N)
			} else {
				fmt.Printf("    %s: too few answers to show\n", result.Question)
			}
		}
	}
	if err := w.printFigures(); err != nil {
		return err
	}
	return w.kubectl(ctx, "get", "followups/"+followUps.Items[0].Name, "kpis/checkout-nps", "--namespace", retailer)
}
