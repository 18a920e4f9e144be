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

// closedToPeers warns of declared ports of a StatefulSet that no edge opens, if its pods find each other
// and may use only the ports of its clients among themselves. It returns the ports.
func (e *evidence) closedToPeers(tier *topology.Tier, peers []wiring.Connection) (closed []inventory.Port) {
	i := slices.IndexFunc(peers, func(c wiring.Connection) bool { return slices.Contains(e.pods[tier], c.To) })
	if i < 0 {
		return nil
	}
	c := peers[i]
	w := c.To
	if w.HostNetwork || e.forbidden(w, w) || !e.isolates(w, relation.Ingress) {
		return nil
	}
	for _, p := range w.Ports {
		r := relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number})
		for _, l := range tier.Listens {
			if hasPort(l.Ports, p) && !e.opensSome(tier, l.Ports.Union(r)) && !isObserving(p.Name+" "+l.Name) {
				closed = append(closed, p)
				break
			}
		}
	}
	if len(closed) == 0 || slices.ContainsFunc(w.Ports, func(p inventory.Port) bool { return e.permits(w, w, p) && !e.hasClients(c, p, closed) }) {
		return nil
	}
	e.tell(w, closed)
	d := diag.New(diag.PortNotOpened, tier.Span, "the pods of %s find each other, and no edge opens %s, which %s declares", w.Object, portList(closed), tier).
		WithRelated(w.Span, "%s", c.Evidence)
	d.Severity = diag.Warning
	refs, _ := e.portRefs(w, closed)
	edge := fmt.Sprintf("%s -> %s :%s", e.party(w), e.party(w), refs)
	e.diags.Add(e.appended(d.WithHelp("add the edge `%s`; if nothing uses the ports, remove them from the tier", edge), []string{edge}))
	return closed
}

// hasClients reports whether a port of the pods of a StatefulSet is for others than these pods: an edge
// opens it to others, or a Service sends to it. If the Service by which the pods find each other sends to
// ports that are closed as well, it does not tell the two kinds apart.
func (e *evidence) hasClients(c wiring.Connection, p inventory.Port, closed []inventory.Port) bool {
	w := c.To
	if slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool {
		return slices.ContainsFunc(e.edges.to[end], func(edge *topology.Edge) bool {
			own := edge.From.Tier != nil && slices.Contains(e.tiers[w], edge.From.Tier)
			return !own && opensOwn(edge, relation.Ingress) && hasPort(edge.Ports, p)
		})
	}) {
		return true
	}
	for i := range e.inventory.Services {
		s := &e.inventory.Services[i]
		if !slices.Contains(e.index.Behind(s), w) || !sendsTo(s, w, p) {
			continue
		}
		if s.Headless && slices.ContainsFunc(closed, func(p inventory.Port) bool { return sendsTo(s, w, p) }) {
			continue
		}
		return true
	}
	return false
}

// sendsTo reports whether a Service sends to a port of a workload.
func sendsTo(s *inventory.Service, w *inventory.Workload, port inventory.Port) bool {
	return slices.ContainsFunc(s.Ports, func(p inventory.ServicePort) bool {
		to, ok := wiring.Target(p, w)
		return ok && to.Number == port.Number && to.Protocol == port.Protocol
	})
}
