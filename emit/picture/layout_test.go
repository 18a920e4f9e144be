package picture

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/compiler/relation"
)

// overlaps reports whether two rectangles have a point inside both.
func (r rect) overlaps(o rect) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

func (r rect) contains(o rect) bool {
	return r.x <= o.x && o.x+o.w <= r.x+r.w && r.y <= o.y && o.y+o.h <= r.y+r.h
}

// along calls do for points of a line, as it is drawn, in hundredths of pixels.
func along(points []point, do func(x, y float64)) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		const steps = 40
		for s := range steps + 1 {
			t := float64(s) / steps
			u := 1 - t
			middle := float64((a.x + b.x) / 2)
			x := u*u*u*float64(a.x) + 3*u*u*t*middle + 3*u*t*t*middle + t*t*t*float64(b.x)
			y := (u*u*u+3*u*u*t)*float64(a.y) + (3*u*t*t+t*t*t)*float64(b.y)
			do(x, y)
		}
	}
}

func (r rect) hasInside(x, y float64) bool {
	const edge = 0.5 // lines end at the sides
	return x > float64(r.x)+edge && x < float64(r.x+r.w)-edge && y > float64(r.y)+edge && y < float64(r.y+r.h)-edge
}

// wrong returns what is wrong with a layout: what overlaps, and what crosses what.
func (p *Picture) wrong() []string {
	l := p.arrange()
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	whole := rect{0, 0, l.w, l.h}
	type thing struct {
		name string
		rect
		box *Box // nil outside of all
		is  *Box
	}
	var things []thing
	for b, r := range l.boxes {
		things = append(things, thing{"box " + b.Name, r, nil, b})
	}
	for n, r := range l.nodes {
		things = append(things, thing{"node " + n.Name, r, n.Box, nil})
		if n.Box != nil && !l.boxes[n.Box].contains(r) {
			say("%s is not in its box", n.Name)
		}
	}
	if len(l.nodes) != len(p.all()) || len(l.boxes) != len(p.Boxes) {
		say("%d nodes of %d, %d boxes of %d", len(l.nodes), len(p.all()), len(l.boxes), len(p.Boxes))
	}
	boxOf := func(b *bundle) *Box {
		if b.lo[0].Box == b.hi[0].Box {
			return b.lo[0].Box
		}
		return nil
	}
	for _, b := range l.lines {
		things = append(things, thing{"label " + b.described(), b.label, boxOf(b), nil})
		for _, line := range b.lines {
			if width(line, labelSize) > b.label.w {
				say("%s is wider than its label", line)
			}
		}
	}
	for i, a := range things {
		if !whole.contains(a.rect) {
			say("%s is not in the picture", a.name)
		}
		for _, b := range things[:i] {
			if a.overlaps(b.rect) && !(a.is != nil && a.is == b.box) && !(b.is != nil && b.is == a.box) {
				say("%s overlaps %s", a.name, b.name)
			}
		}
		if a.is != nil { // its name is above all that is in it
			for _, b := range things {
				if name := (rect{a.x, a.y, a.w, 20 + (len(boxText(a.is))-1)*lineSpace}); b.box == a.is && name.overlaps(b.rect) {
					say("%s overlaps the name of its box", b.name)
				}
			}
		}
	}
	for n, r := range l.nodes {
		names, marks := nodeText(n)
		for _, line := range names {
			if width(line, nameSize) > r.w {
				say("%s is wider than its node", line)
			}
		}
		if (len(names)+len(marks))*lineSpace > r.h {
			say("the text of %s is higher than its node", n.Name)
		}
	}
	drawn := map[[2]*Node]bool{}
	for _, b := range l.lines {
		for _, lo := range b.lo {
			for _, hi := range b.hi {
				drawn[[2]*Node{lo, hi}], drawn[[2]*Node{hi, lo}] = true, true
			}
		}
		legs := append(append([]*leg{b.middle}, b.loLegs...), b.hiLegs...)
		for i, line := range legs {
			crossed := map[string]bool{}
			along(line.points, func(x, y float64) {
				for _, t := range things {
					if t.is != nil && (i > 0 || t.is == boxOf(b)) {
						if i == 0 || t.is == b.lo[0].Box || t.is == b.hi[0].Box {
							continue // inside of its own box
						}
					}
					if t.hasInside(x, y) {
						crossed[t.name] = true
					}
				}
			})
			for name := range crossed {
				say("%s crosses %s", b.described(), name)
			}
		}
		for i, lo := range b.lo {
			from := b.middle
			if len(b.loLegs) > 0 {
				from = b.loLegs[i]
			}
			if !touches(l.nodes[lo], from.points[0]) {
				say("%s does not start at %s", b.described(), lo.Name)
			}
		}
		for i, hi := range b.hi {
			to := b.middle
			if len(b.hiLegs) > 0 {
				to = b.hiLegs[i]
			}
			if !touches(l.nodes[hi], to.points[len(to.points)-1]) {
				say("%s does not end at %s", b.described(), hi.Name)
			}
		}
		for _, leg := range b.loLegs {
			if leg.points[len(leg.points)-1] != b.middle.points[0] {
				say("%s has a gap", b.described())
			}
		}
		for _, leg := range b.hiLegs {
			if leg.points[0] != b.middle.points[len(b.middle.points)-1] {
				say("%s has a gap", b.described())
			}
		}
	}
	for _, a := range p.Arrows {
		if a.From != a.To && !drawn[[2]*Node{a.From, a.To}] {
			say("%s -> %s is not drawn", a.From.Name, a.To.Name)
		}
	}
	return out
}

func touches(r rect, p point) bool {
	return (p.x == r.x || p.x == r.x+r.w) && p.y >= r.y && p.y <= r.y+r.h
}

// No label overlaps a box or another label, and no line crosses a box, in the pictures of all examples and
// of random programs.
func TestLayout(t *testing.T) {
	for name, v := range corpus(t) {
		for _, o := range []Options{tiers, {Detail: ByNamespace}, {Detail: ByTier, DNS: true}} {
			p := drawn(t, v, o)
			if wrong := p.wrong(); len(wrong) > 0 {
				t.Errorf("%s, %s:\n%s", name, o.Detail, strings.Join(wrong, "\n"))
			}
		}
	}
}

// pictures draws random pictures: also those that no program has.
var pictures = rapid.Custom(func(t *rapid.T) *Picture {
	p := &Picture{Title: "t"}
	word := rapid.StringMatching(`[a-z]{1,12}(-[a-z]{1,30})?`)
	var all []*Node
	node := func(box *Box) *Node {
		n := &Node{ID: len(all) + 1, Label: word.Draw(t, "name"), Box: box, Sort: query.Sort(rapid.IntRange(0, 4).Draw(t, "sort"))}
		n.Name = fmt.Sprint(n.ID)
		if n.Open = rapid.Bool().Draw(t, "open"); n.Open {
			n.Marks = []string{"egress not isolated"}
		}
		all = append(all, n)
		return n
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "boxes") {
		b := &Box{Name: fmt.Sprint(word.Draw(t, "box"), i), Mark: rapid.SampledFrom([]string{"", "not all isolated"}).Draw(t, "mark")}
		for range rapid.IntRange(1, 6).Draw(t, "nodes") {
			b.Nodes = append(b.Nodes, node(b))
		}
		p.Boxes = append(p.Boxes, b)
	}
	for range rapid.IntRange(0, 5).Draw(t, "outside") {
		p.Nodes = append(p.Nodes, node(nil))
	}
	if len(all) == 0 {
		return p
	}
	for range rapid.IntRange(0, 40).Draw(t, "arrows") {
		port := func() relation.Ports {
			at := rapid.IntRange(1, 65535).Draw(t, "port")
			return relation.RangeOf(relation.PortRange{Low: at, High: at})
		}
		ports := relation.RangeOf(relation.PortRange{Low: 80, High: 80})
		for range rapid.IntRange(0, 3).Draw(t, "ports") {
			ports = ports.Union(port())
		}
		p.Arrows = append(p.Arrows, &Arrow{
			From: rapid.SampledFrom(all).Draw(t, "from"), To: rapid.SampledFrom(all).Draw(t, "to"), Ports: ports,
			Look: Look(rapid.IntRange(0, 3).Draw(t, "look")), Both: rapid.Bool().Draw(t, "both"),
		})
	}
	p.Arrows = joined(p.Arrows)
	return p
})

func TestLayoutOfRandomPictures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := pictures.Draw(t, "picture")
		if wrong := p.wrong(); len(wrong) > 0 {
			t.Fatalf("%s", strings.Join(wrong, "\n"))
		}
		var one, two bytes.Buffer
		if err := p.WriteSVG(&one); err != nil {
			t.Fatal(err)
		}
		if err := p.WriteSVG(&two); err != nil || one.String() != two.String() {
			t.Fatal("two pictures of the same differ")
		}
	})
}

// A thousand tiers are drawn in less than two seconds. The test has room for a machine with other work.
func TestLayoutIsFast(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "namespace team-%d {\n", i)
		for j := range 20 {
			fmt.Fprintf(&b, "tier t%d { app=t%[1]d } :%d\n", j, 8000+j)
		}
		for j := range 40 {
			fmt.Fprintf(&b, "team-%d/t%d -> team-%d/t%d\n", i, j%20, (i+j%3*7)%50, (j*7+1)%20)
		}
		b.WriteString("}\n")
	}
	v := modelOf(t, b.String())
	start := time.Now()
	p := drawn(t, v, tiers)
	if err := p.WriteSVG(&bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second || len(p.all()) < 1000 {
		t.Errorf("%d nodes took %s", len(p.all()), took)
	}
}
