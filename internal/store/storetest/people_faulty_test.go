// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

// As TestEveryWriteCanFail: nothing is behind the wrapper, so a write that is passed on panics.
func TestEveryWriteOfPeopleCanFail(t *testing.T) {
	reads := map[string]bool{"PreviewImport": true, "CountContacts": true, "PublishedWave": true, "Candidates": true,
		"AudienceCounts": true, "QueuedWaves": true, "Stranded": true, "Invitation": true, "OptOutWave": true, "WaveAnswers": true,
		"AnswersRevision": true, "DueForDropping": true, "ContactsRevision": true, "Backlog": true, "MailBars": true, "MailsBegun": true, "FollowedUp": true}
	everyWriteCanFail[store.People](t, reads, func(before func(string) error) any {
		f := &storetest.FaultyPeople{}
		f.BeforeWrite = before
		return f
	})
}
