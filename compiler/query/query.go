package query

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/spell"
)

// Query is one question of why: A -> B :PORTS.
type Query struct {
	From, To *Party
	Ports    relation.Ports
	// Translation says what the ports of a Service are at its pods, if To is one.
	Translation string
}

// Query reads a question, which is written as an edge is. Besides the endpoints of edges it can name
// ns/{k=v,...}, a pod with just those labels, an IP address, and workloads of manifests.
func (v *Model) Query(text string) (Query, error) {
	asked, names, err := v.parse(text)
	if err != nil {
		return Query{}, err
	}
	if asked.To == nil {
		return Query{}, fmt.Errorf("%q is not a question; ask as an edge is written: 'A -> B :PORT'", text)
	}
	var q Query
	if q.From, err = v.asked(asked.From, names); err != nil {
		return q, err
	}
	if q.To, err = v.asked(*asked.To, names); err != nil {
		return q, err
	}
	if q.From.Free && q.To.Free {
		return q, fmt.Errorf("all -> all asks for nothing in particular; name one of the two")
	}
	if q.To.service != nil {
		q.Ports, q.Translation, err = v.translated(asked.Ports, q.To)
	} else {
		q.Ports, err = v.ports(asked.Ports, q.To)
	}
	return q, err
}

// parse reads a question. Answers also name pods by a selector of their namespaces, for which the
// language has no form: such a name is parsed as one word, and names has it.
func (v *Model) parse(text string) (q *ast.Question, names map[string]string, err error) {
	names = map[string]string{}
	plain := text
	for i, p := range v.Parties {
		if strings.HasPrefix(p.Name, "{") || strings.HasPrefix(p.Name, "*") {
			word := fmt.Sprintf("party-%d", i)
			names[word] = p.Name
			plain = strings.ReplaceAll(plain, p.Name, word)
		}
	}
	q, diags := grammar.ParseQuestion(plain)
	if len(diags) > 0 {
		return nil, nil, fmt.Errorf("%q: %s; %s", text, diags[0].Message, diags[0].Help)
	}
	return q, names, nil
}

// asked returns the party that a question names. Labels name a pod with just those, also where
// policies give this name to all pods that have them.
func (v *Model) asked(a ast.Asked, names map[string]string) (*Party, error) {
	if a.Labels != nil {
		if p, err := v.pod(a); err == nil {
			return p, nil
		}
	}
	text := a.At.Text()
	if name, ok := names[text]; ok {
		text = name
	}
	return v.party(text, a)
}

// Party returns the party of a name, as answers and queries write it.
func (v *Model) Party(text string) (*Party, error) {
	text = strings.TrimSpace(text)
	if p, err := v.known(text); p != nil || err != nil {
		return p, err
	}
	q, _, err := v.parse(text)
	if err != nil {
		return nil, err
	}
	if q.To != nil {
		return nil, fmt.Errorf("%q is a question; name one party", text)
	}
	return v.party(text, q.From)
}

// known returns the party that has a name, or nil.
func (v *Model) known(name string) (*Party, error) {
	if v.several[name] {
		return nil, fmt.Errorf("%q is several externals; use --environment, or ask about an address", name)
	}
	if p := v.byName[name]; p != nil {
		return p, nil
	}
	if p := v.ownedParty(name); p != nil {
		return p, nil
	}
	return v.service(name)
}

func (v *Model) party(text string, a ast.Asked) (*Party, error) {
	if p, err := v.known(text); p != nil || err != nil {
		return p, err
	}
	switch text {
	case "all":
		return &Party{Name: text, Parts: relation.EveryPeer, Free: true}, nil
	case "cluster":
		return &Party{Name: text, Parts: relation.EveryPeer[:1]}, nil
	case "internet":
		return &Party{Name: text, Parts: semantics.Peers(resolve.Internet(v.network()))}, nil
	case "apiserver":
		return v.apiServer()
	case "nodes":
		if len(v.network().Nodes) == 0 {
			return nil, fmt.Errorf("nothing says what addresses the nodes have; declare them: `network { nodes CIDR }`")
		}
		e := &topology.Endpoint{Kind: topology.Addresses, Blocks: v.network().Nodes}
		return &Party{Name: text, Parts: semantics.Peers(e)}, nil
	}
	switch {
	case a.Except != nil || a.Kind == ast.CIDR:
		return v.block(a)
	case a.Labels != nil:
		return v.pod(a)
	case a.Kind == ast.EveryPod:
		if ns := a.Namespace.Text; v.knows(ns) {
			return &Party{Name: text, Parts: []relation.Peer{relation.PodPeer(namespaceOf(ns), relation.Selector{})}}, nil
		}
	case isHostName(asHostName(text)) && !v.ofCluster(asHostName(text)):
		return v.host(asHostName(text)), nil
	default:
		if p := v.byName[v.defaultNS+"/"+text]; p != nil {
			return p, nil
		}
		if found := v.named(text); len(found) == 1 {
			return v.known(found[0])
		}
	}
	return nil, v.unknown(text)
}

// ofCluster reports whether a DNS name is one of the cluster itself: of a Service or pod, with its domain
// or, of a namespace that is known, without.
func (v *Model) ofCluster(name string) bool {
	first, rest, _ := strings.Cut(name, ".")
	ns, domain, _ := strings.Cut(rest, ".")
	kind, _, _ := strings.Cut(domain, ".")
	return kind == "svc" || kind == "pod" || strings.HasSuffix(name, ".cluster.local") || strings.HasSuffix(name, ".svc") ||
		domain == "" && (v.knows(ns) || v.hasServices(ns) || len(v.named(first+"/"+ns)) > 0)
}

// hasServices reports whether some Service of the manifests is in a namespace.
func (v *Model) hasServices(ns string) bool {
	return v.inventory != nil && slices.ContainsFunc(v.inventory.Services, func(s inventory.Service) bool { return s.Namespace == ns })
}

// block returns the party of an address, or of an address block, which may exclude others.
func (v *Model) block(a ast.Asked) (*Party, error) {
	text, name := a.Name.Text, ""
	whole, err := netip.ParsePrefix(text)
	if addr, failed := netip.ParseAddr(text); failed == nil && addr.Zone() == "" && a.Except == nil {
		addr = addr.Unmap()
		whole, name, err = netip.PrefixFrom(addr, addr.BitLen()), addr.String(), nil
	}
	switch {
	case err != nil && a.Except != nil:
		return nil, fmt.Errorf("only an address block can have exceptions, not %q", text)
	case err != nil:
		return nil, v.unknown(text)
	}
	b := topology.Block{Prefix: whole.Masked()}
	for _, w := range a.Except {
		x, err := netip.ParsePrefix(w.Text)
		if err != nil || x.Bits() <= whole.Bits() || !whole.Contains(x.Addr()) {
			return nil, fmt.Errorf("%q is not a smaller block inside %s", w.Text, whole)
		}
		b.Except = append(b.Except, x.Masked())
	}
	slices.SortFunc(b.Except, netip.Prefix.Compare)
	name = cmp.Or(name, b.String())
	if p := v.byName[name]; p != nil {
		return p, nil
	}
	return &Party{Name: name, Parts: []relation.Peer{relation.AddrPeer(b.Addrs())}}, nil
}

// shortName is the last word of a party's name.
func shortName(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// knows reports whether anything is said of a namespace.
func (v *Model) knows(ns string) bool {
	return v.Relation.Facts.Labels(ns) != nil || v.Relation.RuleSets[relation.Egress][ns] != nil ||
		v.Relation.RuleSets[relation.Ingress][ns] != nil || slices.ContainsFunc(v.Parties, func(p *Party) bool { return strings.HasPrefix(p.Name, ns+"/") })
}

// pod returns the party of ns/{k=v,...}: the pods with just those labels. Their namespace has the labels
// that are known of it.
func (v *Model) pod(a ast.Asked) (*Party, error) {
	text, ns := a.At.Text(), a.Namespace.Text
	if len(validation.IsDNS1123Label(ns)) > 0 {
		return nil, v.unknown(text)
	}
	values := map[string]string{}
	for _, r := range a.Labels.Requirements {
		k := r.Key.Text
		if r.Op != ast.Equals || len(validation.IsQualifiedName(k)) > 0 || len(validation.IsValidLabelValue(r.Values[0].Text)) > 0 {
			return nil, fmt.Errorf("%q: %q is not a label; write k=v", text, r.At.Text())
		}
		if _, twice := values[k]; twice {
			return nil, fmt.Errorf("%q: a pod has one value for %q", text, k)
		}
		values[k] = r.Values[0].Text
	}
	return &Party{Name: text, Parts: []relation.Peer{relation.PodPeer(v.exactNamespace(ns), v.exactPod(values))}}, nil
}

// exactPod selects the pods with these labels and no others that any policy speaks of.
func (v *Model) exactPod(labels map[string]string) relation.Selector {
	pods, _ := v.keys()
	return exact(labels, pods)
}

// exactNamespace selects one namespace, without labels unless somebody states them.
func (v *Model) exactNamespace(ns string) relation.Selector {
	if v.Relation.Facts.Labels(ns) != nil {
		return namespaceOf(ns)
	}
	_, namespaces := v.keys()
	return exact(map[string]string{relation.NameLabel: ns}, namespaces)
}

func exact(labels map[string]string, keys []string) relation.Selector {
	var all []relation.Requirement
	for k, value := range labels {
		all = append(all, relation.Requirement{Key: k, Values: relation.In(value)})
	}
	for _, k := range keys {
		if _, ok := labels[k]; !ok {
			all = append(all, relation.Requirement{Key: k, Values: relation.NotExists()})
		}
	}
	return relation.Select(all...)
}

// ports returns the ports of a question. A name is a container's named port; without
// any, the question is for what the destination listens on, or else for every port.
func (v *Model) ports(asked *ast.Ports, to *Party) (relation.Ports, error) {
	if asked == nil {
		return v.listens(to), nil
	}
	var all []relation.Ports
	for _, item := range asked.List {
		p, err := v.port(item, to)
		if err != nil {
			return relation.Ports{}, err
		}
		all = append(all, p)
	}
	return relation.UnionPorts(all...), nil
}

func (v *Model) port(asked ast.Port, to *Party) (relation.Ports, error) {
	text := asked.At.Text()
	if asked.Any {
		return relation.EveryPort, nil
	}
	protocol := relation.TCP
	if asked.Protocol != nil {
		var ok bool
		if protocol, ok = relation.ParseProtocol(asked.Protocol.Text); !ok {
			return relation.Ports{}, fmt.Errorf("%q: the protocols are tcp, udp and sctp", text)
		}
	}
	if asked.Low == nil {
		if len(validation.IsValidPortName(asked.Name.Text)) > 0 {
			return relation.Ports{}, fmt.Errorf("%q is not a port; write 80, 80/udp, 8000-8999, a port's name, or any", text)
		}
		return v.namedPort(asked.Name.Text, protocol, asked.Protocol != nil, to)
	}
	low, err := strconv.Atoi(asked.Low.Text)
	high := low
	if err == nil && asked.High != nil {
		high, err = strconv.Atoi(asked.High.Text)
	}
	if err != nil || low < relation.MinPort || high > relation.MaxPort || high < low {
		return relation.Ports{}, fmt.Errorf("%q: ports are from %d to %d", text, relation.MinPort, relation.MaxPort)
	}
	return relation.RangeOf(relation.PortRange{Protocol: protocol, Low: low, High: high}), nil
}

// namedPort returns the port of a name: what the destination declares it to be,
// or the container's named port.
func (v *Model) namedPort(name string, protocol relation.Protocol, hasProtocol bool, to *Party) (relation.Ports, error) {
	if to.endpoint != nil {
		for _, l := range to.endpoint.Listens() {
			if l.Name == name && (!hasProtocol || l.Ports.Ranges() != nil && l.Ports.Ranges()[0].Protocol == protocol) {
				return l.Ports, nil
			}
		}
	}
	if t := v.tierCalling(name, to); t != nil && !hasProtocol {
		return relation.Ports{}, fmt.Errorf("tiers of %s have their own ports %s; ask about one: %s :%s", to.Name, name, t, name)
	}
	named := relation.Named(relation.NamedPort{Name: name, Protocol: protocol})
	if !to.hasPods() {
		return named, fmt.Errorf("an address has no containers, so the port name %s has no number there", named)
	}
	ports := v.resolve(named, to, to.Parts[0])
	if ports.IsEmpty() {
		return ports, fmt.Errorf("no container of %s calls a port %s", to.Name, named)
	}
	return ports, nil
}

// tierCalling returns a tier inside a party that declares a port of a name, or nil.
func (v *Model) tierCalling(name string, to *Party) *topology.Tier {
	if v.topology == nil || to.endpoint != nil && to.endpoint.Tier != nil {
		return nil
	}
	for _, n := range v.topology.Namespaces {
		for _, t := range n.Tiers {
			if slices.ContainsFunc(t.Listens, func(l topology.Listen) bool { return l.Name == name }) && tierParty(t).within(to.Parts, v.Relation.Facts) {
				return t
			}
		}
	}
	return nil
}

// listens returns what a party says it listens on, or every port.
func (v *Model) listens(to *Party) relation.Ports {
	var ports relation.Ports
	if to.endpoint != nil {
		for _, l := range to.endpoint.Listens() {
			ports = ports.Union(l.Ports)
		}
	}
	if ports.IsEmpty() {
		return relation.EveryPort
	}
	return ports
}

// unknown says that a name means nothing here, and what may have been meant.
func (v *Model) unknown(text string) error {
	if found := v.named(text); len(found) > 1 {
		return fmt.Errorf("%q could be %s; say which", text, strings.Join(found, " or "))
	}
	meant := map[string]string{"internet": "internet", "cluster": "cluster", "all": "all"}
	names := v.names()
	if v.inventory != nil {
		for _, s := range v.inventory.Services {
			names = append(names, s.Namespace+"/Service/"+s.Name)
		}
	}
	for _, name := range names {
		meant[name] = name
		for _, short := range shortNames(name) {
			if meant[short] == "" && strings.Count(name, "/") < 2 {
				meant[short] = short
			} else {
				meant[short] = name
			}
		}
	}
	near := spell.Nearest(text, slices.Sorted(maps.Keys(meant)))
	if first, rest, dotted := strings.Cut(text, "."); dotted {
		// The DNS name of a Service, or what a namespace's tier would have.
		ns, _, _ := strings.Cut(rest, ".")
		names := []string{ns + "/Service/" + first, ns + "/" + first, first + "/" + rest}
		if i := slices.IndexFunc(names, func(name string) bool { return meant[name] != "" }); i >= 0 {
			near = names[i]
		} else if v.ofCluster(text) {
			return fmt.Errorf("%q is a name inside the cluster, and policies see pods; ask for a tier or workload, or for NAMESPACE/Service/NAME", text)
		}
	}
	if words := strings.Split(text, "/"); len(words) == 3 && meant[words[0]+"/"+words[2]] != "" {
		near = words[0] + "/" + words[2] // only the kind is wrong
	}
	if name := cmp.Or(meant[text], meant[near]); name != "" {
		return fmt.Errorf("nothing is called %q; did you mean %q?", text, name)
	}
	return fmt.Errorf("nothing is called %q; a party is a tier, ns/*, ns/{k=v,...}, an external, an environment, an address, internet, cluster or all", text)
}

// names lists the parties, and the workloads that another one made.
func (v *Model) names() []string {
	var all []string
	for _, p := range v.Parties {
		all = append(all, p.Name)
	}
	return append(all, slices.Sorted(maps.Keys(v.owned))...)
}

// shortNames lists what else people call a party: NAME, and NAMESPACE/NAME without the kind.
func shortNames(name string) []string {
	words := strings.Split(name, "/")
	switch last := words[len(words)-1]; {
	case last == "*" || strings.Contains(name, "{"):
		return nil
	case len(words) == 3:
		return []string{last, words[0] + "/" + last}
	default:
		return []string{last}
	}
}

// named lists the parties that a short name could mean.
func (v *Model) named(short string) []string {
	return slices.DeleteFunc(v.names(), func(name string) bool { return !slices.Contains(shortNames(name), short) })
}
