package answer

import (
	"fmt"
	"io"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// WriteConnections writes connections as edges of the language, each with where it is from.
func (v *View) WriteConnections(w io.Writer, connections []Connection) {
	width := 0
	lines := make([]string, len(connections))
	for i, c := range connections {
		lines[i] = fmt.Sprintf("%s -> %s :%s", c.From.Name, c.To.Name, c.Ports)
		width = max(width, len(lines[i]))
	}
	width = min(width, 60)
	for i, c := range connections {
		fmt.Fprintf(w, "%-*s  # %s\n", width, lines[i], because(c))
	}
	writeUndecided(w, v.undecided(v.spokenOf(connections)))
}

// because names the lines that a connection is from.
func because(c Connection) string {
	var at []string
	for _, p := range places(c.Because) {
		text := fmt.Sprintf("%s:%d", p.File, p.Line)
		if p.Policy != "" {
			text = fmt.Sprintf("%s %s", p.Policy, p.Rule)
		}
		if len(at) == 0 || at[len(at)-1] != text {
			at = append(at, text)
		}
	}
	text := few(at)
	if c.Implicit() {
		text = "dns, for " + text
	}
	return text
}

// few joins what is named, and of many says how many more there are.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

func writeUndecided(w io.Writer, undecided []string) {
	for _, u := range undecided {
		fmt.Fprintf(w, "# undecided: %s\n", u)
	}
}

// WritePaths writes chains, each step on a line below where it leads to.
func (v *View) WritePaths(w io.Writer, paths []Path) {
	for _, p := range paths {
		fmt.Fprintf(w, "%s\n", strings.Join(p.Names(), " -> "))
		for _, h := range p.Hops {
			fmt.Fprintf(w, "    %s -> %s :%s  # %s\n", h.From.Name, h.To.Name, h.Ports, because(h))
		}
	}
	writeUndecided(w, v.undecided(v.spokenOf(nil)))
}

// WriteText writes the answer. The suggestion is the line that would permit the connection,
// if there is one, and the objections are what forbids that.
func (a Answer) WriteText(w io.Writer, suggestion string, objections []Place) {
	verdict := "denied"
	switch {
	case a.Permitted:
		verdict = "permitted"
	case a.Some:
		verdict = "denied, though not for all of these pods, addresses and ports"
	}
	fmt.Fprintf(w, "%s -> %s :%s is %s\n", a.From.Name, a.To.Name, a.Ports, verdict)
	writeSide(w, relation.Egress, a.From, a.Egress)
	writeSide(w, relation.Ingress, a.To, a.Ingress)
	if suggestion != "" {
		fmt.Fprintf(w, "  to permit it write: %s\n", suggestion)
	}
	for _, o := range objections {
		fmt.Fprintf(w, "    but for %s\n", o)
	}
	for _, u := range a.Undecided {
		fmt.Fprintf(w, "  undecided: %s\n", u)
	}
}

func writeSide(w io.Writer, d relation.Direction, p *Party, s Side) {
	switch {
	case p.Free:
		fmt.Fprintf(w, "  %s: whoever may\n", d)
		return
	case !s.Isolated:
		fmt.Fprintf(w, "  %s: %s is not isolated, so everything is permitted\n", d, p.Name)
		return
	case s.Permitted:
		fmt.Fprintf(w, "  %s: permitted\n", d)
	case s.some:
		fmt.Fprintf(w, "  %s: denied, since nothing permits all of it\n", d)
	default:
		fmt.Fprintf(w, "  %s: denied, since nothing permits it\n", d)
	}
	for _, p := range places(s.Because) {
		fmt.Fprintf(w, "    by %s\n", p)
	}
	for _, by := range s.IsolatedBy {
		fmt.Fprintf(w, "    %s is isolated by %s\n", p.Name, by)
	}
}

// WriteText writes what opens and what closes.
func (c Comparison) WriteText(w io.Writer) {
	for _, g := range grouped(c.Added) {
		g.write(w, "+")
	}
	for _, g := range grouped(c.Removed) {
		g.write(w, "-")
	}
	for _, o := range c.Objects {
		at := ""
		if o.File != "" {
			at = fmt.Sprintf(" (%s:%d)", o.File, o.Line)
		}
		fmt.Fprintf(w, "# %s: NetworkPolicy %s%s\n", o.Change, o.Object, at)
	}
	writeUndecided(w, c.Undecided)
}

func (g group) write(w io.Writer, sign string) {
	fmt.Fprintf(w, "%s %s", sign, g.line())
	if why := g.because(); why != "" {
		fmt.Fprintf(w, "  # %s", why)
	}
	fmt.Fprintf(w, "\n    such as %s\n", g.lines[0].witness())
	var stops []string
	for _, p := range g.lines[0].StoppedBy {
		stops = append(stops, fmt.Sprintf("%s (%s:%d)", p.Text, p.File, p.Line))
	}
	if len(stops) > 0 {
		fmt.Fprintf(w, "    stopped by %s\n", few(stops))
	}
}
