// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// process is the whole server as it runs, against an address at which there is no API server at first.
type process struct {
	*testing.T
	api, pages, ops, health, metrics string

	folder string
	// end stops the process as a signal does, and says how it ended.
	end func() error
}

// freeAddress is one at which nobody listens. Its port is not one of those that are given to whoever asks for any: another test, or
// a connection, would take it before the process does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal("all ports are taken")
	return ""
}

func (p *process) write(name, text string) string {
	p.Helper()
	path := filepath.Join(p.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
	return path
}

// startProcess runs the server on a store file.
func startProcess(t *testing.T, file string) *process {
	t.Helper()
	p := &process{T: t, api: freeAddress(t), pages: freeAddress(t), ops: freeAddress(t), health: freeAddress(t), metrics: freeAddress(t), folder: t.TempDir()}
	kubeconfig := p.write("kubeconfig", fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: test, clusters: [{name: test, cluster: {server: "http://%s"}}],
		contexts: [{name: test, context: {cluster: test}}]}`, p.api))
	keys := p.write("link-keys", "1 "+"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n") // those of package invited
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"--store", "sqlite:" + file, "--kubeconfig", kubeconfig, "--link-keys", keys, "--public-url", "http://" + p.pages,
			"--gateway-bind-address", p.pages, "--gateway-ops-bind-address", p.ops, "--health-probe-bind-address", p.health, "--metrics-bind-address", p.metrics,
			"--log-level", "error"}, io.Discard)
	}()
	p.end = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Minute):
			return errors.New("the process does not end")
		}
	})
	t.Cleanup(func() {
		if err := p.end(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// status asks an address; 0 when nobody answers.
func (p *process) status(method, address, body string) (status int, text string) {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, address, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	read, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		p.Fatal(err)
	}
	return response.StatusCode, string(read)
}

// await looks until it is so.
func (p *process) await(what string, so func() bool) {
	p.Helper()
	err := wait.PollUntilContextTimeout(p.Context(), 20*time.Millisecond, 5*time.Minute, true, func(context.Context) (bool, error) { return so(), nil })
	if err != nil {
		p.Fatalf("%s: %v", what, err)
	}
}

// expectUnready: the health endpoint says what is wrong, and lets the process live.
func (p *process) expectUnready(says string) {
	p.Helper()
	p.await("not ready because of "+says, func() bool {
		code, text := p.status(http.MethodGet, "http://"+p.health+"/readyz", "")
		return code == http.StatusServiceUnavailable && strings.Contains(text, says)
	})
	if code, text := p.status(http.MethodGet, "http://"+p.health+"/healthz", ""); code != http.StatusOK {
		p.Errorf("alive: %d %s", code, text)
	}
}

func (p *process) answer(token string) {
	p.Helper()
	p.await("the pages", func() bool {
		code, _ := p.status(http.MethodGet, "http://"+p.ops+"/readyz", "")
		return code == http.StatusOK
	})
	if code, text := p.status(http.MethodPost, "http://"+p.pages+"/s/"+token, "q.recommend=9"); code != http.StatusOK {
		p.Fatalf("an answer: %d %s", code, text)
	}
}

// invite makes a store file in which two people have links.
func invite(t *testing.T) (file string, tokens []string) {
	t.Helper()
	w := invited.New(t, time.Now)
	page := questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential, Questionnaire: build.Questionnaire(),
	}
	for _, pair := range w.Invite(t, "pulse", page, cxv1.LanguageEN, 2) {
		tokens = append(tokens, pair.Answer)
	}
	if err := w.Store.Close(); err != nil {
		t.Fatal(err)
	}
	return w.File, tokens
}

// front is an API server's address: nobody listens there, or what answers is broken, or it works.
type front struct {
	works atomic.Bool
	// lists gets every list that is asked for, and no list is answered, when it is not nil.
	lists chan struct{}
}

func (f *front) open(t *testing.T, address string, behind *rest.Config) {
	t.Helper()
	transport, err := rest.TransportFor(behind)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(behind.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport, proxy.FlushInterval = transport, -1
	proxy.ErrorLog = log.New(io.Discard, "", 0) // watches that the end of the test cuts off
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.works.Load() && r.URL.Path != "/readyz" {
			http.Error(w, "not yet", http.StatusInternalServerError)
			return
		}
		if f.lists != nil && strings.HasPrefix(r.URL.Path, "/apis/"+cxv1.GroupVersion.String()+"/") {
			f.lists <- struct{}{}
			<-r.Context().Done()
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Close
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

func TestSurveyPagesTakeAnswersBeforeThereIsAnAPIServer(t *testing.T) {
	h, f := harness.New(t), &front{}
	file, tokens := invite(t)
	p := startProcess(t, file)
	p.answer(tokens[0])
	p.expectUnready("waiting for the API server")

	f.open(t, p.api, h.Config)
	p.expectUnready("not yet")
	taken, err := net.Listen("tcp", p.metrics)
	if err != nil {
		t.Fatal(err)
	}
	f.works.Store(true)
	p.expectUnready("address already in use") // of a manager that was started
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	prog := build.Program(func(p *cxv1.Program) { p.Namespace, p.Spec.ID = h.Namespace, "another-program" })
	if err := h.Client.Create(t.Context(), prog); err != nil {
		t.Fatal(err)
	}
	p.await("the Program to be looked after", func() bool {
		if err := h.Client.Get(t.Context(), client.ObjectKeyFromObject(prog), prog); err != nil {
			t.Fatal(err)
		}
		return kube.IsTrue(prog, cxv1.ConditionReady)
	})
	if code, text := p.status(http.MethodGet, "http://"+p.health+"/readyz", ""); code != http.StatusOK {
		t.Errorf("ready: %d %s", code, text)
	}
	p.answer(tokens[1])
	if err := p.end(); err != nil {
		t.Error(err)
	}
}

func TestAProcessThatWaitsForItsAPIServerEndsWhenItIsTold(t *testing.T) {
	for name, prepare := range map[string]func(*process){
		"nobody listens": func(p *process) { p.expectUnready("waiting for the API server") },
		"nobody says anything": func(p *process) {
			silent, err := net.Listen("tcp", p.api)
			if err != nil {
				p.Fatal(err)
			}
			p.Cleanup(func() { _ = silent.Close() })
			conn, err := silent.Accept()
			if err != nil {
				p.Fatal(err)
			}
			p.Cleanup(func() { _ = conn.Close() })
		},
		"its caches do not fill": func(p *process) {
			// It says that it is well, knows the kinds, and lists nothing.
			h, f := harness.New(p.T), &front{lists: make(chan struct{}, 100)}
			f.works.Store(true)
			f.open(p.T, p.api, h.Config)
			<-f.lists
		},
	} {
		t.Run(name, func(t *testing.T) {
			file, tokens := invite(t)
			p := startProcess(t, file)
			prepare(p)
			p.answer(tokens[0])
			if err := p.end(); err != nil {
				t.Error(err)
			}
		})
	}
}
