// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// load reads an archive as a tool would: its index, and the files beside it.
func load(t *testing.T, archive string) (v1.ImageIndex, map[string]entry) {
	t.Helper()
	opened := must(os.Open(archive))(t)
	defer func() { _ = opened.Close() }()
	files := entries(t, opened)
	folder := t.TempDir()
	for name, f := range files {
		if !strings.HasSuffix(name, "/") {
			put(t, filepath.Join(folder, name), string(f.data))
		}
	}
	index := must(layout.ImageIndexFromPath(folder))(t)
	if err := validate.Index(index); err != nil {
		t.Errorf("%s: %v", archive, err)
	}
	return index, files
}

func lookAtImage(t *testing.T, archive string) {
	index, files := load(t, archive)
	entries := must(index.IndexManifest())(t).Manifests
	if len(entries) != 1 {
		t.Fatalf("%d images", len(entries))
	}
	image := must(index.Image(entries[0].Digest))(t)
	config := must(image.ConfigFile())(t)
	want := v1.Config{
		Entrypoint: []string{"/cx-operator"}, User: "65532:65532", WorkingDir: "/", Env: []string{"PATH=/"}, Labels: config.Config.Labels,
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "8081/tcp": {}, "8090/tcp": {}, "8091/tcp": {}},
	}
	if diff := cmp.Diff(want, config.Config); diff != "" || config.OS != "linux" || config.Architecture != "amd64" {
		t.Errorf("%s/%s (-want +got):\n%s", config.OS, config.Architecture, diff)
	}
	for label, want := range map[string]string{"version": "1.2.3", "licenses": "Apache-2.0", "title": "cx-operator"} {
		if got := config.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
	if revision := config.Config.Labels["org.opencontainers.image.revision"]; len(revision) != 40 {
		t.Errorf("revision %q", revision)
	}
	lookAtFiles(t, image)
	lookAtDockerList(t, image, files)
}

func lookAtFiles(t *testing.T, image v1.Image) {
	rootfs := mutate.Extract(image)
	defer func() { _ = rootfs.Close() }()
	files := entries(t, rootfs)
	var names []string
	for _, name := range []string{
		"cx-operator", "etc/group", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "licenses/LICENSE", "licenses/THIRD-PARTY-LICENSES",
	} {
		if len(files[name].data) == 0 {
			t.Errorf("there is no %s", name)
		}
		delete(files, name)
	}
	for name := range files {
		if len(files[name].data) > 0 {
			names = append(names, name)
		}
	}
	if names != nil {
		t.Errorf("who breaks in finds more than the program: %s", names)
	}
}

func lookAtDockerList(t *testing.T, image v1.Image, files map[string]entry) {
	var list []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(files["manifest.json"].data, &list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cx-operator/cx-operator:1.2.3"}, list[0].RepoTags); diff != "" {
		t.Errorf("docker load names it (-want +got):\n%s", diff)
	}
	for _, name := range append(list[0].Layers, list[0].Config) {
		if _, ok := files[name]; !ok {
			t.Errorf("docker load finds no %s", name)
		}
	}
	if layers := must(image.Layers())(t); len(layers) != len(list[0].Layers) {
		t.Errorf("docker load finds %d layers of %d", len(list[0].Layers), len(layers))
	}
}

func TestAnImageIsFoundUnderTheNameThatPodsHave(t *testing.T) {
	for name, tc := range map[string]struct{ registry, want string }{
		"in a registry of one's own": {"registry.example.com", "registry.example.com/cx-operator/cx-operator:1.2.3"},
		"below a path":               {"registry.example.com:5000/mirror", "registry.example.com:5000/mirror/cx-operator/cx-operator:1.2.3"},
		"without one":                {"", "/cx-operator/cx-operator:1.2.3"},
	} {
		r := &release{version: "1.2.3", registry: tc.registry}
		ref := must(r.reference())(t)
		got := names(ref)["io.containerd.image.name"]
		host, rest, _ := strings.Cut(got, "/")
		if tc.registry != "" && got != tc.want || tc.registry == "" && (!strings.Contains(host, ".") || "/"+rest != tc.want) {
			t.Errorf("%s: containerd has it as %s", name, got)
		}
		if tag := names(ref)["org.opencontainers.image.ref.name"]; tag != "1.2.3" {
			t.Errorf("%s: the tag is %s", name, tag)
		}
	}
}

func TestOneArchiveHasTheImagesOfAllArchitectures(t *testing.T) {
	out, _ := packed(t, fixture(t), "--archs", "amd64,arm64", "--registry", "registry.example.com", "image")
	index, _ := load(t, filepath.Join(out, "cx-operator-1.2.3-linux.tar"))
	outer := must(index.IndexManifest())(t).Manifests
	if len(outer) != 1 || outer[0].Annotations["io.containerd.image.name"] != "registry.example.com/cx-operator/cx-operator:1.2.3" {
		t.Fatalf("it has %d names: %v", len(outer), outer[0].Annotations)
	}
	var found []string
	for _, image := range must(must(index.ImageIndex(outer[0].Digest))(t).IndexManifest())(t).Manifests {
		found = append(found, image.Platform.String())
		alone, _ := load(t, filepath.Join(out, "cx-operator-1.2.3-linux-"+image.Platform.Architecture+".tar"))
		if one := must(alone.IndexManifest())(t).Manifests; one[0].Digest != image.Digest {
			t.Errorf("%s is another image than in its own archive", image.Platform)
		}
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheAuthoritiesAreThoseThatBrowsersTrust(t *testing.T) {
	data := authorities()
	count := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
		count++
	}
	if count < 100 {
		t.Errorf("only %d", count)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(data) {
		t.Error("the program could not read the file")
	}
}

// An image has no zone database: without one in the program, no schedule would know its zone.
func TestTheOperatorBringsTimeZonesAlong(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/cx-operator")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, []byte("\ntime/tzdata\n")) {
		t.Error("cmd/cx-operator does not import time/tzdata any more")
	}
}
