// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// file is one in an archive; a folder when its name ends with a slash.
type file struct {
	name  string
	data  []byte
	mode  int64
	owner int
}

// baseFiles are what the program expects around itself. Time zones it brings along.
func (r *release) baseFiles(parts modules) ([]file, error) {
	licence, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	return []file{
		{name: "etc/", mode: 0o755},
		{name: "etc/group", data: []byte("root:x:0:\nnonroot:x:65532:\n"), mode: 0o644},
		{name: "etc/passwd", data: []byte("root:x:0:0:root:/:/nowhere\nnonroot:x:65532:65532:nonroot:/:/nowhere\n"), mode: 0o644},
		{name: "etc/ssl/", mode: 0o755},
		{name: "etc/ssl/certs/", mode: 0o755},
		{name: "etc/ssl/certs/ca-certificates.crt", data: authorities(), mode: 0o644},
		{name: "licenses/", mode: 0o755},
		{name: "licenses/LICENSE", data: licence, mode: 0o644},
		{name: "licenses/THIRD-PARTY-LICENSES", data: parts.texts(), mode: 0o644},
		// A volume that is mounted here takes the owner over with some runtimes.
		{name: "var/", mode: 0o755},
		{name: "var/lib/", mode: 0o755},
		{name: "var/lib/cx-operator/", mode: 0o750, owner: 65532},
	}, nil
}

// authorities are those that browsers trust, as a file: with one, SSL_CERT_DIR adds those of a company, whereas roots that are
// compiled in count only where there are no others. Those that are trusted with reservations are left out: a file cannot say them.
func authorities() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // to memory
	}
	return out.Bytes()
}

// layer packs files for an image.
func (r *release) layer(files []file) (v1.Layer, error) {
	packed, err := pack(files, r.time)
	if err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(packed)), nil
	}, tarball.WithMediaType(types.OCILayer))
}

// pack makes a tar of files in their order, all of the same time and with nothing of this machine's users in it.
func pack(files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		header := &tar.Header{
			Name: f.name, Mode: f.mode, Uid: f.owner, Gid: f.owner, ModTime: at,
			Size: int64(len(f.data)), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
		}
		if f.name[len(f.name)-1] == '/' {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
