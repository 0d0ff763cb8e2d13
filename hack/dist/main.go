// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command dist packs a release of one commit. The same commit gives the same bytes, wherever it is packed.
//
//	go run . --version v0.1.0 image    the image archive of this machine's architecture
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
	source   // the commit
	out      string
	version  string
	registry string
	archs    []string
	written  []string // paths, in the order they were written
}

// parts are the arguments; each writes something.
var parts = map[string]func(context.Context, *release) error{
	"image": images,
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	root := flags.String("root", filepath.Join("..", ".."), "folder of the repository")
	archs := flags.String("archs", runtime.GOARCH, "architectures of images: amd64,arm64")
	r := &release{}
	flags.StringVar(&r.out, "out", filepath.Join("..", "..", "dist"), "folder to write to")
	flags.StringVar(&r.version, "version", "", "version to stamp")
	flags.StringVar(&r.registry, "registry", "", "registry in the name of the image, as the chart's image.registry: registry.example.com")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if r.version == "" {
		return errors.New("--version is missing")
	}
	var err error
	if r.source, err = readSource(ctx, *root); err != nil {
		return err
	}
	r.archs = strings.Split(*archs, ",")
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	for _, name := range flags.Args() {
		part, ok := parts[name]
		if !ok {
			return fmt.Errorf("there is no part %q", name)
		}
		if err := part(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return r.list(stdout)
}

// write makes a file of the release.
func (r *release) write(name string, data []byte) error {
	path := filepath.Join(r.out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	r.written = append(r.written, path)
	return os.WriteFile(path, data, 0o644)
}

// list says what was written.
func (r *release) list(w io.Writer) error {
	for _, path := range r.written {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%9.1f KiB  %s\n", float64(info.Size())/1024, path)
	}
	return nil
}
