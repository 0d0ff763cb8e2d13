// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ownership decides who answers for what. Subjects make claims ("KPI nps names head-of-cx as accountable"); each
// claim becomes one OwnerAssignment; Decide says where it stands.
//
// Who is in force follows from what the subject names now and from recorded decisions alone, never from what an earlier
// pass wrote. So the answer is the same in whichever order things arrived, after a crash between two writes, and after
// every object was deleted and applied again.
package ownership
