package picture

import (
	"bufio"
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/zt-lang/zt/grammar/safe"
)

// style has the colours for light and dark. The classes start with zt, as a page may have others.
const style = `.zt{--bg:#fff;--fg:#1f2328;--soft:#59636e;--box:#f6f8fa;--edge:#d1d9e0;--line:#57606a;--open:#9a4f00;--deny:#b42318;--opens:#1a7f37;--closes:#cf222e;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px}
@media (prefers-color-scheme:dark){.zt{--bg:#0d1117;--fg:#f0f6fc;--soft:#9198a1;--box:#151b23;--edge:#3d444d;--line:#9198a1;--open:#e3a008;--deny:#ff7b72;--opens:#3fb950;--closes:#ff938a}}
.zt text{fill:var(--fg);white-space:pre}.zt .small{font-size:11px;fill:var(--soft)}.zt .box>rect{fill:var(--box);stroke:var(--edge)}.zt .box>text{font-weight:600}
.zt .node rect{fill:var(--bg);stroke:var(--soft)}.zt .node .inner{fill:none}.zt .open rect{stroke:var(--open);stroke-dasharray:5 3}.zt .open .mark,.zt .box .mark{fill:var(--open);font-weight:400}
.zt path{fill:none;stroke:var(--line);stroke-width:1.3}.zt .denies path{stroke:var(--deny);stroke-dasharray:5 4}.zt .denies text{fill:var(--deny)}
.zt .opens path{stroke:var(--opens);stroke-width:2.2}.zt .opens text{fill:var(--opens);font-weight:600}.zt .closes path{stroke:var(--closes);stroke-width:2.2;stroke-dasharray:2 3}.zt .closes text{fill:var(--closes);font-weight:600}
.zt marker path{stroke:none;stroke-dasharray:none;fill:var(--line)}.zt .h1 path{fill:var(--deny)}.zt .h2 path{fill:var(--opens)}.zt .h3 path{fill:var(--closes)}`

var lookNames = [...]string{Permits: "permits", Denies: "denies", Opens: "opens", Closes: "closes"}

// WriteSVG writes the picture as one file of SVG, which loads nothing.
func (p *Picture) WriteSVG(to io.Writer) error {
	w := bufio.NewWriter(to)
	l := p.arrange()
	below := p.below(max(l.w, 560))
	full := max(l.w, 560)
	height := l.h + len(below)*lineSpace + 16
	if len(p.Boxes)+len(p.Nodes) == 0 {
		below = append([]string{"Nothing to draw."}, below...)
		height += lineSpace
	}
	prefix := cmp.Or(p.prefix, "zt")
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="zt" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-labelledby="%[3]s-title">`+"\n", full, height, prefix)
	fmt.Fprintf(w, "<title id=\"%s-title\">%s</title>\n<style>%s</style>\n<defs>", prefix, text(p.Title), style)
	for look := range lookNames {
		fmt.Fprintf(w, `<marker id="%[2]s-head%[1]d" class="h%[1]d" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker>`, look, prefix)
	}
	fmt.Fprintf(w, "</defs>\n<rect width=\"%d\" height=\"%d\" style=\"fill:var(--bg)\"/>\n", full, height)
	for _, b := range p.Boxes {
		r := l.boxes[b]
		fmt.Fprintf(w, `<g class="box"><rect x="%d" y="%d" width="%d" height="%d" rx="6"/>`, r.x, r.y, r.w, r.h)
		for i, line := range boxText(b) {
			class := ""
			if i > 0 {
				class = ` class="mark"`
			}
			fmt.Fprintf(w, `<text x="%d" y="%d"%s>%s</text>`, r.x+padding, r.y+16+i*lineSpace, class, text(line))
		}
		fmt.Fprintln(w, "</g>")
	}
	for _, b := range l.lines {
		b.write(w, prefix)
	}
	for _, n := range p.all() {
		n.write(w, l.nodes[n])
	}
	p.legend(w, l.h, prefix)
	for i, line := range below {
		fmt.Fprintf(w, "<text class=\"small\" x=\"20\" y=\"%d\">%s</text>\n", l.h+i*lineSpace+8, text(line))
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

// text escapes a text for SVG and HTML.
func text(s string) string { return html.EscapeString(safe.Text(s)) }

func (n *Node) write(w io.Writer, r rect) {
	class := "node " + n.kind()
	if n.Open {
		class += " open"
	}
	names, marks := nodeText(n)
	title := n.Name
	for _, m := range slices.Concat(n.Marks, n.Self) {
		title += "; " + m
	}
	round := 5
	if n.kind() == "outside" {
		round = min(r.h/2, 16)
	}
	fmt.Fprintf(w, `<g class="%s" data-n="%d"><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, n.ID, text(title), r.x, r.y, r.w, r.h, round)
	if n.kind() == "set" {
		fmt.Fprintf(w, `<rect class="inner" x="%d" y="%d" width="%d" height="%d" rx="3"/>`, r.x+3, r.y+3, r.w-6, r.h-6)
	}
	y := r.y + 18
	for _, line := range names {
		fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, r.x+r.w/2, y, text(line))
		y += lineSpace
	}
	for _, line := range marks {
		class := "small"
		if line != "dns" {
			class += " mark"
		}
		fmt.Fprintf(w, `<text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>`, class, r.x+r.w/2, y, text(line))
		y += lineSpace
	}
	fmt.Fprintln(w, "</g>")
}

func (b *bundle) write(w io.Writer, prefix string) {
	from, to := b.lo, b.hi
	if !b.toHi {
		from, to = to, from
	}
	fmt.Fprintf(w, `<g class="arrow %s" data-from="%s" data-to="%s"><title>%s</title>`, lookNames[b.look], idList(from), idList(to), text(b.described()))
	path := func(l *leg, start, end bool) {
		heads := ""
		if start {
			heads += fmt.Sprintf(` marker-start="url(#%s-head%d)"`, prefix, b.look)
		}
		if end {
			heads += fmt.Sprintf(` marker-end="url(#%s-head%d)"`, prefix, b.look)
		}
		fmt.Fprintf(w, `<path d="%s"%s/>`, curve(l.points), heads)
	}
	for _, l := range b.loLegs {
		path(l, b.toLo, false)
	}
	path(b.middle, b.toLo && len(b.loLegs) == 0, b.toHi && len(b.hiLegs) == 0)
	for _, l := range b.hiLegs {
		path(l, false, b.toHi)
	}
	for i, line := range b.lines {
		fmt.Fprintf(w, `<text class="small" x="%d" y="%d" text-anchor="middle">%s</text>`, b.label.x+b.label.w/2, b.label.y+10+i*13, text(line))
	}
	fmt.Fprintln(w, "</g>")
}

func idList(nodes []*Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, fmt.Sprint(n.ID))
	}
	return strings.Join(all, " ")
}

// curve draws a line through points: straight between those of one height, else with level ends.
func curve(points []point) string {
	var b strings.Builder
	for i, p := range points {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%d %d", p.x, p.y)
		case p.y == points[i-1].y:
			fmt.Fprintf(&b, "H%d", p.x)
		default:
			q := points[i-1]
			middle := (p.x + q.x) / 2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", middle, q.y, middle, p.y, p.x, p.y)
		}
	}
	return b.String()
}

// below returns the lines below the picture: its notes.
func (p *Picture) below(full int) []string {
	var lines []string
	if len(p.legendItems()) > 0 {
		lines = append(lines, "") // its place
	}
	for _, n := range p.Notes {
		lines = append(lines, wrap(n, (full-40)*1000/(labelSize*605), 20)...)
	}
	return lines
}

// legendItems lists the looks that need explaining.
func (p *Picture) legendItems() []Look {
	var looks []Look
	for _, a := range p.Arrows {
		if a.Look != Permits && !slices.Contains(looks, a.Look) {
			looks = append(looks, a.Look)
		}
	}
	slices.Sort(looks)
	return looks
}

func (p *Picture) legend(w io.Writer, y int, prefix string) {
	x := 20
	words := [...]string{Denies: "forbidden by a deny or isolate statement", Opens: "opens", Closes: "closes"}
	for _, look := range p.legendItems() {
		fmt.Fprintf(w, `<g class="%s"><path d="M%d %dh30" marker-end="url(#%s-head%d)"/><text class="small" x="%d" y="%d">%s</text></g>`+"\n", lookNames[look], x, y+4, prefix, look, x+36, y+8, words[look])
		x += 36 + width(words[look], nameSize) + 24
	}
}
