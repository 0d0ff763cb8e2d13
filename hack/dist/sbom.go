// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// bill writes the bill of materials of a program: what the program says of itself, and the licences of that.
func (r *release) bill(file, name string, program []byte, parts modules) error {
	sum := sha256.Sum256(program)
	subject := cyclonedx.Component{
		BOMRef: "pkg:golang/" + modulePath + "@" + r.version + "#cmd/" + name, Type: cyclonedx.ComponentTypeApplication,
		Name: name, Version: r.version, PackageURL: "pkg:golang/" + modulePath + "@" + r.version + "#cmd/" + name,
		Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "Apache-2.0"}}},
		Hashes:   &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
	}
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = serial(sum[:])
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.time.Format(time.RFC3339), Component: &subject}
	var components []cyclonedx.Component
	var uses []string
	for _, part := range parts {
		component := part.component()
		components, uses = append(components, component), append(uses, component.BOMRef)
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: subject.BOMRef, Dependencies: &uses}}

	var out bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		return err
	}
	return r.write(file+".cdx.json", out.Bytes())
}

func (m module) component() cyclonedx.Component {
	url := "pkg:golang/" + m.path + "@" + m.version
	c := cyclonedx.Component{
		BOMRef: url, Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version, PackageURL: url,
		Scope: cyclonedx.ScopeRequired,
	}
	if m.sum != "" {
		c.Properties = &[]cyclonedx.Property{{Name: "go:sum", Value: m.sum}} // of the tree of files; no hash of one file, as Hashes want
	}
	switch len(m.licences) {
	case 0:
	case 1:
		c.Licenses = &cyclonedx.Licenses{{License: &cyclonedx.License{ID: m.licences[0]}}}
	default: // a list would leave open whether one of them is enough
		c.Licenses = &cyclonedx.Licenses{{Expression: strings.Join(m.licences, " AND ")}}
	}
	return c
}

// serial names the document by what it is about: the same program, the same document.
func serial(sum []byte) string {
	id := bytes.Clone(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // a UUID of version 8: of our own making
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
