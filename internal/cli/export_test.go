// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"time"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// RunAt is Run at another time than now.
func RunAt(now time.Time, args []string, stdout, stderr io.Writer) int {
	k := kit.New()
	k.Clock = func() time.Time { return now }
	return run(CommandOf("v1.2.3", k), args, stdout, stderr)
}
