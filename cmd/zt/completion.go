package main

import (
	"io"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for bash, zsh, fish or kubectl",
		UsageText: "zt completion SHELL",
		Description: "source <(zt completion bash)     # in ~/.bashrc\n" +
			"source <(zt completion zsh)      # in ~/.zshrc, after compinit\n" +
			"zt completion fish | source      # in ~/.config/fish/config.fish\n" +
			"zt completion kubectl            # for kubectl zt; see below\n\n" +
			"kubectl completes a plugin with an executable file. Save the script as\n" +
			"kubectl_complete-zt in a directory of PATH, and make it executable. kubectl zt\n" +
			"itself runs kubectl-zt, which is zt or a link to it.",
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
