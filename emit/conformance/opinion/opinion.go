// Package opinion has three judges say what is permitted: the topology, zt's own
// evaluator of NetworkPolicies, and the engine of a network plugin that shares nothing
// with either. All is in process, so that many cells can be judged.
package opinion

import (
	"context"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/kube-network-policies/pkg/network"

	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// Count is how many cells were judged, and how many of them all permit.
type Count struct{ Cells, Permitted int }

// Compare has every cell of a scene judged: by the topology, and by both evaluators of the policies
// that were stored for it. The error tells a cell on which they don't agree.
func Compare(p *program.Program, s *scene.Scene, stored []*networkingv1.NetworkPolicy) (Count, error) {
	var count Count
	enforced, err := p.Enforced(stored)
	if err != nil {
		return count, err
	}
	factory := informers.NewSharedInformerFactory(nil, 0) // never started: its stores are filled here
	third, err := engine.New(factory)
	if err != nil {
		return count, err
	}
	if err := fill(factory, s, stored); err != nil {
		return count, err
	}
	for _, c := range s.Cells() {
		connection := c.Connection(s)
		topology, policies := p.Meaning.Permits(connection), enforced.Permits(connection)
		plugin, err := third.EvaluatePacket(context.Background(), packet(c))
		if err != nil {
			return count, fmt.Errorf("%s: %w", c, err)
		}
		if topology != policies || policies != plugin {
			return count, fmt.Errorf("%s: permitted by the topology: %t; by the policies, as zt reads them: %t; as the plugin reads them: %t",
				c, topology, policies, plugin)
		}
		count.Cells++
		if plugin {
			count.Permitted++
		}
	}
	return count, nil
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
