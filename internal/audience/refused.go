// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"fmt"
	"iter"

	"github.com/cx-operator/cx-operator/internal/store"
)

// LineError is a line that cannot be taken. It repeats nothing of the line but names of columns.
type LineError struct {
	// Line counts from 1, as editors do; a record that spans several begins there.
	Line int
	// Problem is what is wrong, Advice what to do.
	Problem, Advice string
}

// Error says where, what and what to do.
func (e *LineError) Error() string {
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Problem, e.Advice)
}

// maxRefused is how many refused lines are told one by one.
const maxRefused = 100

// Refused is why a whole list is not taken.
type Refused struct {
	// Lines are the first of them, at most 100; More is how many there are besides.
	Lines []*LineError
	More  int
}

// Error counts the lines and tells the first one.
func (e *Refused) Error() string {
	if n := len(e.Lines) + e.More; n > 1 {
		return fmt.Sprintf("%d lines are refused, nothing is imported; the first is %s", n, e.Lines[0].Error())
	}
	return fmt.Sprintf("a line is refused, nothing is imported: %s", e.Lines[0].Error())
}

// Whole passes a list on until its first refused line, reads on to find the other ones, and ends with *Refused. So whoever
// imports a list takes all of it or none, and people see all that they have to correct. Other errors are passed on and end
// the list.
func Whole(contacts iter.Seq2[store.Contact, error]) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		var refused *Refused
		for contact, err := range contacts {
			var line *LineError
			switch {
			case errors.As(err, &line):
				refused = refused.and(line)
			case err != nil:
				yield(store.Contact{}, err)
				return
			case refused == nil && !yield(contact, nil):
				return
			}
		}
		if refused != nil {
			yield(store.Contact{}, refused)
		}
	}
}

func (e *Refused) and(line *LineError) *Refused {
	if e == nil {
		e = &Refused{}
	}
	if len(e.Lines) < maxRefused {
		e.Lines = append(e.Lines, line)
	} else {
		e.More++
	}
	return e
}
