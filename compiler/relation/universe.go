package relation

import "sync"

// SelectorID, PeerID and PortsID identify the parts of rules in a universe.
type (
	SelectorID uint32
	PeerID     uint32
	PortsID    uint32
)

// Universe gives selectors, peers and sets of ports small integer IDs. Equal values have the same
// ID, so values are compared and looked up by ID, whatever memory they are in. It is safe for
// concurrent use.
type Universe struct {
	mu        sync.Mutex
	selectors interned[Selector]
	peers     interned[Peer]
	ports     interned[Ports]
	key       []byte
}

// NewUniverse returns an empty universe.
func NewUniverse() *Universe {
	return &Universe{
		selectors: interned[Selector]{ids: map[string]uint32{}},
		peers:     interned[Peer]{ids: map[string]uint32{}},
		ports:     interned[Ports]{ids: map[string]uint32{}},
	}
}

// interned is the values of one type: by ID, and their IDs by key.
type interned[T keyed] struct {
	ids    map[string]uint32
	values []T
}

type keyed interface{ appendKey([]byte) []byte }

func intern[T keyed](u *Universe, t *interned[T], value T) uint32 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.key = value.appendKey(u.key[:0])
	id, ok := t.ids[string(u.key)]
	if !ok {
		id = uint32(len(t.values))
		t.ids[string(u.key)] = id
		t.values = append(t.values, value)
	}
	return id
}

func lookup[T keyed](u *Universe, t *interned[T], value T) (uint32, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.key = value.appendKey(u.key[:0])
	id, known := t.ids[string(u.key)]
	return id, known
}

// InternSelector returns the ID of a selector.
func (u *Universe) InternSelector(s Selector) SelectorID {
	return SelectorID(intern(u, &u.selectors, s))
}

// InternPeer returns the ID of a peer.
func (u *Universe) InternPeer(p Peer) PeerID { return PeerID(intern(u, &u.peers, p)) }

// InternPorts returns the ID of a set of ports.
func (u *Universe) InternPorts(p Ports) PortsID { return PortsID(intern(u, &u.ports, p)) }

// Intern returns rules by the IDs of their parts.
func (u *Universe) Intern(rules []Rule) []RuleIDs {
	out := make([]RuleIDs, len(rules))
	for i, r := range rules {
		out[i] = RuleIDs{u.InternSelector(r.Own), u.InternPeer(r.Peer), u.InternPorts(r.Ports)}
	}
	return out
}

// LookupSelector returns the ID of a selector. There is none if no rule has it.
func (u *Universe) LookupSelector(s Selector) (SelectorID, bool) {
	id, known := lookup(u, &u.selectors, s)
	return SelectorID(id), known
}

// LookupPeer returns the ID of a peer. There is none if no rule has it.
func (u *Universe) LookupPeer(p Peer) (PeerID, bool) {
	id, known := lookup(u, &u.peers, p)
	return PeerID(id), known
}

// Ports returns a set of ports by its ID.
func (u *Universe) Ports(id PortsID) Ports {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.ports.values[id]
}

// Rules returns rules by their IDs.
func (u *Universe) Rules(ids []RuleIDs) []Rule {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make([]Rule, len(ids))
	for i, r := range ids {
		out[i] = Rule{u.selectors.values[r.Own], u.peers.values[r.Peer], u.ports.values[r.Ports]}
	}
	return out
}
