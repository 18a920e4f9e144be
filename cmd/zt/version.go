package main

import (
	"fmt"
	"runtime/debug"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:      "version",
		Usage:     "print the version",
		UsageText: "zt version",
		Action: cli.AtMost(0, func(c *cli.Context) error {
			version := "(unknown)"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			_, err := fmt.Fprintf(c.App.Writer, "zt %s\n", version)
			return err
		}),
	}
}
