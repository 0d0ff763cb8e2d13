// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package wave

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// accepted is what a mail server says that took a mail.
const accepted = "Accepted"

// TestMails are what became of test mails, in the order of the addresses, which JSON does not repeat.
type TestMails struct {
	metav1.TypeMeta `json:",inline"`
	Survey          string         `json:"survey"`
	Sent            []api.TestMail `json:"sent"`

	to []string
}

// report prints what became of test mails, and fails when a server did not take one.
func report(cmd *cobra.Command, k *kit.Kit, mails *TestMails, lang cxv1.Language) error {
	if err := k.Print(cmd, lang, mails); err != nil {
		return err
	}
	if slices.ContainsFunc(mails.Sent, func(m api.TestMail) bool { return m.Result != accepted }) {
		return errors.New("the mail server did not take every mail; nothing is tried again")
	}
	return nil
}

func (m *TestMails) table(p *kit.Page) ([]string, [][]kit.Cell) {
	var rows [][]kit.Cell
	for i, sent := range m.Sent {
		tone, code := kit.Good, ""
		if sent.Result != accepted {
			tone = kit.Bad
		}
		if sent.Code != 0 {
			code = fmt.Sprint(sent.Code)
		}
		address := fmt.Sprint(i + 1)
		if i < len(m.to) {
			address = m.to[i]
		}
		rows = append(rows, []kit.Cell{{Text: address}, {Text: word(p, sent.Result), Tone: tone}, {Text: code}})
	}
	return []string{p.T("address", "адрес"), p.T("result", "итог"), p.T("code", "код")}, rows
}

func word(p *kit.Page, result string) string {
	switch result {
	case accepted:
		return p.T("taken by the mail server", "принято почтовым сервером")
	case "Bounced":
		return p.T("refused for good", "отвергнуто навсегда")
	case "Ambiguous":
		return p.T("not known: the server's answer never came", "неизвестно: сервер не ответил")
	}
	return p.T("not sent", "не отправлено")
}

// Text writes a table.
func (m *TestMails) Text(p *kit.Page) { p.Table(m.table(p)) }

// Markdown writes a table.
func (m *TestMails) Markdown(p *kit.Page) { p.MarkdownTable(m.table(p)) }
