package inprocess

import (
	"context"
	"fmt"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/kube-network-policies/pkg/network"

	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/target"
)

// count is the number of cells that were judged, and of those that are permitted.
type count struct{ cells, permitted int }

// compare judges every cell of a scene three times: by the topology, and by zt's evaluator and the
// plugin's engine, which read the policies that are stored for it. The error is the first cell on
// which they differ.
func compare(p *program.Program, s *scene.Scene, stored []*networkingv1.NetworkPolicy) (count, error) {
	var judged count
	enforced, err := p.Enforced(stored)
	if err != nil {
		return judged, err
	}
	factory := informers.NewSharedInformerFactory(nil, 0) // never started: its stores are filled here
	third, err := engine.New(factory)
	if err != nil {
		return judged, err
	}
	if err := fill(factory, s, stored); err != nil {
		return judged, err
	}
	for _, c := range s.Cells() {
		connection := c.Connection(s)
		topology, policies := p.Meaning.Permits(connection), enforced.Permits(connection)
		plugin, err := third.EvaluatePacket(context.Background(), packet(c))
		if err != nil {
			return judged, fmt.Errorf("%s: %w", c, err)
		}
		if topology != policies || policies != plugin {
			return judged, fmt.Errorf("%s: permitted by the topology: %t; by the policies, as zt reads them: %t; as the plugin reads them: %t",
				c, topology, policies, plugin)
		}
		judged.cells++
		if plugin {
			judged.permitted++
		}
	}
	return judged, nil
}

func fill(factory informers.SharedInformerFactory, s *scene.Scene, stored []*networkingv1.NetworkPolicy) error {
	namespaces, pods := factory.Core().V1().Namespaces().Informer().GetStore(), factory.Core().V1().Pods().Informer().GetStore()
	for name, labels := range s.Namespaces {
		if err := namespaces.Add(engine.Namespace(name, labels)); err != nil {
			return err
		}
	}
	for _, p := range s.Parties {
		if p.Namespace == "" {
			continue
		}
		if err := pods.Add(engine.Pod(p)); err != nil {
			return err
		}
	}
	policies := factory.Networking().V1().NetworkPolicies().Informer().GetStore()
	for _, p := range stored {
		if err := policies.Add(p); err != nil {
			return err
		}
	}
	return nil
}

func packet(c scene.Cell) *network.Packet {
	return &network.Packet{
		SrcIP: c.From.Addr(c.V6).AsSlice(), DstIP: c.To.Addr(c.V6).AsSlice(),
		Proto: engine.Protocol(c.Port.Protocol), SrcPort: 40000, DstPort: c.Port.Number,
	}
}

// compareStored compares the judges on a program's objects as the API server would store them.
func compareStored(t *testing.T, p *program.Program) count {
	t.Helper()
	stored, err := admit(p.Stream)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scene.New(p.Topology, p.Meaning)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	judged, err := compare(p, s, stored)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return judged
}

func TestExamplesAreReadAlike(t *testing.T) {
	all, err := program.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			if judged := compareStored(t, p); judged.permitted == 0 || judged.permitted == judged.cells {
				t.Errorf("%d of %d cells are permitted: nothing is tested", judged.permitted, judged.cells)
			}
		})
	}
}

func TestRandomProgramsAreReadAlike(t *testing.T) {
	const programs = 75
	var sum count
	for number := range programs {
		p, err := program.Build(program.Random(number), "", []target.Layout{target.ByTier, target.ByEdge}[number%2])
		if err != nil {
			t.Fatal(err)
		}
		judged := compareStored(t, p)
		sum.cells += judged.cells
		sum.permitted += judged.permitted
	}
	t.Logf("%d cells of %d programs judged, %d permitted", sum.cells, programs, sum.permitted)
	const least = 900_000 // the README says so
	if sum.cells < least || sum.permitted < sum.cells/50 || sum.permitted > sum.cells*49/50 {
		t.Error("too few cells, or too few that are permitted or denied")
	}
}

// The comparison can fail: without any one policy, it does.
func TestDisagreement(t *testing.T) {
	p, err := program.Build(program.Example("three-tier"), "", target.ByTier)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := admit(p.Stream)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scene.New(p.Topology, p.Meaning)
	if err != nil {
		t.Fatal(err)
	}
	for i, left := range stored {
		without := append(append(stored[:0:0], stored[:i]...), stored[i+1:]...)
		if _, err := compare(p, s, without); err == nil {
			t.Errorf("without %s, nothing differs", left.Name)
		}
	}
}
