package main

import (
	"io"
	"slices"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/compiler/query"
)

func reachCommand() *cli.Command {
	return &cli.Command{
		Name:      "reach",
		Usage:     "list permitted connections, and what is reachable in steps",
		UsageText: "zt reach [flags] [INPUT...]",
		Reads:     cli.Files,
		Description: "zt reach shop.zt                 # every permitted connection\n" +
			"zt reach --to database shop.zt   # what may connect to the database\n" +
			"zt reach --path --from internet  # what is exposed, and through which hops\n" +
			"zt reach policies/               # of plain manifests",
		Flags: append(append(command.AnswerFlags("text", "json"),
			cli.Strings("from", "only connections from `PARTY`; may be given several times", cli.Parties),
			cli.Strings("to", "only connections to `PARTY`; may be given several times", cli.Parties),
			cli.Bool("path", "list chains of connections, one of the shortest for each pair"),
		), command.QuestionFlags()...),
		Action: reach,
	}
}

func reach(c *cli.Context) error {
	subject, err := command.Read(c, c.Args().Slice())
	if err != nil {
		return err
	}
	v, err := subject.Model(c)
	if err != nil {
		return err
	}
	var ends [2][]*query.Party
	for i, flag := range []string{"from", "to"} {
		for _, name := range cli.ValuesOf(c, flag) {
			p, err := v.Party(name)
			if err != nil {
				return err
			}
			ends[i] = append(ends[i], p)
		}
	}
	asJSON := c.String("format") == "json"
	if c.Bool("path") {
		write := query.WritePaths
		if asJSON {
			write = query.WritePathsJSON
		}
		asked := slices.Concat(ends[0], ends[1])
		connections, ok := v.AllConnections(asked...)
		if !ok {
			return cli.Usagef("chains run over more than %d pairs of parties: give the namespaces that you ask about", query.MaxPairs)
		}
		graph := v.Graph(connections, asked...)
		if graph.TooMany(ends[0]) {
			return cli.Usagef("too many parties to follow all chains: name where they start with --from")
		}
		paths, undecided := graph.Chains(ends[0], ends[1]), v.Undecided(nil, nil, nil)
		return cli.Answer(c, len(undecided) == 0, func(w io.Writer) error { return write(w, paths, undecided) })
	}
	connections, ok := v.Connections(ends[0], ends[1])
	if !ok {
		return cli.Usagef("there are more than %d pairs of parties: name some with --from or --to", query.MaxPairs)
	}
	write := v.WriteConnections
	if asJSON {
		write = v.WriteConnectionsJSON
	}
	// What zt cannot evaluate could change the list.
	undecided := v.Undecided(connections, ends[0], ends[1])
	connections = v.Concise(connections, slices.Concat(ends[0], ends[1])...)
	return cli.Answer(c, len(undecided) == 0, func(w io.Writer) error { return write(w, connections, undecided) })
}
