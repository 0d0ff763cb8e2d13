// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	unixArchive    = "kubectl-cx-1.2.3-linux-amd64.tar.gz"
	windowsArchive = "kubectl-cx-1.2.3-windows-amd64.zip"
)

func lookAtPlugins(t *testing.T, files map[string]string) {
	for _, tc := range []struct {
		archive, binary string
		contents        map[string]entry
	}{
		{unixArchive, "kubectl-cx", untar(t, files[unixArchive])},
		{windowsArchive, "kubectl-cx.exe", unzip(t, files[windowsArchive])},
	} {
		for name, mode := range map[string]int64{"LICENSE": 0o644, "THIRD-PARTY-LICENSES": 0o644, tc.binary: 0o755} {
			found, ok := tc.contents[name]
			if !ok || len(found.data) == 0 || found.mode != mode {
				t.Errorf("%s: %s: found %t, %d bytes, mode %o", tc.archive, name, ok, len(found.data), found.mode)
			}
		}
		if len(tc.contents) != 3 {
			t.Errorf("%s has %d files", tc.archive, len(tc.contents))
		}
		if texts := string(tc.contents["THIRD-PARTY-LICENSES"].data); !strings.Contains(texts, "golang.org/x/sync v0.24.0\n") ||
			!strings.Contains(texts, "Redistribution and use") {
			t.Errorf("%s: no licences of others:\n%s", tc.archive, texts)
		}
	}
}

type entry struct {
	data []byte
	mode int64
}

func untar(t *testing.T, data string) map[string]entry {
	t.Helper()
	unzipped, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return entries(t, unzipped)
}

func entries(t *testing.T, from io.Reader) map[string]entry {
	t.Helper()
	found := map[string]entry{}
	for reader := tar.NewReader(from); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = entry{must(io.ReadAll(reader))(t), header.Mode}
	}
}

func unzip(t *testing.T, data string) map[string]entry {
	t.Helper()
	reader, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]entry{}
	for _, f := range reader.File {
		var content bytes.Buffer
		opened := must(f.Open())(t)
		if _, err := io.Copy(&content, opened); err != nil {
			t.Fatal(err)
		}
		found[f.Name] = entry{content.Bytes(), int64(f.Mode().Perm())}
	}
	return found
}

// manifest has every field that krew knows, no more: it is read strictly.
type manifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string `json:"version"`
		Homepage         string `json:"homepage"`
		ShortDescription string `json:"shortDescription"`
		Description      string `json:"description"`
		Caveats          string `json:"caveats"`
		Platforms        []struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
			URI    string              `json:"uri"`
			SHA256 string              `json:"sha256"`
			Bin    string              `json:"bin"`
			Files  []map[string]string `json:"files"`
		} `json:"platforms"`
	} `json:"spec"`
}

// lookAtKrew holds the manifest against what krew checks before it installs a plugin.
func lookAtKrew(t *testing.T, files map[string]string) {
	var m manifest
	if err := yaml.UnmarshalStrict([]byte(files["cx.yaml"]), &m); err != nil {
		t.Fatal(err)
	}
	if m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || m.Kind != "Plugin" || m.Metadata.Name != "cx" || m.Spec.Version != "v1.2.3" {
		t.Errorf("it is %s %s %s %s", m.APIVersion, m.Kind, m.Metadata.Name, m.Spec.Version)
	}
	if short := m.Spec.ShortDescription; short == "" || len(short) > 50 || strings.ContainsAny(short, "\n") {
		t.Errorf("short description %q", short)
	}
	found := map[string]string{}
	for _, p := range m.Spec.Platforms {
		address := must(url.Parse(p.URI))(t)
		file := path.Base(address.Path)
		found[p.Selector.MatchLabels["os"]+"/"+p.Selector.MatchLabels["arch"]] = p.Bin
		if address.Host != "example.com" || path.Dir(address.Path) != "/cx" {
			t.Errorf("%s is not below the address that was given", p.URI)
		}
		sum := sha256.Sum256([]byte(files[file]))
		if !regexp.MustCompile(`^[a-f0-9]{64}$`).MatchString(p.SHA256) || p.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: sha256 %s is not that of the archive", file, p.SHA256)
		}
		if len(p.Selector.MatchLabels) != 2 {
			t.Errorf("%s is for %v", file, p.Selector.MatchLabels)
		}
	}
	want := map[string]string{"linux/amd64": "kubectl-cx", "windows/amd64": "kubectl-cx.exe"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
}
