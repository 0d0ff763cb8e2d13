// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// archive writes an OCI layout as a tar. With an image, it tells docker load of it too, which reads a list of its own.
func (r *release) archive(name string, index v1.ImageIndex, image v1.Image, ref reference.NamedTagged) error {
	folder, err := os.MkdirTemp("", "cx-dist-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is in the folder for such things
	if _, err := layout.Write(folder, index); err != nil {
		return err
	}
	files, err := tree(folder)
	if err != nil {
		return err
	}
	if image != nil {
		list, err := dockerList(image, ref)
		if err != nil {
			return err
		}
		files = append(files, file{name: "manifest.json", data: list, mode: 0o644})
	}
	packed, err := pack(files, r.time)
	if err != nil {
		return err
	}
	return r.write(name, packed)
}

// tree reads a folder, in the order of names.
func tree(folder string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			files = append(files, file{name: name + "/", mode: 0o755})
			return nil
		}
		data, err := os.ReadFile(path)
		files = append(files, file{name: name, data: data, mode: 0o644})
		return err
	})
	return files, err
}

func dockerList(image v1.Image, ref reference.NamedTagged) ([]byte, error) {
	manifest, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	blob := func(d v1.Descriptor) string { return "blobs/" + d.Digest.Algorithm + "/" + d.Digest.Hex }
	entry := map[string]any{"Config": blob(manifest.Config), "RepoTags": []string{reference.FamiliarString(ref)}}
	var layers []string
	for _, layer := range manifest.Layers {
		layers = append(layers, blob(layer))
	}
	entry["Layers"] = layers
	return json.Marshal([]any{entry})
}
