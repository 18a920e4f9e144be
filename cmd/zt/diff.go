package main

import (
	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare what two topologies or sets of manifests permit",
		UsageText: "zt diff [flags] OLD NEW",
		Reads:     cli.Files,
		Description: "zt diff main/shop.zt shop.zt\n" +
			"zt diff policies/ shop.zt               # manifests and a topology\n" +
			"zt diff --format markdown main/ .       # for a pull request\n\n" +
			"Exit codes: 0 both permit the same; 1 they differ, or undecided.",
		Flags:  append(command.AnswerFlags("text", "json", "markdown"), command.QuestionFlags()...),
		Action: diffInputs,
	}
}

func diffInputs(c *cli.Context) error {
	if c.NArg() != 2 {
		return cli.Usagef("diff compares two inputs, but %d are given; usage: %s", c.NArg(), c.Command.UsageText)
	}
	if c.Args().Get(0) == load.Stdin && c.Args().Get(1) == load.Stdin {
		return cli.Usagef("only one of the two can come from standard input")
	}
	var sides [2]command.Subject
	for i, arg := range c.Args().Slice() {
		var err error
		if sides[i], err = command.Read(c, []string{arg}); err != nil {
			return err
		}
	}
	command.NoteEnforcement(c, sides[0], sides[1])
	comparison, err := command.Compare(c, sides[0], sides[1])
	if err != nil {
		return err
	}
	return command.WriteComparison(c, comparison)
}
