package clusternetworkpolicy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/emit/target/names"
	"github.com/zt-lang/zt/grammar/diag"
)

// accepting returns policies that accept connections to the DNS names of a program. Each is beside a
// NetworkPolicy that isolates the same pods: those that may connect to names.
func accepting(t *topology.Topology, of target.Layout) (objects, diag.List) {
	named := *t // only with the edges to names
	named.Edges = nil
	for _, e := range t.Edges {
		if len(e.To.Hosts()) > 0 {
			named.Edges = append(named.Edges, e)
		}
	}
	if len(named.Edges) == 0 {
		return nil, nil
	}
	if diags := inexpressible(t, named.Edges); len(diags) > 0 {
		return nil, diags
	}
	a := &accepts{}
	diags := layout.Objects(&named, of, a, a.add)
	return a.objects, diags
}

// accepts is the policies that accept, and the names and ports of their rules.
type accepts struct {
	objects objects
	names   []string
	ports   []relation.Ports
}

// Pods implements layout.Namer. Only names are peers of the edges.
func (a *accepts) Pods(bool, relation.Selector, relation.Selector) layout.PeerID {
	panic("clusternetworkpolicy: pods are no DNS names")
}

// Outside implements layout.Namer. It leaves out address blocks, which NetworkPolicies permit.
func (a *accepts) Outside(e *topology.Endpoint) (out []layout.Outside) {
	for _, h := range e.Hosts() {
		out = append(out, layout.Outside{Order: layout.OtherOrder("host " + h.Name), Write: func() layout.PeerID {
			a.names = append(a.names, h.Name)
			return layout.PeerID(len(a.names) - 1)
		}})
	}
	return out
}

// Ports implements layout.Namer.
func (a *accepts) Ports(p relation.Ports) layout.PortsID {
	i := slices.IndexFunc(a.ports, func(q relation.Ports) bool { return p.Subset(q) && q.Subset(p) })
	if i < 0 {
		i = len(a.ports)
		a.ports = append(a.ports, p)
	}
	return layout.PortsID(i)
}

// Resolving implements layout.Namer. NetworkPolicies permit the connections to resolvers.
func (a *accepts) Resolving(*topology.Edge) relation.Ports { return relation.Ports{} }

// add adds the policies of an object: as many as the API's limits need.
func (a *accepts) add(o layout.Object) {
	var rules []rule
	for _, r := range o.Rules[relation.Egress] {
		ports := a.ports[r.Ports].Numbers() // an address has no named ports
		if ports.IsEmpty() {
			continue
		}
		var list []string
		for _, id := range r.Peers {
			list = append(list, a.names[id])
		}
		slices.Sort(list)
		var peers []peer
		for _, some := range chunks(list, maxParts) {
			peers = append(peers, peer{DomainNames: some})
		}
		for _, some := range chunks(peers, maxPeers) {
			for _, protocols := range protocols(ports) {
				rules = append(rules, rule{Action: "Accept", Protocols: protocols, To: some})
			}
		}
	}
	subject := podsOf(relation.Labelled(topology.NameLabel, o.Namespace), o.Selector)
	annotations := map[string]string{}
	for _, l := range o.Annotations {
		annotations[l.Key] = l.Value
	}
	for i, some := range chunks(rules, maxRules) {
		p := object{APIVersion: apiVersion, Kind: kind, Spec: spec{Subject: subject, Tier: "Admin", Egress: some}}
		p.Metadata = metadata{Annotations: annotations, Labels: managed, Name: acceptName(o, i)}
		a.objects = append(a.objects, p)
	}
}

// managed are the labels of each policy.
var managed = map[string]string{layout.Labels[0].Key: layout.Labels[0].Value}

// maxName is the longest name that an object may have.
const maxName = 253

// acceptName names the policies beside a NetworkPolicy by its namespace and name. No namespace has a dot in its
// name. A name that is too long ends in a hash.
func acceptName(o layout.Object, i int) string {
	prefix := "allow-"
	if i > 0 {
		prefix = fmt.Sprintf("allow%d-", i+1)
	}
	name := prefix + o.Namespace + "." + strings.TrimPrefix(o.Name, "allow-")
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:])[:16]
	return strings.TrimRight(name[:maxName-len("-")-len(hash)], "-.") + "-" + hash
}

// inexpressible reports what no rule with domain names permits just as edges to names mean it.
func inexpressible(t *topology.Topology, named []*topology.Edge) (list diag.List) {
	resolved := names.Resolving(t).Sources
	seen := map[topology.Host]bool{}
	for _, e := range named {
		if !isolates(t, e.From) {
			continue // nothing is written for it
		}
		for _, h := range e.To.Hosts() {
			if seen[h] {
				continue
			}
			seen[h] = true
			switch {
			case !clusterpolicy.IsDomainName(h.Name):
				list.Add(diag.New(diag.DomainUnsupported, h.Span, "a ClusterNetworkPolicy cannot name %s: a name there has two labels or more, besides *", h.Name).
					WithHelp("write longer names, or compile for Cilium with --target cilium"))
			case clusterpolicy.MayNamePods(clusterpolicy.DomainName(h.Name)):
				list.Add(diag.New(diag.DomainUnsupported, h.Span, "a ClusterNetworkPolicy that names %s can match pods: the cluster's DNS gives them such names", h.Name).
					WithHelp("write an edge to the tier of these pods"))
			}
		}
		if !resolved[e.From] {
			list.Add(names.Unresolved(t, e, diag.New(diag.DomainUnsupported, e.ToSpan,
				"%s may not resolve names, so no network plugin learns the addresses of %s", e.From, e.To.Hosts()[0].Name)))
		}
	}
	if opens, known := t.Network.Plugin.Answer(topology.DomainNamesOpenDNS); known && opens && len(list) == 0 && slices.ContainsFunc(named, func(e *topology.Edge) bool { return isolates(t, e.From) }) {
		list.Add(diag.New(diag.DomainUnsupported, named[0].ToSpan, "with a rule for DNS names, %s also permits connections to DNS servers", t.Network.Plugin.Title).
			WithHelp("compile for Cilium with --target cilium"))
	}
	return list
}

// isolates reports whether a program isolates pods of an endpoint for egress: else it permits them everything.
func isolates(t *topology.Topology, e *topology.Endpoint) bool {
	return slices.ContainsFunc(semantics.Declared(e, t), func(n *topology.Namespace) bool { return !n.Isolation(relation.Egress).None() })
}
