package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/emit/picture"
)

func graphCommand() *cli.Command {
	return &cli.Command{
		Name:      "graph",
		Usage:     "draw what is permitted",
		UsageText: "zt graph [flags] [INPUT...]",
		Reads:     cli.Files,
		Description: "zt graph -o shop.svg shop.zt\n" +
			"zt graph --format mermaid shop.zt       # for a markdown page\n" +
			"zt graph --from internet shop.zt        # only what the internet may open\n" +
			"kubectl get networkpolicies,deployments,namespaces -A -o yaml |\n" +
			"  zt graph - -o cluster.svg\n\n" +
			"A program of many tiers is drawn by namespaces; --detail tiers draws every\n" +
			"tier. What a picture leaves out, it says below.",
		Flags: append(append(command.AnswerFlags("svg", "mermaid", "dot"),
			cli.Choice("detail", "`WHAT` to draw", string(picture.Auto), string(picture.ByTier), string(picture.ByNamespace)),
			cli.Strings("from", "only connections from `PARTY`; may be given several times", cli.Parties),
			cli.Strings("to", "only connections to `PARTY`; may be given several times", cli.Parties),
			cli.Bool("dns", "draw the connections to the resolvers too"),
		), command.QuestionFlags()...),
		Action: graph,
	}
}

func graph(c *cli.Context) error {
	subject, err := command.Read(c, c.Args().Slice())
	if err != nil {
		return err
	}
	v, err := subject.Model(c)
	if err != nil {
		return err
	}
	o := picture.Options{
		Title: "What is permitted: " + strings.Join(c.Args().Slice(), " "), Detail: picture.Detail(c.String("detail")), DNS: c.Bool("dns"),
		MostNodes: 120, MostArrows: 300,
	}
	for _, flag := range []struct {
		name    string
		parties *[]*query.Party
	}{{"from", &o.From}, {"to", &o.To}} {
		for _, name := range cli.ValuesOf(c, flag.name) {
			p, err := v.Party(name)
			if err != nil {
				return err
			}
			*flag.parties = append(*flag.parties, p)
		}
	}
	connections, ok := v.Connections(o.From, o.To)
	if !ok {
		return cli.Usagef("there are more than %d pairs of parties: name some with --from or --to", query.MaxPairs)
	}
	p, err := picture.Of(v, connections, o)
	if tooMany := (*picture.TooMany)(nil); errors.As(err, &tooMany) {
		return cli.Usagef("%s", tooMany)
	}
	// What zt cannot evaluate could change the picture.
	undecided := v.Undecided(connections, o.From, o.To)
	for _, u := range slices.Backward(undecided) {
		p.Notes = slices.Insert(p.Notes, 0, "Undecided: "+u.String())
	}
	return writePicture(c, p, len(undecided) == 0)
}

// writePicture writes a picture in the format of a flag.
func writePicture(c *cli.Context, p *picture.Picture, decided bool) error {
	write := p.WriteDOT
	switch c.String("format") {
	case "svg":
		write = p.WriteSVG
	case "mermaid":
		text, ok := p.Mermaid()
		if !ok {
			return cli.Usagef("%d arrows are too many for Mermaid, which draws at most %d: choose some with --from or --to, use --detail namespaces, or another format", len(p.Arrows), picture.MermaidArrows)
		}
		write = func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	return cli.Answer(c, decided, write)
}
