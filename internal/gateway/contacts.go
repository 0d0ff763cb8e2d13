// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Contacts is what importing and counting contacts needs of the evidence store; store.People has it.
type Contacts interface {
	ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error],
		now time.Time) (store.ImportReport, error)
	PreviewImport(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error]) (store.ImportReport, error)
	CountContacts(ctx context.Context, programID, persona string) (store.ContactCounts, error)
}

const (
	// contactsBytes is the most bytes of a file of contacts: a million people with some attributes.
	contactsBytes = 256 << 20
	// contactsTime is how long an import may take.
	contactsTime = 10 * time.Minute
)

// importReport is the answer to an import.
type importReport struct {
	Added     int64 `json:"added"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Removed   int64 `json:"removed"`
	// DryRun says that nothing was changed.
	DryRun bool `json:"dryRun"`
}

// importRefusal says why nothing was imported.
type importRefusal struct {
	refusal
	// Lines are the first lines that were refused; More counts the others.
	Lines []lineRefusal `json:"lines,omitempty"`
	More  int64         `json:"more,omitempty"`
}

type lineRefusal struct {
	Line   int    `json:"line"`
	Detail string `json:"detail"`
}

// takeContacts makes the contacts of a persona those of the CSV file in the body: all of them or none. It is served on the
// cluster's address only, to the bearer of a token of the program.
func (g *Gateway) takeContacts(contacts Contacts) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		program, no := g.bearer(r, ForContacts)
		if no != nil {
			refuse(w, no.Status, no)
			return
		}
		control := http.NewResponseController(w)
		// The server's own limits are for pages.
		_ = errors.Join(control.SetReadDeadline(g.now().Add(contactsTime)), control.SetWriteDeadline(g.now().Add(contactsTime)))
		list := audience.Whole(audience.ReadCSV(http.MaxBytesReader(w, r.Body, contactsBytes)))
		if r.URL.Query().Get("allowEmpty") != "true" {
			list = somebody(list)
		}
		report := importReport{DryRun: r.URL.Query().Get("dryRun") == "true"}
		var changed store.ImportReport
		var err error
		if report.DryRun {
			changed, err = contacts.PreviewImport(r.Context(), program, r.PathValue("persona"), list)
		} else {
			changed, err = contacts.ImportContacts(r.Context(), program, r.PathValue("persona"), list, g.now())
		}
		if err != nil {
			answer := g.importRefusal(r, err)
			refuse(w, answer.Status, answer)
			return
		}
		report.Added, report.Updated, report.Unchanged, report.Removed = changed.Added, changed.Updated, changed.Unchanged, changed.Removed
		writeJSON(w, http.StatusOK, "application/json", report)
	}
}

// errNobody says that a list has no contact: most often an export that went wrong, and everybody would be removed.
var errNobody = errors.New("the file has no contact, and everybody would be removed: if that is meant, add ?allowEmpty=true")

// somebody ends a list without contacts with errNobody.
func somebody(contacts iter.Seq2[store.Contact, error]) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		found := false
		for contact, err := range contacts {
			found = true
			if !yield(contact, err) {
				return
			}
		}
		if !found {
			yield(store.Contact{}, errNobody)
		}
	}
}

func (g *Gateway) importRefusal(r *http.Request, err error) importRefusal {
	var lines *audience.Refused
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &lines):
		const advice = "Nothing was imported: correct these lines and send the whole file again."
		answer := importRefusal{refusal: *refused(http.StatusUnprocessableEntity, advice)}
		for _, line := range lines.Lines {
			answer.Lines = append(answer.Lines, lineRefusal{Line: line.Line, Detail: line.Problem + ": " + line.Advice})
		}
		answer.More = int64(lines.More)
		return answer
	case errors.As(err, &tooLarge):
		return importRefusal{refusal: *refused(http.StatusRequestEntityTooLarge, "The file is too large; nothing was imported.")}
	case errors.Is(err, store.ErrNotClaimed):
		return importRefusal{refusal: *refused(http.StatusNotFound, "The program of this token is not known here (yet).")}
	case errors.Is(err, errNobody):
		return importRefusal{refusal: *refused(http.StatusUnprocessableEntity, "Nothing was imported: "+errNobody.Error()+".")}
	case errors.Is(err, store.ErrInvalid):
		return importRefusal{refusal: *refused(http.StatusUnprocessableEntity, err.Error())}
	case errors.Is(err, store.ErrUnavailable):
		g.troubled(r, err)
		const advice = "The store does not answer. Nothing was imported; try again later."
		return importRefusal{refusal: *refused(http.StatusServiceUnavailable, advice)}
	}
	return importRefusal{refusal: *refused(http.StatusBadRequest, err.Error())}
}
