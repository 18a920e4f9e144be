package query

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
)

// The index compares few parties with each peer, whether these tell namespaces apart, pods, or
// addresses.
func TestIndexLooksAtFew(t *testing.T) {
	const n = 2000
	byLabel := func(key string, i int) relation.Selector { return relation.Labelled(key, fmt.Sprint("v", i)) }
	labels := map[string]map[string]string{}
	for i := range n / 2 {
		labels[fmt.Sprint("n", i)] = map[string]string{"x": fmt.Sprint("v", i)}
	}
	facts := relation.NewFacts(labels)
	var parties []*Party
	var peers []relation.Peer
	want := 0
	for i := range n {
		namespace := namespaceOf(fmt.Sprint("n", i))
		if i >= n/2 {
			namespace = exact(map[string]string{relation.NameLabel: fmt.Sprint("n", i)}, []string{"x"})
		}
		pod := &Party{Name: fmt.Sprint("pod", i), Parts: []relation.Peer{relation.PodPeer(namespace, byLabel("app", i))}}
		wide := &Party{Name: fmt.Sprint("wide", i), Parts: []relation.Peer{relation.PodPeer(byLabel("x", i), relation.Selector{})}}
		block := &Party{Name: fmt.Sprint("block", i), Parts: []relation.Peer{relation.AddrPeer(prefixOf(i))}}
		parties = append(parties, pod, wide, block)
		peers = append(peers, wide.Parts[0], block.Parts[0], relation.PodPeer(relation.Selector{}, byLabel("app", i)))
		want += 3 // each itself, and each pod in the peer of its label
		if i < n/2 {
			want++ // and in the one of its namespace's label
		}
	}
	x := newIndex(parties, facts)
	found := 0
	for _, p := range peers {
		found += len(x.inside(p))
	}
	if found != want || x.looks > 10*len(peers) {
		t.Errorf("found %d, not %d, by comparing %d for %d peers", found, want, x.looks, len(peers))
	}
}

func prefixOf(i int) relation.Addrs {
	return relation.Prefix(netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 0}), 24))
}
