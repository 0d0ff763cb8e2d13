// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// authority signs the certificates by which the parts of the cluster know each other.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	pem         []byte
	serial      int64
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &authority{key: key, serial: 1}
	template := certificateTemplate(1, "node-ca")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.certificate, err = x509.ParseCertificate(der)
	return a, err
}

func certificateTemplate(serial int64, name string, groups ...string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name, Organization: groups},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
}

// issue makes a certificate for a user in groups, who may serve at addresses too.
func (a *authority) issue(user string, groups, names []string, addresses ...string) (certificate, key []byte, err error) {
	a.serial++
	template := certificateTemplate(a.serial, user, groups...)
	template.DNSNames = names
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	if err != nil {
		return nil, nil, err
	}
	key, err = encodeKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key, err
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
}

// serving writes a certificate for a server to files.
func (n *Node) serving(name, user string, groups, names []string, addresses ...string) error {
	certificate, key, err := n.authority.issue(user, groups, names, addresses...)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(n.path(name+".crt"), certificate, 0o600), os.WriteFile(n.path(name+".key"), key, 0o600))
}

// kubeconfig writes the one of a user in groups, and returns its path.
func (n *Node) kubeconfig(user string, groups ...string) (string, error) {
	certificate, key, err := n.authority.issue(user, groups, nil)
	if err != nil {
		return "", err
	}
	path := n.path(fileName(user) + ".kubeconfig")
	return path, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			"node": {Server: "https://" + n.Address + ":6443", CertificateAuthorityData: n.authority.pem},
		},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{"user": {ClientCertificateData: certificate, ClientKeyData: key}},
		Contexts:       map[string]*clientcmdapi.Context{"node": {Cluster: "node", AuthInfo: "user"}},
		CurrentContext: "node",
	}, path)
}
