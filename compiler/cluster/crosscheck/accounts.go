package crosscheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/diag"
)

// accounts reports workloads that have rights at the API server and no way to it.
func (e *evidence) accounts() {
	var cut []*inventory.Workload
	var parties []string
	for _, w := range e.index.Workloads {
		if e.namespaces[w.Namespace] == nil || e.forgotten(w) || !e.isolates(w, relation.Egress) || w.Details.NoToken ||
			len(e.index.Bindings(w)) == 0 || e.reachesAPIServer(w) {
			continue
		}
		if party := e.party(w); !slices.Contains(parties, party) {
			cut, parties = append(cut, w), append(parties, party)
		}
	}
	if len(cut) == 0 {
		return
	}
	slices.Sort(parties)
	d := diag.New(diag.NoAPIServer, e.place(cut[0]), "%s has rights at the API server, and no edge leads to it", parties[0])
	if len(parties) > 1 {
		d.Message = fmt.Sprintf("%s have rights at the API server, and no edge leads to it", few(parties))
	}
	for _, w := range cut[:min(3, len(cut))] {
		b := e.index.Bindings(w)[0]
		d = d.WithRelated(b.Binding.Span, "%s: its ServiceAccount %s has the role of %s", e.party(w), b.Name, b.Binding)
	}
	edge := strings.Join(parties, ", ") + " -> apiserver"
	switch addresses, plugin := e.statement(), e.topology.Network.Plugin; {
	case plugin.Never(topology.BlocksMatchNodes) && e.topology.Network.APIServer != nil && !e.apiServerOutside():
		d = d.WithHelp("set %s in %s, write `%s`, and add the edge `%s`", plugin.SettingOf(topology.BlocksMatchNodes), plugin.Title, plugin.Change(topology.BlocksMatchNodes), edge)
	case e.topology.Network.APIServer != nil:
		d = e.appended(d, []string{edge})
		d.Help = "add the edge `" + edge + "`"
	case addresses != "":
		d = e.appended(d, []string{addresses, edge})
		d.Help = fmt.Sprintf("add `%s` and the edge `%s`", addresses, edge)
	default:
		d = d.WithHelp("state its addresses, `network { apiserver ADDRESS :6443 }`, and add the edge `%s`", edge)
	}
	e.diags.Add(d)
}

// statement returns the statement of the API server's addresses that the manifests show, or "".
func (e *evidence) statement() string {
	var addresses, ports []string
	for _, s := range e.inventory.APIServers {
		for _, a := range s.Addrs {
			addresses = append(addresses, fmt.Sprintf("%s/%d", a, a.BitLen()))
		}
		for _, p := range s.Ports {
			if text := p.String(); !slices.Contains(ports, text) {
				ports = append(ports, text)
			}
		}
	}
	if len(addresses) == 0 || len(ports) == 0 {
		return ""
	}
	return fmt.Sprintf("network { apiserver %s :%s }", strings.Join(addresses, ", "), strings.Join(ports, ", "))
}

// usualPorts are those on which API servers listen.
var usualPorts = relation.UnionPorts(
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 443, High: 443}),
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 6443, High: 6443}),
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 8443, High: 8443}),
	relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 16443, High: 16443}))

// reachesAPIServer reports whether an edge may lead a workload to the API server. If the program does
// not state its addresses, any block may have them, but not the endpoint internet.
func (e *evidence) reachesAPIServer(w *inventory.Workload) bool {
	stated := e.topology.Network.APIServer
	for _, end := range e.ends(w) {
		for _, edge := range e.edges.from[end] {
			if !opensOwn(edge, relation.Egress) {
				continue
			}
			switch to := edge.To; {
			case to.Kind != topology.Addresses && to.Kind != topology.Everything:
			case to == stated:
				return true
			case to.Kind == topology.Addresses && (stated != nil && !to.Addrs.Overlaps(stated.Addrs) || to.Name == "internet"):
			case stated != nil && !stated.Open.IsEmpty() && edge.Ports.Overlaps(stated.Open),
				(stated == nil || stated.Open.IsEmpty()) && edge.Ports.Overlaps(usualPorts):
				return true
			}
		}
	}
	return false
}
