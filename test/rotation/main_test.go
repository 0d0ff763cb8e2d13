// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package rotation_test replaces what mail and notices are sent with while they go out, Secrets first of all, and looks at what the
// other side got.
package rotation_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard()) // what went wrong is asked of the other side
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run lets the process trust the certificate of the mail server as it would that of a company: it is read once, when first needed.
func run(m *testing.M) (int, error) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	certificate = server.TLS.Certificates[0]
	server.Close()
	file, err := os.CreateTemp("", "authorities-*.pem")
	if err != nil {
		return 1, err
	}
	err = errors.Join(
		pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), file.Close(),
		os.Setenv("SSL_CERT_FILE", file.Name()),
	)
	if err != nil {
		return 1, errors.Join(err, os.Remove(file.Name()))
	}
	return harness.Run(m), os.Remove(file.Name())
}
