package answer

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar/spell"
)

// Query is one question of why: A -> B :PORTS.
type Query struct {
	From, To *Party
	Ports    relation.Ports
}

// Query reads a question as an edge is written. Beside the endpoints of edges it
// takes ns/{k=v,...}, a pod with just those labels, an IP address, and what manifests call workloads.
func (v *View) Query(text string) (Query, error) {
	if strings.Contains(text, "<->") {
		return Query{}, fmt.Errorf("%q asks for both directions; ask for one, with ->", text)
	}
	left, right, ok := strings.Cut(text, "->")
	if !ok {
		return Query{}, fmt.Errorf("%q is no question; ask as an edge is written: 'A -> B :PORT'", text)
	}
	to, ports := cutPorts(right)
	var q Query
	var err error
	if q.From, err = v.asked(left); err != nil {
		return q, err
	}
	if q.To, err = v.asked(to); err != nil {
		return q, err
	}
	if q.From.Free && q.To.Free {
		return q, fmt.Errorf("all -> all asks for nothing in particular; name one of the two")
	}
	q.Ports, err = v.ports(ports, q.To)
	return q, err
}

// cutPorts cuts a destination from its ports: at the last blank before a colon,
// or at the colon behind what is no IPv6 address.
func cutPorts(text string) (party, ports string) {
	text = strings.TrimSpace(text)
	if i := strings.LastIndex(text, " :"); i >= 0 {
		return text[:i], text[i+2:]
	}
	if strings.Count(text, ":") == 1 || strings.Contains(text, "}") {
		if i := strings.LastIndex(text, ":"); i > strings.LastIndex(text, "}") {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// asked returns the party that a question names. What reads as labels is a pod with just those,
// also where policies give this name to all pods that have them.
func (v *View) asked(text string) (*Party, error) {
	if ns, labels, ok := strings.Cut(strings.TrimSpace(text), "/{"); ok && len(validation.IsDNS1123Label(ns)) == 0 {
		if p, err := v.pod(strings.TrimSpace(text), ns, "{"+labels); err == nil {
			return p, nil
		}
	}
	return v.Party(text)
}

// Party returns the party of a name, as answers and queries write it.
func (v *View) Party(text string) (*Party, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, fmt.Errorf("a party is missing; ask as an edge is written: 'A -> B :PORT'")
	}
	if p := v.byName[text]; p != nil {
		return p, nil
	}
	switch text {
	case "all":
		return &Party{Name: text, Parts: relation.EveryPeer, Free: true}, nil
	case "cluster":
		return &Party{Name: text, Parts: relation.EveryPeer[:1]}, nil
	case "internet":
		return &Party{Name: text, Parts: meaning.Peers(v.internet())}, nil
	case "nodes":
		if v.topology == nil || len(v.topology.Network.Nodes) == 0 {
			return nil, fmt.Errorf("nothing says what addresses the nodes have; declare them: `network { nodes CIDR }`")
		}
		e := &topology.Endpoint{Kind: topology.Addresses}
		for _, p := range v.topology.Network.Nodes {
			e.Blocks = append(e.Blocks, topology.Block{Prefix: p})
		}
		return &Party{Name: text, Parts: meaning.Peers(e)}, nil
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return addressParty(p.Masked().String(), p), nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return addressParty(a.String(), netip.PrefixFrom(a, a.BitLen())), nil
	}
	if ns, rest, ok := strings.Cut(text, "/"); ok && len(validation.IsDNS1123Label(ns)) == 0 {
		switch {
		case rest == "*" && v.knows(ns):
			return &Party{Name: text, Parts: []relation.Peer{relation.PodPeer(namespaceOf(ns), relation.Selector{})}}, nil
		case strings.HasPrefix(rest, "{"):
			return v.pod(text, ns, rest)
		}
	} else if p := v.bare(text); p != nil {
		return p, nil
	}
	return nil, v.unknown(text)
}

func addressParty(name string, p netip.Prefix) *Party {
	return &Party{Name: name, Parts: []relation.Peer{relation.AddrPeer(relation.Prefix(p))}}
}

// bare returns the party that a name without a namespace means: in the default
// namespace, or the only one that is called so.
func (v *View) bare(name string) *Party {
	if p := v.byName[v.defaultNS+"/"+name]; p != nil {
		return p
	}
	var found *Party
	for _, p := range v.Parties {
		if p.Name != name && shortName(p.Name) == name {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

// shortName is the last word of a party's name.
func shortName(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// knows reports whether anything is said of a namespace.
func (v *View) knows(ns string) bool {
	return v.Relation.Facts.Labels(ns) != nil || v.Relation.Contracts[relation.Egress][ns] != nil ||
		v.Relation.Contracts[relation.Ingress][ns] != nil || slices.ContainsFunc(v.Parties, func(p *Party) bool { return strings.HasPrefix(p.Name, ns+"/") })
}

// pod returns the party of ns/{k=v,...}: the pods with just those labels, in a
// namespace of which nothing is known that nobody says.
func (v *View) pod(text, ns, labels string) (*Party, error) {
	if !strings.HasSuffix(labels, "}") {
		return nil, fmt.Errorf("%q: the labels of a pod are written {k=v,...}", text)
	}
	values := map[string]string{}
	for _, item := range strings.FieldsFunc(strings.Trim(labels, "{}"), func(r rune) bool { return r == ',' }) {
		k, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok || len(validation.IsQualifiedName(k)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			return nil, fmt.Errorf("%q: %q is no label; write k=v", text, strings.TrimSpace(item))
		}
		if _, twice := values[k]; twice {
			return nil, fmt.Errorf("%q: a pod has one value for %q", text, k)
		}
		values[k] = value
	}
	return &Party{Name: text, Parts: []relation.Peer{relation.PodPeer(v.exactNamespace(ns), v.exactPod(values))}}, nil
}

// exactPod selects the pods with these labels and no others that any policy speaks of.
func (v *View) exactPod(labels map[string]string) relation.Selector {
	pods, _ := v.keys()
	return exact(labels, pods)
}

// exactNamespace selects one namespace, without labels unless somebody states them.
func (v *View) exactNamespace(ns string) relation.Selector {
	if v.Relation.Facts.Labels(ns) != nil {
		return namespaceOf(ns)
	}
	_, namespaces := v.keys()
	return exact(map[string]string{relation.NameLabel: ns}, namespaces)
}

func exact(labels map[string]string, keys []string) relation.Selector {
	var all []relation.KeyValues
	for k, value := range labels {
		all = append(all, relation.KeyValues{Key: k, Values: relation.In(value)})
	}
	for _, k := range keys {
		if _, ok := labels[k]; !ok {
			all = append(all, relation.KeyValues{Key: k, Values: relation.NotExists()})
		}
	}
	return relation.Select(all...)
}

// ports reads the ports of a question. A name is a container's named port; without
// any, the question is for what the destination listens on, or else for every port.
func (v *View) ports(text string, to *Party) (relation.Ports, error) {
	if strings.TrimSpace(text) == "" {
		return v.listens(to), nil
	}
	var all []relation.Ports
	for _, item := range strings.Split(text, ",") {
		p, err := v.port(strings.TrimSpace(item), to)
		if err != nil {
			return relation.Ports{}, err
		}
		all = append(all, p)
	}
	return relation.UnionPorts(all...), nil
}

func (v *View) port(text string, to *Party) (relation.Ports, error) {
	if text == "any" {
		return relation.EveryPort, nil
	}
	number, name, hasProtocol := strings.Cut(text, "/")
	protocol := relation.TCP
	if hasProtocol {
		var ok bool
		if protocol, ok = relation.ParseProtocol(name); !ok {
			return relation.Ports{}, fmt.Errorf("%q: the protocols are tcp, udp and sctp", text)
		}
	}
	low, high, isRange := strings.Cut(number, "-")
	if first, err := strconv.Atoi(low); err == nil {
		last := first
		if isRange {
			if last, err = strconv.Atoi(high); err != nil {
				return relation.Ports{}, fmt.Errorf("%q is no port", text)
			}
		}
		if first < relation.MinPort || last > relation.MaxPort || last < first {
			return relation.Ports{}, fmt.Errorf("%q: ports are from %d to %d", text, relation.MinPort, relation.MaxPort)
		}
		return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: first, High: last}), nil
	}
	if len(validation.IsValidPortName(number)) > 0 {
		return relation.Ports{}, fmt.Errorf("%q is no port; write 80, 80/udp, 8000-8999, a port's name, or any", text)
	}
	return v.namedPort(number, protocol, hasProtocol, to)
}

// namedPort returns the port of a name: what the destination declares it to be,
// or the container's named port.
func (v *View) namedPort(name string, protocol relation.Protocol, hasProtocol bool, to *Party) (relation.Ports, error) {
	if e := v.endpoint(to); e != nil {
		for _, l := range e.Listens() {
			if l.Name == name && (!hasProtocol || l.Ports.Ranges() != nil && l.Ports.Ranges()[0].Protocol == protocol) {
				return l.Ports, nil
			}
		}
	}
	named := relation.Named(relation.NamedPort{Name: name, Protocol: protocol})
	if to.Parts[0].IsAddrs && len(to.Parts) == 1 {
		return named, fmt.Errorf("an address has no containers, so nothing says what number %s is", named)
	}
	ports := v.resolve(named, to, to.Parts[0])
	if ports.IsEmpty() {
		return ports, fmt.Errorf("no container of %s calls a port %s", to.Name, named)
	}
	return ports, nil
}

// listens returns what a party says it listens on, or every port.
func (v *View) listens(to *Party) relation.Ports {
	var ports relation.Ports
	if e := v.endpoint(to); e != nil {
		for _, l := range e.Listens() {
			ports = ports.Union(l.Ports)
		}
	}
	if ports.IsEmpty() {
		return relation.EveryPort
	}
	return ports
}

// endpoint returns the tier or external that a party is, or nil.
func (v *View) endpoint(p *Party) *topology.Endpoint {
	if v.topology == nil {
		return nil
	}
	for _, x := range v.topology.Externals {
		if x.Endpoint.Name == p.Name {
			return x.Endpoint
		}
	}
	for _, n := range v.topology.Namespaces {
		for _, t := range n.Tiers {
			if t.String() == p.Name {
				return &topology.Endpoint{Kind: topology.TierPods, Tier: t, Namespace: n}
			}
		}
	}
	return nil
}

// unknown says that a name means nothing here, and what may have been meant.
func (v *View) unknown(text string) error {
	names := []string{"internet", "cluster", "all"}
	for _, p := range v.Parties {
		names = append(names, p.Name)
		if short := shortName(p.Name); short != "*" {
			names = append(names, short)
		}
	}
	if near := spell.Nearest(text, names); near != "" {
		return fmt.Errorf("nothing is called %q; did you mean %q?", text, near)
	}
	if found := v.named(text); len(found) > 1 {
		return fmt.Errorf("%q could be %s; say which", text, strings.Join(found, " or "))
	}
	return fmt.Errorf("nothing is called %q; a party is a tier, ns/*, ns/{k=v,...}, an external, an environment, an address, internet, cluster or all", text)
}

// named lists the parties that a bare name could mean.
func (v *View) named(name string) []string {
	var found []string
	for _, p := range v.Parties {
		if shortName(p.Name) == name {
			found = append(found, p.Name)
		}
	}
	return found
}
