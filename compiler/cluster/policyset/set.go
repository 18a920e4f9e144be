// Package policyset holds NetworkPolicies in a compact form that cannot be changed.
//
// The policies of a set refer to their peers and lists of ports by ID, so each is kept once,
// however many rules have it. All types are values without pointers to shared memory, and
// Objects makes API objects that share nothing with the set or with each other.
package policyset

// Set is a list of NetworkPolicies.
type Set struct {
	policies []Policy
	peers    []Peer
	ports    []List[Port] // the first is empty
}

// Policy is a NetworkPolicy. Of its metadata it has what zt writes.
type Policy struct {
	Name, Namespace     string
	Labels, Annotations List[Label]
	PodSelector         Selector
	Types               List[string]
	Rules               [2]List[Rule] // by relation.Direction
}

// Rule is an ingress or egress rule. Without peers it permits every peer.
type Rule struct {
	Peers List[PeerID]
	Ports PortsID
}

// PeerID identifies a peer in a set.
type PeerID int32

// PortsID identifies a list of ports in a set.
type PortsID int32

// NoPorts is the list of a rule without ports, which permits every port.
const NoPorts PortsID = 0

// Label is an entry of a map of labels or annotations.
type Label struct{ Key, Value string }

// Selector is a label selector. Labels are sorted by key.
type Selector struct {
	Labels      List[Label]
	Expressions List[Expression]
}

// Expression is a requirement of a label selector.
type Expression struct {
	Key, Operator string
	Values        List[string]
}

// Peer is a peer of a rule, as the API has it: it may combine fields that exclude each other.
type Peer struct {
	Block            Optional[Block]
	Namespaces, Pods Optional[Selector]
}

// Block is an address block.
type Block struct {
	CIDR   string
	Except List[string]
}

// Port is an entry of a list of ports.
type Port struct {
	Protocol Optional[string]
	Port     Optional[PortValue]
	EndPort  Optional[int32]
}

// PortValue is a port by its name or, without a name, by its number.
type PortValue struct {
	Named  bool
	Name   string
	Number int32
}

// Len returns the number of policies.
func (s *Set) Len() int { return len(s.policies) }

// Policy returns a policy by its position.
func (s *Set) Policy(i int) Policy { return s.policies[i] }

// Peers returns the number of peers. Their IDs are the numbers below it.
func (s *Set) Peers() int { return len(s.peers) }

// Peer returns a peer by its ID.
func (s *Set) Peer(id PeerID) Peer { return s.peers[id] }

// PortLists returns the number of lists of ports. Their IDs are the numbers below it.
func (s *Set) PortLists() int { return len(s.ports) }

// Ports returns a list of ports by its ID.
func (s *Set) Ports(id PortsID) List[Port] { return s.ports[id] }

// Builder makes a set. It keeps every peer and every list of ports that it is given: what is
// equal and should be kept once is given once.
type Builder struct{ set Set }

// NewBuilder returns a builder of an empty set.
func NewBuilder() *Builder { return &Builder{Set{ports: make([]List[Port], 1)}} }

// Peer adds a peer.
func (b *Builder) Peer(p Peer) PeerID {
	b.set.peers = append(b.set.peers, p)
	return PeerID(len(b.set.peers) - 1)
}

// Ports adds a list of ports.
func (b *Builder) Ports(list ...Port) PortsID {
	if len(list) == 0 {
		return NoPorts
	}
	b.set.ports = append(b.set.ports, ListOf(list...))
	return PortsID(len(b.set.ports) - 1)
}

// Add adds a policy, whose IDs are those that this builder returned.
func (b *Builder) Add(p Policy) { b.set.policies = append(b.set.policies, p) }

// Len returns the number of policies so far.
func (b *Builder) Len() int { return len(b.set.policies) }

// Set returns the set. The builder must not be used after it.
func (b *Builder) Set() *Set {
	set := b.set
	b.set = Set{}
	return &set
}
