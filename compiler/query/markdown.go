package query

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/grammar/safe"
)

// WriteMarkdown writes what opens and what closes, fit to be posted on a pull request: the
// lines as edges of the language, and what shows each folded away.
func (c Comparison) WriteMarkdown(to io.Writer) error {
	w := bufio.NewWriterSize(to, buffer)
	switch verdict := c.Verdict(); {
	case verdict == Equal && c.selectsOthers():
		fmt.Fprintln(w, "### Network policy: applies to other pods\n\nThe policies permit the same, but the pods that they apply to and select are not the same.")
	case verdict == Equal:
		fmt.Fprintln(w, "### Network policy: nothing changes\n\nWhat is permitted is the same, for every pod that could exist.")
	case verdict == Unknown:
		bullets(w, "### Network policy: undecided\n\nzt cannot say whether this changes what is permitted:\n\n", c.Undecided)
	default:
		fmt.Fprintf(w, "### Network policy: %s, %s\n", count(len(c.Added), "opens"), count(len(c.Removed), "closes"))
		if c.Partial {
			fmt.Fprintf(w, "\n**Other connections may change, too: see the notes.**\n")
		}
	}
	if c.More {
		fmt.Fprintf(w, "\n**Not all is listed: %s.**\n", moreText)
	}
	section(w, "Opens", "+", c.Added)
	section(w, "Closes", "-", c.Removed)
	bullets(w, "\n**Workloads**\n\n", c.Workloads)
	bullets(w, "\n**Notes**\n\n", c.Notes)
	return w.Flush()
}

// bullets writes a list after a text, unless it is empty.
func bullets[T any](w io.Writer, before string, list []T) {
	if len(list) > 0 {
		fmt.Fprint(w, before)
	}
	for _, item := range list {
		fmt.Fprintf(w, "- %s\n", safe.Span(fmt.Sprint(item)))
	}
}

func count(n int, verb string) string {
	if n == 0 {
		return "nothing " + verb
	}
	if n == 1 {
		return "1 line " + verb
	}
	return fmt.Sprintf("%d lines %s", n, verb[:len(verb)-1])
}

func section(w io.Writer, title, sign string, list []Difference) {
	if len(list) == 0 {
		return
	}
	var lines, shown strings.Builder
	for _, g := range grouped(list) {
		safe.Fprintf(&lines, "%s %s\n", sign, g.line())
		if workloads := g.workloads(); workloads != "" {
			safe.Fprintf(&lines, "#   %s\n", workloads)
		}
	}
	for _, d := range list {
		safe.Fprintf(&shown, "%s\n    such as %s\n", d.edge(), d.witness())
		for _, p := range places(d.Because) {
			safe.Fprintf(&shown, "    %s\n", p)
		}
	}
	fmt.Fprintf(w, "\n**%s**\n\n%s", title, safe.Fence("diff", lines.String()))
	fmt.Fprintf(w, "\n<details><summary>A connection for each line</summary>\n\n%s\n</details>\n", safe.Fence("text", shown.String()))
}
