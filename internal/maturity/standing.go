// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import "time"

// Standing is the stage that a program holds over time. It is kept as evidence, so that grace survives restarts.
type Standing struct {
	// Stage held; 0 before the first assessment.
	Stage int
	// Since when the stage is held.
	Since time.Time
	// FallingSince is when assessments first came out lower; zero while they do not.
	FallingSince time.Time
}

// Settle moves a standing to what was assessed now. A rise counts at once; a fall once assessments have been lower than
// the held stage for the whole grace, and then to the latest assessment. One assessment that is as high again ends the
// fall.
func (s Standing) Settle(assessed int, grace time.Duration, now time.Time) Standing {
	switch {
	case s.Stage == 0 || assessed > s.Stage:
		return Standing{Stage: assessed, Since: now}
	case assessed == s.Stage:
		s.FallingSince = time.Time{}
		return s
	case s.FallingSince.IsZero():
		s.FallingSince = now
	}
	if !now.Before(s.FallingSince.Add(grace)) {
		return Standing{Stage: assessed, Since: now}
	}
	return s
}

// FallsAt is when a falling stage will be lost, and false when it is not falling.
func (s Standing) FallsAt(grace time.Duration) (time.Time, bool) {
	return s.FallingSince.Add(grace), !s.FallingSince.IsZero()
}

// DemotionGrace is how long the framework lets a lost stage be kept.
func (m *Model) DemotionGrace() time.Duration {
	return time.Duration(m.framework.Evaluation.DemotionGrace)
}

// Stages is how many stages the framework has; 0 for a standard, by which no stage is reached.
func (m *Model) Stages() int { return len(m.framework.Stages) }
