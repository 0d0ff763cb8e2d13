// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
)

// serve runs the gateway until the returned function is called, which gives back Run's error.
func (w *world) serve() (*gateway.Server, func() error) {
	w.Helper()
	server, err := gateway.Listen(w.gateway, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	return server, func() error { cancel(); return <-ended }
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestTheServerHasADoorForPeopleAndOneForTheCluster(t *testing.T) {
	w := newWorld(t)
	server, end := w.serve()
	public, ops := "http://"+server.Address(), "http://"+server.OpsAddress()
	for url, want := range map[string]int{
		public + "/s/" + w.one(short()).Answer: 200, public + "/livez": 404, public + "/readyz": 404, public + "/metrics": 404,
		ops + "/livez": 200, ops + "/readyz": 200, ops + "/metrics": 200, ops + "/s/x": 404,
	} {
		if code, body := fetch(t, url); code != want {
			t.Errorf("%s: %d, want %d: %s", url, code, want, body)
		}
	}
	if err := end(); err != nil {
		t.Errorf("a clean end: %v", err)
	}
}

func TestReadyFollowsTheStore(t *testing.T) {
	var broken error
	w := newWorld(t, func(o *gateway.Options) { o.Ready = func(context.Context) error { return broken } })
	ask := func(path string) int {
		rec := httptest.NewRecorder()
		w.gateway.Ops().ServeHTTP(rec, request(http.MethodGet, path, ""))
		if strings.Contains(rec.Body.String(), "disk") {
			t.Errorf("%s tells too much: %s", path, rec.Body)
		}
		return rec.Code
	}
	if got := ask("/readyz"); got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	broken = fmt.Errorf("the disk is full: %w", store.ErrUnavailable)
	if got := ask("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("with a broken store: %d", got)
	}
	if got := ask("/livez"); got != http.StatusOK {
		t.Errorf("a restart would not help, but livez says %d", got)
	}
}

func TestRequestsUnderWayAreFinishedAtTheEnd(t *testing.T) {
	s := slow{entered: make(chan struct{}), leave: make(chan struct{})}
	w := newWorld(t, func(o *gateway.Options) { s.Store, o.Store = o.Store, s })
	to := "/s/" + w.one(short()).Answer
	server, end := w.serve()
	answered := make(chan int, 1)
	go func() {
		response, err := http.Get("http://" + server.Address() + to)
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	<-s.entered
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	for { // until it takes nobody new
		connection, err := net.DialTimeout("tcp", server.Address(), time.Second)
		if err != nil {
			break
		}
		_ = connection.Close()
	}
	if code, _ := fetch(t, "http://"+server.OpsAddress()+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("while it ends it says it is ready: %d", code)
	}
	close(s.leave)
	if code := <-answered; code != http.StatusServiceUnavailable { // what the slow store leads to: an answer, not a broken line
		t.Errorf("the request under way got %d", code)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestHeadersMayNotBeEndless(t *testing.T) {
	w := newWorld(t)
	server, end := w.serve()
	connection, err := net.Dial("tcp", server.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, err = fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	if err != nil {
		t.Log(err) // it may hang up before it has read all
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err == nil && !strings.Contains(line, "431") {
		t.Errorf("answered %q", line)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestAnAddressInUseIsSaidAtOnce(t *testing.T) {
	w := newWorld(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if _, err := gateway.Listen(w.gateway, taken.Addr().String(), "127.0.0.1:0"); err == nil {
		t.Error("people's address is in use, and nobody is told")
	}
	if _, err := gateway.Listen(w.gateway, "127.0.0.1:0", taken.Addr().String()); err == nil || !strings.Contains(err.Error(), "health") {
		t.Errorf("the cluster's address is in use: %v", err)
	}
	if _, err := gateway.New(gateway.Options{}); err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a gateway without a store: %v", err)
	}
}

func TestTheFiguresAreDocumented(t *testing.T) {
	w := newWorld(t)
	w.get("/s/" + w.one(short()).Answer)
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.gateway.Ops().ServeHTTP(rec, request(http.MethodGet, "/metrics", ""))
	found := 0
	for line := range strings.Lines(rec.Body.String()) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			found++
			if !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("docs/reference/metrics.md does not say what %s is", name)
			}
		}
	}
	if found < 3 {
		t.Errorf("%d figures, want 3 at least", found)
	}
}
