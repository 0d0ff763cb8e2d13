// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package rotation_test

import (
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// While invitations go out by a mail server with a login, and notices by mail, Slack, Teams and a signed webhook, all of these Secrets
// are replaced. The other side takes the old and the new for a while, then the new alone. Nothing is lost, refused or sent twice, what is
// in Owners' Secrets is used at the next notice and a login within a minute, and nothing is started anew.
func TestWhatMailAndNoticesAreSentWithIsReplacedWhileTheyGoOut(t *testing.T) {
	w := newWorld(t)
	w.writeSecrets(before)
	due := w.look()
	if c := kube.Condition(w.program, cxv1.ConditionSending); c == nil || c.Status != "True" {
		t.Fatalf("Sending is %+v", c)
	}
	w.start()
	w.during("mail and notices go out", func() bool { return w.post.came(before) >= 150 && w.hooks.web.came(before) >= 15 })

	for _, o := range w.others() {
		o.accepts(before, now)
	}
	w.writeSecrets(now)
	asked := w.asked // whoever is asked from here on is told by the new Secret
	w.during("those who were asked before were told", func() bool { return w.told(asked) })
	byOld := w.hooks.web.came(before)
	mails := w.mails()
	w.during("mail goes out while the new login is not known", func() bool { return w.mails() >= mails+50 })
	if n := w.post.came(now); n != 0 || due > time.Minute {
		t.Errorf("%d mails went out by a login that nobody had read, and Secrets are read every %s", n, due)
	}
	w.clock.SetTime(w.clock.Now().Add(due))
	w.look()
	claimed, asked := w.claims(), w.asked
	w.during("what was begun by the old login has ended", func() bool { return w.claims() > claimed && w.told(asked) })
	w.during("nobody is connected by the old login", func() bool { return w.post.connected(before, 0) == 0 })

	for _, o := range w.others() {
		o.accepts(now)
	}
	mails, notices := w.mails(), w.hooks.web.came(now)
	w.during("mail and notices go out by the new Secrets", func() bool {
		return w.mails() >= mails+150 && w.hooks.web.came(now) >= notices+15
	})
	w.finish()
	if n := w.hooks.web.came(before); n != byOld {
		t.Errorf("%d notices were signed by the old key after the Secret had changed", n-byOld)
	}
	w.post.check(t, "mail", w.invited+w.asked)
	w.hooks.slack.check(t, "Slack", w.asked)
	w.hooks.teams.check(t, "Teams", w.asked)
	w.hooks.web.check(t, "webhook", w.asked)
}
