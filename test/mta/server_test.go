// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mta sends invitations to a real mail server of the distribution's, over TLS and with a login, into real mailboxes.
package mta

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	domain = "shop.example"
	// sender is the mailbox from which the program writes, and as which it logs in.
	sender, password = "feedback@" + domain, "correct-horse-battery"
	// patience is how long a mail may take to arrive, on a busy machine.
	patience = 5 * time.Minute
)

// server is a chasquid with mailboxes.
type server struct {
	// ports are where it listens: for STARTTLS, and for TLS from the first byte on.
	startTLS, implicit int
	// trusted vouches for its certificate, which is good for 127.0.0.1.
	trusted *x509.CertPool
	folder  string
	// delivered has the paths of mails as they arrive, arriving is where it reads them.
	delivered *bufio.Scanner
	arriving  *os.File
}

// program finds what hack/mta/install.sh has provided.
func program(t *testing.T) string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	data := cmp.Or(os.Getenv("XDG_DATA_HOME"), filepath.Join(home, ".local/share"))
	path := cmp.Or(os.Getenv("CX_MTA"), filepath.Join(data, "cx-operator/mta/usr/bin/chasquid"))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no mail server to test with: %v\nrun hack/mta/install.sh (make test does), which provides it or says what is missing", err)
	}
	return path
}

// startServer starts a mail server that knows these people. It listens at once: its sockets are ours.
func startServer(t *testing.T, people ...string) *server {
	t.Helper()
	path := program(t)
	s := &server{folder: t.TempDir(), trusted: x509.NewCertPool()}
	s.writeCertificate(t)
	s.writeMailbox(t)
	s.write(t, "chasquid.conf", fmt.Sprintf("hostname: %q\ndata_dir: %q\nmail_log_path: \"<stderr>\"\n"+
		"submission_address: \"systemd\"\nsubmission_over_tls_address: \"systemd\"\n"+
		"mail_delivery_agent_bin: %q\nmail_delivery_agent_args: \"%%to_user%%\"\n",
		"mx."+domain, s.path("data"), s.path("mailbox")), 0o600)
	s.write(t, "domains/"+domain+"/aliases", "", 0o600)
	for _, who := range append(people, sender) {
		add := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(path), "chasquid-util"), "-C="+s.folder, "user-add", who, "--password="+password)
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("adding %s: %v\n%s", who, err, out)
		}
	}
	s.run(t, path)
	return s
}

func (s *server) path(name string) string { return filepath.Join(s.folder, name) }

func (s *server) write(t *testing.T, name, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func (s *server) writeCertificate(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx." + domain}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	s.trusted.AppendCertsFromPEM(public)
	s.write(t, "certs/mx/fullchain.pem", string(public), 0o600)
	s.write(t, "certs/mx/privkey.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), 0o600)
}

// writeMailbox makes what the server gives mails to: it writes each to a file of the person's, and says so.
func (s *server) writeMailbox(t *testing.T) {
	t.Helper()
	arrived := s.path("arrived")
	if err := syscall.Mkfifo(arrived, 0o600); err != nil {
		t.Fatal(err)
	}
	s.write(t, "mailbox", fmt.Sprintf("#!/bin/sh\nset -eu\nmkdir -p %q/\"$1\"\nfile=%q/\"$1\"/$$\ncat >\"$file\"\necho \"$file\" >%q\n",
		s.path("mail"), s.path("mail"), arrived), 0o700)
	both, err := os.OpenFile(arrived, os.O_RDWR, 0) // so that opening does not wait for a writer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = both.Close() })
	s.arriving, s.delivered = both, bufio.NewScanner(both)
}

// run starts the server as systemd would: with sockets that are open.
func (s *server) run(t *testing.T, path string) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" -config_dir "$1"`, path, s.folder)
	cmd.Env = []string{"LISTEN_FDS=2", "LISTEN_FDNAMES=submission:submission_tls", "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = &log, &log
	for _, port := range []*int{&s.startTLS, &s.implicit} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*port = listener.Addr().(*net.TCPAddr).Port
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, file := range cmd.ExtraFiles {
		_ = file.Close() // the server has its own
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the context may have done it
		_ = cmd.Wait()         // it was killed
		if t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
	})
}

// next waits for the next mail to arrive, and says in whose mailbox.
func (s *server) next(t *testing.T) (user string, m *mail.Message) {
	t.Helper()
	if err := s.arriving.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if !s.delivered.Scan() {
		t.Fatalf("no mail arrived: %v", s.delivered.Err())
	}
	path := s.delivered.Text()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err = mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
	return filepath.Base(filepath.Dir(path)), m
}

// mails counts what arrived for somebody.
func (s *server) mails(t *testing.T, user string) int {
	t.Helper()
	name, _, _ := strings.Cut(user, "@")
	files, err := os.ReadDir(s.path("mail/" + name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(files)
}
