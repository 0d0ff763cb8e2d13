// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

// As TestEveryWriteCanFail: nothing is behind the wrapper, so a write that is passed on panics.
func TestEveryWriteOfPeopleCanFail(t *testing.T) {
	reads := map[string]bool{"PreviewImport": true, "CountContacts": true, "PublishedWave": true, "Candidates": true,
		"AudienceCounts": true, "QueuedWaves": true, "Stranded": true, "Invitation": true, "OptOutWave": true, "WaveAnswers": true,
		"AnswersRevision": true, "DueForDropping": true, "ContactsRevision": true, "MailBars": true, "MailsBegun": true, "FollowedUp": true}
	var asked []string
	f := &storetest.FaultyPeople{}
	f.BeforeWrite = func(operation string) error {
		asked = append(asked, operation)
		return errCrash
	}
	var want []string
	methods := reflect.TypeFor[store.People]()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		if reads[method.Name] {
			continue
		}
		want = append(want, method.Name)
		arguments := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < method.Type.NumIn(); j++ {
			arguments = append(arguments, reflect.Zero(method.Type.In(j)))
		}
		results := reflect.ValueOf(f).MethodByName(method.Name).Call(arguments)
		if err, _ := results[len(results)-1].Interface().(error); !errors.Is(err, errCrash) {
			t.Errorf("%s: got %v", method.Name, err)
		}
	}
	if !reflect.DeepEqual(want, asked) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
