// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strings"

	"github.com/cx-operator/cx-operator/internal/maturity"
)

// Nearest is the one of some names that a word is a slip of the finger for; empty when none is near. Of equally near ones the first
// counts.
func Nearest(word string, names []string) string {
	// A third of the letters may be wrong, three at most: "ref" is no slip for "max".
	limit := min(3, (len(word)+2)/3) + 1
	best := ""
	for _, name := range names {
		if d := maturity.EditDistance(strings.ToLower(word), strings.ToLower(name), limit); d < limit && name != word {
			best, limit = name, d
		}
	}
	return best
}
