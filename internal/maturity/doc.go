// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package maturity says where a customer-experience program stands, why, and what to do next.
//
// A Framework is data: competencies, stages, criteria, questions. Compile turns it, for one profile, into a Model:
// every rule is a CEL expression over facts (f) and the profile's parameters (p), with its cost bounded before it ever
// runs. Evaluate is a pure function from (model, facts, attestation verdicts, exemptions, now) to a Result.
//
// Three things hold throughout:
//
//   - No data is Unknown, never False and never zero. Logic is Kleene's: false && unknown is False, true || unknown is
//     True, everything else that touches an unknown is Unknown.
//   - The stage is the lowest competency. It equals the ladder: the highest stage such that every required, applicable
//     criterion of all stages up to it is True (or exempt).
//   - A result carries the weakest grade of evidence that it rests on. From strong to weak: System (the operator saw
//     it), Attested (many people said so, and the operator counted them), Declared (typed into YAML, mostly by those
//     whose stage it raises). Declared is last so that it shows wherever something typed was needed.
//
// The package imports neither the API types nor anything of the cluster, so a folder of YAML and a live namespace are
// judged by the same code.
package maturity
