// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/metrics"
)

// shortestToken is the fewest characters of a token: 16 random bytes in hexadecimal.
const shortestToken = 32

// apiToken is a line of the file. Only the token's hash is kept: comparing hashes takes a time that tells nothing.
type apiToken struct {
	program  string
	purposes []gateway.Purpose
	hash     [sha256.Size]byte
}

// apiTokens are the tokens that are good at this moment.
type apiTokens struct{ known atomic.Pointer[[]apiToken] }

// apiTokensFile is the file that says who may do what; tokens are those that it says, always.
func apiTokensFile(path string, log *slog.Logger) (tokens *apiTokens, file *secretFile, err error) {
	tokens = &apiTokens{}
	file = &secretFile{name: metrics.FileAPITokens, path: path, log: log, use: func(content []byte) error {
		known, err := parseAPITokens(path, content)
		if err != nil {
			return err
		}
		tokens.known.Store(&known)
		return nil
	}}
	return tokens, file, file.open()
}

// parseAPITokens reads who may do what: a program id, purposes and a token in each line.
func parseAPITokens(path string, content []byte) ([]apiToken, error) {
	var known []apiToken
	err := readLines(path, content, []string{"a program id", "purposes", "a token"}, func(fields []string) error {
		purposes, err := parsePurposes(fields[1])
		if err != nil {
			return err
		}
		if len(fields[2]) < shortestToken {
			return fmt.Errorf("the token has %d characters, and at least %d are needed; make one with: openssl rand -hex 32",
				len(fields[2]), shortestToken)
		}
		token := apiToken{program: fields[0], purposes: purposes, hash: sha256.Sum256([]byte(fields[2]))}
		if slices.ContainsFunc(known, func(k apiToken) bool { return k.hash == token.hash }) {
			return errors.New("this token stands above already; give each line one of its own, made with: openssl rand -hex 32")
		}
		known = append(known, token)
		return nil
	})
	return known, err
}

// authorize is a gateway.Authorize.
func (t *apiTokens) authorize(_ context.Context, bearer string, purpose gateway.Purpose) (programID string, ok bool, err error) {
	given := sha256.Sum256([]byte(bearer))
	for _, token := range *t.known.Load() {
		if subtle.ConstantTimeCompare(given[:], token.hash[:]) != 1 {
			continue
		}
		if ok = slices.Contains(token.purposes, purpose); !ok {
			err = gateway.ErrPurpose
		}
		programID = token.program
	}
	return programID, ok, err
}

// parsePurposes does not repeat what it can't read: somebody may have put the token there.
func parsePurposes(text string) ([]gateway.Purpose, error) {
	var purposes []gateway.Purpose
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(gateway.Purposes(), gateway.Purpose(name)) {
			return nil, errors.New("the second field says what the token is for: answers, contacts, people, preview or operate, or several " +
				"of them with commas and no space between them")
		}
		purposes = append(purposes, gateway.Purpose(name))
	}
	return purposes, nil
}
