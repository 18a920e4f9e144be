// Command zt compiles topologies of a Kubernetes cluster to NetworkPolicies.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that went away is an error to tell, like a full disk
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintln(os.Stderr, "zt: this is a bug of zt; please report it, with the input and what follows")
			panic(p) // which prints the stack, and exits with 2
		}
	}()
	args := os.Args[1:]
	if slices.Contains(kustomizeNames, filepath.Base(os.Args[0])) {
		args = append([]string{"kustomize"}, args...)
	}
	os.Exit(run(args, os.Stdin, os.Stdout, os.Stderr))
}
