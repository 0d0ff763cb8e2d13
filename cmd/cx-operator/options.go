// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cx-operator/cx-operator/controllers"
)

// leaseName is the lease by which several replicas agree on who works.
const leaseName = "cx-operator.cx-operator.io"

type options struct {
	kubeconfig      string
	store           string
	watchNamespaces string
	metricsAddress  string
	healthAddress   string
	leaderElect     bool
	leaseNamespace  string
	lease           lease
	logFormat       string
	logLevel        slog.Level
	version         bool
	people          peopleOptions
	prometheus      prometheusOptions
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("cx-operator", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig; empty inside a cluster")
	f.StringVar(&o.store, "store", "", "where evidence is kept, e.g. sqlite:/var/lib/cx-operator/evidence.db (required)")
	f.StringVar(&o.watchNamespaces, "watch-namespaces", "", "namespaces to watch, separated by commas; empty for all")
	f.StringVar(&o.metricsAddress, "metrics-bind-address", ":8080", "address of /metrics; 0 for none")
	f.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "address of /healthz (the process runs) and /readyz "+
		"(the controllers run, or what they wait for); 0 for none")
	f.BoolVar(&o.leaderElect, "leader-elect", false, "work only while holding the lease "+leaseName+
		"; a second replica needs a store that both can open, which sqlite is not")
	f.StringVar(&o.leaseNamespace, "lease-namespace", "", "namespace of the lease; empty for the pod's own")
	o.lease.register(f)
	f.StringVar(&o.logFormat, "log-format", "json", "json or text")
	f.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "debug, info, warn or error")
	f.BoolVar(&o.version, "version", false, "print the version and exit")
	o.people.register(f)
	o.prometheus.register(f)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case o.version:
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q: everything is set by flags, see --help", f.Arg(0))
	case o.store == "":
		return o, errors.New("--store is missing: say where evidence is kept, e.g. --store sqlite:/var/lib/cx-operator/evidence.db")
	case o.logFormat != "json" && o.logFormat != "text":
		return o, fmt.Errorf("--log-format is %q: write json or text", o.logFormat)
	default:
		return o, o.lease.check()
	}
	return o, nil
}

func (o options) logHandler(w io.Writer) slog.Handler {
	h := &slog.HandlerOptions{Level: o.logLevel}
	if o.logFormat == "text" {
		return slog.NewTextHandler(w, h)
	}
	return slog.NewJSONHandler(w, h)
}

// restConfig has no limit on requests per second: the API server's own priority and fairness is the limit that knows.
func (o options) restConfig() (*rest.Config, error) {
	load := rest.InClusterConfig
	if o.kubeconfig != "" {
		load = func() (*rest.Config, error) { return clientcmd.BuildConfigFromFlags("", o.kubeconfig) }
	}
	cfg, err := load()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig (--kubeconfig, or in-cluster when empty): %w", err)
	}
	cfg.QPS = -1
	cfg.UserAgent = "cx-operator/" + version
	return cfg, nil
}

func (o options) managerOptions() ctrl.Options {
	var namespaces []string
	for name := range strings.SplitSeq(o.watchNamespaces, ",") {
		if name = strings.TrimSpace(name); name != "" {
			namespaces = append(namespaces, name)
		}
	}
	m := controllers.ManagerOptions(namespaces...)
	m.Metrics = metricsserver.Options{BindAddress: o.metricsAddress}
	m.HealthProbeBindAddress = "0" // see health
	// The names of controllers must be new in the process otherwise, and there may be several managers, one after the other.
	m.Controller.SkipNameValidation = new(true)
	m.LeaderElection = o.leaderElect
	m.LeaderElectionID = leaseName
	m.LeaderElectionNamespace = o.leaseNamespace
	m.LeaseDuration, m.RenewDeadline, m.RetryPeriod = &o.lease.duration, &o.lease.renew, &o.lease.retry
	// When Start returns all is at an end, so the next one need not wait for the lease to run out.
	m.LeaderElectionReleaseOnCancel = true
	return m
}
