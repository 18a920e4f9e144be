package crosscheck

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// exposures reports workloads that a route or a Service opens to clients outside, and that the program
// keeps closed to them.
func (e *evidence) exposures() {
	reported := map[string]bool{}
	for _, x := range e.inventory.Evidence.Exposures {
		s := e.index.Service(x.Service.Namespace, x.Service.Name)
		if s == nil {
			continue
		}
		for _, w := range e.index.Behind(s) {
			n := e.namespaces[w.Namespace]
			if n == nil || !e.isolates(w, relation.Ingress) || e.forgotten(w) || e.wrongPort[e.party(w)] {
				continue
			}
			var ports []inventory.Port
			for _, p := range s.Ports {
				if to, ok := wiring.Target(p, w); ok && (x.Port == "" || x.Port == p.Name || x.Port == strconv.Itoa(p.Number) || x.Port == p.Target.String()) {
					ports = append(ports, to)
				}
			}
			key := e.party(w) + portList(ports)
			if len(ports) == 0 || reported[key] {
				continue
			}
			open, byAddress := e.opened(x, w, ports)
			switch {
			case !open:
				reported[key] = true
				e.tell(w, ports)
				e.exposedAndClosed(x, w, ports)
			case byAddress != nil && x.Type != "" && !x.Local:
				reported[key] = true
				e.addressLost(x, w, byAddress)
			}
		}
	}
}

// opened reports whether an edge lets clients from outside, or the proxy of a route, into one of these
// ports. If only addresses of clients may enter, it returns such an edge.
func (e *evidence) opened(x inventory.Exposure, w *inventory.Workload, ports []inventory.Port) (open bool, byAddress *topology.Edge) {
	for _, end := range e.ends(w) {
		for _, edge := range e.edges.to[end] {
			if !opensOwn(edge, relation.Ingress) || !slices.ContainsFunc(ports, func(p inventory.Port) bool { return hasPort(edge.Ports, p) }) {
				continue
			}
			switch from := edge.From; {
			case from.Kind == topology.Everything || from.Kind == topology.Addresses && e.hasNodes(from):
				return true, nil
			case from.Kind == topology.Addresses:
				open, byAddress = true, edge
			case x.Type == "" && e.mayBeProxy(from, w.Namespace):
				return true, nil
			}
		}
	}
	return open, byAddress
}

// hasNodes reports whether addresses may be those of nodes. Unless the program states the nodes,
// private addresses may be.
func (e *evidence) hasNodes(p *topology.Endpoint) bool {
	if nodes := topology.AddrsOf(e.topology.Network.Nodes); !nodes.IsEmpty() {
		return p.Addrs.Overlaps(nodes)
	}
	return slices.ContainsFunc(p.Blocks, func(b topology.Block) bool { return b.Prefix.Addr().IsPrivate() || b.Prefix.Bits() == 0 }) && p.Name != "internet"
}

// proxies are in the names and labels of ingress controllers and gateways.
var proxies = []string{"ingress", "gateway", "proxy", "router", "traefik", "nginx", "haproxy", "kong", "envoy", "contour", "tunnel", "cloudflared"}

// mayBeProxy reports whether pods may be the proxy of a route to a namespace: those of another
// namespace, or pods that are named like a proxy.
func (e *evidence) mayBeProxy(p *topology.Endpoint, namespace string) bool {
	if p.Kind != topology.TierPods || p.Namespace.Name != namespace {
		return true
	}
	name := strings.ToLower(p.Name + " " + p.Tier.Selector.String())
	return slices.ContainsFunc(proxies, func(word string) bool { return strings.Contains(name, word) })
}

func (e *evidence) exposedAndClosed(x inventory.Exposure, w *inventory.Workload, ports []inventory.Port) {
	party, _ := e.written(w)
	refs, listens := e.portRefs(w, ports)
	d := diag.New(diag.ExposedAndClosed, e.place(w), "%s opens %s to clients outside on %s, and no edge lets them in", x.Object, e.party(w), portList(ports)).
		WithRelated(x.Span, "%s", x.Object)
	if x.Type != "" {
		d = diag.New(diag.ExposedAndClosed, e.place(w), "Service %s/%s is a %s, and no edge lets clients outside into %s on %s", x.Namespace, x.Name, x.Type, e.party(w), portList(ports)).
			WithRelated(x.Span, "%s", x.Object)
	}
	from := "all"
	if x.Type == "" {
		from = "the pods of its proxy, or all"
	}
	edge := "all -> " + party + " :" + refs
	if !listens {
		e.diags.Add(d.WithHelp("add %s to the ports of %s, and an edge from %s: `%s`", portList(ports), party, from, edge))
		return
	}
	d = e.appended(d, []string{edge})
	d.Help = "add an edge from " + from + ": `" + edge + "`"
	e.diags.Add(d)
}

func (e *evidence) addressLost(x inventory.Exposure, w *inventory.Workload, edge *topology.Edge) {
	party, _ := e.written(w)
	e.diags.Add(diag.New(diag.ClientAddressLost, edge.Span, "nodes may replace the addresses of clients before %s sees them: %s permits addresses only", e.party(w), edge.From).
		WithRelated(x.Span, "Service %s/%s is a %s without externalTrafficPolicy: Local", x.Namespace, x.Name, x.Type).
		WithHelp("set externalTrafficPolicy: Local on the Service, or permit all sources: `all -> %s`", party))
}
