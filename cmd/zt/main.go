// Command zt compiles topologies of a Kubernetes cluster to NetworkPolicies.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/zt-lang/zt/cmd/zt/internal/cli"
)

// commands are what zt can do. A new command is a file and a line here.
func commands() []*cli.Command {
	return []*cli.Command{
		buildCommand(),
		checkCommand(),
		whyCommand(),
		reachCommand(),
		graphCommand(),
		diffCommand(),
		verifyCommand(),
		importCommand(),
		initCommand(),
		learnCommand(),
		fmtCommand(),
		lspCommand(),
		kustomizeCommand(),
		explainCommand(),
		preludeCommand(),
		completionCommand(),
		versionCommand(),
		completeCommand(),
		documentsCommand(),
	}
}

func main() {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintln(os.Stderr, "zt: this is a bug in zt; please report it, with the input and the lines below")
			panic(p) // prints the stack and exits with 2
		}
	}()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // a build keeps most of what it allocates until its end
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(750 << 20) // comparing manifests at their limit would take over 1 GB
	}
	args := os.Args[1:]
	if slices.Contains(kustomizeNames, strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")) {
		args = append([]string{"kustomize"}, args...)
	}
	os.Exit(run(args, os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return cli.Run(commands(), args, stdin, stdout, stderr)
}
