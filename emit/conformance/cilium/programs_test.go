package cilium

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/conformance/cilium/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/target"
)

// What zt emits for random programs permits on Cilium's engine what the programs say.
func TestProgramsAreEnforced(t *testing.T) {
	var sum count
	for number := range run.programs {
		p, err := program.Build(program.Random(number), "", []target.Layout{target.ByTier, target.ByEdge}[number%2])
		if err != nil {
			t.Fatal(err)
		}
		judged, err := compareProgram(p)
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		sum.add(judged)
	}
	t.Logf("%d programs: %s", run.programs, sum)
	if sum.permitted < sum.cells/50 || sum.permitted > sum.cells*49/50 {
		t.Error("too few cells that are permitted or denied")
	}
}

// So does what zt emits as policies of Cilium. Programs that the target refuses are left out.
func TestCiliumTargetIsEnforced(t *testing.T) {
	var sum count
	built := 0
	for number := range 10 * run.programs {
		p, diags, err := program.BuildFor(program.Random(number), "", []target.Layout{target.ByTier, target.ByEdge}[number%2], "cilium")
		if err != nil {
			t.Fatal(err)
		}
		if diags.Errors() > 0 {
			continue
		}
		if built == run.programs {
			break
		}
		built++
		judged, err := compareProgram(p)
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		sum.add(judged)
	}
	t.Logf("%d programs: %s", built, sum)
	if built < run.programs || sum.permitted < sum.cells/50 || sum.permitted > sum.cells*49/50 {
		t.Error("too few programs, or cells that are permitted or denied")
	}
}

func TestExamplesAreEnforced(t *testing.T) {
	all, err := program.Examples()
	if err != nil {
		t.Fatal(err)
	}
	var sum count
	for _, p := range all {
		judged, err := compareProgram(p)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		} else if judged.permitted == 0 || judged.permitted == judged.cells {
			t.Errorf("%s: %s: nothing is tested", p.Name, judged)
		}
		sum.add(judged)
	}
	t.Logf("%d examples: %s", len(all), sum)
}

// The comparison can fail: without any one policy, it does.
func TestDisagreement(t *testing.T) {
	p, err := program.Build(program.Example("three-tier"), "", target.ByTier)
	if err != nil {
		t.Fatal(err)
	}
	documents := split(p.Stream)
	for i := range documents {
		changed := *p
		changed.Stream = joined(documents, i)
		if _, err := compareProgram(&changed); err == nil {
			t.Errorf("without this, nothing differs:\n%s", documents[i])
		}
	}
}

// compareProgram judges every cell of a program's scene by the program and by the engine, which reads its
// objects. The error is the first cell on which they differ.
func compareProgram(p *program.Program) (count, error) {
	var judged count
	w, err := newPlace(p, p.Stream)
	if err != nil {
		return judged, err
	}
	for _, c := range w.scene.Cells() {
		verdict, err := w.verdict(c)
		if err != nil {
			return judged, err
		}
		if permitted := p.Meaning.Permits(c.Connection(w.scene)); permitted != verdict {
			return judged, fmt.Errorf("%s: permitted by the program: %t; by the engine: %t", c, permitted, verdict)
		}
		judged.cell(verdict, false)
	}
	return judged, nil
}

// place is the scene of a program, in which the engine judges.
type place struct {
	scene  *scene.Scene
	plugin *engine.Engine
	ends   map[*scene.Party][2]*engine.End // by family
	hosts  relation.Hosts
}

// isNode reports whether a party is a node.
func (w *place) isNode(p *scene.Party, v6 bool) bool {
	return p.Namespace == "" && w.hosts.Nodes.Has(p.Addr(v6))
}

// newPlace returns the scene of a program with the policies of a stream.
func newPlace(p *program.Program, stream []byte) (*place, error) {
	s, err := scene.New(p.Topology, p.Meaning)
	if err != nil {
		return nil, err
	}
	w := &place{scene: s, plugin: engine.New(), ends: map[*scene.Party][2]*engine.End{}}
	if err := w.plugin.Add(stream); err != nil {
		return nil, err
	}
	// Without the plugin a program says of nodes and the API server what it says of other addresses.
	if p.Topology.Network.Plugin.Never(topology.BlocksMatchNodes) || bytes.Contains(p.Stream, []byte("cilium.io/v2")) {
		w.hosts = p.Topology.Network.Hosts()
	}
	for _, party := range s.Parties {
		var both [2]*engine.End
		for i, v6 := range []bool{false, true} {
			switch a := party.Addr(v6); {
			case party.Namespace != "":
				both[i] = w.plugin.Pod(party.Namespace, s.Namespaces[party.Namespace], party.Labels, party.Containers)
			case !a.IsValid():
			case w.hosts.Nodes.Has(a):
				both[i] = w.plugin.Node(w.hosts.APIServer.Has(a))
			case w.hosts.APIServer.Has(a):
				both[i] = w.plugin.APIServer(a)
			default:
				if both[i], err = w.plugin.Address(a); err != nil {
					return nil, err
				}
			}
		}
		w.ends[party] = both
	}
	return w, nil
}

// verdict reports whether the engine permits a cell.
func (w *place) verdict(c scene.Cell) (bool, error) {
	family := map[bool]int{true: 1}[c.V6]
	verdict, err := w.plugin.Verdict(w.ends[c.From][family], w.ends[c.To][family], c.Port)
	if err != nil {
		err = fmt.Errorf("%s: %w", c, err)
	}
	return verdict, err
}
