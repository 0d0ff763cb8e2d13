// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	wave    = store.WaveKey{ProgramID: "retailer", Survey: "pulse", Slot: "20270104t0900"}
	id      = link.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	expires = time.Date(2027, 1, 18, 9, 0, 0, 0, time.UTC)
	now     = expires.Add(-time.Hour)
)

func key(keyID, fill byte) link.Key {
	return link.Key{ID: keyID, Secret: bytes.Repeat([]byte{fill}, 32)}
}

func keys(t testing.TB, signing link.Key, previous ...link.Key) link.Keys {
	t.Helper()
	k, err := link.NewKeys(signing, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pair(t testing.TB, k link.Keys) (link.Pair, store.Link) {
	t.Helper()
	p, l, err := k.Make(wave, id, expires)
	if err != nil {
		t.Fatal(err)
	}
	return p, l
}

// check is what the gateway does once it found the row.
func check(k link.Keys, text string, purpose link.Purpose, at store.WaveKey, now time.Time) error {
	token, err := link.Parse(text)
	if err != nil {
		return err
	}
	return k.Verify(token, purpose, at, now)
}

func TestATokenSaysWhatItWasMadeFor(t *testing.T) {
	k := keys(t, key(7, 'a'))
	p, l := pair(t, k)
	token, err := link.Parse(p.Answer)
	if err != nil {
		t.Fatal(err)
	}
	if token.Purpose != link.Answer || token.KeyID != 7 || token.ID != id || !token.ExpiresAt.Equal(expires) {
		t.Errorf("read back: %+v", token)
	}
	if len(p.Answer) != 54 || len(p.OptOut) != 54 {
		t.Errorf("tokens have %d and %d characters, want 54", len(p.Answer), len(p.OptOut))
	}
	want := store.Link{ID: id, Answer: link.Hash(p.Answer), OptOut: link.Hash(p.OptOut), ExpiresAt: expires}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("what the store keeps (-want +got):\n%s", diff)
	}
	if l.Answer == l.OptOut {
		t.Error("both tokens have the same hash")
	}
	if err := check(k, p.Answer, link.Answer, wave, now); err != nil {
		t.Errorf("a good token: %v", err)
	}
	if err := check(k, p.OptOut, link.OptOut, wave, now); err != nil {
		t.Errorf("a good opt-out token: %v", err)
	}
	optOut, err := k.OptOutOf(token, wave)
	if err != nil || optOut != p.OptOut {
		t.Errorf("OptOutOf: %q, %v; want the pair's %q", optOut, err, p.OptOut)
	}
}

func TestALinkLivesUntilItExpiresAndAnOptOutLonger(t *testing.T) {
	k := keys(t, key(7, 'a'))
	p, _ := pair(t, k)
	for name, tc := range map[string]struct {
		token   string
		purpose link.Purpose
		at      time.Time
		want    error
	}{
		"a second before":                  {p.Answer, link.Answer, expires.Add(-time.Second), nil},
		"at its expiry":                    {p.Answer, link.Answer, expires, link.ErrRefused},
		"a year later":                     {p.Answer, link.Answer, expires.AddDate(1, 0, 0), link.ErrRefused},
		"an opt-out serves a year later":   {p.OptOut, link.OptOut, expires.AddDate(1, 0, 0), nil},
		"an opt-out never opens a survey":  {p.OptOut, link.Answer, now, link.ErrRefused},
		"a survey link never opts out":     {p.Answer, link.OptOut, now, link.ErrRefused},
		"a survey link for nothing at all": {p.Answer, 0, now, link.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if err := check(k, tc.token, tc.purpose, wave, tc.at); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestATestLinkServesNoInvitationAndNoInvitationATest(t *testing.T) {
	k := keys(t, key(7, 'a'))
	p, _ := pair(t, k)
	trial, err := k.MakeTrial(wave, expires)
	if err != nil {
		t.Fatal(err)
	}
	other, err := k.MakeTrial(wave, expires)
	if err != nil || other == trial {
		t.Errorf("two test links are the same, or: %v", err)
	}
	moved := wave
	moved.Survey = "another"
	for name, tc := range map[string]struct {
		token   string
		purpose link.Purpose
		wave    store.WaveKey
		at      time.Time
		want    error
	}{
		"a second before it expires": {trial, link.Trial, wave, expires.Add(-time.Second), nil},
		"at its expiry":              {trial, link.Trial, wave, expires, link.ErrRefused},
		"for another survey":         {trial, link.Trial, moved, now, link.ErrRefused},
		"to answer with":             {trial, link.Answer, wave, now, link.ErrRefused},
		"to opt out with":            {trial, link.OptOut, wave, now, link.ErrRefused},
		"an answer link as a test":   {p.Answer, link.Trial, wave, now, link.ErrRefused},
		"an opt-out link as a test":  {p.OptOut, link.Trial, wave, now, link.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if err := check(k, tc.token, tc.purpose, tc.wave, tc.at); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestKeysAreRotatedWithoutLosingLinks(t *testing.T) {
	first, second, third := key(1, 'a'), key(2, 'b'), key(3, 'c')
	old, l := pair(t, keys(t, first))
	rotated := keys(t, second, first)
	if err := check(rotated, old.Answer, link.Answer, wave, now); err != nil {
		t.Errorf("after one rotation: %v", err)
	}
	again, err := rotated.Remake(wave, l)
	if err != nil || again != old {
		t.Errorf("a reminder after the rotation has the link %+v, %v; want the same %+v", again, err, old)
	}
	fresh, _ := pair(t, rotated)
	if err := check(keys(t, second), fresh.Answer, link.Answer, wave, now); err != nil {
		t.Errorf("the new key does not sign: %v", err)
	}
	gone := keys(t, third, second)
	if err := check(gone, old.Answer, link.Answer, wave, now); !errors.Is(err, link.ErrRefused) {
		t.Errorf("after two rotations: %v, want it refused", err)
	}
	if _, err := gone.Remake(wave, l); !errors.Is(err, link.ErrOtherKey) {
		t.Errorf("remaking a link without its key: %v", err)
	}
	token, err := link.Parse(old.Answer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gone.OptOutOf(token, wave); !errors.Is(err, link.ErrOtherKey) {
		t.Errorf("an opt-out token without its key: %v", err)
	}
}

// TestWhoHasACopyOfTheKeysHasTheNewOnes: the keys are handed to many parts of the process once, when it starts.
func TestWhoHasACopyOfTheKeysHasTheNewOnes(t *testing.T) {
	first, second := key(1, 'a'), key(2, 'b')
	k := keys(t, first)
	held := k
	old, l := pair(t, held)
	k.Replace(keys(t, second, first))
	if id, ok := held.SigningID(); !ok || id != 2 {
		t.Errorf("key %d signs (%t), want the new one", id, ok)
	}
	fresh, _ := pair(t, held)
	if err := check(keys(t, second), fresh.Answer, link.Answer, wave, now); err != nil {
		t.Errorf("a link that was made after the change: %v", err)
	}
	if err := check(held, old.Answer, link.Answer, wave, now); err != nil {
		t.Errorf("a link that was made before: %v", err)
	}
	if again, err := held.Remake(wave, l); err != nil || again != old {
		t.Errorf("a reminder of before: %+v, %v", again, err)
	}
	k.Replace(link.Keys{})
	if id, ok := held.SigningID(); !ok || id != 2 {
		t.Errorf("no keys took the place of keys: %d, %t", id, ok)
	}
	var none link.Keys
	none.Replace(k)
	if _, ok := none.SigningID(); ok {
		t.Error("who knows no link got keys")
	}
}

func TestKeysAndClaimsThatCannotBeUsedAreRefused(t *testing.T) {
	short := link.Key{ID: 1, Secret: []byte("too short")}
	for name, list := range map[string][]link.Key{
		"a short secret":          {short},
		"a short previous secret": {key(2, 'b'), short},
		"the same id twice":       {key(1, 'a'), key(1, 'b')},
		"three keys":              {key(1, 'a'), key(2, 'b'), key(3, 'c')},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := link.NewKeys(list[0], list[1:]...); !errors.Is(err, link.ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
	k := keys(t, key(1, 'a'))
	for name, tc := range map[string]struct {
		keys    link.Keys
		wave    store.WaveKey
		expires time.Time
	}{
		"no key":               {link.Keys{}, wave, expires},
		"no program":           {k, store.WaveKey{Survey: "s", Slot: "t"}, expires},
		"no survey":            {k, store.WaveKey{ProgramID: "p", Slot: "t"}, expires},
		"no slot":              {k, store.WaveKey{ProgramID: "p", Survey: "s"}, expires},
		"the zero time":        {k, wave, time.Time{}},
		"further than 5 bytes": {k, wave, time.Unix(1<<40, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := tc.keys.Make(tc.wave, id, tc.expires); !errors.Is(err, link.ErrInvalid) {
				t.Errorf("got %v", err)
			}
			if _, err := tc.keys.MakeTrial(tc.wave, tc.expires); !errors.Is(err, link.ErrInvalid) {
				t.Errorf("a test link: got %v", err)
			}
		})
	}
}

// TestEveryClaimCounts changes each claim alone, in the token and in the row that the store finds, and omits it: nothing
// passes.
func TestEveryClaimCounts(t *testing.T) {
	k := keys(t, key(7, 'a'), key(8, 'b'))
	p, _ := pair(t, k)
	raw, err := base64.RawURLEncoding.DecodeString(p.Answer)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(t *testing.T, token string, at store.WaveKey) {
		t.Helper()
		for _, purpose := range []link.Purpose{link.Answer, link.OptOut} {
			if err := check(k, token, purpose, at, now); !errors.Is(err, link.ErrRefused) {
				t.Errorf("%q for %+v, purpose %d: %v, want it refused", token, at, purpose, err)
			}
		}
	}
	encode := base64.RawURLEncoding.EncodeToString

	for i := range raw {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			changed := bytes.Clone(raw)
			changed[i] ^= flip
			refuse(t, encode(changed), wave)
		}
	}
	for name, claim := range map[string][2]int{
		"version": {0, 1}, "purpose": {1, 2}, "key id": {2, 3}, "invitation id": {3, 19}, "expiry": {19, 24}, "mac": {24, 40},
	} {
		t.Run("without "+name, func(t *testing.T) {
			refuse(t, encode(append(bytes.Clone(raw[:claim[0]]), raw[claim[1]:]...)), wave)
			zeroed := bytes.Clone(raw)
			clear(zeroed[claim[0]:claim[1]])
			refuse(t, encode(zeroed), wave)
		})
		t.Run(name+" of another invitation", func(t *testing.T) {
			other, _, err := k.Make(store.WaveKey{ProgramID: "other", Survey: "pulse", Slot: "20270104t0900"}, link.ID{9}, expires.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := base64.RawURLEncoding.DecodeString(other.OptOut)
			if err != nil {
				t.Fatal(err)
			}
			mixed := bytes.Clone(raw)
			copy(mixed[claim[0]:claim[1]], theirs[claim[0]:claim[1]])
			if bytes.Equal(mixed, raw) {
				return // the version and the key id are the same
			}
			refuse(t, encode(mixed), wave)
		})
	}
	for name, at := range map[string]store.WaveKey{
		"another program":             {ProgramID: "other", Survey: "pulse", Slot: "20270104t0900"},
		"another survey":              {ProgramID: "retailer", Survey: "nps", Slot: "20270104t0900"},
		"another slot":                {ProgramID: "retailer", Survey: "pulse", Slot: "20270105t0900"},
		"no program":                  {Survey: "pulse", Slot: "20270104t0900"},
		"names that run together":     {ProgramID: "retailerp", Survey: "ulse", Slot: "20270104t0900"},
		"names in another order":      {ProgramID: "pulse", Survey: "retailer", Slot: "20270104t0900"},
		"a slot moved to the survey":  {ProgramID: "retailer", Survey: "pulse20270104t0900"},
		"nothing, as from a lost row": {},
	} {
		t.Run("replayed at "+name, func(t *testing.T) { refuse(t, p.Answer, at) })
	}
	t.Run("signed by a stranger with a known key id", func(t *testing.T) {
		forged, _ := pair(t, keys(t, key(7, 'z')))
		refuse(t, forged.Answer, wave)
	})
	t.Run("the previous key under the signing key's id", func(t *testing.T) {
		forged, _ := pair(t, keys(t, key(7, 'b')))
		refuse(t, forged.Answer, wave)
	})
	t.Run("nobody has keys", func(t *testing.T) {
		if err := check(link.Keys{}, p.Answer, link.Answer, wave, now); !errors.Is(err, link.ErrRefused) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOtherSpellingsOfATokenAreRefused(t *testing.T) {
	p, _ := pair(t, keys(t, key(7, 'a')))
	last := p.Answer[len(p.Answer)-1]
	for name, text := range map[string]string{
		"nothing":                   "",
		"a character less":          p.Answer[:53],
		"a character more":          p.Answer + "A",
		"padding":                   p.Answer + "==",
		"a line break":              p.Answer[:53] + "\n",
		"a line break inside":       p.Answer[:20] + "\n" + p.Answer[21:],
		"the other alphabet":        "+/" + p.Answer[2:],
		"unused bits of the last":   p.Answer[:53] + string(last+1),
		"not ASCII":                 p.Answer[:52] + "é",
		"the wrong kind of text":    "../../../../../../../../../../../../../../../etc/passwd",
		"spaces of the same length": string(bytes.Repeat([]byte{' '}, 54)),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := link.Parse(text); !errors.Is(err, link.ErrRefused) {
				t.Errorf("Parse(%q): %v", text, err)
			}
		})
	}
}

func TestAnyInvitationComesBack(t *testing.T) {
	k := keys(t, key(7, 'a'))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 20, 60)
		w := store.WaveKey{ProgramID: name.Draw(t, "program"), Survey: name.Draw(t, "survey"), Slot: name.Draw(t, "slot")}
		at := time.Unix(rapid.Int64Range(1, 1<<40-1).Draw(t, "expiry"), 0)
		var invitation link.ID
		copy(invitation[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		p, l, err := k.Make(w, invitation, at)
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.Remake(w, l)
		if err != nil || again != p {
			t.Fatalf("Remake: %+v, %v; want %+v", again, err, p)
		}
		if err := check(k, p.Answer, link.Answer, w, at.Add(-time.Second)); err != nil {
			t.Fatalf("%+v does not come back: %v", w, err)
		}
	})
}

func TestNewIDsDiffer(t *testing.T) {
	if a, b := link.NewID(), link.NewID(); a == b || a == (link.ID{}) {
		t.Errorf("two ids: %x, %x", a, b)
	}
}

// FuzzParse: whatever a stranger sends, nothing but the two tokens of the pair passes.
func FuzzParse(f *testing.F) {
	k := keys(f, key(7, 'a'))
	p, _ := pair(f, k)
	f.Add(p.Answer)
	f.Add(p.OptOut)
	f.Add("")
	f.Add(p.Answer[:53] + "B")
	f.Fuzz(func(t *testing.T, text string) {
		answers := check(k, text, link.Answer, wave, now) == nil
		optsOut := check(k, text, link.OptOut, wave, now) == nil
		if answers != (text == p.Answer) || optsOut != (text == p.OptOut) {
			t.Errorf("%q: answers %t, opts out %t", text, answers, optsOut)
		}
	})
}
