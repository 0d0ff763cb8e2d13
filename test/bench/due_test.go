// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// tuned are the flags with which the CronJob controller is as fast as it gets here.
var tuned = []string{"--kube-api-qps=5000", "--kube-api-burst=10000", "--concurrent-cron-job-syncs=20"}

// shortDefaults is the most schedules that the CronJob controller is given with default flags in a short run: its twenty
// requests a second make it minutes.
const shortDefaults = 1000

// BenchmarkDueTogether measures how long it takes from the instant at which N schedules are due to the last object that is
// made for them: our waves, the Jobs of the real CronJob controller with tuned and with default flags, and plain parallel
// creates of the same waves as the floor. Each has a fresh control plane of its own on the same machine, one after the other.
func BenchmarkDueTogether(b *testing.B) {
	for _, n := range []int{1000, 3000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				floor := measureFloor(b, n)
				ours := measureWaves(b, n)
				cron := measureCronJobs(b, n, tuned...)
				b.ReportMetric(ours.Seconds(), "ours-s")
				b.ReportMetric(floor.Seconds(), "floor-s")
				b.ReportMetric(cron.Seconds(), "cronjob-tuned-s")
				b.ReportMetric(ours.Seconds()/cron.Seconds(), "of-tuned-cronjob's-time")
				b.ReportMetric(floor.Seconds()/ours.Seconds(), "of-floor's-rate")
				b.ReportMetric(floor.Seconds()/cron.Seconds(), "floor-of-tuned-cronjob's-time")
				if n <= shortDefaults || !testing.Short() {
					b.ReportMetric(measureCronJobs(b, n).Seconds(), "cronjob-default-s")
				}
			}
			b.ReportMetric(0, "ns/op") // the time of a whole run says nothing
		})
	}
}

// measureFloor creates n waves in parallel as fast as the API server takes them. The surveys are there as in the other
// measurements, so that the API server is as warm and etcd as full.
func measureFloor(b *testing.B, n int) time.Duration {
	w := newWorld(b)
	defer w.stop(b)
	waves := w.waves(b, n)
	began := time.Now()
	w.createAll(b, waves)
	return time.Since(began)
}

func measureWaves(b *testing.B, n int) time.Duration {
	w := newWorld(b)
	defer w.stop(b)
	op := operator.Start(b, w.plane.Config, operator.Options{})
	defer func() { _ = op.Stop() }() // its error is reported by the test's own cleanup
	w.createAll(b, []client.Object{build.Program(), build.Persona("shopper")})
	due := dueMinute(n)
	w.createAll(b, surveys(n, due))
	waitReady(b, op, n, &cxv1.SurveyList{})
	return w.sinceDue(b, due, &cxv1.SurveyWaveList{}, n)
}

// waves makes the waves that the operator would create for n surveys, which it creates.
func (w *world) waves(b *testing.B, n int) []client.Object {
	b.Helper()
	due := dueMinute(n)
	prog, persona, all := build.Program(), build.Persona("shopper"), surveys(n, due)
	w.createAll(b, append(slices.Clone(all), prog, persona))
	for i := range all {
		survey := all[i].(*cxv1.Survey)
		plan, err := program.DecideSurvey(program.SurveyInput{
			Survey: survey, Program: prog, Personas: []*cxv1.Persona{persona}, Now: due,
		})
		if err != nil || plan.Start == nil {
			b.Fatalf("no wave is due: %v", err)
		}
		if err := ctrl.SetControllerReference(survey, plan.Start, w.client.Scheme()); err != nil {
			b.Fatal(err)
		}
		all[i] = plan.Start
	}
	return all
}

// surveys makes n surveys that are due once a year at that minute.
func surveys(n int, due time.Time) []client.Object {
	all := make([]client.Object, n)
	for i := range all {
		all[i] = build.Survey(fmt.Sprintf("survey-%04d", i), func(s *cxv1.Survey) {
			s.Spec.Schedule.Cron = due.Format("4 15 2 1 *")
		})
	}
	return all
}

func measureCronJobs(b *testing.B, n int, flags ...string) time.Duration {
	w := newWorld(b)
	defer w.stop(b)
	manager, err := w.plane.StartControllerManager(context.WithoutCancel(b.Context()), append([]string{
		"--controllers=cronjob-controller,-garbage-collector-controller,-namespace-controller",
	}, flags...)...)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := manager.Stop(); err != nil {
			b.Error(err)
		}
	}()
	due := dueMinute(n)
	cronJobs := make([]client.Object, n)
	for i := range cronJobs {
		cronJobs[i] = cronJob(fmt.Sprintf("job-%04d", i), due)
	}
	w.createAll(b, cronJobs)
	return w.sinceDue(b, due, &batchv1.JobList{}, n)
}

// dueMinute is the next full minute that leaves time to create n schedules and let their controller see them.
func dueMinute(n int) time.Time {
	return time.Now().UTC().Add(10*time.Second + time.Duration(n)*12*time.Millisecond).Truncate(time.Minute).Add(time.Minute)
}

// sinceDue waits for n objects and says how long after the due instant the last one was there.
func (w *world) sinceDue(b *testing.B, due time.Time, list client.ObjectList, n int) time.Duration {
	b.Helper()
	early := time.Until(due)
	if early < 0 {
		b.Fatalf("the schedules were not ready until %s after they were due: the machine is too busy", -early)
	}
	<-time.After(early)
	return w.waitCount(b, list, n).Sub(due)
}

func cronJob(name string, due time.Time) *batchv1.CronJob {
	return &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: batchv1.CronJobSpec{
			Schedule: due.Format("4 15 2 1 *"),
			TimeZone: new("UTC"),
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{
				Spec: corev1.PodSpec{
					RestartPolicy: corev1.RestartPolicyNever,
					Containers:    []corev1.Container{{Name: "main", Image: "none.invalid/none"}},
				},
			}}},
		},
	}
}
