// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package notice

const (
	// Many is how many notices at once are told in one letter and not one by one.
	Many = 3
	// PerDay is how many letters about a single notice an owner gets in a day.
	PerDay = 5
)

// Today is what an owner was already sent on a day.
type Today struct {
	// Singles counts letters about one notice.
	Singles int
	// Digest says that there was a letter about several.
	Digest bool
}

// Bundle says how notices that an owner was not told yet go out: one by one, together in the day's digest, or, when neither
// has room left today, tomorrow: then both are empty. People who get a letter for everything read none.
func Bundle(untold []Notice, today Today) (singles, digest []Notice) {
	switch {
	case len(untold) <= Many && today.Singles+len(untold) <= PerDay:
		return untold, nil
	case !today.Digest:
		return nil, untold
	}
	return nil, nil
}
