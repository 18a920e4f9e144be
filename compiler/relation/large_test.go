package relation

import (
	"fmt"
	"testing"
)

func has(key string) Requirement { return Requirement{key, Exists()} }
func lacks(key string) Requirement {
	return Requirement{key, NotExists()}
}

// isolated returns a relation in which the pods of one namespace accept what rules permit.
func isolated(facts *Facts, rules []Rule) *Relation {
	r := NewRelation(facts)
	r.RuleSets[Ingress]["shop"] = NewRuleSet(facts, rules)
	return r
}

// Selectors that each have a label key of their own cut the pods into twice as many parts with each
// of them. A difference is found without making all of these.
func TestDiffOfManyKeys(t *testing.T) {
	const n = 200
	facts := NewFacts(map[string]map[string]string{"shop": nil})
	chain := func(step, last int) *Relation {
		var rules []Rule
		for i := range n {
			port := 1000 + step*i
			if i == n-1 {
				port = last
			}
			rules = append(rules, Rule{Select(has(fmt.Sprint("k", i))), PodPeer(Selector{}, Select(has(fmt.Sprint("k", i+1)))), RangeOf(PortRange{TCP, port, port})})
		}
		return isolated(facts, rules)
	}
	for _, step := range []int{0, 1} { // all rules for one port, or each for its own
		a, b := chain(step, 80), chain(step, 81)
		found := map[string]bool{}
		if !Differences(a, b, func(d Difference) bool {
			found[d.Rest.Ports.String()] = true
			return true
		}) {
			t.Error("gave up")
		}
		if len(found) != 1 || !found["80/tcp"] {
			t.Errorf("found %v", found)
		}
	}
	closed := isolated(facts, nil)
	if open := NewRelation(facts); !Differences(open, chain(1, 80), func(Difference) bool { return true }) || !Differences(closed, open, func(d Difference) bool {
		t.Errorf("more than everything: %v", d)
		return true
	}) {
		t.Error("gave up")
	}
}

// pigeons returns rules that together permit everything exactly if so many pigeons don't fit into
// holes, one each; to find out takes a search through all ways to place them.
func pigeons(pigeons, holes int) []Rule {
	var rules []Rule
	add := func(requirements ...Requirement) {
		rules = append(rules, Rule{Select(requirements...), EveryPeer[0], EveryPort}, Rule{Select(requirements...), EveryPeer[1], EveryPort})
	}
	in := func(pigeon, hole int) string { return fmt.Sprintf("p%d-%d", pigeon, hole) }
	for p := range pigeons {
		var nowhere []Requirement
		for h := range holes {
			nowhere = append(nowhere, lacks(in(p, h)))
			for q := range p {
				add(has(in(p, h)), has(in(q, h)))
			}
		}
		add(nowhere...)
	}
	return rules
}

// A search that takes too long gives up, and says so: it must not call the relations equal.
func TestDiffGivesUp(t *testing.T) {
	facts := NewFacts(map[string]map[string]string{"shop": nil})
	open := NewRelation(facts)
	for _, test := range []struct {
		pigeons, holes   int
		decided, differs bool
	}{{3, 3, true, true}, {4, 3, true, false}, {10, 9, false, false}} {
		if testing.Short() && test.pigeons == 10 {
			continue // a limit, which takes long to reach
		}
		differs := false
		decided := Diff(open, isolated(facts, pigeons(test.pigeons, test.holes)), func(Connection) bool {
			differs = true
			return false
		})
		if decided != test.decided || differs != test.differs {
			t.Errorf("%d pigeons in %d holes: decided %v, differs %v", test.pigeons, test.holes, decided, differs)
		}
	}
}

// Of many selectors, those of a pod are found by an index, also those that it meets by what it lacks.
func TestPermitsOfMany(t *testing.T) {
	rules := []Rule{
		{Select(Requirement{"app", NotIn("a1", "a2")}), EveryPeer[0], RangeOf(PortRange{TCP, 81, 81})},
		{Select(lacks("app")), EveryPeer[0], RangeOf(PortRange{TCP, 82, 82})},
	}
	for i := range 2 * manyBundles {
		rules = append(rules, Rule{Labelled("app", fmt.Sprint("a", i)), EveryPeer[0], RangeOf(PortRange{TCP, 80, 80})})
	}
	r := isolated(NewFacts(map[string]map[string]string{"shop": nil}), rules)
	for app, want := range map[string][3]bool{"": {false, true, true}, "a1": {true, false, false}, "a150": {true, true, false}, "other": {false, true, false}} {
		pod := Party{Namespace: "shop", Labels: map[string]string{"tier": "x"}}
		if app != "" {
			pod.Labels["app"] = app
		}
		for i, number := range []int{80, 81, 82} {
			if got := r.PermitsSide(pod, pod, Port{Protocol: TCP, Number: number}, Ingress); got != want[i] {
				t.Errorf("app %q on %d: %v", app, number, got)
			}
		}
	}
}
