package relation

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Party is one concrete end of a connection: a pod, by its namespace and
// labels, or an address outside the cluster, which a connection may find by a name.
type Party struct {
	Namespace       string // "" for an address
	NamespaceLabels map[string]string
	Labels          map[string]string
	Addr            netip.Addr
	Host            string // of an address: the name that the connection finds it by; "" for none
}

// String returns the party as a query writes it: ns/{k=v,...}, or the host name or address.
func (p Party) String() string {
	switch {
	case p.Host != "":
		return p.Host
	case p.Namespace == "":
		return p.Addr.String()
	}
	return fmt.Sprintf("%s/{%s}", p.Namespace, LabelsText(p.Labels))
}

// LabelsText writes labels in order: k=v,...
func LabelsText(labels map[string]string) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, k+"="+labels[k])
	}
	return strings.Join(all, ",")
}

// Port is a port of a destination: its number and what the destination's
// containers call it, if they do.
type Port struct {
	Protocol Protocol
	Number   int
	Names    []string
}

func (p Port) String() string {
	s := PortRange{p.Protocol, p.Number, p.Number}.String()
	if len(p.Names) > 0 {
		s = strings.Join(p.Names, "=") + "=" + s
	}
	return s
}

func (p Port) in(ports Ports) bool {
	if ports.ranges.has(numberOf(p.Protocol, p.Number)) {
		return true
	}
	if slices.ContainsFunc(ports.parts(), func(t part) bool { return t.has(p) }) {
		return true
	}
	return slices.ContainsFunc(p.Names, func(name string) bool {
		return slices.Contains(ports.named, NamedPort{name, p.Protocol})
	})
}

// Connection is one attempt to connect.
type Connection struct {
	From, To Party
	Port     Port
}

func (c Connection) String() string { return fmt.Sprintf("%s -> %s :%s", c.From, c.To, c.Port) }

// Direction is a side of a connection.
type Direction int

// Egress is the side that opens a connection, Ingress the one that accepts it.
const (
	Egress Direction = iota
	Ingress
)

func (d Direction) String() string {
	if d == Egress {
		return "egress"
	}
	return "ingress"
}

// Opposite returns the other side.
func (d Direction) Opposite() Direction { return 1 - d }

// Relation is what is permitted: a rule set for each home and direction in which not everything is
// permitted to every pod.
type Relation struct {
	Facts    *Facts
	RuleSets [2]map[string]*RuleSet // by direction, then home
	// Classes are the homes of namespaces that nobody declares and that rules tell apart by their labels.
	// They have no namespace in common, and none that is itself a home.
	Classes map[string]Selector
}

// NewRelation returns the relation that permits everything.
func NewRelation(facts *Facts) *Relation {
	return &Relation{Facts: facts, RuleSets: [2]map[string]*RuleSet{{}, {}}}
}

// Everything returns the rules of pods that are not isolated.
func Everything() []Rule {
	var all []Rule
	for _, p := range EveryPeer {
		all = append(all, Rule{Peer: p, Ports: EveryPort})
	}
	return all
}

// ruleSet returns the rules for the pods of a home.
func (r *Relation) ruleSet(home string, d Direction) *RuleSet {
	if c := r.RuleSets[d][home]; c != nil {
		return c
	}
	return NewRuleSet(r.Facts, Everything())
}

// Permits reports whether a connection is permitted on both of its sides.
func (r *Relation) Permits(c Connection) bool {
	return r.PermitsSide(c.From, c.To, c.Port, Egress) && r.PermitsSide(c.To, c.From, c.Port, Ingress)
}

// PermitsSide reports whether a connection is permitted on one of its sides, where own is the end on
// that side and peer the other.
func (r *Relation) PermitsSide(own, peer Party, port Port, d Direction) bool {
	c := r.RuleSets[d][r.Home(own)]
	if c == nil {
		return true
	}
	if d == Egress && peer.Namespace == "" {
		port.Names = nil // an address has no containers to name its ports
	}
	permits := func(b *bundle) bool {
		return b.own.Matches(own.Labels) && slices.ContainsFunc(b.positions, func(i int) bool {
			g := &c.rules()[i]
			return g.Peer.Has(peer) && port.in(g.Ports)
		})
	}
	all := c.bundles()
	if len(all.list) > manyBundles {
		return slices.ContainsFunc(all.index.Overlapping(carrying(own.Labels)), func(i int) bool { return permits(&all.list[i]) })
	}
	for i := range all.list {
		if permits(&all.list[i]) {
			return true
		}
	}
	return false
}

// manyBundles is from how many selectors on an index finds those of a pod faster than looking at all.
const manyBundles = 100

// carrying selects the pods that carry all of these labels.
func carrying(labels map[string]string) Selector {
	all := make([]Requirement, 0, len(labels))
	for key, value := range labels {
		all = append(all, Requirement{key, In(value)})
	}
	return Select(all...)
}
