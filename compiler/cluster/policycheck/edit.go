package policycheck

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// document is an object as it is written.
type document struct{ inventory.Fields }

func path(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// replaced returns the edit that writes another scalar in place of one; nil if the place is not just
// a scalar.
func replaced(at source.Span, old, new string) *diag.Edit {
	text := at.Text()
	if text == "" || strings.Trim(text, `"'`) != old {
		return nil
	}
	quote := text[:len(text)-len(strings.TrimLeft(text, `"'`))]
	if quote == "" && (!plain.MatchString(new) || reserved.MatchString(new)) {
		quote = `"`
	}
	return &diag.Edit{Span: at, Replacement: quote + new + quote}
}

// plain matches texts that YAML reads as text without quotes, unless they are reserved words.
var (
	plain    = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9./_-]*[A-Za-z0-9])?$`)
	reserved = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null)$`)
)

// valueAt returns where a selector requires a value of a label, and the change to another value. If
// the selector does not write it as a matchLabel, the place is the selector.
func (p document) valueAt(selector, key, old, new string) place {
	at := selector + ".matchLabels[" + key + "]"
	if set, _ := p.Has(at); !set {
		return place{span: p.At(selector)}
	}
	span := p.At(at)
	if span.Start == span.End {
		span = p.At(selector)
	}
	return place{span, replaced(span, old, new)}
}

// keyAt is valueAt for another key.
func (p document) keyAt(selector, key, new string) place {
	span, ok := p.KeyAt(selector+".matchLabels", key)
	if !ok {
		return place{span: p.At(selector)}
	}
	return place{span, &diag.Edit{Span: span, Replacement: new}}
}

// inserted returns the edit that adds a field in front of the first one of an object, in the style
// in which the object is written.
func (p document) inserted(object, key, flow string) *diag.Edit {
	at := p.At(object)
	if at.IsZero() || at.Start == at.End {
		return nil
	}
	line := lineBefore(at)
	here := source.Span{File: at.File, Start: at.Start, End: at.Start}
	if strings.HasPrefix(at.Text(), "{") {
		here.Start, here.End = at.Start+1, at.Start+1
		return &diag.Edit{Span: here, Replacement: fmt.Sprintf("%q: %s, ", key, flow)}
	}
	if strings.Trim(line, " -") != "" {
		return nil
	}
	return &diag.Edit{Span: here, Replacement: key + ": " + flow + "\n" + strings.Repeat(" ", len(line))}
}

// maxIndent is how much of a line is looked at: some manifests are one very long line.
const maxIndent = 500

// lineBefore returns what is before a span on its first line.
func lineBefore(at source.Span) string {
	text := at.File.Text[max(0, at.Start-maxIndent):at.Start]
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// merged returns the edit that makes one peer of two neighbours, if each begins a line: without its
// dash, the second goes on the first.
func (p document) merged(second string) *diag.Edit {
	at := p.At(second)
	before := lineBefore(at)
	dash := strings.LastIndexByte(before, '-')
	if dash < 0 || strings.Trim(before, " ") != "-" || strings.HasPrefix(at.Text(), "{") {
		return nil
	}
	start := at.Start - len(before) + dash
	return &diag.Edit{Span: source.Span{File: at.File, Start: start, End: start + 1}, Replacement: " "}
}

// prepended returns the edit that adds an item, in flow style, to a list in block style.
func (p document) prepended(list, flow string) *diag.Edit {
	at := p.At(list)
	if !strings.HasPrefix(at.Text(), "-") {
		return nil
	}
	here := source.Span{File: at.File, Start: at.Start, End: at.Start}
	return &diag.Edit{Span: here, Replacement: "- " + flow + "\n" + lineBefore(at)}
}

// item returns an item of a list in block style, from its dash to the end of its last line, and what is
// in front of its dash; nothing if the item is written in another way.
func (p document) item(at string) (all source.Span, indent string) {
	first := p.At(at)
	before := lineBefore(first)
	indent = before[:len(before)-len(strings.TrimLeft(before, " "))]
	if strings.TrimSpace(before) != "-" || len(before) >= maxIndent || strings.HasPrefix(first.Text(), "{") || strings.HasPrefix(first.Text(), "[") {
		return source.Span{}, ""
	}
	text := first.File.Text
	all = source.Span{File: first.File, Start: first.Start - len(before) + len(indent), End: first.Start}
	for i := first.Start; i < len(text); {
		line, _, _ := strings.Cut(text[i:], "\n")
		content := strings.TrimLeft(line, " ")
		blank := content == "" || content == "\r" || content[0] == '#'
		if i > first.Start && !blank && len(line)-len(content) <= len(indent) {
			break
		}
		if i += len(line) + 1; !blank {
			all.End = min(i, len(text))
		}
	}
	return all, indent
}

// removed returns the edit that removes an item of a list in block style.
func (p document) removed(at string) *diag.Edit {
	all, indent := p.item(at)
	if all.IsZero() {
		return nil
	}
	all.Start -= len(indent)
	return &diag.Edit{Span: all}
}

// rewritten returns the edit that writes an item of a list in block style anew.
func (p document) rewritten(at, item string) *diag.Edit {
	all, _ := p.item(at)
	if all.IsZero() {
		return nil
	}
	return &diag.Edit{Span: all, Replacement: "- " + item + "\n"}
}

// filled returns the edit that writes the value of a field that has none.
func (p document) filled(object, key, value string) *diag.Edit {
	at, ok := p.KeyAt(object, key)
	if !ok {
		return nil
	}
	text := at.File.Text
	m := noValue.FindStringSubmatchIndex(text[at.End:min(len(text), at.End+maxIndent)])
	if m == nil {
		return nil
	}
	return &diag.Edit{Span: source.Span{File: at.File, Start: at.End + m[2], End: at.End + m[3]}, Replacement: ": " + value}
}

// noValue matches what is after a key without a value.
var noValue = regexp.MustCompile(`^"?(:(?:[ \t]*(?:null|~))?)[ \t]*(?:[,}\r\n#]|$)`)
