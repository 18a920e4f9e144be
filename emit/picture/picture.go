// Package picture draws what a model permits: parties in boxes of their namespaces, and arrows for the
// connections between them. It writes SVG, Mermaid, and DOT.
//
// A picture must not show less than what is permitted without saying so. What is not an arrow is a
// mark on a party, or a note.
package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
)

// Picture is what is drawn, whatever the format.
type Picture struct {
	Title  string
	Boxes  []*Box  // by name
	Nodes  []*Node // outside of all boxes, by name
	Arrows []*Arrow
	Notes  []string // what the picture leaves out, and how to read it
	prefix string   // of what is named in SVG, if it is not the only picture of a page
}

// Box is a namespace.
type Box struct {
	Name        string
	Environment string
	Mark        string // which of its pods no policy isolates; "" if all are isolated
	Nodes       []*Node
}

// Node is a party, or a namespace of which no parts are drawn.
type Node struct {
	ID    int    // from 1, in the order of names
	Name  string // as answers write it
	Label string // the same inside its box
	Marks []string
	Self  []string // what is drawn from the node to itself, in words
	Open  bool     // no policy isolates some of its pods
	Sort  query.Sort
	Box   *Box // nil outside of all
	Party *query.Party
}

// Look is what an arrow says of its connections.
type Look int

// The looks.
const (
	Permits Look = iota
	Denies       // a statement forbids them
	Opens        // they are new
	Closes       // they are no longer permitted
)

// Arrow is connections from one node to another.
type Arrow struct {
	From, To *Node
	Both     bool // the same in the other direction
	Ports    relation.Ports
	Look     Look
	Before   string // words before the ports: deny, deny path, in part
}

// Label is the text at an arrow.
func (a *Arrow) Label() string {
	ports := a.Ports.String()
	if a.Ports.IsEvery() {
		ports = "any port"
	}
	switch {
	case a.Look == Denies && a.Ports.IsEvery():
		return a.Before
	case a.Before != "":
		return a.Before + " " + ports
	}
	return ports
}

// Detail is how much a picture shows.
type Detail string

// The details.
const (
	Auto        Detail = "auto" // tiers, or namespaces if there are many tiers
	ByTier      Detail = "tiers"
	ByNamespace Detail = "namespaces"
)

// Options are what to draw.
type Options struct {
	Title    string
	Detail   Detail
	DNS      bool // connections to the resolvers too
	From, To []*query.Party
	// MostNodes and MostArrows are how many Auto draws without collapsing namespaces.
	MostNodes, MostArrows int
}

// The limits of what is drawn.
const (
	maxNodes  = 3_000
	maxArrows = 10_000
	maxDenies = 2_000
	examples  = 3 // of connections that are not drawn
)

// TooMany is the error if there is too much for a picture.
type TooMany struct{ Nodes, Arrows int }

// Error says how much there is.
func (e *TooMany) Error() string {
	return fmt.Sprintf("%d parties and %d arrows are too many for a picture of at most %d and %d: choose some with --from or --to, or draw namespaces with --detail namespaces", e.Nodes, e.Arrows, maxNodes, maxArrows)
}

// Of returns the picture of connections that a model lists.
func Of(v *query.Model, connections []query.Connection, o Options) (*Picture, error) {
	b := newBuilder(v, o)
	some := len(o.From)+len(o.To) > 0
	if !some {
		for _, p := range v.Parties {
			if s, _ := p.Sort(); s == query.Pods && !p.IsPrelude() {
				b.node(p)
			}
		}
	}
	drawn := b.withoutDNS(connections)
	drawn = slices.DeleteFunc(drawn, v.Open)
	widest := v.Widest(drawn)
	for _, c := range widest {
		b.arrow(c.From, c.To, c.Ports, Permits, "")
	}
	if len(widest) < len(drawn) {
		b.note("An arrow from or to a set of pods or addresses is for each of its members.")
	}
	if some {
		b.Notes = slices.Insert(b.Notes, 0, "Only "+only(o)+" are drawn.", "Connections that only some of their pods or addresses may open or accept are not drawn.")
	} else {
		b.unlisted(connections)
	}
	b.denies(some)
	return b.finish()
}

func only(o Options) string {
	names := func(list []*query.Party) string {
		var all []string
		for _, p := range list {
			all = append(all, p.Name)
		}
		return strings.Join(all, ", ")
	}
	text := "connections"
	if len(o.From) > 0 {
		text += " from " + names(o.From)
	}
	if len(o.To) > 0 {
		text += " to " + names(o.To)
	}
	return text
}

// builder makes a picture.
type builder struct {
	*Picture
	v       *query.Model
	o       Options
	nodes   map[string]*Node
	boxes   map[string]*Box
	resolve map[string]bool // names of parties that resolve names
}

func newBuilder(v *query.Model, o Options) *builder {
	return &builder{Picture: &Picture{Title: o.Title}, v: v, o: o, nodes: map[string]*Node{}, boxes: map[string]*Box{}, resolve: map[string]bool{}}
}

func (b *builder) note(format string, args ...any) {
	b.Notes = append(b.Notes, fmt.Sprintf(format, args...))
}

// key tells parties apart; externals of two environments may share a name.
func key(p *query.Party) string {
	text := p.Name
	for _, part := range p.Parts {
		text += "\x00" + part.Key()
	}
	return text
}

func (b *builder) node(p *query.Party) *Node {
	k := key(p)
	if n := b.nodes[k]; n != nil {
		return n
	}
	sort, ns := p.Sort()
	n := &Node{Name: p.Name, Label: p.Name, Sort: sort, Party: p}
	b.nodes[k] = n
	var mark string
	if sort != query.Outside && sort != query.Everybody {
		mark = isolation(b.v, p)
		n.Open = mark != ""
	}
	if ns != "" {
		n.Box = b.box(ns)
		n.Box.Nodes = append(n.Box.Nodes, n)
		n.Label = strings.TrimPrefix(p.Name, ns+"/")
		if n.Label == "*" {
			n.Label = "every pod"
		}
		if mark == n.Box.Mark {
			mark = ""
		}
	} else {
		b.Nodes = append(b.Nodes, n)
	}
	if mark != "" {
		n.Marks = append(n.Marks, mark)
	}
	return n
}

func (b *builder) box(ns string) *Box {
	if b.boxes[ns] == nil {
		b.boxes[ns] = &Box{Name: ns, Environment: b.v.Environment(ns), Mark: isolation(b.v, b.v.NamespacePods(ns))}
		b.Boxes = append(b.Boxes, b.boxes[ns])
	}
	return b.boxes[ns]
}

// isolation says which pods of a party no policy isolates.
func isolation(v *query.Model, p *query.Party) string {
	if p.OnHost() {
		return "host network"
	}
	egress, ingress := v.Free(p, relation.Egress), v.Free(p, relation.Ingress)
	switch {
	case egress == query.None && ingress == query.None:
		return ""
	case egress == query.All && ingress == query.All:
		return "not isolated"
	case egress == query.All && ingress == query.None:
		return "egress not isolated"
	case ingress == query.All && egress == query.None:
		return "ingress not isolated"
	}
	return "not all isolated"
}

func (b *builder) arrow(from, to *query.Party, ports relation.Ports, look Look, before string) {
	b.Arrows = append(b.Arrows, &Arrow{From: b.node(from), To: b.node(to), Ports: ports, Look: look, Before: before})
}

// withoutDNS leaves out connections that only implicit edges permit, and notes them.
func (b *builder) withoutDNS(connections []query.Connection) []query.Connection {
	if b.o.DNS {
		return slices.Clone(connections)
	}
	return slices.DeleteFunc(slices.Clone(connections), func(c query.Connection) bool {
		if len(c.Because) == 0 || !c.Implicit() {
			return false
		}
		b.resolve[key(c.From)] = true
		b.dns(c)
		return true
	})
}

// dns notes a connection to a resolver.
func (b *builder) dns(c query.Connection) {
	const text = "Parties marked dns may resolve names: "
	at := c.To.Name + " :" + c.Ports.String()
	for i, n := range b.Notes {
		if list, ok := strings.CutPrefix(n, text); ok {
			if !slices.Contains(strings.Split(list, "; "), at) {
				b.Notes[i] += "; " + at
			}
			return
		}
	}
	b.note("%s%s", text, at)
}

// unlisted notes what is permitted and is no connection of the list.
func (b *builder) unlisted(connections []query.Connection) {
	list, complete := b.v.Unlisted(connections, examples)
	for _, c := range list {
		b.note("Also permitted and not drawn, such as %s", c)
	}
	if len(list) == examples {
		b.note("More that is not drawn may be permitted.")
	}
	if !complete {
		b.note("The policies combine in so many ways that more may be permitted than is drawn.")
	}
}

// denies adds what statements forbid. In a picture of some parties only what forbids between them.
func (b *builder) denies(some bool) {
	list, ok := b.v.Forbidden(maxDenies)
	if !ok {
		b.note("What deny and isolate statements forbid is not drawn: these are more than %d pairs.", maxDenies)
	}
	for _, f := range list {
		if some && (b.nodes[key(f.From)] == nil || b.nodes[key(f.To)] == nil) {
			continue
		}
		before := "deny"
		if f.Path {
			before = "deny path"
		}
		b.arrow(f.From, f.To, f.Ports, Denies, before)
	}
}

// finish joins arrows, removes what nothing is drawn of, collapses namespaces, and sorts.
func (b *builder) finish() (*Picture, error) {
	if b.o.Detail == ByNamespace || b.o.Detail == Auto && (len(b.nodes) > b.o.MostNodes || len(b.Arrows) > b.o.MostArrows) {
		b.collapse()
	}
	b.Arrows = joined(b.Arrows)
	b.sweep()
	nodes := 0
	for _, n := range b.all() {
		nodes++
		n.ID = nodes
		if n.Party != nil && b.resolve[key(n.Party)] {
			n.Marks = append(n.Marks, "dns")
		}
	}
	slices.SortStableFunc(b.Arrows, func(x, y *Arrow) int {
		return cmp.Or(cmp.Compare(x.From.ID, y.From.ID), cmp.Compare(x.To.ID, y.To.ID), cmp.Compare(x.Look, y.Look), cmp.Compare(x.Before, y.Before))
	})
	words := [...]string{Permits: "to itself: ", Denies: "to itself: ", Opens: "opens to itself: ", Closes: "closes to itself: "}
	for _, a := range b.Arrows {
		if a.From == a.To {
			a.From.Self = append(a.From.Self, words[a.Look]+a.Label())
		}
	}
	if slices.ContainsFunc(b.all(), func(n *Node) bool { return n.Open }) {
		b.note("Pods that are not isolated may connect to all that accept them, and accept all that may connect. These connections are not drawn.")
	}
	if nodes > maxNodes || len(b.Arrows) > maxArrows {
		return nil, &TooMany{nodes, len(b.Arrows)}
	}
	return b.Picture, nil
}

// all lists the nodes, sorted, those in boxes first.
func (p *Picture) all() []*Node {
	var all []*Node
	for _, box := range p.Boxes {
		all = append(all, box.Nodes...)
	}
	return append(all, p.Nodes...)
}

// sweep removes sets and addresses without arrows, and empty boxes, and sorts what is left.
func (b *builder) sweep() {
	used := map[*Node]bool{}
	for _, a := range b.Arrows {
		used[a.From], used[a.To] = true, true
	}
	idle := func(n *Node) bool { return !used[n] && (n.Sort != query.Pods || n.Party.IsPrelude()) }
	byName := func(x, y *Node) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(key(x.Party), key(y.Party)))
	}
	for _, box := range b.Boxes {
		box.Nodes = slices.DeleteFunc(box.Nodes, idle)
		slices.SortFunc(box.Nodes, byName)
	}
	b.Boxes = slices.DeleteFunc(b.Boxes, func(x *Box) bool { return len(x.Nodes) == 0 })
	b.Nodes = slices.DeleteFunc(b.Nodes, idle)
	slices.SortFunc(b.Boxes, func(x, y *Box) int { return cmp.Compare(x.Name, y.Name) })
	slices.SortFunc(b.Nodes, byName)
}

// joined makes one arrow of those between the same nodes that look alike, and of two that differ only in
// their direction.
func joined(arrows []*Arrow) []*Arrow {
	type ends struct {
		from, to *Node
		look     Look
		before   string
	}
	at := map[ends]*Arrow{}
	arrows = slices.DeleteFunc(arrows, func(a *Arrow) bool {
		k := ends{a.From, a.To, a.Look, a.Before}
		if first := at[k]; first != nil {
			first.Ports = first.Ports.Union(a.Ports)
			return true
		}
		at[k] = a
		return false
	})
	return slices.DeleteFunc(arrows, func(a *Arrow) bool {
		back := at[ends{a.To, a.From, a.Look, a.Before}]
		if back == nil || back == a || back.Both || a.Both || back.Ports.String() != a.Ports.String() {
			return false
		}
		back.Both = true
		delete(at, ends{a.From, a.To, a.Look, a.Before})
		return true
	})
}

// collapse makes one node of each namespace. Connections inside of one are counted in its mark.
func (b *builder) collapse() {
	into := map[*Node]*Node{}
	of := map[*Box]*Node{}
	for _, box := range b.Boxes {
		n := &Node{Name: box.Name, Label: box.Name, Sort: query.Pods, Party: b.v.NamespacePods(box.Name)}
		tiers, open := 0, 0
		for _, m := range box.Nodes {
			if m.Sort == query.Pods {
				tiers++
				if m.Open {
					open++
				}
			}
			into[m] = n
			n.Open = n.Open || m.Open
			if b.resolve[key(m.Party)] {
				b.resolve[key(n.Party)] = true
			}
		}
		if n.Marks = []string{counted(tiers, "party", "parties")}; box.Mark != "" {
			n.Open = true
			n.Marks = append(n.Marks, box.Mark)
		} else if open > 0 {
			n.Marks = append(n.Marks, fmt.Sprintf("%d not isolated", open))
		}
		of[box] = n
		b.Nodes = append(b.Nodes, n)
	}
	b.Boxes = nil
	inside := map[*Node]int{}
	b.Arrows = slices.DeleteFunc(b.Arrows, func(a *Arrow) bool {
		for _, end := range []**Node{&a.From, &a.To} {
			if n := into[*end]; n != nil {
				*end = n
			}
		}
		if a.From == a.To && into[a.From] == nil && a.From.Sort == query.Pods && a.Look == Permits {
			inside[a.From]++
			return true
		}
		return false
	})
	for n, count := range inside {
		n.Marks = slices.Insert(n.Marks, 1, counted(count, "connection inside", "connections inside"))
	}
	b.note("Namespaces are drawn, not their tiers: an arrow is for some pods of a namespace, and lists the ports of all of them. For tiers use --detail tiers, or choose some with --from or --to.")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
