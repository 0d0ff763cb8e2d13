// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// repository is the name of the image, as the chart and config/ have it.
const repository = "cx-operator/cx-operator"

// modulePath is that of the product, and home where its source is.
const (
	modulePath = "github.com/cx-operator/cx-operator"
	home       = "https://" + modulePath
)

// user is nobody that any machine has: what Pod Security "restricted" asks for.
const user = "65532:65532"

// reference is the whole name of the image. Without a registry it gets the one that container runtimes add to such a name, or they
// would not find what they imported.
func (r *release) reference() (reference.NamedTagged, error) {
	named, err := reference.ParseDockerRef(path.Join(r.registry, repository) + ":" + r.version)
	if err != nil {
		return nil, fmt.Errorf("--registry, --version: %w", err)
	}
	return named.(reference.NamedTagged), nil
}

// images writes an archive for each architecture and, when there are several, one with all of them.
func images(ctx context.Context, r *release) error {
	ref, err := r.reference()
	if err != nil {
		return err
	}
	all := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range r.archs {
		image, err := r.image(ctx, arch)
		if err != nil {
			return err
		}
		platform := &v1.Platform{OS: "linux", Architecture: arch}
		one := add(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), image, v1.Descriptor{Platform: platform, Annotations: names(ref)})
		if err := r.archive(r.imageFile("-"+arch), one, image, ref); err != nil {
			return err
		}
		all = add(all, image, v1.Descriptor{Platform: platform})
	}
	if len(r.archs) == 1 {
		return nil
	}
	annotated, ok := mutate.Annotations(all, r.labels()).(v1.ImageIndex)
	if !ok {
		return fmt.Errorf("an index with annotations is a %T", annotated)
	}
	outer := add(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), annotated, v1.Descriptor{Annotations: names(ref)})
	return r.archive(r.imageFile(""), outer, nil, ref)
}

func (r *release) imageFile(suffix string) string {
	return "cx-operator-" + r.version + "-linux" + suffix + ".tar"
}

func add(index v1.ImageIndex, what mutate.Appendable, descriptor v1.Descriptor) v1.ImageIndex {
	return mutate.AppendManifests(index, mutate.IndexAddendum{Add: what, Descriptor: descriptor})
}

// names are the annotations by which tools name what they load: containerd, and those that follow the OCI's layout.
func names(ref reference.NamedTagged) map[string]string {
	return map[string]string{
		"io.containerd.image.name":          ref.String(),
		"org.opencontainers.image.ref.name": ref.Tag(),
	}
}

// labels say where the image comes from.
func (r *release) labels() map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":         "cx-operator",
		"org.opencontainers.image.description":   "Runs a company's customer experience program on Kubernetes",
		"org.opencontainers.image.version":       r.version,
		"org.opencontainers.image.revision":      r.revision,
		"org.opencontainers.image.created":       r.time.Format(time.RFC3339),
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.vendor":        "The cx-operator Authors",
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "/tree/main/docs",
	}
}

// image is the operator for one architecture: what every image has, then the program, which alone changes from commit to commit.
func (r *release) image(ctx context.Context, arch string) (v1.Image, error) {
	program, modules, err := r.compile(ctx, "cx-operator", "linux", arch)
	if err != nil {
		return nil, err
	}
	authorities, err := roots(ctx)
	if err != nil {
		return nil, err
	}
	modules = append(modules, authorities)
	if err := r.bill("cx-operator-"+r.version+"-linux-"+arch, "cx-operator", program, modules); err != nil {
		return nil, err
	}
	base, err := r.baseFiles(modules)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, layer := range []struct {
		what  string
		files []file
	}{
		{"certificates, user, licences", base},
		{"cx-operator", []file{{name: "cx-operator", data: program, mode: 0o755}}},
	} {
		packed, err := r.layer(layer.files)
		if err != nil {
			return nil, err
		}
		image, err = mutate.Append(image, mutate.Addendum{Layer: packed, History: v1.History{
			Created: v1.Time{Time: r.time}, CreatedBy: "make dist", Comment: layer.what,
		}})
		if err != nil {
			return nil, err
		}
	}
	return r.configure(image, arch)
}

func (r *release) configure(image v1.Image, arch string) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", arch, v1.Time{Time: r.time}
	config.Config = v1.Config{
		Entrypoint: []string{"/cx-operator"}, User: user, WorkingDir: "/", Labels: r.labels(),
		Env: []string{"PATH=/"}, // some runtimes add a PATH of their own otherwise
		// What is exposed says nothing about which of them are public: see the Services.
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "8081/tcp": {}, "8090/tcp": {}, "8091/tcp": {}},
	}
	return mutate.ConfigFile(image, config)
}
