// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// scheme knows our kinds; strict decodes them and refuses unknown fields, lenient does not look for them.
var (
	scheme = func() *runtime.Scheme {
		s := runtime.NewScheme()
		if err := cxv1.AddToScheme(s); err != nil {
			panic(err) // our own types do not fit together: no input can cause this
		}
		return s
	}()
	strict  = serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{Strict: true})
	lenient = serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{})
)

// chunk is one document of a file.
type chunk struct {
	text []byte
	// line is the first line of the text in the file.
	line int
}

// documents splits a file at its "---" lines.
func documents(data []byte) []chunk {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var chunks []chunk
	begin, first := 0, 1 // of the present document
	for at, number := 0, 1; at < len(data); number++ {
		length := bytes.IndexByte(data[at:], '\n') + 1
		if length == 0 {
			length = len(data) - at
		}
		line := data[at : at+length]
		if rest, found := bytes.CutPrefix(line, []byte("---")); found && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			chunks = append(chunks, chunk{text: data[begin:at], line: first})
			begin, first = at+len("---"), number // what follows on that line belongs to the next document
		}
		at += length
	}
	return append(chunks, chunk{text: data[begin:], line: first})
}

// document is one object of a file, as far as it can be judged by itself.
type document struct {
	place place
	// kind, name and key ("Kind/name") are empty as far as they are not known.
	kind, name, key string
	// hides are the keys of objects that were probably meant; whoever names them is right.
	hides []string
	// namespace is the one that the object is in.
	namespace string
	problems  []Problem
	// typed is the object; nil when there are problems.
	typed Object
}

func (d *document) problem(rule Rule, field, format string, args ...any) Problem {
	file, line := d.place.find(field, "")
	return Problem{File: file, Line: line, Object: d.key, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

func (d *document) refuse(rule Rule, field, format string, args ...any) {
	d.problems = append(d.problems, d.problem(rule, field, format, args...))
}

// reader reads one file.
type reader struct {
	file      File
	schema    Schema
	documents []document
}

func readFile(file File, schema Schema) []document {
	if m, remembers := schema.(*memory); remembers {
		return m.read(file)
	}
	if problem := notText(file); problem != nil {
		return []document{{problems: []Problem{*problem}}}
	}
	r := &reader{file: file, schema: schema}
	for _, chunk := range documents(file.Data) {
		r.readChunk(chunk)
	}
	return r.documents
}

func (r *reader) readChunk(c chunk) {
	if len(bytes.TrimSpace(c.text)) == 0 {
		return
	}
	value, err := c.value()
	if err != nil {
		r.documents = append(r.documents, document{hides: c.probably(), problems: []Problem{syntaxProblem(c, r.file.Name, err)}})
		return
	}
	if value == nil {
		return // only comments
	}
	here := place{file: r.file.Name, source: &source{chunk: c}}
	object, ok := value.(map[string]any)
	if !ok {
		d := document{place: here}
		d.refuse(RuleNotAnObject, "", "is not an object: a document has apiVersion, kind, metadata and spec")
		r.documents = append(r.documents, d)
		return
	}
	r.readObject(here, object)
}

// value is what the text says; nil when it is only comments.
func (c chunk) value() (value any, err error) {
	data, err := yaml.YAMLToJSONStrict(c.text)
	if err != nil {
		return nil, err
	}
	return value, utiljson.Unmarshal(data, &value)
}

func (r *reader) readObject(here place, object map[string]any) {
	kind, _ := object["kind"].(string)
	if items, ok := object["items"].([]any); ok && strings.HasSuffix(kind, "List") {
		r.readItems(here, items)
		return
	}
	if d := read(here, object, r.schema, r.file.Namespace); d != nil {
		r.documents = append(r.documents, *d)
	}
}

func (r *reader) readItems(here place, items []any) {
	for i, item := range items {
		below := here.below("items[" + strconv.Itoa(i) + "]")
		object, ok := item.(map[string]any)
		if !ok {
			d := document{place: below}
			d.refuse(RuleNotAnObject, "", "is not an object: an item of a list has apiVersion, kind, metadata and spec")
			r.documents = append(r.documents, d)
			continue
		}
		r.readObject(below, object)
	}
}

// read judges an object by itself; nil when it is somebody else's. namespace goes before its own.
func read(here place, object map[string]any, schema Schema, namespace string) *document {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	own, _ := meta["namespace"].(string)
	d := &document{place: here, kind: kind, key: strings.Trim(kind+"/"+name, "/"), namespace: cmp.Or(namespace, own)}
	if message := wrongKind(apiVersion, kind); message != "" {
		d.refuse(RuleUnknownKind, "apiVersion", "%s", message)
		if nearest := Nearest(kind, kindNames()); nearest != "" {
			d.hides = []string{nearest + "/" + name}
		}
		return d
	}
	if group, _, _ := strings.Cut(apiVersion, "/"); group != cxv1.GroupName {
		return nil // somebody else's
	}
	if name == "" {
		d.refuse(RuleMissingName, "metadata", "has no name: set metadata.name")
		return d
	}
	d.name = name
	d.decode(object, schema)
	return d
}

// wrongKind says what is wrong with apiVersion and kind; empty for kinds of ours and for those of others.
func wrongKind(apiVersion, kind string) string {
	ours := cxv1.GroupVersion.String()
	version, err := schema.ParseGroupVersion(apiVersion)
	known := scheme.Recognizes(cxv1.GroupVersion.WithKind(kind)) && !strings.HasSuffix(kind, "List")
	if err != nil {
		version = schema.GroupVersion{} // of no group that there is
	}
	switch {
	case apiVersion == "" || kind == "":
		return "has no apiVersion or no kind: write apiVersion: " + ours + " and one of the kinds " + strings.Join(kindNames(), ", ")
	case version == cxv1.GroupVersion && !known:
		return noKind(kind)
	case version.Group == cxv1.GroupName && version != cxv1.GroupVersion:
		return fmt.Sprintf("there is no version %q: write apiVersion: %s", version.Version, ours)
	case known && version != cxv1.GroupVersion:
		return fmt.Sprintf("%s is a kind of %s, not of %q: correct apiVersion", kind, ours, apiVersion)
	}
	return ""
}

func noKind(kind string) string {
	if nearest := Nearest(kind, kindNames()); nearest != "" {
		return fmt.Sprintf("there is no kind %q: did you mean %s?", kind, nearest)
	}
	return fmt.Sprintf("there is no kind %q: write one of %s", kind, strings.Join(kindNames(), ", "))
}

func kindNames() []string {
	var names []string
	for kind := range scheme.KnownTypes(cxv1.GroupVersion) {
		if obj, err := scheme.New(cxv1.GroupVersion.WithKind(kind)); err == nil {
			if _, ok := obj.(Object); ok {
				names = append(names, kind)
			}
		}
	}
	slices.Sort(names)
	return names
}

// decode makes an object of ours out of a document, or problems.
func (d *document) decode(object map[string]any, schema Schema) {
	if schema != nil {
		d.apply(object, schema)
	}
	data, err := json.Marshal(object)
	if err != nil {
		d.refuse(RuleWrongType, "", "%v", err)
		return
	}
	if schema == nil {
		d.unknownFields(data)
	}
	if len(d.problems) > 0 {
		return
	}
	decoded, err := runtime.Decode(lenient, data)
	typed, ok := decoded.(Object)
	if err != nil || !ok {
		d.refuse(RuleWrongType, "", "%s", plain(err))
		return
	}
	typed.SetNamespace(d.namespace)
	d.typed = typed
}

// apply fills in defaults and tells what the API server would refuse.
func (d *document) apply(object map[string]any, schema Schema) {
	for _, p := range schema.Apply(d.kind, object) {
		rule, at, message := p.Rule, p.Field, p.Message
		if p.Field != "" {
			message = p.Field + ": " + message
		}
		if rule == RuleSchemaRule && at == "" && d.kind == "Program" && d.name != cxv1.ProgramName {
			rule, at = RuleSeveralPrograms, "metadata.name" // the one rule about a Program as a whole
		}
		d.refuse(rule, at, "%s", message)
	}
}

// unknownFields reports fields that no kind of ours has, where there is no schema to do so.
func (d *document) unknownFields(data []byte) {
	_, _, err := strict.Decode(data, nil, nil)
	strictError, ok := runtime.AsStrictDecodingError(err)
	if !ok {
		if err != nil {
			d.refuse(RuleWrongType, "", "%s", plain(err))
		}
		return
	}
	for _, problem := range strictError.Errors() {
		message, field := problem.Error(), ""
		if m := unknownField.FindStringSubmatch(message); m != nil {
			field = m[1]
			message = field + ": " + UnknownField(field, nil)
		}
		d.refuse(RuleUnknownField, field, "%s", message)
	}
}

// UnknownField says what to do about a field that there is not, where others have these names.
func UnknownField(field string, names []string) string {
	name := field[strings.LastIndex(field, ".")+1:]
	if name == "true" || name == "false" {
		return "there is no such field; unquoted y, n, yes, no, on and off are true or false to YAML, " +
			"also where they stand for the name of a field"
	}
	if nearest := Nearest(name, names); nearest != "" {
		return fmt.Sprintf("there is no such field: did you mean %s?", nearest)
	}
	return "there is no such field: correct its name or its indentation, or remove it"
}

var (
	unknownField = regexp.MustCompile(`^unknown field "(.*)"$`)
	goField      = regexp.MustCompile(`^json: cannot unmarshal (\S+) into Go struct field [^.]+\.(\S+) of type (\S+)$`)
)

// plain takes names of Go types out of a decoder's error: they mean nothing to the person who edits the file.
func plain(err error) string {
	if err == nil {
		return "is no object of a program"
	}
	message := err.Error()
	if inner := errors.Unwrap(err); inner != nil {
		message = inner.Error()
	}
	if m := goField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%s: is a %s, and takes a %s", m[2], m[1], m[3])
	}
	return message
}
