// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package link makes and checks the tokens in the links that people get: one to answer with, one to opt out with; those in
// test mails; and those with which owners decide on offers. It is pure.
//
// A token is 54 characters of base64url for 40 bytes: version, purpose, key id (one byte each), invitation id (16), expiry
// (5, Unix seconds) and the first 16 bytes of an HMAC-SHA256 over all of these and over program id, survey and slot. The
// last three are not in the token: the store finds them by the token's hash (of a test link they are in the address), and Verify
// compares them with what was signed. So a copy of the store makes no links, and a row that was moved to another wave opens none.
package link

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	// ErrRefused means that a token is none of ours, is meant for something else, or has expired. There is one error for
	// all of them, because strangers must not learn which.
	ErrRefused = errors.New("the link is not valid")
	// ErrOtherKey means that a link was made with a key that is not there any more, so it can't be made again.
	ErrOtherKey = errors.New("the link was made with another key: keep the key that was replaced until its links have expired")
	// ErrInvalid means that a key or a claim can't be used; the message says which.
	ErrInvalid = errors.New("no link can be made")
)

// Purpose is what a link is for. A link for one purpose does not serve another.
type Purpose byte

// The purposes.
const (
	// Answer opens the survey page.
	Answer Purpose = 1
	// OptOut ends all mail of the program to the person. It serves after its expiry, too.
	OptOut Purpose = 2
	// Trial shows the survey page to somebody who got a test mail. No invitation belongs to it, and it stores nothing.
	Trial Purpose = 3
	// Decide lets an owner decide on one offer. Instead of a wave's names those of the offer are signed with it; see MakeDecide.
	Decide Purpose = 4
)

const (
	version = 1

	expiryBytes = 5
	macBytes    = 16
	claimsBytes = 3 + 16 + expiryBytes
	tokenBytes  = claimsBytes + macBytes

	// minSecret is what HMAC-SHA256 can make use of.
	minSecret = sha256.Size
	// maxExpiry fits into expiryBytes: the year 36812.
	maxExpiry = 1<<(8*expiryBytes) - 1
)

// encoding is strict: otherwise the last character could be changed without changing the bytes, and one token had
// several hashes.
var encoding = base64.RawURLEncoding.Strict()

// ID is the id of an invitation.
type ID = [16]byte

// NewID returns a random id.
func NewID() ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails, says crypto/rand
	return id
}

// Hash is what the store keeps of a token, and finds it by.
func Hash(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// Token is a token that was read. Nothing in it is to be believed before Keys.Verify.
type Token struct {
	Purpose   Purpose
	KeyID     byte
	ID        ID
	ExpiresAt time.Time

	claims [claimsBytes]byte
	mac    [macBytes]byte
}

// Parse reads a token. ErrRefused when it has another form than ours.
func Parse(token string) (Token, error) {
	var raw [tokenBytes]byte
	if len(token) != encoding.EncodedLen(tokenBytes) {
		return Token{}, ErrRefused
	}
	// The decoder skips line breaks wherever they are; then there are fewer bytes.
	if n, err := encoding.Decode(raw[:], []byte(token)); err != nil || n != tokenBytes || raw[0] != version {
		return Token{}, ErrRefused
	}
	t := Token{Purpose: Purpose(raw[1]), KeyID: raw[2]}
	copy(t.ID[:], raw[3:19])
	var expiry [8]byte
	copy(expiry[8-expiryBytes:], raw[19:claimsBytes])
	t.ExpiresAt = time.Unix(int64(binary.BigEndian.Uint64(expiry[:])&math.MaxInt64), 0).UTC()
	copy(t.claims[:], raw[:claimsBytes])
	copy(t.mac[:], raw[claimsBytes:])
	return t, nil
}

// Key is a secret that links are signed with.
type Key struct {
	// ID tells keys apart; a new secret takes another one.
	ID byte
	// Secret has 32 bytes at least.
	Secret []byte
}

// Keys are the key that signs, and the one before it, whose links are still good. Copies share them, also when they are replaced
// while they are in use. The zero value knows no link.
type Keys struct{ ring *atomic.Pointer[[]Key] }

// NewKeys takes the signing key and, while its links live, the one that it replaced. ErrInvalid for secrets that are too
// short and for more than two keys, or two of the same id.
func NewKeys(signing Key, previous ...Key) (Keys, error) {
	keys := append([]Key{signing}, previous...)
	if len(keys) > 2 {
		return Keys{}, fmt.Errorf("%w: there are %d keys: keep the one that signs and the one before it", ErrInvalid, len(keys))
	}
	for _, key := range keys {
		if len(key.Secret) < minSecret {
			return Keys{}, fmt.Errorf("%w: key %d has %d bytes: take %d random ones at least", ErrInvalid, key.ID, len(key.Secret), minSecret)
		}
	}
	if len(keys) == 2 && keys[0].ID == keys[1].ID {
		return Keys{}, fmt.Errorf("%w: both keys have the id %d: give the new one another id", ErrInvalid, keys[0].ID)
	}
	made := Keys{ring: &atomic.Pointer[[]Key]{}}
	made.ring.Store(&keys)
	return made, nil
}

// Replace puts other keys in the place of these, for whoever has a copy. What is under way ends with those it began with.
// The zero value stays what it is.
func (k Keys) Replace(with Keys) {
	if k.ring != nil && with.ring != nil {
		k.ring.Store(with.ring.Load())
	}
}

// SigningID is the id of the key that signs; false when there is none.
func (k Keys) SigningID() (id byte, ok bool) {
	keys := k.present()
	if len(keys) == 0 {
		return 0, false
	}
	return keys[0].ID, true
}

// present are the keys at this moment. A method reads them once, so that it never sees some of these and some of those.
func (k Keys) present() []Key {
	if k.ring == nil {
		return nil
	}
	return *k.ring.Load()
}

// Pair is the tokens of one invitation.
type Pair struct{ Answer, OptOut string }

// Make makes the tokens of an invitation with the signing key, and what the store keeps of them. expires is cut to seconds.
// ErrInvalid when there is no key, when a part of the wave's name is missing or expires is before 1970 or after 36812.
func (k Keys) Make(wave store.WaveKey, id ID, expires time.Time) (Pair, store.Link, error) {
	key, err := k.signing(wave, expires)
	if err != nil {
		return Pair{}, store.Link{}, err
	}
	pair := key.pair(wave, id, expires)
	return pair, store.Link{
		ID: id, Answer: Hash(pair.Answer), OptOut: Hash(pair.OptOut), ExpiresAt: time.Unix(expires.Unix(), 0).UTC(),
	}, nil
}

// MakeTrial makes the token of a test mail with the signing key. The store knows nothing of it. Errors are those of Make.
func (k Keys) MakeTrial(wave store.WaveKey, expires time.Time) (string, error) {
	key, err := k.signing(wave, expires)
	if err != nil {
		return "", err
	}
	return key.token(Trial, wave, NewID(), expires), nil
}

// signing is the key that signs, for claims that can be signed.
func (k Keys) signing(wave store.WaveKey, expires time.Time) (Key, error) {
	keys := k.present()
	if len(keys) == 0 {
		return Key{}, fmt.Errorf("%w: there is no key", ErrInvalid)
	}
	if wave.ProgramID == "" || wave.Survey == "" || wave.Slot == "" {
		return Key{}, fmt.Errorf("%w: the wave is %+v; all three parts name it", ErrInvalid, wave)
	}
	if at := expires.Unix(); at < 0 || at > maxExpiry {
		return Key{}, fmt.Errorf("%w: it would expire at %s", ErrInvalid, expires)
	}
	return keys[0], nil
}

// Remake makes the tokens of an invitation once more, for a reminder, with whichever key made them. ErrOtherKey when
// neither did.
func (k Keys) Remake(wave store.WaveKey, link store.Link) (Pair, error) {
	for _, key := range k.present() {
		if pair := key.pair(wave, link.ID, link.ExpiresAt); Hash(pair.Answer) == link.Answer {
			return pair, nil
		}
	}
	return Pair{}, ErrOtherKey
}

// OptOutOf makes the opt-out token that belongs to a verified answer token of the wave.
func (k Keys) OptOutOf(answer Token, wave store.WaveKey) (string, error) {
	for _, key := range k.present() {
		if key.ID == answer.KeyID {
			return key.token(OptOut, wave, answer.ID, answer.ExpiresAt), nil
		}
	}
	return "", ErrOtherKey
}

// Verify says whether a token was made by us for this purpose and this wave and, unless it is for opting out, has not
// expired: ErrRefused when not, whatever the reason.
func (k Keys) Verify(t Token, purpose Purpose, wave store.WaveKey, now time.Time) error {
	genuine := false
	for _, key := range k.present() {
		if key.ID == t.KeyID {
			mac := key.sign(t.claims, wave)
			genuine = hmac.Equal(mac[:], t.mac[:])
		}
	}
	alive := t.Purpose == OptOut || now.Before(t.ExpiresAt)
	if !genuine || t.Purpose != purpose || !alive {
		return ErrRefused
	}
	return nil
}

func (key Key) pair(wave store.WaveKey, id ID, expires time.Time) Pair {
	return Pair{Answer: key.token(Answer, wave, id, expires), OptOut: key.token(OptOut, wave, id, expires)}
}

func (key Key) token(purpose Purpose, wave store.WaveKey, id ID, expires time.Time) string {
	var claims [claimsBytes]byte
	claims[0], claims[1], claims[2] = version, byte(purpose), key.ID
	copy(claims[3:19], id[:])
	var expiry [8]byte
	binary.BigEndian.PutUint64(expiry[:], uint64(max(0, expires.Unix())))
	copy(claims[19:], expiry[8-expiryBytes:])
	mac := key.sign(claims, wave)
	return encoding.EncodeToString(append(claims[:], mac[:]...))
}

// sign puts the length before each name: otherwise "ab"+"c" and "a"+"bc" were signed alike.
func (key Key) sign(claims [claimsBytes]byte, wave store.WaveKey) (mac [macBytes]byte) {
	h := hmac.New(sha256.New, key.Secret)
	_, _ = h.Write(claims[:]) // a hash never fails
	for _, name := range []string{wave.ProgramID, wave.Survey, wave.Slot} {
		_, _ = h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(name))))
		_, _ = h.Write([]byte(name))
	}
	copy(mac[:], h.Sum(nil))
	return mac
}
