package manifest

import (
	"strconv"
	"strings"
)

// encoder appends YAML or JSON to out. Each key and item begins a new line, and each value begins
// with a space, so the two forms differ only in quotes, commas and brackets.
type encoder struct {
	out    []byte
	json   bool
	column int  // of the keys or items of the innermost mapping or list
	first  bool // nothing is in that yet
	beside bool // the first key comes beside a dash
}

// spaces are the indentation of lines.
const spaces = "                                "

// line begins the line of a key or item.
func (e *encoder) line(indent int) {
	if e.json && !e.first {
		e.out = append(e.out, ',')
	}
	e.first = false
	if n := len(e.out); n > 0 && e.out[n-1] != '\n' {
		e.out = append(e.out, '\n')
	}
	e.text(spaces[:indent])
}

func (e *encoder) key(name string) {
	if e.beside {
		e.text(" ")
	} else {
		e.line(e.column)
	}
	e.first, e.beside = false, false
	if e.json || !isKey(name) {
		e.out = appendQuoted(e.out, name)
	} else {
		e.text(name)
	}
	e.text(":")
}

// item begins an item of a list.
func (e *encoder) item() {
	if e.json {
		e.line(e.column - 1) // the value begins with a space
		return
	}
	e.line(e.column)
	e.text("-")
	e.beside = true
}

// open begins a mapping, and shut ends it.
func (e *encoder) open() {
	if e.json {
		e.text(" {")
	}
	e.column += 2
	e.first = true
}

func (e *encoder) shut() {
	e.column -= 2
	switch {
	case e.first && e.json:
		e.text("}")
	case e.first:
		e.text(" {}")
	case e.json:
		e.text("\n")
		e.text(spaces[:e.column])
		e.text("}")
	}
	e.first, e.beside = false, false
}

// list writes a list of n items, unless it is empty.
func (e *encoder) list(name string, n int, item func(i int)) {
	if n == 0 {
		return
	}
	e.key(name)
	if e.json {
		e.text(" [")
		e.column += 2
		e.first = true
	}
	for i := range n {
		item(i)
	}
	if e.json {
		e.column -= 2
		e.text("\n")
		e.text(spaces[:e.column])
		e.text("]")
	}
}

func (e *encoder) value(s string) {
	e.text(" ")
	e.beside = false
	how := quoted
	if !e.json {
		how = styleOf(s)
	}
	switch how {
	case plain:
		e.text(s)
	case quoted:
		e.out = appendQuoted(e.out, s)
	case literal:
		e.text("|-")
		for line := range strings.SplitSeq(s, "\n") {
			e.text("\n")
			if line != "" {
				e.text(spaces[:e.column+2])
				e.text(line)
			}
		}
	}
}

func (e *encoder) field(name, value string) {
	e.key(name)
	e.value(value)
}

func (e *encoder) number(name string, n int32) {
	e.key(name)
	e.out = strconv.AppendInt(append(e.out, ' '), int64(n), 10)
}

func (e *encoder) text(s string) { e.out = append(e.out, s...) }
