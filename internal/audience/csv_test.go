// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// readAll returns the contacts and what was refused.
func readAll(text string) (contacts []store.Contact, refused []string) {
	for contact, err := range ReadCSV(strings.NewReader(text)) {
		if err != nil {
			refused = append(refused, err.Error())
			continue
		}
		contacts = append(contacts, contact)
	}
	return contacts, refused
}

func TestFilesThatAreTaken(t *testing.T) {
	simple := []store.Contact{{Key: "a@example.com", Address: "a@example.com"}, {Key: "b@example.com", Address: "b@example.com"}}
	for name, c := range map[string]struct {
		text string
		want []store.Contact
	}{
		"addresses alone":               {"email\na@example.com\nB@example.com\n", simple},
		"without a last line break":     {"email\na@example.com\nb@example.com", simple},
		"line breaks of Windows":        {"email\r\na@example.com\r\nb@example.com\r\n", simple},
		"a byte order mark":             {"\xef\xbb\xbfemail\na@example.com\nb@example.com\n", simple},
		"a quoted header and a mark":    {"\xef\xbb\xbf\"Email\"\na@example.com\nb@example.com\n", simple},
		"empty lines and empty records": {"email,name\n\na@example.com,\n,\n , \nb@example.com,\n", simple},
		"only a header":                 {"email,id\n", nil},
		"all columns, commas": {"id,email,name,language,timeZone,Segment\n7,A@example.com,\"Last, First\",en-GB,Europe/Madrid,retail\n",
			[]store.Contact{{Key: "7", Address: "a@example.com", Name: "Last, First", Language: "en", TimeZone: "Europe/Madrid",
				Attributes: map[string]string{"Segment": "retail"}}}},
		"all columns, semicolons, another order": {"Segment;TIMEZONE;Language;Name;EMAIL;ID\nretail, online;UTC;RU;\"He said \"\"no\"\"\";a@example.com;7\n",
			[]store.Contact{{Key: "7", Address: "a@example.com", Name: `He said "no"`, Language: "ru", TimeZone: "UTC",
				Attributes: map[string]string{"Segment": "retail, online"}}}},
		"empty attributes, spaces and a line break in a field": {"email,a,b\n a@example.com ,\"x\ny \", \n",
			[]store.Contact{{Key: "a@example.com", Address: "a@example.com", Attributes: map[string]string{"a": "x\ny"}}}},
		"formulas are text": {"email,name,note\na@example.com,\"=HYPERLINK(\"\"http://x\"\")\",@SUM(1+1)*cmd|' /C calc'!A0\nb@example.com,-1,+1\n",
			[]store.Contact{{Key: "a@example.com", Address: "a@example.com", Name: `=HYPERLINK("http://x")`,
				Attributes: map[string]string{"note": "@SUM(1+1)*cmd|' /C calc'!A0"}},
				{Key: "b@example.com", Address: "b@example.com", Name: "-1", Attributes: map[string]string{"note": "+1"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, refused := readAll(c.text)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(refused) > 0 {
				t.Errorf("refused: %q", refused)
			}
		})
	}
}

func TestLinesThatAreRefused(t *testing.T) {
	long := strings.Repeat("ж", 201)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"each by its line": {"email,language\nnobody,en\na@example.com,en\nb@example.com,english\n\nc@пример.рф,\n", []string{
			"line 2: that is not an e-mail address: write one address alone, like name@example.com",
			"line 4: the language is not a language tag: write en or ru, or nothing",
			"line 6: the domain has letters outside ASCII: write it in its ASCII form, which begins with xn--"}},
		"after a field of several lines": {"email,note\na@example.com,\"1\n2\n3\"\nb@,x\n", []string{
			"line 5: that is not an e-mail address: write one address alone, like name@example.com"}},
		"no address": {"email,name\n,Somebody\n", []string{"line 2: there is no e-mail address: give one, or remove the line"}},
		"an address twice": {"email\na@example.com\nA@example.com\n", []string{
			"line 3: this is the same address as on line 2: remove one of the lines, or give each an id of its own"}},
		"an id twice": {"email,id\na@example.com,1\nb@example.com,1\n", []string{
			"line 3: this is the same id as on line 2: remove one of the lines, or give each an id of its own"}},
		"no id where there is a column": {"email,id\na@example.com,\n", []string{
			"line 2: the id is empty: give one to each contact, or leave the column out"}},
		"a zone that is none": {"email,timeZone\na@example.com,Local\nb@example.com,Mars/Base\n", []string{
			"line 2: the time zone is not known: write a name of the IANA time zone database, like Europe/Berlin, or nothing",
			"line 3: the time zone is not known: write a name of the IANA time zone database, like Europe/Berlin, or nothing"}},
		"too many fields": {"email,name\na@example.com,Last, First\n", []string{
			"line 2: there are 3 fields, and 2 columns: put fields that contain the separator in quotation marks"}},
		"a long field": {"email,name\na@example.com," + long + "\n", []string{
			"line 2: column name has more than 200 characters: shorten it"}},
		"a NUL": {"email,segment\na@example.com,a\x00b\n", []string{"line 2: column segment contains a NUL character: remove it"}},
		"another encoding": {"email,name\na@example.com,Jos\xe9\n", []string{
			"line 2: column name is not in UTF-8: save the file as \"CSV UTF-8\""}},
		"a quotation mark inside": {"email,name\na@example.com,5\" pipe\nb@,x\n", []string{
			"line 2: quotation marks do not match: put the whole field in quotation marks and write those inside it twice",
			"line 3: that is not an e-mail address: write one address alone, like name@example.com"}},
		"no header": {"a@example.com\nb@example.com\n", []string{
			"line 1: no column is named email: name the columns on the first line, one of which is email"}},
		"an empty file": {"", []string{"line 1: the file is empty: name the columns on the first line, one of which is email"}},
		"UTF-16":        {"\xff\xfee\x00m\x00", []string{"line 1: the file is not in UTF-8: save it as \"CSV UTF-8\""}},
		"two columns of one name": {"email,Segment,segment\n", []string{
			`line 1: two columns are named "segment": rename one of them; large and small letters are the same here`}},
		"a column without a name": {"email,,x\n", []string{"line 1: column 2 has no name: name every column, or remove it"}},
		"31 attributes": {"email" + strings.Repeat(",", 1) + strings.Join(numbered(31), ",") + "\n", []string{
			"line 1: there are 31 columns besides id, email, name, language and timeZone: leave 30 at most"}},
		"a quotation mark without its partner": {"email,name\na@example.com,\"x\ny\"\nb@example.com,\"" + strings.Repeat("c@example.com,y\n", 10000),
			[]string{"line 4: a record is longer than 65536 bytes: a quotation mark may lack its partner"}},
		"an endless first line": {strings.Repeat("x", 200000), []string{
			"line 1: a record is longer than 65536 bytes: a quotation mark may lack its partner"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := readAll(c.text)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func numbered(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("a", i))
	}
	return names
}

func TestAReaderThatFailsEndsTheList(t *testing.T) {
	broken := errors.New("the network is gone")
	for _, after := range []int{0, 3, 30} {
		text := "email\na@example.com\nb@example.com\nc@example.com\n"
		var last error
		n := 0
		for _, err := range ReadCSV(io.MultiReader(strings.NewReader(text[:after]), iotest.ErrReader(broken))) {
			n, last = n+1, err
		}
		if !errors.Is(last, broken) || n > 3 {
			t.Errorf("after %d bytes: %d results, the last %v", after, n, last)
		}
	}
}

func TestAListIsTakenWholeOrNotAtAll(t *testing.T) {
	var text strings.Builder
	text.WriteString("email\n")
	for i := range 300 {
		if i >= 5 && i%2 == 0 {
			fmt.Fprintln(&text, "nobody")
			continue
		}
		fmt.Fprintf(&text, "a%d@example.com\n", i)
	}
	passed := 0
	var last error
	for _, err := range Whole(ReadCSV(strings.NewReader(text.String()))) {
		if last = err; err == nil {
			passed++
		}
	}
	var refused *Refused
	if !errors.As(last, &refused) {
		t.Fatalf("got %v", last)
	}
	if passed != 6 || len(refused.Lines) != 100 || refused.More != 47 || refused.Lines[0].Line != 8 {
		t.Errorf("%d contacts passed, %d lines told, %d more, the first on line %d", passed, len(refused.Lines), refused.More, refused.Lines[0].Line)
	}
	want := "147 lines are refused, nothing is imported; the first is line 8: that is not an e-mail address: write one address alone, like name@example.com"
	if diff := cmp.Diff(want, refused.Error()); diff != "" {
		t.Error(diff)
	}
	for _, err := range Whole(ReadCSV(strings.NewReader("email\na@example.com\n"))) {
		if err != nil {
			t.Error(err)
		}
	}
	for range Whole(ReadCSV(strings.NewReader(text.String()))) {
		break // whoever takes the contacts may stop
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{"email\na@example.com\n", "id;email;name;language;timeZone;x\n1;a@b.co;\"n\n\";en;UTC;=1\n",
		"\xef\xbb\xbfemail,a\na@b.co,\"\"\"\n", "email\n\"", "\xff\xfe", ",", "email,email", "email\r\r\na@b.co\r"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + 1
		var contacts []store.Contact
		previous := 0
		for contact, err := range ReadCSV(bytes.NewReader(text)) {
			var line *LineError
			switch {
			case errors.As(err, &line):
				if line.Line <= previous && line.Line != 1 || line.Line > lines || line.Problem == "" || line.Advice == "" {
					t.Errorf("refusal %+v behind line %d of %d", line, previous, lines)
				}
				previous = line.Line
			case err != nil:
				t.Errorf("a reader that cannot fail: %v", err)
			default:
				if normal, err := contact.Normalized(); err != nil || !normal.Same(contact) {
					t.Errorf("%+v is not what a store takes: %v", contact, err)
				}
				contacts = append(contacts, contact)
			}
		}
		again, refused := readAll(written(contacts))
		if len(contacts) > 0 && (len(refused) > 0 || !cmp.Equal(contacts, again)) {
			t.Errorf("read again after writing: %q\n%s", refused, cmp.Diff(contacts, again))
		}
	})
}

// written is contacts as a CSV file.
func written(contacts []store.Contact) string {
	names := map[string]bool{}
	for _, c := range contacts {
		for name := range c.Attributes {
			names[name] = true
		}
	}
	attributes := slices.Sorted(maps.Keys(names))
	var out strings.Builder
	w := csv.NewWriter(&out)
	_ = w.Write(append([]string{"id", "email", "name", "language", "timeZone"}, attributes...))
	for _, c := range contacts {
		record := []string{c.Key, c.Address, c.Name, c.Language, c.TimeZone}
		for _, name := range attributes {
			record = append(record, c.Attributes[name])
		}
		_ = w.Write(record)
	}
	w.Flush()
	return out.String()
}
