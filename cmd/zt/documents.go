package main

import (
	"os"
	"path/filepath"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

// documentsCommand writes the manual pages and the completion scripts, for packages of zt.
func documentsCommand() *cli.Command {
	return &cli.Command{
		Name:      "__documents",
		Usage:     "write manual pages and completion scripts to the folder DIR",
		UsageText: "zt __documents DIR",
		Hidden:    true,
		Action: cli.AtMost(1, func(c *cli.Context) error {
			dir := c.Args().First()
			if dir == "" {
				return cli.Usagef("which folder? usage: %s", c.Command.UsageText)
			}
			files := map[string]string{}
			for name, text := range cli.ManPages(commands()) {
				files[filepath.Join("man", name)] = text
			}
			for _, shell := range cli.Shells {
				script, err := cli.CompletionScript(shell)
				if err != nil {
					return err
				}
				files[filepath.Join("completions", cli.CompletionFile(shell))] = script
			}
			for name, text := range files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					return err
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}
