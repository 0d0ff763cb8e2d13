// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command kubectl-cx is the kubectl plugin: kubectl cx.
package main

import (
	"os"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cx-operator/cx-operator/internal/cli"
)

// version is stamped by make build.
var version = "dev"

func main() {
	log.SetLogger(logr.Discard()) // without one the library complains on standard error after half a minute, e.g. while we ask somebody
	os.Exit(cli.Run(version, os.Args[1:], os.Stdout, os.Stderr))
}
