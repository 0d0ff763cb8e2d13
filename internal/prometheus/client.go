// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package prometheus asks a Prometheus, or what speaks its API. It is the one that whoever runs the operator named; nothing in a program
// leads anywhere else.
package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/cx-operator/cx-operator/internal/promql"
)

const (
	// timeout bounds one query.
	timeout = 10 * time.Second
	// theirTimeout bounds it in Prometheus, which so has the time to say that it gave up.
	theirTimeout = 9 * time.Second
	// maxAnswer is how many bytes of an answer are read: one number is short, and so is a mistake.
	maxAnswer = 1 << 20
	// maxAtOnce is how many queries are under way at once. It is fewer than the controller has workers, so that KPIs of other sources
	// go on while Prometheus is slow.
	maxAtOnce = 8
)

// Options say which Prometheus is asked, and how.
type Options struct {
	// URL is its address, e.g. https://prometheus.example.com/tenant.
	URL string
	// Token is sent as a bearer token, and read for each query; nil or an empty one sends none.
	Token func() string
	// NamespaceLabel is the label by which series belong to a namespace; empty lets every namespace see all series.
	NamespaceLabel string
}

// Client asks a Prometheus.
type Client struct {
	api   v1.API
	label string

	mu    sync.Mutex
	total int
	// asking are the namespaces that have a query under way: one each, so that one whose queries are slow holds up itself.
	asking map[string]bool
}

// New makes a client. The error names the flag that is wrong.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || base.User != nil || (base.Scheme != "http" && base.Scheme != "https") {
		// Not said: an address with a password would be in the log.
		return nil, errors.New("--prometheus-url is no address: write it as https://prometheus.example.com, and a token into " +
			"--prometheus-token-file")
	}
	if o.NamespaceLabel != "" {
		if err := promql.CheckLabel(o.NamespaceLabel); err != nil {
			return nil, fmt.Errorf("--prometheus-namespace-label: %w", err)
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost, transport.ResponseHeaderTimeout = maxAtOnce, timeout
	client, err := api.NewClient(api.Config{Address: o.URL, Client: &http.Client{
		Transport: &guard{next: transport, token: o.Token},
	}})
	if err != nil {
		return nil, fmt.Errorf("--prometheus-url: %w", err)
	}
	return &Client{api: v1.NewAPI(client), label: o.NamespaceLabel, asking: map[string]bool{}}, nil
}

// Ask computes queries as of a time, one after the other, on the series of a namespace where these have a label. The error is
// promql.ErrBusy, a *promql.ConfineError, or says why there is no answer: never in the words of the other side, and never with the token.
func (c *Client) Ask(ctx context.Context, namespace string, at time.Time, queries ...promql.Query) ([]promql.Answer, error) {
	texts := make([]string, len(queries))
	for i, query := range queries {
		if c.label != "" {
			var err error
			if query, err = query.Confined(c.label, namespace); err != nil {
				return nil, err
			}
		}
		texts[i] = query.String()
	}
	if !c.begin(namespace) {
		return nil, promql.ErrBusy
	}
	defer c.end(namespace)
	answers := make([]promql.Answer, len(queries))
	for i, text := range texts {
		var err error
		if answers[i], err = c.ask(ctx, text, at); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func (c *Client) ask(ctx context.Context, query string, at time.Time) (promql.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, warnings, _, err := c.api.Query(ctx, query, at, v1.WithTimeout(theirTimeout))
	if err != nil {
		return refusal(err)
	}
	return promql.Answer{Value: value, Warned: len(warnings) > 0}, nil
}

func (c *Client) begin(namespace string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total == maxAtOnce || c.asking[namespace] {
		return false
	}
	c.total++
	c.asking[namespace] = true
	return true
}

func (c *Client) end(namespace string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	delete(c.asking, namespace)
}

// refusal tells what is the query's fault from what is not.
func refusal(err error) (promql.Answer, error) {
	var said *v1.Error
	switch {
	case !errors.As(err, &said):
		return promql.Answer{}, plain(err)
	case said.Type == v1.ErrBadData:
		return promql.Answer{Refused: promql.NotRead}, nil
	case said.Type == v1.ErrExec:
		return promql.Answer{Refused: promql.NotComputed}, nil
	case gaveUp(said):
		return promql.Answer{Refused: promql.TooSlow}, nil
	}
	return promql.Answer{}, errors.New("what answered is no Prometheus, or one in trouble")
}

// gaveUp tells a query that took too long from a Prometheus that does not work: both have status 503, whose body the API's client hands
// on as it came.
func gaveUp(said *v1.Error) bool {
	var body struct {
		ErrorType v1.ErrorType `json:"errorType"`
	}
	return said.Type == v1.ErrServer && json.Unmarshal([]byte(said.Detail), &body) == nil && body.ErrorType == v1.ErrTimeout
}

// plain is an error of the transport without the address, which a log has elsewhere.
func plain(err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		err = whole.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", timeout)
	}
	return err
}

// guard sends the token, and refuses what is not worth reading.
type guard struct {
	next  http.RoundTripper
	token func() string
}

// RoundTrip sends one request.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if g.token != nil {
		if token := g.token(); token != "" {
			request = request.Clone(request.Context())
			request.Header.Set("Authorization", "Bearer "+token)
		}
	}
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		err = fmt.Errorf("status %d: the token of --prometheus-token-file is missing, wrong, or may not ask", code)
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest: // the token is for the address that was named
		err = fmt.Errorf("status %d: it sends elsewhere, which is not followed; name the right address by --prometheus-url", code)
	case code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable:
		err = fmt.Errorf("status %d", code)
	}
	if err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	response.Body = &short{ReadCloser: response.Body, left: maxAnswer}
	return response, nil
}

// short is a body that fails when it is longer than it may be.
type short struct {
	io.ReadCloser
	left int64
}

// Read reads on.
func (s *short) Read(p []byte) (int, error) {
	if s.left < 0 {
		return 0, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	n, err := s.ReadCloser.Read(p)
	s.left -= int64(n)
	return n, err
}
