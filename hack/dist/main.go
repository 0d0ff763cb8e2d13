// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command dist packs a release of one commit. The same commit and the same Go give the same bytes, wherever it is packed.
//
//	go run . --version v0.1.0 image         the image archive of this machine's architecture
//	go run . --version v0.1.0 crds chart    what else there is: parts
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// release is what is packed, and where to.
type release struct {
	source    // the commit
	out       string
	version   string   // without the v that tags begin with, as images and charts have it
	registry  string   // empty for the one that container runtimes add by themselves
	archs     []string // of images
	platforms []string // of the plugin
	baseURL   string
	helm      string
	written   []string // names, in the order they were written
}

// part is something that a release consists of.
type part struct {
	name  string
	write func(context.Context, *release) error
}

var parts = []part{
	{"crds", crds}, {"install", install}, {"chart", chart}, {"schemas", schemas}, {"image", images}, {"plugins", plugins}, {"sums", sums},
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	r, names, err := parse(ctx, args)
	if err != nil {
		return err
	}
	for _, name := range names {
		write, err := find(name)
		if err != nil {
			return err
		}
		if err := write(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return r.list(stdout)
}

func find(name string) (func(context.Context, *release) error, error) {
	var known []string
	for _, p := range parts {
		if p.name == name {
			return p.write, nil
		}
		known = append(known, p.name)
	}
	return nil, fmt.Errorf("there is no part %q; there are %s", name, strings.Join(known, ", "))
}

func parse(ctx context.Context, args []string) (*release, []string, error) {
	r := &release{}
	up := filepath.Join("..", "..")
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	root := flags.String("root", up, "folder of the repository")
	archs := flags.String("archs", runtime.GOARCH, "architectures of images")
	platforms := flags.String("platforms", runtime.GOOS+"/"+runtime.GOARCH, "platforms of the plugin")
	flags.StringVar(&r.out, "out", filepath.Join(up, "dist"), "folder to write to")
	flags.StringVar(&r.version, "version", "", "version to stamp")
	flags.StringVar(&r.registry, "registry", "", "registry in the name of the image, as the chart's image.registry: registry.example.com")
	flags.StringVar(&r.baseURL, "base-url", "", "where the archives of the plugin will be")
	flags.StringVar(&r.helm, "helm", "helm", "the program that packs the chart")
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	if r.version = strings.TrimPrefix(r.version, "v"); r.version == "" {
		return nil, nil, errors.New("--version is missing")
	}
	if r.baseURL == "" {
		r.baseURL = home + "/releases/download/v" + r.version
	}
	r.archs, r.platforms = strings.Split(*archs, ","), strings.Split(*platforms, ",")
	var err error
	r.source, err = readSource(ctx, *root)
	return r, flags.Args(), err
}

// write makes a file of the release.
func (r *release) write(name string, data []byte) error {
	path := filepath.Join(r.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	r.written = append(r.written, name)
	return os.WriteFile(path, data, 0o644)
}

// list says what was written.
func (r *release) list(w io.Writer) error {
	out, err := filepath.Abs(r.out)
	if err != nil {
		return err
	}
	if near, err := filepath.Rel(r.root, out); err == nil && filepath.IsLocal(near) {
		out = near
	}
	for _, name := range r.written {
		info, err := os.Stat(filepath.Join(r.out, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%9.1f KiB  %s\n", float64(info.Size())/1024, filepath.Join(out, filepath.FromSlash(name)))
	}
	return nil
}
