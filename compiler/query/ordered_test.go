package query

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

// modelOf reads a set as manifests.
func modelOf(t interface {
	Fatalf(string, ...any)
}, s *judge.Set, labels map[string]map[string]string) *Model {
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", s.Manifests())}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%v\n%s", diags, s.Manifests())
	}
	if labels == nil {
		labels = LabelsOf(inv)
	}
	v, err := OfManifests(inv, labels, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Manifests())
	}
	return v
}

func partyOf(s judge.End) relation.Party {
	if !s.IsPod() {
		return relation.Party{Addr: s.Addr, Host: s.Host}
	}
	return relation.Party{Namespace: s.Namespace, NamespaceLabels: s.NamespaceLabels, Labels: s.Labels}
}

func connectionOf(a judge.Attempt) relation.Connection {
	of, _ := relation.ParseProtocol(a.Protocol)
	return relation.Connection{From: partyOf(a.From), To: partyOf(a.To), Port: relation.Port{Protocol: of, Number: a.Number, Names: a.Names}}
}

// What a set of policies of all tiers permits is what is found one connection at a time, in every reading.
func TestOrderedPoliciesAgainstNaive(t *testing.T) {
	var cells, permitted, open, loose int
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		blocks, ties := d.IntN(2) == 0, d.IntN(2) == 0
		s := d.Set(blocks, ties)
		d.AddNames(s)
		v := modelOf(t, s, nil)
		most := v.wide()
		for _, a := range d.Attempts(s, 300) {
			always, ever := s.Judge(a)
			c := connectionOf(a)
			least, mostly := v.Relation.Permits(c), most.Relation.Permits(c)
			cells++
			if always {
				permitted++
			}
			if ever && !always {
				open++
			}
			if least && !always || !mostly && ever {
				t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.Manifests())
			}
			if least != always || mostly != ever {
				if loose++; !blocks {
					t.Fatalf("%s: permitted always: %t, sometimes: %t; zt says %t, %t\n%s", c, always, ever, least, mostly, s.Manifests())
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
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(d.IntN(2) == 0, false)
		d.AddNames(s)
		changed := *d.Set(false, false)
		changed.Namespaces = s.Namespaces
		if d.IntN(2) == 0 && len(s.Ordered) > 0 { // only a little
			changed = *s
			changed.Ordered = append(s.Ordered[:0:0], s.Ordered[1:]...)
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
					t.Fatalf("%s is no difference\n%s\n%s", c, s.Manifests(), changed.Manifests())
				}
				found[forward] = append(found[forward], c)
				return true
			})
			pairs++
			if len(found[forward]) > 0 {
				different++
			}
			for _, x := range d.Attempts(s, 200) {
				if c := connectionOf(x); a.Relation.Permits(c) && !b.Relation.Permits(c) && len(found[forward]) == 0 {
					t.Fatalf("%s is a difference, and none is found\n%s\nand\n%s", c, s.Manifests(), changed.Manifests())
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
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(false, false)
		d.AddNames(s)
		v := modelOf(t, s, nil)
		if v.ordered == nil {
			return
		}
		for _, a := range d.Attempts(s, 100) {
			for _, direction := range directions {
				own, peer := a.Ends(direction.String())
				if !own.IsPod() {
					continue
				}
				ports := relation.RangeOf(relation.PortRange{Protocol: connectionOf(a).Port.Protocol, Low: a.Number, High: a.Number})
				asked := relation.Rule{Own: v.exactPod(own.Labels), Ports: ports}
				if peer.IsPod() {
					asked.Peer = relation.PodPeer(exact(peer.NamespaceLabels, v.namespaceKeys), v.exactPod(peer.Labels))
				} else {
					asked.Peer = addressOf(partyOf(peer))
				}
				container := []relation.Port{connectionOf(a).Port}
				at := func(p relation.Ports) relation.Ports { return p.At(container) }
				permits, by := s.Decide(a, direction.String(), judge.Reading{})
				got, answer := "", true
				for _, found := range v.ordered.Decisions(v.Relation.Home(partyOf(own)), direction, asked, at) {
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
				if got != by && by != "" || got != "" && by == "" || v.ordered.Guards(v.Relation.Home(partyOf(own)), direction) && answer != permits {
					t.Fatalf("%s %s: %t by %q; zt names %t %q\n%s", connectionOf(a), direction, permits, by, answer, got, s.Manifests())
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
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		blocks, ties := d.IntN(2) == 0, d.IntN(2) == 0
		s := d.Set(blocks, ties)
		d.AddNames(s)
		v := modelOf(t, s, nil)
		for _, a := range d.Attempts(s, 40) {
			if a.From.IsPod() && s.Namespaces[a.From.Namespace] == nil || a.To.IsPod() && s.Namespaces[a.To.Namespace] == nil {
				continue // its labels are not known
			}
			a.To.Host = "" // a question about a name is about all addresses
			c := connectionOf(a)
			c.Port.Names = nil
			q, err := v.Query(fmt.Sprintf("%s -> %s :%s", c.From, c.To, c.Port))
			if err != nil {
				t.Fatalf("%v", err)
			}
			always, ever := true, false
			for _, addr := range judge.PodAddrs {
				for i := range 4 {
					for _, order := range judge.Orders {
						whole := true
						for _, names := range [][]string{nil, {"http"}, {"admin"}, {"http", "admin"}} {
							b := a
							if b.Names = names; !b.To.IsPod() {
								b.Names = nil
							}
							if b.From.IsPod() {
								b.From.Addr = addr
							}
							if b.To.IsPod() {
								b.To.Addr = addr
							}
							r := judge.Reading{Blocks: i&1 != 0, Nodes: i&2 != 0, Order: order}
							out, _ := s.Decide(b, "egress", r)
							in, _ := s.Decide(b, "ingress", r)
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
				t.Fatalf("permitted always: %t, sometimes: %t\n%s\n%s", always, ever, text.String(), s.Manifests())
			}
		}
	})
	t.Log(verdicts)
}
