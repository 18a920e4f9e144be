package e2e

import (
	"bytes"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/emit/conformance/scene"
)

// sampled is how many cells are probed of those that guardrails deny, and of the others.
const sampled = 500

// Guardrails hold: NetworkPolicies that permit everything, in every namespace, open nothing that the program
// denies. Without the guardrails, they open all of it.
func TestGuardrails(t *testing.T) {
	var all []*topology
	for _, c := range examplesFor(t, guardrails) {
		if c.whole() && bytes.Contains(c.Stream, []byte("kind: ClusterNetworkPolicy\n")) {
			all = append(all, c)
		}
	}
	const programs = 3
	for number := range programs {
		if c := denying(t, 50+number, guardrails...); c != nil {
			all = append(all, c)
		}
	}
	for number, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			defer c.define(t)()
			st := newStage(t, c)
			st.isGuarded(t, c, uint64(number))
		})
	}
}

// isGuarded checks what guardrails deny: with the program's NetworkPolicies and with others.
func (st *stage) isGuarded(t *testing.T, c *topology, number uint64) {
	t.Helper()
	denied := func(cell scene.Cell) bool { return c.Guarded(cell.Connection(st.scene)) }
	forbidden := st.sample(sampled, number, denied)
	if len(forbidden) == 0 {
		t.Fatal("nothing is denied")
	}
	st.cells = append(slices.Clip(forbidden), st.sample(sampled, number, func(cell scene.Cell) bool { return !denied(cell) })...)
	apply(t, c.build(t))
	verify(t, c)
	permits := st.permits(c)
	st.hold(t, func(cell scene.Cell) bool { return permits(cell) && !denied(cell) }) // a pod of two tiers can have both

	openAll(t, st.scene)
	got := st.probe(t)
	st.holdReading(t, got)
	for i := range forbidden {
		if got[i] {
			t.Errorf("%v: is denied, and a NetworkPolicy opens it", st.cells[i])
		}
	}
	total.guarded.Add(int64(len(forbidden)))

	st.cells = forbidden
	clusterPolicies.clear(t)
	awaitPolicies(t)
	st.hold(t, func(scene.Cell) bool { return true })
}

// openAll adds a NetworkPolicy that permits everything to each namespace of a scene.
func openAll(t *testing.T, s *scene.Scene) {
	t.Helper()
	for name := range s.Namespaces {
		p := &networkingv1.NetworkPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: "open-all", Namespace: name},
			Spec: networkingv1.NetworkPolicySpec{
				Ingress: []networkingv1.NetworkPolicyIngressRule{{}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
				PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			},
		}
		if _, err := server.client.NetworkingV1().NetworkPolicies(name).Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	awaitPolicies(t)
}
