// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/prometheus"
)

// prometheusOptions are the flags about the Prometheus that KPIs ask.
type prometheusOptions struct{ url, tokenFile, namespaceLabel string }

func (o *prometheusOptions) register(f *flag.FlagSet) {
	f.StringVar(&o.url, "prometheus-url", "", "address of the Prometheus that KPIs ask, e.g. https://prometheus.example.com; empty: none")
	f.StringVar(&o.tokenFile, "prometheus-token-file", "", "file with the token by which it lets the operator in; empty: none is sent; "+
		"read anew when it changes")
	f.StringVar(&o.namespaceLabel, "prometheus-namespace-label", "", "label by which series belong to a namespace, e.g. namespace: KPIs see "+
		"the series of their own namespace alone; empty: they see all series")
}

// client makes what asks the Prometheus, and the file to be watched; both are nil without --prometheus-url.
func (o *prometheusOptions) client(log *slog.Logger) (*prometheus.Client, *secretFile, error) {
	if o.url == "" {
		if o.tokenFile != "" || o.namespaceLabel != "" {
			return nil, nil, errors.New("--prometheus-token-file and --prometheus-namespace-label need --prometheus-url: nobody is asked " +
				"without it")
		}
		return nil, nil, nil
	}
	options := prometheus.Options{URL: o.url, NamespaceLabel: o.namespaceLabel}
	var file *secretFile
	if o.tokenFile != "" {
		var token atomic.Pointer[string]
		file = &secretFile{name: metrics.FilePrometheusToken, path: o.tokenFile, log: log, use: func(content []byte) error {
			read, err := parseToken(o.tokenFile, content)
			if err != nil {
				return err
			}
			token.Store(&read)
			return nil
		}}
		if err := file.open(); err != nil {
			return nil, nil, err
		}
		options.Token = func() string { return *token.Load() }
	}
	client, err := prometheus.New(options)
	return client, file, err
}

// asks lets KPIs ask the Prometheus that the flags name, if they name one.
func (p *people) asks(o prometheusOptions, log *slog.Logger) error {
	client, file, err := o.client(log)
	if err != nil || client == nil {
		return err
	}
	p.services.Prometheus = client
	if file != nil {
		p.files = append(p.files, file)
	}
	return nil
}

// parseToken reads a file that holds one token. Errors do not say what stands there.
func parseToken(path string, content []byte) (string, error) {
	token := strings.TrimSpace(string(content))
	isStrange := func(r rune) bool { return r <= ' ' || r > '~' }
	if token == "" || strings.ContainsFunc(token, isStrange) {
		return "", fmt.Errorf("%s has no token: one line without spaces is needed", path)
	}
	return token, nil
}
