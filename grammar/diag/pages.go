package diag

import (
	"embed"
	"strings"
)

//go:embed pages
var pages embed.FS

// Page returns the page of a code, in any case, as Markdown: what it means,
// an example that triggers it, how to mend it.
func Page(code string) (string, bool) {
	text, err := pages.ReadFile("pages/" + strings.ToUpper(code) + ".md")
	return string(text), err == nil
}
