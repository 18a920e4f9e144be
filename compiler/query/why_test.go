package query

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/relation"
)

// ports are those at the borders of what policies speak of, in every protocol.
var ports = func() []on {
	var out []on
	for _, p := range protocols {
		for _, n := range []int{1, 79, 80, 81, 82, 443, 480, 481, 8080, 8480, 8481, 65535} {
			out = append(out, on{p, n})
		}
	}
	return out
}()

// anyLabels returns an end with labels of its namespace that are not stated.
func anyLabels(v *Model, e end) []end {
	if e.addr.IsValid() || v.Relation.Facts.Labels(e.ns) != nil {
		return []end{e}
	}
	var out []end
	for _, env := range []string{"-", "dev", "prod", "", "zzz"} {
		for _, team := range []string{"-", "a", "b", "zzz"} {
			has := map[string]string{}
			for k, value := range map[string]string{relation.NameLabel: e.ns, "env": env, "team": team} {
				if value != "-" {
					has[k] = value
				}
			}
			other := e
			other.nsHas = has
			out = append(out, other)
		}
	}
	return out
}

// TestWhyOfManifests asks, of every pair of ends and many ports, and holds the answers against
// the naive evaluator's.
func TestWhyOfManifests(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clusters.Draw(t, "cluster")
		v, n, random := viewOf(t, c.files...), c.naive(), rand.New(rand.NewPCG(c.seed, 1))
		open := n.open()
		for _, from := range c.ends {
			for j, to := range c.ends {
				if from.addr.IsValid() && to.addr.IsValid() {
					continue
				}
				for range 4 {
					port := ports[random.IntN(len(ports))]
					question := fmt.Sprintf("%s -> %s :%s", from.name, to.name, port)
					q, err := v.Query(question)
					if err != nil {
						t.Fatal(err)
					}
					a := v.Why(q)
					want := Denied
					if n.permits(from.end, to.end, port) {
						want = Permitted
					}
					for _, f := range anyLabels(v, from.end) {
						for _, x := range anyLabels(v, to.end) {
							if n.permits(f, x, port) != (want == Permitted) || open.permits(f, x, port) != (want == Permitted) {
								want = Unknown
								break
							}
						}
						if want == Unknown {
							break
						}
					}
					if a.Verdict() != want {
						t.Fatalf("%s: %s, want %s", question, a.Verdict(), want)
					}
					for _, side := range []struct {
						Side
						direction networkingv1.PolicyType
						own, peer asked
					}{{a.Egress, networkingv1.PolicyTypeEgress, from, to}, {a.Ingress, networkingv1.PolicyTypeIngress, to, from}} {
						if want := n.isolated(side.direction, side.own.end); side.Isolated != want || (len(side.IsolatedBy) > 0) != want {
							t.Fatalf("%s: %s isolated is %v, by %v, want %v", question, side.direction, side.Isolated, side.IsolatedBy, want)
						}
						if want := n.side(side.direction, side.own.end, side.peer.end, to.end, port); side.Permitted != want {
							t.Fatalf("%s: %s permitted is %v, want %v", question, side.direction, side.Permitted, want)
						}
						if because := side.Isolated && side.Permitted; because != (len(side.Because) > 0) {
							t.Fatalf("%s: %s is because of %v", question, side.direction, side.Because)
						}
						n.justifies(t, question, side.direction, side.Side, side.own.end, side.peer.end, to.end, port)
					}
					if some := !(a.Egress.Permitted && a.Ingress.Permitted) && !c.isNamed(j) && n.permits(from.end, to.calling(port), port); a.Some != some {
						t.Fatalf("%s: some of it is permitted is %v, want %v", question, a.Some, some)
					}
				}
			}
		}
	})
}

// calling is the end if its containers called a port by every name.
func (e end) calling(p on) end {
	if e.addr.IsValid() {
		return e
	}
	for _, name := range portNames {
		e.listen = append(e.listen, listen{name, p.protocol, p.number})
	}
	return e
}

// justifies holds what an answer names against the policies: those that isolate are all that do, and
// each rule that permits does so by itself.
func (n naive) justifies(t *rapid.T, question string, direction networkingv1.PolicyType, s Side, own, peer, to end, port on) {
	var isolating []string
	for _, p := range n {
		if governs(p, direction, own) {
			isolating = append(isolating, p.Namespace+"/"+p.Name)
		}
	}
	var named []string
	for _, by := range s.IsolatedBy {
		named = append(named, by.Policy)
	}
	slices.Sort(isolating)
	slices.Sort(named)
	if !slices.Equal(named, isolating) {
		t.Fatalf("%s: %s is isolated by %v, want %v", question, direction, named, isolating)
	}
	for _, o := range s.Because {
		if !n.rulePermits(o, own, peer, to, port) {
			t.Fatalf("%s: %s is not permitted by %s %s", question, direction, o.Policy, o.Rule)
		}
	}
}

// rulePermits reports whether the rule that an origin names permits a connection.
func (n naive) rulePermits(o Origin, own, peer, to end, port on) bool {
	for _, p := range n {
		if p.Namespace+"/"+p.Name != o.Policy {
			continue
		}
		for i, r := range p.Spec.Ingress {
			if o.Rule == fmt.Sprintf("ingress[%d]", i) {
				return governs(p, networkingv1.PolicyTypeIngress, own) && admits(p.Namespace, r.From, r.Ports, peer, to, port)
			}
		}
		for i, r := range p.Spec.Egress {
			if o.Rule == fmt.Sprintf("egress[%d]", i) {
				return governs(p, networkingv1.PolicyTypeEgress, own) && admits(p.Namespace, r.To, r.Ports, peer, to, port)
			}
		}
	}
	return false
}
