package picture

import (
	"slices"

	"github.com/zt-lang/zt/compiler/query"
)

// The layout has two levels. Each namespace is drawn by itself, as columns of tiers. Arrows that leave
// it go through ports on its right side, and those that enter it through ports on its left side. Then
// the boxes are the vertices of a drawing of the whole, with columns of labels between theirs.

// rect is a rectangle of the finished layout.
type rect struct{ x, y, w, h int }

// layout is where everything of a picture is.
type layout struct {
	nodes map[*Node]rect
	boxes map[*Box]rect
	lines []*bundle
	w, h  int
}

const (
	padding   = 14 // inside of boxes
	heading   = 24 // the part of a box with its name
	nodeGap   = 14
	portSpace = 12
)

// nodeText returns the lines of a node: its name, and its marks, of which at least one line is smaller.
func nodeText(n *Node) (names, marks []string) {
	names = wrap(n.Label, 30, 3)
	for _, m := range slices.Concat(n.Marks, n.Self) {
		marks = append(marks, wrap(m, 34, 3)...)
	}
	return names, marks
}

func nodeSize(n *Node) (w, h int) {
	names, marks := nodeText(n)
	for _, l := range names {
		w = max(w, width(l, nameSize))
	}
	for _, l := range marks {
		w = max(w, width(l, labelSize))
	}
	return max(w+20, 60), (len(names)+len(marks))*lineSpace + 13
}

// boxText returns the lines of a box's name.
func boxText(b *Box) []string {
	lines := []string{b.Name}
	if b.Environment != "" {
		lines[0] += " (" + b.Environment + ")"
	}
	if b.Mark != "" {
		lines = append(lines, b.Mark)
	}
	return lines
}

// shelve puts things that nothing leads to in rows below a drawing, and returns the size of all.
func shelve[T comparable](things []T, size func(T) (w, h int), w, h, left int) (map[T]rect, int, int) {
	out := map[T]rect{}
	if len(things) == 0 {
		return out, w, h
	}
	widest := max(w, 420)
	if len(things) > 12 {
		widest = max(w, 900)
	}
	x, y, row := left, h, 0
	if h > 0 {
		y += nodeGap
	}
	full := 0
	for _, t := range things {
		tw, th := size(t)
		if x > left && x+tw > widest {
			x, y, row = left, y+row+nodeGap, 0
		}
		out[t] = rect{x, y, tw, th}
		x += tw + nodeGap
		row = max(row, th)
		full = max(full, x-nodeGap+left)
	}
	return out, max(w, full), y + row
}

// arrange returns the layout of a picture.
func (p *Picture) arrange() *layout {
	out := &layout{nodes: map[*Node]rect{}, boxes: map[*Box]rect{}}
	block := func(n *Node) any {
		if n.Box != nil {
			return n.Box
		}
		return n
	}
	var things []any
	for _, b := range p.Boxes {
		things = append(things, b)
	}
	for _, n := range p.Nodes {
		things = append(things, n)
	}
	inside := map[*Box][]*Arrow{}
	var across []*Arrow
	for _, a := range p.Arrows {
		switch {
		case a.From == a.To:
		case a.From.Box != nil && a.From.Box == a.To.Box:
			inside[a.From.Box] = append(inside[a.From.Box], a)
		default:
			across = append(across, a)
		}
	}
	s := newScene(things, across, block)
	bundles := s.bundles(across, block)
	leaving, entering := map[any][]*bundle{}, map[any][]*bundle{}
	for _, b := range bundles {
		lo, hi := block(b.lo[0]), block(b.hi[0])
		leaving[lo], entering[hi] = append(leaving[lo], b), append(entering[hi], b)
	}
	// The first time the ports of a box are in any order; then in that of what they lead to.
	var ranks map[*bundle]int
	var interiors map[*Box]*interior
	var whole *drawing
	var vertices map[any]*vertex
	var idle []any
	for range 2 {
		interiors = map[*Box]*interior{}
		for _, b := range p.Boxes {
			interiors[b] = layOutBox(b, inside[b], leaving[b], entering[b], ranks)
		}
		whole, vertices, idle = &drawing{gap: 22, channel: 30}, map[any]*vertex{}, nil
		for _, t := range things {
			if len(leaving[t])+len(entering[t]) == 0 {
				idle = append(idle, t)
				continue
			}
			w, h := sizeOf(t, interiors)
			h = max(h, 10+5*max(len(leaving[t]), len(entering[t]))) // room for the lines of a node
			vertices[t] = whole.add(&vertex{w: w, h: h, layer: s.layer[t]})
		}
		for _, b := range bundles {
			whole.add(b.labelVertex(s.layer[block(b.lo[0])] + 1))
		}
		for _, b := range bundles {
			lo, hi := vertices[block(b.lo[0])], vertices[block(b.hi[0])]
			loAt, hiAt := lo.h/2, hi.h/2
			if box := b.lo[0].Box; box != nil {
				loAt = interiors[box].top() + b.exit.y + portSpace/2
			}
			if box := b.hi[0].Box; box != nil {
				hiAt = interiors[box].top() + b.entry.y + portSpace/2
			}
			b.trunkA = whole.pass(lo, loAt, b.vertex, b.vertex.h)
			b.trunk = whole.pass(b.vertex, b.vertex.h, hi, hiAt)
		}
		whole.sort()
		ranks = map[*bundle]int{}
		for _, t := range things {
			rankPorts(leaving[t], ranks, func(b *bundle) int { return at(b.trunkA[0].to, b.trunkA[0].toAt) })
			rankPorts(entering[t], ranks, func(b *bundle) int {
				l := b.trunk[len(b.trunk)-1]
				return at(l.from, l.fromAt)
			})
		}
	}
	for t, v := range vertices { // only nodes: the ports of boxes have their places
		if _, ok := t.(*Node); ok {
			(&drawing{layers: [][]*vertex{{v}}}).spread()
		}
	}
	whole.place()
	const margin = 20
	for t, v := range vertices {
		out.put(t, rect{v.x + margin, v.y + margin, v.w, v.h}, interiors)
	}
	shelf, w, h := shelve(idle, func(t any) (int, int) { return sizeOf(t, interiors) }, whole.w, whole.h, 0)
	for t, r := range shelf {
		out.put(t, rect{r.x + margin, r.y + margin, r.w, r.h}, interiors)
	}
	out.w, out.h = w+2*margin, h+2*margin
	for _, b := range p.Boxes {
		in, at := interiors[b], out.boxes[b]
		x, y := at.x+in.ports, at.y+in.top()
		for _, bundle := range in.inner {
			bundle.label = rect{x + bundle.vertex.x, y + bundle.vertex.y, bundle.vertex.w, bundle.vertex.h}
			legs := in.legs[bundle]
			bundle.loLegs, bundle.hiLegs = in.drawing.trace(legs[0], x, y), in.drawing.trace(legs[1], x, y)
			line := y + bundle.vertex.y + bundle.vertex.h
			bundle.middle = &leg{[]point{{bundle.label.x, line}, {bundle.label.x + bundle.label.w, line}}}
			out.lines = append(out.lines, bundle)
		}
	}
	for _, b := range bundles {
		b.label = rect{margin + b.vertex.x, margin + b.vertex.y, b.vertex.w, b.vertex.h}
		b.middle = &leg{whole.points(append(slices.Clone(b.trunkA), b.trunk...), margin, margin)}
		if box := b.lo[0].Box; box != nil {
			in, at := interiors[box], out.boxes[box]
			b.loLegs = in.drawing.trace(in.legs[b][0], at.x+in.ports, at.y+in.top())
			b.middle.points[0].x = at.x + at.w
			for _, l := range b.loLegs { // to the side of the box
				l.points = append(l.points, point{at.x + at.w, l.points[len(l.points)-1].y})
			}
		}
		if box := b.hi[0].Box; box != nil {
			in, at := interiors[box], out.boxes[box]
			b.hiLegs = in.drawing.trace(in.legs[b][1], at.x+in.ports, at.y+in.top())
		}
		out.lines = append(out.lines, b)
	}
	return out
}

func sizeOf(thing any, interiors map[*Box]*interior) (w, h int) {
	if box, ok := thing.(*Box); ok {
		return interiors[box].w, interiors[box].h
	}
	return nodeSize(thing.(*Node))
}

// put places a node, or a box and what is in it.
func (out *layout) put(thing any, at rect, interiors map[*Box]*interior) {
	if n, ok := thing.(*Node); ok {
		out.nodes[n] = at
		return
	}
	box := thing.(*Box)
	out.boxes[box] = at
	in := interiors[box]
	for n, v := range in.nodes {
		out.nodes[n] = rect{at.x + in.ports + v.x, at.y + in.top() + v.y, v.w, v.h}
	}
	for n, r := range in.shelf {
		out.nodes[n] = rect{at.x + r.x, at.y + in.top() + r.y, r.w, r.h}
	}
}

// kind is a node's sort in a word.
func (n *Node) kind() string {
	switch n.Sort {
	case query.Outside, query.Everybody:
		return "outside"
	case query.EveryPod, query.Across:
		return "set"
	}
	return "pods"
}
