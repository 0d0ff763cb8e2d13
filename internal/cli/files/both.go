// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"golang.org/x/sync/errgroup"

	"github.com/cx-operator/cx-operator/internal/program"
)

// LoadBoth is Load for two folders.
func LoadBoth(a, b string) (before, after *program.Folder, err error) {
	var both errgroup.Group
	both.Go(func() (err error) { before, err = Load(a); return err })
	both.Go(func() (err error) { after, err = Load(b); return err })
	return before, after, both.Wait()
}
