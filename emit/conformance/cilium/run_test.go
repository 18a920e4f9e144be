// Package cilium holds zt against Cilium's own policy engine: what zt emits, and what it says of
// policies that others wrote.
package cilium

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/zt-lang/zt/compiler/topology"
)

// effort is how many sets of policies or programs a run tries, and how many verdicts there must be of all its
// tests. The README says so.
type effort struct{ plain, tiers, cilium, all, programs, guarded, hosts, verdicts int }

var run = func() effort {
	if os.Getenv("ZT_TEST_EFFORT") == "full" {
		return effort{plain: 110, tiers: 110, cilium: 110, all: 110, programs: 40, guarded: 40, hosts: 400, verdicts: 2_000_000}
	}
	return effort{plain: 8, tiers: 8, cilium: 8, all: 8, programs: 2, guarded: 4, hosts: 40, verdicts: 300_000}
}()

// verdicts is the number of all cells that were judged.
var verdicts int

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Printf("%d verdicts of the engine compared\n", verdicts)
	if isWhole := flag.Lookup("test.run").Value.String() == ""; code == 0 && isWhole && verdicts < run.verdicts {
		fmt.Printf("FAIL: fewer than %d\n", run.verdicts)
		code = 1
	}
	os.Exit(code)
}

// seed is where random sets begin.
const seed = 0

// network is what a program states of the network in which the engine enforces.
var network = topology.Network{
	Plugin:    topology.Default("cilium"),
	Nodes:     []topology.Block{{Prefix: nodes}},
	APIServer: &topology.Endpoint{Blocks: []topology.Block{{Prefix: netip.PrefixFrom(apiServer, apiServer.BitLen())}}},
}

// count is the number of cells that were judged.
type count struct {
	cells, permitted int
	special          int // where Cilium departs from the API
	open             int // for which zt says that it is undecided
	asked, undecided int // questions, and those to which zt answers that
	partly           int // to which zt answers that it is denied, but not all of it
}

func (c *count) cell(permitted, special bool) {
	c.cells++
	if permitted {
		c.permitted++
	}
	if special {
		c.special++
	}
}

// add adds what one comparison judged, in which nothing differs.
func (c *count) add(d count) {
	verdicts += d.cells
	c.cells, c.permitted, c.special, c.open = c.cells+d.cells, c.permitted+d.permitted, c.special+d.special, c.open+d.open
	c.asked, c.undecided, c.partly = c.asked+d.asked, c.undecided+d.undecided, c.partly+d.partly
}

// telling reports whether enough cells are permitted and denied that a mistake would show.
func (c *count) telling() bool {
	return c.permitted > c.cells/20 && c.permitted < c.cells*19/20
}

func (c count) String() string {
	return fmt.Sprintf("%d cells judged, %d permitted, %d otherwise than the API says, %d open for zt; %d questions asked, %d undecided, %d denied in part", c.cells, c.permitted, c.special, c.open, c.asked, c.undecided, c.partly)
}

// split returns the documents of a stream of YAML.
func split(stream []byte) [][]byte { return bytes.Split(stream, []byte("---\n")) }

// joined returns documents without one of them as a stream.
func joined(documents [][]byte, without int) []byte {
	return bytes.Join(slices.Delete(slices.Clone(documents), without, without+1), []byte("---\n"))
}
