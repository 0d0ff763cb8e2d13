// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

var hookNow = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// received is one request as the other side got it.
type received struct {
	header http.Header
	body   []byte
}

func hookServer(t *testing.T, status int) (address string, got chan received) {
	t.Helper()
	got = make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("what a stranger says"))
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func hooksTo(t *testing.T, entries ...string) *Hooks {
	t.Helper()
	list, err := ParseAllowList(entries)
	if err != nil {
		t.Fatal(err)
	}
	return NewHooks(list, func() time.Time { return hookNow })
}

func TestWhatGoesToHooks(t *testing.T) {
	notices := noticesFor(cxv1.LanguageEN, oneOfEach()[:2]...)
	notices.Items[1].InsteadOf = "<!channel>"
	for hook, want := range map[Hook]string{
		HookSlack: `{"text":"2 things wait for you`, HookTeams: `"type":"AdaptiveCard"`, HookWeb: `"specversion":"1.0"`,
	} {
		address, got := hookServer(t, http.StatusOK)
		sent := hooksTo(t, "127.0.0.1=127.0.0.0/8").Send(t.Context(), hook, address, nil, "acme", notices)
		if sent.Result != store.SentAccepted {
			t.Fatalf("%s: %+v", hook, sent)
		}
		body := (<-got).body
		if !json.Valid(body) || !strings.Contains(string(body), want) {
			t.Errorf("%s got %s", hook, body)
		}
		if strings.Contains(string(body), "feedback.example.com") {
			t.Errorf("%s got a link that decides in the owner's name", hook)
		}
		if hook == HookSlack && strings.Contains(string(body), "<!channel>") {
			t.Error("a name in YAML calls a whole channel")
		}
	}
}

func TestAWebhookIsSignedAsStandardWebhooksHasIt(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, 32)
	key, err := ParseHookKey("whsec_" + base64.StdEncoding.EncodeToString(secret))
	if err != nil || !bytes.Equal(key, secret) {
		t.Fatalf("key %x, %v", key, err)
	}
	address, got := hookServer(t, http.StatusOK)
	hooks := hooksTo(t, "127.0.0.1=127.0.0.0/8")
	notices := noticesFor(cxv1.LanguageEN, oneOfEach()[0])
	hooks.Send(t.Context(), HookWeb, address, key, "acme", notices)
	request := <-got
	id, stamp := request.header.Get("webhook-id"), request.header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + stamp + "." + string(request.body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if request.header.Get("webhook-signature") != want || stamp != "1799053200" {
		t.Errorf("signature %q at %s, want %q", request.header.Get("webhook-signature"), stamp, want)
	}
	if got := request.header.Get("Content-Type"); got != "application/cloudevents+json" {
		t.Errorf("content type %s", got)
	}
	hooks.Send(t.Context(), HookWeb, address, nil, "acme", notices)
	again := <-got
	if again.header.Get("webhook-id") != id || again.header.Get("webhook-signature") != "" {
		t.Errorf("the same notice again: %v", again.header)
	}
	var event struct {
		Data struct {
			Notices []struct{ Kind, Role, OfferID string }
		}
	}
	if err := json.Unmarshal(request.body, &event); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]struct{ Kind, Role, OfferID string }{{"Offered", "Accountable", "offer-a"}}, event.Data.Notices); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "whsec_", "short", base64.StdEncoding.EncodeToString(make([]byte, 23))} {
		if _, err := ParseHookKey(bad); err == nil || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("key %q: %v", bad, err)
		}
	}
}

func TestWhatHooksAnswer(t *testing.T) {
	for status, want := range map[int]store.SentResult{
		204: store.SentAccepted, 302: store.SentFailed, 400: store.SentFailed, 404: store.SentFailed, 429: store.SentLater, 503: store.SentLater,
	} {
		address, got := hookServer(t, status)
		sent := hooksTo(t, "127.0.0.1=127.0.0.0/8").Send(t.Context(), HookSlack, address, nil, "acme", noticesFor(cxv1.LanguageEN, oneOfEach()[0]))
		if sent != (store.Sent{Result: want, Code: status}) || len(got) != 1 {
			t.Errorf("%d: %+v after %d requests, want %s", status, sent, len(got), want)
		}
	}
}

func TestAnOutcomeThatNobodyKnows(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = conn.Read(make([]byte, 1<<16))
			_ = conn.Close() // it has read the request, and says nothing
		}
	}()
	hooks, notices := hooksTo(t, "127.0.0.1=127.0.0.0/8"), noticesFor(cxv1.LanguageEN, oneOfEach()[0])
	if sent := hooks.Send(t.Context(), HookSlack, address, nil, "acme", notices); sent.Result != store.SentAmbiguous {
		t.Errorf("hung up after the request: %+v", sent)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if sent := hooks.Send(t.Context(), HookSlack, address, nil, "acme", notices); sent.Result != store.SentLater {
		t.Errorf("nobody there: %+v", sent)
	}
}

func TestHooksReachAllowedHostsOnly(t *testing.T) {
	_, got := hookServer(t, http.StatusOK)
	for _, c := range []struct {
		name, address string
		allowed       []string
		want          string
	}{
		{"a host that is not on the list", "https://hooks.example.com/x", []string{"other.example.com"}, "--allow-host"},
		{"in the clear", "http://hooks.example.com/x", []string{"hooks.example.com"}, "https://"},
		{"no URL", "hooks.example.com", []string{"hooks.example.com"}, "it is no URL"},
		{"a password in it", "https://a:b@hooks.example.com/x", []string{"hooks.example.com"}, "user name"},
	} {
		hooks := hooksTo(t, c.allowed...)
		if err := hooks.Check(c.address); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hooks.example") {
			t.Errorf("%s: %v", c.name, err)
		}
		if sent := hooks.Send(t.Context(), HookSlack, c.address, nil, "acme", noticesFor(cxv1.LanguageEN, oneOfEach()[0])); sent.Result != store.SentFailed {
			t.Errorf("%s: %+v", c.name, sent)
		}
	}
	// A name that is allowed must not lead to an address inside.
	hooks := hooksTo(t, "localhost")
	sent := hooks.Send(t.Context(), HookSlack, "https://localhost:1/x", nil, "acme", noticesFor(cxv1.LanguageEN, oneOfEach()[0]))
	if sent.Result != store.SentFailed || len(got) > 0 {
		t.Errorf("localhost: %+v, %d requests", sent, len(got))
	}
}
