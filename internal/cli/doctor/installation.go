// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/internal/cli/act"
)

// home is the namespace that the documents install to.
const home = "cx-operator-system"

// labels are those of the operator's Deployment, whatever its name is.
var labels = client.MatchingLabels{"app.kubernetes.io/part-of": "cx-operator", "app.kubernetes.io/component": "operator"}

// installed is a Deployment of the operator.
type installed struct {
	*appsv1.Deployment
	container *corev1.Container
}

func (i installed) String() string { return i.Namespace + "/" + i.Name }

// flag is the value of a flag that the operator is started with; empty without.
func (i installed) flag(name string) string {
	for n, arg := range i.container.Args {
		flag, value, has := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case flag != name || !strings.HasPrefix(arg, "-"):
		case has:
			return value
		case n+1 < len(i.container.Args):
			return i.container.Args[n+1]
		}
	}
	return ""
}

// version is that of the image, or what the chart says where the image is named by its digest alone.
func (i installed) version() string {
	image, _, _ := strings.Cut(i.container.Image, "@")
	if _, tag, ok := strings.Cut(path.Base(image), ":"); ok {
		return tag
	}
	return i.Labels["app.kubernetes.io/version"]
}

// watches says whether the operator looks after a namespace.
func (i installed) watches(namespace string) bool {
	list := i.flag("watch-namespaces")
	return list == "" || slices.ContainsFunc(strings.Split(list, ","), func(name string) bool { return strings.TrimSpace(name) == namespace })
}

// installation looks at how the operator itself is installed.
func (d *doctor) installation() {
	all, err := d.deployments()
	if err != nil {
		d.say(Skipped, "deployment", texts{
			"How the operator is installed is not known: you may not see Deployments.",
			"Как установлен оператор, неизвестно: вам нельзя видеть Deployment.",
			"Whoever runs the cluster sees more: kubectl cx doctor -n " + home + ".",
			"Кто управляет кластером, увидит больше: kubectl cx doctor -n " + home + ".",
		}, act.Plain(err).Error())
		return
	}
	if len(all) == 0 {
		d.nowhere()
	}
	for _, i := range all {
		d.replicas(i)
		d.skew(i)
		d.pods(i)
		d.evidence(i)
		d.mayWork(i)
	}
	d.roles(all)
	d.bindings(all)
}

// deployments looks in the whole cluster, or else where the operator is most likely.
func (d *doctor) deployments() ([]installed, error) {
	found, err := d.deploymentsIn("")
	if !apierrors.IsForbidden(err) {
		return found, err
	}
	seen := false
	for _, namespace := range slices.Compact([]string{d.report.Namespace, home}) {
		some, failed := d.deploymentsIn(namespace)
		if failed == nil {
			seen, found = true, append(found, some...)
		}
	}
	if seen {
		return found, nil
	}
	return nil, err
}

func (d *doctor) deploymentsIn(namespace string) ([]installed, error) {
	list := &appsv1.DeploymentList{}
	if err := d.client.List(d, list, client.InNamespace(namespace), labels); err != nil {
		return nil, err
	}
	var found []installed
	for n := range list.Items {
		containers := list.Items[n].Spec.Template.Spec.Containers
		i := max(0, slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == "operator" }))
		found = append(found, installed{&list.Items[n], &containers[i]})
	}
	return found, nil
}

// isInstallation says whether the namespace that was asked for is the operator's: it need not have a Program.
func (d *doctor) isInstallation() bool {
	found, err := d.deploymentsIn(d.report.Namespace)
	return err == nil && len(found) > 0
}

// nowhere: an operator that is no Deployment, e.g. on somebody's machine, is no fault as long as it works.
func (d *doctor) nowhere() {
	if d.snapshot != nil && d.snapshot.Program != nil && seen(d.snapshot.Program) {
		d.say(Skipped, "deployment", texts{
			"No Deployment of the operator is to be seen, and yet it works: it runs elsewhere.",
			"Deployment оператора не видно, но он работает: он запущен где-то ещё.", "", "",
		}, "")
		return
	}
	d.say(Warning, "deployment", texts{
		"No Deployment of the operator is to be seen in this cluster.", "Deployment оператора в этом кластере не видно.",
		"Install it, as docs/operations/install.md says.", "Установите его, как сказано в docs/operations/install.md.",
	}, "")
}

// replicas says whether the Deployment has what it wants.
func (d *doctor) replicas(i installed) {
	want := int32(1)
	if i.Spec.Replicas != nil {
		want = *i.Spec.Replicas
	}
	available := i.Status.AvailableReplicas
	current := i.Status.ObservedGeneration >= i.Generation && i.Status.UpdatedReplicas >= want
	switch {
	case want == 0:
		d.say(Error, "deployment", texts{
			"The operator is switched off: the Deployment %s wants no pods.", "Оператор выключен: Deployment %s не запускает подов.",
			"Switch it on: kubectl scale -n " + i.Namespace + " deployment/" + i.Name + " --replicas=1.",
			"Включите его: kubectl scale -n " + i.Namespace + " deployment/" + i.Name + " --replicas=1.",
		}, "", i)
	case want > 1 && strings.HasPrefix(i.flag("store"), "sqlite:"):
		d.say(Error, "deployment", texts{
			"The Deployment %s wants %d pods, which would share one file of evidence.",
			"Deployment %s запускает подов: %d, и все делили бы один файл данных.",
			"One is all that SQLite bears: kubectl scale -n " + i.Namespace + " deployment/" + i.Name + " --replicas=1.",
			"SQLite выдержит лишь один: kubectl scale -n " + i.Namespace + " deployment/" + i.Name + " --replicas=1.",
		}, "", i, want)
	case available < want || !current:
		d.say(d.rollout(i), "deployment", texts{
			"The Deployment %s is not as it should be: pods that are available: %d of %d.",
			"Deployment %s не таков, как нужно: доступно подов: %d из %d.",
			"See what its pods wait for: kubectl describe pods -n " + i.Namespace + ".",
			"Посмотрите, чего ждут его поды: kubectl describe pods -n " + i.Namespace + ".",
		}, i.complaint(), i, available, want)
	default:
		d.fine("deployment", "The Deployment %s is available: %d of %d pods, version %s.",
			"Deployment %s доступен: подов %d из %d, версия %s.", i, available, want, cmp.Or(i.version(), "?"))
	}
}

// rollout is no fault while it goes on.
func (d *doctor) rollout(i installed) Severity {
	for _, c := range i.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionTrue && d.ago(c.LastUpdateTime) < soon {
			return Warning
		}
	}
	return Error
}

// complaint is what the Deployment says is wrong.
func (i installed) complaint() string {
	var words []string
	for _, c := range i.Status.Conditions {
		if bad := c.Type == appsv1.DeploymentReplicaFailure; (c.Status == corev1.ConditionTrue) == bad && c.Message != "" {
			words = append(words, c.Message)
		}
	}
	return strings.Join(words, " ")
}

// evidence looks at the volume on which the store is.
func (d *doctor) evidence(i installed) {
	folder := path.Dir(strings.TrimPrefix(i.flag("store"), "sqlite:"))
	claim := ""
	for _, mount := range i.container.VolumeMounts {
		for _, volume := range i.Spec.Template.Spec.Volumes {
			within := folder == mount.MountPath || strings.HasPrefix(folder, strings.TrimSuffix(mount.MountPath, "/")+"/")
			if mount.Name == volume.Name && within && volume.PersistentVolumeClaim != nil {
				claim = volume.PersistentVolumeClaim.ClaimName
			}
		}
	}
	if claim == "" && strings.HasPrefix(i.flag("store"), "sqlite:") {
		d.say(Error, "volume", texts{
			"The evidence of %s is on no PersistentVolumeClaim: it goes with the pod.",
			"Данные %s лежат не на PersistentVolumeClaim: они пропадут вместе с подом.",
			"Mount a claim at " + folder + ", where --store is.", "Подключите том к " + folder + ", где находится --store.",
		}, "", i)
	}
	if claim != "" {
		d.claim(i, claim)
	}
}

func (d *doctor) claim(i installed, name string) {
	claim := &corev1.PersistentVolumeClaim{}
	err := d.client.Get(d, client.ObjectKey{Namespace: i.Namespace, Name: name}, claim)
	of := i.Namespace + "/" + name
	switch {
	case apierrors.IsForbidden(err):
		d.say(Skipped, "volume", texts{"You may not see the volume of the evidence, %s.", "Вам нельзя видеть том с данными, %s.", "", ""}, "", of)
	case err != nil:
		d.say(Error, "volume", texts{"There is no volume for the evidence, %s.", "Нет тома для данных, %s.",
			"Restore it, see docs/operations/backup.md.", "Восстановите его, см. docs/operations/backup.md."}, act.Plain(err).Error(), of)
	case claim.Status.Phase != corev1.ClaimBound:
		d.say(Error, "volume", texts{
			"The volume of the evidence, %s, is not bound (%s).", "Том с данными, %s, не подключён (%s).",
			"Name a StorageClass that there is (persistence.storageClassName of the chart), or make a default one: kubectl get storageclass.",
			"Укажите существующий StorageClass (persistence.storageClassName чарта) или задайте класс по умолчанию: kubectl get storageclass.",
		}, "", of, cmp.Or(claim.Status.Phase, corev1.ClaimPending))
	case claim.DeletionTimestamp != nil:
		d.say(Error, "volume", texts{
			"The volume of the evidence, %s, goes as soon as the pod ends.", "Том с данными, %s, исчезнет, как только завершится под.",
			"Back it up now: docs/operations/backup.md.", "Сделайте резервную копию сейчас: docs/operations/backup.md.",
		}, "", of)
	default:
		d.fine("volume", "The volume of the evidence, %s, is bound: %s.", "Том с данными, %s, подключён: %s.", of,
			claim.Status.Capacity.Storage())
	}
}

// span is a time in the largest unit that says it, as kubectl has it.
func span(t time.Duration) string {
	if t < time.Hour {
		return fmt.Sprintf("%dm", int(t.Minutes()))
	}
	return age(t)
}
