// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package prometheus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/cx-operator/cx-operator/internal/prometheus"
	"github.com/cx-operator/cx-operator/internal/promql"
)

const token = "a-token-that-nobody-may-read"

var at = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

func client(t *testing.T, o prometheus.Options) *prometheus.Client {
	t.Helper()
	c, err := prometheus.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func query(t *testing.T, text string) promql.Query {
	t.Helper()
	q, err := promql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// ask asks one query.
func ask(ctx context.Context, c *prometheus.Client, namespace string, query promql.Query) (promql.Answer, error) {
	answers, err := c.Ask(ctx, namespace, at, query)
	if err != nil {
		return promql.Answer{}, err
	}
	return answers[0], nil
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

const number = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1798880400,"42.5"]}]}}`

func TestAQueryIsAskedAsOfItsTimeAndConfined(t *testing.T) {
	var asked atomic.Pointer[http.Request]
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		asked.Store(r)
		says(http.StatusOK, number)(w, r)
	})
	c := client(t, prometheus.Options{URL: server.URL + "/tenant/", Token: func() string { return token }, NamespaceLabel: "namespace"})
	answer, err := ask(t.Context(), c, "retail", query(t, "sum(up)"))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := answer.Value.(model.Vector); !ok || len(v) != 1 || v[0].Value != 42.5 || answer.Warned || answer.Refused != "" {
		t.Errorf("answer %+v", answer)
	}
	r := asked.Load()
	if r.URL.Path != "/tenant/api/v1/query" || r.Method != http.MethodPost || r.URL.RawQuery != "" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	for field, want := range map[string]string{"query": `sum(up{namespace="retail"})`, "time": "1799053200", "timeout": "9s"} {
		if got := r.PostForm.Get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if got := r.Header.Get("Authorization"); got != "Bearer "+token {
		t.Errorf("Authorization: %q", got)
	}
}

func TestATokenIsReadForEachQuery(t *testing.T) {
	var sent atomic.Value
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Store(r.Header.Get("Authorization"))
		says(http.StatusOK, number)(w, r)
	})
	present := ""
	c := client(t, prometheus.Options{URL: server.URL, Token: func() string { return present }})
	for _, tc := range []struct{ token, want string }{{"", ""}, {"first", "Bearer first"}, {"second", "Bearer second"}} {
		present = tc.token
		if _, err := ask(t.Context(), c, "retail", query(t, "up")); err != nil {
			t.Fatal(err)
		}
		if sent.Load() != tc.want {
			t.Errorf("sent %q, want %q", sent.Load(), tc.want)
		}
	}
}

// What is not an answer is an error; of what is one, nothing is said in the words of the other side.
func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	const theirs = "their-own-words"
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirection was followed") })
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"a token that is wrong": {says(http.StatusUnauthorized, theirs), "status 401: the token"},
		"a token without right": {says(http.StatusForbidden, theirs), "status 403: the token"},
		"a proxy that is gone":  {says(http.StatusBadGateway, theirs), "status 502"},
		"it starts up":          {says(http.StatusServiceUnavailable, theirs), "in trouble"},
		"it shuts down":         {says(http.StatusServiceUnavailable, `{"status":"error","errorType":"canceled","error":"`+theirs+`"}`), "in trouble"},
		"another page":          {says(http.StatusNotFound, theirs), "no Prometheus"},
		"garbage":               {says(http.StatusOK, "<html>"+theirs), "no Prometheus"},
		"half an answer":        {says(http.StatusOK, `{"status":"success","data":{"resultType":"vector","result":[{"met`), "no Prometheus"},
		"a type of its own":     {says(http.StatusOK, `{"status":"success","data":{"resultType":"`+theirs+`","result":[]}}`), "no Prometheus"},
		"a message too long":    {says(http.StatusOK, `{"status":"success","data":"`+strings.Repeat("x", 2<<20)), "longer than"},
		"a redirection": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "status 307"},
		"it hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, prometheus.Options{URL: serve(t, tc.handler).URL, Token: func() string { return token }})
			answer, err := ask(t.Context(), c, "retail", query(t, "up"))
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%+v, %v; want %q", answer, err, tc.says)
			}
			if strings.Contains(err.Error(), theirs) || strings.Contains(err.Error(), token) {
				t.Errorf("it says too much: %v", err)
			}
		})
	}
}

func TestARefusalIsTheQuerys(t *testing.T) {
	for body, want := range map[string]struct {
		status  int
		refused promql.Refusal
	}{
		`{"status":"error","errorType":"bad_data","error":"x"}`:  {http.StatusBadRequest, promql.NotRead},
		`{"status":"error","errorType":"execution","error":"x"}`: {http.StatusUnprocessableEntity, promql.NotComputed},
		`{"status":"error","errorType":"timeout","error":"x"}`:   {http.StatusServiceUnavailable, promql.TooSlow},
	} {
		c := client(t, prometheus.Options{URL: serve(t, says(want.status, body)).URL})
		answer, err := ask(t.Context(), c, "retail", query(t, "up"))
		if err != nil || answer.Refused != want.refused {
			t.Errorf("%s: %+v, %v", body, answer, err)
		}
	}
}

// Otherwise another KPI of the namespace could come between a value and its count, and the value would be asked for in vain.
func TestQueriesThatBelongTogetherAreAskedTogether(t *testing.T) {
	entered, leave := make(chan string), make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- r.FormValue("query")
		<-leave
		says(http.StatusOK, number)(w, r)
	})
	c := client(t, prometheus.Options{URL: server.URL})
	ended := make(chan error)
	go func() {
		answers, err := c.Ask(t.Context(), "retail", at, query(t, "avg(up)"), query(t, "count(up)"))
		if err == nil && len(answers) != 2 {
			err = fmt.Errorf("%d answers", len(answers))
		}
		ended <- err
	}()
	for _, want := range []string{"avg(up)", "count(up)"} {
		if got := <-entered; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		if _, err := ask(t.Context(), c, "retail", query(t, "up")); !errors.Is(err, promql.ErrBusy) {
			t.Errorf("another query while %s is computed: %v", want, err)
		}
		leave <- struct{}{}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAWarningIsNotLost(t *testing.T) {
	warned := strings.Replace(number, `"data"`, `"warnings":["partial"],"data"`, 1)
	answer, err := ask(t.Context(), client(t, prometheus.Options{URL: serve(t, says(http.StatusOK, warned)).URL}), "retail", query(t, "up"))
	if err != nil || !answer.Warned {
		t.Errorf("%+v, %v", answer, err)
	}
}

// One whose queries are slow must hold up neither others nor the controller's workers.
func TestWhoIsSlowHoldsUpNobodyElse(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("query") == "slow" {
			entered <- struct{}{}
			<-leave
		}
		says(http.StatusOK, number)(w, r)
	})
	c := client(t, prometheus.Options{URL: server.URL})
	ask := func(namespace, text string) error {
		_, err := ask(t.Context(), c, namespace, query(t, text))
		return err
	}
	ended := make(chan error)
	for _, namespace := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		go func() { ended <- ask(namespace, "slow") }()
		<-entered
	}
	if err := ask("a", "up"); !errors.Is(err, promql.ErrBusy) {
		t.Errorf("a second query of one namespace: %v", err)
	}
	if err := ask("z", "up"); err != nil {
		t.Errorf("another namespace: %v", err)
	}
	go func() { ended <- ask("h", "slow") }()
	<-entered
	if err := ask("z", "up"); !errors.Is(err, promql.ErrBusy) {
		t.Errorf("a ninth query at once: %v", err)
	}
	close(leave)
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := ask("a", "up"); err != nil {
		t.Errorf("when all is over: %v", err)
	}
}

func TestAQueryEndsWithItsTime(t *testing.T) {
	over := make(chan struct{})
	server := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) }) // before the server closes
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := ask(ctx, client(t, prometheus.Options{URL: server.URL}), "retail", query(t, "up"))
	if err == nil || !strings.Contains(err.Error(), "no answer within") || strings.Contains(err.Error(), server.URL) {
		t.Errorf("%v", err)
	}
}

func TestAddressesAndLabelsThatCannotBeAreRefused(t *testing.T) {
	for _, o := range []prometheus.Options{
		{URL: ""}, {URL: "prometheus:9090"}, {URL: "ftp://prometheus.example.com"}, {URL: "https://"},
		{URL: "https://somebody:" + token + "@prometheus.example.com"}, {URL: "http://[::1/" + token},
		{URL: "https://prometheus.example.com", NamespaceLabel: "name space"}, {URL: "https://prometheus.example.com", NamespaceLabel: "__name__"},
	} {
		_, err := prometheus.New(o)
		if err == nil || !strings.Contains(err.Error(), "--prometheus-") || strings.Contains(err.Error(), token) {
			t.Errorf("%s %s: %v", o.URL, o.NamespaceLabel, err)
		}
	}
}
