package check

import (
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// region is a set of connections: a box of parties, parties and ports.
type region struct {
	from, to side
	ports    relation.Ports
}

// side is a set of parties of one kind: pods of a declared namespace, pods of
// undeclared ones, or addresses.
type side struct {
	namespace *topology.Namespace // declared; labels select its pods
	// undeclared is set for all pods of the namespaces that nobody declares
	// and whose own labels match.
	undeclared bool
	labels     relation.Selector
	addrs      relation.Addrs
}

// regions returns the connections of an edge whose own side is isolated in a direction, as
// boxes: those for which the edge matters there.
func regions(e *topology.Edge, d relation.Direction, t *topology.Topology) []region {
	var out []region
	for _, from := range sides(e.From, t) {
		if d == relation.Egress && (from.namespace == nil || !from.namespace.Egress) {
			continue
		}
		for _, to := range sides(e.To, t) {
			if d == relation.Ingress && (to.namespace == nil || !to.namespace.Ingress) {
				continue
			}
			out = append(out, region{from, to, e.Ports})
		}
	}
	return out
}

// matters reports whether an edge has any regions.
func matters(e *topology.Edge, d relation.Direction, t *topology.Topology) bool {
	own, other := e.From, e.To
	if d == relation.Ingress {
		own, other = other, own
	}
	if own.Namespace != nil && other.Namespace != nil {
		return meaning.Isolated(own.Namespace, d)
	}
	return len(regions(e, d, t)) > 0
}

func sides(e *topology.Endpoint, t *topology.Topology) []side {
	switch e.Kind {
	case topology.TierPods:
		return []side{{namespace: e.Namespace, labels: e.Tier.Selector}}
	case topology.NamespacePods:
		return []side{{namespace: e.Namespace}}
	case topology.Addresses:
		return []side{{addrs: e.Addrs}}
	}
	namespaces := t.Namespaces
	undeclared := []side{{undeclared: true}}
	if env := e.Environment; env != nil {
		namespaces = env.Namespaces
		undeclared = nil
		if env.Key != "" {
			undeclared = []side{{undeclared: true, labels: carries(env)}}
		}
	}
	for _, n := range namespaces {
		undeclared = append(undeclared, side{namespace: n})
	}
	if e.Kind == topology.Everything {
		undeclared = append(undeclared, side{addrs: relation.EveryAddr})
	}
	return undeclared
}

func carries(env *topology.Environment) relation.Selector {
	return relation.Select(relation.KeyValues{Key: env.Key, Values: relation.In(env.Name)})
}

// subtract takes the connections of an edge out of regions.
func subtract(regions []region, e *topology.Edge) []region {
	var left []region
	for _, r := range regions {
		inFrom, outFrom := r.from.split(e.From)
		for _, from := range outFrom {
			left = append(left, region{from, r.to, r.ports})
		}
		if inFrom == nil {
			continue
		}
		inTo, outTo := r.to.split(e.To)
		for _, to := range outTo {
			left = append(left, region{*inFrom, to, r.ports})
		}
		if inTo == nil {
			continue
		}
		if ports := r.ports.Subtract(e.Ports); !ports.IsEmpty() {
			left = append(left, region{*inFrom, *inTo, ports})
		}
	}
	return left
}

// split returns what of a side an endpoint has, nil where that is nothing, and the rest.
func (s side) split(e *topology.Endpoint) (in *side, out []side) {
	var by relation.Selector
	switch {
	case s.namespace == nil && !s.undeclared:
		if !hasAddrs(e) {
			return nil, []side{s}
		}
		common := s.addrs
		if e.Kind == topology.Addresses {
			common = s.addrs.Intersect(e.Addrs)
		}
		if rest := s.addrs.Subtract(common); !rest.IsEmpty() {
			out = append(out, side{addrs: rest})
		}
		if !common.IsEmpty() {
			in = &side{addrs: common}
		}
		return in, out
	case e.Kind == topology.Addresses:
		return nil, []side{s}
	case s.undeclared && e.Environment != nil:
		if e.Environment.Key == "" {
			return nil, []side{s}
		}
		by = carries(e.Environment)
	case s.undeclared && e.Namespace != nil:
		return nil, []side{s}
	case s.undeclared: // cluster or all: every pod
	case e.Namespace == s.namespace:
		if e.Tier != nil {
			by = e.Tier.Selector
		}
	case !meaning.Contains(e, s.namespace):
		return nil, []side{s}
	}
	if common := s.labels.Intersect(by); !common.IsEmpty() {
		in = &side{namespace: s.namespace, undeclared: s.undeclared, labels: common}
	}
	for _, rest := range s.labels.Subtract(by) {
		out = append(out, side{namespace: s.namespace, undeclared: s.undeclared, labels: rest})
	}
	return in, out
}

func hasAddrs(e *topology.Endpoint) bool {
	return e.Kind == topology.Addresses || e.Kind == topology.Everything
}
