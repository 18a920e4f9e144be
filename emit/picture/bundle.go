package picture

import (
	"fmt"
	"slices"
	"strings"
)

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

// mostLayers is into how many columns things are put, if they can be. Long chains would make a picture
// too wide to read, so some of their arrows go to the left.
const mostLayers = 6

// scene is what the layout of one level works on: the boxes and nodes of the whole, or those of a box.
type scene[T comparable] struct{ layer map[T]int }

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
