// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxTries and maxRefined bound the work to find the line of a mistake: past them, the parser's own line will do.
	maxTries   = 400
	maxRefined = 64 << 10
	// maxGuesses is how many objects are looked for in a document that cannot be read.
	maxGuesses = 20
)

var (
	keyTwice      = regexp.MustCompile(`^key (".*") already set in map$`)
	yamlLine      = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	looksLikeKind = regexp.MustCompile(`(?m)^kind:\s*"?([A-Za-z]+)`)
	mergeMark     = regexp.MustCompile(`^(<<<<<<<|=======|>>>>>>>)( |\s*$)`)
	starOrQuote   = regexp.MustCompile(`^\s*(?:- )?(?:[\w-]+:\s+)?([*%@&!|>{}[\]` + "`" + `])`)
	colonInText   = regexp.MustCompile(`^\s*(?:- )?[\w-]+:\s+[^\s"'{\[].*:(\s|$)`)
	looksLikeName = regexp.MustCompile(`(?m)^metadata:[\s{]*(?:.*\n)??[ \t]*(?:.*[{,]\s*)?name:\s*"?([-a-z0-9.]+)`)
)

// syntaxProblem says what is wrong with the YAML of a document, and on which line.
func syntaxProblem(c chunk, file string, err error) Problem {
	message := strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
	if rest, several := strings.CutPrefix(message, "yaml: unmarshal errors:\n"); several {
		message, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
	}
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		if number, err := strconv.Atoi(m[1]); err == nil {
			line = max(number, 1)
		}
		message = m[2]
	}
	p := Problem{File: file, Rule: RuleYAMLSyntax, Message: "is not valid YAML: " + strings.TrimPrefix(message, "yaml: ")}
	if m := keyTwice.FindStringSubmatch(message); m != nil {
		p.Line, p.Rule, p.Message = line+c.line-1, RuleYAMLDuplicateKey, m[1]+" stands in this object twice: remove one"
		return p
	}
	line, text := c.mistake(line)
	p.Line = line + c.line - 1
	indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	if bytes.ContainsRune(indent, '\t') {
		p.Rule, p.Message = RuleYAMLTab, "is indented with a tab, which YAML does not allow: use spaces"
		return p
	}
	p.Message += hint(text)
	return p
}

// hint guesses from the line what was meant: the parser's own words are about the grammar of YAML.
func hint(line []byte) string {
	switch {
	case mergeMark.Match(line):
		return "; this line is left from a merge: keep one of the two sides"
	case bytes.Contains(line, []byte("{{")):
		return "; {{ }} belongs to a template: write what the template makes of it, or put it in quotes"
	case colonInText.Match(line):
		return "; put a text that has a colon in quotes"
	}
	if m := starOrQuote.FindSubmatch(line); m != nil && !bytes.ContainsAny(m[1], "[{|>") {
		return "; put a text that begins with " + string(m[1]) + " in quotes"
	}
	return "; look at the indentation and the quotes of this line and of the one before"
}

// mistake is the line, counted from 1, with which a document stops to be YAML: everything before it can be read, and with it nothing
// that follows helps. The parser itself often names the beginning of what it was reading, or the end of the file.
func (c chunk) mistake(parsers int) (number int, text []byte) {
	var lines [][]byte
	for line := range bytes.Lines(c.text) {
		lines = append(lines, line)
	}
	number = min(parsers, len(lines))
	if len(c.text) <= maxRefined && len(lines) <= maxTries {
		end := len(c.text)
		for number = len(lines); number > 1; number-- {
			end -= len(lines[number-1])
			var any yaml.Node
			if yaml.Unmarshal(c.text[:end], &any) == nil {
				break
			}
		}
	}
	for number < len(lines) && len(bytes.TrimSpace(lines[number-1])) == 0 {
		number++ // an empty line is no mistake
	}
	return number, lines[number-1]
}

// probably are the "Kind/name" of what stands in a document that cannot be read, as far as they can be guessed. They are several where
// the line between two documents is missing.
func (c chunk) probably() []string {
	var keys []string
	for _, kind := range looksLikeKind.FindAllSubmatch(c.text, maxGuesses) {
		for _, name := range looksLikeName.FindAllSubmatch(c.text, maxGuesses) {
			keys = append(keys, string(kind[1])+"/"+string(name[1]))
		}
	}
	return keys
}
