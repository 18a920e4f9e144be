package diag

import (
	"fmt"
	"strings"
	"testing"
)

// Every page has the form of a page. TestRegistry compares the pages with the codes.
func TestPages(t *testing.T) {
	for _, e := range Registry() {
		page, _ := Page(string(e.Code))
		checkPage(t, e, page)
	}
}

// checkPage holds a page to its form: the title, an example, and how to fix it. The pages
// of zt's own bugs have no example: no known program causes one.
func checkPage(t *testing.T, e Entry, page string) {
	t.Helper()
	title, rest, _ := strings.Cut(page, "\n")
	if want := fmt.Sprintf("# %s: %s", e.Code, e.Title); title != want {
		t.Errorf("%s begins with %q, not %q", e.Code, title, want)
	}
	if !strings.HasSuffix(page, "\n") || strings.HasSuffix(page, "\n\n") {
		t.Errorf("%s does not end with one line end", e.Code)
	}
	fences := strings.Count(rest, "```zt\n") + strings.Count(rest, "```zt target=")
	if strings.HasPrefix(string(e.Code), "ZT8") || e.Code >= PolicySelectsNothing && e.Code <= CiliumWithoutEffect { // an import has no program yet, nor have policies by themselves
		fences = strings.Count(rest, "```yaml\n")
	}
	switch proof := strings.HasPrefix(string(e.Code), "ZT9") || e.Code == TooMuch; {
	case proof && fences != 0:
		t.Errorf("%s has an example, and no known program causes it", e.Code)
	case !proof && fences < 2:
		t.Errorf("%s has %d programs: it must show what is wrong, and how to fix it", e.Code, fences)
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
