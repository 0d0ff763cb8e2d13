// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"maps"
	"slices"
)

// Patterns are those that are said in words.
func Patterns() []string { return slices.Sorted(maps.Keys(forms)) }
