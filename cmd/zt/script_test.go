package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts' commands print into the scripts, where they compare it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"zt": main, "zt-kustomize": main, "Topology": main, "kubectl-zt": main, "kubectl_complete-zt": main})
}

// The command as one uses it: testdata/script has a script for each subject. With ZT_BINARY, the scripts
// run that command, for example one that is to be released.
func TestScripts(t *testing.T) {
	setup := func(*testscript.Env) error { return nil }
	if binary := os.Getenv("ZT_BINARY"); binary != "" {
		first := t.TempDir()
		for _, name := range []string{"zt", "zt-kustomize", "Topology", "kubectl-zt", "kubectl_complete-zt"} {
			if err := os.Symlink(binary, filepath.Join(first, name)); err != nil {
				t.Fatal(err)
			}
		}
		setup = func(e *testscript.Env) error {
			e.Setenv("PATH", first+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		}
	}
	testscript.Run(t, testscript.Params{
		Setup:               setup,
		Dir:                 "testdata/script",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

// exits runs a command that is to end with an exit code: exits CODE COMMAND [ARG...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var failed *exec.ExitError
		if !errors.As(err, &failed) {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
