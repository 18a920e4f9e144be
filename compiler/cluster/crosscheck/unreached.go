package crosscheck

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// unreached reports Services that no client can use: no edge opens a port to which they send. Something
// should use a Service, even if no manifest shows what.
func (e *evidence) unreached() {
	for i := range e.inventory.Services {
		s := &e.inventory.Services[i]
		proxy := e.proxyOf(s)
		for _, w := range e.index.Behind(s) {
			var ports []inventory.Port
			for _, p := range s.Ports {
				if to, ok := wiring.Target(p, w); ok && (proxy != nil || !isObserving(s.Name+" "+p.Name+" "+to.Name)) {
					ports = append(ports, to)
				}
			}
			party := e.party(w)
			if len(ports) == 0 || w.Perhaps || e.forgotten(w) || !e.isolates(w, relation.Ingress) || e.maybeIn[w] || e.wrongPort[party] || e.wrongPort[w.Namespace+"/*"] ||
				slices.ContainsFunc(ports, func(p inventory.Port) bool { return e.told[toldKey(party, p)] || e.opensAny(s, w, p) }) || e.denied(w) {
				continue
			}
			e.tell(w, ports)
			if len(e.tiers[w]) == 0 {
				e.halfCovered(s, w, ports)
				continue
			}
			refs, listens := e.portRefs(w, ports)
			d := diag.New(diag.UnreachedService, e.place(w), "no edge leads to %s on %s, to which %s sends", party, portList(ports), s.Object).
				WithRelated(s.Span, "%s", s.Object)
			client := "CLIENT"
			if proxy != nil {
				client = "apiserver"
				d = d.WithRelated(proxy.Role.Span, "%s lets its subjects connect to it through the API server", proxy.Role)
			}
			if listens {
				d = d.WithHelp("add an edge from its clients, `%s -> %s :%s`; if nothing may use it, `deny cluster -> %s`", client, party, refs, party)
			} else {
				d = d.WithHelp("add %s to the ports of %s and an edge from its clients, `%s -> %s`; if nothing may use it, `deny cluster -> %s`", portList(ports), party, client, party, party)
			}
			if proxy == nil && e.consumes(w) && !slices.ContainsFunc(ports, isQueue) {
				d.Severity = diag.Note // it does its work without clients, and its Service may be of no use
			}
			e.diags.Add(d)
		}
	}
}

// proxyOf returns a Role that lets its subjects connect to a Service through the API server, if there is one.
func (e *evidence) proxyOf(s *inventory.Service) *inventory.Proxy {
	proxies := e.inventory.Evidence.Proxies
	i := slices.IndexFunc(proxies, func(p inventory.Proxy) bool { return p.Role.Namespace == s.Namespace && p.Service == s.Name })
	if i < 0 {
		return nil
	}
	return &proxies[i]
}

// halfCovered reports a workload that is in no tier, and to which no edge of its namespace lets the
// clients of its Service connect.
func (e *evidence) halfCovered(s *inventory.Service, w *inventory.Workload, ports []inventory.Port) {
	n := e.namespaces[w.Namespace]
	d := diag.New(diag.UncoveredWorkload, w.Span, "no tier of %s covers %s, and no edge leads to it on %s, to which %s sends", n.Name, w.Object, portList(ports), s.Object).
		WithRelated(n.Span, "the namespace %s is isolated", n.Name).WithRelated(s.Span, "%s", s.Object)
	d.Severity = diag.Warning
	if selector, other := e.index.Selector(w); len(selector) > 0 && other == nil {
		d = d.WithHelp("declare it: tier %s { %s } :%s", w.Name, asSelector(selector), portList(ports))
	}
	e.diags.Add(d)
}

// queues are the ports of message brokers and caches that are used as queues.
var queues = []int{1883, 4222, 5671, 5672, 6379, 9092, 9093, 61616}

func isQueue(p inventory.Port) bool { return slices.Contains(queues, p.Number) }

// consumes reports whether an edge leads from a workload to a queue.
func (e *evidence) consumes(w *inventory.Workload) bool {
	toQueue := func(edge *topology.Edge) bool {
		return !edge.Ports.IsEvery() && slices.ContainsFunc(queues, func(n int) bool {
			return hasPort(edge.Ports, inventory.Port{Number: n, Protocol: relation.TCP})
		})
	}
	return slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool {
		return slices.ContainsFunc(e.edges.from[end], func(edge *topology.Edge) bool { return opensOwn(edge, relation.Egress) && toQueue(edge) })
	})
}

// isObserving reports whether a port has a name of those that only monitoring and people use.
func isObserving(names string) bool {
	names = strings.ToLower(names)
	return slices.ContainsFunc(observing, func(part string) bool { return strings.Contains(names, part) })
}

var observing = []string{"metric", "prom", "monitor", "profil", "pprof", "debug", "health", "prob", "exporter", "telemetry", "jmx", "headless", "admin", "manage"}

// opensAny reports whether some edge lets clients of a Service into a port of a workload. Its own pods are
// clients of a headless one only, by which they find each other.
func (e *evidence) opensAny(s *inventory.Service, w *inventory.Workload, p inventory.Port) bool {
	isOwn := func(edge *topology.Edge) bool {
		return edge.From.Tier != nil && slices.Contains(e.tiers[w], edge.From.Tier)
	}
	return slices.ContainsFunc(e.ends(w), func(end *topology.Endpoint) bool {
		return slices.ContainsFunc(e.edges.to[end], func(edge *topology.Edge) bool {
			return opensOwn(edge, relation.Ingress) && hasPort(edge.Ports, p) && (s.Headless || !isOwn(edge))
		})
	})
}

// denied reports whether the program denies connections from every pod to a workload.
func (e *evidence) denied(w *inventory.Workload) bool {
	return slices.ContainsFunc(e.topology.Denies, func(d *topology.Denial) bool {
		has := func(list []topology.Party, is func(*topology.Endpoint) bool) bool {
			return slices.ContainsFunc(list, func(p topology.Party) bool { return is(p.Endpoint) })
		}
		return has(d.From, func(p *topology.Endpoint) bool {
			return p.Kind == topology.ClusterPods || p.Kind == topology.Everything
		}) &&
			has(d.To, func(p *topology.Endpoint) bool { return slices.Contains(e.ends(w), p) })
	})
}

// tell remembers that a diagnostic says that ports of a workload are closed.
func (e *evidence) tell(w *inventory.Workload, ports []inventory.Port) {
	for _, p := range ports {
		e.told[toldKey(e.party(w), p)] = true
	}
}

func toldKey(party string, p inventory.Port) string { return party + portList([]inventory.Port{p}) }
