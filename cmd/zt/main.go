// Command zt compiles topologies of a Kubernetes cluster to NetworkPolicies.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
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
	defer runtime.KeepAlive(collectLess())
	args := os.Args[1:]
	if slices.Contains(kustomizeNames, filepath.Base(os.Args[0])) {
		args = append([]string{"kustomize"}, args...)
	}
	os.Exit(run(args, os.Stdin, os.Stdout, os.Stderr))
}

// collectLess lets garbage grow further than long-lived programs should: a build keeps most of what it
// makes to its end, so that to look for garbage is mostly in vain. Near the limit it is looked for all the same.
//
// It returns a ballast, to be kept. That is never written to, so that it takes no memory, but counts as some: garbage
// is first looked for when there is several times as much.
func collectLess() []byte {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil // whoever sets these knows why
	}
	const size = 80 << 20
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(700<<20 + size)
	return make([]byte, size)
}
