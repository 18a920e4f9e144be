// Package names says how pods resolve the host names that they may connect to, for targets that name hosts.
package names

import (
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	shared "github.com/zt-lang/zt/emit/target/guards"
	"github.com/zt-lang/zt/grammar/diag"
)

// Resolution is how the sources of edges to host names resolve these.
type Resolution struct {
	Ports   map[*topology.Edge]relation.Ports // the edges by which they do, and the ports on which
	Sources map[*topology.Endpoint]bool       // that do
}

// Resolving returns how sources resolve names: by their implicit edges, or else by the edges to a port of DNS that
// the program has for all of their pods.
func Resolving(t *topology.Topology) Resolution {
	r := Resolution{map[*topology.Edge]relation.Ports{}, map[*topology.Endpoint]bool{}}
	var named []*topology.Endpoint
	isNamed := map[*topology.Endpoint]bool{}
	for _, e := range t.Edges {
		if len(e.To.Hosts()) > 0 && !isNamed[e.From] {
			isNamed[e.From] = true
			named = append(named, e.From)
		}
	}
	if len(named) == 0 {
		return r
	}
	dns := map[*topology.Edge]relation.Ports{} // that are not implicit
	for _, e := range t.Edges {
		if ports := proxiedPorts(e.Ports); e.Implicit && isNamed[e.From] && !ports.IsEmpty() {
			r.Ports[e], r.Sources[e.From] = ports, true
		} else if ports := dnsPorts(e.Ports); !e.Implicit && e.Opens(relation.Egress) && len(e.To.Hosts()) == 0 && !ports.IsEmpty() {
			dns[e] = ports
		}
	}
	for _, from := range named {
		if r.Sources[from] {
			continue
		}
		for e, ports := range dns {
			if includes(e.From, from) {
				r.Ports[e], r.Sources[from] = ports, true
			}
		}
	}
	return r
}

// includes reports whether the pods of one endpoint include those of another.
func includes(wide, narrow *topology.Endpoint) bool {
	if wide.Kind == topology.Addresses || wide.Kind == topology.Everything || narrow.Kind == topology.Addresses || narrow.Kind == topology.Everything {
		return false
	}
	namespaces, labels := shared.SelectorsOf(narrow)
	wideNamespaces, wideLabels := shared.SelectorsOf(wide)
	return namespaces.Implies(wideNamespaces) && labels.Implies(wideLabels)
}

// dnsPorts returns those of some ports on which resolvers usually listen.
func dnsPorts(p relation.Ports) (out relation.Ports) {
	for _, number := range []int{53, 5353} {
		for _, of := range []relation.Protocol{relation.UDP, relation.TCP} {
			if port := relation.RangeOf(relation.PortRange{Protocol: of, Low: number, High: number}); port.Subset(p) {
				out = out.Union(port)
			}
		}
	}
	return out
}

// proxiedPorts returns those of some ports on which names can be resolved by way of Cilium's proxy: single
// ports and named ones, or else 53 of a range.
func proxiedPorts(p relation.Ports) relation.Ports {
	var single relation.Ports
	for _, r := range p.Ranges() {
		if r.Low == r.High {
			single = single.Union(relation.RangeOf(r))
		}
	}
	for _, n := range p.NamedPorts() {
		single = single.Union(relation.Named(n))
	}
	if !single.IsEmpty() {
		return single
	}
	for _, of := range []relation.Protocol{relation.UDP, relation.TCP} {
		dns := relation.RangeOf(relation.PortRange{Protocol: of, Low: 53, High: 53})
		if dns.Subset(p) {
			single = single.Union(dns)
		}
	}
	return single
}

// Unresolved adds what to write to a diagnostic about an edge to host names whose source resolves none.
func Unresolved(t *topology.Topology, e *topology.Edge, d diag.Diagnostic) diag.Diagnostic {
	switch {
	case len(t.Resolvers) == 0:
		return d.WithHelp("remove `dns off`, or state where the resolvers are: `dns NAMESPACE/TIER`")
	case e.From.Namespace == nil && e.From.Tier == nil:
		return d.WithHelp("write the edge from a tier or NAMESPACE/*, which get an edge to the resolvers")
	}
	return d.WithHelp("state the port of the resolvers, as in `dns kube-system/kube-dns :53/udp, 53/tcp`")
}
