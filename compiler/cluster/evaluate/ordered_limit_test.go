package evaluate

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Policies of the tier Admin that each tell pods apart by a key of their own cut what they leave open into
// twice as many parts each. That ends with an error, before it takes memory.
func TestTooManyOrderedParts(t *testing.T) {
	pods := func(key string) relation.Pods {
		return relation.PodPeer(relation.Selector{}, relation.Labelled(key, "x")).(relation.Pods)
	}
	policies := func(n int) (out []*clusterpolicy.Policy) {
		for i := range n {
			out = append(out, &clusterpolicy.Policy{Priority: i, Subject: pods(fmt.Sprint("own", i)), Rules: [2][]clusterpolicy.Rule{
				relation.Ingress: {{Action: clusterpolicy.Deny, Peers: []clusterpolicy.Peer{{Of: pods(fmt.Sprint("other", i))}}, Ports: relation.EveryPort}},
			}})
		}
		return out
	}
	if _, _, err := Together(policyset.NewBuilder().Set(), policies(8), relation.NewFacts(nil), relation.Private); err != nil {
		t.Errorf("8 policies: %v", err)
	}
	_, _, err := Together(policyset.NewBuilder().Set(), policies(40), relation.NewFacts(nil), relation.Private)
	many := (*TooManyParts)(nil)
	if !errors.As(err, &many) {
		t.Fatalf("40 policies: %v", err)
	}
	want := "namespaces that are not declared: 40 policies with 80 label keys: they cut what pods may do into parts with more than 500000 label requirements"
	if many.Error() != want || many.First.Cluster == nil || many.First.Cluster.Priority != 0 {
		t.Errorf("%v, first %v", many, many.First)
	}
}

// What it takes to find that there are too many parts does not grow with how many more there are.
func TestTooManyPartsAreFoundEarly(t *testing.T) {
	left := func(n int) int {
		r := &reduction{facts: relation.NewFacts(nil), bounds: newBounds()}
		var denied []relation.Rule
		for i := range n {
			denied = append(denied, relation.Rule{Own: relation.Labelled(fmt.Sprint("own", i), "x"), Peer: relation.PodPeer(relation.Selector{}, relation.Labelled(fmt.Sprint("other", i), "x")), Ports: relation.EveryPort})
		}
		var all [][]relation.Rule
		for _, rule := range relation.Everything() {
			all = append(all, []relation.Rule{rule})
		}
		r.minusEach(all, denied)
		if !r.spent() {
			t.Errorf("%d rules are not too many", n)
		}
		return maxOrderedSteps - r.steps
	}
	if few, many := left(30), left(300); many > 3*few || many > maxOrderedSteps/10 {
		t.Errorf("30 rules take %d comparisons, 300 take %d", few, many)
	}
}

// Rules for the same pods are cut together: what that takes grows with their number and with that of the rules
// that deny, and hardly with the product.
func TestRulesAreCutTogether(t *testing.T) {
	steps := func(rules, denying int) int {
		r := &reduction{facts: relation.NewFacts(nil), bounds: newBounds()}
		var lists [][]relation.Rule
		for i := range rules {
			lists = append(lists, []relation.Rule{{Peer: relation.HostPeer(fmt.Sprintf("*.s%d.example.com", i)), Ports: relation.EveryPort}})
		}
		var denied []relation.Rule
		for i := range denying {
			block := relation.AddrPeer(relation.Prefix(netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", i))))
			denied = append(denied, relation.Rule{Own: relation.Labelled("app", fmt.Sprint("a", i)), Peer: block, Ports: relation.EveryPort})
		}
		r.minusEach(lists, denied)
		for i, list := range lists {
			if len(list) != denying+1 {
				t.Fatalf("rule %d of %d without %d others is %d", i, rules, denying, len(list))
			}
		}
		return maxOrderedSteps - r.steps
	}
	if few, many := steps(50, 50), steps(200, 50); many > 4*few {
		t.Errorf("50 rules take %d comparisons, 200 take %d", few, many)
	}
	if few, many := steps(50, 50), steps(50, 200); many > 8*few {
		t.Errorf("50 denying rules take %d comparisons, 200 take %d", few, many)
	}
}

// Cutting many rules at once leaves what cutting them one by one does.
func TestMinusEach(t *testing.T) {
	facts := relation.NewFacts(map[string]map[string]string{"a": {}})
	rapid.Check(t, func(t *rapid.T) {
		pods := func(name string) relation.Selector {
			var list []relation.Requirement
			for _, key := range []string{"x", "y"} {
				switch rapid.IntRange(0, 3).Draw(t, name+key) {
				case 0:
					list = append(list, relation.Requirement{Key: key, Values: relation.In("1")})
				case 1:
					list = append(list, relation.Requirement{Key: key, Values: relation.NotIn("1", "2")})
				}
			}
			return relation.Select(list...)
		}
		rule := rapid.Custom(func(t *rapid.T) relation.Rule {
			peers := []relation.Peer{relation.EveryPeer[1], relation.HostPeer("*.a"), relation.HostPeer("b.*"), relation.AddrPeer(relation.Private), relation.PodPeer(relation.Selector{}, relation.Labelled("x", "1"))}
			ports := []relation.Ports{relation.EveryPort, relation.Named(relation.NamedPort{Name: "http", Protocol: relation.TCP}), relation.RangeOf(relation.PortRange{Protocol: relation.TCP, Low: 80, High: 90})}
			return relation.Rule{Own: pods("own"), Peer: rapid.SampledFrom(peers).Draw(t, "peer"), Ports: rapid.SampledFrom(ports).Draw(t, "ports")}
		})
		rules, others := rapid.SliceOfN(rule, 1, 5).Draw(t, "rules"), rapid.SliceOfN(rule, 0, 5).Draw(t, "others")
		r := &reduction{facts: facts, bounds: newBounds()}
		var lists [][]relation.Rule
		for _, l := range rules {
			lists = append(lists, []relation.Rule{l})
		}
		r.minusEach(lists, others)
		for i, l := range rules {
			left := r.minusAll([]relation.Rule{l}, others)
			if more := r.minusAll(left, lists[i]); len(more) > 0 {
				t.Fatalf("rule %d lacks %v", i, more)
			}
			if more := r.minusAll(lists[i], left); len(more) > 0 {
				t.Fatalf("rule %d has %v too much", i, more)
			}
			for j, x := range lists[i] {
				for _, y := range lists[i][:j] {
					if _, both := x.And(y, facts); both {
						t.Fatalf("parts of rule %d overlap: %v, %v", i, x, y)
					}
				}
			}
		}
	})
}
