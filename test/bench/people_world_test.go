// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// gatewayWorld is the gateway as it runs, on a real store: two addresses, its log as JSON, its limits too wide to be met.
type gatewayWorld struct {
	*invited.World
	address string
}

func newGatewayWorld(b *testing.B) *gatewayWorld {
	b.Helper()
	w := &gatewayWorld{World: invited.New(b, time.Now)}
	g, err := gateway.New(gateway.Options{
		Store: w.Store, Keys: w.Keys, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Limits: gateway.Limits{PerLink: 1e6, LinkBurst: 1e6, PerAddress: 1e6, AddressBurst: 1e6, InFlight: 1000},
	})
	if err != nil {
		b.Fatal(err)
	}
	server, err := gateway.Listen(g, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	w.address = server.Address()
	return w
}

// pulse has a question of each kind that most surveys have: a score, a choice, a text.
func pulse() questionnaire.Page {
	text := func(en, ru string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en, RU: ru} }
	return questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}, Anonymity: cxv1.AnonymityConfidential,
		Questionnaire: cxv1.Questionnaire{Title: text("Your last visit", "Ваш последний визит"), Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS, Text: text("Would you recommend us?", "Порекомендуете ли вы нас?")},
			{ID: "where", Type: cxv1.QuestionSingleChoice, Text: text("Where was it?", "Где это было?"), Options: []cxv1.Option{
				{ID: "shop", Text: text("In a shop", "В магазине")}, {ID: "web", Text: text("On the web", "В интернете")},
			}},
			{ID: "more", Type: cxv1.QuestionFreeText, Text: text("Anything else?", "Что-нибудь ещё?"), Answer: cxv1.AnswerOptional},
		}},
	}
}

// browser is one connection over which one person after another does something. It is bare, as it shares the machine with
// what is measured.
type browser struct {
	conn net.Conn
	in   *bufio.Reader
}

func connect(b *testing.B, address string) *browser {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Error(err)
		conn, _ = net.Pipe() // on which everything fails
	}
	return &browser{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}
}

func (c *browser) close() { _ = c.conn.Close() } // what was sent has been answered

// answer sends the answers of one person as the page's form does, and says with what status they were taken.
func (c *browser) answer(token string) (int, error) {
	const form = "_language=en&q.nps=9&q.where=shop&q.more=Quick+and+friendly%2C+thank+you&_do=send"
	return c.ask(http.MethodPost, token, fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"+
		"Content-Length: %d\r\n\r\n%s", len(form), form))
}

// look opens a link as a scanner of mail does.
func (c *browser) look(method, token string) (int, error) { return c.ask(method, token, "\r\n") }

func (c *browser) ask(method, token, rest string) (int, error) {
	if _, err := io.WriteString(c.conn, method+" /s/"+token+" HTTP/1.1\r\nHost: feedback.example.com\r\n"+rest); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }() // it was read to its end
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// together calls do from so many goroutines at once, and says how long all of them took.
func together(callers int, do func(caller int)) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() { do(caller) })
	}
	all.Wait()
	return time.Since(start)
}

// cpuTime is what this process has used of the machine: a figure that others who use it leave alone.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// flushes is how often a second the disk takes 4 KiB for good: the floor below all floors.
func flushes(b *testing.B) float64 {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "flushed"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	page := make([]byte, 4096)
	start, n := time.Now(), 0
	for ; time.Since(start) < time.Second; n++ {
		if _, err := file.WriteAt(page, int64(n)*int64(len(page))); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// rawTable is a bare table in a database with the settings of ours. Callers wait until their row is on the disk; the rows that
// wait at the same time share a transaction, as in the store.
type rawTable struct {
	db   *sql.DB
	rows chan rawRow
}

type rawRow struct {
	key  string
	done chan error
}

func newRawTable(b *testing.B) *rawTable {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "raw.db")+
		"?_journal_mode=WAL&_synchronous=FULL&_pragma=secure_delete(on)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8000)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(b.Context(), `CREATE TABLE raw (key TEXT NOT NULL PRIMARY KEY, answer TEXT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	r := &rawTable{db: db, rows: make(chan rawRow)}
	var writing sync.WaitGroup
	writing.Go(r.write)
	b.Cleanup(func() {
		close(r.rows)
		writing.Wait()
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return r
}

// most is how many rows share a transaction at most, as in the store.
const most = 256

func (r *rawTable) write() {
	for first := range r.rows {
		batch := []rawRow{first}
	gather:
		for len(batch) < most {
			select {
			case next, open := <-r.rows:
				if !open {
					break gather
				}
				batch = append(batch, next)
			default:
				break gather
			}
		}
		err := r.commit(batch)
		for _, row := range batch {
			row.done <- err
		}
	}
}

func (r *rawTable) commit(batch []rawRow) error {
	tx, err := r.db.Begin()
	if err != nil {
		return err
	}
	insert, err := tx.Prepare(`INSERT INTO raw (key, answer) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // the commit says whether all is well
	for _, row := range batch {
		if _, err := insert.Exec(row.key, `{"nps":9,"where":"shop","more":"Quick and friendly, thank you"}`); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (r *rawTable) insert(key string) error {
	row := rawRow{key: key, done: make(chan error, 1)}
	r.rows <- row
	return <-row.done
}

// percentile of a list that is sorted here.
func percentile(of []time.Duration, percent int) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[min(len(of)-1, len(of)*percent/100)]
}

// tokens are the links with which people answer.
func tokens(pairs []link.Pair) []string {
	all := make([]string, len(pairs))
	for i, pair := range pairs {
		all[i] = pair.Answer
	}
	return all
}
