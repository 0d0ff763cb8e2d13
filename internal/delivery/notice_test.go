// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/notice"
)

// oneOfEach has a notice of each kind and of each role.
func oneOfEach() []notice.Notice {
	monday := time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)
	nps := cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "relationship-nps"}
	pay := cxv1.AssignmentSubject{Kind: cxv1.SubjectJourney, Name: "buying", Touchpoint: "pay"}
	program := cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: "program"}
	budget := cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: "program", Item: cxv1.ItemBudget}
	all := []notice.Notice{
		{Kind: notice.Offered, Subject: nps, Role: cxv1.RoleAccountable, InForce: "analyst"},
		{Kind: notice.Escalated, Subject: pay, Role: cxv1.RoleAccountable, InsteadOf: "store-lead"},
		{Kind: notice.Verify, Subject: nps, Role: cxv1.RoleAccountable, InForce: "head-of-cx"},
		{Kind: notice.Waiting, Subject: program, Role: cxv1.RoleLead},
		{Kind: notice.Lapsing, Subject: program, Role: cxv1.RoleSponsor, InForce: "ceo"},
		{Kind: notice.Overdue, Subject: budget, Role: cxv1.RoleApprover, Terms: "budget 120000 EUR for 2027"},
		{Kind: notice.Offered, Subject: program, Role: cxv1.RoleGroupMember},
		{Kind: notice.Offered, Subject: program, Role: cxv1.RoleGovernanceMember},
		{Kind: notice.Offered, Subject: program, Role: cxv1.RoleAmbassador},
		{Kind: notice.Orphaned, Subject: nps, Role: cxv1.RoleAccountable, Missing: "analyst"},
	}
	for i := range all {
		all[i].To, all[i].Assignment = "head-of-cx", "assignment-"+string(rune('a'+i))
		if all[i].Kind != notice.Orphaned {
			all[i].OfferID, all[i].OfferedAt, all[i].DecideBy = "offer-"+string(rune('a'+i)), monday, monday.AddDate(0, 0, 14)
		}
	}
	return all
}

func noticesFor(language cxv1.Language, items ...notice.Notice) Notices {
	return Notices{
		Organization: "Example Retail", Language: language, Owner: "head-of-cx", DisplayName: "Head of Customer Experience", Items: items,
		Link: func(n notice.Notice) string { return "https://feedback.example.com/d/" + n.OfferID },
	}
}

// The letters are kept as files, to be read by people: UPDATE_GOLDEN=1 go test ./internal/delivery -run Letters writes them.
func TestLettersToOwnersReadWell(t *testing.T) {
	for _, language := range []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU} {
		var b strings.Builder
		for _, item := range oneOfEach() {
			letter, err := noticesFor(language, item).Letter()
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("Subject: " + letter.Subject + "\n\n" + letter.Text + "\n=====\n")
		}
		letter, err := noticesFor(language, oneOfEach()...).Letter()
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("Subject: " + letter.Subject + "\n\n" + letter.Text)
		golden(t, "notices."+string(language)+".txt", b.String())
		golden(t, "notices."+string(language)+".html", letter.HTML)
		golden(t, "notices."+string(language)+".chat.txt", noticesFor(language, oneOfEach()...).Chat())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestALinkThatDecidesIsInMailsOnly(t *testing.T) {
	notices := noticesFor(cxv1.LanguageEN, oneOfEach()...)
	letter, err := notices.Letter()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"text": letter.Text, "html": letter.HTML} {
		if n := strings.Count(text, "https://feedback.example.com/d/offer-a"); n == 0 {
			t.Errorf("the %s has no link", name)
		}
	}
	if strings.Contains(notices.Chat(), "feedback.example.com") {
		t.Error("everybody in a chat could decide in the owner's name")
	}
}

func TestAChatTakesVeryManyNotices(t *testing.T) {
	for language, more := range map[cxv1.Language]string{cxv1.LanguageEN: "And 180 more", cxv1.LanguageRU: "И ещё: 180"} {
		many := make([]notice.Notice, 200)
		for i := range many {
			many[i] = oneOfEach()[1]
			many[i].Assignment = strings.Repeat("a", 100)
		}
		text := noticesFor(language, many...).Chat()
		if body, err := json.Marshal(teamsMessage(text)); err != nil || len(body) > 28<<10 || !strings.Contains(text, more) {
			t.Errorf("%s: %d bytes, %v, ends with %q", language, len(body), err, text[len(text)-100:])
		}
		if few := noticesFor(language, many[:inChat]...).Chat(); strings.Contains(few, "kubectl get cxoa\n") || strings.HasSuffix(few, "cxoa") {
			t.Errorf("%s: more than there is in %s", language, few)
		}
	}
}

func TestNoticesHaveOneIDEach(t *testing.T) {
	all := oneOfEach()
	first := noticesFor(cxv1.LanguageEN, all[0]).To("acme", "head@example.com")
	again := noticesFor(cxv1.LanguageRU, all[0]).To("acme", "head@example.com")
	if MessageID(first) != MessageID(again) {
		t.Error("the same notice has two ids")
	}
	seen := map[string]bool{MessageID(first): true}
	for name, other := range map[string]Notices{
		"another notice": noticesFor(cxv1.LanguageEN, all[1]), "both": noticesFor(cxv1.LanguageEN, all[0], all[1]),
	} {
		if id := MessageID(other.To("acme", "head@example.com")); seen[id] {
			t.Errorf("%s has the id of another", name)
		}
	}
	if id := MessageID(noticesFor(cxv1.LanguageEN, all[0]).To("other", "head@example.com")); seen[id] {
		t.Error("another program has the same id")
	}
}

func TestEveryKindAndRoleHasWordsInBothLanguages(t *testing.T) {
	for language, w := range noticePhrases {
		for _, n := range oneOfEach() {
			if w.subjects[n.Kind] == "" || w.kinds[n.Subject.Kind] == "" || w.asks[n.Role] == "" {
				t.Errorf("%s lacks words for %s, %s, %s", language, n.Kind, n.Subject.Kind, n.Role)
			}
		}
		if len(w.kinds) != 7 || len(w.asks) != 7 || len(w.subjects) != 7 {
			t.Errorf("%s has words for %d kinds, %d roles, %d notices", language, len(w.kinds), len(w.asks), len(w.subjects))
		}
	}
}
