package policies

import (
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// party is an endpoint of the program.
type party struct {
	kind
	namespace string            // of tierPods and namespacePods
	spaces    relation.Selector // the namespaces of spacesPods and spacesTier
	pods      relation.Selector // of tierPods and spacesTier
	blocks    []block           // of addresses
	hosts     []string          // names of addresses, as the language writes them
	fact      string            // nodes or apiserver, if they are the addresses of these
	unsayable *unsayable        // if the language has no form for the hosts
	peers     []relation.Peer   // what it is as a peer
	key       string            // equal for equal parties

	name     string // by which edges call it; "" if they write what it is
	listens  relation.Ports
	policies []int        // that select its pods
	first    *place       // where a policy first has it as a peer
	denied   *source.Span // where a policy of the whole cluster first denies it, as a peer or a subject
	owned    bool         // some policy selects its pods
	isolated [2]bool
	note     string
}

type kind int

const (
	tierPods      kind = iota // pods of a namespace, by their labels
	namespacePods             // every pod of a namespace
	spacesPods                // every pod of namespaces with some labels
	spacesTier                // pods of such namespaces, by their labels
	addresses
	everyone // every pod and address, as the end of an edge that opens the other end
)

// block is a block of addresses, as the program writes it.
type block struct {
	cidr   string
	except []string
}

// isTier reports whether a party is declared as a tier.
func (p *party) isTier() bool { return p.kind == tierPods || p.kind == spacesTier }

// isCluster reports whether a party is every pod.
func (p *party) isCluster() bool { return p.kind == spacesPods && p.spaces.IsAny() }

// parties has each party of the program once.
type parties struct {
	byKey map[string]*party
	list  []*party
}

func (ps *parties) intern(p party) *party {
	for _, peer := range p.peers {
		p.key += peer.Key()
	}
	if known := ps.byKey[p.key]; known != nil {
		return known
	}
	ps.byKey[p.key] = &p
	ps.list = append(ps.list, &p)
	return &p
}

func (ps *parties) everyone() *party {
	return ps.intern(party{kind: everyone, peers: relation.EveryPeer})
}

func (ps *parties) cluster() *party { return ps.spaces(relation.Selector{}) }

// spaces returns every pod of the namespaces with some labels.
func (ps *parties) spaces(s relation.Selector) *party {
	return ps.intern(party{kind: spacesPods, key: byName(s), spaces: s, peers: []relation.Peer{relation.PodPeer(s, relation.Selector{})}})
}

// across returns pods with some labels of the namespaces with some labels.
func (ps *parties) across(p relation.Pods) *party {
	return ps.intern(party{kind: spacesTier, key: byName(p.Namespaces), spaces: p.Namespaces, pods: p.Labels, peers: []relation.Peer{p}})
}

// byName tells an environment of namespaces by their names from a namespace that the program declares.
func byName(s relation.Selector) string {
	if _, only := onlyNames(s); only {
		return "by name "
	}
	return ""
}

// of returns the pods of a namespace with some labels.
func (ps *parties) of(namespace string, pods relation.Selector) *party {
	p := party{kind: tierPods, namespace: namespace, pods: pods}
	if pods.IsAny() {
		p.kind = namespacePods
	}
	named := relation.Select(relation.Requirement{Key: relation.NameLabel, Values: relation.In(namespace)})
	p.peers = []relation.Peer{relation.PodPeer(named, pods)}
	return ps.intern(p)
}

// peer returns the parties that together are pods of a peer: one for each namespace, if the peer lists
// namespaces by name, and for each value of the only label, if it lists a few of those.
func (ps *parties) peer(p relation.Pods) (out []*party) {
	for _, one := range each(p.Labels) {
		for _, spaces := range each(withoutExists(p.Namespaces)) {
			out = append(out, ps.single(relation.Pods{Namespaces: spaces, Labels: one})...)
		}
	}
	return out
}

// each returns a selector for each value of the only label of one, if it lists a few values.
func each(s relation.Selector) (out []relation.Selector) {
	keys := s.Keys()
	if len(keys) != 1 || keys[0].Key == relation.NameLabel || keys[0].Values.Others || keys[0].Values.Absent || len(keys[0].Values.Names) > mostValues {
		return []relation.Selector{s}
	}
	for _, v := range keys[0].Values.Names {
		out = append(out, relation.Select(relation.Requirement{Key: keys[0].Key, Values: relation.In(v)}))
	}
	return out
}

func (ps *parties) single(p relation.Pods) (out []*party) {
	if names, only := onlyNames(p.Namespaces); only {
		for _, name := range names {
			out = append(out, ps.of(name, p.Labels))
		}
		return out
	}
	if p.Labels.IsAny() {
		return []*party{ps.spaces(p.Namespaces)}
	}
	return []*party{ps.across(p)}
}

// mostValues is how many values of a label are a tier each.
const mostValues = 6

// withoutExists returns a selector of namespaces without a requirement that every namespace meets.
func withoutExists(s relation.Selector) relation.Selector {
	keys := slices.Clone(s.Keys())
	for i, k := range keys {
		if v := k.Values; k.Key == relation.NameLabel && v.Others && len(v.Names) == 0 {
			return relation.Select(slices.Delete(keys, i, i+1)...)
		}
	}
	return s
}

// onlyNames returns the names of namespaces, if a selector requires nothing else of them.
func onlyNames(s relation.Selector) ([]string, bool) {
	keys := s.Keys()
	if len(keys) != 1 || keys[0].Key != relation.NameLabel || keys[0].Values.Others || keys[0].Values.Absent {
		return nil, false
	}
	if slices.ContainsFunc(keys[0].Values.Names, func(name string) bool { return !isNamespace(name) }) {
		return nil, false
	}
	return keys[0].Values.Names, true
}

// isNamespace reports whether a namespace can have a name.
func isNamespace(name string) bool { return len(validation.IsDNS1123Label(name)) == 0 }

// isDeclared reports whether addresses are declared as an external: edges cannot write them.
func (p *party) isDeclared() bool {
	return p.fact == "" && (len(p.hosts) > 0 || len(p.blocks) != 1 || len(p.blocks[0].except) > 1)
}

// addresses returns a block of addresses.
func (ps *parties) addresses(b *networkingv1.IPBlock, addrs relation.Addrs) *party {
	written := block{cidr: b.CIDR}
	var except []netip.Prefix
	for _, e := range b.Except {
		except = append(except, netip.MustParsePrefix(e)) // the reader has checked it
	}
	slices.SortFunc(except, netip.Prefix.Compare)
	for i, e := range except {
		inside := func(other netip.Prefix) bool { return other.Bits() <= e.Bits() && other.Contains(e.Addr()) }
		if !slices.ContainsFunc(except[:i], inside) {
			written.except = append(written.except, e.String())
		}
	}
	return ps.intern(party{kind: addresses, blocks: []block{written}, peers: []relation.Peer{relation.AddrPeer(addrs)}})
}
