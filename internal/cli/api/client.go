// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package api is the client of the operator's API on the cluster's address (see GET /api/v1/openapi.json there). Verbs use it for
// what is in the store and not in the cluster. Tokens and what is sent about people stand in no message.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

const (
	// DefaultURL is where kubectl port-forward leads.
	DefaultURL = "http://127.0.0.1:8091"
	// URLVariable is the environment variable that stands for --api-url.
	URLVariable = "CX_API_URL"
	// TokenVariable is the environment variable that stands for --api-token-file.
	TokenVariable = "CX_API_TOKEN_FILE"
	// Forward is how somebody outside of the cluster reaches the operator.
	Forward = "kubectl port-forward -n cx-operator-system service/cx-operator-api 8091"

	// usually is how long an answer may take; longer, that of an import or of a mail server.
	usually, longer = 30 * time.Second, 10 * time.Minute
	// answerBytes is far more than the evidence of a large program.
	answerBytes = 256 << 20
)

// Flags say where the API is and who asks.
type Flags struct{ url, tokenFile string }

// AddFlags adds --api-url and --api-token-file.
func (f *Flags) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "api-url", "", "address of the operator's API; empty for "+URLVariable+", else "+DefaultURL+
		", where this leads: "+Forward)
	flags.StringVar(&f.tokenFile, "api-token-file", "", "file with the token; empty for "+TokenVariable)
}

// Client makes a client. It asks nobody yet.
func (f *Flags) Client() (*Client, error) {
	base, err := f.base()
	if err != nil {
		return nil, err
	}
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	return &Client{base: base, token: token, http: &http.Client{
		// A redirect would take the token to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (f *Flags) base() (*url.URL, error) {
	text := first(f.url, os.Getenv(URLVariable), DefaultURL)
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil || base.RawQuery != "" {
		return nil, errors.New("--api-url (or " + URLVariable + ") is no address like " + DefaultURL)
	}
	return base, nil
}

// token reads the file. What stands in it is in no message.
func (f *Flags) token() (string, error) {
	path := first(f.tokenFile, os.Getenv(TokenVariable))
	if path == "" {
		return "", errors.New("this needs a token: name its file with --api-token-file or " + TokenVariable +
			"; whoever runs the operator gives tokens out (--api-tokens)")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the token: %w", err)
	}
	fields := strings.Fields(string(data))
	if len(fields) != 1 {
		return "", fmt.Errorf("%s must hold the token and nothing else; it has %d words. Of a line of --api-tokens it is the last one",
			path, len(fields))
	}
	return fields[0], nil
}

// Client asks the operator, as the bearer of one token.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// Base is the address that is asked.
func (c *Client) Base() string { return c.base.String() }

// Refusal is a no of the operator's: nothing was done.
type Refusal struct {
	// Status is that of HTTP; Detail says why, in the operator's words.
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Lines are those of a list of contacts that are refused; More counts the others.
	Lines []RefusedLine `json:"lines"`
	More  int64         `json:"more"`
}

// RefusedLine is what is wrong with a line of a list.
type RefusedLine struct {
	Line   int    `json:"line"`
	Detail string `json:"detail"`
}

// Error is what the operator said, with what can be done about it.
func (r *Refusal) Error() string {
	switch r.Status {
	case http.StatusUnauthorized:
		return "the operator does not know this token: it must stand in the file of --api-tokens"
	case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return first(r.Detail, r.Title)
	}
	return strings.TrimSuffix(first(r.Detail, r.Title), ".")
}

// request is one question. The body is nil for none.
type request struct {
	method, path, contentType string
	query                     url.Values
	body                      io.Reader
	timeout                   time.Duration
	// also is a status besides those below 300 whose body is an answer and no refusal.
	also int
}

// do asks and reads the answer, whose format is JSON, into a struct, or as it is into a *[]byte. Nil drops it.
func (c *Client) do(ctx context.Context, r request, into any) error {
	if r.timeout == 0 {
		r.timeout = usually
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	target := c.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	asked, err := http.NewRequestWithContext(ctx, r.method, target.String(), r.body)
	if err != nil {
		return err
	}
	asked.Header.Set("Authorization", "Bearer "+c.token)
	if r.contentType != "" {
		asked.Header.Set("Content-Type", r.contentType)
	}
	answer, err := c.http.Do(asked)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	if err != nil {
		return fmt.Errorf("the operator's answer broke off: %w. Whether it was done is not known: look, and repeat it", err)
	}
	if answer.StatusCode >= 300 && answer.StatusCode != r.also {
		return c.refusal(answer, data)
	}
	return decode(data, into)
}

func decode(data []byte, into any) error {
	switch into := into.(type) {
	case nil:
		return nil
	case *[]byte:
		*into = data
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("the operator's answer is not what this version reads: %w", err)
	}
	return nil
}

func (c *Client) unreachable(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		if asked.Timeout() {
			return fmt.Errorf("the operator at %s did not answer in time: whether it was done is not known. Look, and repeat it", c.Base())
		}
		err = asked.Err // without the path
	}
	return fmt.Errorf("no operator answers at %s (%w): name its API with --api-url, or forward the port: %s", c.Base(), err, Forward)
}

func (c *Client) refusal(answer *http.Response, data []byte) error {
	no := &Refusal{}
	if err := json.Unmarshal(data, no); err != nil || no.Status != answer.StatusCode {
		return fmt.Errorf("%s answers %q, as the operator's API does not: is it the address of --gateway-ops-bind-address, and is the "+
			"operator as new as this plugin?", c.Base(), answer.Status)
	}
	return no
}

func body(v any) io.Reader {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	return bytes.NewReader(data)
}
