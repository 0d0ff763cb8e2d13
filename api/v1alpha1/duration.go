// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"strconv"
	"time"
)

// Duration is a length of time in days, hours, minutes and seconds, largest unit first: "14d", "36h", "1d12h", "30s".
// A day is 24 hours.
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=24
// +kubebuilder:validation:Pattern=`^([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,8}s)?$`
type Duration string

var durationUnits = map[byte]time.Duration{
	'd': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second,
}

// Parse returns the length of time. It fails on a text that the schema would refuse.
func (d Duration) Parse() (time.Duration, error) {
	var total time.Duration
	start := 0
	for i := range len(d) {
		if d[i] >= '0' && d[i] <= '9' {
			continue
		}
		unit, known := durationUnits[d[i]]
		n, err := strconv.ParseInt(string(d[start:i]), 10, 64)
		if !known || err != nil || n > int64((1<<62)/unit) {
			return 0, fmt.Errorf("%q is not a duration: write days, hours, minutes, seconds, e.g. 14d, 36h or 1d12h", string(d))
		}
		total += time.Duration(n) * unit
		start = i + 1
	}
	if start != len(d) || start == 0 {
		return 0, fmt.Errorf("%q is not a duration: write days, hours, minutes, seconds, e.g. 14d, 36h or 1d12h", string(d))
	}
	return total, nil
}

// Or returns the length of time, or fallback when nothing (or nothing readable) is given.
func (d Duration) Or(fallback time.Duration) time.Duration {
	if d == "" {
		return fallback
	}
	parsed, err := d.Parse()
	if err != nil {
		return fallback
	}
	return parsed
}
