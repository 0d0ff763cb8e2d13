// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known in an image without a zone database
	"unicode/utf8"

	"github.com/cx-operator/cx-operator/internal/store"
)

// maxRecord is the longest record in bytes. A quotation mark without its partner would otherwise swallow the file.
const maxRecord = 64 << 10

// ReadCSV reads contacts from a CSV file in UTF-8, with or without a byte order mark. Its first line names the columns: email,
// and if wanted id, name, language and timeZone; every other column is an attribute of that name. Fields are separated by
// commas or by semicolons, whichever the first line has. Without id the address is the contact's key. What looks like a
// formula is text like any other.
//
// A line that cannot be taken is yielded as *LineError, and reading goes on behind it; only what is wrong with the file as a
// whole (its encoding, its first line, a record without an end) ends it. A line that is empty or has only empty fields is no
// contact. Any other error is that of the reader.
func ReadCSV(r io.Reader) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		f := &file{bounded: &bounded{r: r, left: maxRecord}, zones: map[string]bool{"": true}, lines: map[[16]byte]int{}}
		if err := f.begin(); err != nil {
			yield(store.Contact{}, err)
			return
		}
		for {
			contact, err := f.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if errors.Is(err, errSkip) {
				continue
			}
			if !yield(contact, err) || (err != nil && f.broken) {
				return
			}
		}
	}
}

var errSkip = errors.New("nobody is on this line")

// bounded fails when one record needs more than maxRecord bytes.
type bounded struct {
	r    io.Reader
	left int
}

var errEndless = errors.New("the record has no end")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// file is a CSV file that is being read.
type file struct {
	*bounded
	csv    *csv.Reader
	header header
	// zones are those that were looked up before.
	zones map[string]bool
	// lines is where each key was first, by its hash.
	lines map[[16]byte]int
	// line is where the last record ended.
	line int
	// broken means that nothing can be read behind an error.
	broken bool
}

// begin reads the first line.
func (f *file) begin() error {
	f.broken = true
	buffered := bufio.NewReaderSize(f.bounded, maxRecord)
	start, err := buffered.Peek(maxRecord)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errEndless) {
		return err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &LineError{1, "the file is not in UTF-8", "save it as \"CSV UTF-8\""}
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		start = start[3:]
		if _, err := buffered.Discard(3); err != nil {
			return err
		}
	}
	f.csv = csv.NewReader(buffered)
	f.csv.FieldsPerRecord = -1
	f.csv.ReuseRecord = true
	f.csv.Comma = separator(start)
	names, err := f.read()
	if errors.Is(err, io.EOF) {
		return &LineError{1, "the file is empty", "name the columns on the first line, one of which is email"}
	}
	if err != nil {
		return err
	}
	f.header, err = readHeader(names)
	if err != nil {
		p := asProblem(err)
		return &LineError{1, p.what, p.advice}
	}
	f.broken = false
	return nil
}

// separator is a semicolon when the first line has more of them than commas.
func separator(start []byte) rune {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

// read reads a record.
func (f *file) read() ([]string, error) {
	f.left = maxRecord
	record, err := f.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, errEndless):
		f.broken = true
		return nil, &LineError{f.line + 1, fmt.Sprintf("a record is longer than %d bytes", maxRecord),
			"a quotation mark may lack its partner"}
	case errors.As(err, &broken):
		return nil, &LineError{broken.StartLine, "quotation marks do not match",
			"put the whole field in quotation marks and write those inside it twice"}
	case err != nil:
		f.broken = true
		return nil, err
	}
	last := len(record) - 1
	f.line, _ = f.csv.FieldPos(last)
	f.line += strings.Count(record[last], "\n")
	return record, nil
}

// next reads a contact. errSkip for a line without one.
func (f *file) next() (store.Contact, error) {
	record, err := f.read()
	if err != nil {
		return store.Contact{}, err
	}
	line, _ := f.csv.FieldPos(0)
	contact, err := f.contact(record)
	if err != nil && !errors.Is(err, errSkip) {
		p := asProblem(err)
		return store.Contact{}, &LineError{line, p.what, p.advice}
	}
	if err != nil {
		return store.Contact{}, err
	}
	sum := sha256.Sum256([]byte(contact.Key))
	hash := [16]byte(sum[:16])
	if before, known := f.lines[hash]; known {
		return store.Contact{}, &LineError{line, fmt.Sprintf("this is the same %s as on line %d", f.header.keyName(), before),
			"remove one of the lines, or give each an id of its own"}
	}
	f.lines[hash] = line
	return contact, nil
}

func (f *file) contact(record []string) (store.Contact, error) {
	if strings.TrimSpace(strings.Join(record, "")) == "" {
		return store.Contact{}, errSkip
	}
	if len(record) != len(f.header.columns) {
		return store.Contact{}, problem{fmt.Sprintf("there are %d fields, and %d columns", len(record), len(f.header.columns)),
			"put fields that contain the separator in quotation marks"}
	}
	c, err := f.header.assign(record)
	if err != nil {
		return c, err
	}
	if c.Address, err = NormalizeAddress(c.Address); err != nil {
		return c, err
	}
	switch {
	case f.header.hasID && c.Key == "":
		return c, problem{"the id is empty", "give one to each contact, or leave the column out"}
	case !f.header.hasID:
		c.Key = c.Address
	}
	if c.Language, err = language(c.Language); err != nil {
		return c, err
	}
	if !f.isZone(c.TimeZone) {
		return c, problem{"the time zone is not known", "write a name of the IANA time zone database, like Europe/Berlin, or nothing"}
	}
	return c.Normalized()
}

func (f *file) isZone(name string) bool {
	if known, ok := f.zones[name]; ok {
		return known
	}
	_, err := zone(name)
	if len(f.zones) < 1000 { // there are about 600; the others are mistakes
		f.zones[name] = err == nil
	}
	return err == nil
}

// zone finds a time zone by its IANA name. Local and the like mean something else on another machine.
func zone(name string) (*time.Location, error) {
	if name == "" || strings.HasPrefix(strings.ToLower(name), "local") || strings.HasPrefix(name, "pos") || strings.HasPrefix(name, "right/") {
		return nil, fmt.Errorf("%q is not a known time zone", name)
	}
	return time.LoadLocation(name)
}

// language is the first part of a language tag.
func language(tag string) (string, error) {
	first, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	first = strings.ToLower(first)
	if len(first) == 1 || len(first) > 3 || strings.Trim(first, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", problem{"the language is not a language tag", "write en or ru, or nothing"}
	}
	return first, nil
}

// checkText refuses what no store can keep.
func checkText(column, text string) error {
	switch {
	case !utf8.ValidString(text):
		return problem{fmt.Sprintf("column %s is not in UTF-8", column), "save the file as \"CSV UTF-8\""}
	case strings.ContainsRune(text, 0):
		return problem{fmt.Sprintf("column %s contains a NUL character", column), "remove it"}
	case utf8.RuneCountInString(text) > store.MaxValue:
		return problem{fmt.Sprintf("column %s has more than %d characters", column, store.MaxValue), "shorten it"}
	}
	return nil
}
