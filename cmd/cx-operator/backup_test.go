// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func onStore(t *testing.T, in []byte, args ...string) (out []byte, said string, err error) {
	t.Helper()
	var data, words bytes.Buffer
	err = runStore(t.Context(), args, streams{in: bytes.NewReader(in), out: &data, err: &words}, func() time.Time { return noon })
	return data.Bytes(), words.String(), err
}

// The round trip of an administrator: copy, lose contacts, stop the operator, restore.
func TestAStoreIsBackedUpAndRestored(t *testing.T) {
	address := claimed(t)
	if _, err := contacts(t, address, "email\ncustomer-01@example.com\n"); err != nil {
		t.Fatal(err)
	}
	running := opened(t, address)
	backup, _, err := onStore(t, nil, "backup", "--store", address)
	if err != nil || len(backup) == 0 {
		t.Fatalf("%d bytes, %v", len(backup), err)
	}
	if _, _, err := onStore(t, backup, "restore", "--store", address); err == nil || !strings.Contains(err.Error(), "stop the operator first") {
		t.Errorf("restoring under a running operator: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := contacts(t, address, "email\n"); err != nil {
		t.Fatal(err)
	}
	if left := known(t, address); left != 0 {
		t.Fatalf("%d contacts", left)
	}
	_, said, err := onStore(t, backup, "restore", "--store", address)
	if err != nil || !strings.Contains(said, "evidence.db.before-20270104T120000Z") || !strings.Contains(said, "Start the operator") {
		t.Errorf("%v\n%s", err, said)
	}
	if back := known(t, address); back != 1 {
		t.Errorf("%d contacts are back", back)
	}
}

func TestBackupsSayWhatIsWrong(t *testing.T) {
	address := claimed(t)
	for name, test := range map[string]struct {
		in, want string
		args     []string
	}{
		"no store":            {"", `required flag(s) "store" not set`, []string{"backup"}},
		"another database":    {"", "use sqlite:PATH", []string{"backup", "--store", "postgres://db.example.com/cx"}},
		"a store of nobody":   {"", "no such file", []string{"backup", "--store", address + "-missing"}},
		"a backup of nothing": {"hello", "nothing was changed", []string{"restore", "--store", address}},
	} {
		if _, _, err := onStore(t, []byte(test.in), test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
