// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import "slices"

// Counts says what becomes of the contacts of a wave: Known is Invited and the sum of Skipped.
type Counts struct {
	Known int64
	// Eligible have not opted out, have a valid address, and nobody else has it. Sampled of them were drawn.
	Eligible, Sampled, Invited int64
	Skipped                    map[string]int64
}

// notEligible are the reasons for which a contact is not eligible. Whoever is skipped for any other but SkipNotSampled was drawn.
var notEligible = []string{SkipOptOut, SkipInvalid, SkipDuplicate}

// CountsOf is the one place where the counts of a wave are added up from what became of each contact.
func CountsOf(invited int64, skipped map[string]int64) Counts {
	c := Counts{Known: invited, Eligible: invited, Sampled: invited, Invited: invited, Skipped: skipped}
	for reason, n := range skipped {
		c.Known += n
		if slices.Contains(notEligible, reason) {
			continue
		}
		c.Eligible += n
		if reason != SkipNotSampled {
			c.Sampled += n
		}
	}
	return c
}
