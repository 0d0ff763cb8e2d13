// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controlplane starts a real etcd, kube-apiserver and, where asked for, kube-controller-manager as child
// processes, with the CRDs of this checkout installed: for tests, benchmarks and hack/run.
package controlplane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// ErrNoAssets says that nobody has told where the programs are.
var ErrNoAssets = errors.New("no control plane: run `make test`, " +
	"or set KUBEBUILDER_ASSETS to the folder that `make controlplane` prints")

// ControlPlane is a running etcd and kube-apiserver.
type ControlPlane struct {
	// Config is an administrator's, without a limit on requests per second.
	Config *rest.Config
	// Kubeconfig is the same as the content of a file.
	Kubeconfig []byte
	// Assets is the folder with the programs, kubectl among them.
	Assets string

	environment *envtest.Environment
}

// Assets returns the folder named by KUBEBUILDER_ASSETS, or ErrNoAssets.
func Assets() (string, error) {
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		return "", ErrNoAssets
	}
	if _, err := os.Stat(filepath.Join(assets, "kube-apiserver")); err != nil {
		return "", fmt.Errorf("KUBEBUILDER_ASSETS=%s holds no kube-apiserver: %w", assets, ErrNoAssets)
	}
	return assets, nil
}

// Start starts etcd and kube-apiserver from the folder assets and installs the CRDs. It returns when both answer and the
// kinds are served. The caller calls Stop.
func Start(assets string) (*ControlPlane, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	return start(assets, filepath.Join(root, "config", "crd"))
}

// StartEmpty is Start without our kinds, as before the first installation.
func StartEmpty(assets string) (*ControlPlane, error) { return start(assets) }

func start(assets string, kinds ...string) (plane *ControlPlane, err error) {
	// Its ports were free a moment before: somebody else on the machine may have taken one.
	for range 3 {
		if plane, err = attempt(assets, kinds); err == nil {
			return plane, nil
		}
	}
	return nil, fmt.Errorf("start the control plane from %s: %w", assets, err)
}

func attempt(assets string, kinds []string) (*ControlPlane, error) {
	environment := &envtest.Environment{
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     kinds,
		ErrorIfCRDPathMissing: true,
		UseExistingCluster:    new(bool), // never a real cluster, whatever the environment says
		// Two busy cores need longer than the default of 20 s.
		ControlPlaneStartTimeout: 5 * time.Minute,
		ControlPlaneStopTimeout:  5 * time.Minute,
		CRDInstallOptions:        envtest.CRDInstallOptions{MaxTime: 5 * time.Minute},
	}
	// On many clusters who makes an object that blocks the deletion of its owner needs a right on the owner, too.
	environment.ControlPlane.GetAPIServer().Configure().Append("enable-admission-plugins", "OwnerReferencesPermissionEnforcement")
	config, err := environment.Start()
	if err != nil {
		return nil, errors.Join(err, environment.Stop())
	}
	config.QPS = -1
	return &ControlPlane{Config: config, Kubeconfig: environment.KubeConfig, Assets: assets, environment: environment}, nil
}

// Stop ends the processes and removes their files.
func (c *ControlPlane) Stop() error { return c.environment.Stop() }

// Root returns the checkout's root: the nearest folder with a go.mod, from the working directory upwards.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("no go.mod in the working directory or above it: run inside the checkout")
		}
		folder = parent
	}
}
