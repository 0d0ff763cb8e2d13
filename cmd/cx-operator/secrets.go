// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
)

// lookEvery is how often files with secrets are read anew. They are small, and the kubelet takes up to a minute to change one.
const lookEvery = 5 * time.Second

// inUse says of each file with secrets whether what it says now is in use.
var inUse = metrics.SecretFileInUse.Gauge()

func init() { ctrlmetrics.Registry.MustRegister(inUse) }

// secretFile is a file with secrets, which may be replaced at any time, as the kubelet does with what it mounts.
type secretFile struct {
	// name is that of its flag.
	name, path string
	// use takes what the file says, or says what is wrong with it and leaves everything as it was.
	use func(content []byte) error
	log *slog.Logger

	content []byte
	trouble string
}

// open reads the file for the first time: then it must be right.
func (f *secretFile) open() error {
	content, err := os.ReadFile(f.path)
	if err == nil {
		err = f.use(content)
	}
	if err != nil {
		return fmt.Errorf("--%s: %w", f.name, err)
	}
	f.content = content
	inUse.WithLabelValues(f.name).Set(1)
	return nil
}

// look puts what the file says into use if that has changed. It compares contents, not times: a mounted Secret is changed by
// pointing a link elsewhere. A file that is wrong changes nothing, and is reported once.
func (f *secretFile) look() {
	content, err := os.ReadFile(f.path)
	if err == nil && !bytes.Equal(content, f.content) {
		if err = f.use(content); err == nil {
			f.content = content
			f.log.Info("a file with secrets was read anew and is in use", "file", f.name)
		}
	}
	if err == nil {
		f.trouble = ""
		inUse.WithLabelValues(f.name).Set(1)
		return
	}
	inUse.WithLabelValues(f.name).Set(0)
	if f.trouble != err.Error() {
		f.trouble = err.Error()
		f.log.Error("a file with secrets cannot be used; what it said before stays in use", "file", f.name, "error", err)
	}
}

// watch looks at the files until ctx ends.
func watch(ctx context.Context, files []*secretFile, every time.Duration) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			for _, file := range files {
				file.look()
			}
		}
	}
}

// howToMakeAKey ends what is said of keys that cannot be used.
const howToMakeAKey = "make one with: (printf '1 '; openssl rand -base64 32) > link-keys"

// linkKeysFile is the file of the keys that sign links; keys are those that it says, always.
func linkKeysFile(path string, log *slog.Logger) (keys link.Keys, file *secretFile, err error) {
	if path == "" {
		return keys, nil, errors.New("--link-keys is missing: links are signed; " + howToMakeAKey)
	}
	file = &secretFile{name: metrics.FileLinkKeys, path: path, log: log, use: func(content []byte) error {
		read, err := parseLinkKeys(path, content)
		if err != nil {
			return err
		}
		if _, known := keys.SigningID(); !known {
			keys = read
		}
		keys.Replace(read)
		id, _ := read.SigningID()
		log.Info("links are signed", "key", id)
		return nil
	}}
	err = file.open()
	return keys, file, err
}

func parseLinkKeys(path string, content []byte) (link.Keys, error) {
	var keys []link.Key
	err := readLines(path, content, []string{"a number", "a key"}, func(fields []string) error {
		id, err := strconv.ParseUint(fields[0], 10, 8)
		if err != nil {
			return errors.New("the first field is no number from 0 to 255; " + howToMakeAKey)
		}
		secret, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil {
			return errors.New("the key is not base64; " + howToMakeAKey)
		}
		keys = append(keys, link.Key{ID: byte(id), Secret: secret})
		return nil
	})
	if err != nil {
		return link.Keys{}, err
	}
	if len(keys) == 0 {
		return link.Keys{}, fmt.Errorf("%s has no key; %s", path, howToMakeAKey)
	}
	return link.NewKeys(keys[0], keys[1:]...)
}

// readLines reads lines of so many fields. Errors name the line and never what stands there: it is secret.
func readLines(path string, content []byte, names []string, each func(fields []string) error) error {
	lines := bufio.NewScanner(bytes.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != len(names) {
			return fmt.Errorf("%s line %d: %s are needed, %d fields; there are %d", path, n, strings.Join(names, ", "), len(names),
				len(fields))
		}
		if err := each(fields); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n, err)
		}
	}
	return lines.Err()
}
