package e2e

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/cluster"
	"github.com/zt-lang/zt/emit/conformance/dataplane"
	"github.com/zt-lang/zt/emit/conformance/probe"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// stage is a cluster in which the parties of a scene live, and in which the
// policies that the API server has are enforced.
type stage struct {
	scene    *scene.Scene
	cells    []scene.Cell // those that can be probed
	network  *cluster.Cluster
	hosts    map[*scene.Party]*cluster.Host
	enforcer *dataplane.Enforcer
}

// newStage sets the cluster up, without any policy.
func newStage(t *testing.T, c *topology) *stage {
	t.Helper()
	clearCluster(t)
	s, err := scene.New(c.Topology, c.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	declareNamespaces(t, s.Namespaces)
	runPods(t, s)
	st := &stage{scene: s, hosts: map[*scene.Party]*cluster.Host{}}
	for _, cell := range s.Cells() {
		if cell.Port.Protocol != relation.SCTP { // not every kernel has its sockets; it is judged in process
			st.cells = append(st.cells, cell)
		}
	}
	if st.network, err = cluster.New(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.network.Close)
	for _, p := range s.Parties {
		st.serve(t, p)
	}
	st.enforce(t)
	t.Cleanup(func() { st.enforceNot(t) })
	return st
}

// serve makes the host of a party, which answers on all ports on which it is probed.
func (st *stage) serve(t *testing.T, p *scene.Party) {
	t.Helper()
	h, err := st.network.Add(p.Name, p.Addrs...)
	if err != nil {
		t.Fatal(err)
	}
	st.hosts[p] = h
	for _, port := range st.scene.Ports(p) {
		switch port.Protocol {
		case relation.TCP:
			err = h.ServeTCP(port.Number)
		case relation.UDP:
			err = h.ServeUDP(port.Number)
		}
		if err != nil {
			t.Fatalf("%s: listening on %v: %v", p.Name, port, err)
		}
	}
}

// enforce switches the enforcement on.
func (st *stage) enforce(t *testing.T) {
	t.Helper()
	var err error
	if st.enforcer, err = dataplane.Start(st.network.Node(), server.engine); err != nil {
		t.Fatal(err)
	}
}

// enforceNot switches it off.
func (st *stage) enforceNot(t *testing.T) {
	t.Helper()
	if st.enforcer == nil {
		return
	}
	if err := st.enforcer.Close(); err != nil {
		t.Error(err)
	}
	st.enforcer = nil
}

func (st *stage) attempt(c scene.Cell) probe.Attempt {
	to := st.hosts[c.To]
	return probe.Attempt{
		From: st.hosts[c.From], FromAddr: c.From.Addr(c.V6),
		To: netip.AddrPortFrom(c.To.Addr(c.V6), uint16(c.Port.Number)), Name: to.Name(),
		UDP: c.Port.Protocol == relation.UDP,
	}
}

// probe tries all cells, and returns for each whether it got through.
func (st *stage) probe(t *testing.T) []bool {
	t.Helper()
	// What still belongs to an earlier connection would pass unjudged.
	if err := st.network.Forget(); err != nil {
		t.Fatal(err)
	}
	attempts := make([]probe.Attempt, len(st.cells))
	for i, c := range st.cells {
		attempts[i] = st.attempt(c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	got, err := probe.All(ctx, attempts)
	if err != nil {
		t.Fatal(err)
	}
	total.probes.Add(int64(len(attempts)))
	total.retried.Add(int64(got.Retried))
	for _, through := range got.Connected {
		if through {
			total.permitted.Add(1)
		}
	}
	return got.Connected
}

// mismatch is a cell where something else happened than the topology says.
type mismatch struct {
	scene.Cell
	through bool
}

// mismatches probes all cells, and lists those where a topology says otherwise.
func (st *stage) mismatches(t *testing.T, permits func(scene.Cell) bool) []mismatch {
	t.Helper()
	return st.compare(st.probe(t), permits)
}

// compare lists the cells where what happened is not what a topology says.
func (st *stage) compare(got []bool, permits func(scene.Cell) bool) []mismatch {
	var out []mismatch
	for i, through := range got {
		if c := st.cells[i]; through != permits(c) {
			out = append(out, mismatch{c, through})
		}
	}
	return out
}

// hold fails the test where something else happens than a topology says.
func (st *stage) hold(t *testing.T, permits func(scene.Cell) bool) {
	t.Helper()
	found := st.mismatches(t, permits)
	for _, m := range found[:min(len(found), 10)] {
		t.Errorf("%v: got through: %t; permitted: %t", m.Cell, m.through, !m.through)
	}
	if len(found) > 0 {
		t.Errorf("%d of %d connections differ", len(found), len(st.cells))
	}
}

// permits returns what a topology says of cells.
func (st *stage) permits(c *topology) func(scene.Cell) bool {
	return func(cell scene.Cell) bool { return c.Meaning.Permits(cell.Connection(st.scene)) }
}

// sample returns some of the cells that a condition holds for, different ones for different numbers.
func (st *stage) sample(most int, number uint64, where func(scene.Cell) bool) []scene.Cell {
	var out []scene.Cell
	for _, i := range rand.New(rand.NewPCG(seed, number)).Perm(len(st.cells)) {
		if c := st.cells[i]; len(out) < most && where(c) {
			out = append(out, c)
		}
	}
	return out
}
