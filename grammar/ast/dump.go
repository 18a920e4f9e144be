package ast

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zt-lang/zt/grammar/source"
)

// Dump returns a tree as one line of text, for tests and debugging: each statement with its type
// and its fields, a word as its text, a list in brackets. It leaves out empty fields and layout:
// spans, blank lines and comments at line ends. Trees have the same dump only if they differ in
// nothing else.
func Dump(statements ...Statement) string {
	var d dumper
	for i, s := range statements {
		if i > 0 {
			d.WriteByte(' ')
		}
		d.value(reflect.ValueOf(s))
	}
	return d.String()
}

// dumper writes parts of a tree by reflection, so that a new node needs no change to it.
type dumper struct{ strings.Builder }

var (
	wordType    = reflect.TypeFor[Word]()
	commentType = reflect.TypeFor[Comment]()
	headType    = reflect.TypeFor[Head]()
	rangeType   = reflect.TypeFor[Range]()
	spanType    = reflect.TypeFor[source.Span]()
)

func (d *dumper) value(v reflect.Value) {
	switch v.Type() {
	case wordType:
		d.text(v.FieldByName("Text").String())
		return
	case commentType:
		d.WriteString(strconv.Quote(v.Interface().(Comment).Text()))
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		d.value(v.Elem())
	case reflect.Pointer:
		v = v.Elem()
		if v.Kind() == reflect.Struct && v.FieldByName("Head").IsValid() {
			d.WriteString(v.Type().Name())
		}
		d.value(v)
	case reflect.Slice:
		d.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				d.WriteByte(' ')
			}
			d.value(v.Index(i))
		}
		d.WriteByte(']')
	case reflect.Struct:
		d.WriteByte('{')
		d.fields(v, true)
		d.WriteByte('}')
	default:
		fmt.Fprint(d, v.Interface())
	}
}

// fields writes the fields of a struct, with those of embedded structs among them. It returns
// whether the next field is the first.
func (d *dumper) fields(v reflect.Value, first bool) bool {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		switch {
		case value.Type() == rangeType || value.Type() == spanType || v.Type() == headType && field.Name != "Doc":
			continue
		case field.Anonymous:
			first = d.fields(value, first)
			continue
		case value.Kind() == reflect.Slice && value.Len() == 0, value.Type() != wordType && value.IsZero():
			continue
		}
		if !first {
			d.WriteByte(' ')
		}
		first = false
		d.WriteString(field.Name)
		if value.Kind() != reflect.Bool {
			d.WriteByte(':')
			d.value(value)
		}
	}
	return first
}

// text writes a text, in quotes if it would be unclear without.
func (d *dumper) text(text string) {
	unclear := func(r rune) bool {
		return strings.ContainsRune(` {}[]:"\`, r) || r == utf8.RuneError || !strconv.IsPrint(r)
	}
	if text == "" || strings.ContainsFunc(text, unclear) {
		d.WriteString(strconv.Quote(text))
	} else {
		d.WriteString(text)
	}
}
