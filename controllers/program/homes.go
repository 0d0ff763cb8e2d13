// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// homes remembers the UIDs of the namespaces in which Programs live. They are kept by the Program's own UID: a namespace
// that was deleted and made again under the same name is another one, and so is its Program.
type homes struct {
	live  client.Reader
	known sync.Map // from types.UID of the Program to the namespace's UID
}

func (h *homes) uid(ctx context.Context, prog *cxv1.Program) (string, error) {
	if uid, ok := h.known.Load(prog.UID); ok {
		return uid.(string), nil
	}
	namespace := &corev1.Namespace{}
	if err := h.live.Get(ctx, types.NamespacedName{Name: prog.Namespace}, namespace); err != nil {
		return "", fmt.Errorf("reading namespace %s: %w", prog.Namespace, err)
	}
	h.known.Store(prog.UID, string(namespace.UID))
	return string(namespace.UID), nil
}
