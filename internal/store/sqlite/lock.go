// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/cx-operator/cx-operator/internal/store"
)

// fileLock keeps a second process away. SQLite itself would let it in, and then each would decide from memory
// that the other made stale. The system drops the lock when the process ends in whatever way, so a crash leaves
// nothing to clean up. The file stays: removing it would let two processes lock two files of one name.
type fileLock struct{ file *os.File }

func acquire(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unavailable("open the lock "+path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		held := refused(path, file, err)
		return nil, errors.Join(held, file.Close())
	}
	if err := sign(file); err != nil {
		return nil, errors.Join(unavailable("write the lock "+path, err), file.Close())
	}
	return &fileLock{file: file}, nil
}

// sign says who has the lock, for the message another process gives.
func sign(file *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(fmt.Sprintf("process %d on %s\n", os.Getpid(), host)), 0)
	return err
}

func refused(path string, file *os.File, err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return unavailable("lock "+path, err)
	}
	owner, readErr := io.ReadAll(io.LimitReader(file, 200))
	by := strings.TrimSpace(string(owner))
	if readErr != nil || by == "" {
		by = "an unknown process"
	}
	return fmt.Errorf("%w: %s has %s; only one process may use it: stop that one first (one replica, update "+
		"strategy Recreate), or give this one another path", store.ErrLocked, by, strings.TrimSuffix(path, ".lock"))
}

func (l *fileLock) release() error { return l.file.Close() }
