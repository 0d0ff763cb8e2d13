// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// crds writes all kinds as one file.
func crds(_ context.Context, r *release) error {
	files, err := crdFiles(r.root)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(data, []byte("---\n")) {
			out.WriteString("---\n")
		}
		out.Write(data)
	}
	return r.write("crds.yaml", out.Bytes())
}

// install writes everything that one kubectl apply installs, with the image of this release.
func install(_ context.Context, r *release) error {
	ref, err := r.reference()
	if err != nil {
		return err
	}
	folder, err := overlay(filepath.Join(r.root, "config", "default"), path.Join(r.registry, repository), ref.Tag())
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is in the folder for such things
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return err
	}
	data, err := objects.AsYaml()
	if err != nil {
		return err
	}
	return r.write("install.yaml", data)
}

// overlay is a folder for kustomize that says of which version the objects of a base are.
func overlay(base, image, version string) (string, error) {
	folder, err := os.MkdirTemp("", "cx-dist-")
	if err != nil {
		return "", err
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil { // kustomize wants relative names, of folders as they really are
		return "", err
	}
	if base, err = filepath.EvalSymlinks(base); err != nil {
		return "", err
	}
	if base, err = filepath.Rel(folder, base); err != nil {
		return "", err
	}
	content, err := yaml.Marshal(types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: []string{filepath.ToSlash(base)},
		Images:    []types.Image{{Name: repository, NewName: image, NewTag: version}},
		Labels:    []types.Label{{Pairs: map[string]string{"app.kubernetes.io/version": version}, IncludeTemplates: true}},
	})
	if err != nil {
		return "", err
	}
	return folder, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), content, 0o600)
}

// chart packs the Helm chart, as helm does, and again: helm keeps the times of files, which are those of a checkout.
func chart(ctx context.Context, r *release) error {
	folder, err := os.MkdirTemp("", "cx-dist-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is in the folder for such things
	_, err = command(ctx, r.root, r.helm, "package", filepath.Join("charts", "cx-operator"), "--destination", folder,
		"--version", semver(r.version), "--app-version", r.version)
	if err != nil {
		return err
	}
	name := "cx-operator-" + semver(r.version) + ".tgz"
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	files, err := unpack(f)
	if err != nil {
		return err
	}
	// Helm expects Chart.yaml first, as it packs it: somebody who looks a chart up reads no further.
	slices.SortStableFunc(files, func(a, b file) int {
		return strings.Compare(chartOrder(a.name), chartOrder(b.name))
	})
	packed, err := packGzip(files, r.time)
	if err != nil {
		return err
	}
	return r.write(name, packed)
}

func chartOrder(name string) string {
	if path.Base(name) == "Chart.yaml" {
		return ""
	}
	return name
}

func unpack(from io.Reader) ([]file, error) {
	unzipped, err := gzip.NewReader(from)
	if err != nil {
		return nil, err
	}
	var files []file
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: header.Name, data: data, mode: 0o644})
	}
}

// sums writes the checksums of what was written, as sha256sum -c reads them.
func sums(_ context.Context, r *release) error {
	var lines []string
	for _, name := range r.written {
		data, err := os.ReadFile(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return r.write("SHA256SUMS", []byte(strings.Join(lines, "")))
}
