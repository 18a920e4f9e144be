package model

import (
	"net/netip"
	"testing"
)

// Pods and addresses of the cases.
var (
	web     = &party{space: "shop", spaceLabels: named("shop"), labels: map[string]string{"role": "web"}, ports: map[string]int{"http/tcp": 8080}}
	web2    = &party{space: "shop", spaceLabels: named("shop"), labels: map[string]string{"role": "web"}, ports: map[string]int{"http/tcp": 9090, "http/udp": 53}}
	db      = &party{space: "shop", spaceLabels: named("shop"), labels: map[string]string{"role": "db"}}
	bare    = &party{space: "shop", spaceLabels: named("shop")}
	foreign = &party{space: "other", spaceLabels: map[string]string{"kubernetes.io/metadata.name": "other", "team": "blue"}, labels: map[string]string{"role": "web"}}
	alien   = &party{space: "other", spaceLabels: map[string]string{"kubernetes.io/metadata.name": "other", "team": "blue"}, labels: map[string]string{"role": "db"}}
	inside  = &party{addr: netip.MustParseAddr("203.0.113.8")}
	omitted = &party{addr: netip.MustParseAddr("203.0.113.7")}
	outside = &party{addr: netip.MustParseAddr("2001:db8::1")}
)

func named(space string) map[string]string {
	return map[string]string{"kubernetes.io/metadata.name": space}
}

func tcp(n int) port { return port{"tcp", n} }
func udp(n int) port { return port{"udp", n} }

// TestEvaluator checks the simple evaluator, case by case, against the API documentation.
func TestEvaluator(t *testing.T) {
	type cell struct {
		from, to *party
		on       port
		want     bool
	}
	cases := []struct {
		name  string
		specs []string // of policies in namespace shop
		cells []cell
	}{
		{"no policy", nil, []cell{{foreign, web, tcp(80), true}, {inside, web, tcp(80), true}, {web, outside, udp(1), true}}},
		{"empty podSelector selects every pod of its own namespace", []string{`{podSelector: {}}`},
			[]cell{{web, db, tcp(80), false}, {web, bare, tcp(80), false}, {web, foreign, tcp(80), true}}},
		{"null podSelector selects every pod", []string{`{podSelector: null, policyTypes: [Ingress]}`}, []cell{{web, db, tcp(80), false}}},
		{"missing podSelector selects every pod", []string{`{policyTypes: [Ingress]}`}, []cell{{web, db, tcp(80), false}}},
		{"a pod reaches itself", []string{`{podSelector: {}, policyTypes: [Ingress, Egress]}`},
			[]cell{{web, web, tcp(80), true}, {web, web2, tcp(80), false}}},
		{"ingress: [] denies", []string{`{podSelector: {}, ingress: []}`}, []cell{{foreign, web, tcp(80), false}, {web, foreign, tcp(80), true}}},
		{"ingress: [{}] allows all", []string{`{podSelector: {}, ingress: [{}]}`}, []cell{{foreign, web, tcp(80), true}, {inside, web, udp(80), true}}},
		{"from: [] allows all, addresses included", []string{`{podSelector: {}, ingress: [{from: [], ports: [{port: 80}]}]}`},
			[]cell{{inside, web, tcp(80), true}, {inside, web, tcp(81), false}}},
		{"no from allows all", []string{`{podSelector: {}, ingress: [{ports: [{port: 80}]}]}`}, []cell{{foreign, web, tcp(80), true}, {inside, web, udp(80), false}}},
		{"policyTypes default without egress", []string{`{podSelector: {}, ingress: [{}]}`}, []cell{{web, foreign, tcp(1), true}}},
		{"policyTypes default with egress isolates both", []string{`{podSelector: {}, egress: [{}]}`}, []cell{{web, foreign, tcp(1), true}, {foreign, web, tcp(1), false}}},
		{"egress rules without Egress in policyTypes are ignored", []string{`{podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}`},
			[]cell{{web, foreign, tcp(1), true}}},
		{"both selectors in one peer are AND",
			[]string{`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {role: web}}}]}]}`},
			[]cell{{foreign, web, tcp(1), true}, {alien, web, tcp(1), false}, {web2, web, tcp(1), false}}},
		{"two peers are OR",
			[]string{`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {role: web}}}]}]}`},
			[]cell{{foreign, web, tcp(1), true}, {alien, web, tcp(1), true}, {web2, web, tcp(1), true}, {db, web, tcp(1), false}}},
		{"podSelector alone is of the own namespace", []string{`{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}`},
			[]cell{{bare, web, tcp(1), true}, {foreign, web, tcp(1), false}, {inside, web, tcp(1), false}}},
		{"empty namespaceSelector is every namespace, and no address", []string{`{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}`},
			[]cell{{bare, web, tcp(1), true}, {foreign, web, tcp(1), true}, {inside, web, tcp(1), false}}},
		{"a namespace label that nobody set matches nothing", []string{`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {name: other}}}]}]}`},
			[]cell{{foreign, web, tcp(1), false}}},
		{"metadata.name is always there", []string{`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}`},
			[]cell{{foreign, web, tcp(1), true}, {db, web, tcp(1), false}}},
		{"both sides must permit", []string{
			`{podSelector: {}, policyTypes: [Ingress, Egress]}`,
			`{podSelector: {matchLabels: {role: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {role: web}}}]}]}`,
		}, []cell{{web, db, tcp(1), false}}},
		{"both sides do permit", []string{
			`{podSelector: {}, policyTypes: [Ingress, Egress]}`,
			`{podSelector: {matchLabels: {role: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {role: web}}}]}]}`,
			`{podSelector: {matchLabels: {role: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {role: db}}}]}]}`,
		}, []cell{{web, db, tcp(1), true}, {db, web, tcp(1), false}}},
		{"policies add up", []string{`{podSelector: {}, ingress: [{ports: [{port: 1}]}]}`, `{podSelector: {}, ingress: []}`, `{podSelector: {}, ingress: [{ports: [{port: 2}]}]}`},
			[]cell{{foreign, web, tcp(1), true}, {foreign, web, tcp(2), true}, {foreign, web, tcp(3), false}}},
		{"except", []string{`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.7/32]}}]}]}`},
			[]cell{{inside, web, tcp(1), true}, {omitted, web, tcp(1), false}, {outside, web, tcp(1), false}, {foreign, web, tcp(1), false}}},
		{"except is cancelled by another policy", []string{
			`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.7/32]}}]}]}`,
			`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/28}}]}]}`,
		}, []cell{{omitted, web, tcp(1), true}}},
		{"a v4 block holds no v6 address", []string{`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}`},
			[]cell{{inside, web, tcp(1), true}, {outside, web, tcp(1), false}}},
		{"NotIn matches where the key is absent", []string{`{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [web]}]}}`},
			[]cell{{foreign, bare, tcp(1), false}, {foreign, db, tcp(1), false}, {foreign, web, tcp(1), true}}},
		{"In does not match where the key is absent", []string{`{podSelector: {matchExpressions: [{key: role, operator: In, values: [web, x]}]}}`},
			[]cell{{foreign, bare, tcp(1), true}, {foreign, db, tcp(1), true}, {foreign, web, tcp(1), false}}},
		{"Exists", []string{`{podSelector: {matchExpressions: [{key: role, operator: Exists}]}}`}, []cell{{foreign, bare, tcp(1), true}, {foreign, db, tcp(1), false}}},
		{"DoesNotExist", []string{`{podSelector: {matchExpressions: [{key: role, operator: DoesNotExist}]}}`}, []cell{{foreign, bare, tcp(1), false}, {foreign, db, tcp(1), true}}},
		{"labels and expressions are AND", []string{`{podSelector: {matchLabels: {role: web}, matchExpressions: [{key: x, operator: Exists}]}}`}, []cell{{foreign, web, tcp(1), true}}},
		{"a protocol without a port is every port of it", []string{`{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}`},
			[]cell{{foreign, web, udp(7), true}, {foreign, web, tcp(7), false}}},
		{"a port is TCP unless it says otherwise", []string{`{podSelector: {}, ingress: [{ports: [{port: 53}]}]}`},
			[]cell{{foreign, web, tcp(53), true}, {foreign, web, udp(53), false}}},
		{"endPort is included", []string{`{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}`},
			[]cell{{foreign, web, tcp(79), false}, {foreign, web, tcp(80), true}, {foreign, web, tcp(90), true}, {foreign, web, tcp(91), false}}},
		{"a named port is the destination pod's", []string{`{podSelector: {}, ingress: [{ports: [{port: http}]}]}`},
			[]cell{{foreign, web, tcp(8080), true}, {foreign, web2, tcp(8080), false}, {web, web2, tcp(9090), true}, {foreign, web2, udp(53), false}, {foreign, db, tcp(8080), false}}},
		{"a named port on egress is the destination's, which an address has none of",
			[]string{`{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}`},
			[]cell{{web, web2, tcp(9090), true}, {web2, web, tcp(8080), true}, {web, inside, tcp(8080), false}, {web, foreign, tcp(8080), false}}},
		{"a deny written as one more policy only opens", []string{`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}`},
			[]cell{{web, alien, tcp(1), true}, {web, db, tcp(1), false}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stream := ""
			for _, spec := range c.specs {
				stream += "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: " + spec + "\n"
			}
			objects, err := decode([]byte(stream))
			if err != nil {
				t.Fatal(err)
			}
			if len(objects.policies) != len(c.specs) {
				t.Fatalf("%d policies read, not %d", len(objects.policies), len(c.specs))
			}
			for _, cell := range c.cells {
				if got := objects.permits(cell.from, cell.to, cell.on); got != cell.want {
					t.Errorf("%v\n-> %v\non %v: permitted is %v, want %v", cell.from, cell.to, cell.on, got, cell.want)
				}
			}
		})
	}
}

// TestDecodeRefuses checks that the evaluator refuses objects that it cannot read completely.
func TestDecodeRefuses(t *testing.T) {
	for name, stream := range map[string]string{
		"a misspelt field":  "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: y}\nspec: {podSelector: {}, policyType: [Egress]}",
		"another kind":      "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: y}",
		"no namespace":      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x}\nspec: {podSelector: {}}",
		"a second document": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: y}\nspec: {podSelector: {}}\n---\nfoo: bar",
	} {
		if _, err := decode([]byte(stream)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
