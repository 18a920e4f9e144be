package diag

import (
	"embed"
	"strings"
	"sync"
)

//go:embed pages
var pages embed.FS

// Page returns the page of a code in Markdown. The case of code does not matter.
func Page(code string) (string, bool) {
	text, err := pages.ReadFile("pages/" + strings.ToUpper(code) + ".md")
	return string(text), err == nil
}

// Entry is a code with the title of its page.
type Entry struct {
	Code  Code
	Title string
}

// Registry lists every code in order.
var Registry = sync.OnceValue(func() (entries []Entry) {
	files, _ := pages.ReadDir("pages") // sorted; an embedded folder can be read
	for _, f := range files {
		code := strings.TrimSuffix(f.Name(), ".md")
		page, _ := Page(code)
		heading, _, _ := strings.Cut(page, "\n")
		entries = append(entries, Entry{Code(code), strings.TrimPrefix(heading, "# "+code+": ")})
	}
	return entries
})
