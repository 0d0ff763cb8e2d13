// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// module is a part of a program that others wrote.
type module struct {
	path, version, sum string
	licences           []string // SPDX
	text               []byte   // licences and notices as they stand in it
}

type modules []module

// texts are all licences, which go along with the program.
func (m modules) texts() []byte {
	var out bytes.Buffer
	for _, one := range m {
		fmt.Fprintf(&out, "%s %s\n%s\n\n%s\n", one.path, one.version, strings.Repeat("=", len(one.path)+1+len(one.version)), one.text)
	}
	return out.Bytes()
}

// compile builds a program and reads from it what it consists of.
func (r *release) compile(ctx context.Context, name, goos, goarch string) ([]byte, modules, error) {
	folder, err := os.MkdirTemp("", "cx-dist-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is in the folder for such things
	file := filepath.Join(folder, name)
	if err := r.build(ctx, name, goos, goarch, file); err != nil {
		return nil, nil, err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		return nil, nil, err
	}
	parts, err := r.partsOf(ctx, info)
	return program, parts, err
}

// partsOf are the modules of a program and the standard library, in the order of their paths.
func (r *release) partsOf(ctx context.Context, info *debug.BuildInfo) (modules, error) {
	folders, err := r.folders(ctx)
	if err != nil {
		return nil, err
	}
	var all modules
	for _, dep := range info.Deps {
		folder := folders[dep.Path]
		if dep.Replace != nil {
			dep = dep.Replace
		}
		one := module{path: dep.Path, version: dep.Version, sum: dep.Sum}
		if one.text, one.licences, err = licences(folder); err != nil {
			return nil, fmt.Errorf("licence of %s: %w", dep.Path, err)
		}
		all = append(all, one)
	}
	goroot, err := command(ctx, r.root, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	std := module{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")}
	if std.text, std.licences, err = licences(strings.TrimSpace(goroot)); err != nil {
		return nil, fmt.Errorf("licence of Go: %w", err)
	}
	all = append(all, std)
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.path, b.path) })
	return all, nil
}

// rootsPath is the module whose authorities are in the image: no program contains it, the packer does.
const rootsPath = "golang.org/x/crypto/x509roots/fallback"

// roots are the authorities that the image has, as a module of it.
func roots(ctx context.Context) (module, error) {
	out, err := command(ctx, ".", "go", "list", "-mod=readonly", "-m", "-json=Version,Sum,Dir", rootsPath)
	if err != nil {
		return module{}, err
	}
	var found struct{ Version, Sum, Dir string }
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return module{}, err
	}
	m := module{path: rootsPath, version: found.Version, sum: found.Sum}
	if m.text, m.licences, err = licences(found.Dir); err != nil {
		return module{}, fmt.Errorf("licence of %s: %w", rootsPath, err)
	}
	return m, nil
}

// folders are where the sources of modules are on this machine.
func (r *release) folders(ctx context.Context) (map[string]string, error) {
	out, err := command(ctx, r.root, "go", "list", "-mod=readonly", "-m", "-json=Path,Dir", "all")
	if err != nil {
		return nil, err
	}
	folders := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var m struct{ Path, Dir string }
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			return folders, nil
		}
		if err != nil {
			return nil, err
		}
		folders[m.Path] = m.Dir
	}
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([.-].*)?$`)

var licenceTexts = sync.OnceValues(assets.DefaultClassifier)

// licences reads the licence files at the top of a folder and says which licences they are.
func licences(folder string) ([]byte, []string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	known, err := licenceTexts()
	if err != nil {
		return nil, nil, err
	}
	var text bytes.Buffer
	var names []string
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, nil, err
		}
		text.Write(data)
		text.WriteByte('\n')
		names = append(names, classify(known, data)...)
	}
	if text.Len() == 0 {
		return nil, nil, fmt.Errorf("no licence file in %s", folder)
	}
	slices.Sort(names)
	return text.Bytes(), slices.Compact(names), nil
}

func classify(known *classifier.Classifier, data []byte) []string {
	var names []string
	for _, match := range known.Match(data).Matches {
		if match.MatchType == "License" {
			names = append(names, match.Name)
		}
	}
	return names
}
