// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

const (
	// customers are so many; every tenth is disappointed and may be contacted.
	customers = 240
	survey    = "checkout-pulse"
	persona   = "weekend-shopper"
	mailPort  = "587" // as in docs/operations/install.md
	publicURL = "http://feedback.example.com"
	// canary stands in every address of a customer, and must stand nowhere but in the store and in mail.
	canary = "canary-4711"
)

// overlay is the sample with the mail server of the test. The wave is open long enough for a machine that is slow.
const overlay = `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: ["%s"]
patches:
  - patch: |
      apiVersion: cx-operator.io/v1alpha1
      kind: Program
      metadata: {name: program}
      spec:
        channels:
          - {name: mail, smtp: {host: ` + mailHost + `, port: ` + mailPort + `, tls: None, from: Example Retail <feedback@retail.example>, ratePerMinute: 6000}}
  - patch: |
      apiVersion: cx-operator.io/v1alpha1
      kind: Survey
      metadata: {name: ` + survey + `}
      spec: {openFor: 2m}
`

// customer is one of those who are asked.
type customer struct {
	number  int
	address string
	page    string // the path in the link of the mail
}

// program is the sample's, with its customers.
type program struct {
	*cluster
	mails     *people.PostOffice
	customers []*customer
	answered  int
	// through is the address that customers know, unless it is the Service: that of the ingress.
	through string
	ingress visitor
	// log is all that the operator has logged, of pods that are gone, too.
	log strings.Builder
}

// openProgram applies the sample, imports the customers, and waits until the survey's wave has mailed each of them.
func (c *cluster) openProgram(t *testing.T) *program {
	t.Helper()
	p := &program{cluster: c, mails: people.OpenPostOfficeAt(t, net.JoinHostPort(c.Address, mailPort))}
	step(t, "the sample is applied, its customers are imported through the Service of the API")
	objects := p.render(t)
	// The program first: its customers are to be there when the first wave opens.
	p.apply(t, p.only(objects, "kind: Namespace", "kind: Program\n"))
	list := strings.Builder{}
	list.WriteString("id,email,language\n")
	for n := range customers {
		one := &customer{number: n, address: fmt.Sprintf("%s-%03d@customers.example", canary, n)}
		p.customers = append(p.customers, one)
		fmt.Fprintf(&list, "c-%03d,%s,en\n", n, one.address)
	}
	until(t, time.Minute, "the import of contacts", func(ctx context.Context) string {
		_, err := p.api(ctx, http.MethodPut, "/contacts", list.String())
		return text(err)
	})
	p.apply(t, objects)
	step(t, "the wave opens at the next full minute, and mails go out")
	until(t, 2*time.Minute, "a mail to every customer", func(context.Context) string {
		counts, missing := p.mails.Counts(), 0 // owners get mail, too
		for _, one := range p.customers {
			if counts[one.address] == 0 {
				missing++
			}
		}
		if missing > 0 {
			return fmt.Sprintf("%d did not come", missing)
		}
		return ""
	})
	link := regexp.MustCompile(regexp.QuoteMeta(publicURL) + `(/s/[A-Za-z0-9_-]+)`)
	for _, one := range p.customers {
		letters := p.mails.To(one.address)
		if len(letters) != 1 {
			t.Fatalf("%s got %d mails", one.address, len(letters))
		}
		found := link.FindStringSubmatch(letters[0])
		if found == nil {
			t.Fatalf("no link in the mail:\n%s", letters[0])
		}
		one.page = found[1]
	}
	return p
}

// render is the sample as it is applied here.
func (c *cluster) render(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	sample, err := filepath.Rel(folder, filepath.Join(c.root, "config", "samples", retailer))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), fmt.Appendf(nil, overlay, sample), 0o600); err != nil {
		t.Fatal(err)
	}
	return c.kubectl(t, "kustomize", folder)
}

// only are the documents that have one of the lines.
func (*cluster) only(documents string, lines ...string) string {
	var chosen []string
	for document := range strings.SplitSeq(documents, "\n---\n") {
		for _, line := range lines {
			if strings.Contains("\n"+document+"\n", "\n"+line) {
				chosen = append(chosen, document)
			}
		}
	}
	return strings.Join(chosen, "\n---\n")
}

// api asks the API for the cluster about the persona.
func (p *program) api(ctx context.Context, method, path, body string) ([]byte, error) {
	address, err := p.clusterIP(ctx, release+"-api")
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+"/api/v1/personas/"+persona+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return answer, err
}

// contactCounts are what the operator knows of the persona's contacts.
func (p *program) contactCounts(ctx context.Context) (counts struct{ Known int }, err error) {
	answer, err := p.api(ctx, http.MethodGet, "/contacts/counts", "")
	if err != nil {
		return counts, err
	}
	return counts, json.Unmarshal(answer, &counts)
}

// wave is the survey's, of which there is one.
func (p *program) wave(ctx context.Context) (*cxv1.SurveyWave, error) {
	waves := &cxv1.SurveyWaveList{}
	if err := p.client.List(ctx, waves, client.InNamespace(retailer), client.MatchingLabels{cxv1.LabelSurvey: survey}); err != nil {
		return nil, err
	}
	if len(waves.Items) != 1 {
		return nil, fmt.Errorf("%d waves", len(waves.Items))
	}
	return &waves.Items[0], nil
}

// closed waits for the end of the wave, and compares its figures with what the customers said.
func (p *program) closed(t *testing.T) {
	t.Helper()
	step(t, "the wave closes, and its figures are counted")
	promoters, detractors := 0, 0
	for _, one := range p.customers {
		switch score := one.score(); {
		case score >= 9:
			promoters++
		case score <= 6:
			detractors++
		}
	}
	until(t, 3*time.Minute, "the wave's figures", func(ctx context.Context) string {
		wave, err := p.wave(ctx)
		if err != nil {
			return err.Error()
		}
		if wave.Status.Phase != cxv1.WaveClosed || len(wave.Status.Results) == 0 || wave.Status.Results[0].Value == "" {
			return fmt.Sprintf("phase %s, %d results", wave.Status.Phase, len(wave.Status.Results))
		}
		return ""
	})
	wave, err := p.wave(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := *wave.Status.Counts
	counts.Skipped = nil
	t.Logf("counts %+v", counts)
	if counts.Invited != customers || counts.Accepted != customers || counts.Responded != customers || counts.Late != 0 || counts.Ambiguous != 0 {
		t.Errorf("%d customers were invited, and every answer was acknowledged in time; the wave counts %+v", customers, counts)
	}
	nps := wave.Status.Results[0]
	if want := fmt.Sprint(100 * (promoters - detractors) / customers); string(nps.Value) != want || *nps.N != customers {
		t.Errorf("NPS %s of %d answers; the customers' scores make %s", nps.Value, *nps.N, want)
	}
	until(t, 30*time.Second, "a follow-up for each disappointed customer", func(ctx context.Context) string {
		followUps := &cxv1.FollowUpList{}
		if err := p.client.List(ctx, followUps, client.InNamespace(retailer)); err != nil || len(followUps.Items) != detractors {
			return fmt.Sprintf("%d of %d %v", len(followUps.Items), detractors, err)
		}
		return ""
	})
	until(t, 30*time.Second, "the KPI", func(ctx context.Context) string {
		kpi := &cxv1.KPI{}
		err := p.client.Get(ctx, client.ObjectKey{Namespace: retailer, Name: "checkout-nps"}, kpi)
		if err == nil && kpi.Status.Value == nps.Value {
			return ""
		}
		return fmt.Sprintf("value %q %v", kpi.Status.Value, err)
	})
}

// nobodyTwice holds after any number of restarts.
func (p *program) nobodyTwice(t *testing.T) {
	t.Helper()
	for address, count := range p.mails.Counts() {
		if strings.Contains(address, canary) && count != 1 {
			t.Errorf("%s got %d mails", address, count)
		}
	}
}
