// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package audience says who is asked: it reads lists of contacts, and decides for each contact of a wave whether they are
// invited, when, and if not, why not. It is pure: the same wave has the same audience on any machine.
package audience

import (
	"errors"
	"net/mail"
	"strings"

	"github.com/cx-operator/cx-operator/internal/store"
)

// problem is what is wrong with something that was read, and what to do about it. Neither repeats what was read: that may be
// somebody's name.
type problem struct{ what, advice string }

func (p problem) Error() string { return p.what + ": " + p.advice }

var (
	errNoAddress = problem{"there is no e-mail address", "give one, or remove the line"}
	errNotOne    = problem{"that is not an e-mail address", "write one address alone, like name@example.com"}
	errLong      = problem{"the address is too long", "64 characters before the @ and 254 in all are the most that mail servers take"}
	errLocal     = problem{"the part before the @ has characters that few mail servers take", "use another address of this person"}
	errDomain    = problem{"the part after the @ is not the name of a domain", "check it for typing mistakes"}
	errUnicode   = problem{"the domain has letters outside ASCII", "write it in its ASCII form, which begins with xn--"}
)

// NormalizeAddress gives an e-mail address the form by which people are told apart: without space around it and in small
// letters, before the @ too. Servers may tell large from small letters there; none is known to do so, and asking one person
// twice is worse. Nothing else is changed: name+tag@example.com is another address than name@example.com.
//
// Names around the address, quoted parts, addresses without a dot in the domain and letters outside ASCII are refused; domains
// with such letters are taken in their ASCII form (xn--). The error says what is wrong and what to do, and does not repeat the
// address.
func NormalizeAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errNoAddress
	}
	if err := checkAddress(text); err != nil {
		return "", err
	}
	return strings.ToLower(text), nil
}

func checkAddress(text string) error {
	at := strings.LastIndexByte(text, '@')
	if at < 1 {
		return errNotOne
	}
	local, domain := text[:at], text[at+1:]
	parsed, err := mail.ParseAddress(text)
	switch {
	case isASCII(local) && !isASCII(domain):
		return errUnicode
	case err != nil || parsed.Address != text:
		return errNotOne
	case len(local) > 64 || len(text) > store.MaxAddress:
		return errLong
	case !isASCII(local):
		return errLocal
	case !isDomain(domain):
		return errDomain
	}
	return nil
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isDomain takes at least two labels of letters, digits and hyphens.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", r) {
				return false
			}
		}
	}
	return len(labels) > 1
}

func asProblem(err error) problem {
	var p problem
	if errors.As(err, &p) {
		return p
	}
	return problem{what: err.Error(), advice: "correct it"}
}
