// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// plugin is an archive with kubectl-cx for one platform.
type plugin struct {
	os, arch string
	file     string // its name
	sha256   string
}

func (p plugin) binary() string {
	if p.os == "windows" {
		return "kubectl-cx.exe"
	}
	return "kubectl-cx"
}

// plugins writes kubectl-cx for everybody's machine, and the manifest by which krew installs it.
func plugins(ctx context.Context, r *release) error {
	var done []plugin
	for _, platform := range r.platforms {
		system, arch, _ := strings.Cut(platform, "/")
		p := plugin{os: system, arch: arch}
		p.file = "kubectl-cx-" + r.version + "-" + system + "-" + arch + ".tar.gz"
		if system == "windows" {
			p.file = strings.TrimSuffix(p.file, ".tar.gz") + ".zip"
		}
		if err := r.plugin(ctx, &p); err != nil {
			return err
		}
		done = append(done, p)
	}
	manifest, err := yaml.Marshal(r.krew(done))
	if err != nil {
		return err
	}
	return r.write("cx.yaml", manifest)
}

func (r *release) plugin(ctx context.Context, p *plugin) error {
	program, modules, err := r.compile(ctx, "kubectl-cx", p.os, p.arch)
	if err != nil {
		return err
	}
	licence, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return err
	}
	files := []file{
		{name: "LICENSE", data: licence, mode: 0o644},
		{name: "THIRD-PARTY-LICENSES", data: modules.texts(), mode: 0o644},
		{name: p.binary(), data: program, mode: 0o755},
	}
	packing := packGzip
	if p.os == "windows" {
		packing = packZip
	}
	packed, err := packing(files, r.time)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(packed)
	p.sha256 = hex.EncodeToString(sum[:])
	if err := r.write(p.file, packed); err != nil {
		return err
	}
	return r.bill("kubectl-cx-"+r.version+"-"+p.os+"-"+p.arch, "kubectl-cx", program, modules)
}

func packGzip(files []file, at time.Time) ([]byte, error) {
	packed, err := pack(files, at)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression) // without a name and a time in its header
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(packed); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func packZip(files []file, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		header.SetMode(os.FileMode(f.mode))
		to, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// krew is the plugin's manifest: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest.
func (r *release) krew(plugins []plugin) map[string]any {
	var platforms []any
	for _, p := range plugins {
		platforms = append(platforms, map[string]any{
			"selector": map[string]any{"matchLabels": map[string]string{"os": p.os, "arch": p.arch}},
			"uri":      strings.TrimSuffix(r.baseURL, "/") + "/" + p.file,
			"sha256":   p.sha256,
			"bin":      p.binary(),
		})
	}
	return map[string]any{
		"apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
		"kind":       "Plugin",
		"metadata":   map[string]any{"name": "cx"},
		"spec": map[string]any{
			"version":          "v" + semver(r.version),
			"homepage":         home,
			"shortDescription": "Run a customer experience program",
			"description": "Checks files of a customer experience program, says what a change of them does and what a year\n" +
				"brings, asks the operator for waves, offers and answers, and says what is wrong with an installation.\n",
			"platforms": platforms,
		},
	}
}
