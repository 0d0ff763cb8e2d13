// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"github.com/cx-operator/cx-operator/internal/kube"
)

func TestAKindThatIsNotWatchedYetIsNoError(t *testing.T) {
	var logged strings.Builder
	ctx := logr.NewContext(t.Context(), funcr.New(func(_, line string) { logged.WriteString(line) }, funcr.Options{}))
	kube.NotListed(ctx, fmt.Errorf("wrapped: %w", &cache.ErrResourceNotCached{}))
	if logged.Len() > 0 {
		t.Errorf("while the process starts: logged %s", &logged)
	}
	kube.NotListed(ctx, errors.New("no such index"))
	if !strings.Contains(logged.String(), "no such index") {
		t.Errorf("another error is not logged: %q", &logged)
	}
}
