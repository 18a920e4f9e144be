package crosscheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// missing is connections to one party, on the same ports, that the program does not permit.
type missing struct {
	to    *inventory.Workload
	ports []inventory.Port
	from  []*inventory.Workload
	shown []wiring.Connection
}

// connections reports connections that manifests show and the program does not permit.
func (e *evidence) connections() {
	byTarget := map[string]*missing{}
	var order []*missing
	mentions := e.index.Mentions()
	e.unresolved(mentions)
	list := slices.Concat(mentions, e.index.Peers(), e.scraped())
	type shared struct {
		at source.Span
		to *inventory.Workload
	}
	used := map[shared]bool{} // values of shared ConfigMaps that some edge permits to use
	for _, c := range list {
		if c.Unsure && (len(e.closed(c)) == 0 || e.forbidden(c.From, c.To)) {
			used[shared{c.Span, c.To}] = true
		}
	}
	for _, c := range list {
		ports := e.closed(c)
		if len(ports) == 0 || used[shared{c.Span, c.To}] {
			continue
		}
		key := fmt.Sprint(e.party(c.To), portList(ports), c.Unsure)
		m := byTarget[key]
		if m == nil {
			m = &missing{to: c.To, ports: ports}
			byTarget[key] = m
			order = append(order, m)
		}
		if !slices.ContainsFunc(m.from, func(w *inventory.Workload) bool { return e.party(w) == e.party(c.From) }) {
			m.from, m.shown = append(m.from, c.From), append(m.shown, c)
		}
	}
	for _, m := range order {
		e.tell(m.to, m.ports)
		e.report(m)
	}
}

// closed returns the ports of a connection that the program does not permit; none if another
// diagnostic says why.
func (e *evidence) closed(c wiring.Connection) (ports []inventory.Port) {
	if c.From.HostNetwork || c.To.HostNetwork || e.forgotten(c.From) || e.forgotten(c.To) {
		return nil
	}
	for _, p := range c.Ports {
		switch {
		case !e.permits(c.From, c.To, p):
			if !e.told[toldKey(e.party(c.To), p)] {
				ports = append(ports, p)
			}
		case c.Any:
			return nil
		}
	}
	wrong := e.wrongPort[e.party(c.To)] && len(e.edgesBetween(c.From, c.To)) > 0
	if len(ports) == 0 || wrong || e.forbidden(c.From, c.To) {
		return nil
	}
	return ports
}

// scraped returns the connections from Prometheus to what monitors select.
func (e *evidence) scraped() (found []wiring.Connection) {
	var scrapers []*inventory.Workload
	for _, w := range e.index.Workloads {
		if w.Kind == "Prometheus" || w.Kind == "PrometheusAgent" || w.Labels["app.kubernetes.io/name"] == "prometheus" || w.Labels["app"] == "prometheus" {
			scrapers = append(scrapers, w)
		}
	}
	if len(scrapers) != 1 {
		return nil // with several, the selectors of each decide
	}
	for _, m := range e.inventory.Evidence.Monitors {
		for _, c := range e.index.Scraped(m) {
			if c.From = scrapers[0]; c.From != c.To {
				found = append(found, c)
			}
		}
	}
	return found
}

// report reports missing connections as one diagnostic, with the edge to add.
func (e *evidence) report(m *missing) {
	var parties []string
	for _, w := range m.from {
		parties = append(parties, e.party(w))
	}
	slices.Sort(parties)
	to, ports := e.party(m.to), portList(m.ports)
	d := diag.New(diag.MissingEdge, e.place(m.to), "%s connects to %s on %s, and no edge permits it", parties[0], to, ports)
	switch {
	case m.shown[0].Unsure && len(parties) > 1:
		d.Message = fmt.Sprintf("some of %s connect to %s on %s, and no edge permits any", few(parties), to, ports)
	case len(parties) > 1:
		d.Message = fmt.Sprintf("%s connect to %s on %s, and no edge permits it", few(parties), to, ports)
	}
	if d.Span.IsZero() {
		d.Span = e.place(m.from[0])
	}
	for _, c := range m.shown[:min(len(m.shown), 3)] {
		d = d.WithRelated(c.Span, "%s: %s", e.party(c.From), c.Evidence)
	}
	if edges := e.edgesBetween(m.to, m.from[0]); len(edges) > 0 && edges[0].From.Tier != nil && edges[0].To.Tier != nil && m.to != m.from[0] {
		d = d.WithRelated(edges[0].Span, "this edge permits the other direction")
	}
	if edges := e.edgesBetween(m.from[0], m.to); len(edges) > 0 && !edges[0].Implicit {
		d = d.WithRelated(edges[0].Span, "this edge permits %s", edges[0].Ports)
	}
	if m.shown[0].Unsure && len(parties) > 1 {
		e.diags.Add(d.WithHelp("add an edge to %s from those that use it, or `deny %s -> %s`", to, strings.Join(parties, ", "), to))
		return
	}
	e.diags.Add(e.withEdge(d, m.from, m.to, m.ports))
}

// withEdge gives a diagnostic the edge that it asks for, as help and as a fix.
func (e *evidence) withEdge(d diag.Diagnostic, from []*inventory.Workload, to *inventory.Workload, ports []inventory.Port) diag.Diagnostic {
	var parties, lines []string
	for _, w := range from {
		party, declaration := e.written(w)
		if declaration != "" {
			lines = append(lines, declaration)
		}
		parties = append(parties, party)
	}
	party, declaration := e.written(to)
	if declaration != "" {
		lines = append(lines, declaration)
	}
	slices.Sort(parties)
	parties = slices.Compact(parties)
	slices.Sort(lines)
	lines = slices.Compact(lines)
	refs, listens := e.portRefs(to, ports)
	edge := strings.Join(parties, ", ") + " -> " + party + " :" + refs
	deny := strings.Join(parties, ", ") + " -> " + party
	if !listens {
		return d.WithHelp("add %s to the ports of %s, and the edge `%s`; if it must stay closed, `deny %s`", portList(ports), party, edge, deny)
	}
	d.Help = fmt.Sprintf("add the edge `%s`; if it must stay closed, `deny %s`", strings.Join(append(lines, edge), "; "), deny)
	return e.appended(d, append(lines, edge))
}

// appended gives a diagnostic the fix that adds lines to the end of its file.
func (e *evidence) appended(d diag.Diagnostic, lines []string) diag.Diagnostic {
	f := d.Span.File
	text := strings.Join(lines, "\n") + "\n"
	if !strings.HasSuffix(f.Text, "\n") {
		text = "\n" + text
	}
	return d.WithFix(source.Span{File: f, Start: len(f.Text), End: len(f.Text)}, text, "add %s", lines[len(lines)-1])
}

// written returns the pods of a workload as an edge can name them, and what must be declared first.
func (e *evidence) written(w *inventory.Workload) (party, declaration string) {
	n := e.namespaces[w.Namespace]
	if len(e.tiers[w]) > 0 {
		return e.party(w), ""
	}
	key, isolates := inventory.IdentifyingLabel(w.Labels), ""
	if n == nil {
		isolates = "isolates nothing "
	}
	taken := n != nil && slices.ContainsFunc(n.Tiers, func(t *topology.Tier) bool { return t.Name == w.Name })
	if key == "" || taken || n != nil && n.Governed() {
		if n == nil {
			declaration = "namespace " + w.Namespace + " isolates nothing"
		}
		return w.Namespace + "/*", declaration
	}
	return w.Namespace + "/" + w.Name, fmt.Sprintf("namespace %s %s{ tier %s { %s=%s } }", w.Namespace, isolates, w.Name, key, w.Labels[key])
}

// party returns the name of the tier that a workload is in, or that of its namespace.
func (e *evidence) party(w *inventory.Workload) string {
	tiers := e.tiers[w]
	if i := slices.IndexFunc(tiers, func(t *topology.Tier) bool { return t.Namespace != nil }); i >= 0 {
		return tiers[i].String()
	}
	if len(tiers) > 0 {
		return tiers[0].String()
	}
	return w.Namespace + "/" + cmp.Or(w.Name, "*")
}

// portRefs returns ports as an edge to a workload's tier names them, and whether the tier listens on
// all of them.
func (e *evidence) portRefs(w *inventory.Workload, ports []inventory.Port) (refs string, listens bool) {
	var open relation.Ports
	listens = true
	if tiers := e.tiers[w]; len(tiers) > 0 && len(tiers[0].Listens) > 0 {
		open = tiers[0].Endpoint.Open
	}
	var list []string
	for _, p := range ports {
		r := relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}
		text := r.String()
		switch {
		case open.IsEmpty() || relation.RangeOf(r).Subset(open):
		case hasPort(open, p):
			text = p.Name + "/" + p.Protocol.String()
		default:
			listens = false
		}
		list = append(list, text)
	}
	return strings.Join(list, ", "), listens
}

// portList returns ports for a message.
func portList(ports []inventory.Port) string {
	var list []string
	for _, p := range ports {
		list = append(list, relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number}.String())
	}
	return strings.Join(list, ", ")
}

// few returns the first of many names.
func few(names []string) string {
	const most = 4
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
