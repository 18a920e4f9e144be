package inprocess

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	cnp "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/grammar/source"
)

// Sets of policies of all tiers are read alike: by zt, by an evaluator that judges one connection at a
// time, and by the plugin's engine. zt does not know the addresses of pods, so it says what is permitted for
// all of them and what for some.
func TestTiersAreReadAlike(t *testing.T) {
	const sets = 350
	var cells, permitted, open int
	for number := range sets {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(uint64(number), 7))}
		s := d.Set(number%2 == 0, number%3 == 0)
		for i := range s.Ordered {
			s.Ordered[i].Elder = false // the engine has one evaluator for all tiers of the new kind
		}
		s.IsolateBothWays()
		sum, err := judgeTiers(d, s)
		if err != nil {
			t.Fatalf("set %d: %v\n%s", number, err, s.Manifests())
		}
		cells, permitted, open = cells+sum.cells, permitted+sum.permitted, open+sum.open
	}
	t.Logf("%d cells of %d sets judged, %d permitted, %d open for zt", cells, sets, permitted, open)
	const least = 1_000_000 // the README says so
	if cells < least || permitted < cells/20 || permitted > cells*19/20 || open == 0 || open > cells/20 {
		t.Error("too few cells, or too few that are permitted, denied or open")
	}
}

type tierCount struct{ cells, permitted, open int }

func judgeTiers(d judge.Draw, s *judge.Set) (tierCount, error) {
	var sum tierCount
	inv, diags := inventory.Read([]*source.File{source.NewFile("set.yaml", s.Manifests())}, "")
	if diags.Errors() > 0 {
		return sum, fmt.Errorf("%v", diags)
	}
	var plain []*networkingv1.NetworkPolicy
	for _, p := range inv.Policies {
		plain = append(plain, p.NetworkPolicy)
	}
	var ordered []*clusterpolicy.Policy
	for _, p := range inv.ClusterPolicies {
		ordered = append(ordered, p.Policy)
	}
	zt, err := evaluate.TraceOrdered(plain, ordered, relation.NewFacts(s.Namespaces), relation.Private, relation.Private)
	if err != nil {
		return sum, err
	}
	all := scene.Inhabitants(d, s, 12)
	plugin, err := engineOf(s, plain, all)
	if err != nil {
		return sum, err
	}
	for _, to := range all {
		for _, from := range all {
			v6 := to.End.Addr.Is6()
			if from.Party == to.Party || from.End.Addr.Is6() != v6 || !from.IsPod() && !to.IsPod() {
				continue
			}
			for _, port := range to.DrawnPorts() {
				a := from.Attempt(to, port)
				reading := judge.Reading{Blocks: true, Order: [3]int{0, 1, 2}} // blocks match addresses of pods, and names give an order
				out, _ := s.Decide(a, "egress", reading)
				in, _ := s.Decide(a, "ingress", reading)
				verdict, err := plugin(from.End.Addr, to.End.Addr, port)
				if err != nil {
					return sum, err
				}
				c := from.Connection(to, port)
				least, most := zt.Least.Permits(c), zt.Most.Permits(c)
				if verdict != (out && in) || least && !verdict || verdict && !most {
					return sum, fmt.Errorf("%s (%s -> %s): permitted one by one: %t; by the engine: %t; by zt for all addresses: %t, for some: %t", c, from.End.Addr, to.End.Addr, out && in, verdict, least, most)
				}
				sum.cells++
				if verdict {
					sum.permitted++
				}
				if least != most {
					sum.open++
				}
			}
		}
	}
	return sum, nil
}

// engineOf returns the verdicts of the plugin's engine, which reads the same manifests.
func engineOf(s *judge.Set, plain []*networkingv1.NetworkPolicy, all []scene.Inhabitant) (func(from, to netip.Addr, port relation.Port) (bool, error), error) {
	factory, clusterwide := informers.NewSharedInformerFactory(nil, 0), cnp.NewSharedInformerFactory(nil, 0)
	plugin, err := engine.NewTiered(factory, clusterwide)
	if err != nil {
		return nil, err
	}
	namespaces, pods := map[string]map[string]string{}, factory.Core().V1().Pods().Informer().GetStore()
	for name, labels := range s.Namespaces {
		namespaces[name] = maps.Clone(labels)
		namespaces[name][corev1.LabelMetadataName] = name
	}
	for _, i := range all {
		if i.IsPod() {
			namespaces[i.End.Namespace] = i.NamespaceLabels
			if err := pods.Add(engine.Pod(i.Party)); err != nil {
				return nil, err
			}
		}
	}
	for name, labels := range namespaces {
		if err := factory.Core().V1().Namespaces().Informer().GetStore().Add(engine.Namespace(name, labels)); err != nil {
			return nil, err
		}
	}
	for _, p := range plain {
		if err := factory.Networking().V1().NetworkPolicies().Informer().GetStore().Add(p); err != nil {
			return nil, err
		}
	}
	for text := range strings.SplitSeq(s.Manifests(), "---\n") {
		var p v1alpha2.ClusterNetworkPolicy
		if err := yaml.Unmarshal([]byte(text), &p); err != nil {
			return nil, err
		}
		if p.Kind == "ClusterNetworkPolicy" {
			if err := clusterwide.Policy().V1alpha2().ClusterNetworkPolicies().Informer().GetStore().Add(&p); err != nil {
				return nil, err
			}
		}
	}
	return func(from, to netip.Addr, port relation.Port) (bool, error) {
		return plugin.EvaluatePacket(context.Background(), &network.Packet{
			SrcIP: from.AsSlice(), DstIP: to.AsSlice(), Proto: engine.Protocol(port.Protocol), SrcPort: 40000, DstPort: port.Number,
		})
	}, nil
}
