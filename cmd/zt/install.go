package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
)

// installKustomize makes the links by which kustomize finds zt: beside the command for
// functions, and among the plugins for kubectl.
func installKustomize(c *cli.Context) error {
	command, err := os.Executable()
	if err != nil {
		return err
	}
	if command, err = filepath.EvalSymlinks(command); err != nil {
		return err
	}
	plugin, err := kustomize.PluginPath(os.Getenv)
	if err != nil {
		return err
	}
	// One that cannot be made is no reason to leave out the other.
	var failed []error
	for _, at := range []string{plugin, filepath.Join(filepath.Dir(command), kustomize.FunctionName)} {
		if err := kustomize.Link(command, at); err != nil {
			failed = append(failed, unwritten(at, err))
			continue
		}
		fmt.Fprintf(c.App.Writer, "%s -> %s\n", at, command)
	}
	return errors.Join(failed...)
}
