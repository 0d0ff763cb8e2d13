// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// lookAtBill holds the bill against the program that is in the archive.
func lookAtBill(t *testing.T, files map[string]string) {
	program := untar(t, files[unixArchive])["kubectl-cx"].data
	info := must(buildinfo.Read(bytes.NewReader(program)))(t)
	want := map[string]string{"std": "BSD-3-Clause"}
	for _, dep := range info.Deps {
		want[dep.Path] = "BSD-3-Clause"
	}
	data := files["kubectl-cx-1.2.3-linux-amd64.cdx.json"]
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(strings.NewReader(data), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, c := range *bom.Components {
		found[c.Name] = (*c.Licenses)[0].License.ID
		if c.PackageURL != "pkg:golang/"+c.Name+"@"+c.Version {
			t.Errorf("%s has the address %s", c.Name, c.PackageURL)
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("modules and licences (-program +bill):\n%s", diff)
	}
	sum := sha256.Sum256(program)
	if got := (*bom.Metadata.Component.Hashes)[0].Value; got != hex.EncodeToString(sum[:]) {
		t.Errorf("it is the bill of another program, with the hash %s", got)
	}
	lookAtBillOfTheImage(t, files["cx-operator-1.2.3-linux-amd64.cdx.json"])
	if err := cycloneDX(t).Validate(document(t, data)); err != nil {
		t.Error(err)
	}
}

// The image has more than its program: the authorities.
func lookAtBillOfTheImage(t *testing.T, data string) {
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(strings.NewReader(data), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal("the image has none:", err)
	}
	for _, c := range *bom.Components {
		const path = "golang.org/x/crypto/x509roots/fallback"
		if c.Name == path && strings.Contains(string(read(t, "go.mod")), path+" "+c.Version+"\n") && (*c.Licenses)[0].License.ID == "BSD-3-Clause" {
			return
		}
	}
	t.Error("it does not say which authorities the image trusts")
}

// cycloneDX is the schema of such documents, which the library brings along.
func cycloneDX(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir := strings.TrimSpace(must(command(t.Context(), ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))(t))
	compiler := jsonschema.NewCompiler()
	entries := must(filepath.Glob(filepath.Join(dir, "schema", "*.json")))(t)
	for _, name := range entries {
		if strings.Contains(name, "-strict") {
			continue
		}
		schema := document(t, string(must(os.ReadFile(name))(t)))
		if id, ok := schema.(map[string]any)["$id"].(string); ok {
			if err := compiler.AddResource(id, schema); err != nil {
				t.Fatal(err)
			}
		}
	}
	return must(compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json"))(t)
}

func document(t *testing.T, data string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSeveralLicencesAllHold(t *testing.T) {
	c := module{path: "example.com/m", version: "v1.0.0", licences: []string{"Apache-2.0", "MIT"}}.component()
	if got := (*c.Licenses)[0].Expression; got != "Apache-2.0 AND MIT" {
		t.Errorf("they are %q", got)
	}
}
