package relation

import "sync"

// Universe gives selectors, peers and sets of ports small integer IDs. Equal values have the same
// ID, so values are compared and looked up by ID, whatever memory they are in. It is safe for
// concurrent use.
type Universe struct {
	Selectors Interned[Selector]
	Peers     Interned[Peer]
	Ports     Interned[Ports]
}

// Interned is the values of one type in a universe.
type Interned[T interface{ appendKey([]byte) []byte }] struct {
	mu     sync.Mutex
	ids    map[string]ID[T]
	values []T
	key    []byte
}

// ID identifies a value of one type in a universe.
type ID[T any] uint32

// The IDs of the parts of rules.
type (
	SelectorID = ID[Selector]
	PeerID     = ID[Peer]
	PortsID    = ID[Ports]
)

// Intern returns the ID of a value.
func (t *Interned[T]) Intern(value T) ID[T] {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.key = value.appendKey(t.key[:0])
	id, ok := t.ids[string(t.key)]
	if !ok {
		if t.ids == nil {
			t.ids = map[string]ID[T]{}
		}
		id = ID[T](len(t.values))
		t.ids[string(t.key)] = id
		t.values = append(t.values, value)
	}
	return id
}

// Lookup returns the ID of a value. There is none if no rule has it.
func (t *Interned[T]) Lookup(value T) (ID[T], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.key = value.appendKey(t.key[:0])
	id, known := t.ids[string(t.key)]
	return id, known
}

// At returns a value by its ID.
func (t *Interned[T]) At(id ID[T]) T {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.values[id]
}

// Intern returns rules by the IDs of their parts.
func (u *Universe) Intern(rules []Rule) []RuleIDs {
	out := make([]RuleIDs, len(rules))
	for i, r := range rules {
		out[i] = RuleIDs{u.Selectors.Intern(r.Own), u.Peers.Intern(r.Peer), u.Ports.Intern(r.Ports)}
	}
	return out
}

// Rules returns rules by their IDs.
func (u *Universe) Rules(ids []RuleIDs) []Rule {
	out := make([]Rule, len(ids))
	for i, r := range ids {
		out[i] = Rule{u.Selectors.At(r.Own), u.Peers.At(r.Peer), u.Ports.At(r.Ports)}
	}
	return out
}
