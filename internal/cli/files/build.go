// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"os"
	"path/filepath"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/program"
)

// originAnnotation is where kustomize notes the file that an object comes from.
const originAnnotation = "config.kubernetes.io/origin"

// build runs kustomize with the options of kubectl: nothing outside of the folder but bases, and no plugins.
func build(folder string) ([]program.Built, error) {
	disk := filesys.MakeFsOnDisk()
	_, name, _ := kustomizationIn(folder)
	root, _, err := disk.CleanedAbs(folder)
	if err != nil {
		return nil, err
	}
	noting := withOrigins{disk, root.Join(name)}
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(noting, folder)
	if err != nil {
		return nil, err
	}
	origins := map[string]*program.File{}
	var built []program.Built
	for _, object := range objects.Resources() {
		b, err := builtOf(object)
		if err != nil {
			return nil, err
		}
		from := name
		if origin, err := object.GetOrigin(); err == nil && origin != nil && origin.Path != "" {
			from = filepath.ToSlash(origin.Path)
		}
		if origins[from] == nil {
			data, _ := os.ReadFile(filepath.Join(folder, from)) // without it, only the file is named
			origins[from] = &program.File{Name: from, Data: data}
		}
		b.Origin = origins[from]
		built = append(built, b)
	}
	return built, nil
}

// builtOf reads an object and takes out what was noted in it for build.
func builtOf(object *resource.Resource) (program.Built, error) {
	var b program.Built
	data, err := object.MarshalJSON()
	if err != nil {
		return b, err
	}
	if err := utiljson.Unmarshal(data, &b.Object); err != nil {
		return b, err
	}
	if meta, ok := b.Object["metadata"].(map[string]any); ok {
		if annotations, ok := meta["annotations"].(map[string]any); ok {
			delete(annotations, originAnnotation)
		}
	}
	return b, nil
}

// withOrigins is a disk on which the outermost kustomization asks for origins.
type withOrigins struct {
	filesys.FileSystem
	kustomization string
}

func (d withOrigins) ReadFile(name string) ([]byte, error) {
	data, err := d.FileSystem.ReadFile(name)
	if err != nil || name != d.kustomization {
		return data, err
	}
	var fields map[string]any
	if err := yaml.Unmarshal(data, &fields); err != nil {
		return data, nil //nolint:nilerr // kustomize says what is wrong with it
	}
	asked, _ := fields["buildMetadata"].([]any)
	fields["buildMetadata"] = append(asked, types.OriginAnnotations)
	return yaml.Marshal(fields)
}
