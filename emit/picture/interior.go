package picture

import (
	"cmp"
	"slices"
)

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
