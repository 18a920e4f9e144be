package main

import (
	"io"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for bash, zsh or fish",
		UsageText: "zt completion SHELL",
		Description: "source <(zt completion bash)     # in ~/.bashrc\n" +
			"source <(zt completion zsh)      # in ~/.zshrc, after compinit\n" +
			"zt completion fish | source      # in ~/.config/fish/config.fish",
		Action: cli.AtMost(1, func(c *cli.Context) error {
			script, err := cli.CompletionScript(c.Args().First())
			if err == nil {
				_, err = io.WriteString(c.App.Writer, script)
			}
			return err
		}),
		Arguments: cli.Shells,
	}
}
