package semantics

import (
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/emit/networkpolicy"
)

// side is the rules of one direction of a policy, under names that both have.
type side struct {
	peers *[]networkingv1.NetworkPolicyPeer
	ports *[]networkingv1.NetworkPolicyPort
}

func sides(p *networkingv1.NetworkPolicy) []side {
	var out []side
	for i := range p.Spec.Ingress {
		out = append(out, side{&p.Spec.Ingress[i].From, &p.Spec.Ingress[i].Ports})
	}
	for i := range p.Spec.Egress {
		out = append(out, side{&p.Spec.Egress[i].To, &p.Spec.Egress[i].Ports})
	}
	return out
}

// mutation spoils the objects at one place of those where it can be done. It
// returns nothing where there is none.
type mutation struct {
	name string
	// places returns functions that each spoil a policy in another place.
	places func(p *networkingv1.NetworkPolicy) []func()
}

func remove[T any](list *[]T, i int) func() { return func() { *list = slices.Delete(*list, i, i+1) } }

func onPeers(f func(r side, i int, p *networkingv1.NetworkPolicyPeer) func()) func(*networkingv1.NetworkPolicy) []func() {
	return func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.peers {
				if spoil := f(r, i, &(*r.peers)[i]); spoil != nil {
					out = append(out, spoil)
				}
			}
		}
		return out
	}
}

func onPorts(f func(p *networkingv1.NetworkPolicyPort) func()) func(*networkingv1.NetworkPolicy) []func() {
	return func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			for i := range *r.ports {
				if spoil := f(&(*r.ports)[i]); spoil != nil {
					out = append(out, spoil)
				}
			}
		}
		return out
	}
}

// widen empties a selector.
func widen(s *metav1.LabelSelector) func() {
	if s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return nil
	}
	return func() { *s = metav1.LabelSelector{} }
}

func turnOperator(s *metav1.LabelSelector) func() {
	if s == nil || len(s.MatchExpressions) == 0 {
		return nil
	}
	e := &s.MatchExpressions[0]
	return func() {
		e.Operator = map[metav1.LabelSelectorOperator]metav1.LabelSelectorOperator{
			metav1.LabelSelectorOpIn: metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpNotIn: metav1.LabelSelectorOpIn,
			metav1.LabelSelectorOpExists: metav1.LabelSelectorOpDoesNotExist, metav1.LabelSelectorOpDoesNotExist: metav1.LabelSelectorOpExists,
		}[e.Operator]
	}
}

func only(spoil func()) []func() {
	if spoil == nil {
		return nil
	}
	return []func(){spoil}
}

var mutations = []mutation{
	{"drop a peer", onPeers(func(r side, i int, _ *networkingv1.NetworkPolicyPeer) func() {
		if len(*r.peers) < 2 {
			return nil // without any it would permit everybody
		}
		return remove(r.peers, i)
	})},
	{"drop all peers", onPeers(func(r side, _ int, _ *networkingv1.NetworkPolicyPeer) func() { return func() { *r.peers = nil } })},
	{"split a peer in two", onPeers(func(r side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.NamespaceSelector == nil || p.PodSelector == nil {
			return nil
		}
		return func() {
			pods := networkingv1.NetworkPolicyPeer{PodSelector: p.PodSelector}
			p.PodSelector = nil
			*r.peers = append(*r.peers, pods)
		}
	})},
	{"forget the namespace of a peer", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.NamespaceSelector == nil {
			return nil
		}
		return func() {
			p.NamespaceSelector = nil
			if p.PodSelector == nil {
				p.PodSelector = &metav1.LabelSelector{}
			}
		}
	})},
	{"widen a peer's podSelector", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() { return widen(p.PodSelector) })},
	{"widen a peer's namespaceSelector", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() { return widen(p.NamespaceSelector) })},
	{"turn an operator of a peer", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() { return turnOperator(p.PodSelector) })},
	{"drop except", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.IPBlock == nil || len(p.IPBlock.Except) == 0 {
			return nil
		}
		return func() { p.IPBlock.Except = nil }
	})},
	{"another block", onPeers(func(_ side, _ int, p *networkingv1.NetworkPolicyPeer) func() {
		if p.IPBlock == nil {
			return nil
		}
		return func() { p.IPBlock = &networkingv1.IPBlock{CIDR: "192.0.2.0/24"} }
	})},
	{"widen the podSelector", func(p *networkingv1.NetworkPolicy) []func() { return only(widen(&p.Spec.PodSelector)) }},
	{"turn an operator", func(p *networkingv1.NetworkPolicy) []func() { return only(turnOperator(&p.Spec.PodSelector)) }},
	{"drop all ports", func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for _, r := range sides(p) {
			if len(*r.ports) > 0 {
				out = append(out, func() { *r.ports = nil })
			}
		}
		return out
	}},
	{"another port", onPorts(func(p *networkingv1.NetworkPolicyPort) func() {
		return func() {
			other := intstr.FromInt32(9)
			p.Port, p.EndPort = &other, nil
		}
	})},
	{"drop endPort", onPorts(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort == nil {
			return nil
		}
		return func() { p.EndPort = nil }
	})},
	{"one port less at the end", onPorts(func(p *networkingv1.NetworkPolicyPort) func() {
		if p.EndPort == nil {
			return nil
		}
		return func() { *p.EndPort-- }
	})},
	{"another protocol", onPorts(func(p *networkingv1.NetworkPolicyPort) func() {
		return func() {
			other := corev1.ProtocolUDP
			if p.Protocol != nil && *p.Protocol == other {
				other = corev1.ProtocolTCP
			}
			p.Protocol = &other
		}
	})},
	{"drop a direction", func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i := range p.Spec.PolicyTypes {
			out = append(out, remove(&p.Spec.PolicyTypes, i))
		}
		return out
	}},
	{"drop a rule", func(p *networkingv1.NetworkPolicy) []func() {
		var out []func()
		for i := range p.Spec.Ingress {
			out = append(out, remove(&p.Spec.Ingress, i))
		}
		for i := range p.Spec.Egress {
			out = append(out, remove(&p.Spec.Egress, i))
		}
		return out
	}},
	{"another namespace", func(p *networkingv1.NetworkPolicy) []func() { return only(func() { p.Namespace = "stranger" }) }},
	{"isolate what is not", func(p *networkingv1.NetworkPolicy) []func() {
		if len(p.Spec.PolicyTypes) == 2 {
			return nil
		}
		return only(func() {
			p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
		})
	}},
}

// TestMutants spoils the emitted objects and asks for the difference: a
// comparison that notices nothing would prove nothing.
//
// Not every mutant can be noticed: what one object loses another may permit all the
// same. So some of each kind must be, and of all together a good part.
func TestMutants(t *testing.T) {
	t.Parallel()
	const atLeast, altogether = 15, 40 // percent
	allSpoilt, allNoticed := 0, 0
	for k, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			spoilt, noticed := 0, 0
			for i := 0; spoilt < 25 && i < 400; i++ {
				p := examples.Example(1000*k + i).program
				objects := build(t, p)
				var places []func()
				for _, policy := range objects.policies {
					places = append(places, m.places(policy)...)
				}
				if len(places) == 0 {
					continue
				}
				places[rand.New(rand.NewPCG(uint64(i), 2)).IntN(len(places))]()
				spoilt++
				w := expand(p)
				s := newSampler(w, uint64(i))
				if compare(w, []*cluster{objects}, s.sample(), s.somePorts(14)) != "" {
					noticed++
				}
			}
			t.Logf("%d of %d noticed", noticed, spoilt)
			if spoilt < 15 || noticed*100 < spoilt*atLeast {
				t.Errorf("too few")
			}
			allSpoilt += spoilt
			allNoticed += noticed
		})
	}
	if allNoticed*100 < allSpoilt*altogether {
		t.Errorf("of all, only %d of %d are noticed", allNoticed, allSpoilt)
	}
	t.Run("drop an object", func(t *testing.T) {
		spoilt, noticed := map[bool]int{}, map[bool]int{} // by whether it is deny-all
		for i := range 100 {
			p := examples.Example(50000 + i).program
			objects := build(t, p)
			if len(objects.policies) == 0 {
				continue
			}
			k := i % len(objects.policies)
			denyAll := objects.policies[k].Name == "deny-all"
			objects.policies = slices.Delete(objects.policies, k, k+1)
			spoilt[denyAll]++
			w := expand(p)
			s := newSampler(w, uint64(i))
			if compare(w, []*cluster{objects}, s.sample(), s.somePorts(14)) != "" {
				noticed[denyAll]++
			}
		}
		t.Logf("deny-all: %d of %d, others: %d of %d", noticed[true], spoilt[true], noticed[false], spoilt[false])
		if noticed[true]*4 < spoilt[true] || noticed[false]*4 < spoilt[false] || spoilt[true] == 0 {
			t.Errorf("deny-all: %d of %d, others: %d of %d", noticed[true], spoilt[true], noticed[false], spoilt[false])
		}
	})
}

// build compiles a program, without what it forbids, and reads back the objects by tier.
func build(t *testing.T, p *program) *cluster {
	topo, diags, err := compile(p, p.print(0, false))
	if err != nil || topo == nil {
		t.Fatalf("refused: %v%s", err, messages(diags))
	}
	stream, err := emit(topo, networkpolicy.ByTier)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(stream)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}
