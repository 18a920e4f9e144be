package grammar

import (
	_ "embed"
	"strings"
)

//go:embed README.md
var referenceText string

// Section is a section of the language reference.
type Section struct {
	Title string // without marks for code
	Text  string // Markdown: the heading, the text, and the sections below it
}

// Reference returns the sections of the language reference, in order.
func Reference() []Section {
	type heading struct {
		title        string
		level, start int
	}
	var all []heading
	fenced, at := false, 0
	for line := range strings.Lines(referenceText) {
		text := strings.TrimLeft(line, "#")
		switch level := len(line) - len(text); {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case !fenced && level > 0 && strings.HasPrefix(text, " "):
			all = append(all, heading{strings.TrimSpace(strings.ReplaceAll(text, "`", "")), level, at})
		}
		at += len(line)
	}
	var out []Section
	for i, h := range all {
		end := len(referenceText)
		for _, next := range all[i+1:] {
			if next.level <= h.level {
				end = next.start
				break
			}
		}
		out = append(out, Section{h.title, referenceText[h.start:end]})
	}
	return out
}

// elsewhere has the words that a section explains which is not the shortest one to mention them.
var elsewhere = map[string]string{"any": "ports", "prelude": "dns", "->": "edge", "<->": "edge"}

// Explain returns the section of the reference that explains a word of the language, or a title.
func Explain(topic string) (Section, bool) {
	topic = strings.ToLower(strings.TrimSpace(topic))
	if title := elsewhere[topic]; title != "" {
		topic = title
	}
	if topic == "" {
		return Section{}, false
	}
	sections := Reference()
	for _, match := range []func(Section) bool{
		func(s Section) bool { return strings.EqualFold(s.Title, topic) },
		func(s Section) bool { return titled(s.Title, topic) },
		func(s Section) bool { return strings.Contains(s.Text, "`"+topic+"`") },
		func(s Section) bool { return strings.Contains(s.Text, "`"+topic+" ") },
	} {
		best := -1
		for i, s := range sections {
			if match(s) && (best < 0 || len(s.Text) < len(sections[best].Text)) {
				best = i
			}
		}
		if best >= 0 {
			return sections[best], true
		}
	}
	return Section{}, false
}

// titled reports whether a title has a word, in the singular or plural.
func titled(title, word string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return strings.ContainsRune(" ,:()/", r) }) {
		if strings.TrimSuffix(w, "s") == strings.TrimSuffix(word, "s") {
			return true
		}
	}
	return false
}
