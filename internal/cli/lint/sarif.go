// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/cx-operator/cx-operator/internal/program"
)

// The parts of SARIF 2.1.0 (OASIS, sections 3.13 to 3.54) that code scanners read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string             `json:"id"`
		ShortDescription sarifText          `json:"shortDescription"`
		HelpURI          string             `json:"helpUri"`
		Configuration    sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

const (
	project = "https://github.com/cx-operator/cx-operator"
	help    = project + "/blob/main/docs/lint.md#"
)

func writeSARIF(out io.Writer, r *Report) error {
	run := sarifRun{ColumnKind: "utf16CodeUnits", Results: []sarifResult{},
		Tool: sarifTool{Driver: sarifDriver{Name: "kubectl cx lint", InformationURI: project}}}
	for _, rule := range program.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: string(rule.ID), ShortDescription: sarifText{rule.Summary}, HelpURI: help + string(rule.ID),
			Configuration: sarifConfiguration{levelOf(rule.Severity)},
		})
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, resultOf(f))
	}
	data, err := json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", data)
	return err
}

func levelOf(severity program.Severity) string {
	if severity == program.SeverityWarning {
		return severityWarning
	}
	return severityError
}

func resultOf(f Finding) sarifResult {
	uri := url.URL{Path: filepath.ToSlash(f.File)} // a relative reference, with what no URI may hold escaped
	location := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{uri.String()}, Region: sarifRegion{max(f.Line, 1)}}}
	if f.Object != "" {
		location.Logical = []sarifLogical{{f.Object}}
	}
	return sarifResult{
		RuleID: string(f.Rule), Level: f.Severity, Message: sarifText{f.Message}, Locations: []sarifLocation{location},
		RuleIndex: slices.IndexFunc(program.Rules, func(rule program.RuleInfo) bool { return rule.ID == f.Rule }),
	}
}
