// Command zt compiles topologies of a Kubernetes cluster to NetworkPolicies.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
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
	collectLess()
	args := os.Args[1:]
	if slices.Contains(kustomizeNames, filepath.Base(os.Args[0])) {
		args = append([]string{"kustomize"}, args...)
	}
	os.Exit(run(args, os.Stdin, os.Stdout, os.Stderr))
}

// ballast is never written to, so that it takes no memory, but counts as some: garbage is first looked for
// when there is several times as much.
var ballast []byte

// collectLess lets garbage grow further than long-lived programs should: a build keeps most of what it
// makes to its end, so that to look for garbage is mostly in vain. Near the limit it is looked for all the same.
func collectLess() {
	const size = 80 << 20
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return // whoever sets these knows why
	}
	ballast = make([]byte, size)
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(700<<20 + size)
}
