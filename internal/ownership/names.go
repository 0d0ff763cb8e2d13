// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// MarkScope is the scope of the marks in the evidence log that say since when, without a break, a claim has named its
// owner: the mark's key is Claim.Key, its value the owner.
const MarkScope = "ownership/named"

// WaitScope is the scope of the marks that say what a claim waits for, and since when: under Claim.Key the offer to be decided
// on, under that with a prefix an owner who does not exist.
const (
	WaitScope     = "ownership/offered"
	missingPrefix = "missing/"
)

const (
	maxName   = 56 // leaves room for the other columns of a table of 120
	nameHash  = 10 // characters of 5 bits
	offerHash = 20
)

// Key identifies the claim within its program: kind, name, touchpoint, item if there is one, role and, when the role is
// shared, owner, with slashes between. None of the parts can contain one.
func (c Claim) Key() string {
	parts := []string{string(c.Subject.Kind), string(c.Subject.Name), string(c.Subject.Touchpoint)}
	if c.Subject.Item != "" { // keys without an item are older than items
		parts = append(parts, c.Subject.Item)
	}
	holder := ""
	if c.Shared() {
		holder = c.Owner
	}
	return strings.Join(append(parts, string(c.Role), holder), "/")
}

// Name is the name of the claim's OwnerAssignment: readable, cut to fit, and a hash of the whole key. It is a DNS label and
// depends on nothing but the key. The usual role, Accountable, is left out of what is readable.
func (c Claim) Name() string {
	key := c.Key()
	parts := strings.Split(strings.ToLower(strings.Replace(key, "/"+string(v1alpha1.RoleAccountable)+"/", "//", 1)), "/")
	if parts[0] == parts[1] {
		parts = parts[1:] // the Program is always called program
	}
	readable := strings.Join(strings.FieldsFunc(strings.Join(parts, "-"), func(r rune) bool { return !isAlnum(r) }), "-")
	readable = strings.TrimRight(readable[:min(len(readable), maxName-nameHash-1)], "-")
	return readable + "-" + digest(key, nameHash)
}

// OfferID identifies the offer of a claim to its owner on its terms; one to somebody else of the line is that of the same claim
// with that owner. The round counts the decisions that this owner has taken on the claim before, on whatever terms: asked again
// after a decision, the owner gets another offer, and what was decided on the first does not answer the second. The id is the
// same whenever and by whomever it is computed.
func OfferID(programID string, claim Claim, round int) string {
	parts := []string{programID, claim.Key(), claim.Owner}
	if terms := claim.Terms.String(); terms != "" {
		parts = append(parts, terms)
	}
	return digest(strings.Join(parts, "\n"), offerHash) + "-" + strconv.Itoa(round)
}

// confirming ends the id of an offer to the one in force: whether it is still theirs. So a late answer to that never takes
// anything over, and a no to it is told from the no of somebody who never was in force.
const confirming = "v"

// Confirming reports whether an offer asks the one in force whether it is still theirs.
func Confirming(offerID string) bool {
	return strings.HasSuffix(offerID, confirming) && roundOf(offerID) > 0
}

// roundOf is the round of an offer; 0 for an id of another make.
func roundOf(offerID string) int {
	_, round, _ := strings.Cut(offerID, "-")
	n, err := strconv.Atoi(strings.TrimSuffix(round, confirming))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// NamedSince finds since when the claim has named its owner, in marks that are in the order of the evidence log. Zero when they
// do not say.
func NamedSince(marks []store.Mark, claim Claim) time.Time {
	if mark, found := find(marks, MarkScope, claim.Key()); found && mark.Value == claim.Owner {
		return mark.Since
	}
	return time.Time{}
}

// Waiting is what a claim waits for, and since when: marks of WaitScope by key.
type Waiting map[string]store.Mark

// Forgotten are the values of WaitScope that say that the claim, which is made no more, waits for nothing.
func (c Claim) Forgotten() map[string]string {
	return map[string]string{c.Key(): "", missingPrefix + c.Key(): ""}
}

// WaitingSince finds what the claim waits for in marks that are in the order of the evidence log.
func WaitingSince(marks []store.Mark, claim Claim) Waiting {
	known := Waiting{}
	for _, key := range []string{claim.Key(), missingPrefix + claim.Key()} {
		if mark, found := find(marks, WaitScope, key); found {
			known[key] = mark
		}
	}
	return known
}

// With takes in the answer to marking these values.
func (w Waiting) With(values map[string]string, since map[string]time.Time) Waiting {
	known := maps.Clone(w)
	if known == nil {
		known = Waiting{}
	}
	for key, value := range values {
		known[key] = store.Mark{Scope: WaitScope, Key: key, Value: value, Since: since[key]}
	}
	return known
}

// Knows reports whether these values are marked.
func (w Waiting) Knows(values map[string]string) bool {
	for key, value := range values {
		if mark, found := w[key]; !found || mark.Value != value {
			return false
		}
	}
	return true
}

// since is since when a value has been marked, but not later than now; from now on when it is not.
func (w Waiting) since(key, value string, now time.Time) time.Time {
	if mark := w[key]; mark.Value == value && mark.Since.Before(now) && !mark.Since.IsZero() {
		return mark.Since
	}
	return now
}

func find(marks []store.Mark, scope, key string) (store.Mark, bool) {
	i, found := slices.BinarySearchFunc(marks, [2]string{scope, key}, func(m store.Mark, wanted [2]string) int {
		return cmp.Or(cmp.Compare(m.Scope, wanted[0]), cmp.Compare(m.Key, wanted[1]))
	})
	if !found {
		return store.Mark{}, false
	}
	return marks[i], true
}

// digest is the start of a hash in lower-case letters and digits 2 to 7.
func digest(text string, length int) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:length])
}

func isAlnum(r rune) bool { return (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') }
