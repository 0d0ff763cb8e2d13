// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"
	"strings"

	"github.com/cx-operator/cx-operator/internal/store"
)

// The columns that mean something; their case does not matter.
const (
	columnID       = "id"
	columnEmail    = "email"
	columnName     = "name"
	columnLanguage = "language"
	columnTimeZone = "timezone"
)

// header is what the columns of a file mean.
type header struct {
	// columns are their names, those that mean something in small letters.
	columns []string
	hasID   bool
}

func readHeader(names []string) (header, error) {
	h := header{}
	seen, attributes := map[string]bool{}, 0
	for i, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			return h, problem{fmt.Sprintf("column %d has no name", i+1), "name every column, or remove it"}
		}
		if err := checkText(fmt.Sprint(i+1), name); err != nil {
			return h, err
		}
		small := strings.ToLower(name)
		if seen[small] {
			return h, problem{fmt.Sprintf("two columns are named %q", name), "rename one of them; large and small letters are the same here"}
		}
		seen[small] = true
		switch small {
		case columnID, columnEmail, columnName, columnLanguage, columnTimeZone:
			name = small
		default:
			attributes++
		}
		h.columns = append(h.columns, name)
	}
	h.hasID = seen[columnID]
	switch {
	case !seen[columnEmail]:
		return h, problem{"no column is named email", "name the columns on the first line, one of which is email"}
	case attributes > store.MaxAttributes:
		return h, problem{fmt.Sprintf("there are %d columns besides id, email, name, language and timeZone", attributes),
			fmt.Sprintf("leave %d at most", store.MaxAttributes)}
	}
	return h, nil
}

func (h header) keyName() string {
	if h.hasID {
		return "id"
	}
	return "address"
}

// assign puts fields where they belong.
func (h header) assign(record []string) (store.Contact, error) {
	var c store.Contact
	for i, field := range record {
		name, text := h.columns[i], strings.TrimSpace(field)
		if name == columnEmail { // NormalizeAddress knows better
			c.Address = strings.Clone(text)
			continue
		}
		if err := checkText(name, text); err != nil {
			return c, err
		}
		text = strings.Clone(text) // not the whole record, of which it is a part
		switch name {
		case columnID:
			c.Key = text
		case columnName:
			c.Name = text
		case columnLanguage:
			c.Language = text
		case columnTimeZone:
			c.TimeZone = text
		default:
			if text == "" {
				continue
			}
			if c.Attributes == nil {
				c.Attributes = map[string]string{}
			}
			c.Attributes[name] = text
		}
	}
	return c, nil
}
