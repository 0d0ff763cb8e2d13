// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package explain is the verb that says why something is not ready, not on target or not owned, and what would change it.
package explain

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Command explains an object.
func Command(k *kit.Kit) *cobra.Command {
	var folder kit.Folder
	cmd := &cobra.Command{
		Use:   "explain KIND/NAME",
		Short: "Say why something is not ready, not on target or not owned, and what would change it",
		Long: "Say what is wrong with an object, down to where that comes from: a goal is not attained because of a KPI, that because " +
			"nobody works on it; a survey is blocked because of a persona that does not exist. Kinds are written as kubectl takes " +
			"them: kpi, kpis or cxk. In a folder the file and the line are named too.",
		Example: "  kubectl cx explain kpi/relationship-nps -n retail\n  kubectl cx explain goal/easy-pickup -f config/samples/retailer",
		Args:    cobra.RangeArgs(1, 2),
		ValidArgsFunction: k.Names(folder.Args, func(s *kit.Source) []string {
			var names []string
			for _, obj := range s.Snapshot.All() {
				names = append(names, strings.ToLower(program.KindOf(obj))+"/"+obj.GetName())
			}
			return names
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, name, found := strings.Cut(strings.Join(args, "/"), "/")
			if !found && kindNamed(kind) == "Program" {
				name, found = cxv1.ProgramName, true // there is but one
			}
			if !found || kind == "" || name == "" {
				return fmt.Errorf("%q names no object: write KIND/NAME, e.g. kpi/relationship-nps", strings.Join(args, " "))
			}
			source, err := k.Load(cmd, folder.Args())
			if err != nil {
				return err
			}
			lang, err := k.Language(source.Snapshot.Program)
			if err != nil {
				return err
			}
			result, err := Of(source, kind, name)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, result)
		},
	}
	folder.AddFlag(cmd)
	return cmd
}

// Result is why an object is as it is.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	// Object is its kind and name, Title what people call it.
	Object string `json:"object"`
	Title  string `json:"title,omitempty"`
	// Place is the file and line, for a folder.
	Place string `json:"place,omitempty"`
	// Conditions are all that it has, without times.
	Conditions []Condition `json:"conditions"`
	// Because are the causes of what is not as it should be; none when all is well.
	Because []*Cause `json:"because,omitempty"`
}

// Condition is one of an object.
type Condition struct {
	Type    string                 `json:"type"`
	Status  metav1.ConditionStatus `json:"status"`
	Reason  string                 `json:"reason"`
	Message string                 `json:"message,omitempty"`
}

// Cause is something that is not as it should be, and what that comes from.
type Cause struct {
	// Object is its kind and name.
	Object string `json:"object"`
	// Condition is which of its conditions it is; empty for a finding in a folder and for an object that is not there.
	Condition string `json:"condition,omitempty"`
	// Status is what the condition is: False, or Unknown, which is not the same; of EvidenceGap True.
	Status metav1.ConditionStatus `json:"status,omitempty"`
	// Reason is why in one word, Message in a sentence.
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
	// Place is the file and line, for a folder.
	Place string `json:"place,omitempty"`
	// Change is what would change it, where that is another thing than to change Because: a key of what reasons ask for.
	Change string `json:"change,omitempty"`
	// Because is what it comes from.
	Because []*Cause `json:"because,omitempty"`

	// ru is Message in Russian, where it is not that of a condition.
	ru string
}

// say sets a message of our own. Those of conditions are as the operator wrote them.
func (c *Cause) say(en, ru string) { c.Message, c.ru = en, ru }

// named says which field of what names the object that is not there.
func (c *Cause) named(field, of, it string) {
	c.say(fmt.Sprintf("%s of %s names %s.", field, of, it), fmt.Sprintf("Указан в поле %s объекта %s.", field, of))
}

// shortNames are those of the kinds, as kubectl takes them.
var shortNames = map[string]string{
	"cxp": "Program", "cxf": "Framework", "cxa": "Assessment", "cxo": "Owner", "cxpn": "Persona", "cxj": "Journey", "cxg": "Goal",
	"cxk": "KPI", "cxs": "Survey", "cxi": "Initiative", "cxw": "SurveyWave", "cxoa": "OwnerAssignment", "cxsc": "Scorecard",
	"cxfu": "FollowUp",
}

// kindNamed finds a kind by its name, plural or short name; "" for none.
func kindNamed(text string) string {
	text, _, _ = strings.Cut(strings.ToLower(text), ".") // kpis.cx-operator.io
	if kind, known := shortNames[text]; known {
		return kind
	}
	for _, kind := range shortNames {
		if singular := strings.ToLower(kind); text == singular || text == singular+"s" {
			return kind
		}
	}
	return ""
}
