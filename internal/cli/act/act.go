// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package act is what the verbs share that write into the cluster: who asks, whether they are sure, and what a refusal says.
package act

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Cluster is the namespace of a program, as somebody works on it.
type Cluster struct {
	client.Client
	Namespace string
	// Program is nil where there is none, or who asks may not see it.
	Program *cxv1.Program
	// Lang is the language to speak in, Zone the program's clock.
	Lang cxv1.Language
	Zone *time.Location
}

// Open connects to the cluster.
func Open(cmd *cobra.Command, k *kit.Kit) (*Cluster, error) {
	cl, ns, err := k.Client(authenticationv1.AddToScheme, authorizationv1.AddToScheme)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Client: cl, Namespace: ns, Zone: time.UTC}
	found := &cxv1.Program{}
	switch err := cl.Get(kit.Context(cmd), client.ObjectKey{Namespace: ns, Name: cxv1.ProgramName}, found); {
	case err == nil:
		c.Program, c.Zone = found, program.Zone(found)
	case !apierrors.IsNotFound(err) && !apierrors.IsForbidden(err):
		return nil, Plain(err)
	}
	c.Lang, err = k.Language(c.Program)
	return c, err
}

// Find reads an object of the namespace by its name.
func (c *Cluster) Find(ctx context.Context, name string, into client.Object) error {
	return Plain(c.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, into))
}

// User is who asks, as the API server knows them.
type User struct {
	Name   string
	Groups []string
}

// Me says who asks.
func (c *Cluster) Me(ctx context.Context) (User, error) {
	review := &authenticationv1.SelfSubjectReview{}
	if err := c.Create(ctx, review); err != nil {
		return User{}, fmt.Errorf("who you are: %w", Plain(err))
	}
	return User{Name: review.Status.UserInfo.Username, Groups: review.Status.UserInfo.Groups}, nil
}

// In reports whether one of the identities, as user:NAME and group:NAME, is the user's.
func (u User) In(identities []string) bool {
	return slices.Contains(identities, "user:"+u.Name) || slices.ContainsFunc(u.Groups, func(group string) bool {
		return slices.Contains(identities, "group:"+group)
	})
}

// May reports whether who asks has a right in the namespace.
func (c *Cluster) May(ctx context.Context, verb, resource, name string) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: c.Namespace, Verb: verb, Group: cxv1.GroupVersion.Group, Resource: resource, Name: name,
		},
	}}
	if err := c.Create(ctx, review); err != nil {
		return false, Plain(err)
	}
	return review.Status.Allowed, nil
}

// Change writes what a change made of an object, unless somebody else wrote it since it was read.
func (c *Cluster) Change(ctx context.Context, obj client.Object, change func()) error {
	before := obj.DeepCopyObject().(client.Object)
	change()
	return Plain(c.Patch(ctx, obj, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})))
}

// Moment is a time of an API object for a result; nil for none.
func Moment(at *metav1.Time) *metav1.Time {
	if at == nil || at.IsZero() {
		return nil
	}
	return ptr.To(metav1.NewTime(at.UTC()))
}

// ErrNotSure says that somebody did not say yes.
var ErrNotSure = errors.New("nothing was changed")

// Confirm asks on standard error for a yes on standard input, unless it was given beforehand. ErrNotSure is any other answer.
func Confirm(cmd *cobra.Command, lang cxv1.Language, yes bool, question string) error {
	if yes {
		return nil
	}
	no := "[y/N]"
	if lang == cxv1.LanguageRU {
		no = "[д/Н]"
	}
	cmd.PrintErrf("%s %s ", question, no)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "д", "да":
		return nil
	}
	cmd.PrintErrln()
	return ErrNotSure
}

// Plain says what the API server refused in a plain sentence; other errors stay as they are.
func Plain(err error) error { return kit.PlainError(err) }
