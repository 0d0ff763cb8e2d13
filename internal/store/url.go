// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"strings"
)

// Driver names a kind of store.
type Driver string

// DriverSQLite is the embedded store: one file, one process.
const DriverSQLite Driver = "sqlite"

// ParseURL splits a store address such as "sqlite:/var/lib/cx/evidence.db" into the driver and what the driver
// opens. The error says what to write instead.
func ParseURL(address string) (Driver, string, error) {
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case !found:
		return "", "", fmt.Errorf("store address %q has no kind: write sqlite:PATH", address)
	case scheme == "postgres" || scheme == "postgresql":
		// The address is not repeated: it may hold a password.
		return "", "", fmt.Errorf("postgres is not supported yet; use sqlite:PATH")
	case scheme != string(DriverSQLite):
		return "", "", fmt.Errorf("store kind %q is not known; use sqlite:PATH", scheme)
	case rest == "":
		return "", "", fmt.Errorf("store address %q has no path: write sqlite:PATH", address)
	case rest == ":memory:":
		return "", "", fmt.Errorf("evidence must survive a restart and cannot be kept in memory; use sqlite:PATH")
	case strings.HasPrefix(rest, "//"):
		return "", "", fmt.Errorf("store address %q: write sqlite:/absolute/path or sqlite:relative/path, without //",
			address)
	}
	return DriverSQLite, rest, nil
}
