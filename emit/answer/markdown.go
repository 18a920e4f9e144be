package answer

import (
	"fmt"
	"io"
)

// WriteMarkdown writes what opens and what closes, fit to be posted on a pull request: the
// lines as edges of the language, and what shows each folded away.
func (c Comparison) WriteMarkdown(w io.Writer) {
	if c.Equal() {
		fmt.Fprintln(w, "### Network policy: nothing changes\n\nWhat is permitted is the same, for every pod that could exist.")
	} else {
		fmt.Fprintf(w, "### Network policy: %s, %s\n", count(len(c.Added), "opens"), count(len(c.Removed), "closes"))
		section(w, "Opens", "+", c.Added)
		section(w, "Closes", "-", c.Removed)
	}
	if len(c.Undecided) > 0 {
		fmt.Fprint(w, "\nUndecided, since the Kubernetes API leaves it open:\n\n")
		for _, u := range c.Undecided {
			fmt.Fprintf(w, "- %s\n", u)
		}
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
	fmt.Fprintf(w, "\n**%s**\n\n```diff\n", title)
	for _, g := range grouped(list) {
		fmt.Fprintf(w, "%s %s\n", sign, g.line())
	}
	fmt.Fprint(w, "```\n\n<details><summary>A connection for each line</summary>\n\n```text\n")
	for _, d := range list {
		fmt.Fprintf(w, "%s -> %s :%s\n    such as %s\n", d.From.Name, d.To.Name, d.Ports, d.witness())
		for _, p := range places(d.Because) {
			fmt.Fprintf(w, "    %s\n", p)
		}
	}
	fmt.Fprint(w, "```\n\n</details>\n")
}
