// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// SurveyTerms say on which terms people are asked. A wave keeps those of the Survey at the time at which it was created.
type SurveyTerms struct {
	// minReport is the number of answers below which no figure is shown anywhere; for employees and internal customers 5 at
	// least. Default: 5.
	// +optional
	// +kubebuilder:default=5
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=1000
	MinReport *int32 `json:"minReport,omitempty"`
	// retention is how long single answers are kept; figures stay. Default: none is promised, and answers are kept.
	// +optional
	Retention Duration `json:"retention,omitempty"`
	// sampling says how many of the contacts are asked. Default: all.
	// +optional
	Sampling *Sampling `json:"sampling,omitempty"`
	// contactRules keep people from being asked by this survey too often, on top of the Program's rules.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	ContactRules []ContactRule `json:"contactRules,omitempty"`
	// reminders say how long after the invitation those are reminded who have not finished, e.g. [3d, 7d]. Default: never.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Reminders []Duration `json:"reminders,omitempty"`
	// quietHours are when nobody is written to.
	// +optional
	QuietHours *QuietHours `json:"quietHours,omitempty"`
	// spreadOver spreads the invitations of a wave evenly over this time. Default: all at once.
	// +optional
	SpreadOver Duration `json:"spreadOver,omitempty"`
	// delivery says how invitations go out. Without it nobody is invited: answers come from other channels only.
	// +optional
	Delivery *Delivery `json:"delivery,omitempty"`
	// privacyNotice is what people read before the first question.
	// +optional
	PrivacyNotice *PrivacyNotice `json:"privacyNotice,omitempty"`
	// thankYou is what people see after they answered.
	// +optional
	ThankYou *ThankYou `json:"thankYou,omitempty"`
	// contactConsent says whether people are asked if they may be contacted about their answer. Default: DontAsk.
	// +optional
	// +kubebuilder:default=DontAsk
	ContactConsent ContactConsent `json:"contactConsent,omitempty"`
	// followUpRules open FollowUps for answers that need one, the first rule that fits. Never for Anonymous surveys.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=20
	FollowUpRules []FollowUpRule `json:"followUpRules,omitempty"`
	// publishTo are the Owners to whom the figures of a wave are sent once it is closed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	PublishTo []Ref `json:"publishTo,omitempty"`
	// dryRun is true while waves count whom they would invite, and invite nobody.
	// +optional
	DryRun bool `json:"dryRun,omitempty"`
	// approval says when a wave waits for somebody's approval.
	// +optional
	Approval *WaveApproval `json:"approval,omitempty"`
}

// Sampling says how many of the contacts of a wave are asked. The same wave gives the same sample, on any cluster.
// +kubebuilder:validation:XValidation:rule="has(self.percent) != has(self.size)",message="a sample is either a share or a number of people: set one of percent and size"
type Sampling struct {
	// percent is the share of contacts, 1 to 100.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Percent *int32 `json:"percent,omitempty"`
	// size is the number of contacts.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	Size *int64 `json:"size,omitempty"`
}

// ContactRule keeps people from being asked too often. It looks at invitations of all surveys of the program; a rule of a
// Survey at those of that survey only.
type ContactRule struct {
	// atMost is how many invitations one person gets within window.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	AtMost int32 `json:"atMost"`
	// window is the rolling time that is looked at, e.g. 30d; 400d at most.
	// +required
	Window Duration `json:"window"`
	// reminders says whether reminders count as invitations: Count or Ignore. Default: Ignore.
	// +optional
	// +kubebuilder:default=Ignore
	Reminders ReminderCounting `json:"reminders,omitempty"`
}

// ReminderCounting says whether reminders count for contact rules.
// +kubebuilder:validation:Enum=Count;Ignore
type ReminderCounting string

// The ways to count reminders.
const (
	RemindersCount  ReminderCounting = "Count"
	RemindersIgnore ReminderCounting = "Ignore"
)

// QuietHours are the hours of the day in which nobody is written to, in the contact's own zone where it is known, else in the
// survey's.
// +kubebuilder:validation:XValidation:rule="self.from != self.to",message="quiet hours that begin when they end are all day or none: set two times"
type QuietHours struct {
	// from is when they begin, e.g. "20:00".
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
	From string `json:"from"`
	// to is when they end, e.g. "08:00"; earlier than from means the next day.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
	To string `json:"to"`
}

// PrivacyNotice is what people read before the first question.
// +kubebuilder:validation:XValidation:rule="has(self.text) || has(self.url)",message="a privacy notice says something: set text, url or both"
type PrivacyNotice struct {
	// text is the notice itself, or its gist.
	// +optional
	Text LocalizedText `json:"text,omitzero"`
	// url is where the whole notice can be read.
	// +optional
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
	URL string `json:"url,omitempty"`
}

// Delivery says how invitations go out.
type Delivery struct {
	// channel is the name of one of the Program's channels.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Channel string `json:"channel"`
	// subject is the subject line. Default: the questionnaire's title.
	// +optional
	Subject LocalizedText `json:"subject,omitzero"`
	// body is the text above the link. {name} and {organization} are replaced. Default: a short text of the operator's own.
	// +optional
	Body LocalizedText `json:"body,omitzero"`
}

// ThankYou is what people see after they answered.
type ThankYou struct {
	// text is shown on the last page. Default: a short thank you.
	// +optional
	Text LocalizedText `json:"text,omitzero"`
	// redirectURL is where they are sent instead. Its host must be on the operator's allow-list.
	// +optional
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:Pattern=`^https://[^\s]+$`
	RedirectURL string `json:"redirectURL,omitempty"`
}

// ContactConsent says whether people are asked if they may be contacted about their answer.
// +kubebuilder:validation:Enum=Ask;DontAsk
type ContactConsent string

// The ways to ask for consent. Without a yes there is no personal follow-up.
const (
	ConsentAsk     ContactConsent = "Ask"
	ConsentDontAsk ContactConsent = "DontAsk"
)

// FollowUpRule opens a FollowUp for answers that need one. The first rule that fits counts.
type FollowUpRule struct {
	// name names the rule within the survey.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// when is a CEL expression over the answer: a.QUESTION is the answer to the question of that id, with hyphens as
	// underscores, e.g. "a.nps <= 6". It is not true when the question was not answered.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	When string `json:"when"`
	// touchpoint is where on journeyRef the answer belongs, so that its owner follows up. Default: the survey's owner.
	// +optional
	Touchpoint TouchpointName `json:"touchpoint,omitempty"`
	// journeyRef is the Journey whose owner, or whose touchpoint's owner, follows up.
	// +optional
	JourneyRef Ref `json:"journeyRef,omitempty"`
	// respondWithin is how soon the customer shall hear from somebody. Default: 48h.
	// +optional
	// +kubebuilder:default="48h"
	RespondWithin Duration `json:"respondWithin,omitempty"`
}

// WaveApproval says when a wave waits for somebody's approval.
type WaveApproval struct {
	// above is the number of invitations above which a wave waits until somebody approves its audience.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	Above int64 `json:"above"`
}

// ShowIf says that a question is asked only after certain answers to an earlier one.
// +kubebuilder:validation:XValidation:rule="[has(self.oneOf), has(self.atMost), has(self.atLeast)].filter(x, x).size() == 1",message="a condition compares in one way: set one of oneOf, atMost and atLeast"
type ShowIf struct {
	// question is the id of an earlier question.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Question string `json:"question"`
	// oneOf are options of a choice, one of which was chosen.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=40
	OneOf []string `json:"oneOf,omitempty"`
	// atMost is the highest number that fits.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	AtMost *int32 `json:"atMost,omitempty"`
	// atLeast is the lowest number that fits.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	AtLeast *int32 `json:"atLeast,omitempty"`
}

// ContactChannel is a way to reach people.
// +kubebuilder:validation:XValidation:rule="has(self.smtp) != has(self.file)",message="a channel is one thing: set one of smtp and file"
type ContactChannel struct {
	// name is how surveys name the channel, e.g. mail.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// smtp sends mail through a server. Its host must be on the operator's allow-list.
	// +optional
	SMTP *SMTPChannel `json:"smtp,omitempty"`
	// file writes the links of each wave to a file for somebody else's mailer.
	// +optional
	File *FileChannel `json:"file,omitempty"`
}

// SMTPChannel is a mail server and the sender's address.
type SMTPChannel struct {
	// host is the server's name, e.g. smtp.example.com.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$`
	Host string `json:"host"`
	// port is the server's port. Default: 587.
	// +optional
	// +kubebuilder:default=587
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`
	// tls is StartTLS (required before anything is said), Implicit (TLS from the first byte, port 465) or None (for a server
	// on the same host). Default: StartTLS.
	// +optional
	// +kubebuilder:default=StartTLS
	TLS TLSMode `json:"tls,omitempty"`
	// from is the sender, e.g. "Example Retail <feedback@example.com>".
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=320
	From string `json:"from"`
	// replyTo is where answers by mail go. Default: from.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=320
	ReplyTo string `json:"replyTo,omitempty"`
	// secretRef is a Secret of type kubernetes.io/basic-auth in this namespace with username and password. Default: no login.
	// +optional
	SecretRef Ref `json:"secretRef,omitempty"`
	// ratePerMinute is how many mails go out in a minute at most. Default: 600.
	// +optional
	// +kubebuilder:default=600
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	RatePerMinute *int32 `json:"ratePerMinute,omitempty"`
	// onAmbiguousSend says what to do when the server's answer never came: Flag (do not send again, show it) or Retry (somebody
	// may get the mail twice). Default: Flag.
	// +optional
	// +kubebuilder:default=Flag
	OnAmbiguousSend AmbiguousPolicy `json:"onAmbiguousSend,omitempty"`
}

// FileChannel writes links to a file in the operator's outbox folder, one CSV for each wave.
type FileChannel struct{}

// TLSMode says how a connection is encrypted.
// +kubebuilder:validation:Enum=StartTLS;Implicit;None
type TLSMode string

// The modes of TLS.
const (
	TLSStartTLS TLSMode = "StartTLS"
	TLSImplicit TLSMode = "Implicit"
	TLSNone     TLSMode = "None"
)

// AmbiguousPolicy says what to do when nobody knows whether a mail went out.
// +kubebuilder:validation:Enum=Flag;Retry
type AmbiguousPolicy string

// The policies for ambiguous attempts.
const (
	AmbiguousFlag  AmbiguousPolicy = "Flag"
	AmbiguousRetry AmbiguousPolicy = "Retry"
)

// Brand is how pages and mails look.
type Brand struct {
	// name is shown instead of the organization's name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Name string `json:"name,omitempty"`
	// colour is the main colour, e.g. "#0b6e4f". It is darkened or lightened where text would be hard to read.
	// +optional
	// +kubebuilder:validation:MinLength=7
	// +kubebuilder:validation:MaxLength=7
	// +kubebuilder:validation:Pattern=`^#[0-9a-fA-F]{6}$`
	Colour string `json:"colour,omitempty"`
	// logo is a small picture as a data URL: data:image/png;base64,... or svg+xml.
	// +optional
	// +kubebuilder:validation:MinLength=20
	// +kubebuilder:validation:MaxLength=40000
	// +kubebuilder:validation:Pattern=`^data:image/(png|svg\+xml|jpeg|webp);base64,[A-Za-z0-9+/=]+$`
	Logo string `json:"logo,omitempty"`
}
