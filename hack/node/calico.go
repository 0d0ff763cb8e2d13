// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
)

// startCalico connects pods by routes, one interface of the node for each, and filters there what NetworkPolicy does not allow.
func (n *Node) startCalico(ctx context.Context) error {
	kubeconfig, err := n.kubeconfig("calico", administrators)
	if err != nil {
		return err
	}
	kubectl := func(arguments ...string) error {
		_, err := n.output(ctx, n.asset("kubectl"), append(arguments, "--kubeconfig", n.Kubeconfig)...)
		return err
	}
	definitions := filepath.Join(n.folder, "crd")
	if err := errors.Join(os.MkdirAll("/run/calico", 0o755),
		n.write("cni/pods.conflist", kubeconfig), n.write("felix.cfg"), n.write("calico.yaml")); err != nil {
		return err
	}
	if err := kubectl("create", "-f", definitions); err != nil {
		return err
	}
	if err := kubectl("wait", "--for=condition=Established", "-f", definitions, "--timeout=1m"); err != nil {
		return err
	}
	if err := kubectl("create", "-f", n.path("calico.yaml")); err != nil {
		return err
	}
	if err := n.runWith([]string{"KUBECONFIG=" + kubeconfig}, n.program("calico-felix"), "--config-file", n.path("felix.cfg")); err != nil {
		return err
	}
	return n.until(ctx, "calico-felix", felixReady)
}

// felixReady says why nothing filters yet.
func felixReady(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:9099/readiness", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return errors.New(response.Status)
	}
	return nil
}
