// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"

	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

// factParts cut the long table: a part goes from the fact named to the next part.
var factParts = []struct{ name, from string }{
	{"facts-people", "acceptedOwners"},
	{"facts-goals", "experienceGoals"},
	{"facts-surveys", "wavesClosedOnTime365d"},
	{"facts-journeys", "journeys"},
	{"facts-initiatives", "proposedInitiatives"},
}

// factTables writes what is known of every fact.
func (m *model) factTables() (parts, error) {
	sources := map[string]program.FactSource{}
	for _, source := range program.FactSources {
		sources[source.Fact] = source
	}
	users := m.users()
	rows, part, result := [][]string{}, -1, parts{}
	head := []string{"fact", "read from", "grade", "used by"}
	for _, def := range maturity.Facts {
		if next := part + 1; next < len(factParts) && factParts[next].from == def.Name {
			if part >= 0 {
				result[factParts[part].name] = table(head, rows)
			}
			part, rows = next, nil
		}
		source := sources[def.Name]
		rows = append(rows, []string{
			fmt.Sprintf("%s: %s\n%s · *%s*\n%s", code(def.Name), kind(def), def.Label.EN, def.Label.RU, def.Description),
			codes(source.Fields), string(source.Grade), codes(users[def.Name]),
		})
	}
	if part != len(factParts)-1 {
		return nil, fmt.Errorf("no fact is called %s, where the part %s should begin", factParts[part+1].from, factParts[part+1].name)
	}
	result[factParts[part].name] = table(head, rows)
	return result, nil
}

// kind says what values a fact has.
func kind(def maturity.FactDef) string {
	switch {
	case def.Type == maturity.TypeBool:
		return "yes or no"
	case def.Unit == maturity.UnitRatio:
		return "share, 0 to 1"
	case def.Type == maturity.TypeCount:
		return "count of " + def.Unit
	default:
		return "number, " + def.Unit
	}
}

// users lists the criteria and signs whose rule reads a fact, by fact.
func (m *model) users() map[string][]string {
	users := map[string][]string{}
	for _, sign := range m.signs {
		for _, fact := range sign.Facts {
			users[fact] = append(users[fact], sign.ID)
		}
	}
	for _, c := range m.criteria {
		for _, doc := range c.inProfile {
			for _, fact := range doc.Facts {
				if !slices.Contains(users[fact], c.ID) {
					users[fact] = append(users[fact], c.ID)
				}
			}
		}
	}
	return users
}
