package crosscheck

import (
	"fmt"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// unresolved reports workloads that use names of Services, and that no edge lets resolve names. Where
// the connection is not permitted either, the missing edge brings both.
func (e *evidence) unresolved(mentions []wiring.Connection) {
	var shown []wiring.Connection
	var parties []string
	for _, c := range mentions {
		party := e.party(c.From)
		if c.Unsure || c.From.HostNetwork || e.forgotten(c.From) || !e.isolates(c.From, relation.Egress) || slices.Contains(parties, party) || e.resolves(c.From) ||
			!slices.ContainsFunc(c.Ports, func(p inventory.Port) bool { return e.permits(c.From, c.To, p) }) {
			continue
		}
		parties, shown = append(parties, party), append(shown, c)
	}
	if len(shown) == 0 {
		return
	}
	slices.Sort(parties)
	verb := "uses a name"
	if len(parties) > 1 {
		verb = "use names"
	}
	d := diag.New(diag.NamesNotResolved, e.place(shown[0].From), "%s %s, and no edge lets it resolve names", few(parties), verb)
	for _, c := range shown[:min(3, len(shown))] {
		d = d.WithRelated(c.Span, "%s: %s", e.party(c.From), c.Evidence)
	}
	e.diags.Add(d.WithHelp("remove `dns off`, or name the resolvers: `dns kube-system/kube-dns`"))
}

// resolves reports whether an edge lets a workload ask a resolver.
func (e *evidence) resolves(w *inventory.Workload) bool {
	isDNS := func(edge *topology.Edge) bool {
		return opensOwn(edge, relation.Egress) && (edge.Implicit || edge.Ports.Overlaps(resolverPorts))
	}
	return slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool { return slices.ContainsFunc(e.edges.from[end], isDNS) })
}

// resolverPorts are those on which resolvers usually listen.
var resolverPorts = relation.UnionPorts(udp(53), udp(5353), udp(8053), udp(1053))

func udp(port int) relation.Ports {
	return relation.RangeOf(relation.PortRange{Protocol: relation.UDP, Low: port, High: port})
}

// resolvers compares the resolvers of the program with the pods behind the DNS Service of the cluster,
// and with a cache on each node.
func (e *evidence) resolvers() {
	if len(e.topology.Resolvers) == 0 {
		return
	}
	for i := range e.inventory.Services {
		s := &e.inventory.Services[i]
		if !isResolver(s) {
			continue
		}
		for _, w := range e.index.Behind(s) {
			if i := slices.IndexFunc(s.Ports, func(p inventory.ServicePort) bool { return p.Number == 53 && p.Protocol == relation.UDP }); i >= 0 && !w.HostNetwork {
				if to, ok := wiring.Target(s.Ports[i], w); ok && !e.asks(w, to) {
					e.askElsewhere(s, w, to)
				}
			}
		}
	}
	isAddress := func(p *topology.Endpoint) bool { return p.Kind == topology.Addresses }
	for _, w := range e.index.Workloads {
		if w.Kind == "DaemonSet" && w.HostNetwork && w.Labels["k8s-app"] == "node-local-dns" && !slices.ContainsFunc(e.topology.Resolvers, isAddress) {
			e.diags.Add(diag.New(diag.ResolverElsewhere, w.Span, "%s answers DNS on each node, and no `dns` statement names its address", w.Object).
				WithHelp("add its address: `dns 169.254.20.10/32, kube-system/kube-dns`"))
		}
	}
}

// isResolver reports whether a Service is the DNS of a cluster.
func isResolver(s *inventory.Service) bool {
	name := s.Namespace + "/" + s.Name
	return name == "kube-system/kube-dns" || name == "kube-system/coredns" || name == "openshift-dns/dns-default" ||
		s.Namespace == "kube-system" && s.Selector["k8s-app"] == "kube-dns"
}

// asks reports whether the program's resolvers include a port of a workload.
func (e *evidence) asks(w *inventory.Workload, port inventory.Port) bool {
	ends := e.ends(w)
	return slices.ContainsFunc(e.topology.Resolvers, func(r *topology.Endpoint) bool {
		if r.Kind == topology.Addresses {
			return true // which pods have them is not known
		}
		return slices.Contains(ends, r) && (r.Open.IsEmpty() || hasPort(r.Open, port))
	})
}

func (e *evidence) askElsewhere(s *inventory.Service, w *inventory.Workload, to inventory.Port) {
	selector, _ := e.index.Selector(w)
	statement := fmt.Sprintf("namespace %s isolates nothing { tier resolver { %s } :%d/udp, %d/tcp }; dns %s/resolver", w.Namespace, asSelector(selector), to.Number, to.Number, w.Namespace)
	e.diags.Add(diag.New(diag.ResolverElsewhere, s.Span, "%s resolves names with %s on %s, which no `dns` statement names", s.Object, w.Object, portList([]inventory.Port{to})).
		WithRelated(w.Span, "%s", w.Object).WithHelp("write `%s`", statement))
}
