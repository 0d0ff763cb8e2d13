// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package prometheus_test lets the operator's client ask a real Prometheus: its HTTP API, its engine, and its database with series of
// two namespaces.
package prometheus_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	clientgolang "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
	webv1 "github.com/prometheus/prometheus/web/api/v1"
)

// noon is the time that is asked about. Samples lead up to it for two hours.
var noon = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

// The two namespaces.
const mine, theirs = "retail", "bank"

// series is what there is to be found: orders by shop, waiting times as a histogram, and how many answered.
func series(namespace string) []labels.Labels {
	var all []labels.Labels
	for _, shop := range []string{"north", "south"} {
		all = append(all, labels.FromStrings(labels.MetricName, "orders_total", "namespace", namespace, "shop", shop))
		for _, le := range []string{"1", "5", "+Inf"} {
			all = append(all, labels.FromStrings(labels.MetricName, "wait_minutes_bucket", "namespace", namespace, "shop", shop, "le", le))
		}
	}
	return append(all, labels.FromStrings(labels.MetricName, "answers", "namespace", namespace, "job", "survey"))
}

// database holds the series of the namespaces. Those of each grow at a pace of their own, so that none is taken for another's.
func database(t testing.TB, namespaces ...string) *tsdb.DB {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.RetentionDuration = (1000 * 24 * time.Hour).Milliseconds()
	db, err := tsdb.Open(t.TempDir(), slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	appender := db.Appender(t.Context())
	for minute := -120; minute <= 0; minute++ {
		at := noon.Add(time.Duration(minute) * time.Minute)
		for _, namespace := range namespaces {
			for i, s := range series(namespace) {
				value := float64((minute + 121) * (i + 1) * len(namespace))
				if _, err := appender.Append(0, s, at.UnixMilli(), value); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
	return db
}

func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: 1_000_000, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
	})
}

// serve is a Prometheus over a database.
func serve(t testing.TB, db *tsdb.DB) *httptest.Server {
	t.Helper()
	api := webv1.NewAPI(newEngine(), db, nil, db, nil, nil, nil, func() config.Config { return config.Config{} }, nil,
		webv1.GlobalURLOptions{}, func(f http.HandlerFunc) http.HandlerFunc { return f }, nil, "", false, slog.New(slog.DiscardHandler), nil,
		0, 0, 0, false, nil, nil, &webv1.PrometheusVersion{}, nil, nil, clientgolang.NewRegistry(),
		clientgolang.NewRegistry(), nil, false, nil, false, false, false, false, 5*time.Minute, false, false, nil, nil)
	router := route.New()
	api.Register(router.WithPrefix("/api/v1"))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server
}
