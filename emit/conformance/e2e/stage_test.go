package e2e

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/cluster"
	"github.com/zt-lang/zt/emit/conformance/dataplane"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// stage is a cluster with the parties of a scene, in which the policies of the API server are
// enforced.
type stage struct {
	scene    *scene.Scene
	cells    []scene.Cell // those that are probed
	network  *cluster.Cluster
	hosts    map[*scene.Party]*cluster.Host
	enforcer *dataplane.Enforcer
}

// newStage sets up the cluster, without policies.
func newStage(t *testing.T, c *topology) *stage {
	t.Helper()
	s := c.scene(t)
	return stageOf(t, s, s.Cells(), s.Ports)
}

// stageOf sets up a cluster in which cells of a scene are probed. Its parties answer on these ports.
func stageOf(t *testing.T, s *scene.Scene, cells []scene.Cell, ports func(*scene.Party) []relation.Port) *stage {
	t.Helper()
	clearCluster(t)
	declareNamespaces(t, s.Namespaces)
	runPods(t, s)
	st := &stage{scene: s, hosts: map[*scene.Party]*cluster.Host{}}
	for _, cell := range cells {
		if cell.Port.Protocol != relation.SCTP { // not every kernel has its sockets; package inprocess tests it
			st.cells = append(st.cells, cell)
		}
	}
	var err error
	if st.network, err = cluster.New(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.network.Close)
	for _, p := range s.Parties {
		st.serve(t, p, ports(p))
	}
	st.enforce(t)
	t.Cleanup(func() { st.enforceNot(t) })
	return st
}

// serve adds the host of a party, which answers on ports.
func (st *stage) serve(t *testing.T, p *scene.Party, ports []relation.Port) {
	t.Helper()
	h, err := st.network.Add(p.Name, p.Addrs...)
	if err != nil {
		t.Fatal(err)
	}
	st.hosts[p] = h
	for _, port := range ports {
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

func (st *stage) attempt(c scene.Cell) cluster.Attempt {
	return cluster.Attempt{
		From: st.hosts[c.From], To: st.hosts[c.To], V6: c.V6, UDP: c.Port.Protocol == relation.UDP, Port: c.Port.Number,
	}
}

// probe tries all cells, and returns for each whether it got through.
func (st *stage) probe(t *testing.T) []bool {
	t.Helper()
	// The node does not judge packets of an earlier connection again.
	if err := st.network.Forget(); err != nil {
		t.Fatal(err)
	}
	attempts := make([]cluster.Attempt, len(st.cells))
	for i, c := range st.cells {
		attempts[i] = st.attempt(c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	got, repeated, err := cluster.Try(ctx, attempts)
	if err != nil {
		t.Fatal(err)
	}
	total.probes.Add(int64(len(attempts)))
	total.retried.Add(repeated)
	for _, through := range got {
		if through {
			total.permitted.Add(1)
		}
	}
	return got
}

// mismatch is a cell on which the hosts and the topology differ.
type mismatch struct {
	scene.Cell
	through bool
}

// mismatches probes all cells, and lists those on which a topology differs.
func (st *stage) mismatches(t *testing.T, permits func(scene.Cell) bool) []mismatch {
	t.Helper()
	return st.compare(st.probe(t), permits)
}

// compare lists the cells on which a topology differs.
func (st *stage) compare(got []bool, permits func(scene.Cell) bool) []mismatch {
	var out []mismatch
	for i, through := range got {
		if c := st.cells[i]; through != permits(c) {
			out = append(out, mismatch{c, through})
		}
	}
	return out
}

// hold fails the test if any cell differs from what a topology permits.
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

// permits returns whether a topology permits cells.
func (st *stage) permits(c *topology) func(scene.Cell) bool {
	return func(cell scene.Cell) bool { return c.Meaning.Permits(cell.Connection(st.scene)) }
}

// sample chooses some of the cells that fulfil a condition, by a number.
func (st *stage) sample(most int, number uint64, where func(scene.Cell) bool) []scene.Cell {
	var out []scene.Cell
	for _, i := range rand.New(rand.NewPCG(seed, number)).Perm(len(st.cells)) {
		if c := st.cells[i]; len(out) < most && where(c) {
			out = append(out, c)
		}
	}
	return out
}
