package cli

import (
	"fmt"
	"strings"
)

// Manual returns the command reference as markdown.
func Manual(commands []*Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n" +
		"<!-- Made from the commands' definitions: go test ./cmd/zt -run TestManual -update -->\n\n" +
		"This page shows what `zt COMMAND --help` prints.\n\n" + aboutInputs + "\n\n" +
		"Exit codes: " + exitCodes + "\n")
	for _, c := range shown(commands) {
		fmt.Fprintf(&b, "\n## zt %s\n\n```text\n%s```\n", c.Name, commandHelp(c))
	}
	return b.String()
}

// ManPages returns the manual pages, by the names of their files: one of zt, and one of each command.
func ManPages(commands []*Command) map[string]string {
	pages := map[string]string{}
	all := page("zt", "a small topology language for Kubernetes NetworkPolicies")
	all.section("SYNOPSIS", "zt COMMAND [flags] [INPUT...]")
	all.section("DESCRIPTION", aboutInputs)
	all.heading("COMMANDS")
	for _, c := range shown(commands) {
		all.item(c.Name, c.Usage+"; see zt-"+c.Name+"(1)")
		pages["zt-"+c.Name+".1"] = manPage(c)
	}
	all.section("EXIT STATUS", exitCodes)
	all.section("SEE ALSO", "kubectl(1)\n\n"+Reference)
	pages["zt.1"] = all.String()
	return pages
}

func manPage(c *Command) string {
	p := page("zt-"+c.Name, c.Usage)
	p.verbatim("SYNOPSIS", c.UsageText)
	examples, notes := c.details()
	if notes != "" {
		p.section("DESCRIPTION", notes)
	}
	p.heading("OPTIONS")
	for _, f := range c.shownFlags() {
		p.item(signature(f), description(f))
	}
	if examples != "" {
		p.verbatim("EXAMPLES", examples)
	}
	p.section("EXIT STATUS", exitCodes)
	p.section("SEE ALSO", "zt(1)")
	return p.String()
}

// man writes a manual page in the man macros of troff.
type man struct{ strings.Builder }

func page(name, summary string) *man {
	p := &man{}
	fmt.Fprintf(p, ".TH %s 1\n", strings.ToUpper(troff(name)))
	p.section("NAME", name+" - "+summary)
	return p
}

func (p *man) heading(title string) { p.WriteString(".SH " + title + "\n") }

// section writes paragraphs, with empty lines between them.
func (p *man) section(title, text string) {
	p.heading(title)
	p.WriteString(strings.ReplaceAll(troff(text), "\n\n", "\n.PP\n") + "\n")
}

// verbatim writes lines as they are.
func (p *man) verbatim(title, text string) {
	p.heading(title)
	p.WriteString(".nf\n" + troff(text) + "\n.fi\n")
}

func (p *man) item(name, text string) {
	p.WriteString(".TP\n" + troff(name) + "\n" + troff(text) + "\n")
}

// troff escapes a text: its backslashes and hyphens, and the marks at the start of a line that would
// make it a request.
func troff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
