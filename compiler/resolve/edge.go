package resolve

import (
	"slices"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// parties resolves a list of endpoints, each once, leaving out what cannot be
// resolved.
func (r *resolver) parties(list []ast.Endpoint, c context) []topology.Party {
	if len(list) == 1 {
		p := r.endpoint(list[0], c)
		if p == nil {
			return nil
		}
		return []topology.Party{{Endpoint: p, Span: list[0].At}}
	}
	out := make([]topology.Party, 0, len(list))
	seen := map[*topology.Endpoint]bool{}
	for _, e := range list {
		if p := r.endpoint(e, c); p != nil && !seen[p] {
			seen[p] = true
			out = append(out, topology.Party{Endpoint: p, Span: e.At})
		}
	}
	return out
}

func (r *resolver) resolveEdge(s *ast.Edge, c context) {
	from, to := r.parties(s.From, c), r.parties(s.To, c)
	r.checkPorts(s.Ports)
	r.connect(s, from, to)
	if s.Both {
		r.connect(s, to, from)
	}
}

// leftOut reports whether one side of an edge may have been of environments that
// are not being built: then the edge is left out, and whatever it says of the other.
func (r *resolver) leftOut(side []topology.Party) bool {
	return len(side) == 0 && r.options.Environment != ""
}

// connect adds an edge for each pair.
func (r *resolver) connect(s *ast.Edge, from, to []topology.Party) {
	if r.leftOut(from) || r.leftOut(to) {
		return
	}
	var written source.Span
	if s.Ports != nil {
		written = s.Ports.At
	}
	doc := docs(s)
	for _, d := range to {
		ports := r.destinationPorts(s.Ports, d.Endpoint)
		if ports.IsEmpty() {
			continue // what is wrong with them has been reported
		}
		for _, f := range from {
			if f.Kind == topology.Everything && d.Kind == topology.Everything {
				r.report(diag.New(diag.AllToAll, s.At, "an edge from all to all would switch isolation off").
					WithHelp("`all` speaks for one side; name the other one, or declare the namespace with `isolates nothing`"))
				continue
			}
			if !r.takeEdge(f.Endpoint, d.Endpoint, ports, s.At) {
				return
			}
			r.edges = append(r.edges, &topology.Edge{
				From: f.Endpoint, To: d.Endpoint, Ports: ports, Doc: doc,
				Span: s.At, FromSpan: f.Span, ToSpan: d.Span, PortsSpan: written,
			})
		}
	}
}

func (r *resolver) resolveDeny(s *ast.Deny, c context) {
	kind := topology.Deny
	if s.Path {
		kind = topology.DenyPath
	}
	from, to := r.parties(s.From, c), r.parties(s.To, c)
	r.checkPorts(s.Ports)
	r.forbid(kind, s.At, s.Ports, from, to)
	if s.Both {
		r.forbid(kind, s.At, s.Ports, to, from)
	}
}

func (r *resolver) resolveIsolate(s *ast.Isolate, c context) {
	for i, p := range s.Parties {
		same := func(other ast.Endpoint) bool { return other.At.Text() == p.At.Text() }
		if first := slices.IndexFunc(s.Parties, same); first < i {
			r.report(diag.New(diag.Duplicate, p.At, "%s is named twice, and nothing can be isolated from itself", p.At.Text()).
				WithRelated(s.Parties[first].At, "it is named here first").
				WithHelp("remove one of the two, or name the party that was meant"))
		}
	}
	parties := r.parties(s.Parties, c)
	r.forbid(topology.DenyIsolate, s.At, nil, parties, parties)
}

func (r *resolver) forbid(kind topology.DenyKind, at source.Span, ports *ast.Ports, from, to []topology.Party) {
	if !r.take(&r.taken.denied, len(from)*len(to), maxDenied, "denied pairs", at) {
		return
	}
	d := &topology.Denial{Kind: kind, From: from, Span: at}
	for _, p := range to {
		p.Ports = r.deniedPorts(ports, p.Endpoint)
		if !p.Ports.IsEmpty() {
			d.To = append(d.To, p)
		}
	}
	if len(d.From) > 0 && len(d.To) > 0 {
		r.denies = append(r.denies, d)
	}
}
