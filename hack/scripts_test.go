// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package hack tests the scripts that decide whether a change is good: a check that finds nothing
// any more would otherwise go unnoticed.
package hack

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const header = "// Copyright The cx-operator Authors.\n// SPDX-License-Identifier: Apache-2.0\n"

// tree is a temporary git repository with copies of the scripts and the given files.
func tree(t *testing.T, files map[string]string, scripts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, script := range scripts {
		content, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "hack", script), string(content))
	}
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "-A"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "start"},
	} {
		if out, ok := run(t, dir, nil, "git", args...); !ok {
			t.Fatalf("git %s: %s", args[0], out)
		}
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run returns what a command printed to both outputs, and whether it succeeded.
func run(t *testing.T, dir string, env []string, name string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string // empty: the check passes
	}{
		{"a header in place passes", map[string]string{"a.go": header + "\npackage a\n"}, ""},
		{"a header below a build constraint passes", map[string]string{"a.go": "//go:build x\n\n" + header}, ""},
		{"a Go file without a header is found", map[string]string{"a.go": "package a\n"},
			"a.go: the licence header (hack/boilerplate.go.txt) is missing"},
		{"half a header is found", map[string]string{"b.sh": "# SPDX-License-Identifier: Apache-2.0\n"},
			"b.sh: the licence header (hack/boilerplate.go.txt) is missing"},
		{"a CRD just small enough passes", map[string]string{"config/crd/x.yaml": strings.Repeat("x", 262143)}, ""},
		{"a CRD too large to apply is found", map[string]string{"config/crd/x.yaml": strings.Repeat("x", 262144)},
			"config/crd/x.yaml: 262144 bytes; a CRD must stay below 262144"},
		{"links that resolve, web links and anchors pass", map[string]string{
			"docs/a.md": "[a](b.md#part) [b](../x) [c](#here) [d](https://example.com/no.md) ![e](b.md \"title\")\n",
			"docs/b.md": "", "x": "",
		}, ""},
		{"a link in code is no link", map[string]string{"a.md": "`[a](no.md)`\n```\n[b](no.md)\n```\n"}, ""},
		{"a link to nothing is found", map[string]string{"docs/a.md": "see [b](b.md)\n"}, "docs/a.md: link b.md leads nowhere"},
		{"an image that is missing is found", map[string]string{"a.md": "![b](b.png)\n"}, "a.md: link b.png leads nowhere"},
		{"a reference definition to nothing is found", map[string]string{"a.md": "[b]: b.md\n"}, "a.md: link b.md leads nowhere"},
		{"an absolute link is found", map[string]string{"a.md": "[b](/b.md)\n", "b.md": ""},
			"a.md: link /b.md is absolute; write it relative to the file"},
		{"scaffold text is found", map[string]string{"a.yaml": "x: y\n# TODO" + "(user): change this\n"}, "a.yaml:2: scaffold text"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := tree(t, tc.files, "check.sh")
			out, ok := run(t, dir, nil, "hack/check.sh")
			finding, _, _ := strings.Cut(out, "\n")
			if tc.want == "" {
				finding = strings.TrimPrefix(finding, "check: licence headers, CRD sizes, links, no scaffold text: fine")
			}
			if diff := cmp.Diff(tc.want, finding); diff != "" || ok != (tc.want == "") {
				t.Errorf("passed=%v, findings (-want +got):\n%s\n%s", ok, diff, out)
			}
		})
	}
}

func TestCleanTree(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(t *testing.T, dir string)
		want    string
		success bool
	}{
		{"nothing changed", func(*testing.T, string) {}, "clean tree", true},
		{"a generator changed a file", func(t *testing.T, dir string) { write(t, dir+"/a", "new\n") }, "+new", false},
		{"a generator made a file", func(t *testing.T, dir string) { write(t, dir+"/b c", "") }, "not in git: b c", false},
		{"an ignored file is nobody's business", func(t *testing.T, dir string) { write(t, dir+"/bin/x", "") }, "clean tree", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := tree(t, map[string]string{"a": "old\n", ".gitignore": "/bin/\n"}, "clean-tree.sh")
			tc.change(t, dir)
			out, ok := run(t, dir, nil, "hack/clean-tree.sh")
			if ok != tc.success || !strings.Contains(out, tc.want) {
				t.Errorf("passed=%v, want %v and %q in:\n%s", ok, tc.success, tc.want, out)
			}
		})
	}
}

func TestSummaryCountsTests(t *testing.T) {
	for _, tc := range []struct {
		name, events, want string
	}{
		{"nothing ran", ``, "0 passed, 0 failed\n"},
		{"tests and subtests count, packages do not", `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"\"Action\":\"fail\""}
{"Action":"pass","Package":"p","Test":"TestA/sub","Elapsed":0}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"pass","Package":"p","Elapsed":0.1}`, "2 passed, 0 failed\n"},
		{"a failed test counts once, not its package", `
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}`, "1 skipped\n0 passed, 1 failed\n"},
		{"a package that does not compile is a failure", `
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"q"}`, "1 passed, 1 failed\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			events := filepath.Join(t.TempDir(), "events")
			write(t, events, strings.TrimPrefix(tc.events, "\n"))
			out, ok := run(t, ".", nil, "./test-summary.sh", events)
			if diff := cmp.Diff(tc.want, out); diff != "" || !ok {
				t.Errorf("passed=%v, output (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestControlPlaneIsNotMadeAgain(t *testing.T) {
	gomod, err := os.ReadFile("controlplane/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`k8s\.io/kubernetes v(\S+)`).FindSubmatch(gomod)[1]
	data := t.TempDir()
	folder := filepath.Join(data, "kubebuilder-envtest/k8s", string(version)+"-"+runtime.GOOS+"-"+runtime.GOARCH)
	for _, program := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
		write(t, filepath.Join(folder, program), "")
	}
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join("controlplane", name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(content)
	}
	stamp := hex.EncodeToString(sum.Sum(nil)) + "\n"

	// A go command that refuses to work shows whether the script wanted to build.
	refuse := filepath.Join(t.TempDir(), "go")
	write(t, refuse, "#!/bin/sh\necho refused >&2\nexit 1\n")
	env := []string{
		"KUBEBUILDER_ASSETS=", "XDG_DATA_HOME=" + data,
		"PATH=" + filepath.Dir(refuse) + string(os.PathListSeparator) + os.Getenv("PATH"),
	}

	write(t, filepath.Join(folder, ".cx-operator-controlplane"), stamp)
	if out, ok := run(t, ".", env, "controlplane/install.sh"); !ok || out != folder+"\n" {
		t.Errorf("complete and current: got %q, success %v", out, ok)
	}

	write(t, filepath.Join(folder, ".cx-operator-controlplane"), "another go.mod\n")
	if out, ok := run(t, ".", env, "controlplane/install.sh"); ok || !strings.Contains(out, "[1/4] etcd") {
		t.Errorf("made for another go.mod: got %q, success %v; want it to start building all four", out, ok)
	}

	write(t, filepath.Join(folder, ".cx-operator-controlplane"), stamp)
	if err := os.Remove(filepath.Join(folder, "kubectl")); err != nil {
		t.Fatal(err)
	}
	if out, ok := run(t, ".", env, "controlplane/install.sh"); ok || !strings.Contains(out, "building") {
		t.Errorf("one program is missing: got %q, success %v; want it to start building", out, ok)
	}

	env[0] = "KUBEBUILDER_ASSETS=/somewhere/else"
	if out, ok := run(t, ".", env, "controlplane/install.sh"); !ok || out != "/somewhere/else\n" {
		t.Errorf("KUBEBUILDER_ASSETS is set: got %q, success %v", out, ok)
	}
}

// TestBrowserInstall: what is there is taken as it is; what is missing is said, without a trace of a shell error.
func TestBrowserInstall(t *testing.T) {
	dir := tree(t, map[string]string{"test/browser/package-lock.json": "{}"}, "browser/install.sh")
	write(t, filepath.Join(dir, "test/browser/node_modules/.package-lock.json"), "{}")
	tools := filepath.Join(dir, "tools") // a path with nothing but what a script is made of
	for _, program := range []string{"bash", "dirname", "id"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(tools, program), "#!/bin/sh\nexec "+path+" \"$@\"\n")
	}
	env := []string{"CX_BROWSER=", "PATH=" + tools}
	refused := func(name, want string) {
		t.Helper()
		if out, ok := run(t, dir, env, "hack/browser/install.sh"); ok || !strings.Contains(out, want) {
			t.Errorf("%s: got %q, success %v; want %q", name, out, ok, want)
		}
	}
	refused("without npm", "node 20 or later and npm are missing")
	write(t, filepath.Join(tools, "npm"), "#!/bin/sh\necho npm was asked >&2\nexit 1\n")
	refused("without chromium, and nobody to install it", "chromium is missing: install it")
	env[0] = "CX_BROWSER=" + filepath.Join(dir, "nowhere")
	refused("with a browser that is none", "nowhere cannot be run")

	env[0] = "CX_BROWSER="
	write(t, filepath.Join(tools, "id"), "#!/bin/sh\necho 0\n")
	chromium := filepath.Join(tools, "chromium")
	write(t, filepath.Join(tools, "apt-get"), "#!/bin/bash\nif [[ $1 == install ]]; then printf '#!/bin/sh\\n' >"+chromium+"; chmod +x "+chromium+"; fi\n")
	write(t, filepath.Join(tools, "chmod"), "#!/bin/sh\nexec /bin/chmod \"$@\"\n")
	if out, ok := run(t, dir, env, "hack/browser/install.sh"); !ok || !strings.HasSuffix(out, chromium+"\n") || !strings.Contains(out, "installing chromium") {
		t.Errorf("as root on Debian: got %q, success %v; want it to install chromium", out, ok)
	}
	if out, ok := run(t, dir, env, "hack/browser/install.sh"); !ok || out != chromium+"\n" {
		t.Errorf("with everything: got %q, success %v", out, ok)
	}
	if err := os.Remove(filepath.Join(dir, "test/browser/node_modules/.package-lock.json")); err != nil {
		t.Fatal(err)
	}
	refused("without the modules", "npm could not install them")
}

// TestMailServerInstall: what is there is taken as it is; what is missing is said, without a trace of a shell error.
func TestMailServerInstall(t *testing.T) {
	dir := tree(t, nil, "mta/install.sh")
	tools := filepath.Join(dir, "tools") // a path with nothing but what a script is made of
	for _, program := range []string{"bash", "id", "mkdir", "rm"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(tools, program), "#!/bin/sh\nexec "+path+" \"$@\"\n")
	}
	env := []string{"CX_MTA=", "PATH=" + tools, "XDG_DATA_HOME=" + filepath.Join(dir, "data")}
	check := func(name, want string, success bool) {
		t.Helper()
		if out, ok := run(t, dir, env, "hack/mta/install.sh"); ok != success || !strings.HasSuffix(out, want+"\n") {
			t.Errorf("%s: got %q, success %v; want %q, success %v", name, out, ok, want, success)
		}
	}
	check("where there are no packages", "or set CX_MTA to it", false)
	write(t, filepath.Join(tools, "apt-get"), "#!/bin/bash\nexit 1\n")
	write(t, filepath.Join(tools, "dpkg-deb"), "#!/bin/bash\nexit 1\n")
	write(t, filepath.Join(tools, "id"), "#!/bin/sh\necho 1000\n")
	check("where packages cannot be fetched", "Or install it yourself and set CX_MTA to it", false)
	write(t, filepath.Join(tools, "apt-get"), "#!/bin/bash\n[[ $* == *download* ]] && >chasquid_1_amd64.deb\n")
	write(t, filepath.Join(tools, "dpkg-deb"), "#!/bin/bash\nmkdir -p usr/bin && cp "+tools+"/id usr/bin/chasquid && cp "+tools+"/id usr/bin/chasquid-util\n")
	write(t, filepath.Join(tools, "cp"), "#!/bin/sh\nexec /bin/cp \"$@\"\n")
	unpacked := filepath.Join(dir, "data/cx-operator/mta/usr/bin/chasquid")
	check("on Debian, without root", unpacked, true)
	check("when it is there", unpacked, true)
	env[0] = "CX_MTA=" + filepath.Join(dir, "nowhere")
	check("with a server that is none", "set CX_MTA to chasquid's program", false)
}
