// Package topology is the resolved program: names are things, values are checked, lists are spread
// out, environments are stamped, and implicit edges are there. It knows no Kubernetes.
//
// A Topology is made once, by package resolve, and not changed afterwards.
// Everything in it has the span that it comes from. Things that are the same are the same pointer.
package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// NameLabel is the label that every Namespace object carries, with its own name as the value.
const NameLabel = relation.NameLabel

// Topology is a whole program.
type Topology struct {
	Namespaces   []*Namespace   // every declared namespace, by name
	Environments []*Environment // by name
	Tiers        []*Tier        // those across namespaces, by name
	Externals    []*External    // by place
	Network      Network
	Edges        []*Edge     // as written, the implicit ones last
	Resolvers    []*Endpoint // where names are resolved
	Denies       []*Denial   // as written
	Stage        Stage       // see Limit
}

// Namespace is a declared namespace.
type Namespace struct {
	Name    string
	Labels  map[string]string // all of its labels that a selector may use, NameLabel included
	Ingress bool              // isolated for ingress: pods accept only what edges permit
	Egress  bool              // isolated for egress: pods open only what edges permit
	Tiers   []*Tier           // by name
	Doc     []string          // the comments above its blocks, a line each
	Span    source.Span       // where it is first declared
	// IsolatesAt is the word after `isolates`; zero if no block has one.
	IsolatesAt source.Span
	// Prelude is set if only the prelude declares the namespace.
	Prelude  bool
	Endpoint *Endpoint // every pod of the namespace, as edges name it

	isolation [2]*Isolation // by direction; see Settle
}

// Object is something that a program declares: *Namespace, *Tier, *Listen, *Environment or *External.
type Object interface {
	// Declared returns where the object is first declared.
	Declared() source.Span
}

// Declared returns the namespace's name in its first block.
func (n *Namespace) Declared() source.Span { return n.Span }

// Declared returns the tier's name.
func (t *Tier) Declared() source.Span { return t.Span }

// Declared returns the port as it is written.
func (l *Listen) Declared() source.Span { return l.Span }

// Declared returns the environment's name in its first statement.
func (e *Environment) Declared() source.Span { return e.Span }

// Declared returns the external's name.
func (x *External) Declared() source.Span { return x.Span }

// Stage is the directions that a rollout isolates: operators who must not cut traffic by surprise
// isolate for ingress first, and for egress later.
type Stage int

// The stages.
const (
	StageAll     Stage = iota // both directions, as the program states
	StageIngress              // no namespace is isolated for egress yet
	StageEgress               // no namespace is isolated for ingress yet
)

// Has reports whether a stage isolates in a direction.
func (s Stage) Has(d relation.Direction) bool {
	return s == StageAll || (s == StageIngress) == (d == relation.Ingress)
}

// Limit removes the isolation that a stage does not have yet. It changes the topology, so it is
// called once, before the topology is used.
func (t *Topology) Limit(stage Stage) {
	if t.Stage = stage; stage == StageAll {
		return
	}
	ingress, egress := stage.Has(relation.Ingress), stage.Has(relation.Egress)
	for _, n := range t.Namespaces {
		n.Ingress, n.Egress = n.Ingress && ingress, n.Egress && egress
		for _, t := range n.Tiers {
			t.Ingress, t.Egress = t.Ingress && ingress, t.Egress && egress
		}
		n.Settle()
	}
}

// Tier is a set of pods of one namespace, or across namespaces.
type Tier struct {
	Namespace *Namespace   // nil for a tier across namespaces
	In        *Environment // of a tier across namespaces: those that have its pods; nil for all of them
	Name      string
	Selector  relation.Selector
	Ingress   bool     // isolates its pods for ingress, where its namespace does not
	Egress    bool     // isolates its pods for egress, where its namespace does not
	Listens   []Listen // as written; empty where the tier does not say
	Doc       []string
	Span      source.Span // the tier's name
	// IsolatesAt is the word after the tier's own `isolates`; zero if it has none.
	IsolatesAt source.Span
	Prelude    bool      // declared by the prelude
	Dynamic    bool      // its pods are made at run time: no manifest need show them
	Endpoint   *Endpoint // the tier's pods, as edges name them
}

// String returns the tier's name as any place may write it: namespace/tier, or the name of a tier
// across namespaces.
func (t *Tier) String() string {
	if t.Namespace == nil {
		return t.Name
	}
	return t.Namespace.Name + "/" + t.Name
}

// Set returns the name of the namespaces of a tier across namespaces.
func (t *Tier) Set() string {
	if t.In == nil {
		return "cluster"
	}
	return t.In.Name
}

// Listen is a port or range that a tier or external listens on.
type Listen struct {
	Name  string // "" where it has none
	Ports relation.Ports
	Span  source.Span
}

// Environment is a set of namespaces.
type Environment struct {
	Name       string
	Selector   relation.Selector // of its namespaces' labels; without `by`, the names of those in its block
	Undeclared relation.Selector // of those that the program does not declare; empty if there can be none
	Namespaces []*Namespace      // the declared ones in it, by name
	Span       source.Span
	Endpoint   *Endpoint // every pod of its namespaces, as edges name it
}

// External is a named set of addresses outside the cluster.
type External struct {
	Name     string
	Endpoint *Endpoint
	Hosts    []Host // DNS names, which not every target can express
	Listens  []Listen
	Doc      []string
	Span     source.Span // its name
}

// Host is a DNS name, or with a leading "*." every name below one.
type Host struct {
	Name string
	Span source.Span
}

// Pattern returns the host as a pattern of names.
func (h Host) Pattern() string {
	if below, ok := strings.CutPrefix(h.Name, "*."); ok {
		return relation.AnyLabels + "." + below
	}
	return h.Name
}

// Block is an address block less the blocks inside it that it leaves out.
type Block struct {
	Prefix netip.Prefix   // masked
	Except []netip.Prefix // masked, strictly inside Prefix, sorted, none inside another
	Span   source.Span    // zero for those of internet
}

// Addrs returns the addresses of the block.
func (b Block) Addrs() relation.Addrs {
	return relation.Prefix(b.Prefix).Subtract(relation.PrefixesAddrs(b.Except))
}

// Has reports whether an address is in the block.
func (b Block) Has(a netip.Addr) bool {
	return b.Prefix.Contains(a) && !slices.ContainsFunc(b.Except, func(x netip.Prefix) bool { return x.Contains(a) })
}

// String returns the block as the language writes it.
func (b Block) String() string { return b.write(len(b.Except)) }

// Short returns the block for a message, where more than a few exceptions say nothing.
func (b Block) Short() string { return b.write(3) }

// write returns the block with at most so many of its exceptions.
func (b Block) write(most int) string {
	if len(b.Except) == 0 {
		return b.Prefix.String()
	}
	var list []string
	for _, x := range b.Except[:min(most, len(b.Except))] {
		list = append(list, x.String())
	}
	except := strings.Join(list, ", ")
	if more := len(b.Except) - len(list); more > 0 {
		except += fmt.Sprintf(" and %d more", more)
	}
	if len(b.Except) > 1 {
		except = "(" + except + ")"
	}
	return b.Prefix.String() + " except " + except
}

// Network is what the program states of the cluster's addresses and network plugin. The blocks of each list are in order.
type Network struct {
	Pods, Services, Nodes []Block
	APIServer             *Endpoint // nil if it is not stated
	Plugin                *Plugin   // likewise
	// Native is set if no target writes NetworkPolicies: nodes are matched by something else than addresses.
	Native bool
}

// PodAddrs returns the stated addresses of pods.
func (n Network) PodAddrs() relation.Addrs { return AddrsOf(n.Pods) }

// PossiblePods returns the addresses that pods can have: those that the program states, or all private
// ones.
func (n Network) PossiblePods() relation.Addrs {
	if len(n.Pods) > 0 {
		return n.PodAddrs()
	}
	return relation.Private
}

// AddrsOf returns the addresses of all blocks.
func AddrsOf(blocks []Block) relation.Addrs {
	sets := make([]relation.Addrs, len(blocks))
	for i, b := range blocks {
		sets[i] = b.Addrs()
	}
	return relation.UnionAddrs(sets...)
}

// Kind tells endpoints apart.
type Kind int

// The kinds of endpoints.
const (
	TierPods        Kind = iota // the pods of a tier
	NamespacePods               // every pod of a namespace
	EnvironmentPods             // every pod of an environment's namespaces
	AcrossPods                  // the pods of a tier across namespaces
	ClusterPods                 // every pod of every namespace, declared or not
	Addresses                   // addresses outside the cluster, by blocks and by names
	Everything                  // all: any pod and address, for the other side only
)

// Endpoint is one party of edges and denies. Endpoints that mean the same
// thing are the same pointer.
type Endpoint struct {
	Kind        Kind
	Tier        *Tier          // for TierPods and AcrossPods
	Namespace   *Namespace     // for TierPods and NamespacePods
	Environment *Environment   // for EnvironmentPods, and for AcrossPods that are not everywhere
	External    *External      // for Addresses that an external names
	Stated      []Listen       // for the API server: the ports that the program states
	Blocks      []Block        // for Addresses, as written
	Addrs       relation.Addrs // of Blocks
	Open        relation.Ports // all that Listens lists; none where the party does not say
	// Name is the party as answers show it: ns/tier, ns/*, an external's or
	// environment's name, a CIDR, internet, nodes, apiserver, cluster, all.
	Name string
	// MayBePods is set for Addresses that reach into the declared pods'
	// range: the API leaves open whether they match pods.
	MayBePods bool
}

// String returns the party's name.
func (e *Endpoint) String() string { return e.Name }

// Hosts returns the DNS names of a party in whose external they are.
func (e *Endpoint) Hosts() []Host {
	if e.External == nil {
		return nil
	}
	return e.External.Hosts
}

// Listens returns the ports that the party declares; none where it does not say.
func (e *Endpoint) Listens() []Listen {
	switch {
	case e.Tier != nil:
		return e.Tier.Listens
	case e.External != nil:
		return e.External.Listens
	}
	return e.Stated
}

// Edge permits connections from one endpoint to another.
type Edge struct {
	From, To *Endpoint
	Ports    relation.Ports
	Side     Side
	// Implicit is set on the edges to the resolvers that follow from the edges in Because.
	Implicit bool
	Because  []*Edge
	Doc      []string
	Span     source.Span // the statement; of an implicit edge, the dns statement
	FromSpan source.Span
	ToSpan   source.Span
	// PortsSpan is the written ports; zero where the destination's own are meant.
	PortsSpan source.Span
}

// Side is the sides of its connections that an edge opens.
type Side int

// The sides. As a word before the edge, String writes one that is not both.
const (
	BothSides   Side = iota
	IngressSide      // the ingress of the destination
	EgressSide       // the egress of the source
)

// String returns the words before the edge: "", "ingress " or "egress ".
func (s Side) String() string { return [...]string{"", "ingress ", "egress "}[s] }

// Opens reports whether the edge opens its connections in a direction: for egress at the source, for
// ingress at the destination.
func (e *Edge) Opens(d relation.Direction) bool {
	return e.Side == BothSides || (e.Side == EgressSide) == (d == relation.Egress)
}

// String returns the edge in the language's own syntax, with whole names.
func (e *Edge) String() string {
	return e.Side.String() + e.From.Name + " -> " + e.To.Name + " :" + e.Ports.String()
}

// DenyKind tells the statements that forbid apart.
type DenyKind int

// The statements that forbid.
const (
	Deny        DenyKind = iota + 1 // deny a -> b
	DenyPath                        // deny path a -> b
	DenyIsolate                     // isolate a, b, ...
)

// Denial is one statement that forbids.
type Denial struct {
	Kind DenyKind
	// From and To are the parties of a deny, each of From to each of To;
	// an isolate has its parties in both, and forbids each to each other.
	From, To []Party
	Span     source.Span
}

// Party is an endpoint where a statement names it.
type Party struct {
	*Endpoint
	Ports relation.Ports // of a party in To: on which nothing may arrive
	Span  source.Span
}
