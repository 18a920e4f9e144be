package main

import (
	"fmt"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
	"github.com/zt-lang/zt/compiler/resolve"
)

func preludeCommand() *cli.Command {
	return &cli.Command{
		Name:      "prelude",
		Usage:     "print the built-in prelude",
		UsageText: "zt prelude",
		Action: cli.AtMost(0, func(c *cli.Context) error {
			_, err := fmt.Fprint(c.App.Writer, resolve.Prelude)
			return err
		}),
	}
}
