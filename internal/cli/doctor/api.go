// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cx-operator/cx-operator/internal/cli/api"
)

// operatorAPI looks at the operator's API and at the survey pages, as the bearer of a token. Without one, whoever asks does not use it.
func (d *doctor) operatorAPI(flags *api.Flags, wanted bool) {
	c, err := flags.Client()
	if err != nil && wanted {
		d.say(Error, "token", texts{"The operator's API cannot be asked.", "API оператора не спросить.", "", ""}, err.Error())
		return
	}
	if err != nil {
		d.say(Skipped, "api", texts{
			"The operator's API was not looked at.", "API оператора не проверялось.",
			"Name the file of a token with --api-token-file or CX_API_TOKEN_FILE; whoever runs the operator gives tokens out (--api-tokens).",
			"Укажите файл с токеном: --api-token-file или CX_API_TOKEN_FILE; токены выдаёт тот, кто управляет оператором (--api-tokens).",
		}, "")
		return
	}
	token, err := c.Token(d)
	var no *api.Refusal
	switch {
	case errors.As(err, &no) && no.Status == http.StatusUnauthorized:
		d.say(Error, "token", texts{"The operator does not know this token.", "Оператор не знает этого токена.", "", ""}, err.Error())
		return
	case err != nil:
		d.say(Error, "api", texts{"The operator's API does not answer as it should.", "API оператора не отвечает как надо.", "", ""}, err.Error())
		return
	}
	d.purposes(token.Purposes, token.Program)
	if d.snapshot != nil && d.snapshot.Program != nil && d.snapshot.Program.Spec.ID != token.Program {
		d.say(Error, "token", texts{
			"The token is for the program %s, and the Program of this namespace is %s.", "Токен — для программы %s, а Program здесь — %s.",
			"Take the token of this program, or name its namespace with -n.", "Возьмите токен этой программы или укажите её пространство имён с -n.",
		}, "", token.Program, d.snapshot.Program.Spec.ID)
	}
	if slices.Contains(token.Purposes, "operate") {
		d.byHand(c)
	}
	d.pages(token.PublicURL)
}

// verbsFor are those that want a token for a purpose.
var verbsFor = []struct{ purpose, verbs string }{
	{"contacts", "contacts import, contacts counts"},
	{"people", "contacts erase, contacts opt-out, followups whom"},
	{"operate", "export, history, pause"},
}

// purposes says what the token is good for, what it is not, and whether it is good for too much.
func (d *doctor) purposes(purposes []string, program string) {
	var others []string
	for _, v := range verbsFor {
		if !slices.Contains(purposes, v.purpose) {
			others = append(others, v.verbs+" ("+v.purpose+")")
		}
	}
	d.fine("token", "The operator's API answers; the token is for %s of the program %s. Verbs that want another one: %s.",
		"API оператора отвечает; токен программы %[2]s годен для: %[1]s. Другой нужен командам: %[3]s.", strings.Join(purposes, ", "), program,
		orNothing(d.page().T("none", "никаким"), others))
	if slices.Contains(purposes, "answers") && slices.Contains(purposes, "people") {
		d.say(Warning, "token", texts{
			"Who has this token can both hand in answers and look people up.", "Владелец токена может и сдавать ответы, и узнавать, чьи они.",
			"Give each system a token of its own, for what it needs: docs/contacts.md, Tokens.",
			"Дайте каждой системе свой токен, только для нужного: docs/contacts.md, Tokens.",
		}, "")
	}
}

// byHand says what the Program says within a minute.
func (d *doctor) byHand(c *api.Client) {
	if state, err := c.Sending(d); err == nil && state.PausedByHand {
		d.say(Warning, "sending", texts{
			"Somebody stopped all mail of the program by hand.", "Кто-то вручную остановил все письма программы.",
			"Let it go on: kubectl cx pause --resume.", "Продолжить: kubectl cx pause --resume.",
		}, "")
	}
}

// pages asks for the document that the survey pages' address has of itself, as people would reach it from here.
func (d *doctor) pages(address string) {
	if address == "" {
		d.say(Skipped, "pages", texts{
			"Where people reach the survey pages is not known.", "Где люди открывают страницы опросов, неизвестно.", "", "",
		}, "")
		return
	}
	if parsed, err := url.Parse(address); err == nil && parsed.Scheme != "https" {
		d.say(Warning, "pages", texts{
			"Survey pages are at %s, without TLS: who is in between can read answers.",
			"Страницы опросов — на %s, без TLS: ответы можно прочесть по пути.",
			"Put a proxy with a certificate before them, and write --public-url with https.",
			"Поставьте перед ними прокси с сертификатом и задайте --public-url с https.",
		}, "", address)
	}
	if why := ask(d, strings.TrimSuffix(address, "/")+"/api/v1/openapi.json"); why != "" {
		d.say(Warning, "pages", texts{
			"The survey pages at %s cannot be reached from here.", "Страницы опросов на %s отсюда недоступны.",
			"Open the address on a phone: if it is not there either, look at the proxy, its certificate and the DNS entry.",
			"Откройте адрес на телефоне; если и там нет, проверьте прокси, его сертификат и запись DNS.",
		}, why, address)
		return
	}
	d.fine("pages", "The survey pages at %s answer.", "Страницы опросов на %s отвечают.", address)
}

// ask says why an address does not answer as the survey pages would; empty when it does.
func ask(ctx context.Context, address string) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(data), `"cx-operator`) {
		return "something else answers there: " + answer.Status
	}
	return ""
}
