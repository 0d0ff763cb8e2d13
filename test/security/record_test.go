// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package security_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	rbacv1 "k8s.io/api/rbac/v1"
)

// right is what RBAC grants or is asked for: a verb on a resource of a group, such as "patch goals/status.cx-operator.io".
type right struct{ verb, resource, group string }

func (r right) String() string {
	if r.group == "" {
		return r.verb + " " + r.resource
	}
	return r.verb + " " + r.resource + "." + r.group
}

// record is what an account asked the API server for, and what it was refused.
type record struct {
	// old makes the API server one that streams no lists.
	old atomic.Bool

	mu      sync.Mutex
	asked   map[right]int
	refused map[string]int
}

func newRecord() *record { return &record{asked: map[right]int{}, refused: map[string]int{}} }

// wrap is a rest.Config's WrapTransport.
func (r *record) wrap(next http.RoundTripper) http.RoundTripper { return recorder{r, next} }

type recorder struct {
	*record
	next http.RoundTripper
}

// RoundTrip notes a request and what became of it.
func (r recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	if r.old.Load() && request.URL.Query().Get("sendInitialEvents") == "true" {
		return unknownOption(request), nil
	}
	response, err := r.next.RoundTrip(request)
	asked, ok := rightOf(request)
	if err != nil || !ok {
		return response, err
	}
	lacking, err := isLacking(response)
	r.mu.Lock()
	defer r.mu.Unlock()
	if lacking {
		r.refused[asked.String()+" "+request.URL.Path]++
		return response, err
	}
	r.asked[asked]++
	if asked.verb == "patch" && response.StatusCode == http.StatusCreated {
		// An apply of what is not there yet: the API server asks for this, too.
		r.asked[right{"create", asked.resource, asked.group}]++
	}
	return response, err
}

// unknownOption is what an API server that streams no lists answers to who asks for it.
func unknownOption(request *http.Request) *http.Response {
	const status = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,"message":"sendInitialEvents is forbidden for watch"}`
	return &http.Response{
		StatusCode: http.StatusUnprocessableEntity, Request: request, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": []string{"application/json"}}, Body: io.NopCloser(strings.NewReader(status)),
	}
}

func (r *record) count(asked right) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[asked]
}

func (r *record) has(asked right) bool { return r.count(asked) > 0 }

// isLacking tells whether a right was lacking; admission forbids things, too.
func isLacking(response *http.Response) (bool, error) {
	if response.StatusCode != http.StatusForbidden {
		return false, nil
	}
	body, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	response.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte("cannot ")), err
}

// rightOf is the right that a request takes, false for one about no resource: those are open to everybody.
func rightOf(request *http.Request) (right, bool) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	r := right{}
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		r.group, parts = parts[1], parts[3:]
	default:
		return r, false
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		parts = parts[2:]
	}
	r.resource = parts[0]
	if len(parts) > 2 {
		r.resource += "/" + parts[2]
	}
	r.verb = verbOf(request, len(parts) > 1)
	return r, true
}

func verbOf(request *http.Request, named bool) string {
	switch request.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		return map[bool]string{true: "delete", false: "deletecollection"}[named]
	}
	switch {
	case request.URL.Query().Get("watch") == "true":
		return "watch"
	case named:
		return "get"
	}
	return "list"
}

// unused are the rights that nobody asked for.
func (r *record) unused(granted []right) (left []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range granted {
		if r.asked[g] == 0 {
			left = append(left, g.String())
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

func (r *record) refusals() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for what, times := range r.refused {
		all = append(all, fmt.Sprintf("%s (%d times)", what, times))
	}
	slices.Sort(all)
	return all
}

// summary is everything that was asked for.
func (r *record) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := make([]string, 0, len(r.asked))
	for _, asked := range slices.SortedFunc(maps.Keys(r.asked), func(a, b right) int {
		return strings.Compare(a.resource+a.verb, b.resource+b.verb)
	}) {
		lines = append(lines, fmt.Sprintf("%6d %s", r.asked[asked], asked))
	}
	return strings.Join(lines, "\n")
}

// rights takes rules apart.
func rights(rules []rbacv1.PolicyRule) (all []right) {
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, right{verb, resource, group})
				}
			}
		}
	}
	return all
}
