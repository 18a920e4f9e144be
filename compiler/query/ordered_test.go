package query

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// modelOf reads a set as manifests.
func modelOf(t interface {
	Fatalf(string, ...any)
}, s *foreignSet, labels map[string]map[string]string) *Model {
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", s.manifests())}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%v\n%s", diags, s.manifests())
	}
	if labels == nil {
		labels = LabelsOf(inv)
	}
	v, err := OfManifests(inv, labels, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.manifests())
	}
	return v
}

func (s someone) party() relation.Party {
	if !s.isPod() {
		return relation.Party{Addr: s.addr}
	}
	return relation.Party{Namespace: s.namespace, NamespaceLabels: s.namespaceLabels, Labels: s.labels}
}

func (a attempt) connection() relation.Connection {
	of, _ := relation.ParseProtocol(a.protocol)
	return relation.Connection{From: a.from.party(), To: a.to.party(), Port: relation.Port{Protocol: of, Number: a.number, Names: a.names}}
}

// What a set of policies of all tiers permits is what is found one connection at a time, in every reading.
func TestOrderedPoliciesAgainstNaive(t *testing.T) {
	var cells, permitted, open, loose int
	rapid.Check(t, func(t *rapid.T) {
		d := draw{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		blocks, ties := d.IntN(2) == 0, d.IntN(2) == 0
		s := d.set(blocks, ties)
		v := modelOf(t, s, nil)
		most := v.wide()
		for _, a := range d.attempts(s, 300) {
			always, ever := s.judge(a)
			c := a.connection()
			least, mostly := v.Relation.Permits(c), most.Relation.Permits(c)
			cells++
			if always {
				permitted++
			}
			if ever && !always {
				open++
			}
			if least && !always || !mostly && ever {
				t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.manifests())
			}
			if least != always || mostly != ever {
				if loose++; !blocks {
					t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.manifests())
				}
			}
		}
	})
	t.Logf("%d cells, %d permitted, %d open, %d more said to be open", cells, permitted, open, loose)
	if cells > 10_000 && (permitted < cells/20 || permitted > cells*19/20 || open < cells/200 || loose > cells/100) {
		t.Error("too few cells that are permitted, denied or open, or too many that are said to be open")
	}
}

// A difference of two sets is found exactly if there is one, and shown by a connection that only one of
// them permits.
func TestOrderedDifferences(t *testing.T) {
	pairs, different := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.set(d.IntN(2) == 0, false)
		changed := *d.set(false, false)
		changed.namespaces = s.namespaces
		if d.IntN(2) == 0 && len(s.ordered) > 0 { // only a little
			changed = *s
			changed.ordered = append(s.ordered[:0:0], s.ordered[1:]...)
		}
		v, w := modelOf(t, s, nil), modelOf(t, &changed, nil)
		found := map[bool][]relation.Connection{}
		for _, forward := range []bool{true, false} {
			a, b := v, w
			if !forward {
				a, b = w, v
			}
			relation.Diff(a.Relation, b.Relation, func(c relation.Connection) bool {
				if !a.Relation.Permits(c) || b.Relation.Permits(c) {
					t.Fatalf("%s is no difference\n%s\n%s", c, s.manifests(), changed.manifests())
				}
				found[forward] = append(found[forward], c)
				return true
			})
			pairs++
			if len(found[forward]) > 0 {
				different++
			}
			for _, x := range d.attempts(s, 200) {
				if c := x.connection(); a.Relation.Permits(c) && !b.Relation.Permits(c) && len(found[forward]) == 0 {
					t.Fatalf("%s is a difference, and none is found\n%s\nand\n%s", c, s.manifests(), changed.manifests())
				}
			}
		}
	})
	t.Logf("%d of %d differ", different, pairs)
	if pairs > 50 && (different == 0 || different == pairs) {
		t.Error("nothing is tested")
	}
}

// The rule that an answer names is the one that decides.
func TestDecidingRule(t *testing.T) {
	named, overridden := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.set(false, false)
		v := modelOf(t, s, nil)
		if v.ordered == nil {
			return
		}
		for _, a := range d.attempts(s, 100) {
			for _, direction := range directions {
				own, peer := a.ends(direction.String())
				if !own.isPod() {
					continue
				}
				ports := relation.RangeOf(relation.PortRange{Protocol: a.connection().Port.Protocol, Low: a.number, High: a.number})
				asked := relation.Rule{Own: v.exactPod(own.labels), Ports: ports}
				if peer.isPod() {
					asked.Peer = relation.PodPeer(exact(peer.namespaceLabels, v.namespaceKeys), v.exactPod(peer.labels))
				} else {
					asked.Peer = relation.AddrPeer(relation.Prefix(netip.PrefixFrom(peer.addr, peer.addr.BitLen())))
				}
				container := []relation.Port{a.connection().Port}
				at := func(p relation.Ports) relation.Ports { return p.At(container) }
				permits, by := s.decide(a, direction.String(), reading{})
				got, answer := "", true
				for _, found := range v.ordered.Decisions(v.Relation.Home(own.party()), direction, asked, at) {
					if found.Overridden {
						overridden++
						continue
					}
					if found.Action == clusterpolicy.Pass {
						continue
					}
					answer = found.Action == clusterpolicy.Accept
					if found.Cluster != nil {
						got = fmt.Sprintf("%s %s[%d]", found.Cluster.Name, direction, found.Origin.Rule)
						named++
					}
				}
				if got != by && by != "" || got != "" && by == "" || v.ordered.Guards(v.Relation.Home(own.party()), direction) && answer != permits {
					t.Fatalf("%s %s: %t by %q; zt names %t %q\n%s", a.connection(), direction, permits, by, answer, got, s.manifests())
				}
			}
		}
	})
	t.Logf("%d rules named, %d overridden", named, overridden)
}

// A question is answered as the policies decide, in all readings; a port's name that nobody states is open
// as well.
func TestOrderedAnswers(t *testing.T) {
	verdicts := map[Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		d := draw{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		blocks, ties := d.IntN(2) == 0, d.IntN(2) == 0
		s := d.set(blocks, ties)
		v := modelOf(t, s, nil)
		for _, a := range d.attempts(s, 40) {
			if a.from.isPod() && s.namespaces[a.from.namespace] == nil || a.to.isPod() && s.namespaces[a.to.namespace] == nil {
				continue // its labels are not known
			}
			c := a.connection()
			c.Port.Names = nil
			q, err := v.Query(fmt.Sprintf("%s -> %s :%s", c.From, c.To, c.Port))
			if err != nil {
				t.Fatalf("%v", err)
			}
			always, ever := true, false
			for _, addr := range podAddrs {
				for i := range 4 {
					for _, order := range orders {
						whole := true
						for _, names := range [][]string{nil, {"http"}, {"admin"}, {"http", "admin"}} {
							b := a
							if b.names = names; !b.to.isPod() {
								b.names = nil
							}
							if b.from.isPod() {
								b.from.addr = addr
							}
							if b.to.isPod() {
								b.to.addr = addr
							}
							r := reading{i&1 != 0, i&2 != 0, order}
							out, _ := s.decide(b, "egress", r)
							in, _ := s.decide(b, "ingress", r)
							whole = whole && out && in
						}
						always, ever = always && whole, ever || whole
					}
				}
			}
			answer := v.Why(q)
			verdicts[answer.Verdict()]++
			wrong := false
			switch answer.Verdict() {
			case Permitted:
				wrong = !always
			case Denied:
				wrong = ever
			default:
				wrong = always && !blocks
			}
			if wrong {
				var text strings.Builder
				answer.WriteText(&text)
				t.Fatalf("permitted always: %t, sometimes: %t\n%s\n%s", always, ever, text.String(), s.manifests())
			}
		}
	})
	t.Log(verdicts)
}
