// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/util/teststorage"
)

// recordedAt is when the recording was made: it has instants in it.
var recordedAt = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

// sample is a series of the recording.
type sample struct {
	labels labels.Labels
	value  float64
	// grows: it is a counter.
	grows bool
}

// readRecording reads what test/metrics recorded.
func readRecording(t *testing.T) []sample {
	t.Helper()
	data, err := os.ReadFile("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	read, kinds := textparse.NewPromParser(data, labels.NewSymbolTable(), false), map[string]model.MetricType{}
	var samples []sample
	for {
		entry, err := read.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch entry {
		case textparse.EntryType:
			name, kind := read.Type()
			kinds[string(name)] = kind
		case textparse.EntrySeries:
			var s sample
			read.Labels(&s.labels)
			_, _, s.value = read.Series()
			s.grows = kinds[family(s.labels, kinds)] != model.MetricTypeGauge
			samples = append(samples, s)
		}
	}
	if len(samples) < 200 {
		t.Fatalf("only %d series were recorded", len(samples))
	}
	return samples
}

// family is the metric that a series belongs to.
func family(series labels.Labels, kinds map[string]model.MetricType) string {
	name := series.Get(labels.MetricName)
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base := strings.TrimSuffix(name, suffix); kinds[base] == model.MetricTypeHistogram {
			return base
		}
	}
	return name
}

// recorded are the names of all series that were recorded.
func recorded(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, s := range readRecording(t) {
		names[s.labels.Get(labels.MetricName)] = true
	}
	return names
}

// load makes a database of the recording: gauges were as they are for so long, counters grew from nothing.
func load(t *testing.T, samples []sample, whole time.Duration) *teststorage.TestStorage {
	t.Helper()
	data := teststorage.New(t)
	t.Cleanup(func() { _ = data.Close() })
	into := data.Appender(t.Context())
	const each = 30 * time.Second
	for past := whole; past >= 0; past -= each {
		for _, s := range samples {
			value := s.value
			if s.grows {
				value *= 1 - float64(past)/float64(whole)
			}
			if _, err := into.Append(0, s.labels, recordedAt.Add(-past).UnixMilli(), value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	return data
}
