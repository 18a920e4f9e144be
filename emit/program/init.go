// Package program writes zt programs from what people already have.
//
// It builds a syntax tree and prints it with package format, so what it writes is in the form of
// `zt fmt`.
package program

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/format"
)

// Init returns a first program from manifests that were read with their evidence: a tier for each
// workload, and an edge for each connection that something in the manifests shows. Each edge ends in
// a comment with its evidence. Objects of the default namespace are at the top level. The name says
// in the first comment where the manifests are from.
func Init(inv *inventory.Inventory, defaultNamespace, name string) ([]byte, error) {
	d := newDraft(inv)
	for _, c := range append(d.Mentions(), d.Peers()...) {
		d.wire(c)
	}
	d.exposures()
	d.monitors()
	d.callbacks()
	d.accounts()
	f := &ast.File{Comments: ast.NewComments(d.header(name)), Statements: d.statements(defaultNamespace)}
	text, err := format.Tree(f)
	for line := range strings.Lines(d.ending(defaultNamespace)) {
		if line != "\n" {
			text = append(text, ast.NewComment(line).At.Text()...)
		}
		text = append(text, '\n')
	}
	return text, err
}

// draft is a program that is being made.
type draft struct {
	inventory *inventory.Inventory
	*wiring.Index
	tierOf   map[*inventory.Workload]*tier
	tiers    []*tier
	edges    map[[2]*tier]*edge
	declared []string // namespaces to declare, even if nothing is in them
	perhaps  []*edge  // what only a ConfigMap shows that several workloads share
	notes    []string // what no edge says, in the order of finding
}

// edge permits connections to ports of a tier.
type edge struct {
	from, to *tier
	ports    []listen
	evidence []string
	flows    int // that were seen of it, and when the last was
	last     time.Time
}

// These stand for what is no workload.
var (
	everyone  = &tier{name: "all"}
	apiServer = &tier{name: "apiserver"}
)

// connect adds ports and evidence to the edge between two tiers.
func (d *draft) connect(from, to *tier, ports []listen, format string, args ...any) {
	if to != apiServer && len(ports) == 0 {
		return
	}
	key := [2]*tier{from, to}
	if d.edges[key] == nil {
		d.edges[key] = &edge{from: from, to: to}
	}
	d.edges[key].add(ports, fmt.Sprintf(format, args...))
}

func (e *edge) add(ports []listen, evidence string) {
	for _, p := range ports {
		if !slices.Contains(e.ports, p) {
			e.ports = append(e.ports, p)
		}
	}
	if !slices.Contains(e.evidence, evidence) {
		e.evidence = append(e.evidence, evidence)
	}
}

// wire adds an edge for a connection between workloads. If it is not sure, it only keeps the edge.
func (d *draft) wire(c wiring.Connection) {
	from, to := d.tierOf[c.From], d.tierOf[c.To]
	if from == nil || to == nil || from == to && c.From.Details.Replicas < 2 {
		return
	}
	if c.Unsure {
		d.suppose(from, to, c.Evidence)
	} else {
		d.connect(from, to, to.ports(c.Ports), "%s", c.Evidence)
	}
}

// suppose keeps an edge of which the evidence is weak.
func (d *draft) suppose(from, to *tier, evidence string) {
	i := slices.IndexFunc(d.perhaps, func(e *edge) bool { return e.from == from && e.to == to })
	if i < 0 {
		i = len(d.perhaps)
		d.perhaps = append(d.perhaps, &edge{from: from, to: to})
	}
	d.perhaps[i].add(nil, evidence)
}

func (d *draft) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(d.notes, text) {
		d.notes = append(d.notes, text)
	}
}

func (d *draft) header(name string) string {
	return fmt.Sprintf("From %s: %s, %s. Review each line.\nWhat is still missing: zt check --manifests %s\nWhat the policies would cut: zt check --flows FLOWS\n",
		name, counted(len(d.inventory.Workloads), "workload"), counted(len(d.inventory.Services), "Service"), name)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "s") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sortedEdges returns the edges, those from everywhere first.
func (d *draft) sortedEdges() []*edge {
	var edges []*edge
	for _, e := range d.edges {
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(a, b *edge) int {
		return cmp.Or(a.from.compare(b.from), a.to.compare(b.to))
	})
	return edges
}

// ending lists what the edges do not say.
func (d *draft) ending(defaultNamespace string) string {
	out, in := map[*tier]bool{}, map[*tier]bool{}
	for _, e := range d.edges {
		out[e.from], in[e.to] = true, true
	}
	var b strings.Builder
	first := true
	for _, e := range d.perhaps {
		if d.edges[[2]*tier{e.from, e.to}] != nil {
			continue
		}
		if first {
			b.WriteString("\nPerhaps. Several workloads share the ConfigMap, and not each may use each value:\n")
			first = false
		}
		fmt.Fprintf(&b, "%s -> %s  # %s\n", e.from.called(defaultNamespace), e.to.called(defaultNamespace), several(e.evidence))
	}
	list := func(what string, found map[*tier]bool) {
		var names []string
		for _, t := range d.tiers {
			if !found[t] && !slices.Contains(system, t.namespace) {
				names = append(names, t.called(defaultNamespace))
			}
		}
		if len(names) > 0 {
			b.WriteString(wrap(what + strings.Join(names, ", ") + "."))
		}
	}
	b.WriteString("\n")
	for _, n := range d.notes {
		b.WriteString(wrap(n))
	}
	list("Nothing found that opens connections to: ", in)
	list("Nothing found that these open connections to: ", out)
	b.WriteString(wrap("Manifests do not show addresses in Secrets and calls to the internet: check them by hand."))
	return b.String()
}

// wrap breaks a text into lines of at most 100 columns.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		if column > 0 && column+1+len(word) > 98 {
			b.WriteByte('\n')
			column = 0
		} else if column > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String() + "\n"
}
