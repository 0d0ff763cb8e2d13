// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	services       = "10.96.0.0/16"
	serviceOfAPI   = "10.96.0.1"
	administrators = "system:masters"
)

// startControlPlane starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler as a real cluster runs them: users
// have certificates, controllers their service accounts, the kubelet the rights of its node and no more.
func (n *Node) startControlPlane(ctx context.Context) error {
	if err := n.writeKeys(); err != nil {
		return err
	}
	if err := n.run(n.asset("etcd"), "--data-dir", n.path("etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
		"--listen-peer-urls", "http://127.0.0.1:2380", "--log-level", "warn"); err != nil {
		return err
	}
	if err := n.startAPIServer(); err != nil {
		return err
	}
	kubeconfig, err := n.kubeconfig("administrator", administrators)
	if err != nil {
		return err
	}
	n.Kubeconfig = kubeconfig
	if n.Config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return err
	}
	n.Config.QPS = -1
	if err := n.until(ctx, "kube-apiserver", n.apiReady); err != nil {
		return err
	}
	manager, err := n.kubeconfig("system:kube-controller-manager")
	if err != nil {
		return err
	}
	scheduler, err := n.kubeconfig("system:kube-scheduler")
	if err != nil {
		return err
	}
	return errors.Join(
		n.run(n.asset("kube-controller-manager"), "--kubeconfig", manager, "--leader-elect=false", "--secure-port=0",
			"--use-service-account-credentials", "--service-account-private-key-file", n.path("accounts.key"),
			"--root-ca-file", n.path("ca.crt")),
		n.run(n.program("kube-scheduler"), "--kubeconfig", scheduler, "--leader-elect=false", "--secure-port=0"),
	)
}

// writeKeys writes what kube-apiserver needs to know others, and to be known.
func (n *Node) writeKeys() error {
	var err error
	if n.authority, err = newAuthority(); err != nil {
		return err
	}
	accounts, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := encodeKey(accounts)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&accounts.PublicKey)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(n.path("ca.crt"), n.authority.pem, 0o600),
		os.WriteFile(n.path("accounts.key"), private, 0o600),
		os.WriteFile(n.path("accounts.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600),
		n.serving("apiserver", "kube-apiserver", nil,
			[]string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}, "127.0.0.1", n.Address, serviceOfAPI),
		n.serving("apiserver-to-kubelet", "kube-apiserver-kubelet-client", []string{administrators}, nil),
	)
}

func (n *Node) startAPIServer() error {
	return n.run(n.asset("kube-apiserver"),
		"--etcd-servers=http://127.0.0.1:2379", "--advertise-address="+n.Address, "--secure-port=6443",
		"--client-ca-file="+n.path("ca.crt"),
		"--tls-cert-file="+n.path("apiserver.crt"), "--tls-private-key-file="+n.path("apiserver.key"),
		"--kubelet-client-certificate="+n.path("apiserver-to-kubelet.crt"), "--kubelet-client-key="+n.path("apiserver-to-kubelet.key"),
		"--kubelet-certificate-authority="+n.path("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+n.path("accounts.pub"),
		"--service-account-signing-key-file="+n.path("accounts.key"), "--service-cluster-ip-range="+services,
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction")
}

// apiReady asks kube-apiserver whether it is ready.
func (n *Node) apiReady(ctx context.Context) error {
	client, err := rest.HTTPClientFor(n.Config)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Config.Host+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// asset is the path of a program of the control plane.
func (n *Node) asset(name string) string { return filepath.Join(n.assets, name) }
