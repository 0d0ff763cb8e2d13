// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Duration is a length of time in days, hours, minutes and seconds, largest unit first: "14d", "36h", "1d12h", "30s".
// A day is 24 hours.
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=24
// +kubebuilder:validation:Pattern=`^([0-9]{1,4}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,8}s)?$`
type Duration string

// durationPattern is the pattern of the schema. The most that it lets through, 9999d and 999999h and so on, is about 165
// years and fits a time.Duration.
var durationPattern = regexp.MustCompile(`^(?:([0-9]{1,4})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,7})m)?(?:([0-9]{1,8})s)?$`)

var durationUnits = [...]time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second}

// Parse returns the length of time. It fails on exactly the texts that the schema refuses.
func (d Duration) Parse() (time.Duration, error) {
	numbers := durationPattern.FindStringSubmatch(string(d))
	if numbers == nil || len(d) < 2 || len(d) > 24 {
		return 0, fmt.Errorf("%q is not a duration: write days, hours, minutes, seconds, e.g. 14d, 36h or 1d12h", string(d))
	}
	var total time.Duration
	for i, unit := range durationUnits {
		n, err := strconv.ParseInt("0"+numbers[i+1], 10, 64)
		if err != nil {
			return 0, err
		}
		total += time.Duration(n) * unit
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
