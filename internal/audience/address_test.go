// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"strings"
	"testing"
)

func TestAddressesGetOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"name@example.com":            "name@example.com",
		"  Name.Second@Example.COM\t": "name.second@example.com",
		"name+tag@example.com":        "name+tag@example.com",
		"o'hara_1@sub.example.co.uk":  "o'hara_1@sub.example.co.uk",
		"a@xn--e1afmkfd.xn--p1ai":     "a@xn--e1afmkfd.xn--p1ai",
		"=cmd@example.com":            "=cmd@example.com",
	} {
		got, err := NormalizeAddress(text)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestWhatIsNoAddressIsRefusedWithAdvice(t *testing.T) {
	for text, want := range map[string]problem{
		"": errNoAddress, "   ": errNoAddress, "name": errNotOne, "@example.com": errNotOne, "name@": errNotOne,
		"A Name <name@example.com>": errNotOne, "<name@example.com>": errNotOne, "a@example.com, b@example.com": errNotOne,
		"name@example.com (home)": errNotOne, "a b@example.com": errNotOne, "a..b@example.com": errNotOne,
		"name@example.com\r\nBcc: x@example.com": errNotOne, "a\x00@example.com": errNotOne, "a\xff@example.com": errNotOne,
		"\"a b\"@example.com": errNotOne, "имя@example.com": errLocal, "name@пример.рф": errUnicode, "name@localhost": errDomain,
		"name@[192.0.2.1]": errDomain, "name@-example.com": errDomain, "name@exa_mple.com": errDomain,
		strings.Repeat("a", 65) + "@example.com": errLong, "a@" + strings.Repeat("b.", 130) + "example": errLong,
	} {
		_, err := NormalizeAddress(text)
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), text) && !strings.Contains("name@example.com", strings.TrimSpace(text)) {
			t.Errorf("%q: the message repeats it: %v", text, err)
		}
	}
}

func FuzzNormalizeAddress(f *testing.F) {
	for _, text := range []string{"name@example.com", " A@B.C ", "имя@example.com", "a@пример.рф", "\"a\"@b.c", "a@[1.2.3.4]", "=1+1@b.co"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := NormalizeAddress(text)
		if err != nil {
			return
		}
		if again, err := NormalizeAddress(address); err != nil || again != address {
			t.Errorf("%q became %q, which becomes %q (%v)", text, address, again, err)
		}
		if strings.ContainsAny(address, "\r\n\x00 <>,;\"") || !isASCII(address) || strings.Count(address, "@") != 1 {
			t.Errorf("%q became %q", text, address)
		}
	})
}
