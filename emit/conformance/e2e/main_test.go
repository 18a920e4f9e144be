// Package e2e tests what zt emits on a real API server and a real data plane: the server accepts it
// from kubectl, and hosts can connect exactly where the topology says so.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/cluster"
	"github.com/zt-lang/zt/emit/conformance/dataplane"
)

// total is what all tests together have done.
var total struct {
	topologies, objects, probes, permitted, retried, asked atomic.Int64

	guarded   atomic.Int64 // connections that guardrails deny, with every namespace opened
	undecided atomic.Int64 // connections about which zt leaves open what the policies do
}

// server is the one API server of a run.
var server *apiServer

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	if err := preflight(); err != nil {
		return fail(err)
	}
	var err error
	if server, err = startServer(); err != nil {
		return fail(err)
	}
	defer server.stop()
	// The server ends with this process, but removes its files only if its input ends.
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		server.stop()
		os.Exit(130)
	}()
	status := m.Run()
	fmt.Printf("e2e: %d topologies, %d objects applied by kubectl and read back; %d connections probed, %d got through, %d tried again; zt why asked %d times\n",
		total.topologies.Load(), total.objects.Load(), total.probes.Load(), total.permitted.Load(), total.retried.Load(), total.asked.Load())
	fmt.Printf("e2e: guardrails kept %d connections closed, though a NetworkPolicy opened every namespace; zt left %d open\n", total.guarded.Load(), total.undecided.Load())
	if status == 0 && flag.Lookup("test.run").Value.String() == "" {
		if err := holdFigures("../../../README.md"); err != nil {
			return fail(err)
		}
	}
	return status
}

// preflight returns an error that says what this machine lacks. No test is skipped for it.
func preflight() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("the hosts of the test are network namespaces, which only Linux has")
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("must be root, to make network namespaces (nothing outside of them is touched): sudo make e2e")
	}
	for _, name := range []string{"zt", "kubectl", "apiserver"} {
		if info, err := os.Stat(binary(name)); err != nil || info.IsDir() {
			return fmt.Errorf("there is no %s: `make e2e` builds the commands, and says where in ZT_E2E_BIN", binary(name))
		}
	}
	c, err := cluster.New()
	if err != nil {
		return fmt.Errorf("this machine cannot make hosts (it needs network namespaces, IPv6 and a writable /proc/sys): %w", err)
	}
	defer c.Close()
	enforcer, err := dataplane.Start(c.Node(), nil)
	if err != nil {
		return fmt.Errorf("this machine cannot hold packets up to judge them: %w", err)
	}
	return enforcer.Close()
}

// binary returns the path of one of the commands under test.
func binary(name string) string { return filepath.Join(os.Getenv("ZT_E2E_BIN"), name) }
