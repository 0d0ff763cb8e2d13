// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// sandboxImage is what every pod's sandbox runs. It is imported: nothing is ever pulled here.
const sandboxImage = "registry.example.com/node/pause:1"

// LoadProgram makes an image of a program that needs no files, and imports it under a name.
func (n *Node) LoadProgram(ctx context.Context, program, name string) error {
	image, err := packProgram(program, name)
	if err != nil {
		return err
	}
	archive := n.path(filepath.Base(program) + ".tar")
	if err := os.WriteFile(archive, image, 0o600); err != nil {
		return err
	}
	return n.Load(ctx, archive, name)
}

func packProgram(program, name string) ([]byte, error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(program)
	layer, err := tarball(file{base, 0o755, text})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(layer)
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Entrypoint": []string{"/" + base}, "User": "65535:65535"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(digest[:])}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal([]map[string]any{{
		"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"},
	}})
	if err != nil {
		return nil, err
	}
	return tarball(file{"config.json", 0o644, config}, file{"layer.tar", 0o644, layer}, file{"manifest.json", 0o644, manifest})
}

type file struct {
	name string
	mode int64
	text []byte
}

func tarball(files ...file) ([]byte, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, f := range files {
		if err := archive.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text))}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.text); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), archive.Close()
}

// Load imports an archive (OCI or docker) whose image has a name, by which pods know it.
func (n *Node) Load(ctx context.Context, archive, name string) error {
	if _, err := n.ctr(ctx, "images", "import", archive); err != nil {
		return err
	}
	images, err := n.ctr(ctx, "images", "list", "--quiet")
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(images), name) {
		return fmt.Errorf("%s brought no image %s; there are\n%s", filepath.Base(archive), name, images)
	}
	return nil
}

// Kill ends a container's process at once, as a machine that runs out of memory does.
func (n *Node) Kill(ctx context.Context, container string) error {
	_, err := n.ctr(ctx, "tasks", "kill", "--signal", "SIGKILL", container)
	return err
}

func (n *Node) ctr(ctx context.Context, arguments ...string) (string, error) {
	return n.output(ctx, n.program("ctr"), append([]string{"--namespace", "k8s.io"}, arguments...)...)
}
