// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// importing is a gateway that takes contacts for one program by one token.
func importing(t *testing.T) (*invited.World, *httptest.Server) {
	t.Helper()
	w := invited.New(t, time.Now)
	g, err := gateway.New(gateway.Options{
		Store: w.Store, Contacts: w.Store, Keys: w.Keys,
		Authorize: func(_ context.Context, bearer string, _ gateway.Purpose) (string, bool, error) {
			return invited.Program, bearer == "good", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g.Ops())
	t.Cleanup(server.Close)
	return w, server
}

func put(t *testing.T, url, token, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return response.StatusCode, answer
}

func TestContactsAreImportedAllOrNoneAndTwiceIsOnce(t *testing.T) {
	w, server := importing(t)
	url := server.URL + "/api/v1/personas/customers/contacts"
	const good = "email,name,segment\ncustomer-01@shop.example,One,gold\ncustomer-02@shop.example,Two,=1+1\n"
	steps := []struct {
		name, token, body, query string
		status                   int
		want                     map[string]any
		known                    int64
	}{
		{"without a token", "bad", good, "", http.StatusUnauthorized, nil, 0},
		{"a rehearsal", "good", good, "?dryRun=true", http.StatusOK, map[string]any{"added": 2.0, "dryRun": true}, 0},
		{"for the first time", "good", good, "", http.StatusOK, map[string]any{"added": 2.0, "unchanged": 0.0}, 2},
		{"again", "good", good, "", http.StatusOK, map[string]any{"added": 0.0, "unchanged": 2.0}, 2},
		{"with a bad line", "good", "email\ncustomer-01@shop.example\nnobody\n", "", http.StatusUnprocessableEntity, map[string]any{"status": 422.0}, 2},
		{"with nobody", "good", "email\n", "", http.StatusUnprocessableEntity, map[string]any{"status": 422.0}, 2},
		{"with one person less", "good", "email\ncustomer-01@shop.example\n", "", http.StatusOK, map[string]any{"removed": 1.0}, 1},
		{"with nobody, and that is meant", "good", "email\n", "?allowEmpty=true", http.StatusOK, map[string]any{"removed": 1.0}, 0},
	}
	for _, step := range steps {
		status, answer := put(t, url+step.query, step.token, step.body)
		if status != step.status {
			t.Errorf("%s: status %d, want %d: %v", step.name, status, step.status, answer)
		}
		for field, want := range step.want {
			if answer[field] != want {
				t.Errorf("%s: %s is %v, want %v", step.name, field, answer[field], want)
			}
		}
		counts, err := w.Store.CountContacts(t.Context(), invited.Program, "customers")
		if err != nil || counts.Known != step.known {
			t.Errorf("%s: %d contacts are known, want %d (%v)", step.name, counts.Known, step.known, err)
		}
	}
}

func TestARefusedLineIsNamedAndNotRepeated(t *testing.T) {
	_, server := importing(t)
	_, answer := put(t, server.URL+"/api/v1/personas/customers/contacts", "good", "email\ncustomer-01@shop.example\nsecret-person\n")
	lines, ok := answer["lines"].([]any)
	if !ok || len(lines) != 1 || lines[0].(map[string]any)["line"] != 3.0 {
		t.Fatalf("lines: %v, want line 3", answer["lines"])
	}
	if strings.Contains(lines[0].(map[string]any)["detail"].(string), "secret-person") {
		t.Error("the answer repeats what stands in the file")
	}
}

func TestStrangersCannotReachTheImport(t *testing.T) {
	w := invited.New(t, time.Now)
	g, err := gateway.New(gateway.Options{Store: w.Store, Contacts: w.Store, Keys: w.Keys})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g.Handler())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+"/api/v1/personas/customers/contacts", strings.NewReader("email\n"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode < 400 {
		t.Errorf("status %d on the public address", response.StatusCode)
	}
}
