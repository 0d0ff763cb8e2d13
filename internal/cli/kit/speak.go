// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Speak lets a program be judged in one of its languages: messages are in the first. One that it does not speak changes nothing, for
// its questions are not asked in that.
func Speak(s *program.Snapshot, lang cxv1.Language) {
	if s.Program == nil || !slices.Contains(s.Program.Spec.Languages, lang) || s.Program.Spec.Languages[0] == lang {
		return
	}
	p := s.Program.DeepCopy()
	others := slices.DeleteFunc(p.Spec.Languages, func(other cxv1.Language) bool { return other == lang })
	p.Spec.Languages = append([]cxv1.Language{lang}, others...)
	s.Add(p)
}
