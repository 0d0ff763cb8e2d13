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

	yamlv3 "go.yaml.in/yaml/v3"
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

func (l *loader) readFile(file string) {
	data, ok := l.read(file)
	if !ok {
		return
	}
	for _, chunk := range documents(data) {
		l.readChunk(file, chunk)
	}
}

func (l *loader) readChunk(file string, c chunk) {
	if len(bytes.TrimSpace(c.text)) == 0 {
		return
	}
	data, err := yaml.YAMLToJSONStrict(c.text)
	if err != nil {
		line, message := syntaxError(err)
		l.problem(file, max(line, 1)+c.line-1, "", "%s", message)
		return
	}
	var value any
	if err := utiljson.Unmarshal(data, &value); err != nil || value == nil {
		return // only comments
	}
	var root yamlv3.Node
	if yamlv3.Unmarshal(c.text, &root) != nil || len(root.Content) == 0 {
		root = yamlv3.Node{} // the two readers differ in rare corners; then lines are those of the document
	}
	here := place{file: file, first: c.line, offset: c.line - 1, node: content(&root)}
	object, ok := value.(map[string]any)
	if !ok {
		l.problem(file, here.line("", ""), "", "is not an object: a document has apiVersion, kind, metadata and spec")
		return
	}
	l.readObject(here, object)
}

func content(document *yamlv3.Node) *yamlv3.Node {
	if document.Kind == yamlv3.DocumentNode && len(document.Content) == 1 {
		return document.Content[0]
	}
	return nil
}

func (l *loader) readObject(here place, object map[string]any) {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	if items, ok := object["items"].([]any); ok && strings.HasSuffix(kind, "List") {
		l.readItems(here, items)
		return
	}
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	key := strings.Trim(kind+"/"+name, "/")
	if message := wrongKind(apiVersion, kind); message != "" {
		l.problem(here.file, here.line("apiVersion", ""), key, "%s", message)
		l.folder.broken[key] = true
		return
	}
	if group, _ := schema.ParseGroupVersion(apiVersion); group.Group != cxv1.GroupName {
		return // somebody else's
	}
	if name == "" {
		l.problem(here.file, here.line("metadata", ""), kind, "has no name: set metadata.name")
		return
	}
	if other, twice := l.folder.places[key]; twice {
		l.problem(here.file, here.line("metadata.name", ""), key, "stands in the folder twice, also in %s line %d: remove one",
			other.file, other.line("metadata.name", ""))
		return
	}
	l.folder.places[key] = here
	l.decode(here, kind, key, object)
}

func (l *loader) readItems(here place, items []any) {
	for i, item := range items {
		below := here.below("items[" + strconv.Itoa(i) + "]")
		object, ok := item.(map[string]any)
		if !ok {
			l.problem(here.file, below.line("", ""), "", "is not an object: an item of a list has apiVersion, kind, metadata and spec")
			continue
		}
		l.readObject(below, object)
	}
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
		return fmt.Sprintf("there is no kind %q: write one of %s", kind, strings.Join(kindNames(), ", "))
	case version.Group == cxv1.GroupName && version != cxv1.GroupVersion:
		return fmt.Sprintf("there is no version %q: write apiVersion: %s", version.Version, ours)
	case known && version != cxv1.GroupVersion:
		return fmt.Sprintf("%s is a kind of %s, not of %q: correct apiVersion", kind, ours, apiVersion)
	}
	return ""
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
func (l *loader) decode(here place, kind, key string, object map[string]any) {
	before := len(l.folder.Problems)
	original, err := json.Marshal(object)
	if err != nil {
		l.problem(here.file, here.line("", ""), key, "%v", err)
	}
	if l.schema != nil {
		for _, p := range l.schema.Apply(kind, object) {
			message := p.Message
			if p.Field != "" {
				message = p.Field + ": " + message
			}
			l.problem(here.file, here.line(p.Field, ""), key, "%s", message)
		}
	}
	l.unknownFields(here, key, original)
	namespace := l.inNamespace(here, key, object)
	if len(l.folder.Problems) > before {
		l.folder.broken[key] = true
		return
	}
	data, err := json.Marshal(object)
	if err != nil {
		l.problem(here.file, here.line("", ""), key, "%v", err)
		return
	}
	decoded, err := runtime.Decode(lenient, data)
	typed, ok := decoded.(Object)
	if err != nil || !ok {
		l.problem(here.file, here.line("", ""), key, "%s", plain(err))
		l.folder.broken[key] = true
		return
	}
	typed.SetNamespace(namespace)
	l.objects = append(l.objects, typed)
}

// unknownFields reports fields that no kind of ours has. Other decoding errors are left to the schema, which names fields,
// unless there is none.
func (l *loader) unknownFields(here place, key string, original []byte) {
	_, _, err := strict.Decode(original, nil, nil)
	strictError, ok := runtime.AsStrictDecodingError(err)
	if !ok {
		if err != nil && l.schema == nil {
			l.problem(here.file, here.line("", ""), key, "%s", plain(err))
		}
		return
	}
	for _, problem := range strictError.Errors() {
		message, field := problem.Error(), ""
		if m := unknownField.FindStringSubmatch(message); m != nil {
			field = m[1]
			message = field + ": there is no such field: correct its name or its indentation, or remove it"
			if strings.HasSuffix(field, ".true") || strings.HasSuffix(field, ".false") {
				message = field + ": there is no such field; unquoted y, n, yes, no, on and off are true or false to YAML, " +
					"also where they stand for the name of a field"
			}
		}
		l.problem(here.file, here.line(field, ""), key, "%s", message)
	}
}

// inNamespace is the namespace of an object. A folder is one program, so it is one namespace.
func (l *loader) inNamespace(here place, key string, object map[string]any) string {
	meta, _ := object["metadata"].(map[string]any)
	own, _ := meta["namespace"].(string)
	namespace := cmp.Or(l.kustomized(here.file), own)
	s := l.folder.Snapshot
	switch {
	case namespace == "" || namespace == s.Namespace:
	case s.Namespace == "":
		s.Namespace = namespace
	default:
		l.problem(here.file, here.line("metadata.namespace", ""), key,
			"is in namespace %q, others are in %q: a program is one namespace, give each a folder of its own", namespace, s.Namespace)
	}
	return namespace
}

var (
	unknownField = regexp.MustCompile(`^unknown field "(.*)"$`)
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	goField      = regexp.MustCompile(`^json: cannot unmarshal (\S+) into Go struct field [^.]+\.(\S+) of type (\S+)$`)
)

// syntaxError takes the line out of an error of the YAML reader.
func syntaxError(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
	if rest, several := strings.CutPrefix(message, "yaml: unmarshal errors:\n"); several {
		message, _, _ = strings.Cut(strings.TrimSpace(rest), "\n")
	}
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, err = strconv.Atoi(m[1])
		if err != nil {
			line = 0
		}
		message = m[2]
	}
	return line, "is not valid YAML: " + strings.TrimPrefix(message, "yaml: ")
}

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
