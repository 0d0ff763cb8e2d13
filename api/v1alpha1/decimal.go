// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// Float returns the number, or ok=false when the text is not one.
func (d Decimal) Float() (value float64, ok bool) {
	value, err := strconv.ParseFloat(string(d), 64)
	return value, err == nil
}
