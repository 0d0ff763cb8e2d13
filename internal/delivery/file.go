// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/cx-operator/cx-operator/internal/store"
)

// File writes the links of each wave to a file for somebody else's mailer: FOLDER/PROGRAM/SURVEY-SLOT.csv, one line for each
// invitation or reminder, on the disk before it counts as accepted. It is safe for concurrent use within one process.
type File struct {
	Folder string

	mu sync.Mutex
	// whole are the files that were seen to end with a whole line, and were written to by this process alone since.
	whole map[string]bool
}

var fileHeader = []string{"id", "kind", "email", "name", "language", "subject", "answer", "optOut", "text"}

// Send appends a line. A line of an id that is there already means that an attempt was repeated.
func (f *File) Send(_ context.Context, message store.Message, letter Letter) store.Sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.append(message, letter); err != nil {
		return store.Sent{Result: store.SentLater}
	}
	return store.Sent{Result: store.SentAccepted}
}

func (f *File) append(message store.Message, letter Letter) (err error) {
	folder := filepath.Join(f.Folder, message.Wave.ProgramID)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(folder, message.Wave.Survey+"-"+message.Wave.Slot+".csv")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := f.end(path, file)
	if err != nil {
		return err
	}
	var line strings.Builder // one write for each line, so that others hardly ever see half of one
	writer := csv.NewWriter(&line)
	if size == 0 {
		_ = writer.Write(fileHeader) // a strings.Builder takes everything
	}
	_ = writer.Write([]string{
		MessageID(message), string(message.Kind), inert(message.Contact.Address), inert(message.Contact.Name),
		inert(message.Contact.Language), inert(letter.Subject), letter.Answer, letter.Unsubscribe, inert(letter.Text),
	})
	writer.Flush()
	if _, err := file.WriteString(line.String()); err != nil {
		delete(f.whole, path) // should cutting off fail, too, it is done before the next line
		return errors.Join(err, file.Truncate(size))
	}
	return file.Sync()
}

// end is where the next line goes. Half a line, which a full disk or the end of a process left, is cut off: the next would become
// a part of it, and two people's links unreadable.
func (f *File) end(path string, file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if f.whole[path] {
		return info.Size(), nil
	}
	size, err := wholeLines(file)
	if err == nil && size < info.Size() {
		err = file.Truncate(size)
	}
	if err != nil {
		return 0, err
	}
	if f.whole == nil {
		f.whole = map[string]bool{}
	}
	f.whole[path] = true
	return size, nil
}

// wholeLines is the length of the lines that are complete. A line ends outside of quotation marks.
func wholeLines(r io.Reader) (int64, error) {
	in := bufio.NewReader(r)
	var read, whole int64
	for quoted := false; ; {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		read++
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			whole = read
		}
	}
}

// inert keeps a spreadsheet from taking a text for a formula; some take full-width signs for the usual ones.
func inert(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + text
	}
	return text
}
