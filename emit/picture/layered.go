package picture

import (
	"cmp"
	"slices"
)

// A layered drawing has columns of vertices, and links that each go from one column to the next. What
// lies on the way of a longer connection is a vertex too, so that two rules hold by construction: no
// vertex overlaps another of its column, and no link crosses a vertex, as between columns there are
// only links. All numbers are integers, so that every machine draws the same.

// vertex is something that has its own place in a column: a node, a box, a label, or a point through
// which a link passes.
type vertex struct {
	w, h    int
	layer   int
	x, y    int // of its corner
	order   int // in its column
	in, out []*link
	rank    int // of a port of a box: its place among those in its column; 0 if free
}

// link joins two vertices of neighbouring columns, at heights below their corners.
type link struct {
	from, to     *vertex
	fromAt, toAt int
}

func connect(from *vertex, fromAt int, to *vertex, toAt int) *link {
	l := &link{from, to, fromAt, toAt}
	from.out = append(from.out, l)
	to.in = append(to.in, l)
	return l
}

// drawing is the columns.
type drawing struct {
	layers  [][]*vertex
	lefts   []int // where each column starts
	widths  []int
	w, h    int
	gap     int // between vertices of a column
	channel int // at least, between columns
}

func (d *drawing) add(v *vertex) *vertex {
	for len(d.layers) <= v.layer {
		d.layers = append(d.layers, nil)
	}
	v.order = len(d.layers[v.layer])
	d.layers[v.layer] = append(d.layers[v.layer], v)
	return v
}

// pass connects two vertices through the columns between them, and returns the links.
func (d *drawing) pass(from *vertex, fromAt int, to *vertex, toAt int) []*link {
	var links []*link
	for layer := from.layer + 1; layer < to.layer; layer++ {
		through := d.add(&vertex{h: passage, layer: layer})
		links = append(links, connect(from, fromAt, through, passage/2))
		from, fromAt = through, passage/2
	}
	return append(links, connect(from, fromAt, to, toAt))
}

const passage = 8 // the height of a point through which a link passes

// sweeps is how often columns are sorted and placed.
const sweeps = 12

// sort orders the vertices of columns so that few links cross.
func (d *drawing) sort() {
	best, fewest := d.orders(), d.crossings()
	for i := 0; i < sweeps && fewest > 0; i++ {
		if i%2 == 0 {
			for _, layer := range d.layers {
				sortBy(layer, func(v *vertex) []*link { return v.in }, func(l *link) int { return at(l.from, l.fromAt) })
			}
		} else {
			for _, layer := range slices.Backward(d.layers) {
				sortBy(layer, func(v *vertex) []*link { return v.out }, func(l *link) int { return at(l.to, l.toAt) })
			}
		}
		if n := d.crossings(); n < fewest {
			best, fewest = d.orders(), n
		}
	}
	for i, order := range best {
		d.layers[i] = order
		for j, v := range order {
			v.order = j
		}
	}
}

// at is the place of an end of a link in its column: links of one vertex are apart.
func at(v *vertex, height int) int {
	return v.order*1000 + height*999/max(v.h, 1)
}

// sortBy sorts a column by the mean place of its neighbours. A vertex without any stays near those
// that it was next to.
func sortBy(layer []*vertex, links func(*vertex) []*link, place func(*link) int) {
	mean := make(map[*vertex]int, len(layer))
	last := 0
	for _, v := range layer {
		sum := 0
		list := links(v)
		for _, l := range list {
			sum += place(l)
		}
		if len(list) > 0 {
			last = sum / len(list)
		}
		mean[v] = last
	}
	slices.SortStableFunc(layer, func(a, b *vertex) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(mean[a], mean[b])) })
	for i, v := range layer {
		v.order = i
	}
}

func (d *drawing) orders() [][]*vertex {
	out := make([][]*vertex, len(d.layers))
	for i, l := range d.layers {
		out[i] = slices.Clone(l)
	}
	return out
}

// crossings counts the pairs of links that cross, between all columns.
func (d *drawing) crossings() int {
	total := 0
	for _, layer := range d.layers {
		var links []*link
		for _, v := range layer {
			links = append(links, v.out...)
		}
		slices.SortFunc(links, func(a, b *link) int {
			return cmp.Or(cmp.Compare(at(a.from, a.fromAt), at(b.from, b.fromAt)), cmp.Compare(at(a.to, a.toAt), at(b.to, b.toAt)))
		})
		ends := make([]int, 0, len(links))
		for _, l := range links {
			ends = append(ends, at(l.to, l.toAt))
		}
		total += inversions(ends)
	}
	return total
}

// inversions counts the pairs that are out of order, and sorts the list.
func inversions(list []int) int {
	if len(list) < 2 {
		return 0
	}
	left, right := slices.Clone(list[:len(list)/2]), slices.Clone(list[len(list)/2:])
	n := inversions(left) + inversions(right)
	for i := range list {
		if len(right) == 0 || len(left) > 0 && left[0] <= right[0] {
			list[i], left = left[0], left[1:]
		} else {
			list[i], right = right[0], right[1:]
			n += len(left)
		}
	}
	return n
}

// place gives each vertex its coordinates.
func (d *drawing) place() {
	for _, layer := range d.layers {
		y := 0
		for _, v := range layer {
			v.y = y
			y += v.h + d.gap
		}
	}
	for i := range sweeps {
		if i%2 == 0 {
			for _, layer := range d.layers {
				d.settle(layer, true, i == sweeps-2)
			}
		} else {
			for _, layer := range slices.Backward(d.layers) {
				d.settle(layer, i == sweeps-1, true)
			}
		}
	}
	top := 0
	first := true
	for _, layer := range d.layers {
		for _, v := range layer {
			if first || v.y < top {
				top, first = v.y, false
			}
		}
	}
	d.lefts, d.widths = make([]int, len(d.layers)), make([]int, len(d.layers))
	x := 0
	for i, layer := range d.layers {
		steepest := 0
		for _, v := range layer {
			v.y -= top
			d.widths[i] = max(d.widths[i], v.w)
			d.h = max(d.h, v.y+v.h)
		}
		d.lefts[i] = x
		for _, v := range layer {
			v.x = x + (d.widths[i]-v.w)/2
			for _, l := range v.out {
				steepest = max(steepest, abs(l.from.y+l.fromAt-l.to.y-l.toAt+top))
			}
		}
		d.w = x + d.widths[i]
		x = d.w
		if i+1 < len(d.layers) && len(layer) > 0 {
			x += d.channel + min(steepest/8, 60)
		}
	}
}

func abs(n int) int { return max(n, -n) }

// settle moves the vertices of a column as near as they can be to what they are linked with, in their
// order: where they would overlap they move together, to the mean of where they want to be.
func (d *drawing) settle(layer []*vertex, in, out bool) {
	type group struct{ sum, n, size int } // of wanted tops of the first vertex; how many; the height of all
	var groups []group
	for _, v := range layer {
		sum, n := 0, 0
		if in {
			for _, l := range v.in {
				sum += l.from.y + l.fromAt - l.toAt
				n++
			}
		}
		if out {
			for _, l := range v.out {
				sum += l.to.y + l.toAt - l.fromAt
				n++
			}
		}
		g := group{v.y, 1, v.h + d.gap}
		if n > 0 {
			// Links that nothing else holds are the more important the fewer they are: straight lines.
			g = group{8 * (sum / n), 8, v.h + d.gap}
		}
		groups = append(groups, g)
		for len(groups) > 1 {
			a, b := groups[len(groups)-2], groups[len(groups)-1]
			if a.sum/a.n+a.size <= b.sum/b.n {
				break
			}
			groups = append(groups[:len(groups)-2], group{a.sum + b.sum - b.n*a.size, a.n + b.n, a.size + b.size})
		}
	}
	i := 0
	for _, g := range groups {
		y := g.sum / g.n
		for end := y + g.size; y < end; i++ {
			layer[i].y = y
			y += layer[i].h + d.gap
		}
	}
}

// acyclic returns an order of n things such that few of the weights go from a later to an earlier
// one: those that only give come first, those that only take last, and of the rest the one that gives
// the most more than it takes.
func acyclic(n int, weights map[[2]int]int) []int {
	out, in := make([]map[int]int, n), make([]map[int]int, n)
	give, take := make([]int, n), make([]int, n)
	for i := range n {
		out[i], in[i] = map[int]int{}, map[int]int{}
	}
	for ends, w := range weights {
		out[ends[0]][ends[1]] += w
		in[ends[1]][ends[0]] += w
		give[ends[0]] += w
		take[ends[1]] += w
	}
	left := make([]int, n)
	for i := range left {
		left[i] = i
	}
	var first, last []int
	for len(left) > 0 {
		best, bestAt, sink := 0, -1, false
		for at, v := range left {
			if take[v] == 0 || give[v] == 0 {
				best, bestAt, sink = v, at, take[v] > 0
				break
			}
			if bestAt < 0 || give[v]-take[v] > give[best]-take[best] {
				best, bestAt = v, at
			}
		}
		left = slices.Delete(left, bestAt, bestAt+1)
		for v, w := range out[best] {
			take[v] -= w
			delete(in[v], best)
		}
		for v, w := range in[best] {
			give[v] -= w
			delete(out[v], best)
		}
		if sink {
			last = append(last, best)
		} else {
			first = append(first, best)
		}
	}
	slices.Reverse(last)
	return append(first, last...)
}
