package diag

import (
	"fmt"
	"strings"
	"testing"
)

// Every code has a page, and no page lacks a code.
func TestPages(t *testing.T) {
	entries, err := pages.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, e := range entries {
		files[e.Name()] = true
	}
	for _, e := range Registry() {
		page, ok := Page(string(e.Code))
		if !ok {
			t.Errorf("%s has no page", e.Code)
			continue
		}
		delete(files, string(e.Code)+".md")
		checkPage(t, e, page)
	}
	for name := range files {
		t.Errorf("pages/%s is of no code", name)
	}
}

// checkPage holds a page to its form: the title, an example, how to mend it. What zt
// reports of its own bugs has no example, since there is none that shows one.
func checkPage(t *testing.T, e Entry, page string) {
	t.Helper()
	title, rest, _ := strings.Cut(page, "\n")
	if want := fmt.Sprintf("# %s: %s", e.Code, e.Title); title != want {
		t.Errorf("%s begins with %q, not %q", e.Code, title, want)
	}
	if !strings.HasSuffix(page, "\n") || strings.HasSuffix(page, "\n\n") {
		t.Errorf("%s does not end with one line end", e.Code)
	}
	fences := strings.Count(rest, "```zt\n")
	switch proof := strings.HasPrefix(string(e.Code), "ZT9") || e.Code == TooMuch; {
	case proof && fences != 0:
		t.Errorf("%s has an example; how could it?", e.Code)
	case !proof && fences < 2:
		t.Errorf("%s has %d programs: it is to show what is wrong, and how to mend it", e.Code, fences)
	}
}

func TestPageOfAnyCase(t *testing.T) {
	want, ok := Page("ZT901")
	if got, lower := Page("zt901"); !ok || !lower || got != want {
		t.Error("zt901 is not ZT901")
	}
	for _, code := range []string{"", ".", "ZT000", "../codes", "ZT901.md", "pages/ZT901"} {
		if _, ok := Page(code); ok {
			t.Errorf("%q has a page", code)
		}
	}
}
