// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

const list = "email;id;name\ncustomer-01@shop.example;01;Canary One\ncustomer-02@shop.example;02;Canary Two\n"

func TestAListIsImportedAndCounted(t *testing.T) {
	o := openOffice(t)
	customers := file(t, "customers.csv", list)
	importing := func(args ...string) said {
		t.Helper()
		return o.run(gateway.ForContacts, "", append([]string{"contacts", "import", customers, "--persona", "customers"}, args...)...)
	}
	importing("--dry-run", "--lang", "ru").ok().says("пробный прогон", "добавлено       2")
	importing().ok().says("Persona customers\n", "added       2", "removed     0").tellsNothingOf("Canary", "shop.example")
	importing("-o", "json").ok().says(`"kind": "ContactsImport"`, `"persona": "customers"`, `"unchanged": 2`, `"dryRun": false`)
	if err := o.Store.OptOut(t.Context(), invited.Program, "customer-02@shop.example", "letter", monday); err != nil {
		t.Fatal(err)
	}
	counts := []string{"contacts", "counts", "--persona", "customers"}
	o.run(gateway.ForContacts, "", counts...).ok().says("known             2", "reachable         1", "opted out         1")
	o.run(gateway.ForContacts, "", append(counts, "-o", "markdown", "--lang", "ru")...).ok().says("| отказались | 1 |")

	o.run(gateway.ForContacts, "email\n", "contacts", "import", "-", "--persona", "customers").
		fails("everybody would be removed")
	o.run(gateway.ForContacts, "email\n", "contacts", "import", "-", "--persona", "customers", "--allow-empty").ok().says("removed     2")
}

func TestLinesOfAListThatAreRefusedAreNamed(t *testing.T) {
	o := openOffice(t)
	bad := file(t, "bad.csv", "email\ncustomer-01@shop.example\nnobody\ncustomer-03@shop.example\nno address\n")
	got := o.run(gateway.ForContacts, "", "contacts", "import", bad, "--persona", "customers")
	got.fails("lines that are refused: 2", "Nothing was imported")
	for _, line := range []string{bad + ":3: ", bad + ":5: "} {
		if !strings.Contains(got.err, line) {
			t.Errorf("no %q in\n%s", line, got.err)
		}
	}
	if got.out != "" {
		t.Errorf("it prints\n%s", got.out)
	}
	o.run(gateway.ForContacts, "", "contacts", "counts", "--persona", "customers").ok().says("known             0")
}

func TestAPersonIsErasedAndAnAddressOptedOut(t *testing.T) {
	o := openOffice(t)
	o.run(gateway.ForContacts, list, "contacts", "import", "-", "--persona", "customers").ok()
	o.run(gateway.ForPeople, "01\n", "contacts", "erase", "--key", "-").ok().says("Erased, now or before", "lists         1")
	o.run(gateway.ForPeople, "", "contacts", "erase", "--key", "01", "--lang", "ru").ok().says("Удалено, сейчас или раньше")
	o.run(gateway.ForPeople, "", "contacts", "erase", "--key", "nobody").ok().says("check how it is written")
	o.run(gateway.ForPeople, "Customer-02@shop.example\n", "contacts", "opt-out", "--address", "-").ok().says("Opted out").
		tellsNothingOf("shop.example")
	o.run(gateway.ForContacts, "", "contacts", "counts", "--persona", "customers").ok().says("known             1", "opted out         1")
	o.run(gateway.ForPeople, "", "contacts", "opt-out", "--address", "canary").fails("Nobody was opted out").tellsNothingOf("canary")
	o.run(gateway.ForPeople, "a@b.example\nc@d.example\n", "contacts", "opt-out", "--address", "-").fails("more than one line")
	o.run(gateway.ForPeople, "\n", "contacts", "erase", "--key", "-").fails("say who with --key")
}

func TestMailIsStoppedAndGoesOn(t *testing.T) {
	o := openOffice(t)
	paused := func(want store.MailBars) {
		t.Helper()
		bars, err := o.Store.MailBars(t.Context(), invited.Program, nil)
		if diff := cmp.Diff(want, bars); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	o.run(gateway.ForOperate, "", "pause").ok().says("No mail of the program example-retail goes out", "kubectl cx pause --resume")
	paused(store.MailBars{Paused: true, ByHand: true})
	if err := o.Store.Pause(t.Context(), invited.Program, true); err != nil {
		t.Fatal(err)
	}
	o.run(gateway.ForOperate, "", "pause", "--resume").ok().says("spec.suspendSending of the Program does")
	paused(store.MailBars{Paused: true})
	if err := o.Store.Pause(t.Context(), invited.Program, false); err != nil {
		t.Fatal(err)
	}
	o.run(gateway.ForOperate, "", "pause", "--resume", "--lang", "ru").ok().says("ничто не задерживает")
	o.run(gateway.ForOperate, "", "pause", "--resume", "-o", "json").ok().says(`"kind": "Sending"`, `"pausedByHand": false`)
	paused(store.MailBars{})
}

// past writes what happened in a program.
func (o *office) past() {
	o.Helper()
	at := func(days int) time.Time { return monday.AddDate(0, 0, days) }
	s, ctx, id := o.Store, o.Context(), invited.Program
	must := func(err error) {
		o.Helper()
		if err != nil {
			o.Fatal(err)
		}
	}
	for n, stage := range []int64{1, 2, 1} {
		_, err := s.RecordStage(ctx, id, store.StageChange{Framework: "six-stages", Stage: stage, At: at(n * 30)})
		must(err)
	}
	for n, result := range []store.DecisionResult{store.Accepted, store.Declined, store.Lapsed} {
		_, err := s.RecordDecision(ctx, id, store.Decision{
			OfferID: "offer-" + string(result), SubjectKind: "KPI", SubjectName: "nps", Role: "Accountable", Owner: []string{"head-of-cx", "ceo", "cfo"}[n],
			Result: result, Reason: "canary", DecidedBy: "canary@shop.example", Means: "OwnerAssignment", At: at(n),
		})
		must(err)
	}
	must(s.RecordWaveStarted(ctx, id, store.WaveStart{Survey: "pulse", Slot: "20270104t0900", DueAt: at(0)}))
	_, err := s.RecordWave(ctx, id, store.WaveOutcome{
		Survey: "pulse", Slot: "20270104t0900", DueAt: at(0), OpenedAt: at(0), ClosedAt: at(14), Phase: store.WaveClosed,
		Counts: store.WaveCounts{Eligible: 100, Sampled: 100, Invited: 100, Responded: 31},
	})
	must(err)
	for n, value := range []string{"40", "41.5", "42"} {
		_, err := s.RecordPoint(ctx, id, store.KPIPoint{
			KPI: "nps", AsOf: at(n / 2 * 7), Value: value, N: 200, Low: "30", High: "50", Source: "manual", RecordedAt: at(n),
		})
		must(err)
	}
}

func TestEvidenceIsTakenAlongAndTellsTheSameHistory(t *testing.T) {
	o := openOffice(t)
	o.past()
	evidence := filepath.Join(t.TempDir(), "evidence.json")
	if got := o.run(gateway.ForOperate, "", "export", "-o", evidence).ok(); got.out != "" {
		t.Errorf("it prints\n%s", got.out)
	}
	written := read(t, evidence)
	if got := o.run(gateway.ForOperate, "", "export").ok().tellsNothingOf("canary", "shop.example"); got.out != written {
		t.Errorf("file and standard output differ:\n%s", cmp.Diff(written, got.out))
	}
	var parsed store.Evidence
	if err := json.Unmarshal([]byte(written), &parsed); err != nil || parsed.Kind != store.EvidenceKind || len(parsed.Points) != 2 {
		t.Errorf("%v: %+v", err, parsed)
	}
	want := `WHEN                     KIND       OF           WHAT
2027-01-04 09:00 +0000   decision   KPI/nps      head-of-cx accepted, accountable
2027-01-04 09:00 +0000   value      nps          41.5 [30, 50] n=200 corrected
2027-01-04 09:00 +0000   stage      six-stages   stage 1
2027-01-05 09:00 +0000   decision   KPI/nps      ceo declined, accountable
2027-01-06 09:00 +0000   decision   KPI/nps      cfo did not decide in time, accountable
2027-01-11 09:00 +0000   value      nps          42 [30, 50] n=200
2027-01-18 09:00 +0000   wave       pulse        20270104t0900 closed, invited 100, answered 31
2027-02-03 09:00 +0000   stage      six-stages   reached stage 2, from 1
2027-03-05 09:00 +0000   stage      six-stages   fell to stage 1 from 2
`
	if diff := cmp.Diff(want, o.run(gateway.ForOperate, "", "history").ok().out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, args := range [][]string{{}, {"-o", "json"}, {"-o", "yaml"}, {"-o", "markdown"}, {"--kpi", "nps"}, {"--lang", "ru"}} {
		args = append([]string{"history"}, args...)
		online, offline := o.run(gateway.ForOperate, "", args...).ok(), run(t, "", append(args, "--evidence", evidence)...).ok()
		if diff := cmp.Diff(online.out, offline.out); diff != "" {
			t.Errorf("%v (-online +offline):\n%s", args, diff)
		}
	}
	for option, lines := range map[string]int{"--kpi=nps": 3, "--survey=pulse": 2, "--owner=ceo": 2, "--owner=nobody": 1} {
		if got := run(t, "", "history", option, "--evidence", evidence).ok(); strings.Count(got.out, "\n") != lines {
			t.Errorf("%s: want %d lines:\n%s", option, lines, got.out)
		}
	}
	run(t, "", "history", "--lang", "ru", "--evidence", evidence).ok().says("КОГДА", "ceo: отказ (роль: отвечает)", "снижение до этапа 1 с 2", "исправлено")
	o.run(gateway.ForOperate, "", "export", "-o", "yaml").fails("names the file to write")
	if _, err := os.Stat("yaml"); err == nil {
		t.Error("there is a file named yaml")
	}
}

func TestAnOwnerLooksUpWhomAFollowUpIsAbout(t *testing.T) {
	o := openOffice(t)
	o.run(gateway.ForPeople, "", "followups", "whom", "nothing").fails("Nothing leads from this follow-up to a person")
	o.unhappy()
	o.run(gateway.ForPeople, "", "followups", "whom", "case").ok().
		says("case\n", "key        pulse-0000", "address    pulse-0000@shop.example", "nps        2", `why        ["price"]`)
	o.run(gateway.ForPeople, "", "followups", "whom", "case", "-o", "json").ok().says(`"kind": "FollowUpPerson"`, `"key": "pulse-0000"`)
	if err := o.Store.OptOut(t.Context(), invited.Program, "pulse-0000@shop.example", "letter", monday); err != nil {
		t.Fatal(err)
	}
	o.run(gateway.ForPeople, "", "followups", "whom", "case", "--lang", "ru").ok().says("лучше позвоните")
}

func TestASurveyIsLookedAtAndTriedOutBeforeItIsSent(t *testing.T) {
	o := openOffice(t)
	o.run(gateway.ForPreview, "", "wave", "preview", "pulse").fails("condition Ready says why")
	o.draft()
	preview := o.url + "/api/v1/surveys/pulse/preview/"
	o.run(gateway.ForPreview, "", "wave", "preview", "pulse").ok().
		says("Subject: ", "Example Retail", "survey page: "+preview+"en/page", "reminder: "+preview+"en/mail.html?reminder=1")
	o.run(gateway.ForPreview, "", "wave", "preview", "pulse", "--lang", "ru").ok().says("Порекомендуете ли вы нас?", "страница опроса: "+preview+"ru/page")

	o.run(gateway.ForPreview, "", "wave", "preview", "pulse", "-o", "json").ok().says(`"kind": "Preview"`, `"language": "en"`, `"mail": "Subject: `)

	mail := filepath.Join(t.TempDir(), "mail.html")
	o.run(gateway.ForPreview, "", "wave", "preview", "pulse", "-o", mail).ok()
	reminder := strings.TrimSuffix(mail, "html") + "txt"
	o.run(gateway.ForPreview, "", "wave", "preview", "pulse", "--reminder", "-o", reminder).ok()
	if html, text := read(t, mail), read(t, reminder); !strings.Contains(html, "<html") || !strings.HasPrefix(text, "Subject: ") {
		t.Errorf("HTML\n%s\ntext\n%s", html, text)
	}

	o.run(gateway.ForPreview, "", "wave", "test", "pulse").fails("at least one address")
	o.run(gateway.ForPreview, "", "wave", "test", "pulse", "--to", "me@example.com", "--to", "you@example.com", "--lang", "ru").ok().
		says("me@example.com    принято почтовым сервером", "you@example.com")
	sent := read(t, filepath.Join(o.outbox, invited.Program, "pulse-draft.csv"))
	if !strings.Contains(sent, "me@example.com") || !strings.Contains(sent, "[Проба]") {
		t.Errorf("what was sent:\n%s", sent)
	}
	if err := o.Store.PauseByHand(t.Context(), invited.Program, true); err != nil {
		t.Fatal(err)
	}
	o.run(gateway.ForPreview, "", "wave", "test", "pulse", "--to", "me@example.com").fails("stopped by hand", "kubectl cx pause --resume")
}

func TestWhoMayNotIsToldWhy(t *testing.T) {
	o := openOffice(t)
	token := file(t, "token", tokenFor(gateway.ForOperate))
	guess := file(t, "guess", "canary-guess")
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	taken := ""
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { taken = r.Header.Get("Authorization") }))
	defer thief.Close()
	redirect := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer redirect.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, tc := range map[string]struct {
		args  []string
		words string
	}{
		"no token":              {[]string{"--api-url", o.url}, "name its file with --api-token-file or CX_API_TOKEN_FILE"},
		"no such file":          {[]string{"--api-url", o.url, "--api-token-file", "/nowhere/token"}, "/nowhere/token"},
		"a line of the file":    {[]string{"--api-url", o.url, "--api-token-file", file(t, "line", "acme operate canary-1")}, "has 3 words"},
		"a guess":               {[]string{"--api-url", o.url, "--api-token-file", guess}, "does not know this token"},
		"for something else":    {[]string{"--api-url", o.url, "--api-token-file", file(t, "people", tokenFor(gateway.ForPeople))}, "not for operate"},
		"nobody answers":        {[]string{"--api-url", closed.URL, "--api-token-file", token}, "kubectl port-forward"},
		"somebody else does":    {[]string{"--api-url", page.URL, "--api-token-file", token}, "--gateway-ops-bind-address"},
		"somebody else's":       {[]string{"--api-url", redirect.URL, "--api-token-file", token}, "--gateway-ops-bind-address"},
		"no address":            {[]string{"--api-url", "127.0.0.1:8091", "--api-token-file", token}, "no address like http://"},
		"a password in the URL": {[]string{"--api-url", "http://canary:canary@127.0.0.1", "--api-token-file", token}, "no address like http://"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, "", append([]string{"export"}, tc.args...)...).fails(tc.words).tellsNothingOf("canary")
		})
	}
	if taken != "" {
		t.Errorf("somebody else got %q", taken)
	}
}

func TestTheEnvironmentSaysWhereTheAPIIs(t *testing.T) {
	o := openOffice(t)
	t.Setenv("CX_API_URL", o.url)
	t.Setenv("CX_API_TOKEN_FILE", file(t, "token", tokenFor(gateway.ForOperate)))
	run(t, "", "export").ok().says(`"kind": "Evidence"`)
}
