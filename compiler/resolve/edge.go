package resolve

import (
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// parties resolves a list of endpoints, each once, leaving out what cannot be resolved. They are
// appended to a list that is empty.
func (r *resolver) parties(out []topology.Party, list []ast.Endpoint, c context) []topology.Party {
	var seen map[*topology.Endpoint]bool
	var wider *topology.Block
	for _, e := range list {
		p := r.endpoint(e, c)
		if p != nil && e.Kind == ast.CIDR && len(list) > 1 {
			wider = r.afterExcept(wider, p.Blocks[0], e.At)
		}
		if p == nil || seen[p] {
			continue
		}
		out = append(out, topology.Party{Endpoint: p, Span: e.At})
		if len(list) > 1 {
			if seen == nil {
				seen = map[*topology.Endpoint]bool{}
			}
			seen[p] = true
		}
	}
	return out
}

func (r *resolver) resolveEdge(s *ast.Edge, c context) {
	var fromBuffer, toBuffer [2]topology.Party // on the stack: most edges have few
	from, to := r.parties(fromBuffer[:0], s.From, c), r.parties(toBuffer[:0], s.To, c)
	r.checkPorts(s.Ports, from, to)
	r.connect(s, from, to)
	if s.Both {
		r.connect(s, to, from)
	}
}

// leftOut reports whether one side of an edge may be in environments that are not being built.
// Then the edge is left out without a report.
func (r *resolver) leftOut(side []topology.Party) bool {
	return len(side) == 0 && r.options.Environment != ""
}

// connect adds an edge for each pair.
func (r *resolver) connect(s *ast.Edge, from, to []topology.Party) {
	if r.leftOut(from) || r.leftOut(to) {
		return
	}
	from = r.withoutHosts(from, "connections that arrive have no DNS name")
	var written source.Span
	if s.Ports != nil {
		written = s.Ports.At
	}
	side := topology.BothSides
	switch {
	case s.Side == nil:
	case s.Side.Text == "ingress":
		side = topology.IngressSide
	default:
		side = topology.EgressSide
	}
	doc := docs(s)
	for _, d := range r.listening(s.Ports, to, false) {
		for _, f := range from {
			if f.Kind == topology.Everything && d.Kind == topology.Everything {
				r.report(diag.New(diag.AllToAll, s.At, "an edge from all to all would disable isolation").
					WithHelp("name one side, or declare the namespace with `isolates nothing`"))
				continue
			}
			if !r.admitEdge(f.Endpoint, d.Endpoint, d.Ports, s.At) {
				return
			}
			r.edges = append(r.edges, &topology.Edge{
				From: f.Endpoint, To: d.Endpoint, Ports: d.Ports, Side: side, Doc: doc,
				Span: s.At, FromSpan: f.Span, ToSpan: d.Span, PortsSpan: written,
			})
		}
	}
}

// withoutHosts reports the parties that have DNS names where only addresses can be, and returns the
// others. A name is known of the connections that a pod opens after it has resolved it.
func (r *resolver) withoutHosts(list []topology.Party, why string) []topology.Party {
	hasHosts := func(p topology.Party) bool { return len(p.Hosts()) > 0 }
	if !slices.ContainsFunc(list, hasHosts) {
		return list
	}
	var out []topology.Party
	for _, p := range list {
		if !hasHosts(p) {
			out = append(out, p)
			continue
		}
		r.report(diag.New(diag.MisplacedHost, p.Span, "%s has the DNS name %s: %s", p, p.Hosts()[0].Name, why).
			WithRelated(p.External.Span, "%s is declared here", p).
			WithHelp("name its addresses in an external of their own"))
	}
	return out
}

func (r *resolver) resolveDeny(s *ast.Deny, c context) {
	kind := topology.Deny
	if s.Path {
		kind = topology.DenyPath
	}
	from, to := r.parties(nil, s.From, c), r.parties(nil, s.To, c)
	r.checkPorts(s.Ports, from, to)
	r.forbid(kind, s.At, s.Ports, from, to)
	if s.Both {
		r.forbid(kind, s.At, s.Ports, to, from)
	}
}

func (r *resolver) resolveIsolate(s *ast.Isolate, c context) {
	for i, p := range s.Endpoints {
		text := oneLine(p.At)
		same := func(other ast.Endpoint) bool { return oneLine(other.At) == text }
		if first := slices.IndexFunc(s.Endpoints, same); first < i {
			r.report(diag.New(diag.Duplicate, p.At, "%s is listed twice; nothing can be isolated from itself", text).
				WithRelated(s.Endpoints[first].At, "first listed here").
				WithHelp("remove one of the two"))
		}
	}
	parties := r.parties(nil, s.Endpoints, c)
	r.forbid(topology.DenyIsolate, s.At, nil, parties, parties)
}

// oneLine returns the text of an endpoint, which may be on several lines.
func oneLine(at source.Span) string { return strings.Join(strings.Fields(at.Text()), " ") }

func (r *resolver) forbid(kind topology.DenyKind, at source.Span, ports *ast.Ports, from, to []topology.Party) {
	from = r.withoutHosts(from, "connections that arrive have no DNS name")
	d := &topology.Denial{Kind: kind, From: from, To: r.listening(ports, to, true), Span: at}
	if !r.admit(&r.used.denied, len(d.From)*len(d.To), maxDenied, "denied pairs", at) {
		return
	}
	if len(d.From) > 0 && len(d.To) > 0 {
		r.denies = append(r.denies, d)
	}
}
