package query

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/source"
)

const twoNamespaces = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {env: prod}}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {env: dev}}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: x}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: dev, labels: {app: web}}
spec: {containers: [{name: c, image: x}]}
---
`

// What ordered rules deny for pods of others is not listed as a connection with all; what remains is.
func TestRemainderOfAll(t *testing.T) {
	const clusterPolicy = "apiVersion: policy.networking.k8s.io/v1beta1\nkind: ClusterNetworkPolicy\nmetadata: {name: a}\nspec: "
	for name, c := range map[string]struct {
		policies   string
		want, none []string
	}{
		"ingress of every pod": {
			clusterPolicy + "{tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}",
			[]string{"dev/Pod/web -> 0.0.0.0/0, ::/0 :any"},
			[]string{"-> all", "dev/Pod/web -> shop", "dev/Pod/web -> {"},
		},
		"ingress of some namespaces": {
			clusterPolicy + "{tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {env: prod}}}, ingress: [{action: Deny, from: [{namespaces: {matchLabels: {env: dev}}}]}]}",
			[]string{"dev/Pod/web -> 0.0.0.0/0, ::/0 :any", "dev/Pod/web -> {env!=prod}/* :any", "shop/Pod/api -> all :any", "all -> dev/Pod/web :any"},
			[]string{"dev/Pod/web -> all", "dev/Pod/web -> shop", "shop/Pod/api -> {env!=prod}"},
		},
		"egress of some namespaces": {
			clusterPolicy + "{tier: Baseline, priority: 1, subject: {namespaces: {matchLabels: {env: dev}}}, egress: [{action: Deny, to: [{namespaces: {matchLabels: {env: prod}}}]}]}",
			[]string{"0.0.0.0/0, ::/0 -> shop/Pod/api :any", "{env!=dev}/* -> shop/Pod/api :any", "all -> dev/Pod/web :any"},
			[]string{"all -> shop", "dev/Pod/web -> shop"},
		},
		"beside a NetworkPolicy": {
			"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: dev}\nspec: {podSelector: {matchLabels: {app: other}}, policyTypes: [Ingress]}\n---\n" +
				clusterPolicy + "{tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {env: prod}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}",
			[]string{"shop/Pod/api -> dev/Pod/web :any", "shop/Pod/api -> {env!=prod,kubernetes.io/metadata.name!=dev}/* :any"},
			[]string{"-> all"},
		},
		"nothing is denied": {
			clusterPolicy + "{tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Accept, from: [{namespaces: {}}]}]}",
			[]string{"dev/Pod/web -> all :any"}, nil,
		},
		"a policy of Cilium": {
			"apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: c}\nspec: {endpointSelector: {}, enableDefaultDeny: {ingress: false, egress: false}, ingressDeny: [{fromEndpoints: [{}]}]}",
			[]string{"dev/Pod/web -> 0.0.0.0/0, ::/0 :any"}, []string{"-> all"},
		},
		"only NetworkPolicies": {
			"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}",
			[]string{"dev/Pod/web -> all :any"}, nil,
		},
	} {
		inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", twoNamespaces+c.policies)}, "")
		if diags.Errors() > 0 {
			t.Fatalf("%s: %v", name, diags)
		}
		v, err := OfManifests(inv, LabelsOf(inv), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var out bytes.Buffer
		list := v.Reach()
		if err := v.WriteConnections(&out, list, nil); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		for _, want := range c.want {
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, want+" ") }) {
				t.Errorf("%s: no line %q in\n%s", name, want, out.String())
			}
		}
		for _, none := range c.none {
			if strings.Contains(out.String(), none) {
				t.Errorf("%s: %q is in\n%s", name, none, out.String())
			}
		}
		// A question about all has the same answer.
		for _, ends := range []string{"dev/Pod/web -> all", "shop/Pod/api -> all", "all -> dev/Pod/web", "all -> shop/Pod/api"} {
			q, err := v.Query(ends)
			if err != nil {
				t.Fatal(err)
			}
			a, listed := v.Why(q), strings.Contains("\n"+out.String(), "\n"+ends+" :any ")
			if listed && !a.Permitted || a.Permitted && !listed && q.To.Free {
				t.Errorf("%s: %s: permitted: %t, listed: %t", name, ends, a.Permitted, listed)
			}
			if side := a.Egress; a.Verdict() == Denied {
				if q.To.Free {
					side = a.Ingress
				}
				if !side.Permitted && len(side.Decisions) == 0 {
					t.Errorf("%s: %s is denied by no rule", name, ends)
				}
			}
		}
	}
}

// A connection with all says that it is permitted with everyone whom no NetworkPolicy isolates.
func TestConnectionsWithAll(t *testing.T) {
	compared, connections := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		s := d.Set(d.IntN(2) == 0, d.IntN(2) == 0)
		v := modelOf(t, s, nil)
		attempts := d.Attempts(s, 100)
		for _, c := range v.Reach() {
			if c.From.Free == c.To.Free || c.Ports.HasNames() {
				continue
			}
			connections++
			for _, a := range attempts {
				x := connectionOf(a)
				own, peer, direction, named := x.To, x.From, relation.Ingress, c.From
				if c.From.Free {
					own, peer, direction, named = x.From, x.To, relation.Egress, c.To
				}
				port := relation.RangeOf(relation.PortRange{Protocol: x.Port.Protocol, Low: x.Port.Number, High: x.Port.Number})
				isIsolated := slices.ContainsFunc(v.isolators[direction][v.Relation.Home(own)].overlapping(exact(own.Labels, nil)), func(i isolator) bool { return i.pods.Matches(own.Labels) })
				isNamed := slices.ContainsFunc(named.Parts, func(p relation.Peer) bool { return p.Has(peer) })
				if isIsolated || !isNamed || !port.Subset(c.Ports) {
					continue
				}
				compared++
				if !v.Relation.Permits(x) {
					t.Fatalf("%s is listed, and %s is not permitted\n%s", c.edge(), x, s.Manifests())
				}
			}
		}
	})
	if t.Logf("%d connections with all, %d compared", connections, compared); connections > 1000 && compared == 0 {
		t.Error("nothing was compared")
	}
}
