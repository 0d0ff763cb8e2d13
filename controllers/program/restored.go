// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
)

// restored finds that the store is an older copy than the one that this Program was seen with, says so in a condition, and puts the
// channels out of use: what has gone out since waits in the copy again. Otherwise the Program remembers how much has gone out. A
// crash in between, or a status that could not be written, leaves the Program behind the store, which is no reason to stop.
func (d *desk) restored(ctx context.Context, prog *cxv1.Program) (*metav1.Condition, error) {
	begun, err := d.Pauses.MailsBegun(ctx, prog.Spec.ID)
	if err != nil {
		return nil, kube.FromStore(err, store.ErrNotClaimed)
	}
	seen := prog.Status.MailsBegun
	if begun >= seen {
		prog.Status.MailsBegun = begun
		return nil, nil
	}
	number := strconv.FormatInt(seen, 10)
	if prog.Annotations[cxv1.AnnotationAcceptRestoredStore] == number {
		_, err := d.Pauses.AcceptRestored(ctx, prog.Spec.ID, seen)
		return nil, kube.FromStore(err, store.ErrNotClaimed)
	}
	d.forget(prog.Namespace)
	d.Channels.Remove(prog.Spec.ID)
	return off(cxv1.ReasonStoreRestored, fmt.Sprintf("Nothing is sent: the store is older than this cluster. It knows of %d mails, and "+
		"%d were begun; it was restored from a backup, or is another one. Who got the other mails, answered or opted out since is not in it. "+
		"Enter opt-outs again, then annotate the Program with %s: %q: mail that waits is cancelled, and later waves go out.",
		begun, seen, cxv1.AnnotationAcceptRestoredStore, number)), nil
}

func valueOf(c *metav1.Condition) metav1.Condition {
	if c == nil {
		return metav1.Condition{}
	}
	return *c
}
