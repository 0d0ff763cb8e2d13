// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// mount is a folder as the kubelet fills it with a Secret: files are links into ..data, which is a link itself and is turned to
// another folder all at once.
type mount struct {
	t      *testing.T
	folder string
	swaps  int
}

func newMount(t *testing.T, files map[string]string) *mount {
	t.Helper()
	m := &mount{t: t, folder: t.TempDir()}
	m.swap(files)
	for name := range files {
		m.try(os.Symlink(filepath.Join("..data", name), m.path(name)))
	}
	return m
}

func (m *mount) path(name string) string { return filepath.Join(m.folder, name) }

func (m *mount) try(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// swap replaces what is in all files at once.
func (m *mount) swap(files map[string]string) {
	m.t.Helper()
	m.swaps++
	next := fmt.Sprint("..", m.swaps)
	m.try(os.Mkdir(m.path(next), 0o700))
	for name, text := range files {
		m.try(os.WriteFile(filepath.Join(m.path(next), name), []byte(text), 0o600))
	}
	m.try(os.Symlink(next, m.path("..data_tmp")))
	m.try(os.Rename(m.path("..data_tmp"), m.path("..data")))
	if before := m.path(fmt.Sprint("..", m.swaps-1)); m.swaps > 1 {
		m.try(os.RemoveAll(before))
	}
}

func keyLine(id, fill byte) string {
	return fmt.Sprintf("%d %s\n", id, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32)))
}

// rush is a process under load whose secrets are rotated.
type rush struct {
	*testing.T
	*mount
	world   *invited.World
	options peopleOptions
	served  people

	links chan string
	// taken counts answers that were acknowledged, asked what other systems asked with a token that was good.
	taken, asked atomic.Int64
	bearer       atomic.Value
	workers      sync.WaitGroup
	finished     sync.Once
	over         atomic.Bool
}

func newRush(t *testing.T, files map[string]string) *rush {
	t.Helper()
	r := &rush{T: t, mount: newMount(t, files), world: invited.New(t, time.Now), links: make(chan string)}
	r.options = peopleOptions{
		publicURL: "https://feedback.example.com", linkKeys: r.path("link-keys"), apiTokens: r.path("api-tokens"),
		gatewayAddress: freeAddress(t), opsAddress: freeAddress(t), trustedProxies: list{"127.0.0.0/8"},
	}
	var err error
	if r.served, err = newPeople(r.options, r.world.Store, quiet); err != nil {
		t.Fatal(err)
	}
	r.world.Keys = r.served.services.Links // those that the process signs with
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 2)
	go func() { ended <- r.served.pages(ctx) }()
	go func() { ended <- watch(ctx, r.served.files, time.Millisecond) }()
	t.Cleanup(func() {
		r.finish()
		cancel()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return r
}

// do sends a request, and says how it was answered. Each comes from an address of its own, or they would be too many.
func (r *rush) do(n int64, method, address, body string, headers ...string) int {
	request, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), method, "http://"+address, strings.NewReader(body))
	if err != nil {
		r.Error(err)
		return 0
	}
	request.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", n/250%250, n%250))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Error(err)
		return 0
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		r.Error(err)
	}
	return answer.StatusCode
}

// start begins to answer links as they come, and to ask for what the token is good.
func (r *rush) start(askers, answerers int) {
	var n atomic.Int64
	for range answerers {
		r.workers.Go(func() {
			for token := range r.links {
				code := r.do(n.Add(1), http.MethodPost, r.options.gatewayAddress+"/s/"+token, "_language=en&q.nps=9&_do=send",
					"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
				if code != http.StatusOK {
					r.Errorf("an answer got status %d", code)
					continue
				}
				r.taken.Add(1)
			}
		})
	}
	r.bearer.Store(shopToken)
	for range askers {
		r.workers.Go(func() {
			for !r.over.Load() {
				if code := r.token(r.bearer.Load().(string)); code != http.StatusOK {
					r.Errorf("a good token got status %d", code)
				}
				r.asked.Add(1)
			}
		})
	}
}

// finish lets everybody end what they began.
func (r *rush) finish() {
	r.finished.Do(func() { close(r.links) })
	r.over.Store(true)
	r.workers.Wait()
}

func (r *rush) token(bearer string) int {
	return r.do(0, http.MethodGet, r.options.opsAddress+"/api/v1/token", "", "Authorization", "Bearer "+bearer)
}

func (r *rush) look(token string) int {
	return r.do(0, http.MethodGet, r.options.gatewayAddress+"/s/"+token, "")
}

// during hands out links to be answered until what is expected has come, and takes what it handed out from them.
func (r *rush) during(what string, pairs []link.Pair, expected func() bool) []link.Pair {
	r.Helper()
	for ; !expected(); pairs = pairs[1:] {
		if len(pairs) == 0 {
			r.Fatalf("everybody has answered before %s", what)
		}
		r.links <- pairs[0].Answer
	}
	return pairs
}

func nps() questionnaire.Page {
	return questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential,
		Questionnaire: cxv1.Questionnaire{Title: cxv1.LocalizedText{EN: "Your visit"}, Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Would you recommend us?"}},
		}},
	}
}

func (r *rush) signedBy(id byte) func() bool {
	return func() bool {
		signing, _ := r.served.services.Links.SigningID()
		return signing == id
	}
}

func used(file string, want float64) func() bool {
	return func() bool {
		families, err := ctrlmetrics.Registry.Gather()
		for _, family := range families {
			if family.GetName() != metrics.SecretFileInUse.Name {
				continue
			}
			for _, m := range family.GetMetric() {
				if err == nil && m.GetLabel()[0].GetValue() == file {
					return m.GetGauge().GetValue() == want
				}
			}
		}
		return false
	}
}

// Nothing that was acknowledged is lost, nobody is turned away, and no process is started anew.
func TestSecretsAreRotatedUnderLoad(t *testing.T) {
	first, second := keyLine(1, 'a'), keyLine(2, 'b')
	shop, crm := invited.Program+" operate "+shopToken+"\n", invited.Program+" operate "+crmToken+"\n"
	r := newRush(t, map[string]string{"link-keys": first, "api-tokens": shop})
	old := r.world.Invite(t, "before", nps(), cxv1.LanguageEN, 2000)
	kept := old[len(old)-1].Answer
	r.start(2, 6)
	old = r.during("the first hundred answers", old[:len(old)-1], func() bool { return r.taken.Load() >= 100 })

	r.swap(map[string]string{"link-keys": second + first, "api-tokens": crm + shop})
	old = r.during("the new key signs", old, r.signedBy(2))
	old = r.during("the new token is good", old, func() bool { return r.token(crmToken) == http.StatusOK })
	r.bearer.Store(crmToken)
	fresh := r.world.Invite(t, "after", nps(), cxv1.LanguageEN, 200)
	for _, pair := range fresh {
		if token, err := link.Parse(pair.Answer); err != nil || token.KeyID != 2 {
			t.Fatalf("a link that was made after the rotation is signed by key %d (%v)", token.KeyID, err)
		}
	}
	asked := r.asked.Load()
	goal := r.taken.Load() + 50
	fresh = r.during("new links are answered", fresh, func() bool { return r.taken.Load() >= goal })
	old = r.during("the new token is used", old, func() bool { return r.asked.Load() > asked+20 })

	r.swap(map[string]string{"link-keys": "2 " + second[:10], "api-tokens": crm[:40]})
	old = r.during("the broken files are noticed", old, func() bool { return used("link-keys", 0)() && used("api-tokens", 0)() })
	goal = r.taken.Load() + 50
	r.during("answers come in with broken files", old, func() bool { return r.taken.Load() >= goal })

	r.finish()
	r.swap(map[string]string{"link-keys": second, "api-tokens": crm})
	await(t, "good files to be in use again", func() bool { return used("link-keys", 1)() && used("api-tokens", 1)() })
	for what, got := range map[string][2]int{
		"a link whose key is gone":  {r.look(kept), http.StatusGone},
		"a link of the present key": {r.look(fresh[0].Answer), http.StatusOK},
		"a token that is gone":      {r.token(shopToken), http.StatusUnauthorized},
		"the present token":         {r.token(crmToken), http.StatusOK},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: status %d, want %d", what, got[0], got[1])
		}
	}
	if stored := int64(len(r.world.Answers(t, "before")) + len(r.world.Answers(t, "after"))); stored != r.taken.Load() {
		t.Errorf("%d answers are stored, %d were acknowledged", stored, r.taken.Load())
	}
	t.Logf("%d answers, %d requests with tokens, %d swaps", r.taken.Load(), r.asked.Load(), r.swaps)
}

func await(t *testing.T, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !come(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// A mistake is reported once, however often the file is looked at, and its line shows nothing that is secret.
func TestAFileWithSecretsThatIsBrokenLaterIsReportedOnce(t *testing.T) {
	var log bytes.Buffer
	m := newMount(t, map[string]string{"link-keys": keyLine(1, 'a')})
	keys, file, err := linkKeysFile(m.path("link-keys"), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	secret := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{'z'}, 31))
	for _, content := range []string{secret + " 2\n", "2 " + secret + "\n", "", keyLine(1, 'a') + keyLine(1, 'b')} {
		log.Reset()
		m.swap(map[string]string{"link-keys": content})
		file.look()
		file.look()
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%q is reported %d times:\n%s", content, n, log.String())
		}
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows a secret:\n%s", log.String())
		}
		if id, ok := keys.SigningID(); !ok || id != 1 || !used("link-keys", 0)() {
			t.Errorf("key %d signs (%t) after %q", id, ok, content)
		}
	}
	m.try(os.Remove(m.path("link-keys")))
	file.look()
	if id, _ := keys.SigningID(); id != 1 {
		t.Errorf("key %d signs after the file is gone", id)
	}
	m.try(os.WriteFile(m.path("link-keys"), []byte(keyLine(9, 'a')), 0o600))
	file.look()
	if id, _ := keys.SigningID(); id != 9 || !used("link-keys", 1)() {
		t.Errorf("key %d signs after the file came back", id)
	}
}

func TestAFileOfKeysMustBeRightWhenTheProcessStarts(t *testing.T) {
	for name, content := range map[string]string{
		"nothing": "", "no number": "x " + keyLine(1, 'a')[2:], "not base64": "1 ===\n", "a short key": "1 YWJj\n",
		"three keys": keyLine(1, 'a') + keyLine(2, 'b') + keyLine(3, 'c'), "two of one number": keyLine(1, 'a') + keyLine(1, 'b'),
	} {
		m := newMount(t, map[string]string{"link-keys": content})
		if _, _, err := linkKeysFile(m.path("link-keys"), quiet); err == nil || !strings.HasPrefix(err.Error(), "--link-keys: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := linkKeysFile("", quiet); err == nil || !strings.Contains(err.Error(), howToMakeAKey) {
		t.Errorf("without a file: %v", err)
	}
}
