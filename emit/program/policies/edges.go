package policies

import (
	"cmp"
	"slices"

	"github.com/zt-lang/zt/compiler/relation"
)

// edge is an edge of the program. With a side, it opens that side only.
type edge struct {
	side     string // "", "ingress", "egress"
	from, to *party
	ports    relation.Ports
	policies []int
	home     string // the namespace in whose block it is
}

// pair is two parties between which policies permit something, and on which ports each side does.
type pair struct {
	from, to *party
	ports    [2]relation.Ports
	policies [2][]int
}

// connect turns the rules of both directions into edges.
func (d *draft) connect() {
	byParties := map[[2]*party]*pair{}
	var pairs []*pair
	for _, direction := range directions {
		for _, namespace := range sorted(d.sides[direction]) {
			for _, r := range d.sides[direction][namespace].rules {
				key := [2]*party{r.peer, r.own}
				if direction == relation.Egress {
					key = [2]*party{r.own, r.peer}
				}
				p := byParties[key]
				if p == nil {
					p = &pair{from: key[0], to: key[1]}
					byParties[key] = p
					pairs = append(pairs, p)
				}
				p.ports[direction], p.policies[direction] = r.ports, r.policies
			}
		}
	}
	for _, p := range pairs {
		d.edges = append(d.edges, d.split(p)...)
	}
}

// split returns the edges of a pair. What both sides permit, or one permits and the other does not
// restrict, needs no word before the edge.
func (d *draft) split(p *pair) (out []*edge) {
	both := &edge{from: p.from, to: p.to, home: p.to.namespace}
	for _, direction := range directions {
		if p.ports[direction].IsEmpty() {
			continue
		}
		one := &edge{side: direction.String(), from: p.from, to: p.to, policies: slices.Clone(p.policies[direction]), home: p.own(direction).namespace}
		for _, ports := range parts(p.ports[direction]) {
			if p.ports[direction.Opposite()].IsEmpty() {
				both.home = one.home
			}
			if d.permits(p, direction.Opposite(), ports) {
				both.ports = both.ports.Union(ports)
				for _, i := range one.policies {
					add(&both.policies, i)
				}
			} else {
				one.ports = one.ports.Union(ports)
			}
		}
		if !one.ports.IsEmpty() {
			out = append(out, one)
		}
	}
	if !both.ports.IsEmpty() {
		out = append(out, both)
	}
	return out
}

// own returns the end of a pair whose policies apply in a direction.
func (p *pair) own(d relation.Direction) *party {
	if d == relation.Ingress {
		return p.to
	}
	return p.from
}

// parts returns sets of ports that are whole in policies: ranges and named ports.
func parts(p relation.Ports) (out []relation.Ports) {
	if p.IsEvery() {
		return []relation.Ports{p}
	}
	for _, r := range p.Ranges() {
		out = append(out, relation.RangeOf(r))
	}
	for _, n := range p.NamedPorts() {
		out = append(out, relation.Named(n))
	}
	if mixed := p.Mixed(); !mixed.IsEmpty() {
		out = append(out, mixed)
	}
	return out
}

// permits reports whether the policies of one side permit a pair on ports already.
func (d *draft) permits(p *pair, direction relation.Direction, ports relation.Ports) bool {
	own := p.own(direction)
	if own.kind == addresses || own.kind == everyone {
		return true // no policies apply, or none are meant
	}
	peers := p.own(direction.Opposite()).peers
	for _, home := range d.homes(own, direction) {
		for _, peer := range peers {
			if covered, _ := d.relation.RuleSets[direction][home].Covers(relation.Rule{Own: own.pods, Peer: peer, Ports: ports}); !covered {
				return false
			}
		}
	}
	return true
}

// homes lists the namespaces with policies in which pods of a party may be.
func (d *draft) homes(p *party, direction relation.Direction) []string {
	if p.kind == tierPods || p.kind == namespacePods {
		if d.sides[direction][p.namespace] == nil {
			return nil
		}
		return []string{p.namespace}
	}
	var out []string
	for _, name := range sorted(d.sides[direction]) {
		labels := d.relation.Facts.Labels(name)
		if labels == nil || p.spaces.Matches(labels) {
			out = append(out, name)
		}
	}
	return out
}

// listen sets the ports of tiers whose edges all have the same. Several named ports are on the edges:
// an edge without them would open those that the tier gets later, too.
func (d *draft) listen() {
	differs := map[*party]bool{}
	for _, e := range slices.Concat(d.edges, d.resolvers) {
		switch {
		case e.ports.IsEvery(), len(e.ports.NamedPorts()) > 1, !e.to.listens.IsEmpty() && e.to.listens.String() != e.ports.String():
			differs[e.to] = true
		default:
			e.to.listens = e.ports
		}
	}
	for _, p := range d.parties.list {
		if differs[p] || !p.isTier() && len(p.hosts) == 0 && p.fact != apiServer {
			p.listens = relation.Ports{}
		}
	}
}

// line is edges that are one statement.
type line struct {
	*edge
	froms, tos []*party
	edges      []*edge
}

// lines joins edges: those to one party from several, and then those from the same to several, if
// side, ports and block agree.
func (d *draft) lines() []*line {
	slices.SortStableFunc(d.edges, func(a, b *edge) int { return cmp.Or(compare(a.to, b.to), compare(a.from, b.from)) })
	var single, out []*line
	for _, e := range d.edges {
		single = append(single, &line{e, []*party{e.from}, []*party{e.to}, []*edge{e}})
	}
	toOne := joined(single, func(l *line) string { return key(l.edge, l.to) }, func(l, other *line) { l.froms = append(l.froms, other.from) })
	for _, l := range joined(toOne, func(l *line) string { return key(l.edge, l.froms...) }, func(l, other *line) { l.tos = append(l.tos, other.to) }) {
		out = append(out, l.wrapped()...)
	}
	slices.SortStableFunc(out, func(a, b *line) int {
		return cmp.Or(cmp.Compare(a.home, b.home), slices.CompareFunc(a.tos, b.tos, compare), slices.CompareFunc(a.froms, b.froms, compare), cmp.Compare(a.side, b.side))
	})
	return out
}

// widest is how many columns the ends of an edge have at most, if they are several parties.
const widest = 105

// wrapped returns lines of which none is too wide.
func (l *line) wrapped() (out []*line) {
	for _, froms := range split(l.froms, l.home, widest*2/3) {
		for _, tos := range split(l.tos, l.home, max(widest-width(froms, l.home), widest/2)) {
			out = append(out, &line{l.edge, froms, tos, l.edges})
		}
	}
	return out
}

// split cuts a list of parties into parts that are not too wide.
func split(list []*party, home string, most int) (out [][]*party) {
	for _, p := range list {
		last := len(out) - 1
		if last < 0 || width(out[last], home)+width([]*party{p}, home) > most {
			out = append(out, []*party{p})
			continue
		}
		out[last] = append(out[last], p)
	}
	return out
}

// width returns about how many columns parties take in a list.
func width(list []*party, home string) (n int) {
	for _, p := range list {
		e := p.endpoint(home)
		n += len(e.Name.Text) + len(", ")
		if e.Namespace != nil {
			n += len(e.Namespace.Text) + 1
		}
		for _, x := range e.Except {
			n += len(x.Text) + len(" except ")
		}
	}
	return n
}

// key is equal for edges that can be one statement with these parties at one end.
func key(e *edge, same ...*party) string {
	text := e.side + "\x00" + e.home + "\x00" + e.written().String()
	for _, p := range same {
		text += "\x00" + p.key
	}
	return text
}

// written returns the ports to write on the edge: none if the destination listens on these.
func (e *edge) written() relation.Ports {
	if !e.to.listens.IsEmpty() {
		return relation.Ports{}
	}
	return e.ports
}

// joined makes one line of all lines with the same key.
func joined(list []*line, key func(*line) string, join func(l, other *line)) (out []*line) {
	byKey := map[string]*line{}
	for _, one := range list {
		k := key(one)
		if l := byKey[k]; l != nil {
			join(l, one)
			l.edges = append(l.edges, one.edges...)
			continue
		}
		byKey[k] = one
		out = append(out, one)
	}
	return out
}

// because lists the policies that a line comes from.
func (l *line) because() (out []int) {
	for _, e := range l.edges {
		if slices.Contains(l.froms, e.from) && slices.Contains(l.tos, e.to) {
			for _, i := range e.policies {
				add(&out, i)
			}
		}
	}
	slices.Sort(out)
	return out
}

// compare orders parties: tiers by namespace and name, sets of pods, addresses.
func compare(a, b *party) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name), cmp.Compare(a.key, b.key))
}
