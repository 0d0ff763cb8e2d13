// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import "strings"

var withMailServer = fields{"spec.channels[0]": map[string]any{"name": "mail", "smtp": mailServer}}

var sendingLimits = []limit{
	{
		kind: "Program", path: "spec.channels[0].smtp.host", with: withMailServer,
		good: []any{"smtp.example.com", "localhost", "192.0.2.1", "A1", long(253)},
		bad:  []any{"", "smtp.example.com.", "-smtp", "smtp_relay", "smtp.example.com:587", "[::1]", long(254), nil},
	},
	{
		kind: "Program", path: "spec.channels[0].name", with: fields{"spec.channels[0].file": map[string]any{}},
		good: []any{"m", "mail-eu", long(40)},
		bad:  []any{"", "Mail", "mail eu", "-mail", long(41), nil},
	},
	{
		kind: "Program", path: "spec.contactRules",
		good: []any{list(5, func(int) any { return contactRule })},
		bad:  []any{[]any{}, list(6, func(int) any { return contactRule }), []any{map[string]any{"atMost": int64(1)}}},
	},
	{
		kind: "Program", path: "spec.brand.colour",
		good: []any{"#0b6e4f", "#FFFFFF"},
		bad:  []any{"", "0b6e4f", "#0b6", "#0b6e4g", "green", "#0b6e4f80"},
	},
	{
		kind: "Program", path: "spec.brand.logo",
		good: []any{"data:image/png;base64,iVBORw0KGgo=", "data:image/svg+xml;base64,PHN2Zy8+", "data:image/webp;base64," + strings.Repeat("A", 39_976)},
		bad: []any{
			"", "https://www.example.com/logo.png", "data:text/html;base64,PGgxPjwvaDE+", "data:image/png;base64,<svg onload=x>",
			"data:image/png;base64," + strings.Repeat("A", 39_979),
		},
	},
	{
		kind: "Survey", path: "spec.quietHours.from", with: fields{"spec.quietHours.to": "08:01"},
		good: []any{"00:00", "20:00", "23:59"},
		bad:  []any{"", "24:00", "8:00", "20:60", "20:00:00", "8 pm", nil},
	},
	{
		kind: "Survey", path: "spec.thankYou.redirectURL",
		good: []any{"https://www.example.com/thanks"},
		bad:  []any{"", "http://www.example.com", "javascript:alert(1)", "https://", "https://www.example.com/a b", "https://" + long(500)},
	},
	{
		kind: "Survey", path: "spec.privacyNotice.url",
		good: []any{"https://www.example.com/privacy", "http://intranet/privacy"},
		bad:  []any{"", "javascript:alert(1)", "https://", "https://www.example.com/a b", "https://" + long(500)},
	},
	{
		kind: "Survey", path: "spec.sampling.percent",
		good: []any{int64(1), int64(100)},
		bad:  []any{int64(0), int64(101)},
	},
	{
		kind: "Owner", path: "spec.notifySecretRef", // a name, so that nobody writes the address itself there
		good: []any{"head-of-cx-mail", "mail.head-of-cx", long(63)},
		bad:  []any{"", "head-of-cx@example.com", "other-namespace/head-of-cx", "Head", long(64)},
	},
	oneOf("Program", "spec.channels[0].smtp.tls", withMailServer, "StartTLS", "Implicit", "None"),
	oneOf("Program", "spec.channels[0].smtp.onAmbiguousSend", withMailServer, "Flag", "Retry"),
	oneOf("Program", "spec.contactRules[0].reminders", fields{"spec.contactRules[0]": contactRule}, "Count", "Ignore"),
	oneOf("Survey", "spec.contactConsent", nil, "Ask", "DontAsk"),
	oneOf("FollowUp", "spec.response.result", nil, "Reached", "NotReached"),
}

var contactRule = map[string]any{"atMost": int64(1), "window": "30d"}
