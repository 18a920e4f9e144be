package query

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/safe"
)

// WriteConnections writes connections as edges of the language, each with where it is from.
func (v *Model) WriteConnections(w io.Writer, connections []Connection, undecided []Undecided) error {
	out := bufio.NewWriterSize(w, buffer)
	writeUndecided(out, undecided)
	width := 0
	for _, c := range connections {
		width = max(width, len(c.edge()))
	}
	width = min(width, 60)
	for _, c := range connections {
		why := because(c)
		if v.concerned(c) {
			why = "undecided; NetworkPolicies permit it: " + why
		}
		safe.Fprintf(out, "%-*s  # %s\n", width, c.edge(), why)
	}
	return out.Flush()
}

// edge is the connection as an edge of the language.
func (c Connection) edge() string { return c.From.Name + " -> " + c.To.Name + " :" + c.Ports.String() }

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
	switch {
	case len(at) == 0:
		return c.openText()
	case c.Implicit():
		text = "dns, for " + text
	}
	return text
}

// openText says why a connection is permitted that no edge and no rule permits.
func (c Connection) openText() string {
	const isolates = "no policy isolates these pods"
	switch {
	case c.guarded:
		return "no policy isolates these pods, and no rule denies this"
	case c.From.Host == "" && c.To.Host == "":
		return isolates
	case slices.ContainsFunc([]*Party{c.From, c.To}, func(p *Party) bool { return p.Host == "" && p.runsPods() }):
		return isolates + ", nor applies to those on the host network"
	}
	return "policies do not apply to pods on the host network"
}

// few joins what is named, and of many says how many more there are.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

func writeUndecided(w io.Writer, undecided []Undecided) {
	for _, u := range undecided {
		safe.Fprintf(w, "# undecided: %s\n", u)
	}
}

// buffer is how many bytes of a long list are written at once.
const buffer = 64 << 10

// WritePaths writes chains as they come, each step on a line below its chain.
func WritePaths(w io.Writer, paths iter.Seq[Path], undecided []Undecided) error {
	steps := map[*Connection]string{} // many chains share a step
	out := bufio.NewWriterSize(w, buffer)
	writeUndecided(out, undecided)
	for p := range paths {
		out.WriteString(safe.Text(p.From.Name))
		for _, h := range p.Hops {
			out.WriteString(" -> ")
			out.WriteString(safe.Text(h.To.Name))
		}
		out.WriteByte('\n')
		for _, h := range p.Hops {
			step, ok := steps[h]
			if !ok {
				step = "    " + safe.Text(h.edge()+"  # "+because(*h)) + "\n"
				steps[h] = step
			}
			if _, err := out.WriteString(step); err != nil {
				return err // as of a reader that went away: stop searching
			}
		}
	}
	return out.Flush()
}

// WriteText writes the answer.
func (a Answer) WriteText(to io.Writer) error {
	w := bufio.NewWriter(to)
	verdict := a.Verdict()
	if verdict == Denied && a.Some {
		verdict += ", though not for all of these pods, addresses and ports"
	}
	safe.Fprintf(w, "%s is %s\n", Connection{From: a.From, To: a.To, Ports: a.Ports}.edge(), verdict)
	if a.Translation != "" {
		safe.Fprintf(w, "  %s: %s\n", a.To.Name, a.Translation)
	}
	for _, u := range a.Undecided {
		safe.Fprintf(w, "  undecided: %s\n", u)
	}
	if len(a.Undecided) > 0 {
		fmt.Fprintln(w, "  what zt can evaluate says:")
	}
	writeSide(w, relation.Egress, a.From, a.Egress)
	writeSide(w, relation.Ingress, a.To, a.Ingress)
	if a.Fact != "" {
		safe.Fprintf(w, "  network plugin: %s\n", a.Fact)
	}
	if len(a.Hosts) > 0 {
		safe.Fprintf(w, "  not so for %s: policies do not apply to pods on the host network\n", few(a.Hosts))
	}
	for _, n := range a.Near {
		safe.Fprintf(w, "  near miss: %s\n", n)
	}
	if a.Suggestion != "" {
		safe.Fprintf(w, "  to permit it write: %s\n", a.Suggestion)
		a.writeWider(w)
	}
	for _, o := range a.Objections {
		safe.Fprintf(w, "    but for %s\n", o)
	}
	return w.Flush()
}

// writeWider says which side of the suggestion is more than the pods that the question names.
func (a Answer) writeWider(w io.Writer) {
	from, to, _ := strings.Cut(a.Suggestion, " -> ")
	to, _, _ = strings.Cut(to, " ")
	sides := [][2]string{{from, a.From.Name}, {to, a.To.Name}}
	for _, side := range slices.Compact(sides) {
		if ns, every := strings.CutSuffix(side[0], "/*"); every && side[0] != side[1] {
			that := ""
			if slices.Contains(a.byTiers, ns) {
				that = " that isolates nothing" // else it would isolate pods that are free
			}
			safe.Fprintf(w, "    %s is every pod of %s; for %s alone declare a tier%s\n", side[0], ns, side[1], that)
		}
	}
}

func writeSide(w io.Writer, d relation.Direction, p *Party, s Side) {
	switch {
	case p.Free && len(s.Decisions) > 0 && s.Undecided:
		safe.Fprintf(w, "  %s: undecided\n", d)
	case p.Free && len(s.Decisions) > 0:
		safe.Fprintf(w, "  %s: denied to some pods, whatever permits it\n", d)
	case p.Free && d == relation.Ingress:
		safe.Fprintf(w, "  ingress: whoever may; an edge to all opens no pod's ingress: write cluster\n")
		return
	case p.Free:
		safe.Fprintf(w, "  egress: whoever may\n")
		return
	case p.Host != "":
		safe.Fprintf(w, "  %s: %s is on the host network, where policies do not apply\n", d, p.Name)
		return
	case !s.Isolated && len(s.Decisions) == 0:
		safe.Fprintf(w, "  %s: %s is not isolated, so everything is permitted\n", d, p.Name)
		return
	case s.Undecided:
		safe.Fprintf(w, "  %s: undecided\n", d)
	case s.Permitted:
		safe.Fprintf(w, "  %s: permitted\n", d)
	case s.gaveUp:
		safe.Fprintf(w, "  %s: not known, since zt does not compare all of it\n", d)
	case s.some:
		safe.Fprintf(w, "  %s: denied, since nothing permits all of it\n", d)
	case len(s.Decisions) > 0:
		safe.Fprintf(w, "  %s: denied\n", d)
	default:
		safe.Fprintf(w, "  %s: denied, since nothing permits it\n", d)
	}
	for _, line := range s.decisionLines() {
		safe.Fprintf(w, "    %s\n", line)
	}
	for _, p := range places(s.Because) {
		if len(s.Decisions) == 0 {
			safe.Fprintf(w, "    by %s\n", p)
		}
	}
	for _, p := range places(s.ByName) {
		safe.Fprintf(w, "    only at addresses to which the DNS name resolves: by %s\n", p)
	}
	for _, by := range s.IsolatedBy {
		safe.Fprintf(w, "    %s is isolated by %s\n", p.Name, by)
	}
}

// WriteText writes what opens and what closes.
func (c Comparison) WriteText(to io.Writer) error {
	w := bufio.NewWriterSize(to, buffer)
	writeUndecided(w, c.Undecided)
	for _, g := range grouped(c.Added) {
		g.write(w, "+")
	}
	for _, g := range grouped(c.Removed) {
		g.write(w, "-")
	}
	if c.More {
		safe.Fprintf(w, "# %s\n", moreText)
	}
	for _, o := range c.Objects {
		at := ""
		if o.File != "" {
			at = fmt.Sprintf(" (%s:%d)", o.File, o.Line)
		}
		safe.Fprintf(w, "# %s: NetworkPolicy %s%s\n", o.Change, o.Object, at)
	}
	for _, change := range c.Workloads {
		safe.Fprintf(w, "# workload %s\n", change)
	}
	for _, note := range c.Notes {
		safe.Fprintf(w, "# %s\n", note)
	}
	return w.Flush()
}

func (g group) write(w io.Writer, sign string) {
	safe.Fprintf(w, "%s %s", sign, g.line())
	if why := g.because(); why != "" {
		safe.Fprintf(w, "  # %s", why)
	}
	safe.Fprintf(w, "\n    such as %s\n", g.lines[0].witness())
	if list := g.lines[0].StoppedBy; len(list) > 0 {
		var stops []string
		for _, p := range list {
			stops = append(stops, fmt.Sprintf("%s (%s:%d)", p.Text, p.File, p.Line))
		}
		safe.Fprintf(w, "    stopped by %s\n", few(stops))
	}
}
