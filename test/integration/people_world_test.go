// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	kuberest "k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// writings is where logs go; it can be read while they are written.
type writings struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *writings) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *writings) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// asking is a world in which people are written to and answer: the operator as it runs, a mail server, the survey pages.
type asking struct {
	figures *objects.Collector
	*world
	people *sqlite.Store
	post   *people.PostOffice
	// pages and ops are addresses, host:port; pagesLog is what the pages write.
	pages, ops string
	pagesLog   *writings
	id         string
	// way is the operators' way to the API server.
	way *way
	// now is the clock of the operator, the store and the pages.
	now *operator.Clock
}

// way is a network that can be cut and mended.
type way struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

var errCut = errors.New("there is no way to the API server")

func (w *way) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, errCut
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		w.conns = append(w.conns, conn)
	}
	return conn, err
}

// set cuts the way, and every connection on it, or mends it.
func (w *way) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, conn := range w.conns {
		if cut {
			_ = conn.Close() // closed before or not, it is closed now
		}
	}
	if cut {
		w.conns = nil
	}
}

const apiToken = "token-of-the-shop-system"

func newAsking(t *testing.T, id string, operators int) *asking {
	t.Helper()
	now := &operator.Clock{}
	a := &asking{
		world: &world{Harness: harness.New(t), T: t, clock: now}, post: people.OpenPostOffice(t), pagesLog: &writings{}, id: id, way: &way{}, now: now,
	}
	t.Cleanup(a.clear)
	a.people = operator.StoreAt(t, now.Now)
	a.store = a.people
	a.figures = objects.New(a.people, now)
	a.servePages()
	for range operators {
		a.startOperator()
	}
	t.Cleanup(a.checkInvariants)
	return a
}

func (a *asking) servePages() {
	a.Helper()
	pages, err := gateway.New(gateway.Options{
		Store: a.people, Contacts: a.people, Keys: people.Keys(), Now: a.now.Now, Log: slog.New(slog.NewJSONHandler(a.pagesLog, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Authorize: func(_ context.Context, bearer string, _ gateway.Purpose) (string, bool, error) {
			return a.id, bearer == apiToken, nil
		},
	})
	if err != nil {
		a.Fatal(err)
	}
	server, err := gateway.Listen(pages, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		a.Fatal(err)
	}
	a.pages, a.ops = server.Address(), server.OpsAddress()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	a.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			a.Error(err)
		}
	})
}

// startOperator begins a life of the operator. Sending is on in this namespace only.
func (a *asking) startOperator() {
	a.Helper()
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		a.Fatal(err)
	}
	registry := &delivery.Registry{Hosts: hosts}
	sender := &delivery.Sender{
		Queue: a.people, Waves: a.people, Roster: registry, Clock: clock.RealClock{}, Worker: "integration",
		Report: func(err error) { ctrl.Log.WithName("delivery").Error(err, "mail") },
		Links: func(message store.Message) (delivery.Links, error) {
			pair, err := people.Keys().Remake(message.Wave, message.Link)
			base := "http://" + a.pages
			return delivery.Links{Answer: base + "/s/" + pair.Answer, OptOut: base + "/o/" + pair.OptOut, ExpiresAt: message.Link.ExpiresAt}, err
		},
	}
	services := controllers.Services{
		Evidence: a.people, People: a.people, Links: people.Keys(), Mail: manager.RunnableFunc(sender.Run), Routes: registry,
		Sending: program.Sending{Allowed: func(namespace string) bool { return namespace == a.Namespace }, Channels: registry, Pauses: a.people},
		Metrics: a.figures,
	}
	cfg := kuberest.CopyConfig(a.Config)
	cfg.Dial = a.way.dial
	a.operators = append(a.operators, operator.Start(a.T, cfg, operator.Options{Store: a.people, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		return controllers.Setup(ctx, mgr, services, a.now)
	}}))
}

// importContacts hands in a list as a shop system would, and returns what the operator says.
func (a *asking) importContacts(persona, csv string) (status int, says string) {
	a.Helper()
	request, err := http.NewRequestWithContext(a.Context(), http.MethodPut, "http://"+a.ops+"/api/v1/personas/"+persona+"/contacts", strings.NewReader(csv))
	if err != nil {
		a.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	return a.do(request)
}

func (a *asking) do(request *http.Request) (status int, says string) {
	a.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		a.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (a *asking) get(address string) (status int, says string) {
	a.Helper()
	request, err := http.NewRequestWithContext(a.Context(), http.MethodGet, address, nil)
	if err != nil {
		a.Fatal(err)
	}
	return a.do(request)
}

func (a *asking) postForm(address string, form url.Values) (status int, says string) {
	a.Helper()
	request, err := http.NewRequestWithContext(a.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		a.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.do(request)
}

var (
	answerLink = regexp.MustCompile(`http://[0-9.:]+/s/[A-Za-z0-9_-]{54}`)
	optOutLink = regexp.MustCompile(`http://[0-9.:]+/o/[A-Za-z0-9_-]{54}`)
	began      = regexp.MustCompile(`name="_began" value="([^"]*)"`)
)

// link waits for a letter to an address and finds a link in it.
func (a *asking) link(address string, which *regexp.Regexp) string {
	a.Helper()
	a.await("a letter to "+address, func() string {
		if len(a.post.To(address)) == 0 {
			return fmt.Sprintf("letters so far: %v", a.post.Counts())
		}
		return ""
	})
	found := which.FindString(a.post.To(address)[0])
	if found == "" {
		a.Fatalf("no link in:\n%s", a.post.To(address)[0])
	}
	return found
}

// answer opens the page behind the link in the letter to an address, as a mail scanner does, then as the person, and answers.
func (a *asking) answer(address string, form url.Values) {
	a.Helper()
	page := a.link(address, answerLink)
	if status, _ := a.get(page + "?q=recommend&v=9"); status != http.StatusOK {
		a.Fatalf("the scanner gets %d", status)
	}
	status, text := a.get(page)
	found := began.FindStringSubmatch(text)
	if status != http.StatusOK || found == nil {
		a.Fatalf("the page: %d\n%s", status, text)
	}
	form.Set("_began", found[1])
	form.Set("_language", "en")
	form.Set("_do", "send")
	if status, text := a.postForm(page, form); status != http.StatusOK || !strings.Contains(text, "Thank you") {
		a.Fatalf("the answer: %d\n%s", status, text)
	}
}

// now asks for a wave of a survey at once.
func (a *asking) waveNow(survey *cxv1.Survey) {
	a.Helper()
	edit(a.world, survey, func(s *cxv1.Survey) {
		s.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: a.now.Now().UTC().Format(time.RFC3339)}
	})
}

// close lets the time of a wave end.
func (a *asking) close(wave *cxv1.SurveyWave) {
	a.Helper()
	a.now.Step(wave.Spec.Template.ClosesAt.Sub(a.now.Now()) + time.Hour) // late answers are taken for a tenth of the time more
	edit(a.world, wave, func(w *cxv1.SurveyWave) {
		w.Annotations = map[string]string{cxv1.AnnotationReconcileRequestedAt: "its time is over"} // nobody looks at this clock while it sleeps
	})
}

// theWave waits until the only wave of the namespace is as it should be.
func (a *asking) theWave(what string, ok func(*cxv1.SurveyWave) bool) *cxv1.SurveyWave {
	a.Helper()
	var found cxv1.SurveyWave
	a.await("the wave: "+what, func() string {
		waves := &cxv1.SurveyWaveList{}
		if err := a.Client.List(a.Context(), waves, inNamespace(a.Namespace)); err != nil {
			a.Fatal(err)
		}
		if len(waves.Items) != 1 {
			return fmt.Sprintf("there are %d", len(waves.Items))
		}
		if found = waves.Items[0]; !ok(&found) {
			return fmt.Sprintf("it has %+v", found.Status)
		}
		return ""
	})
	return &found
}
