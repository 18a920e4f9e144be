package query

import (
	"fmt"
	"slices"
	"testing"
)

// policyText writes a policy of namespace shop.
func policyText(name, spec string) string {
	return fmt.Sprintf("---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: shop}\nspec: %s\n", name, spec)
}

func workloadText(kind, name, labels, pod string) string {
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: %s\nmetadata: {name: %s, namespace: shop}\nspec: {template: {metadata: {labels: %s}, spec: %s}}\n", kind, name, labels, pod)
}

const spacesText = `---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {team: b}}
`

// TestTraps asks of policies that people and tools read wrongly what they permit.
func TestTraps(t *testing.T) {
	web := workloadText("Deployment", "web", "{app: web}", "{containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}")
	odd := workloadText("StatefulSet", "odd", "{app: odd}", "{containers: [{name: c, ports: [{name: http, containerPort: 5432}, {name: dns, containerPort: 5353, protocol: UDP}]}]}")
	for _, test := range []struct {
		name, manifests string
		permitted       []string
		denied          []string
	}{
		{"selectors as two items are either", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}, {podSelector: {matchLabels: {app: web}}}]}]}"),
			[]string{"pay/{app=other} -> shop/{} :1", "shop/{app=web} -> shop/{} :1"}, []string{"shop/{app=other} -> shop/{} :1"}},
		{"selectors in one item are both", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: web}}}]}]}"),
			[]string{"pay/{app=web} -> shop/{} :1"}, []string{"pay/{app=other} -> shop/{} :1", "shop/{app=web} -> shop/{} :1"}},
		{"no rules", policyText("p", "{podSelector: {}, ingress: []}"), nil, []string{"shop/{} -> shop/{} :1", "8.8.8.8 -> shop/{} :1"}},
		{"an empty rule", policyText("p", "{podSelector: {}, ingress: [{}]}"), []string{"pay/{} -> shop/{} :any", "8.8.8.8 -> shop/{} :any"}, nil},
		{"a rule of nobody is of everybody", policyText("p", "{podSelector: {}, ingress: [{from: [], ports: [{port: 80}]}]}"),
			[]string{"pay/{} -> shop/{} :80", "2001:db8::1 -> shop/{} :80"}, []string{"pay/{} -> shop/{} :81", "pay/{} -> shop/{} :80/udp"}},
		{"null for a rule's peers and ports", policyText("p", "{podSelector: {}, ingress: [{from: null, ports: null}]}"), []string{"8.8.8.8 -> shop/{} :any"}, nil},
		{"a null podSelector", policyText("p", "{podSelector: null, policyTypes: [Ingress]}"), nil, []string{"pay/{} -> shop/{app=web} :80"}},
		{"a missing podSelector", policyText("p", "{policyTypes: [Ingress]}"), nil, []string{"pay/{} -> shop/{app=web} :80"}},
		{"a podSelector speaks of the own namespace", policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"),
			[]string{"shop/{} -> shop/{} :80"}, []string{"pay/{} -> shop/{} :80"}},
		{"a name label that nobody set", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {name: pay}}}]}]}"),
			nil, []string{"pay/{} -> shop/{} :80"}},
		{"the name label that is always set", policyText("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: pay}}}]}]}"),
			[]string{"pay/{} -> shop/{} :80"}, []string{"shop/{} -> shop/{} :80"}},
		{"both sides must permit", policyText("in", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]}") + policyText("out", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: b}}}]}]}"),
			[]string{"shop/{app=other} -> shop/{app=db} :1"}, []string{"shop/{app=web} -> shop/{app=db} :1"}},
		{"without policyTypes egress rules isolate egress", policyText("p", "{podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]}"),
			[]string{"shop/{} -> pay/{} :53/udp"}, []string{"shop/{} -> pay/{} :53/tcp", "shop/{} -> 8.8.8.8 :443", "pay/{} -> shop/{} :1"}},
		{"without policyTypes and egress rules egress is open", policyText("p", "{podSelector: {}, egress: [], ingress: []}"),
			[]string{"shop/{} -> pay/{} :80"}, []string{"pay/{} -> shop/{} :80"}},
		{"egress rules that policyTypes leave out", policyText("p", "{podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}"),
			[]string{"shop/{} -> pay/{} :80"}, []string{"pay/{} -> shop/{} :80"}},
		{"a policy more only adds", policyText("open", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}") + policyText("deny-web", "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]}]}"),
			[]string{"shop/{app=web} -> shop/{} :80"}, nil},
		{"another policy allows the excepted block", policyText("a", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/25]}}]}]}") + policyText("b", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.192/26}}]}]}"),
			[]string{"203.0.113.1 -> shop/{} :80", "203.0.113.200 -> shop/{} :80"}, []string{"203.0.113.130 -> shop/{} :80", "203.0.113.0/24 -> shop/{} :80"}},
		{"NotIn where the key is absent", policyText("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]}]}"),
			[]string{"shop/{} -> shop/{} :80", "shop/{app=db} -> shop/{} :80"}, []string{"shop/{app=web} -> shop/{} :80"}},
		{"a named port towards an address", policyText("p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: http}]}]}"),
			nil, []string{"shop/{} -> 203.0.113.1 :80", "shop/{} -> 203.0.113.1 :8080"}},
		{"a named port is another number in each workload", web + odd + policyText("p", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}"),
			[]string{"pay/{} -> shop/Deployment/web :8080", "pay/{} -> shop/StatefulSet/odd :5432", "pay/{} -> shop/StatefulSet/odd :http"},
			[]string{"pay/{} -> shop/Deployment/web :5432", "pay/{} -> shop/StatefulSet/odd :8080", "pay/{} -> shop/Deployment/web :8080/udp"}},
		{"a named port is of a protocol", odd + policyText("p", "{podSelector: {}, ingress: [{ports: [{port: dns}]}]}"), nil, []string{"pay/{} -> shop/StatefulSet/odd :5353/udp"}},
		{"a range of ports", policyText("p", "{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8010}]}]}"),
			[]string{"pay/{} -> shop/{} :8000-8010"}, []string{"pay/{} -> shop/{} :7999", "pay/{} -> shop/{} :8011", "pay/{} -> shop/{} :8000-8011"}},
		{"DNS by UDP only", policyText("p", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]}"),
			[]string{"shop/{} -> kube-system/{k8s-app=kube-dns} :53/udp"}, []string{"shop/{} -> kube-system/{k8s-app=kube-dns} :53", "shop/{} -> kube-system/{k8s-app=kube-dns} :5353/udp"}},
		{"the second document", policyText("open", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}") + policyText("deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
			nil, []string{"shop/{} -> shop/{} :80"}},
		{"every selector's operator", policyText("p", "{podSelector: {matchExpressions: [{key: app, operator: In, values: [db]}, {key: old, operator: DoesNotExist}]}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}]}"),
			[]string{"shop/{app=x} -> shop/{app=db} :1", "pay/{} -> shop/{app=db,old=yes} :1"}, []string{"shop/{} -> shop/{app=db} :1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := viewOf(t, spacesText+test.manifests)
			for _, question := range append(slices.Clone(test.permitted), test.denied...) {
				q, err := v.Query(question)
				if err != nil {
					t.Error(err)
				} else if want := slices.Contains(test.permitted, question); v.Why(q).Permitted != want {
					t.Errorf("%s: want permitted to be %v", question, want)
				}
			}
		})
	}
}
