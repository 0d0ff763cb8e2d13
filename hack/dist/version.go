// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import "regexp"

var semantic = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)` +
	`(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?$`)

var other = regexp.MustCompile(`[^0-9A-Za-z.-]+`)

// semver is the version for those that take semantic ones only, Helm and krew: a commit that has none comes before all that have.
func semver(version string) string {
	if semantic.MatchString(version) {
		return version
	}
	return "0.0.0-g" + other.ReplaceAllString(version, "-") // a letter first: a number must not begin with 0
}
