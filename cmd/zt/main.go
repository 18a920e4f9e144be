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
	"github.com/zt-lang/zt/cmd/zt/internal/kustomize"
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

// names are names of zt under which it is one of its commands: other programs start it under them,
// and cannot give it all arguments.
var names = map[string][]string{
	kustomize.FunctionName: {"kustomize"}, // a function gets no arguments
	kustomize.Kind:         {"kustomize"}, // a legacy plugin is called as the kind of its configuration
	completeName:           {cli.CompleteCommand, "--kubectl", "--"},
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
	first := names[strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")]
	os.Exit(run(slices.Concat(first, os.Args[1:]), os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return cli.Run(commands(), args, stdin, stdout, stderr)
}
