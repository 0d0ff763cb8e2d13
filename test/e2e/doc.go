// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e installs the chart on a real node and uses it as a company would: make e2e. Its tests have the build tag e2e and run
// inside hack/node/inside.sh, so go test ./... leaves them out, and none of them is ever skipped.
package e2e
