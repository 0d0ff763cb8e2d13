// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

const (
	retailer = "retailer"
	firstDay = "first-day"
	// operatorUser is who the operator is to the API server: it runs under config/rbac, not as an administrator.
	operatorUser = "system:serviceaccount:cx-operator-system:cx-operator"
)

// world is a control plane with the operator on it. Everything it keeps lies in bin/run.
type world struct {
	root, dir, assets string

	plane        *controlplane.ControlPlane
	manager      *controlplane.ControllerManager
	client       client.Client
	operator     *exec.Cmd
	operatorDone chan struct{}
	metricsURL   string
	// mailbox takes all mail; pagesURL is where links lead, insideURL where contacts are imported with apiToken.
	mailbox                       *mailbox
	pagesURL, insideURL, apiToken string
}

func newWorld(root, assets string) (*world, error) {
	if assets == "" {
		return nil, errors.New("--assets is missing: use make run or make demo, or pass the folder that make controlplane prints")
	}
	w := &world{root: root, dir: filepath.Join(root, "bin", "run"), assets: assets}
	// A new control plane gives every namespace a new identity, and evidence belongs to one: both start afresh.
	if err := os.RemoveAll(w.dir); err != nil {
		return nil, err
	}
	return w, os.MkdirAll(w.dir, 0o755)
}

func (w *world) start(ctx context.Context) error {
	began := time.Now()
	var err error
	if w.plane, err = controlplane.Start(w.assets); err != nil {
		return err
	}
	if w.manager, err = w.plane.StartControllerManager(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	say("control plane: %s, ready after %s", w.plane.Config.Host, time.Since(began).Round(100*time.Millisecond))
	if err := os.WriteFile(w.path("kubeconfig"), w.plane.Kubeconfig, 0o600); err != nil {
		return err
	}
	if w.client, err = client.New(w.plane.Config, client.Options{Scheme: controllers.Scheme()}); err != nil {
		return err
	}
	for _, folder := range []string{"rbac", "policy"} {
		if err := w.kubectl(ctx, "apply", "--kustomize", filepath.Join(w.root, "config", folder)); err != nil {
			return err
		}
	}
	return w.startOperator()
}

func (w *world) startOperator() error {
	if err := errors.Join(w.writeOperatorKubeconfig(), w.writeSecrets()); err != nil {
		return err
	}
	var err error
	if w.mailbox, err = startMailbox(); err != nil {
		return err
	}
	people, err := w.peopleFlags()
	if err != nil {
		return err
	}
	metrics, err := freeAddress()
	if err != nil {
		return err
	}
	w.metricsURL = "http://" + metrics + "/metrics"
	log, err := os.Create(w.path("operator.log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	w.operator = exec.Command(filepath.Join(w.root, "bin", "cx-operator"), append(people,
		"--kubeconfig", w.path("operator.kubeconfig"), "--store", "sqlite:"+w.path("evidence.db"),
		"--metrics-bind-address", metrics, "--health-probe-bind-address", "0", "--log-format", "text")...)
	w.operator.Stdout, w.operator.Stderr = log, log
	// Its own group: Ctrl-C in the terminal reaches us alone, and we stop it in order.
	w.operator.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := w.operator.Start(); err != nil {
		return err
	}
	w.operatorDone = make(chan struct{})
	go func() {
		defer close(w.operatorDone)
		_ = w.operator.Wait() // an early end is told from a wanted one by who closes first
	}()
	say("operator: pid %d, log %s", w.operator.Process.Pid, w.path("operator.log"))
	return nil
}

// writeOperatorKubeconfig lets the operator act as its service account, so that it has the rights of config/rbac and no more.
func (w *world) writeOperatorKubeconfig() error {
	kubeconfig, err := clientcmd.Load(w.plane.Kubeconfig)
	if err != nil {
		return err
	}
	for _, user := range kubeconfig.AuthInfos {
		user.Impersonate = operatorUser
	}
	return clientcmd.WriteToFile(*kubeconfig, w.path("operator.kubeconfig"))
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// stop ends what was started, the operator first. After a failure the end of its log is shown.
func (w *world) stop(failed bool) error {
	var errs []error
	if w.operatorDone != nil {
		_ = w.operator.Process.Signal(syscall.SIGTERM)
		<-w.operatorDone
	}
	if failed {
		w.printLogTail()
	}
	if w.mailbox != nil {
		errs = append(errs, w.mailbox.stop())
	}
	if w.manager != nil {
		errs = append(errs, w.manager.Stop())
	}
	if w.plane != nil {
		errs = append(errs, w.plane.Stop())
	}
	return errors.Join(errs...)
}

func (w *world) applySamples(ctx context.Context) error {
	say("applying the retailer's program, and importing its customers")
	if err := w.applyProgram(ctx); err != nil {
		return err
	}
	for _, sample := range []string{retailer, firstDay} {
		say("applying config/samples/%s", sample)
		if err := w.kubectl(ctx, "apply", "--kustomize", filepath.Join(w.root, "config", "samples", sample)); err != nil {
			return err
		}
	}
	if err := w.pointToMailbox(ctx); err != nil {
		return err
	}
	return w.letOwnersDecide(ctx)
}

// letOwnersDecide gives every user that an Owner of the retailer names the right to decide on offers there.
func (w *world) letOwnersDecide(ctx context.Context) error {
	owners := &cxv1.OwnerList{}
	if err := w.client.List(ctx, owners, client.InNamespace(retailer)); err != nil {
		return err
	}
	binding := &rbacv1.RoleBinding{}
	binding.Namespace, binding.Name = retailer, "sample-owners"
	binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cx-owner"}
	for _, owner := range owners.Items {
		for _, user := range owner.Spec.Identity.Users {
			binding.Subjects = append(binding.Subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user})
		}
	}
	return w.client.Create(ctx, binding)
}

// kubectl runs the kubectl of the control plane: another one on the machine may be too old.
func (w *world) kubectl(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(w.assets, "kubectl"), args...)
	command.Env = append(os.Environ(), "KUBECONFIG="+w.path("kubeconfig"))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w", args[0], err)
	}
	return nil
}
