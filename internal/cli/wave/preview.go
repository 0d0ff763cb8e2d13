// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package wave

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// forms are what -o means for other verbs; any other text is a file's name.
var forms = []string{"table", "json", "yaml", "markdown"}

func preview(k *kit.Kit, flags *api.Flags) *cobra.Command {
	var reminder bool
	var file string
	cmd := &cobra.Command{
		Use:   "preview SURVEY",
		Short: "Look at the mail that a survey would send, and where its pages are",
		Long: "Show the invitation, or the reminder, that a survey would send if it opened now, as text, and where it and the survey " +
			"page can be looked at in a browser. With -o the mail is written into a file: as text when its name ends in .txt, else as HTML. " +
			"Nobody is asked. Needs a token for preview.",
		Example: "  kubectl cx wave preview checkout-pulse\n" +
			"  kubectl cx wave preview checkout-pulse --lang ru --reminder -o reminder.html",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).Surveys),
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Contains(forms, file) {
				if err := cmd.Root().PersistentFlags().Set("output", file); err != nil {
					return err
				}
				file = ""
			}
			c, err := flags.Client()
			if err != nil {
				return err
			}
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			p, err := look(kit.Context(cmd), c, args[0], mailLanguage(cmd), reminder, file != "" && filepath.Ext(file) != ".txt")
			if err != nil {
				return err
			}
			if file == "" {
				return k.Print(cmd, lang, p)
			}
			if err := os.WriteFile(file, []byte(p.Mail), 0o600); err != nil {
				return err
			}
			cmd.PrintErrln(file)
			return nil
		},
	}
	flags.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&reminder, "reminder", false, "the reminder instead of the invitation")
	// Instead of the flag of all verbs.
	cmd.Flags().StringVarP(&file, "output", "o", "", "write the mail into this file; or table, json, yaml or markdown")
	return cmd
}

// mailLanguage is that of --lang; empty for the survey's first.
func mailLanguage(cmd *cobra.Command) string {
	if f := cmd.Flags().Lookup("lang"); f != nil {
		return f.Value.String()
	}
	return ""
}

// Preview is what a survey would send.
type Preview struct {
	metav1.TypeMeta `json:",inline"`
	Survey          string `json:"survey"`
	Language        string `json:"language"`
	// Mail is the invitation or the reminder.
	Mail string `json:"mail"`
	// Links are addresses for a browser, by what is there; the token is the password, with any user name.
	Links map[string]string `json:"links"`
}

func look(ctx context.Context, c *api.Client, survey, language string, reminder, html bool) (*Preview, error) {
	listed, err := c.Previews(ctx, survey)
	if err != nil {
		return nil, err
	}
	p := &Preview{TypeMeta: kit.Type("Preview"), Survey: survey, Language: language, Links: map[string]string{}}
	if p.Language == "" && len(listed.Links) > 0 {
		p.Language = listed.Links[0].Language
	}
	what := map[bool]string{false: "mail", true: "reminder"}[reminder]
	if !html {
		what += "Text"
	}
	for _, link := range listed.Links {
		if link.Language != p.Language {
			continue
		}
		p.Links[link.What] = strings.TrimSuffix(c.Base(), "/") + link.URL
		if link.What == what {
			data, err := c.Look(ctx, link)
			if err != nil {
				return nil, err
			}
			p.Mail = string(data)
		}
	}
	if p.Mail == "" {
		return nil, fmt.Errorf("the survey %s is not asked in %q: leave --lang out for its first language", survey, p.Language)
	}
	return p, nil
}

// shown are the links that people are told, in order.
var shown = []struct{ what, en, ru string }{
	{"page", "survey page", "страница опроса"}, {"optOut", "opting out", "отказ от писем"}, {"mail", "invitation", "приглашение"},
	{"reminder", "reminder", "напоминание"},
}

func (v *Preview) links(p *kit.Page) [][]kit.Cell {
	var rows [][]kit.Cell
	for _, s := range shown {
		if at := v.Links[s.what]; at != "" {
			rows = append(rows, kit.Cells(p.T(s.en, s.ru), at))
		}
	}
	return rows
}

// Text writes the mail and the links.
func (v *Preview) Text(p *kit.Page) {
	p.Line("%s", strings.TrimSpace(v.Mail))
	p.Title(p.T("In a browser, with the token as the password", "В браузере; пароль — токен"))
	for _, link := range v.links(p) {
		p.Line("  %s: %s", link[0].Text, link[1].Text) // an address that is cut leads nowhere
	}
}

// Markdown writes the mail and the links.
func (v *Preview) Markdown(p *kit.Page) {
	p.Line("```text\n%s\n```\n", strings.ReplaceAll(strings.TrimSpace(v.Mail), "```", "'''"))
	p.MarkdownTable([]string{"", "URL"}, v.links(p))
}

func test(k *kit.Kit, flags *api.Flags) *cobra.Command {
	var to []string
	cmd := &cobra.Command{
		Use:   "test SURVEY --to ADDRESS",
		Short: "Send the invitation of a survey to addresses of your own",
		Long: "Send the invitation by the survey's channel to 1 to 10 addresses. It counts nowhere, its links lead to the preview, and " +
			"nothing is tried again. In --lang, else in the survey's first language. Needs a token for preview.",
		Example:           "  kubectl cx wave test checkout-pulse --to me@example.com --lang ru",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).Surveys),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(to) == 0 {
				return errors.New("name at least one address with --to")
			}
			c, err := flags.Client()
			if err != nil {
				return err
			}
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			sent, err := c.Test(kit.Context(cmd), args[0], mailLanguage(cmd), to)
			if err != nil {
				return err
			}
			return report(cmd, k, &TestMails{TypeMeta: kit.Type("TestMails"), Survey: args[0], Sent: sent, to: to}, lang)
		},
	}
	flags.AddFlags(cmd.Flags())
	cmd.Flags().StringSliceVar(&to, "to", nil, "an address; can be repeated")
	return cmd
}
