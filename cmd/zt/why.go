package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/answer"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func whyCommand() *cli.Command {
	return &cli.Command{
		Name:      "why",
		Usage:     "say whether a connection is permitted, and by which lines",
		UsageText: "zt why [flags] [INPUT...] 'A -> B :PORT'",
		Description: "zt why shop.zt 'frontend -> database :5432'\n" +
			"zt why shop.zt 'internet -> shop/{role=frontend} :443'   # a pod with just these labels\n" +
			"kubectl get networkpolicies,deployments,namespaces -A -o yaml | zt why - 'shop/Deployment/web -> shop/Deployment/db :5432'\n" +
			"Exit code 0: permitted; 1: denied.",
		Flags:  append(answerFlags("text", "json"), questionFlags()...),
		Action: why,
	}
}

// answerFlags are the flags of commands that answer in one of several forms.
func answerFlags(formats ...string) []cli.Flag {
	return []cli.Flag{
		choice("format", "`FORMAT` of the answer", formats...),
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the answer to the file `PATH`, or to standard output, -", Value: "-"},
	}
}

// questionFlags are the flags of commands that ask of inputs.
func questionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "namespace", Usage: "the `NAMESPACE` of tiers and objects that name none", Value: "default"},
		&cli.StringFlag{Name: "environment", Usage: "ask of this `ENVIRONMENT` only, as in a cluster of its own"},
	}
}

func why(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 || !strings.Contains(args[len(args)-1], "->") {
		return usagef("the last argument is the question, such as 'frontend -> backend :80'; usage: %s", c.Command.UsageText)
	}
	args, text := args[:len(args)-1], args[len(args)-1]
	if len(args) == 0 {
		args = []string{"."}
	}
	q, err := question(c, args)
	if err != nil {
		return err
	}
	v, err := q.view(c, q.labels(), nil)
	if err != nil {
		return err
	}
	query, err := v.Query(text)
	if err != nil {
		return err
	}
	a := v.Why(query)
	suggestion := ""
	var objections []answer.Place
	if !a.Permitted && q.topology != nil {
		if suggestion = v.Suggestion(query); suggestion != "" {
			if objections, err = objectionsTo(c, args, suggestion); err != nil {
				return err
			}
		}
	}
	var out bytes.Buffer
	if c.String("format") == "json" {
		j := a.JSON()
		j.Suggestion, j.Objections = suggestion, objections
		err = writeJSON(&out, j)
	} else {
		a.WriteText(&out, suggestion, objections)
	}
	if err == nil {
		err = writeResult(c, out.Bytes())
	}
	if err == nil && !a.Permitted {
		err = errNo
	}
	return err
}

func writeJSON(out *bytes.Buffer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false) // an edge's arrow is to be read as one
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// suggested is what the line is called that a suggestion would add.
const suggested = "<suggestion>"

// objectionsTo returns the lines that forbid what a further line would permit, or that it does not
// fit: the program is compiled with it, so that the same checks say so that would later.
func objectionsTo(c *cli.Context, args []string, line string) ([]answer.Place, error) {
	text := line + "\n"
	result, err := compileInputs(c, args, &compiler.Input{Path: suggested, Name: suggested, Text: &text})
	if err != nil {
		return nil, err
	}
	var out []answer.Place
	for _, d := range result.diags {
		if d.Severity == diag.Error {
			out = append(out, objections(d)...)
		}
	}
	return out, nil
}

func objections(d diag.Diagnostic) []answer.Place {
	spans := []source.Span{d.Span}
	for _, r := range d.Related {
		spans = append(spans, r.Span)
	}
	forbids := d.Code == diag.Denied || d.Code == diag.DeniedPath || d.Code == diag.Isolated
	var out []answer.Place
	for _, s := range spans {
		switch at := (answer.Place{File: s.File.Name, Line: s.Begin().Line, Edge: s.Text(), Text: s.Text()}); {
		case s.File.Name == suggested:
		case !forbids:
			at.Edge, at.Text = "", d.Message
			out = append(out, at)
		case isStatement(s.Text(), "deny", "isolate"):
			out = append(out, at)
		}
	}
	return out
}

func isStatement(text string, words ...string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w+" ") || strings.HasPrefix(text, w+"\t") {
			return true
		}
	}
	return false
}
