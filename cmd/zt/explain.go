package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/diag"
)

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "print the page of a diagnostic, or a topic of the language",
		UsageText: "zt explain [CODE|TOPIC]",
		Description: "zt explain         # every code and topic\n" +
			"zt explain ZT401   # what a diagnostic means, and how to fix it\n" +
			"zt explain tier    # the language reference about tiers",
		Action:    explain,
		Arguments: append(words(), codes()...),
	}
}

// likeCode matches what is meant as a code.
var likeCode = regexp.MustCompile(`(?i)^zt\d`)

func explain(c *cli.Context) error {
	asked := strings.Join(c.Args().Slice(), " ")
	switch {
	case asked == "":
		return list(c.App.Writer)
	case c.NArg() > 1 && likeCode.MatchString(asked):
		return cli.Usagef("unexpected argument %q; usage: %s", c.Args().Get(1), c.Command.UsageText)
	}
	text, ok := diag.Page(asked)
	if !ok {
		var section grammar.Section
		section, ok = grammar.Explain(asked)
		text = strings.TrimRight(section.Text, "\n") + "\n"
	}
	if !ok {
		if near := nearest(asked); near != "" {
			return cli.Usagef("there is no diagnostic or topic %q; did you mean %s?", asked, near)
		}
		return cli.Usagef("there is no diagnostic or topic %q; `zt explain` lists them", asked)
	}
	_, err := io.WriteString(c.App.Writer, text)
	return err
}

// nearest returns the topic or code that was probably meant, or "".
func nearest(asked string) string {
	names := words()
	for _, code := range codes() {
		names = append(names, strings.ToLower(code))
	}
	near := cli.Nearest(asked, names)
	if likeCode.MatchString(near) {
		return strings.ToUpper(near)
	}
	return near
}

// list prints every code and topic.
func list(w io.Writer) error {
	var b strings.Builder
	for _, e := range diag.Registry() {
		fmt.Fprintf(&b, "%s  %-7s  %s\n", e.Code, e.Code.Severity(), e.Title)
	}
	b.WriteString("\nTopics of the language:\n")
	for _, t := range topics() {
		b.WriteString("  " + t + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// topics lists the titles of the language reference, without its own title.
func topics() []string {
	var out []string
	for _, s := range grammar.Reference()[1:] {
		out = append(out, strings.ToLower(s.Title))
	}
	return out
}

// words lists the topics that are one word.
func words() []string {
	var out []string
	for _, t := range topics() {
		if !strings.ContainsAny(t, " '\"$`") {
			out = append(out, t)
		}
	}
	return out
}

func codes() []string {
	var out []string
	for _, e := range diag.Registry() {
		out = append(out, string(e.Code))
	}
	return out
}
