package query

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Of very many differences some are listed, and every form says that there are more.
func TestManyDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	edges := func(port, n int) *Model {
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, "tier t%d { app=t%[1]d }\n", i)
		}
		for i := range n {
			fmt.Fprintf(&b, "t%d -> t%d :%d\n", i%100, i/100, port)
		}
		return viewOfProgram(t, b.String())
	}
	for n, more := range map[int]bool{100: false, maxListed/2 + 1: true} { // each has two sides
		c := Compare(edges(80, n), edges(81, n))
		var text, markdown strings.Builder
		if err := c.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if err := c.WriteMarkdown(&markdown); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(c.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if c.More != more || c.Verdict() != Different || len(c.Added) != n || len(c.Removed) != len(c.Added) {
			t.Errorf("%d edges: %v, %s, %d added, %d removed", n, c.More, c.Verdict(), len(c.Added), len(c.Removed))
		}
		for form, says := range map[string]bool{
			"text":     strings.Contains(text.String(), "# "+moreText),
			"markdown": strings.Contains(markdown.String(), moreText),
			"JSON":     strings.Contains(string(data), `"more":true`),
		} {
			if says != more {
				t.Errorf("%d edges: %s says so: %v", n, form, says)
			}
		}
	}
}
