package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// bundle is arrows that are drawn as one: from each of some nodes to each of others, with one label.
// The nodes of lo are left of those of hi, whichever way the arrows go.
type bundle struct {
	lo, hi     []*Node
	toHi, toLo bool // where the heads are
	look       Look
	text       string

	label  rect
	lines  []string // of the label
	loLegs []*leg   // from each of lo
	middle *leg     // through the label; nil if nothing but the legs is drawn
	hiLegs []*leg   // to each of hi

	vertex        *vertex // of the label
	exit, entry   *vertex // ports of the boxes, if the nodes are in boxes
	trunkA, trunk []*link
}

// leg is a line in parts: each goes on where the last ended.
type leg struct{ points []point }

type point struct{ x, y int }

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

// scene is what the layout of one level works on: the boxes and nodes of the whole, or those of a box.
type scene[T comparable] struct{ layer map[T]int }

// mostLayers is into how many columns things are put, if they can be. Long chains would make a picture
// too wide to read, so some of their arrows go to the left.
const mostLayers = 6

// newScene puts things into columns: no two with an arrow between them into the same, and most after
// those with arrows to them. What statements forbid has little weight.
func newScene[T comparable](things []T, arrows []*Arrow, of func(*Node) T) *scene[T] {
	index := map[T]int{}
	for i, t := range things {
		index[t] = i
	}
	weights := map[[2]int]int{}
	for _, a := range arrows {
		from, to := index[of(a.From)], index[of(a.To)]
		if from == to {
			continue
		}
		w := 8
		if a.Look == Denies {
			w = 1
		}
		weights[[2]int{from, to}] += w
	}
	order := acyclic(len(things), weights)
	near := make([][]int, len(things))
	for ends := range weights {
		near[ends[0]], near[ends[1]] = append(near[ends[0]], ends[1]), append(near[ends[1]], ends[0])
	}
	layer := make([]int, len(things))
	placed := make([]bool, len(things))
	var sizes [mostLayers]int
	for _, t := range order {
		var taken [mostLayers]bool
		for _, n := range near[t] {
			if placed[n] {
				layer[t] = max(layer[t], layer[n]+1)
				if layer[n] < mostLayers {
					taken[layer[n]] = true
				}
			}
		}
		if layer[t] >= mostLayers {
			best := -1
			for i := range sizes {
				if !taken[i] && (best < 0 || sizes[i] < sizes[best]) {
					best = i
				}
			}
			if best >= 0 {
				layer[t] = best
			}
		}
		if placed[t] = true; layer[t] < mostLayers {
			sizes[layer[t]]++
		}
	}
	// What nothing leads to goes next to what it leads to.
	for _, t := range slices.Backward(order) {
		nearest := -1
		for _, n := range near[t] {
			if nearest < 0 || layer[n] < nearest {
				nearest = layer[n]
			}
		}
		layer[t] = max(layer[t], nearest-1)
	}
	s := &scene[T]{map[T]int{}}
	for i, t := range things {
		s.layer[t] = 2 * layer[i] // labels are between
	}
	return s
}

// bundles joins arrows between things of a level, so that nodes with the same label to the same nodes
// share a line.
func (s *scene[T]) bundles(arrows []*Arrow, of func(*Node) T) []*bundle {
	var list []*bundle
	for _, a := range arrows {
		b := &bundle{lo: []*Node{a.From}, hi: []*Node{a.To}, toHi: true, toLo: a.Both, look: a.Look, text: a.Label()}
		if s.layer[of(a.From)] > s.layer[of(a.To)] {
			b.lo, b.hi, b.toHi, b.toLo = b.hi, b.lo, b.toLo, b.toHi
		}
		list = append(list, b)
	}
	alike := func(b *bundle, ends ...string) string {
		return fmt.Sprint(b.toHi, b.toLo, b.look, "\x00", b.text, "\x00", ends)
	}
	group := func(n *Node) string {
		if n.Box == nil {
			return fmt.Sprint("n", n.ID)
		}
		return "b" + n.Box.Name
	}
	list = share(list, func(b *bundle) string { return alike(b, ids(b.lo), group(b.hi[0])) }, func(into, b *bundle) { into.hi = append(into.hi, b.hi...) })
	return share(list, func(b *bundle) string { return alike(b, group(b.lo[0]), ids(b.hi)) }, func(into, b *bundle) { into.lo = append(into.lo, b.lo...) })
}

func ids(nodes []*Node) string {
	var all []int
	for _, n := range nodes {
		all = append(all, n.ID)
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

// share joins the bundles of each key to the first.
func share(list []*bundle, key func(*bundle) string, join func(into, b *bundle)) []*bundle {
	first := map[string]*bundle{}
	return slices.DeleteFunc(list, func(b *bundle) bool {
		k := key(b)
		if first[k] != nil {
			join(first[k], b)
			return true
		}
		first[k] = b
		return false
	})
}

// labelVertex makes the vertex of a bundle's label. The line passes below its text.
func (b *bundle) labelVertex(layer int) *vertex {
	b.lines = wrap(b.text, 26, 4)
	w := 0
	for _, l := range b.lines {
		w = max(w, width(l, labelSize))
	}
	b.vertex = &vertex{w: w + 12, h: len(b.lines)*13 + 5, layer: layer}
	return b.vertex
}

// interior is the drawing of one box.
type interior struct {
	box     *Box
	drawing drawing
	nodes   map[*Node]*vertex
	inner   []*bundle
	legs    map[*bundle][2][]leglinks // of bundles that leave or enter: lo legs, hi legs
	idle    []*Node                   // without arrows
	shelf   map[*Node]rect
	w, h    int // with heading and padding
	ports   int // the offset of the drawing in the box
}

type leglinks struct {
	node  *Node
	links []*link
}

func self(n *Node) *Node { return n }

// layOutBox draws the inside of a box. Ranks say in which order its ports are, if that is known.
func layOutBox(box *Box, arrows []*Arrow, leaving, entering []*bundle, rank map[*bundle]int) *interior {
	in := &interior{box: box, nodes: map[*Node]*vertex{}, legs: map[*bundle][2][]leglinks{}}
	d := &in.drawing
	d.gap, d.channel = nodeGap, 26
	used := map[*Node]bool{}
	for _, a := range arrows {
		used[a.From], used[a.To] = true, true
	}
	for _, b := range leaving {
		for _, n := range b.lo {
			used[n] = true
		}
	}
	for _, b := range entering {
		for _, n := range b.hi {
			used[n] = true
		}
	}
	var things []*Node
	for _, n := range box.Nodes {
		if used[n] {
			things = append(things, n)
		} else {
			in.idle = append(in.idle, n)
		}
	}
	s := newScene(things, arrows, self)
	in.inner = s.bundles(arrows, self)
	last := 1
	for _, n := range things {
		w, h := nodeSize(n)
		in.nodes[n] = d.add(&vertex{w: w, h: h, layer: s.layer[n] + 1})
		last = max(last, s.layer[n]+1)
	}
	for _, b := range in.inner {
		layer := 0
		for _, n := range b.lo {
			layer = max(layer, s.layer[n]+2)
		}
		d.add(b.labelVertex(layer))
	}
	port := func(b *bundle, layer int) *vertex {
		return d.add(&vertex{h: portSpace, layer: layer, rank: rank[b]})
	}
	for _, b := range entering {
		b.entry = port(b, 0)
		var legs []leglinks
		for _, n := range b.hi {
			legs = append(legs, leglinks{n, d.pass(b.entry, portSpace/2, in.nodes[n], in.nodes[n].h/2)})
		}
		in.legs[b] = [2][]leglinks{nil, legs}
	}
	for _, b := range leaving {
		b.exit = port(b, last+1)
		var legs []leglinks
		for _, n := range b.lo {
			legs = append(legs, leglinks{n, d.pass(in.nodes[n], in.nodes[n].h/2, b.exit, portSpace/2)})
		}
		in.legs[b] = [2][]leglinks{legs, nil}
	}
	for _, b := range in.inner {
		var legs [2][]leglinks
		for _, n := range b.lo {
			legs[0] = append(legs[0], leglinks{n, d.pass(in.nodes[n], in.nodes[n].h/2, b.vertex, b.vertex.h)})
		}
		for _, n := range b.hi {
			legs[1] = append(legs[1], leglinks{n, d.pass(b.vertex, b.vertex.h, in.nodes[n], in.nodes[n].h/2)})
		}
		in.legs[b] = legs
	}
	for len(d.layers) <= last+1 {
		d.layers = append(d.layers, nil)
	}
	d.sort()
	if len(leaving) == 0 {
		d.layers = d.layers[:last+1]
	}
	d.spread()
	d.place()
	in.w, in.h = d.w, d.h
	title := 0
	for _, l := range boxText(box) {
		title = max(title, width(l, nameSize))
	}
	in.w = max(in.w, title+2*padding)
	in.shelf, in.w, in.h = shelve(in.idle, nodeSize, in.w, in.h, padding)
	in.h += heading + padding
	if len(boxText(box)) > 1 {
		in.h += lineSpace
	}
	// Ports are on the sides, wherever the columns end.
	if len(d.layers[0]) == 0 && len(d.layers) > 1 {
		in.ports = padding
	}
	if len(leaving) == 0 {
		in.w = max(in.w, in.ports+d.w+padding)
	}
	in.w = max(in.w, d.w+in.ports)
	return in
}

// spread gives the links at a side of each vertex heights of their own, in the order of their other ends.
func (d *drawing) spread() {
	for _, layer := range d.layers {
		for _, v := range layer {
			if v.w == 0 || v.h < 20 { // points and ports
				continue
			}
			for _, side := range [][]*link{v.in, v.out} {
				other := func(l *link) (int, *int) {
					if l.from == v {
						return at(l.to, l.toAt), &l.fromAt
					}
					return at(l.from, l.fromAt), &l.toAt
				}
				if len(side) < 2 {
					continue
				}
				sorted := slices.Clone(side)
				slices.SortStableFunc(sorted, func(a, b *link) int {
					x, _ := other(a)
					y, _ := other(b)
					return cmp.Compare(x, y)
				})
				if _, height := other(sorted[0]); *height >= v.h {
					continue // of a label, where all meet
				}
				step := min(8, (v.h-10)/len(sorted))
				for i, l := range sorted {
					_, height := other(l)
					*height = v.h/2 + (2*i-len(sorted)+1)*step/2
				}
			}
		}
	}
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

// top is where the drawing of a box starts below its upper side.
func (in *interior) top() int { return heading + (len(boxText(in.box))-1)*lineSpace }

// rankPorts ranks the ports at a side of a box by where their lines go.
func rankPorts(list []*bundle, ranks map[*bundle]int, place func(*bundle) int) {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *bundle) int { return cmp.Compare(place(a), place(b)) })
	for i, b := range sorted {
		ranks[b] = i + 1
	}
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

// trace returns the lines of legs, moved to where their box is.
func (d *drawing) trace(legs []leglinks, x, y int) []*leg {
	var out []*leg
	for _, l := range legs {
		out = append(out, &leg{d.points(l.links, x, y)})
	}
	return out
}

// points returns the points that a line goes through: from the sides of vertices to those of columns,
// through the channels between, and so on.
func (d *drawing) points(links []*link, x, y int) []point {
	var out []point
	add := func(px, py int) {
		if p := (point{px + x, py + y}); len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	for i, l := range links {
		right, left := d.lefts[l.from.layer]+d.widths[l.from.layer], d.lefts[l.to.layer]
		if i == 0 {
			add(l.from.x+l.from.w, l.from.y+l.fromAt)
		}
		add(right, l.from.y+l.fromAt)
		add(left, l.to.y+l.toAt)
	}
	last := links[len(links)-1]
	add(last.to.x, last.to.y+last.toAt)
	return out
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

// described is a bundle in words: its arrows, as edges of the language.
func (b *bundle) described() string {
	from, to := b.lo, b.hi
	if !b.toHi {
		from, to = to, from
	}
	arrow := " -> "
	if b.toHi && b.toLo {
		arrow = " <-> "
	}
	verb := [...]string{Permits: "", Denies: "forbidden: ", Opens: "opens: ", Closes: "closes: "}[b.look]
	return verb + names(from) + arrow + names(to) + ": " + b.text
}

func names(list []*Node) string {
	var all []string
	for _, n := range list {
		all = append(all, n.Name)
	}
	return strings.Join(all, ", ")
}
