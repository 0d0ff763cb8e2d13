// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command pause is the program of a pod's sandbox: it holds the pod's network and does nothing else.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
