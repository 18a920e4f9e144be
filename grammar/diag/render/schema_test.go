package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// schema is a JSON schema of draft 4, as far as the schema of SARIF goes: a
// keyword that is not known here is an error, not ignored.
type schema struct {
	root    map[string]any
	invalid []string
}

// check holds a value against a part of the schema and notes what is wrong, with where.
func (s *schema) check(part map[string]any, v any, at string) {
	fail := func(format string, args ...any) {
		s.invalid = append(s.invalid, at+": "+fmt.Sprintf(format, args...))
	}
	for _, keyword := range slices.Sorted(maps.Keys(part)) {
		rule := part[keyword]
		switch keyword {
		case "$schema", "id", "title", "description", "default", "definitions", "properties":
		case "$ref":
			name, ok := strings.CutPrefix(rule.(string), "#/definitions/")
			definition, there := s.root["definitions"].(map[string]any)[name].(map[string]any)
			if !ok || !there {
				fail("no definition %v", rule)
				continue
			}
			s.check(definition, v, at)
		case "type":
			types, several := rule.([]any)
			if !several {
				types = []any{rule}
			}
			if !slices.ContainsFunc(types, func(t any) bool { return isOf(v, t.(string)) }) {
				fail("%v is no %v", v, rule)
			}
		case "enum":
			if !slices.Contains(rule.([]any), v) {
				fail("%v is none of %v", v, rule)
			}
		case "required":
			if o, ok := v.(map[string]any); ok {
				for _, name := range rule.([]any) {
					if _, there := o[name.(string)]; !there {
						fail("no %v", name)
					}
				}
			}
		case "additionalProperties":
			s.object(part, rule, v, at)
		case "items":
			if list, ok := v.([]any); ok {
				for i, e := range list {
					s.check(rule.(map[string]any), e, fmt.Sprintf("%s[%d]", at, i))
				}
			}
		case "minItems":
			if list, ok := v.([]any); ok && float64(len(list)) < rule.(float64) {
				fail("%d items are less than %v", len(list), rule)
			}
		case "uniqueItems":
			if list, ok := v.([]any); ok && rule == true {
				for i, e := range list {
					if slices.ContainsFunc(list[:i], func(f any) bool { return reflect.DeepEqual(e, f) }) {
						fail("item %d is there twice", i)
					}
				}
			}
		case "minimum":
			if n, ok := v.(float64); ok && n < rule.(float64) {
				fail("%v is less than %v", v, rule)
			}
		case "maximum":
			if n, ok := v.(float64); ok && n > rule.(float64) {
				fail("%v is more than %v", v, rule)
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(text) {
				fail("%q is not like %v", text, rule)
			}
		case "format":
			if text, ok := v.(string); ok && !hasFormat(text, rule.(string)) {
				fail("%q is no %v", text, rule)
			}
		case "anyOf", "oneOf":
			fits := 0
			for _, option := range rule.([]any) {
				try := schema{root: s.root}
				if try.check(option.(map[string]any), v, at); len(try.invalid) == 0 {
					fits++
				}
			}
			if fits == 0 || keyword == "oneOf" && fits > 1 {
				fail("fits %d of %s", fits, keyword)
			}
		default:
			fail("the schema has %q, which is not known here", keyword)
		}
	}
	if _, closed := part["additionalProperties"]; !closed {
		s.object(part, true, v, at)
	}
}

// object checks an object's properties, and those that the schema does not name.
func (s *schema) object(part map[string]any, rest, v any, at string) {
	o, ok := v.(map[string]any)
	if !ok {
		return
	}
	properties, _ := part["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		below := at + "." + name
		if p, known := properties[name].(map[string]any); known {
			s.check(p, o[name], below)
		} else if rest == false {
			s.invalid = append(s.invalid, below+": not in the schema")
		} else if p, ok := rest.(map[string]any); ok {
			s.check(p, o[name], below)
		}
	}
}

func isOf(v any, typ string) bool {
	switch typ {
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "null":
		return v == nil
	}
	n, ok := v.(float64)
	return ok && (typ == "number" || typ == "integer" && n == math.Trunc(n))
}

func hasFormat(s, format string) bool {
	switch format {
	case "uri":
		u, err := url.Parse(s)
		return err == nil && u.IsAbs()
	case "uri-reference":
		_, err := url.Parse(s)
		return err == nil && !strings.ContainsAny(s, "<> \\^`{|}\"")
	case "date-time":
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	}
	return false
}

// validate returns how a JSON text is not as a schema says.
func validate(schemaText, text []byte) ([]string, error) {
	var root map[string]any
	if err := json.Unmarshal(schemaText, &root); err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	s := schema{root: root}
	s.check(root, v, "$")
	return s.invalid, nil
}
