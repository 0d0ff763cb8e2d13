// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// MaxPlaces is the most digits after the point that a decimal has.
const MaxPlaces = 6

var decimal = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)

// ParseDecimal reads a decimal such as "42.5": at most 12 digits before the point and 6 after it, no exponent, no
// spaces. Up to 15 digits in all survive FormatDecimal unchanged.
func ParseDecimal(s string) (float64, error) {
	if !decimal.MatchString(s) {
		return 0, fmt.Errorf("%w: %.40q is not a decimal; write it as 45 or 42.5", ErrInvalid, s)
	}
	return strconv.ParseFloat(s, 64)
}

// FormatDecimal writes v with at most the given number of digits after the point, from 0 to MaxPlaces, in its one
// shortest form: "42.5", never "42.50" or "-0". ErrInvalid for NaN, infinity and more than 12 digits before the point.
func FormatDecimal(v float64, places int) (string, error) {
	if places < 0 || places > MaxPlaces {
		return "", fmt.Errorf("%w: %d digits after the point; choose 0 to %d", ErrInvalid, places, MaxPlaces)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "", fmt.Errorf("%w: %g cannot be written as a decimal; leave the number out when it is unknown", ErrInvalid, v)
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if !decimal.MatchString(s) {
		return "", fmt.Errorf("%w: %g has more than 12 digits before the point; choose a larger unit", ErrInvalid, v)
	}
	return shortest(s), nil
}

// CanonicalDecimal gives equal decimals the same text, without rounding: "042.50" becomes "42.5".
func CanonicalDecimal(s string) (string, error) {
	if _, err := ParseDecimal(s); err != nil {
		return "", err
	}
	return shortest(s), nil
}

func shortest(s string) string {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole
}
