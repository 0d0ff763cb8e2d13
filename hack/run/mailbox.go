// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// usualMailbox is the address that the sample names as its mail server.
const usualMailbox = "127.0.0.1:10025"

// maxMails is how many mails the mailbox keeps; the oldest go first.
const maxMails = 500

// mailbox is a mail server that keeps everything and shows it on a page: what the sample sends goes nowhere else.
type mailbox struct {
	// SMTP is the address of the mail server, URL that of the page.
	SMTP, URL string

	smtp *smtp.Server
	http *http.Server

	mu    sync.Mutex
	mails []letter
	total int
}

// letter is a mail that came in.
type letter struct {
	ID                  int
	At                  time.Time
	From, To, Subject   string
	Text, HTML          string
	Unsubscribe, Thread string
}

func startMailbox() (*mailbox, error) {
	m := &mailbox{}
	mails, err := net.Listen("tcp", usualMailbox)
	if err != nil { // somebody has it
		if mails, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, mails.Close())
	}
	m.SMTP, m.URL = mails.Addr().String(), "http://"+pages.Addr().String()+"/"
	m.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &conversation{box: m}, nil }))
	m.smtp.Domain, m.smtp.ReadTimeout, m.smtp.MaxMessageBytes = "localhost", time.Minute, 1<<20
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.list)
	mux.HandleFunc("GET /mail/{id}", m.show)
	mux.HandleFunc("GET /mail/{id}/html", m.body)
	m.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = m.smtp.Serve(mails) }() // ends with Close
	go func() { _ = m.http.Serve(pages) }() // ends with Close
	return m, nil
}

func (m *mailbox) stop() error { return errors.Join(m.smtp.Close(), m.http.Close()) }

// port of the mail server.
func (m *mailbox) port() int {
	_, text, _ := strings.Cut(m.SMTP, ":")
	port, _ := strconv.Atoi(text) // it is what we listen on
	return port
}

// received lists the mails from the oldest on, and how many there were in all.
func (m *mailbox) received() ([]letter, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails), m.total
}

func (m *mailbox) keep(l letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total++
	l.ID = m.total
	m.mails = append(m.mails, l)
	if len(m.mails) > maxMails {
		m.mails = slices.Delete(m.mails, 0, len(m.mails)-maxMails)
	}
}

func (m *mailbox) find(id string) (letter, bool) {
	mails, _ := m.received()
	for _, l := range mails {
		if strconv.Itoa(l.ID) == id {
			return l, true
		}
	}
	return letter{}, false
}

// conversation is one client of the mail server.
type conversation struct {
	box      *mailbox
	from, to string
}

func (c *conversation) Reset()                                      { c.from, c.to = "", "" }
func (c *conversation) Logout() error                               { return nil }
func (c *conversation) Mail(from string, _ *smtp.MailOptions) error { c.from = from; return nil }
func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error   { c.to = to; return nil }

// Data takes a mail.
func (c *conversation) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	l := letter{At: time.Now(), From: c.from, To: c.to, Unsubscribe: strings.Trim(message.Header.Get("List-Unsubscribe"), "<>")}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return err
	}
	l.Thread = message.Header.Get("Message-Id")
	if err := l.read(message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body); err != nil {
		return err
	}
	c.box.keep(l)
	return nil
}

func (l *letter) read(contentType, encoding string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, parameters["boundary"])
		for {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := l.read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if kind == "text/html" {
		l.HTML = string(content)
	} else {
		l.Text = string(content)
	}
	return nil
}

// link is the first address in the plain text with a path that begins with the prefix.
func (l letter) link(prefix string) string {
	for word := range strings.FieldsSeq(l.Text) {
		if strings.Contains(word, prefix) {
			return word
		}
	}
	return ""
}

var mailboxPage = template.Must(template.New("mailbox").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mailbox of the sample</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ccc}
iframe{width:100%;height:36rem;border:1px solid #ccc}</style></head><body>
{{with .One}}<p><a href="/">All mails</a></p><h1>{{.Subject}}</h1><p>To {{.To}}, {{.At.Format "15:04:05"}}</p>
<iframe src="/mail/{{.ID}}/html" title="The mail"
 sandbox="allow-popups allow-top-navigation-by-user-activation allow-same-origin"></iframe>
<h2>Plain text</h2><pre style="white-space:pre-wrap">{{.Text}}</pre>
{{else}}<h1>Mailbox of the sample</h1>
<p>Everything that the operator sends here ends up on this page and goes nowhere else. {{.Total}} mails so far; reload for more.</p>
<table><tr><th>Time</th><th>To</th><th>Subject</th></tr>
{{range .All}}<tr><td>{{.At.Format "15:04:05"}}</td><td>{{.To}}</td><td><a href="/mail/{{.ID}}">{{.Subject}}</a></td></tr>
{{end}}</table>{{end}}</body></html>`))

type mailboxView struct {
	One   *letter
	All   []letter
	Total int
}

func (m *mailbox) list(w http.ResponseWriter, _ *http.Request) {
	mails, total := m.received()
	slices.Reverse(mails)
	render(w, mailboxView{All: mails[:min(len(mails), 100)], Total: total})
}

func (m *mailbox) show(w http.ResponseWriter, r *http.Request) {
	l, ok := m.find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	render(w, mailboxView{One: &l})
}

func (m *mailbox) body(w http.ResponseWriter, r *http.Request) {
	l, ok := m.find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// Links open the survey in the whole window, as a mail program would.
	_, _ = io.WriteString(w, strings.Replace(l.HTML, "<head>", `<head><base target="_top">`, 1))
}

func render(w http.ResponseWriter, view mailboxView) {
	var page bytes.Buffer
	if err := mailboxPage.Execute(&page, view); err != nil {
		http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}
