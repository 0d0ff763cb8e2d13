// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// CommonStatus gives access to the part of status that every kind has.
func (in *Program) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Owner) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Persona) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Journey) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Goal) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *KPI) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Survey) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *SurveyWave) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Initiative) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *OwnerAssignment) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *FollowUp) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Framework) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Assessment) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }

// CommonStatus gives access to the part of status that every kind has.
func (in *Scorecard) CommonStatus() *ObjectStatus { return &in.Status.ObjectStatus }
