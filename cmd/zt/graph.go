package main

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
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
			"zt graph --format html -o shop.html .   # a page to search and to ask\n" +
			"zt graph --format mermaid shop.zt       # for a markdown page\n" +
			"zt graph --from internet shop.zt        # only what the internet may open\n" +
			"zt graph --diff main/shop.zt shop.zt    # what opens and closes\n" +
			"kubectl get networkpolicies,deployments,namespaces -A -o yaml |\n" +
			"  zt graph - -o cluster.svg\n\n" +
			"A program of many tiers is drawn by namespaces; --detail tiers draws every\n" +
			"tier. What a picture leaves out, it says below.",
		Flags: append(append(command.AnswerFlags("svg", "html", "mermaid", "dot"),
			cli.Choice("detail", "`WHAT` to draw", string(picture.Auto), string(picture.ByTier), string(picture.ByNamespace)),
			cli.String("diff", "draw what changes since `OLD`, a program or manifests", "", cli.Files),
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
	o := picture.Options{
		Title: "What is permitted: " + named(c), Detail: picture.Detail(c.String("detail")), DNS: c.Bool("dns"),
		MostNodes: 120, MostArrows: 300,
	}
	if c.IsSet("diff") {
		return graphChange(c, subject, o)
	}
	v, err := subject.Model(c)
	if err != nil {
		return err
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
	connections, ok := v.Connections(unlessAll(o.From), unlessAll(o.To))
	if !ok {
		return tooManyPairs()
	}
	p, err := picture.Of(v, connections, o)
	if err != nil {
		return notDrawn(err)
	}
	// What zt cannot evaluate could change the picture.
	undecided := v.Undecided(connections, o.From, o.To)
	p.AddUndecided(undecided)
	if c.String("format") == "html" {
		page := picture.Page{Model: v, Connections: connections, Picture: p, Undecided: undecided, Bounded: len(o.From)+len(o.To) > 0}
		return cli.Answer(c, len(undecided) == 0, page.Write)
	}
	return writePicture(c, p, len(undecided) == 0)
}

// unlessAll returns the parties that restrict a picture: none if all is one of them.
func unlessAll(asked []*query.Party) []*query.Party {
	if slices.ContainsFunc(asked, func(p *query.Party) bool { return p.Free }) {
		return nil
	}
	return asked
}

// named returns the inputs of a command line, for a title.
func named(c *cli.Context) string { return cmp.Or(strings.Join(c.Args().Slice(), " "), ".") }

// fewConnections is up to how many connections that stay as they are a picture of a change shows.
const fewConnections = 200

// graphChange draws what changes since the program or manifests of the flag --diff.
func graphChange(c *cli.Context, subject command.Subject, o picture.Options) error {
	if len(cli.ValuesOf(c, "from"))+len(cli.ValuesOf(c, "to")) > 0 {
		return cli.Usagef("--diff draws the whole change; leave out --from and --to")
	}
	if c.String("diff") == load.Stdin && slices.Contains(c.Args().Slice(), load.Stdin) {
		return cli.Usagef("only one of the two can come from standard input")
	}
	old, err := command.Read(c, []string{c.String("diff")})
	if err != nil {
		return err
	}
	command.NoteEnforcement(c, old, subject)
	comparison, err := command.Compare(c, old, subject)
	if err != nil {
		return err
	}
	o.Title = "What changes: " + c.String("diff") + " to " + named(c)
	connections, ok := comparison.New.AllConnections()
	if !ok || len(connections) > fewConnections {
		connections = nil
	}
	p, err := picture.OfChange(comparison, connections, o)
	if err != nil {
		return notDrawn(err)
	}
	if c.String("format") == "html" {
		return changePage(c, comparison, p, o)
	}
	return writePicture(c, p, len(comparison.Undecided) == 0)
}

// changePage writes a page of what is permitted after a change, with the picture of the change.
func changePage(c *cli.Context, comparison query.Comparison, change *picture.Picture, o picture.Options) error {
	v := comparison.New
	connections, ok := v.AllConnections()
	if !ok {
		return tooManyPairs()
	}
	p, err := picture.Of(v, connections, o)
	if err != nil {
		return notDrawn(err)
	}
	undecided := v.Undecided(connections, nil, nil)
	p.AddUndecided(undecided)
	page := picture.Page{Model: v, Connections: connections, Picture: p, Change: change, Comparison: &comparison, Undecided: undecided}
	return cli.Answer(c, len(comparison.Undecided)+len(undecided) == 0, page.Write)
}

func tooManyPairs() error {
	return cli.Usagef("there are more than %d pairs of parties: name some with --from or --to", query.MaxPairs)
}

// notDrawn makes an error of usage of one that says that there is too much to draw.
func notDrawn(err error) error {
	if tooMany := (*picture.TooMany)(nil); errors.As(err, &tooMany) {
		return cli.Usagef("%s", tooMany)
	}
	return err
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
