package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/spell"
)

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "print the page of a diagnostic, or the list of all",
		UsageText: "zt explain [CODE]",
		Description: "zt explain         # every code\n" +
			"zt explain ZT401   # its page",
		Action: atMost(1, explain),
	}
}

func explain(c *cli.Context) error {
	if !c.Args().Present() {
		for _, e := range diag.Registry() {
			if _, err := fmt.Fprintf(c.App.Writer, "%s  %-7s  %s\n", e.Code, e.Code.Severity(), e.Title); err != nil {
				return err
			}
		}
		return nil
	}
	code := c.Args().First()
	page, ok := diag.Page(code)
	if !ok {
		if near := spell.Nearest(strings.ToUpper(code), codes()); near != "" {
			return usagef("there is no diagnostic %q; did you mean %s?", code, near)
		}
		return usagef("there is no diagnostic %q; `zt explain` lists them", code)
	}
	_, err := fmt.Fprint(c.App.Writer, page)
	return err
}

// codes lists every diagnostic's code.
func codes() []string {
	var out []string
	for _, e := range diag.Registry() {
		out = append(out, string(e.Code))
	}
	return out
}
