// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// maxNamespaces is how many are named to who looks into one without a Program.
const maxNamespaces = 5

// noProgram says that a namespace has no Program, and which ones have, as far as who asks may see that.
func noProgram(ctx context.Context, c client.Reader, namespace string) error {
	var others []string
	programs := &cxv1.ProgramList{}
	if err := c.List(ctx, programs, client.Limit(maxNamespaces)); err == nil {
		for i := range programs.Items {
			others = append(others, programs.Items[i].Namespace)
		}
	}
	if len(others) == 0 {
		return fmt.Errorf("the namespace %s has no Program: name another with -n, or a folder", namespace)
	}
	return fmt.Errorf("the namespace %s has no Program: name another with -n (%s), or a folder", namespace, strings.Join(others, ", "))
}

// denied is what stands before the words of an admission policy.
const denied = "denied request: "

// PlainError says what the API server refused in a plain sentence; other errors stay as they are.
func PlainError(err error) error {
	var status *apierrors.StatusError
	var address *url.Error
	switch {
	case meta.IsNoMatchError(err):
		return fmt.Errorf("this cluster does not know cx-operator's kinds: docs/operations/install.md says how to install them (%w)", err)
	case errors.As(err, &status):
		return refusal(err, status)
	case errors.As(err, &address) && !errors.Is(err, context.Canceled):
		return fmt.Errorf("the API server does not answer: is it up, and is --context the right one? (%w)", address)
	}
	return err
}

// refusal is what the API server answered.
func refusal(err error, status *apierrors.StatusError) error {
	message, details := status.ErrStatus.Message, ptr.Deref(status.ErrStatus.Details, metav1.StatusDetails{})
	if _, words, byPolicy := strings.Cut(message, denied); byPolicy {
		return errors.New(words)
	}
	switch {
	case apierrors.IsConflict(err):
		return errors.New("somebody changed it at the same time: look at it again, and repeat")
	case apierrors.IsNotFound(err) && details.Name != "":
		return fmt.Errorf("there is no %q among the %s of this namespace: name another one, or another namespace with -n", details.Name,
			details.Kind)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("this cluster does not know cx-operator's kinds, or not this version of them (%s)", message)
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server does not know you: sign in again (%s)", message)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%s: whoever runs this namespace gives the right; docs/policies.md says which role is for what", message)
	case apierrors.IsInvalid(err) && len(details.Causes) > 0:
		return errors.New(because(details.Causes))
	}
	return err
}

// because is what rules of the kinds say.
func because(causes []metav1.StatusCause) string {
	var all []string
	for _, cause := range causes {
		words := cause.Message
		if _, after, cut := strings.Cut(words, `": `); cut && strings.HasPrefix(words, "Invalid value: ") {
			words = after
		}
		if words = strings.TrimSuffix(words, "."); cause.Field != "" && cause.Field != "<nil>" {
			words = cause.Field + ": " + words
		}
		all = append(all, words)
	}
	return strings.Join(slices.Compact(all), "; ")
}
