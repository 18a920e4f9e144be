package networkpolicy

import (
	"fmt"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
)

// large returns a topology of one namespace with a third as many tiers as edges.
func large(edges int) *topology.Topology {
	n := &topology.Namespace{Name: "n", Ingress: true, Egress: true}
	ends := make([]*topology.Endpoint, max(1, edges/3))
	for i := range ends {
		tier := &topology.Tier{Namespace: n, Name: fmt.Sprintf("t%d", i), Selector: relation.Labelled("role", fmt.Sprintf("t%d", i))}
		n.Tiers = append(n.Tiers, tier)
		ends[i] = &topology.Endpoint{Kind: topology.TierPods, Tier: tier, Namespace: n, Name: tier.String()}
	}
	t := &topology.Topology{Namespaces: []*topology.Namespace{n}}
	for i := range edges {
		t.Edges = append(t.Edges, &topology.Edge{
			From: ends[i%len(ends)], To: ends[(i*7+1)%len(ends)],
			Ports: relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 1 + i%1000, High: 1 + i%1000}),
		})
	}
	return t
}

// BenchmarkLower lowers ever more edges; the time for one must not grow.
func BenchmarkLower(b *testing.B) {
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		for _, edges := range []int{1_000, 10_000, 30_000, 100_000} {
			b.Run(fmt.Sprintf("layout=%s/edges=%d", layout, edges), func(b *testing.B) {
				t := large(edges)
				for b.Loop() {
					Lower(t, layout)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(edges), "ns/edge")
			})
		}
	}
}

// BenchmarkLowerOnePeer lowers many edges between two tiers, a port each.
func BenchmarkLowerOnePeer(b *testing.B) {
	for _, edges := range []int{1_000, 10_000, 60_000} {
		b.Run(fmt.Sprintf("edges=%d", edges), func(b *testing.B) {
			t := large(6)
			from, to := t.Edges[0].From, t.Edges[0].To
			t.Edges = nil
			for i := range edges {
				t.Edges = append(t.Edges, &topology.Edge{From: from, To: to,
					Ports: relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 1 + i, High: 1 + i})})
			}
			for b.Loop() {
				Lower(t, target.ByTier)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(edges), "ns/edge")
		})
	}
}
