package resolve

import (
	"fmt"

	"maps"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
)

// spaces returns the declared namespaces of an endpoint that is a set of namespaces, in order.
func (r *resolver) spaces(e *topology.Endpoint) (list []*topology.Namespace, several bool) {
	switch e.Kind {
	case topology.NamespacePods:
		return []*topology.Namespace{e.Namespace}, true
	case topology.EnvironmentPods:
		return e.Environment.Namespaces, true
	case topology.ClusterPods:
		for _, name := range r.namespaceNames() {
			list = append(list, r.namespaces[name].Namespace)
		}
		return list, true
	case topology.TierPods, topology.AcrossPods, topology.Addresses, topology.Everything:
		return nil, false
	}
	panic(fmt.Sprintf("unknown kind of endpoint %d", e.Kind))
}

// splitNames returns the ports that are only a name, and the others; nil if there are none.
func splitNames(written *ast.Ports) (names []ast.Port, others *ast.Ports) {
	if written == nil {
		return nil, nil
	}
	isName := func(p ast.Port) bool { return p.Name != nil && p.Protocol == nil }
	if !slices.ContainsFunc(written.List, isName) {
		return nil, written
	}
	rest := *written
	rest.List = nil
	for _, p := range written.List {
		if isName(p) {
			names = append(names, p)
		} else {
			rest.List = append(rest.List, p)
		}
	}
	if rest.List == nil {
		return names, nil
	}
	return names, &rest
}

// tiersWith returns the tiers of namespaces that declare a port of one of the names, with these ports.
// It reports a name that no tier declares.
func (r *resolver) tiersWith(names []ast.Port, p topology.Party, spaces []*topology.Namespace) []topology.Party {
	if r.byPort[p.Endpoint] == nil {
		r.byPort[p.Endpoint] = tiersByPort(spaces)
	}
	byPort := r.byPort[p.Endpoint]
	var out []topology.Party
	at := map[*topology.Tier]int{} // in out
	for _, written := range names {
		name := written.Name.Text
		for _, t := range byPort[name] {
			var ports []relation.Ports
			for i := range t.Listens {
				if l := &t.Listens[i]; l.Name == name {
					r.options.Info.use(written.Name.At, l)
					ports = append(ports, l.Ports)
				}
			}
			if i, ok := at[t]; ok {
				out[i].Ports = out[i].Ports.Union(relation.UnionPorts(ports...))
			} else if !r.broken[t] {
				at[t] = len(out)
				out = append(out, topology.Party{Endpoint: t.Endpoint, Ports: relation.UnionPorts(ports...), Span: p.Span})
			}
		}
		if len(byPort[name]) == 0 && !r.elsewhere[":"+name] && r.checkPortName(*written.Name) {
			d := r.undefinedPort(written, p.Endpoint, nil)
			if near := r.nearest(name, slices.Sorted(maps.Keys(byPort))); near != "" {
				d = diag.New(diag.UndefinedPort, written.At, "%s has no port named %q", p.Name, name).
					WithFix(written.Name.At, near, "did you mean :%s?", near)
			}
			r.report(d)
		}
	}
	return out
}

// tiersByPort returns the tiers of namespaces by the names of their ports.
func tiersByPort(spaces []*topology.Namespace) map[string][]*topology.Tier {
	out := map[string][]*topology.Tier{}
	for _, n := range spaces {
		for _, t := range n.Tiers {
			for _, l := range t.Listens {
				if known := out[l.Name]; l.Name != "" && (len(known) == 0 || known[len(known)-1] != t) {
					out[l.Name] = append(known, t)
				}
			}
		}
	}
	return out
}
