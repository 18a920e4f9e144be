package inventory

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

// decode reads an object into a type of the API, case-sensitive as the API
// server does, and reports what does not fit. Where it is strict, a field that the type does not
// have is reported too.
func (r *reader) decode(n *node, o Object, into any, strict bool) bool {
	unknown, err := kjson.UnmarshalStrict(n.appendJSON(nil), into, kjson.DisallowUnknownFields)
	if err != nil {
		r.mistyped(n, o, err)
		return false
	}
	if !strict {
		return true
	}
	for _, u := range unknown {
		path := strings.TrimSuffix(strings.TrimPrefix(u.Error(), `unknown field "`), `"`)
		d := diag.New(diag.UnreadableManifest, r.span(n.at(path).offset), "%s has no field %s", o, path)
		if near := spell.Nearest(path[strings.LastIndexByte(path, '.')+1:], fields(into)); near != "" {
			d = d.WithHelp("did you mean %s?", near)
		}
		r.diags.Add(d)
	}
	return len(unknown) == 0
}

// mistyped reports a value of a type that its field cannot have.
func (r *reader) mistyped(n *node, o Object, err error) {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		r.problem(n, "", "%s: %v", o, err)
		return
	}
	value, _, _ := strings.Cut(wrong.Value, " ") // behind which the number itself may stand
	d := diag.New(diag.UnreadableManifest, r.span(n.byJSON(int(wrong.Offset)).offset), "%s: %s cannot be %s", o, wrong.Field, sorts[value])
	if wrong.Type.Kind() == reflect.String {
		d = d.WithHelp("it is a text: what YAML takes for a number or boolean needs quotes")
	}
	r.diags.Add(d)
}

// sorts are what JSON calls the sorts of values, in words.
var sorts = map[string]string{
	"array": "a list", "object": "a mapping", "string": "a text", "number": "a number", "bool": "a boolean",
}

// fields lists the names of all fields of an API type and of what is in it.
func fields(of any) []string {
	seen := map[reflect.Type]bool{}
	var names []string
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
					names = append(names, name)
				}
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeOf(of))
	slices.Sort(names)
	return slices.Compact(names)
}
