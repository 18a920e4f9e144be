package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/compiler/resolve"
)

func preludeCommand() *cli.Command {
	return &cli.Command{
		Name:      "prelude",
		Usage:     "print the program that stands before every other",
		UsageText: "zt prelude",
		Action: atMost(0, func(c *cli.Context) error {
			_, err := fmt.Fprint(c.App.Writer, resolve.Prelude)
			return err
		}),
	}
}
