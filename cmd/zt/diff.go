package main

import (
	"bytes"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/emit/answer"
)

func diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "say what one topology or set of manifests permits and another does not",
		UsageText: "zt diff [flags] OLD NEW",
		Description: "zt diff main/shop.zt shop.zt\n" +
			"zt diff policies/ shop.zt                     # manifests and a topology\n" +
			"zt diff --format markdown main/ . > comment.md # for a pull request\n" +
			"Exit code 0: the same; 1: different.",
		Flags:  append(answerFlags("text", "json", "markdown"), questionFlags()...),
		Action: diffInputs,
	}
}

func diffInputs(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("diff compares two inputs, and %d are given; usage: %s", c.NArg(), c.Command.UsageText)
	}
	if c.Args().Get(0) == stdinArg && c.Args().Get(1) == stdinArg {
		return usagef("only one of the two can come from standard input")
	}
	var sides [2]questioned
	for i, arg := range c.Args().Slice() {
		var err error
		if sides[i], err = question(c, []string{arg}); err != nil {
			return err
		}
	}
	comparison, err := compareSides(c, sides[0], sides[1])
	if err != nil {
		return err
	}
	return writeComparison(c, comparison)
}

// compareSides answers what the new side permits and the old does not, and the reverse. Namespaces
// have the labels that a topology states, the new one's first, and else those of manifests.
func compareSides(c *cli.Context, old, new questioned) (answer.Comparison, error) {
	var none answer.Comparison
	labels := answer.Labels(new.labels(), old.labels())
	if old.topology != nil && new.topology == nil {
		labels = answer.Labels(old.labels(), new.labels())
	}
	var views [2]*answer.View
	var err error
	// What is a topology names the parties of what is not.
	first, second := 0, 1
	if old.topology == nil {
		first, second = 1, 0
	}
	sides := [2]questioned{old, new}
	if views[first], err = sides[first].view(c, labels, nil); err != nil {
		return none, err
	}
	names := views[first]
	if sides[first].topology == nil {
		names = nil
	}
	if views[second], err = sides[second].view(c, labels, names); err != nil {
		return none, err
	}
	return answer.Compare(views[0], views[1]), nil
}

// writeComparison writes what differs; where anything does, the answer is no.
func writeComparison(c *cli.Context, comparison answer.Comparison) error {
	var out bytes.Buffer
	var err error
	switch c.String("format") {
	case "json":
		err = writeJSON(&out, comparison.JSON())
	case "markdown":
		comparison.WriteMarkdown(&out)
	default:
		comparison.WriteText(&out)
	}
	if err == nil {
		err = writeResult(c, out.Bytes())
	}
	if err == nil && !comparison.Equal() {
		err = errNo
	}
	return err
}
