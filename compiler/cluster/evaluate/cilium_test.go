package evaluate_test

import (
	"errors"
	"net/netip"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/evaluate"
	"github.com/zt-lang/zt/compiler/relation"
)

// ciliumOf reads a policy for all pods of a namespace.
func ciliumOf(t *testing.T, spec ciliumpolicy.SpecObject) *ciliumpolicy.Policy {
	t.Helper()
	spec.EndpointSelector = &metav1.LabelSelector{}
	p, problems := ciliumpolicy.Read(ciliumpolicy.Namespaced, "shop", "p", &ciliumpolicy.Object{Spec: &spec})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func addrs(text string) relation.Addrs { return relation.Prefix(netip.MustParsePrefix(text)) }

// What entities and blocks are is a fact of the cluster. Without it, nothing says what the rule permits.
func TestCiliumPlaces(t *testing.T) {
	facts := relation.NewFacts(map[string]map[string]string{"shop": {}})
	facts.Nodes, facts.APIServer = addrs("192.168.1.0/24"), addrs("192.0.2.1/32")
	facts.Unmatched = facts.Nodes
	entities := func(list ...string) ciliumpolicy.EgressRule {
		return ciliumpolicy.EgressRule{To: ciliumpolicy.To{ToEntities: list}}
	}
	const node, server, outside = "192.168.1.7", "192.0.2.1", "203.0.113.9"
	for _, test := range []struct {
		name      string
		rule      ciliumpolicy.EgressRule
		permits   []string
		pods      bool
		withoutIt bool // it is known without facts
	}{
		{"all", entities("all"), []string{node, server, outside}, true, true},
		{"world", entities("world"), []string{server, outside}, false, true},
		{"cluster", entities("cluster"), []string{node, server}, true, false},
		{"nodes", entities("host", "remote-node"), []string{node}, false, false},
		{"kube-apiserver", entities("kube-apiserver"), []string{server}, false, false},
		{"health", entities("health"), nil, false, true},
		{"a block with nodes", ciliumpolicy.EgressRule{To: ciliumpolicy.To{ToCIDR: []string{"0.0.0.0/0"}}}, []string{server, outside}, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := ciliumOf(t, ciliumpolicy.SpecObject{Egress: []ciliumpolicy.EgressRule{test.rule}})
			r, err := evaluate.CiliumRelation([]*ciliumpolicy.Policy{p}, facts)
			if err != nil {
				t.Fatal(err)
			}
			from := relation.Party{Namespace: "shop", NamespaceLabels: facts.Labels("shop")}
			port := relation.Port{Protocol: relation.TCP, Number: 80}
			for _, a := range []string{node, server, outside} {
				want := false
				for _, p := range test.permits {
					want = want || p == a
				}
				if got := r.Permits(relation.Connection{From: from, To: relation.Party{Addr: netip.MustParseAddr(a)}, Port: port}); got != want {
					t.Errorf("%s is permitted: %t", a, got)
				}
			}
			if got := r.Permits(relation.Connection{From: from, To: from, Port: port}); got != test.pods {
				t.Errorf("a pod is permitted: %t", got)
			}
			_, err = evaluate.CiliumRelation([]*ciliumpolicy.Policy{p}, relation.NewFacts(nil))
			if open := (*evaluate.OpenRule)(nil); errors.As(err, &open) == test.withoutIt {
				t.Errorf("without the facts: %v", err)
			}
		})
	}
}

// In Cilium a rule of the tier Baseline also decides about isolated pods (pkg/policy/repository.go,
// computePolicyEnforcementAndRules); what denies in the tier before it wins.
func TestCiliumAndBaseline(t *testing.T) {
	facts := relation.NewFacts(map[string]map[string]string{"shop": {}})
	every := clusterpolicy.Peer{Of: relation.Pods{}}
	baseline := &clusterpolicy.Policy{Tier: clusterpolicy.Baseline, Rules: [2][]clusterpolicy.Rule{relation.Ingress: {{Action: clusterpolicy.Accept, Peers: []clusterpolicy.Peer{every}, Ports: relation.EveryPort}}}}
	pod := relation.Party{Namespace: "shop", NamespaceLabels: facts.Labels("shop")}
	c := relation.Connection{From: pod, To: pod, Port: relation.Port{Protocol: relation.TCP, Number: 80}}
	for _, test := range []struct {
		spec ciliumpolicy.SpecObject
		want bool
	}{
		{ciliumpolicy.SpecObject{Ingress: []ciliumpolicy.IngressRule{{}}}, true},
		{ciliumpolicy.SpecObject{IngressDeny: []ciliumpolicy.IngressDenyRule{{From: ciliumpolicy.From{FromEntities: []string{"cluster"}}}}}, false},
	} {
		o, err := evaluate.TraceCilium(nil, []*clusterpolicy.Policy{baseline}, []*ciliumpolicy.Policy{ciliumOf(t, test.spec)}, facts, relation.Addrs{}, relation.Addrs{})
		if err != nil {
			t.Fatal(err)
		}
		if o.Least.Permits(c) != test.want || o.Most.Permits(c) != test.want {
			t.Errorf("permitted at least: %t, at most: %t; want %t", o.Least.Permits(c), o.Most.Permits(c), test.want)
		}
	}
}
