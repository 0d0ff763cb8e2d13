// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/gateway"
)

// quiet logs nothing.
var quiet = slog.New(slog.DiscardHandler)

// The tokens of the tests.
var (
	shopToken = strings.Repeat("5", 32)
	crmToken  = strings.Repeat("c", 64)
)

func tokensFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api-tokens")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestATokenIsGoodForItsPurposesAndItsProgramOnly(t *testing.T) {
	tokens, _, err := apiTokensFile(tokensFile(t, "# who may do what\n\nacme answers "+shopToken+"\nother contacts,people "+crmToken+"\n"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, bearer string
		purpose      gateway.Purpose
		program      string
		err          error
	}{
		{"the purpose it has", shopToken, gateway.ForAnswers, "acme", nil},
		{"a purpose it has not", shopToken, gateway.ForPeople, "", gateway.ErrPurpose},
		{"the first of two purposes", crmToken, gateway.ForContacts, "other", nil},
		{"the second of two purposes", crmToken, gateway.ForPeople, "other", nil},
		{"neither of two purposes", crmToken, gateway.ForPreview, "", gateway.ErrPurpose},
		{"a token of nobody", strings.Repeat("0", 32), gateway.ForAnswers, "", nil},
		{"half a token", crmToken[:32], gateway.ForContacts, "", nil},
		{"no token", "", gateway.ForAnswers, "", nil},
	} {
		program, ok, err := tokens.authorize(t.Context(), c.bearer, c.purpose)
		if ok != (c.program != "") || ok && program != c.program || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %t, %v", c.name, program, ok, err)
		}
	}
}

func TestAFileOfTokensThatIsWrongSaysWhereAndShowsNoToken(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no purposes":            {"acme " + shopToken, "line 1: a program id, purposes, a token are needed, 3 fields; there are 2"},
		"a space in purposes":    {"acme answers, contacts " + shopToken, "line 1: a program id, purposes, a token are needed"},
		"an unknown purpose":     {"# first\nacme everything " + shopToken, "line 2: the second field says what the token is for: answers, contacts"},
		"no purpose":             {"acme , " + shopToken, "line 1: the second field says"},
		"in another order":       {"acme " + shopToken + " answers", "line 1: the second field says"},
		"a short token":          {"acme answers " + shopToken + "\nacme people " + crmToken[:31], "line 2: the token has 31 characters, and at least 32 are needed; make one with: openssl rand -hex 32"},
		"one token for two":      {"acme answers " + shopToken + "\nother people " + shopToken, "line 2: this token stands above already"},
		"another field too many": {"acme answers " + shopToken + " " + crmToken, "there are 4"},
	} {
		_, _, err := apiTokensFile(tokensFile(t, c.text), quiet)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
			continue
		}
		if strings.Contains(err.Error(), shopToken) || strings.Contains(err.Error(), crmToken[:31]) {
			t.Errorf("%s: the message shows a token", name)
		}
	}
	if _, _, err := apiTokensFile(filepath.Join(t.TempDir(), "none"), quiet); err == nil {
		t.Error("a file that is not there is no mistake")
	}
}
