// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package calendar is the verb that says what comes: waves and reminders, decisions that are due, approvals that end, reviews.
package calendar

import (
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// maxDays is how far ahead one can look.
const maxDays = 3660

// Command lists what comes.
func Command(k *kit.Kit) *cobra.Command {
	days := 90
	cmd := &cobra.Command{
		Use:   "calendar [FOLDER]",
		Short: "List what comes: waves, reminders, decisions, reviews, dates",
		Long: "List what comes by itself or is due: waves and reminders, until when owners are asked to decide or to confirm, " +
			"approvals, exemptions and answers that end, reviews of the committee, dates of initiatives and goals, follow-ups. Waves " +
			"stand at the time at which they are due; a survey's jitter and the quiet hours of single people are not counted in. " +
			"With -o ics the list is an iCalendar file, which calendars read: an entry keeps its UID for as long as it means the same.",
		Example:           "  kubectl cx calendar -n retail --days 30\n  kubectl cx calendar config/samples/retailer -o ics > retail.ics",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 1 || days > maxDays {
				return fmt.Errorf("--days is %d: write 1 to %d", days, maxDays)
			}
			source, err := k.Load(cmd, args)
			if err != nil {
				return err
			}
			lang, err := k.Language(source.Snapshot.Program)
			if err != nil {
				return err
			}
			result := Of(source, days)
			if k.Output() != "ics" {
				return k.Print(cmd, lang, result)
			}
			_, err = cmd.OutOrStdout().Write(result.ICS(kit.NewPage(lang, 0)))
			return err
		},
	}
	cmd.Flags().IntVar(&days, "days", days, "how many days to look ahead")
	return cmd
}

// Result is what comes.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Organization    string `json:"organization"`
	// From and Until are the time that was looked at.
	From  metav1.Time `json:"from"`
	Until metav1.Time `json:"until"`
	// Entries are in the order of time.
	Entries []Entry `json:"entries"`
	// Cut names surveys that have more waves in that time than are listed.
	Cut []Cut `json:"cut,omitempty"`

	programID string
	zone
}

// Kind is what kind of an entry it is.
type Kind string

// The kinds of entries.
const (
	// Wave is due, Reminder the earliest time at which people are reminded, Closes when a wave takes no more answers.
	Wave     Kind = "Wave"
	Reminder Kind = "Reminder"
	Closes   Kind = "Closes"
	// Decision is until when an owner is asked to decide on offers, Confirmation when they are asked to confirm.
	Decision     Kind = "Decision"
	Confirmation Kind = "Confirmation"
	// ExemptionEnds, ApprovalEnds and AnswersExpire are the last day or instant at which something counts.
	ExemptionEnds Kind = "ExemptionEnds"
	ApprovalEnds  Kind = "ApprovalEnds"
	AnswersExpire Kind = "AnswersExpire"
	// Review is the last day for the committee's next review.
	Review Kind = "Review"
	// Due is the last day for an initiative, a goal or a milestone.
	Due Kind = "Due"
	// FollowUpDue is until when a customer shall hear from somebody.
	FollowUpDue Kind = "FollowUpDue"
)

// Entry is something that comes.
type Entry struct {
	Kind Kind `json:"kind"`
	// At is when. Day is the day instead, in the program's zone, where a day is meant; At is then the end of it.
	At  metav1.Time `json:"at"`
	Day cxv1.Date   `json:"day,omitempty"`
	// Until is when a wave takes no more answers.
	Until *metav1.Time `json:"until,omitempty"`
	// Objects are what it is about, as kind and name.
	Objects []string `json:"objects"`
	// Name is what it is called: a milestone, the criterion of an exemption, the item approved.
	Name string `json:"name,omitempty"`
	// Owner is whose turn it is; Personas are who is asked.
	Owner    string     `json:"owner,omitempty"`
	Personas []cxv1.Ref `json:"personas,omitempty"`

	// key tells entries of one object and kind apart for as long as they mean the same.
	key string
}

// Cut is a survey that has more waves than are listed.
type Cut struct {
	Survey string `json:"survey"`
	// After is the last one listed.
	After metav1.Time `json:"after"`
}
