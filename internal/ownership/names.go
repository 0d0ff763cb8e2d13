// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// MarkScope is the scope of the marks in the evidence log that say since when, without a break, a claim has named its
// owner: the mark's key is Claim.Key, its value the owner.
const MarkScope = "ownership/named"

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

// OfferID identifies the offer of a claim to its owner on its terms. The round counts the decisions that this owner has taken
// on the claim before, on whatever terms: asked again after a decision, the owner gets another offer, and what was decided on
// the first does not answer the second. The id is the same whenever and by whomever it is computed.
func OfferID(programID string, claim Claim, round int) string {
	parts := []string{programID, claim.Key(), claim.Owner}
	if terms := claim.Terms.String(); terms != "" {
		parts = append(parts, terms)
	}
	return digest(strings.Join(parts, "\n"), offerHash) + "-" + strconv.Itoa(round)
}

// roundOf is the round of an offer; 0 for an id of another make.
func roundOf(offerID string) int {
	_, round, _ := strings.Cut(offerID, "-")
	n, err := strconv.Atoi(round)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// NamedSince finds since when the claim has named its owner. Zero when the marks do not say.
func NamedSince(marks []store.Mark, claim Claim) time.Time {
	key := claim.Key()
	for _, mark := range marks {
		if mark.Scope == MarkScope && mark.Key == key && mark.Value == claim.Owner {
			return mark.Since
		}
	}
	return time.Time{}
}

// digest is the start of a hash in lower-case letters and digits 2 to 7.
func digest(text string, length int) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:length])
}

func isAlnum(r rune) bool { return (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') }
