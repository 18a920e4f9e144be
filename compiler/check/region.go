package check

import (
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
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
	namespace *topology.Namespace // declared
	// undeclared is set for the pods of undeclared namespaces that spaces selects.
	undeclared bool
	spaces     relation.Selector
	labels     relation.Selector // of pods
	addrs      relation.Addrs
	hosts      relation.HostNames // by which connections find these addresses
}

// keys counts the requirements of a side's selectors.
func (s side) keys() int { return len(s.labels.Keys()) + len(s.spaces.Keys()) }

// regions returns the connections of an edge whose own side is isolated in a direction, as
// boxes: those for which the edge matters there.
func regions(e *topology.Edge, d relation.Direction, t *topology.Topology) []region {
	var out []region
	from, to := sides(e.From, t), sides(e.To, t)
	if d == relation.Egress {
		from = isolated(from, d)
	} else {
		to = isolated(to, d)
	}
	for _, f := range from {
		for _, t := range to {
			out = append(out, region{f, t, e.Ports})
		}
	}
	return out
}

// isolated returns the pods of sides that are isolated in a direction.
func isolated(list []side, d relation.Direction) (out []side) {
	for _, s := range list {
		if s.namespace == nil {
			continue
		}
		for _, pods := range s.namespace.Isolation(d).Of(s.labels) {
			out = append(out, side{namespace: s.namespace, labels: pods})
		}
	}
	return out
}

func sides(e *topology.Endpoint, t *topology.Topology) (out []side) {
	switch e.Kind {
	case topology.TierPods, topology.NamespacePods, topology.EnvironmentPods, topology.AcrossPods, topology.ClusterPods:
	case topology.Addresses:
		if !e.Addrs.IsEmpty() || len(e.Hosts()) == 0 {
			out = []side{{addrs: e.Addrs}}
		}
		for _, h := range e.Hosts() {
			out = append(out, side{addrs: relation.EveryAddr, hosts: relation.Host(h.Pattern())})
		}
		return out
	case topology.Everything:
		out = []side{{addrs: relation.EveryAddr}}
	default:
		panic(unknownKind(e))
	}
	switch {
	case e.Namespace != nil:
	case e.Environment == nil:
		out = append(out, side{undeclared: true, labels: selectorOf(e)})
	case !e.Environment.Undeclared.IsEmpty():
		out = append(out, side{undeclared: true, spaces: e.Environment.Undeclared, labels: selectorOf(e)})
	}
	for _, n := range semantics.Declared(e, t) {
		out = append(out, side{namespace: n, labels: selectorOf(e)})
	}
	return out
}

// without returns a region without the connections of an edge, and whether that is less.
func (r region) without(e *topology.Edge) (left []region, less bool) {
	if !r.ports.Overlaps(e.Ports) {
		return nil, false
	}
	inFrom, outFrom := r.from.split(e.From)
	if inFrom == nil {
		return nil, false
	}
	inTo, outTo := r.to.split(e.To)
	if inTo == nil {
		return nil, false
	}
	for _, from := range outFrom {
		left = append(left, region{from, r.to, r.ports})
	}
	ports := r.ports.Subtract(e.Ports)
	for _, from := range inFrom {
		for _, to := range outTo {
			left = append(left, region{from, to, r.ports})
		}
		for _, to := range inTo {
			if !ports.IsEmpty() {
				left = append(left, region{from, to, ports})
			}
		}
	}
	return left, true
}

// split returns what of a side an endpoint has, and the rest.
func (s side) split(e *topology.Endpoint) (in, out []side) {
	if s.isAddrs() {
		return s.splitAddrs(e)
	}
	spaces, labels, ok := s.selectors(e)
	if !ok {
		return nil, []side{s}
	}
	of := func(spaces, labels relation.Selector) side {
		return side{namespace: s.namespace, undeclared: s.undeclared, spaces: spaces, labels: labels}
	}
	commonSpaces, commonLabels := s.spaces.Intersect(spaces), s.labels.Intersect(labels)
	if !commonSpaces.IsEmpty() && !commonLabels.IsEmpty() {
		in = []side{of(commonSpaces, commonLabels)}
	}
	for _, rest := range s.spaces.Subtract(spaces) {
		out = append(out, of(rest, s.labels))
	}
	if !commonSpaces.IsEmpty() {
		for _, rest := range s.labels.Subtract(labels) {
			out = append(out, of(commonSpaces, rest))
		}
	}
	return in, out
}

// splitAddrs is split for addresses: first by the blocks of the endpoint, then the rest by its names.
func (s side) splitAddrs(e *topology.Endpoint) (in, out []side) {
	common := s.addrs.Intersect(e.Addrs) // none for pods
	if e.Kind == topology.Everything {
		common = s.addrs
	}
	if rest := s.addrs.Subtract(common); !rest.IsEmpty() {
		out = append(out, side{addrs: rest, hosts: s.hosts})
	}
	if !common.IsEmpty() {
		in = append(in, side{addrs: common, hosts: s.hosts})
	}
	for _, h := range e.Hosts() {
		names := relation.Host(h.Pattern())
		var rest []side
		for _, o := range out {
			if both := o.hosts.Intersect(names); !both.IsEmpty() {
				in = append(in, side{addrs: o.addrs, hosts: both})
			}
			for _, others := range o.hosts.Subtract(names) {
				rest = append(rest, side{addrs: o.addrs, hosts: others})
			}
		}
		out = rest
	}
	return in, out
}

func (s side) isAddrs() bool { return s.namespace == nil && !s.undeclared }

// selectors returns what selects the namespaces and the pods of an endpoint among those of a side; it is
// false if the endpoint has none of them.
func (s side) selectors(e *topology.Endpoint) (spaces, labels relation.Selector, ok bool) {
	switch {
	case e.Kind == topology.Addresses, s.undeclared && e.Namespace != nil:
		return spaces, labels, false
	case !s.undeclared:
		return spaces, selectorOf(e), semantics.HasPodsIn(e, s.namespace)
	case e.Environment != nil:
		return e.Environment.Undeclared, selectorOf(e), !e.Environment.Undeclared.IsEmpty()
	}
	return spaces, selectorOf(e), true
}

// sample returns a test whether an endpoint has one certain party of a side. No endpoint has one if
// the side is empty.
func (s side) sample() func(*topology.Endpoint) bool {
	if s.isAddrs() {
		if s.addrs.IsEmpty() {
			return func(*topology.Endpoint) bool { return false }
		}
		addr, name := s.addrs.Sample(), s.hosts.Sample()
		return func(e *topology.Endpoint) bool {
			return e.Kind == topology.Everything || e.Addrs.Has(addr) || name != "" && hasHost(e, name)
		}
	}
	space, pod := s.spaces.Sample(), s.labels.Sample()
	return func(e *topology.Endpoint) bool {
		spaces, labels, ok := s.selectors(e)
		return ok && spaces.Matches(space) && labels.Matches(pod)
	}
}

// hasHost reports whether an endpoint has a DNS name.
func hasHost(e *topology.Endpoint, name string) bool {
	return slices.ContainsFunc(e.Hosts(), func(h topology.Host) bool { return relation.Host(h.Pattern()).Has(name) })
}
