package main

import (
	"bytes"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/emit/answer"
)

func reachCommand() *cli.Command {
	return &cli.Command{
		Name:      "reach",
		Usage:     "list what is permitted, and what can be got to step by step",
		UsageText: "zt reach [flags] [INPUT...]",
		Description: "zt reach shop.zt                        # every permitted connection\n" +
			"zt reach --to database shop.zt          # who may connect to the database\n" +
			"zt reach --path --from internet shop.zt # what is exposed: every chain from outside\n" +
			"zt reach policies/                      # of plain manifests",
		Flags: append(append(answerFlags("text", "json"),
			&cli.StringFlag{Name: "from", Usage: "only what `PARTY` opens"},
			&cli.StringFlag{Name: "to", Usage: "only what `PARTY` accepts"},
			&cli.BoolFlag{Name: "path", Usage: "chains of connections, a shortest one for each pair", DisableDefaultText: true},
		), questionFlags()...),
		Action: reach,
	}
}

func reach(c *cli.Context) error {
	args := c.Args().Slice()
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
	var ends [2]*answer.Party
	var asked []*answer.Party
	for i, flag := range []string{"from", "to"} {
		if name := c.String(flag); name != "" {
			if ends[i], err = v.Party(name); err != nil {
				return err
			}
			asked = append(asked, ends[i])
		}
	}
	connections := v.Reach(asked...)
	var out bytes.Buffer
	if c.Bool("path") {
		paths := chains(v, connections, ends[0], ends[1])
		if c.String("format") == "json" {
			err = writeJSON(&out, v.PathsJSON(paths))
		} else {
			v.WritePaths(&out, paths)
		}
	} else {
		connections = slices.DeleteFunc(connections, func(c answer.Connection) bool {
			return ends[0] != nil && c.From != ends[0] || ends[1] != nil && c.To != ends[1]
		})
		if c.String("format") == "json" {
			err = writeJSON(&out, v.JSON(connections))
		} else {
			v.WriteConnections(&out, connections)
		}
	}
	if err != nil {
		return err
	}
	return writeResult(c, out.Bytes())
}

// chains returns the shortest chains from one party, or from every one that
// opens connections, to one party or every one.
func chains(v *answer.View, connections []answer.Connection, from, to *answer.Party) []answer.Path {
	starts := []*answer.Party{from}
	if from == nil {
		starts = nil
		for _, c := range connections { // sorted by where they begin
			if n := len(starts); n == 0 || starts[n-1] != c.From {
				starts = append(starts, c.From)
			}
		}
	}
	var out []answer.Path
	graph := v.Graph(connections)
	for _, s := range starts {
		for _, p := range graph.Paths(s) {
			if to == nil || p.To == to {
				out = append(out, p)
			}
		}
	}
	return out
}
