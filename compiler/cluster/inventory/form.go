package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	kjson "sigs.k8s.io/json"
)

// form is an object whose fields are read into a type.
type form struct {
	*reader
	Object
	apiVersion string
	n          *node
	bad        bool // something wrong was reported

	path []byte // of what is being checked
}

// wrong reports a value for which the API server would refuse the object.
func (f *form) wrong(path, format string, args ...any) {
	f.bad = true
	f.refuse(f.n, path, "%s: %s", f.Object, fmt.Sprintf(format, args...))
}

// decode reads the value at a path as the API server does, by the exact names of fields. It reports a
// value of a wrong type.
func (f *form) decode(path string, into any) bool {
	n, ok := f.n.at(path)
	if !ok {
		return true
	}
	var wrong *json.UnmarshalTypeError
	err := kjson.UnmarshalCaseSensitivePreserveInts(n.appendJSON(make([]byte, 0, 512)), into)
	switch {
	case errors.As(err, &wrong):
		at := n.byJSON(int(wrong.Offset))
		is := at.sort()
		if at.kind == scalar && wrong.Type.Kind() == reflect.Int32 {
			is = at.text
		}
		d := f.problem(at, "", "%s: %s cannot be %s", f.Object, strings.TrimPrefix(n.pathTo(at, path), "."), is)
		if wrong.Type.Kind() == reflect.String {
			d.Help = "it is a text: what YAML takes for a number or boolean needs quotes"
		}
	case err != nil:
		f.problem(n, "", "%s: %v", f.Object, err)
	}
	return err == nil
}

// check reports fields that the API does not have. Of objects that are no policies, it reports those
// that look like fields that are read: the others change no answer.
func (f *form) check(n *node, s *shape) {
	for i := range n.children {
		child, here := &n.children[i], len(f.path)
		if n.kind == list {
			f.path = append(strconv.AppendInt(append(f.path, '['), int64(i), 10), ']')
			f.check(child, s)
		} else {
			f.path = append(append(f.path, '.'), n.keys[i]...)
			of, known := s.fields[n.keys[i]]
			switch {
			case !known && s.exact:
				f.unknown(child, nearest(n.keys[i], s.read()))
			case of != nil && !of.all:
				f.check(child, of)
			}
		}
		f.path = f.path[:here]
	}
}

// unknown reports a field that the API does not have, and the one that is meant, or "".
func (f *form) unknown(n *node, near string) {
	if near == "" && !isPolicy(groupOf(f.apiVersion), f.Kind) {
		return
	}
	f.bad = true
	d := f.problem(n, "", "%s has no field %s", f.Object, f.path[1:])
	switch {
	case near != "":
		d.Help = "did you mean " + near + "?"
	case strings.HasSuffix(string(f.path), ".namespaces.namespaceSelector"): // which AdminNetworkPolicies once had
		d.Help = "write its matchLabels directly below namespaces; API servers drop namespaceSelector, and then every namespace is selected"
	}
}

// read returns the names of the fields that are read.
func (s *shape) read() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.fields)), func(name string) bool { return s.fields[name] == nil })
}

// sort names what sort of value a node is.
func (n *node) sort() string {
	switch {
	case n.kind == scalar && (n.text == "true" || n.text == "false"):
		return "a boolean"
	case n.kind == scalar:
		return "a number"
	}
	return []string{null: "null", text: "a text", list: "a list", object: "a mapping"}[n.kind]
}
