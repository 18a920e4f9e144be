package main

import (
	"io"
	"regexp"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func whyCommand() *cli.Command {
	return &cli.Command{
		Name:      "why",
		Usage:     "explain whether a connection is permitted, and by which lines",
		UsageText: "zt why [flags] [INPUT...] 'A -> B :PORT'",
		Reads:     cli.Files,
		Description: "zt why shop.zt 'frontend -> database :5432'\n" +
			"zt why shop.zt 'internet -> shop/{role=frontend} :443' # a pod's labels\n" +
			"kubectl get networkpolicies,deployments,namespaces -A -o yaml |\n" +
			"  zt why - 'shop/Deployment/web -> shop/Deployment/db :5432'\n\n" +
			"Exit codes: 0 permitted; 1 denied or undecided.",
		Flags:  append(command.AnswerFlags("text", "json"), command.QuestionFlags()...),
		Action: why,
	}
}

func why(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 || !strings.Contains(args[len(args)-1], "->") {
		return cli.Usagef("the last argument is the question, such as 'frontend -> backend :80'; usage: %s", c.Command.UsageText)
	}
	args, text := args[:len(args)-1], args[len(args)-1]
	subject, err := command.Read(c, args)
	if err != nil {
		return err
	}
	v, err := subject.Model(c)
	if err != nil {
		return err
	}
	asked, err := v.Query(text)
	if err != nil {
		return err
	}
	a := v.Why(asked)
	if !a.Permitted && subject.Topology != nil {
		if a.Suggestion = v.Suggestion(asked); a.Suggestion != "" {
			if a.Objections, err = objectionsTo(c, args, a.Suggestion, subject.Topology.Network.Native); err != nil {
				return err
			}
		}
	}
	return cli.Answer(c, a.Permitted, func(w io.Writer) error {
		if c.String("format") == "json" {
			return cli.WriteJSON(w, a.JSON())
		}
		return a.WriteText(w)
	})
}

// suggested is the name of the line that a suggestion would add.
const suggested = "<suggestion>"

// objectionsTo returns the lines that forbid what another line would permit, or conflict with it. Native is set if
// the program is for a target that writes no NetworkPolicies.
// It compiles the program with that line, so the checks are those of a later build.
func objectionsTo(c *cli.Context, args []string, line string, native bool) ([]query.Place, error) {
	text := line + "\n"
	_, diags, err := command.Program(c, args, compiler.Input{Path: suggested, Name: suggested, Text: &text})
	if err != nil {
		return nil, err
	}
	var out []query.Place
	for _, d := range diags {
		if d.Severity == diag.Error && !(native && d.Code == diag.PluginUnsupported) {
			out = append(out, objections(d)...)
		}
	}
	return out, nil
}

// forbidding matches the statements that forbid connections.
var forbidding = regexp.MustCompile(`^(deny|isolate)[ \t]`)

func objections(d diag.Diagnostic) []query.Place {
	spans := []source.Span{d.Span}
	for _, r := range d.Related {
		spans = append(spans, r.Span)
	}
	forbids := d.Code == diag.Denied || d.Code == diag.DeniedPath || d.Code == diag.Isolated
	var out []query.Place
	for _, s := range spans {
		switch at := (query.Place{File: s.File.Name, Line: s.Begin().Line, Edge: s.Text(), Text: s.Text()}); {
		case s.File.Name == suggested:
		case !forbids:
			at.Edge, at.Text = "", d.Message
			out = append(out, at)
		case forbidding.MatchString(s.Text()):
			out = append(out, at)
		}
	}
	return out
}
