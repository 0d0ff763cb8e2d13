// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// Decimal is a number written as an integer (45) or as a string ("42.5"): at most 12 digits before and 6 after the
// point. Never a JSON float, so that no digit is lost between YAML, the API server and the store.
// +kubebuilder:validation:Type=""
// +kubebuilder:validation:XIntOrString
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=20
// +kubebuilder:validation:Pattern=`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`
type Decimal string

// UnmarshalJSON takes an integer or a string.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if string(data) == "null" { // by convention the same as absent
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*d = Decimal(s)
		return nil
	}
	if _, err := strconv.ParseInt(string(data), 10, 64); err != nil {
		return fmt.Errorf("%s is neither an integer nor a string: write a fraction in quotes, e.g. \"42.5\"", data)
	}
	*d = Decimal(data)
	return nil
}

// decimalPattern is the pattern of the schema. Files that are read without an API server have not met that one, and no
// API server holds it against an integer.
var decimalPattern = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)

// Float returns the number, or ok=false when it is not written as a Decimal shall be.
func (d Decimal) Float() (value float64, ok bool) {
	if !decimalPattern.MatchString(string(d)) {
		return 0, false
	}
	value, err := strconv.ParseFloat(string(d), 64)
	return value, err == nil
}
