// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controllers wires the controllers to a manager. It is the only place that knows them all; they know each other
// only through the API server.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/assessment"
	"github.com/cx-operator/cx-operator/controllers/followup"
	"github.com/cx-operator/cx-operator/controllers/framework"
	"github.com/cx-operator/cx-operator/controllers/goal"
	"github.com/cx-operator/cx-operator/controllers/initiative"
	"github.com/cx-operator/cx-operator/controllers/journey"
	"github.com/cx-operator/cx-operator/controllers/kpi"
	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/controllers/ownerassignment"
	"github.com/cx-operator/cx-operator/controllers/persona"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/controllers/scorecard"
	"github.com/cx-operator/cx-operator/controllers/survey"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Workers is how many objects of a kind are reconciled at once. Most of a reconcile is waiting for the API server or for
// the disk, so it is more than the number of cores.
const Workers = 16

// ReconciliationTimeout bounds one reconcile: a hung connection shall not hold a worker for ever.
const ReconciliationTimeout = time.Minute

// Scheme knows our kinds and those of Kubernetes.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(cxv1.AddToScheme(scheme))
	return scheme
}

// ManagerOptions are the options that every manager of these controllers has: caches without managed fields, reads that
// fail instead of starting a watch that nobody asked for, bounded reconciles.
func ManagerOptions(namespaces ...string) ctrl.Options {
	options := ctrl.Options{
		Scheme: Scheme(),
		Cache: cache.Options{
			DefaultTransform:            cache.TransformStripManagedFields(),
			ReaderFailOnMissingInformer: true,
		},
		Controller: config.Controller{
			MaxConcurrentReconciles: Workers,
			ReconciliationTimeout:   ReconciliationTimeout,
			EnableWarmup:            new(true),
		},
	}
	if len(namespaces) > 0 {
		options.Cache.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range namespaces {
			options.Cache.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return options
}

// Services are what the controllers need besides the cluster.
type Services struct {
	// Evidence is the log of what happened. Required.
	Evidence store.Store
	// People is who is asked and what they answer; nil: nobody is asked.
	People store.People
	// Offers is what owners answer by the links of mails; nil: nobody decides by link.
	Offers store.Offers
	// Links signs the links in mails. The zero value signs none.
	Links link.Keys
	// Sending is what mail goes out through. The zero value sends nothing.
	Sending program.Sending
	// Mail sends what waits in the store. It starts once the mail of waves that are gone was cancelled. Nil sends nothing.
	Mail manager.Runnable
	// Routes finds the channels by which figures go to owners; nil sends them to nobody.
	Routes surveywave.Routes
	// Hooks delivers notices to chats and other systems; nil delivers none.
	Hooks owner.Hooks
	// Prometheus computes the queries of KPIs; nil computes none.
	Prometheus kpi.Prometheus
	// PublicURL is where people reach the pages, without a slash at its end.
	PublicURL string
	// Metrics shows what is in the manager's cache as metrics; nil shows nothing.
	Metrics *objects.Collector
}

// notices is what owners are told with. Nobody is told anything while nothing is sent at all.
func (s Services) notices(names, live client.Reader) owner.Notices {
	if s.Routes == nil || s.People == nil {
		return owner.Notices{}
	}
	notices := owner.Notices{Secrets: live, Memory: s.Evidence, Pauses: s.People, Routes: s.Routes, Hooks: s.Hooks}
	if s.Offers != nil {
		notices.Links = owner.DecideLinks{Offers: s.Offers, Keys: s.Links, PublicURL: s.PublicURL, Names: names}
	}
	return notices
}

// Controller is what each package under controllers offers.
type Controller interface {
	reconcile.Reconciler
	// Kind is the kind of the objects that it reconciles.
	Kind() string
	// Register adds it to a manager.
	Register(ctrl.Manager) error
}

// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Setup adds all controllers to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, services Services, clk clock.PassiveClock) error {
	if err := Indexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	kit := kube.Kit{Client: mgr.GetClient(), Clock: clk, Rush: kube.NewRush(clock.RealClock{}), Events: mgr.GetEventRecorder("cx-operator")}
	if services.Metrics != nil {
		kit.Meter = services.Metrics
		if err := mgr.Add(services.Metrics.While(mgr.GetCache())); err != nil {
			return err
		}
	}
	for name, c := range All(kit, mgr.GetAPIReader(), services) {
		if err := c.Register(mgr); err != nil {
			return fmt.Errorf("setting up the %s controller: %w", name, err)
		}
	}
	if services.People == nil {
		return nil
	}
	return errors.Join(
		mgr.Add(surveywave.NewJanitor(mgr.GetAPIReader(), services.Evidence, services.People, clk, services.Mail)),
		mgr.Add(surveywave.NewRetention(services.People, clk)),
	)
}

// Indexes registers every cache index that the controllers read.
func Indexes(ctx context.Context, indexer client.FieldIndexer) error {
	if err := kube.IndexReferences(ctx, indexer, &cxv1.Program{}, &cxv1.Owner{}, &cxv1.Journey{},
		&cxv1.Goal{}, &cxv1.KPI{}, &cxv1.Survey{}, &cxv1.Initiative{}, &cxv1.Assessment{}); err != nil {
		return err
	}
	return errors.Join(
		survey.Index(ctx, indexer),
		owner.Index(ctx, indexer),
		ownerassignment.Index(ctx, indexer),
	)
}

// All makes every controller, by name. The live reader goes past the cache of the kit's client.
func All(kit kube.Kit, live client.Reader, services Services) map[string]Controller {
	evidence := services.Evidence
	controllers := map[string]Controller{
		"assessment":      assessment.New(kit, evidence),
		"framework":       framework.New(kit),
		"followup":        followup.New(kit, evidence),
		"goal":            goal.New(kit),
		"initiative":      initiative.New(kit, evidence),
		"journey":         journey.New(kit),
		"kpi":             kpi.New(kit, evidence, services.People).Asks(services.Prometheus),
		"owner":           owner.New(kit).Tells(services.notices(kit.Client, live)),
		"ownerassignment": ownerassignment.New(kit, evidence, services.Offers),
		"persona":         persona.New(kit, services.People),
		"program":         program.New(kit, live, evidence, services.Sending),
		"scorecard":       scorecard.New(kit, evidence),
		"survey":          survey.New(kit, live, evidence).Drafts(services.People).Measures(services.Metrics.WaveCreated),
		"surveywave": surveywave.New(kit, evidence, services.People, services.Links).Publishes(
			surveywave.Publishing{Secrets: live, Memory: evidence, Routes: services.Routes}),
	}
	for _, subjects := range ownerassignment.Subjects(kit, evidence, services.Offers) {
		controllers[subjects.Name()] = subjects
	}
	return controllers
}
