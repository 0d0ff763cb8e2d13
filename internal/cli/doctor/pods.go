// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/internal/cli/act"
)

// recent is how long a restart is worth a word.
const recent = 24 * time.Hour

// pods looks at what the operator's pods wait for, and at how often they began anew.
func (d *doctor) pods(i installed) {
	selector, err := metav1.LabelSelectorAsSelector(i.Spec.Selector)
	list := &corev1.PodList{}
	if err == nil {
		err = d.client.List(d, list, client.InNamespace(i.Namespace), client.MatchingLabelsSelector{Selector: selector})
	}
	if err != nil {
		d.say(Skipped, "pods", texts{"The operator's pods were not looked at.", "Поды оператора не проверялись.", "", ""}, act.Plain(err).Error())
		return
	}
	before := len(d.report.Findings)
	for n := range list.Items {
		d.pod(&list.Items[n])
	}
	if len(list.Items) > 0 && len(d.report.Findings) == before {
		d.fine("pods", "Pods of %s that wait or began anew: none of %d.", "Подов %s, которые ждут или перезапускались: ни одного из %d.", i,
			len(list.Items))
	}
}

func (d *doctor) pod(pod *corev1.Pod) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			d.say(Error, "pods", texts{"The pod %s finds no node.", "Для пода %s нет узла.",
				"Make room, or change what the pod asks for: nodeSelector, tolerations, resources of the chart.",
				"Освободите место или измените требования пода: nodeSelector, tolerations, resources чарта."}, c.Message, pod.Name)
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		if c.State.Waiting != nil {
			d.waits(pod, c.State.Waiting, c.LastTerminationState.Terminated)
			continue
		}
		if end := c.LastTerminationState.Terminated; end != nil && d.ago(end.FinishedAt) < recent {
			do := remedy(end.Reason)
			do.what, do.whatRU = "The pod %s began anew %d times, last %s ago (%s, exit code %d).",
				"Под %s перезапускался: %d раз, последний — %s назад (%s, код %d)."
			d.say(Warning, "pods", do, strings.TrimSpace(end.Message),
				pod.Name, c.RestartCount, span(d.ago(end.FinishedAt)), end.Reason, end.ExitCode)
		}
	}
}

// waits says why a container does not run. That it is being created is worth a word only when it takes long.
func (d *doctor) waits(pod *corev1.Pod, waiting *corev1.ContainerStateWaiting, end *corev1.ContainerStateTerminated) {
	severity := Error
	if waiting.Reason == "ContainerCreating" || waiting.Reason == "PodInitializing" {
		if d.ago(pod.CreationTimestamp) < soon {
			return
		}
		severity = Warning
	}
	reason, why := waiting.Reason, waiting.Message
	if reason == "CrashLoopBackOff" && end != nil {
		reason, why = end.Reason, strings.TrimSpace(end.Message+"\n"+why)
	}
	do := remedy(reason)
	do.what, do.whatRU = "The pod %s does not run (%s).", "Под %s не работает (%s)."
	d.say(severity, "pods", do, why, pod.Name, waiting.Reason)
}

// remedy is what to do about the reason for which a container waits or ended.
func remedy(reason string) texts {
	switch reason {
	case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull":
		return texts{
			do: "Bring the image to where nodes find it, and name it by image.registry and imagePullSecrets of the chart: " +
				"docs/operations/air-gapped.md.",
			doRU: "Поместите образ туда, где его найдут узлы, и укажите image.registry и imagePullSecrets чарта: docs/operations/air-gapped.md.",
		}
	case "CreateContainerConfigError", "ContainerCreating", "PodInitializing":
		return texts{
			do:   "See what it lacks, a Secret or a volume: kubectl describe pod.",
			doRU: "Посмотрите, чего не хватает, Secret или тома: kubectl describe pod.",
		}
	case "OOMKilled":
		return texts{
			do:   "Give it more memory: resources.limits.memory of the chart.",
			doRU: "Дайте больше памяти: resources.limits.memory чарта.",
		}
	}
	return texts{
		do:   "Read its last words: kubectl logs --previous.",
		doRU: "Прочтите последние записи журнала: kubectl logs --previous.",
	}
}
