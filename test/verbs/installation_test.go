// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/doctor"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// installation is the operator as the chart installs it. Nothing runs: the tests write what controllers and kubelets would.
type installation struct {
	*company
	client     client.Client
	deployment *appsv1.Deployment
	pod        *corev1.Pod
	claim      *corev1.PersistentVolumeClaim
}

func (c *company) installation(changes ...func(*installation)) *installation {
	c.Helper()
	cl, err := client.New(c.Config, client.Options{Scheme: clientgoscheme.Scheme})
	if err != nil {
		c.Fatal(err)
	}
	labels := map[string]string{
		"app.kubernetes.io/name": "cx-operator", "app.kubernetes.io/part-of": "cx-operator", "app.kubernetes.io/component": "operator",
		"app.kubernetes.io/version": "1.2.3",
	}
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: c.Namespace, Labels: labels}
	}
	pod := corev1.PodSpec{
		ServiceAccountName: "cx-operator",
		Containers: []corev1.Container{{
			Name: "operator", Image: "registry.example.com:5000/cx-operator/cx-operator:1.2.3",
			Args:         []string{"--store=sqlite:/var/lib/cx-operator/evidence.db", "--log-level=info"},
			VolumeMounts: []corev1.VolumeMount{{Name: "evidence", MountPath: "/var/lib/cx-operator"}},
		}},
		Volumes: []corev1.Volume{{Name: "evidence", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "cx-operator"},
		}}},
	}
	i := &installation{
		company: c, client: cl,
		deployment: &appsv1.Deployment{ObjectMeta: meta("cx-operator"), Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod},
		}, Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1, ReadyReplicas: 1}},
		pod: &corev1.Pod{ObjectMeta: meta("cx-operator-0"), Spec: pod, Status: corev1.PodStatus{
			ContainerStatuses: []corev1.ContainerStatus{{Name: "operator"}},
		}},
		claim: &corev1.PersistentVolumeClaim{ObjectMeta: meta("cx-operator"), Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")}},
		}, Status: corev1.PersistentVolumeClaimStatus{
			Phase: corev1.ClaimBound, Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")},
		}},
	}
	for _, change := range changes {
		change(i)
	}
	i.create()
	return i
}

// create writes the objects and what they report. They are gone when the test ends: the doctor looks in the whole cluster.
func (i *installation) create() {
	i.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "cx-operator", Namespace: i.Namespace}}
	objects := []client.Object{account, i.claim, i.deployment, i.pod}
	for _, object := range objects {
		reported := object.DeepCopyObject().(client.Object)
		if err := i.client.Create(i.Context(), object); err != nil {
			i.Fatal(err)
		}
		i.Cleanup(func() { _ = i.client.Delete(context.WithoutCancel(i.Context()), object, client.GracePeriodSeconds(0)) }) // some tests delete them themselves
		if object == client.Object(account) {
			continue
		}
		reported.SetResourceVersion(object.GetResourceVersion())
		if err := i.client.Status().Update(i.Context(), reported); err != nil {
			i.Fatal(err)
		}
	}
}

// allowed gives the operator the rights that the chart gives it.
func (i *installation) allowed() *installation {
	i.Helper()
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "cx-operator", Namespace: i.Namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "admin-of-programs"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "cx-operator", Namespace: i.Namespace}},
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "admin-of-programs"}, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{cxv1.GroupVersion.Group}, Resources: []string{"*"}, Verbs: []string{"*"},
	}}}
	for _, object := range []client.Object{role, binding} {
		if err := i.client.Create(i.Context(), object); client.IgnoreAlreadyExists(err) != nil {
			i.Fatal(err)
		}
	}
	i.await("system:serviceaccount:"+i.Namespace+":cx-operator", "create", "surveywaves")
	return i
}

func TestTheDoctorFindsAnInstallationThatIsWell(t *testing.T) {
	c := newCompany(t)
	c.well()
	c.installation().allowed()
	c.examine("", 0).counts(0, 0).finds(doctor.Fine, "is available: 1 of 1 pods, version 1.2.3", "This plugin, 1.2.3, fits the operator, 1.2.3",
		"none of 1", "is bound: 5Gi", "cx-decide-for-others")
	c.examine(visitor, 0).counts(0, 0).finds(doctor.Skipped, "you may not see Deployments")
}

// The labels by which the doctor knows the operator are those that it is installed with.
func TestTheDoctorKnowsTheOperatorThatConfigInstalls(t *testing.T) {
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, "config", "default"))
	if err != nil {
		t.Fatal(err)
	}
	shipped := &appsv1.Deployment{}
	for _, object := range objects.Resources() {
		if object.GetKind() == "Deployment" {
			if err := yaml.UnmarshalStrict([]byte(object.MustYaml()), shipped); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := newCompany(t)
	shipped.Namespace = c.Namespace
	c.installation(func(i *installation) {
		shipped.Status = i.deployment.Status
		i.deployment = shipped
	})
	version := shipped.Labels["app.kubernetes.io/version"]
	c.examine("", 0).finds(doctor.Fine, "is available: 1 of 1 pods, version "+version, "is bound: 5Gi")
}

// What it says of the operator's own namespace, word for word.
func TestTheDoctorsWordsAboutAnInstallation(t *testing.T) {
	c := newCompany(t)
	c.installation(func(i *installation) {
		i.deployment.Spec.Template.Spec.Containers[0].Image = "cx-operator/cx-operator:1.3.0"
		i.deployment.Status.AvailableReplicas = 0
		i.deployment.Status.Conditions = []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentAvailable, Status: corev1.ConditionFalse, Message: "Deployment does not have minimum availability.",
		}}
		i.claim.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}
		i.pod.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available: 3 have unbound volumes.",
		}}
		i.pod.Status.ContainerStatuses = nil
	})
	for name, page := range map[string]*kit.Page{
		"en":     kit.NewPage(cxv1.LanguageEN, 0),
		"ru":     kit.NewPage(cxv1.LanguageRU, 0),
		"narrow": kit.NewPage(cxv1.LanguageEN, 60),
	} {
		lang := map[string]string{"ru": "ru"}[name]
		e := c.examine("", 0, "--lang", lang).counts(3, 1)
		same := strings.NewReplacer(c.Namespace, "cx-operator-system", e.kubernetes(), "v1.X")
		for n, f := range e.Findings { // before lines are broken
			e.Findings[n].What, e.Findings[n].Why, e.Findings[n].Do = same.Replace(f.What), same.Replace(f.Why), same.Replace(f.Do)
		}
		e.Report.Text(page)
		golden(t, "installation."+name, page.String())
	}
}

// kubernetes is the version that the API server says it has.
func (e examined) kubernetes() string {
	for _, word := range strings.Fields(e.Findings[0].What) {
		if strings.HasPrefix(word, "v1.") {
			return strings.TrimSuffix(word, ".")
		}
	}
	e.t.Fatalf("no version in %v", e.Findings[0])
	return ""
}

func TestTheDoctorFindsWhatIsWrongWithAnInstallation(t *testing.T) {
	container := func(i *installation) *corev1.Container { return &i.deployment.Spec.Template.Spec.Containers[0] }
	waits := func(reason, message string) func(*installation) {
		return func(i *installation) {
			i.pod.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
		}
	}
	ended := func(reason string, ago time.Duration) func(*installation) {
		return func(i *installation) {
			status := &i.pod.Status.ContainerStatuses[0]
			status.RestartCount = 7
			status.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
				Reason: reason, ExitCode: 137, FinishedAt: metav1.NewTime(time.Now().Add(-ago)),
			}
		}
	}
	for name, tc := range map[string]struct {
		change   func(*installation)
		severity doctor.Severity
		words    []string
	}{
		"it is switched off": {func(i *installation) { i.deployment.Spec.Replicas = new(int32(0)) }, doctor.Error,
			[]string{"wants no pods", "--replicas=1"}},
		"two pods and one file": {func(i *installation) { i.deployment.Spec.Replicas = new(int32(2)) }, doctor.Error,
			[]string{"wants 2 pods, which would share one file"}},
		"a rollout goes on": {func(i *installation) {
			i.deployment.Status.ObservedGeneration = 0
			i.deployment.Status.Conditions = []appsv1.DeploymentCondition{{
				Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, LastUpdateTime: metav1.Now(),
			}}
		}, doctor.Warning, []string{"available: 1 of 1", "kubectl describe pods"}},
		"the image is not there":       {waits("ImagePullBackOff", "not found"), doctor.Error, []string{"image.registry", "not found"}},
		"a Secret is not there":        {waits("CreateContainerConfigError", `secret "keys" not found`), doctor.Error, []string{"kubectl describe pod"}},
		"it ends as soon as it begins": {waits("CrashLoopBackOff", "back-off"), doctor.Error, []string{"kubectl logs --previous", "back-off"}},
		"it had too little memory":     {ended("OOMKilled", time.Hour), doctor.Warning, []string{"began anew 7 times, last 1h ago", "resources.limits.memory"}},
		"no claim": {func(i *installation) { i.deployment.Spec.Template.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{} }, doctor.Error,
			[]string{"on no PersistentVolumeClaim", "Mount a claim at /var/lib/cx-operator"}},
		"the claim is gone": {func(i *installation) { i.claim.Name = "other" }, doctor.Error, []string{"There is no volume", "backup.md"}},
		"the plugin is newer": {func(i *installation) {
			container(i).Image = "cx-operator/cx-operator:1.1.9@sha256:" + strings.Repeat("a", 64)
		},
			doctor.Warning, []string{"This plugin, 1.2.3, is newer than the operator, 1.1.9"}},
		"the plugin is older": {func(i *installation) { container(i).Image = "cx-operator/cx-operator:v2.0.0" },
			doctor.Warning, []string{"This plugin, 1.2.3, is older than the operator, 2.0.0"}},
		"another namespace": {func(i *installation) {
			container(i).Args = append(container(i).Args, "--watch-namespaces", "retail, online")
		},
			doctor.Warning, []string{"leaves the namespace", "--watch-namespaces=retail, online"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.well()
			c.installation(tc.change).allowed()
			e := c.examine("", 0).finds(tc.severity, tc.words...)
			if e.Errors+e.Warnings != 1 {
				t.Errorf("it finds more than that:\n%s", e.text)
			}
		})
	}
	t.Run("a restart of long ago is forgotten", func(t *testing.T) {
		c := newCompany(t)
		c.well()
		c.installation(ended("Error", 48*time.Hour)).allowed()
		c.examine("", 0).counts(0, 0)
	})
	t.Run("it has no rights", func(t *testing.T) {
		c := newCompany(t)
		c.well()
		c.installation()
		c.examine("", 0).counts(1, 0).finds(doctor.Error, "The operator may not watch programs in the namespace "+c.Namespace, "rbac.create")
	})
}

func TestTheDoctorFindsKindsOfAnotherReleaseThanTheOperator(t *testing.T) {
	c := newCompany(t)
	c.well()
	i := c.installation().allowed()
	label := func(version string) {
		t.Helper()
		crd := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition"}}
		crd.Name = "kpis.cx-operator.io"
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"app.kubernetes.io/version":`+version+`}}}`))
		if err := i.client.Patch(t.Context(), crd, patch); err != nil {
			t.Fatal(err)
		}
	}
	label(`"1.1.0"`)
	c.examine("", 0).counts(1, 0).finds(doctor.Error, "The kinds are of version 1.1.0, the operator 1.2.3 is newer", "crds.yaml")
	label(`"1.3.0"`)
	c.examine("", 0).counts(0, 1).finds(doctor.Warning, "The kinds are of version 1.3.0, the operator 1.2.3 is older", "upgrade.md")
	label(`"1.2.3"`)
	c.examine("", 0).counts(0, 0)
	label(`null`)
}

func TestTheDoctorFindsRolesAndPoliciesThatAreMissing(t *testing.T) {
	c := newCompany(t)
	i := c.installation()
	role := &rbacv1.ClusterRole{}
	if err := i.client.Get(t.Context(), client.ObjectKey{Name: "cx-identify"}, role); err != nil {
		t.Fatal(err)
	}
	if err := i.client.Delete(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	c.examine("", 0).counts(0, 1).finds(doctor.Warning, "missing: cx-identify.", "peopleRoles.enabled").
		finds(doctor.Fine, "The admission policy is there and bound")
	role.ResourceVersion = ""
	if err := i.client.Create(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	c.examine("", 0).counts(0, 0)
}
