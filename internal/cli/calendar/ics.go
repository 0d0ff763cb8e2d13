// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

const (
	// lineOctets is how long a line of iCalendar may be without its end (RFC 5545, 3.1).
	lineOctets = 75
	icsInstant = "20060102T150405Z"
	icsDay     = "20060102"
)

// ICS writes the entries as iCalendar (RFC 5545): instants in UTC, days as days. An entry keeps its UID while it means the same,
// also when its time moves, so that a calendar that reads the file again moves it instead of showing it twice.
func (r *Result) ICS(p *kit.Page) []byte {
	var w icsWriter
	w.property("BEGIN", "VCALENDAR")
	w.property("VERSION", "2.0")
	w.property("PRODID", "-//cx-operator//kubectl cx//EN")
	w.property("CALSCALE", "GREGORIAN")
	w.property("X-WR-CALNAME", escape(r.Organization))
	stamp := r.From.UTC().Format(icsInstant)
	for i := range r.Entries {
		w.event(p, &r.Entries[i], r.programID, stamp, r.Location)
	}
	w.property("END", "VCALENDAR")
	return w.Bytes()
}

// icsWriter writes content lines.
type icsWriter struct{ bytes.Buffer }

func (w *icsWriter) event(p *kit.Page, e *Entry, programID, stamp string, zone *time.Location) {
	w.property("BEGIN", "VEVENT")
	w.property("UID", e.uid(programID))
	w.property("DTSTAMP", stamp)
	if day, err := time.Parse(time.DateOnly, string(e.Day)); err == nil {
		w.property("DTSTART;VALUE=DATE", day.Format(icsDay))
		w.property("DTEND;VALUE=DATE", day.AddDate(0, 0, 1).Format(icsDay)) // the first day that is not in it
	} else {
		w.property("DTSTART", e.At.UTC().Format(icsInstant))
	}
	w.property("SUMMARY", escape(e.summary(p)))
	if text := e.description(p, zone); text != "" {
		w.property("DESCRIPTION", escape(text))
	}
	w.property("CATEGORIES", string(e.Kind))
	w.property("TRANSP", "TRANSPARENT") // nobody is busy then
	w.property("END", "VEVENT")
}

// uid is the same for as long as the entry means the same.
func (e *Entry) uid(programID string) string {
	object := e.Objects[0]
	if e.key != "" && (e.Kind == Decision || e.Kind == Confirmation || len(e.Personas) > 0) {
		object = "" // the key says it all: a wave is the same before and after there is an object
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{programID, string(e.Kind), object, e.key}, "\n")))
	return hex.EncodeToString(sum[:16]) + "@" + programID + ".cx-operator.io"
}

// description has what does not fit into a line.
func (e *Entry) description(p *kit.Page, zone *time.Location) string {
	switch {
	case e.Until != nil:
		return p.T("Open until %s", "Открыта до %s", kit.Moment(e.Until.Time, zone))
	case len(e.Objects) > 1:
		return strings.Join(e.Objects, "\n")
	}
	return ""
}

// property writes a line, folded so that no part is longer than 75 octets and no character is torn apart.
func (w *icsWriter) property(name, value string) {
	line, room := name+":"+value, lineOctets
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		w.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], lineOctets-1 // the space counts
	}
	w.WriteString(line + "\r\n")
}

var icsText = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n")

// escape makes a TEXT value; control characters, which none may hold, are left out.
func escape(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, icsText.Replace(text))
}
