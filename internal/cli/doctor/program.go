// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

const (
	// leaseName is that by which several replicas agree on who works; one that is alone needs none.
	leaseName = "cx-operator.cx-operator.io"
	// soon is how long the operator may take to look at an object, long for how long one may wait for another.
	soon, long = 2 * time.Minute, time.Hour
	// most is how many objects are named of each sort.
	most = 10
)

func (d *doctor) page() *kit.Page { return kit.NewPage(d.lang, 0) }

// operator says whether somebody works on the objects: whether they have been looked at, and, with a lease, whether it is held.
func (d *doctor) operator() {
	if p := d.snapshot.Program; p != nil && !seen(p) && d.ago(touched(p)) > soon {
		d.say(Error, "operator", texts{
			"No operator looks after this namespace: what was applied %s ago has not been seen.",
			"За этим пространством имён не следит ни один оператор: изменения %s назад не замечены.",
			"Look whether cx-operator runs and is ready (its /readyz says what it waits for), and whether --watch-namespaces leaves this one out.",
			"Проверьте, работает ли cx-operator (его /readyz говорит, чего он ждёт) и не исключает ли --watch-namespaces это пространство.",
		}, "", d.ago(touched(p)).Round(time.Minute))
	}
	leases := &coordinationv1.LeaseList{}
	err := d.client.List(d, leases, client.MatchingFields{"metadata.name": leaseName})
	if err != nil || len(leases.Items) == 0 {
		return // who may not read leases, and an operator that is alone
	}
	for i := range leases.Items {
		d.lease(&leases.Items[i])
	}
}

func (d *doctor) lease(lease *coordinationv1.Lease) {
	holder, renewed := "", time.Time{}
	if lease.Spec.HolderIdentity != nil {
		holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.RenewTime != nil {
		renewed = lease.Spec.RenewTime.Time
	}
	if holder == "" || d.now.Sub(renewed) > soon {
		d.say(Error, "operator", texts{
			"No replica of the operator works: nobody holds the lease in the namespace %s.",
			"Ни одна копия оператора не работает: блокировка в пространстве имён %s ничья.",
			"Look at the operator's pods there and at their logs.", "Посмотрите там поды оператора и их журналы.",
		}, "", lease.Namespace)
		return
	}
	d.fine("operator", "The operator works: %s holds the lease in the namespace %s.",
		"Оператор работает: блокировку в пространстве имён %[2]s держит %[1]s.", holder, lease.Namespace)
}

// seen says whether a controller has looked at the present spec.
func seen(obj program.Object) bool {
	return obj.CommonStatus().ObservedGeneration >= obj.GetGeneration()
}

// touched is when the spec was written last, as far as anybody remembers.
func touched(obj metav1.Object) metav1.Time {
	at := obj.GetCreationTimestamp()
	for _, entry := range obj.GetManagedFields() {
		if entry.Subresource == "" && entry.Time != nil && entry.Time.After(at.Time) {
			at = *entry.Time
		}
	}
	return at
}

// program looks at the Program's conditions.
func (d *doctor) program() {
	p := d.snapshot.Program
	if p == nil && d.isInstallation() {
		return
	}
	if p == nil {
		d.say(Error, "program", texts{
			"The namespace %s has no Program.", "В пространстве имён %s нет Program.",
			"Name another one with -n, or apply a Program named program.", "Укажите другое с помощью -n или примените Program с именем program.",
		}, "", d.report.Namespace)
		return
	}
	if !seen(p) {
		return // what it says is of yesterday
	}
	d.ready(p)
	d.policies(p)
	d.sending(p)
}

func (d *doctor) ready(p *cxv1.Program) {
	ready := meta.FindStatusCondition(p.Status.Conditions, cxv1.ConditionReady)
	switch {
	case ready == nil:
	case ready.Reason == cxv1.ReasonIDInUse:
		d.say(Error, "program", texts{
			"Another namespace has the program's id %q.", "Идентификатор программы %q занят другим пространством имён.",
			"Choose another spec.id, or take the id over as the message says.", "Выберите другой spec.id или переймите его, как сказано выше.",
		}, ready.Message, p.Spec.ID)
	case ready.Status != metav1.ConditionTrue:
		d.say(Error, "program", texts{"The Program is not Ready (%s).", "Program не в состоянии Ready (%s).",
			"Nothing else goes on before: do what the message says.", "До этого ничто другое не продолжится: сделайте, что сказано выше."},
			ready.Message, ready.Reason)
	default:
		d.fine("program", "The Program %s is Ready.", "Program %s в состоянии Ready.", p.Spec.ID)
	}
}

func (d *doctor) policies(p *cxv1.Program) {
	enforced := meta.FindStatusCondition(p.Status.Conditions, cxv1.ConditionEnforced)
	switch {
	case enforced == nil:
	case enforced.Status == metav1.ConditionTrue:
		d.fine("policies", "The admission policies are in force.", "Политики допуска действуют.")
	default:
		d.say(Warning, "policies", texts{
			"The admission policies are not in force.", "Политики допуска не действуют.",
			"Install them: kubectl apply -k config/policy. Until then, give the right to patch OwnerAssignments to those alone whom you trust.",
			"Установите их: kubectl apply -k config/policy. До тех пор давайте право patch на OwnerAssignment только тем, кому доверяете.",
		}, enforced.Message)
	}
}

// sending says whether mail goes out. Where nothing sends, that is no fault.
func (d *doctor) sending(p *cxv1.Program) {
	c := meta.FindStatusCondition(p.Status.Conditions, cxv1.ConditionSending)
	sends := slices.ContainsFunc(d.snapshot.Surveys, func(s *cxv1.Survey) bool { return s.Spec.Delivery != nil })
	switch {
	case c == nil:
	case c.Status == metav1.ConditionTrue:
		d.fine("sending", "Mail goes out.", "Письма уходят.")
	case c.Reason == cxv1.ReasonNoChannel && !sends, c.Reason == cxv1.ReasonSendingOff && len(p.Spec.Channels) == 0:
		d.fine("sending", "No mail goes out, and nothing here sends any.", "Письма не уходят, но их никто и не отправляет.")
	case program.MailWaits(*c), c.Reason == cxv1.ReasonSendingOff:
		d.say(Warning, "sending", texts{"No mail goes out (%s).", "Письма не уходят (%s).", "", ""}, c.Message, c.Reason)
	default:
		d.say(Error, "sending", texts{"Mail does not go out as it should (%s).", "Письма не уходят как надо (%s).",
			"Do what the message says; docs/sending.md explains each reason.", "Сделайте, что сказано выше; причины описаны в docs/sending.md."},
			c.Message, c.Reason)
	}
	for _, channel := range p.Status.Channels {
		if channel.Ready != metav1.ConditionTrue {
			d.say(Warning, "channels", texts{"The channel %q cannot be used.", "Каналом %q пользоваться нельзя.", "", ""}, channel.Message,
				channel.Name)
		}
	}
}

// trouble is an object that needs somebody.
type trouble struct {
	object  string
	ready   *metav1.Condition
	stalled bool
}

// objects names those that somebody must edit, and those that have waited for long.
func (d *doctor) objects() {
	var troubles []trouble
	unseen := 0
	for _, obj := range d.snapshot.All() {
		if _, isProgram := obj.(*cxv1.Program); isProgram && obj == program.Object(d.snapshot.Program) {
			continue // see program
		}
		if !seen(obj) {
			if d.ago(touched(obj)) > soon {
				unseen++
			}
			continue
		}
		conditions := obj.CommonStatus().Conditions
		ready := meta.FindStatusCondition(conditions, cxv1.ConditionReady)
		stalled := meta.IsStatusConditionTrue(conditions, cxv1.ConditionStalled)
		if ready != nil && ready.Status != metav1.ConditionTrue && (stalled || d.ago(ready.LastTransitionTime) > long) {
			troubles = append(troubles, trouble{object: program.KindOf(obj) + "/" + obj.GetName(), ready: ready, stalled: stalled})
		}
	}
	if unseen > 0 {
		d.say(Warning, "objects", texts{
			"Objects that the operator has not looked at, for minutes: %d.", "Объектов, на которые оператор минутами не смотрит: %d.",
			"Look at the operator's log and at its /readyz.", "Посмотрите журнал оператора и его /readyz.",
		}, "", unseen)
	}
	d.sayObjects(troubles, unseen)
}

func (d *doctor) sayObjects(troubles []trouble, unseen int) {
	slices.SortStableFunc(troubles, func(a, b trouble) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.object, b.object))
	})
	for i, t := range troubles {
		if i == most {
			d.say(Warning, "objects", texts{"And %d more objects that are not Ready.", "И ещё объектов не в состоянии Ready: %d.",
				"See them: kubectl get cx.", "Посмотреть: kubectl get cx."}, "", len(troubles)-most)
			return
		}
		if t.stalled {
			d.say(Error, "objects", texts{"%s must be edited (%s).", "%s нужно исправить (%s).", "", ""}, t.ready.Message, t.object, t.ready.Reason)
			continue
		}
		d.say(Warning, "objects", texts{"%s has not been Ready for %s (%s).", "%s не в состоянии Ready уже %s (%s).", "", ""}, t.ready.Message,
			t.object, age(d.ago(t.ready.LastTransitionTime)), t.ready.Reason)
	}
	if len(troubles)+unseen == 0 {
		d.fine("objects", "No object waits for somebody.", "Ни один объект никого не ждёт.")
	}
}

func rank(t trouble) int {
	if t.stalled {
		return 0
	}
	return 1
}

// age is a time in days or hours, as kubectl has it.
func age(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
	return fmt.Sprintf("%dh", int(d.Hours()))
}
