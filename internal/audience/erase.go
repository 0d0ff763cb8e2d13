// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"strings"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Erase erases a person by their key, as somebody has written it. Whoever was imported without an id has their address for a
// key, in the one form that addresses have; erasing nobody because of a capital letter would pass for done.
func Erase(written string, erase func(key string) (store.Erasure, error)) (store.Erasure, error) {
	key := strings.TrimSpace(written)
	erased, err := erase(key)
	if err != nil || erased != (store.Erasure{}) {
		return erased, err
	}
	if address, notOne := NormalizeAddress(key); notOne == nil && address != key {
		return erase(address)
	}
	return erased, nil
}
