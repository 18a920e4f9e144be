package e2e

import (
	"net/netip"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// holdReading fails the test if connections got through otherwise than as zt reads what is stored of the policies
// that the data plane enforces.
func (st *stage) holdReading(t *testing.T, got []bool) {
	t.Helper()
	stored := source.NewFile("stored.yaml", string(readBack(t, networkPolicies, clusterPolicies)))
	inv, diags := inventory.Read([]*source.File{stored}, "")
	if diags.Errors() > 0 {
		t.Fatal(diags)
	}
	var plain []*networkingv1.NetworkPolicy
	for _, p := range inv.Policies {
		plain = append(plain, p.NetworkPolicy)
	}
	var ordered []*clusterpolicy.Policy
	for _, p := range inv.ClusterPolicies {
		ordered = append(ordered, p.Policy)
	}
	pods := st.podAddrs()
	read, err := evaluate.TraceOrdered(plain, ordered, relation.NewFacts(st.scene.Namespaces), pods, pods)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, through := range got {
		connection := st.cells[i].Connection(st.scene)
		least, most := read.Least.Permits(connection), read.Most.Permits(connection)
		if least != most {
			total.undecided.Add(1)
		}
		if through && !most || !through && least {
			if wrong++; wrong <= 10 {
				t.Errorf("%v: got through: %t; as zt reads the policies, it may: %t, and it must: %t", st.cells[i], through, most, least)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d connections differ", wrong, len(got))
	}
}

// podAddrs returns the addresses of the pods.
func (st *stage) podAddrs() relation.Addrs {
	var all []netip.Prefix
	for _, p := range st.scene.Parties {
		if p.Namespace == "" {
			continue
		}
		for _, a := range p.Addrs {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return relation.PrefixesAddrs(all)
}
