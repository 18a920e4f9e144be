package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/cmd/zt/internal/command"
	"github.com/zt-lang/zt/cmd/zt/internal/load"
	"github.com/zt-lang/zt/grammar/safe"
)

// completeName is the name under which zt completes the command line of `kubectl zt`.
const completeName = "kubectl_complete-zt"

// completeCommand prints what the last word of a command line can be, for completion scripts.
func completeCommand() *cli.Command {
	return &cli.Command{
		Name:      cli.CompleteCommand,
		Usage:     "print what the last word of a command line can be",
		UsageText: "zt " + cli.CompleteCommand + " -- WORD...",
		Hidden:    true,
		Flags:     append(command.QuestionFlags(), cli.Bool("kubectl", "print it as kubectl reads it from a plugin")),
		Action: func(c *cli.Context) error {
			candidates := cli.Complete(commands(), c.Args().Slice(), func(kind cli.Values, words []string) []string {
				names, _ := namesIn(c, kind, words) // a program with errors has no names yet
				return names
			})
			if c.Bool("kubectl") {
				candidates = cli.ForKubectl(candidates, c.Args().Slice())
			}
			for _, line := range candidates {
				if _, err := fmt.Fprintln(c.App.Writer, line); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// namesIn lists names of the program that the words of a command line name.
func namesIn(c *cli.Context, kind cli.Values, words []string) (names []string, err error) {
	var inputs []string
	for _, word := range words {
		info, err := os.Stat(word)
		if err == nil && (info.IsDir() || strings.HasSuffix(word, ".zt") || load.IsManifestName(word)) {
			inputs = append(inputs, word)
		}
	}
	subject, err := command.Read(c, inputs)
	if err != nil {
		return nil, err
	}
	if kind == cli.Environments {
		if subject.Topology != nil {
			for _, e := range subject.Topology.Environments {
				names = append(names, safe.Text(e.Name))
			}
		}
		return names, nil
	}
	model, err := subject.Model(c)
	if err != nil {
		return nil, err
	}
	for _, p := range model.Parties {
		names = append(names, safe.Text(p.Name))
	}
	return names, nil
}
