// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// Who copies a command that a document marks as runnable sees it succeed. Commands of one document run one after the other, as somebody
// would who reads it from top to bottom: beside an operator with both samples, in a copy of the repository, with the retailer's
// namespace as that of the context.
func TestEveryRunnableCommandRuns(t *testing.T) {
	byFile, files := map[string][]script{}, []string{}
	for _, b := range blocks(t) {
		found, err := scripts(b)
		if err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
		}
		if len(found) > 0 && byFile[b.file] == nil {
			files = append(files, b.file)
		}
		byFile[b.file] = append(byFile[b.file], found...)
	}
	for _, needed := range []string{"README.md", "docs/gitops.md", "docs/lint.md"} {
		if !slices.Contains(files, needed) {
			t.Errorf("%s has no command that runs", needed)
		}
	}
	s := newShell(t)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			at := s.copyOf(t)
			for _, one := range byFile[file] {
				if out, err := s.run(t, at, one.text); err != nil {
					t.Errorf("%s:%d: %v\n%s\nprinted\n%s", file, one.line, err, one.text, out)
				}
			}
		})
	}
}

func TestACommandThatFailsIsNoticed(t *testing.T) {
	s := &shell{bin: t.TempDir(), kubeconfig: os.DevNull}
	for _, text := range []string{"false\ntrue\n", "false | true\n", "echo $missing\n"} {
		if out, err := s.run(t, t.TempDir(), text); err == nil {
			t.Errorf("%q succeeds: %s", text, out)
		}
	}
}

// script is something to run.
type script struct {
	line int
	text string
}

// scripts are those of a block; most have none.
func scripts(b block) ([]script, error) {
	one := func(text string) script { return script{line: b.line, text: text} }
	switch {
	case b.language == "sh" && b.kind == "run":
		return []script{one(b.text)}, nil
	case b.language == "sh" && b.kind != "":
		return nil, fmt.Errorf("%q is no way to run commands: write `sh run`, or `sh` for what cannot be run here", b.kind)
	case b.kind == "github-actions":
		var steps []struct{ Run, Uses string }
		var found []script
		err := yaml.Unmarshal([]byte(b.text), &steps)
		for _, step := range steps {
			if step.Run != "" {
				found = append(found, one(step.Run))
			}
		}
		return found, oneAtLeast(found, err)
	case b.kind == "gitlab-ci":
		var jobs map[string]struct{ Script string }
		var found []script
		err := yaml.Unmarshal([]byte(b.text), &jobs)
		for _, job := range jobs {
			found = append(found, one(job.Script))
		}
		return found, oneAtLeast(found, err)
	}
	return nil, nil
}

func oneAtLeast(found []script, err error) error {
	if err == nil && len(found) == 0 {
		return errors.New("nothing runs in this block")
	}
	return err
}

// patience bounds every command and every wait; a machine under load needs more than people have.
const patience = 5 * time.Minute

// shell is where commands run.
type shell struct{ bin, kubeconfig string }

// newShell starts the operator on both samples and waits until it is done with them.
func newShell(t *testing.T) *shell {
	t.Helper()
	h := harness.New(t)
	s := &shell{bin: t.TempDir(), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := os.WriteFile(s.kubeconfig, h.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"kubectl": filepath.Join(h.Plane.Assets, "kubectl"), "kubectl-cx": self} {
		if err := os.Symlink(program, filepath.Join(s.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.must(t, "kubectl apply -k config/rbac", "kubectl apply -k config/samples/retailer", "kubectl apply -k config/samples/first-day",
		"kubectl config set-context --current --namespace=retailer")
	operator.Start(t, h.Config, operator.Options{})
	s.await(t, h, "retailer", "first-day")
	explained(t, h)
	return s
}

// await waits until both programs know their stage and who is asked to own what.
func (s *shell) await(t *testing.T, h *harness.Harness, namespaces ...string) {
	t.Helper()
	for _, namespace := range namespaces {
		program := &cxv1.Program{}
		err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
			err := h.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: cxv1.ProgramName}, program)
			return err == nil && program.Status.Stage != nil && meta.IsStatusConditionTrue(program.Status.Conditions, cxv1.ConditionReady), err
		})
		if err != nil {
			t.Fatalf("the program of %s does not get ready: %v, %+v", namespace, err, program.Status.Conditions)
		}
	}
}

func (s *shell) must(t *testing.T, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if out, err := s.run(t, repository(t), command); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
}

// run gives the text to a shell that stops at the first command that fails.
func (s *shell) run(t *testing.T, at, text string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text)
	command.Dir = at
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a command which never ends goes with its shell
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	home := t.TempDir()
	command.Env = append(os.Environ(), "PATH="+s.bin+":"+filepath.Join(repository(t), "bin", "tools")+":"+os.Getenv("PATH"), "KUBECONFIG="+s.kubeconfig,
		"HOME="+home, "KUBECACHEDIR="+filepath.Join(home, "cache"), "GIT_AUTHOR_NAME=reader", "GIT_AUTHOR_EMAIL=reader@example.com",
		"GIT_COMMITTER_NAME=reader", "GIT_COMMITTER_EMAIL=reader@example.com")
	out, err := command.CombinedOutput()
	return string(out), err
}

// copyOf is a copy of the repository, with one commit on the branch main.
func (s *shell) copyOf(t *testing.T) string {
	t.Helper()
	root, at := repository(t), t.TempDir()
	for _, file := range tracked(t, ".") {
		target := filepath.Join(at, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // a repository that everybody may read
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(root, file))
		if err == nil {
			err = os.WriteFile(target, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Documents call a folder with programs so.
	if err := os.CopyFS(filepath.Join(at, "programs", "first-day"), os.DirFS(filepath.Join(at, "config", "samples", "first-day"))); err != nil {
		t.Fatal(err)
	}
	if out, err := s.run(t, at, "git init -q -b main && git add . && git commit -q -m start"); err != nil {
		t.Fatalf("making a repository: %v\n%s", err, out)
	}
	return at
}
