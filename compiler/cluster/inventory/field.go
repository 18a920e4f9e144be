package inventory

import (
	"strings"

	"github.com/zt-lang/zt/grammar/source"
)

// Fields is where the fields of an object are in its file. Most objects have them only if ReadPlaced read them.
type Fields struct {
	object source.Span
	root   *node
}

// fieldsOf returns the fields of the object that a form reads, if their places are kept.
func (f *form) fieldsOf() Fields {
	if !f.placed {
		return Fields{object: f.Span}
	}
	return f.keptFields()
}

// keptFields returns the fields of the object that a form reads. Of policies of the whole cluster, of which there
// are few, they are kept always.
func (f *form) keptFields() Fields {
	root := *f.n
	return Fields{f.Span, &root}
}

// At returns the value of a field by a path like spec.ingress[0].from: a scalar as it is written, and
// of other values the rest of the line that they begin on. If there is no such field, it is what holds
// it.
func (f Fields) At(path string) source.Span {
	n, _ := f.root.at(path)
	if n == nil || n.offset < f.object.Start {
		return f.object
	}
	r := reader{file: f.object.File}
	s := r.span(n.offset)
	if n.kind == text || n.kind == scalar {
		s.End = s.Start + len(written(s.Text(), n.text))
	}
	return s
}

// Has reports whether an object sets a field, and whether its value is null.
func (f Fields) Has(path string) (set, isNull bool) {
	n, ok := f.root.at(path)
	ok = ok && n != nil
	return ok, ok && n.kind == null
}

// maxBetween is how far a key can be from its value to be found: some manifests are one very long line.
const maxBetween = 500

// KeyAt returns where an object at a path has a key, if the key and its value are on one line.
func (f Fields) KeyAt(path, key string) (source.Span, bool) {
	value, ok := f.root.at(path + "[" + key + "]")
	if !ok || value == nil || value.offset < f.object.Start {
		return source.Span{}, false
	}
	file := f.object.File
	start := max(0, value.offset-len(key)-maxBetween)
	line := file.Text[start:value.offset]
	line = line[strings.LastIndexByte(line, '\n')+1:]
	i := strings.LastIndex(line, key)
	if i < 0 || strings.Trim(line[i+len(key):], `"': `) != "" || i > 0 && !strings.ContainsRune(` "'{,`, rune(line[i-1])) {
		return source.Span{}, false
	}
	at := value.offset - len(line) + i
	return source.Span{File: file, Start: at, End: at + len(key)}, true
}

// written returns the start of a line that is a scalar, as it is written there. It is empty if the
// scalar is written in another way, such as by an alias.
func written(line, value string) string {
	for _, quote := range []string{"", "\"", "'"} {
		if strings.HasPrefix(line, quote+value+quote) && value != "" {
			return quote + value + quote
		}
	}
	return ""
}
