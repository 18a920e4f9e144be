package e2e

import (
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/manifest"
)

// These tests break something on purpose, and check that `zt verify` and the connections show it.

// unequal checks that `zt verify` finds a difference.
func unequal(t *testing.T, c *topology) {
	t.Helper()
	if out, equal := zt(t, readBack(t, networkPolicies), c.args("verify", "--manifests", "-")...); equal {
		t.Errorf("zt verify sees nothing:\n%s", out)
	}
}

func platform(t *testing.T) *topology {
	t.Helper()
	return example(t, "platform")
}

func example(t *testing.T, name string) *topology {
	t.Helper()
	return named(exampleTopologies(t), name)
}

func named(all []*topology, name string) *topology {
	return all[slices.IndexFunc(all, func(c *topology) bool { return c.Name == name })]
}

// Without the enforcer every connection gets through, so nothing else denies any.
func TestEnforcerOff(t *testing.T) {
	c := platform(t)
	st := newStage(t, c)
	apply(t, c.build(t))
	st.enforceNot(t)
	permits, denied := st.permits(c), 0
	got := st.probe(t)
	for i, through := range got {
		if !through {
			t.Errorf("%v: does not get through without an enforcer", st.cells[i])
		}
		if !permits(st.cells[i]) {
			denied++
		}
	}
	if found := st.compare(got, permits); len(found) != denied || denied == 0 {
		t.Errorf("%d connections are to be denied, and %d are seen to get through", denied, len(found))
	}
	st.enforce(t)
	st.hold(t, permits)
}

// Without a deny-all, pods of no tier can connect.
func TestDenyAllLeftOut(t *testing.T) {
	c := platform(t)
	st := newStage(t, c)
	stored := c.policies(t)
	without := slices.DeleteFunc(stored, func(p *networkingv1.NetworkPolicy) bool { return p.Namespace == "orders" && p.Name == "deny-all" })
	if len(without) != len(documents(c.Stream))-1 {
		t.Fatal("there is no deny-all to leave out")
	}
	applyPolicies(t, without)
	unequal(t, c)
	found := st.mismatches(t, st.permits(c))
	if len(found) == 0 {
		t.Error("without a deny-all, nothing differs")
	}
	for _, m := range found {
		if !m.through {
			t.Errorf("%v: is denied without a deny-all", m.Cell)
		}
	}
}

// With a deny-all in a namespace of which only tiers are isolated, its free pods are cut.
func TestDenyAllAdded(t *testing.T) {
	c := example(t, "some-pods")
	st := newStage(t, c)
	denyAll := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: "deny-all"},
		Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}},
	}
	applyPolicies(t, append(c.policies(t), denyAll))
	unequal(t, c)
	found := st.mismatches(t, st.permits(c))
	if len(found) == 0 {
		t.Error("with a deny-all, nothing differs")
	}
	for _, m := range found {
		if m.through {
			t.Errorf("%v: gets through with a deny-all", m.Cell)
		}
		if m.From.Namespace != "monitoring" && m.To.Namespace != "monitoring" {
			t.Errorf("%v: is denied, and the deny-all does not concern it", m.Cell)
		}
	}
}

// Without one peer of a rule, exactly the connections that it permitted are cut.
func TestPeerDropped(t *testing.T) {
	c := platform(t)
	st := newStage(t, c)
	stored, dropped := c.policies(t), false
	for _, p := range stored {
		if p.Namespace == "orders" && p.Name == "allow-database" {
			from := &p.Spec.Ingress[0].From
			*from, dropped = (*from)[1:], len(*from) > 1
		}
	}
	if !dropped {
		t.Fatal("there is no peer to drop")
	}
	applyPolicies(t, stored)
	unequal(t, c)
	found := st.mismatches(t, st.permits(c))
	if len(found) == 0 {
		t.Error("without a peer, nothing differs")
	}
	for _, m := range found {
		if m.through {
			t.Errorf("%v: gets through without a peer", m.Cell)
		}
		if m.To.Name != "orders/database" {
			t.Errorf("%v: is denied, and the peer does not concern it", m.Cell)
		}
	}
}

// With the two selectors of a peer as two peers, other pods of these namespaces get in.
func TestPeerSplit(t *testing.T) {
	c := example(t, "tenants")
	st := newStage(t, c)
	stored, split := c.policies(t), false
	for _, p := range stored {
		if p.Namespace == "bank" && p.Name == "allow-ledger" {
			from := &p.Spec.Ingress[0].From
			peer := (*from)[0]
			split = peer.NamespaceSelector != nil && peer.PodSelector != nil
			*from = []networkingv1.NetworkPolicyPeer{{NamespaceSelector: peer.NamespaceSelector}, {PodSelector: peer.PodSelector}}
		}
	}
	if !split {
		t.Fatal("there is no peer to split")
	}
	applyPolicies(t, stored)
	unequal(t, c)
	found := st.mismatches(t, st.permits(c))
	if len(found) == 0 {
		t.Error("with two peers, nothing differs")
	}
	for _, m := range found {
		if !m.through {
			t.Errorf("%v: is denied with two peers", m.Cell)
		}
		if m.To.Namespace != "bank" {
			t.Errorf("%v: gets through, and the peers do not concern it", m.Cell)
		}
	}
}

// A rollout in the wrong order cuts connections, and the traffic shows it.
func TestWrongOrder(t *testing.T) {
	c := platform(t)
	st := newStage(t, c)
	permits := st.permits(c)
	tr := st.start(t, st.sample(flows, 0, func(c scene.Cell) bool { return permits(c) && ofOneTier(c) }))
	objects := documents(c.build(t))
	slices.SortStableFunc(objects, func(a, b string) int { return denyAllFirst(a) - denyAllFirst(b) })
	roll(t, tr, objects)
	if failed := tr.end(); len(failed) == 0 {
		t.Error("with all deny-alls first, no connection fails")
	}
	verify(t, c) // the end is right all the same
	st.hold(t, permits)
}

func denyAllFirst(object string) int {
	if strings.Contains(object, "name: deny-all\n") {
		return 0
	}
	return 1
}

// applyPolicies applies objects that are not as zt wrote them.
func applyPolicies(t *testing.T, changed []*networkingv1.NetworkPolicy) {
	t.Helper()
	stream := manifest.Marshal(policyset.FromObjects(changed), manifest.FormatYAML)
	apply(t, stream)
}
