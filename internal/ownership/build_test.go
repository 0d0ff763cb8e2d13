// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"flag"
	"os"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// TestMain draws more than rapid's hundred cases: what goes wrong needs several events in a certain order.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "2000", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// monday is the first Monday of 2027.
var monday = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

type ownerOption func(*v1alpha1.Owner)

func owner(name string, options ...ownerOption) *v1alpha1.Owner {
	o := &v1alpha1.Owner{ObjectMeta: metav1.ObjectMeta{Name: name}}
	o.Spec.DisplayName, o.Spec.Function, o.Spec.Level, o.Spec.State = name, "service", v1alpha1.LevelStaff, v1alpha1.OwnerActive
	for _, option := range options {
		option(o)
	}
	return o
}

func left(o *v1alpha1.Owner) { o.Spec.State = v1alpha1.OwnerLeft }

func reportsTo(manager string) ownerOption {
	return func(o *v1alpha1.Owner) { o.Spec.ReportsTo = v1alpha1.Ref(manager) }
}

func deputy(name string) ownerOption {
	return func(o *v1alpha1.Owner) { o.Spec.Deputy = v1alpha1.Ref(name) }
}

func away(from, until time.Time, deputy string) ownerOption {
	return func(o *v1alpha1.Owner) {
		o.Spec.Away = append(o.Spec.Away, v1alpha1.Absence{
			From: metav1.NewTime(from), Until: metav1.NewTime(until), Deputy: v1alpha1.Ref(deputy),
		})
	}
}

func decidesAs(users []string, groups []string) ownerOption {
	return func(o *v1alpha1.Owner) { o.Spec.Identity = v1alpha1.Identity{Users: users, Groups: groups} }
}

func owners(list ...*v1alpha1.Owner) Owners {
	all := Owners{}
	for _, o := range list {
		all[o.Name] = o
	}
	return all
}

// kpiClaim is the claim that most tests are about.
func kpiClaim(owner string) Claim {
	return Claim{Subject: subject(v1alpha1.SubjectKPI, "nps"), Role: v1alpha1.RoleAccountable, Owner: owner}
}

func leadClaim(owner string) Claim {
	return Claim{Subject: subject(v1alpha1.SubjectProgram, "program"), Role: v1alpha1.RoleLead, Owner: owner}
}

func memberClaim(owner string) Claim {
	return Claim{Subject: subject(v1alpha1.SubjectProgram, "program"), Role: v1alpha1.RoleGroupMember, Owner: owner}
}

const programID = "example-retail"

// recorded is the first decision that the owner of a claim took.
func recorded(claim Claim, result store.DecisionResult, at time.Time) store.Decision {
	return store.Decision{
		OfferID:     OfferID(programID, claim, 0),
		SubjectKind: string(claim.Subject.Kind), SubjectName: string(claim.Subject.Name),
		Touchpoint: string(claim.Subject.Touchpoint), Item: claim.Subject.Item, Role: string(claim.Role), Owner: claim.Owner,
		Terms:  claim.Terms.String(),
		Result: result, Reason: "no time", DecidedBy: DecidedByUnknown, Means: MeansResource, At: at,
	}
}

func assignment(claim Claim, plan Plan) v1alpha1.OwnerAssignment {
	a := v1alpha1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: claim.Name()}, Spec: plan.Spec()}
	plan.Report(&a.Status)
	a.Status.Conditions = plan.Conditions()
	return a
}
