package clusternetworkpolicy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

const named = `
namespace shop {
  tier web { app=web } :80
  tier db { app=db }
  external pay { host api.example.com, host *.pay.example.com, 203.0.113.0/24 } :443
  external mail { host smtp.example.com } :465, 587
}
namespace open isolates ingress { tier x { app=x } }
namespace some isolates tiers {
  tier x { app=x }
  tier free { app=free } isolates nothing
}
environment prod { namespace shop-prod { tier web { app=web } } }
`

func TestAccept(t *testing.T) {
	tests := []struct {
		name, edges, want string
		layout            target.Layout
	}{
		{"names with the same ports together, and no addresses", "shop/web -> shop/pay\nshop/web -> shop/mail", `
allow-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Accept to [{domainNames:[*.pay.example.com,api.example.com]}] on [{tcp:{destinationPort:{number:443}}}]
  Accept to [{domainNames:[smtp.example.com]}] on [{tcp:{destinationPort:{number:465}}},{tcp:{destinationPort:{number:587}}}]
`, ""},
		{"by edge", "shop/web -> shop/pay\nshop/web -> shop/mail", `
allow-shop.web-to-mail-egress Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Accept to [{domainNames:[smtp.example.com]}] on [{tcp:{destinationPort:{number:465}}},{tcp:{destinationPort:{number:587}}}]
allow-shop.web-to-pay-egress Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Accept to [{domainNames:[*.pay.example.com,api.example.com]}] on [{tcp:{destinationPort:{number:443}}}]
`, target.ByEdge},
		{"every pod of a namespace, and every port", "shop/* -> shop/mail :any", `
allow-shop.any-pod-to-mail-egress Admin {namespaces:{matchLabels:{name:shop}}}
  Accept to [{domainNames:[smtp.example.com]}] on null
`, target.ByEdge},
		{"all of one protocol", "shop/web -> shop/mail :1-65535/udp", `
allow-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Accept to [{domainNames:[smtp.example.com]}] on [{udp:{destinationPort:{range:{end:65535,start:1}}}}]
`, ""},
		{"nothing for pods that nothing isolates", "open/x -> bank\nsome/free -> bank", "\n", ""},
		{"a tier that isolates its pods", "some/x -> bank", `
allow-some.x Admin {pods:{namespaceSelector:{matchLabels:{name:some}},podSelector:{matchLabels:{app:x}}}}
  Accept to [{domainNames:[bank.example.com]}] on [{tcp:{destinationPort:{number:443}}}]
`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			program := strings.Replace(named, ":465, 587", map[bool]string{true: "", false: ":465, 587"}[strings.Contains(test.edges, "mail :")], 1)
			got, diags := lower(compiled(t, program+"external bank { host bank.example.com } :443\n"+test.edges), target.Options{Layout: test.layout})
			if len(diags) > 0 {
				t.Errorf("%v", diags)
			}
			if text := "\n" + outline(t, got); text != test.want && strings.TrimSpace(text+test.want) != "" {
				t.Errorf("got%s", text)
			}
			for _, o := range got {
				if o.Spec.Priority != 199 || o.Metadata.Annotations["zt-lang.github.io/edges"] == "" {
					t.Errorf("%s: priority %d, annotations %v", o.Metadata.Name, o.Spec.Priority, o.Metadata.Annotations)
				}
			}
		})
	}
}

// What accepts comes after all that denies, at the end of the range.
func TestAcceptAfterDeny(t *testing.T) {
	top := compiled(t, named+"deny shop/web -> shop/db\ndeny shop/db -> shop/web\nshop/web -> shop/pay")
	for _, test := range []struct{ first, count, accept int }{{100, 100, 199}, {7, 3, 9}, {998, 3, 1000}} {
		got, diags := lower(top, target.Options{Priorities: target.Priorities{First: test.first, Count: test.count}})
		if len(diags) > 0 || len(got) != 3 || got[0].Spec.Priority != test.first || got[1].Spec.Priority != test.first+1 || got[2].Spec.Priority != test.accept {
			t.Errorf("%v: %v, %v", test, got, diags)
		}
	}
	got, diags := lower(top, target.Options{Priorities: target.Priorities{First: 7, Count: 2}})
	if len(got) > 0 || len(diags) != 1 || diags[0].Code != diag.TooFewPriorities || diags[0].Help != "write --priority 7-9" {
		t.Errorf("%v, %v", got, diags)
	}
	got, diags = lower(compiled(t, named+"shop/web -> shop/pay"), target.Options{Priorities: target.Priorities{First: 5, Count: 1}})
	if len(diags) > 0 || len(got) != 1 || got[0].Spec.Priority != 5 {
		t.Errorf("%v, %v", got, diags)
	}
}

// The API's limits: 25 names in a peer, 25 peers and protocols in a rule, 25 rules in a policy, and the lengths of names.
func TestAcceptLimits(t *testing.T) {
	var b strings.Builder
	space, tier := strings.Repeat("n", 63), strings.Repeat("t", 63)
	fmt.Fprintf(&b, "namespace %s {\n tier %s { app=x }\n", space, tier)
	b.WriteString(" external many { host a0.example.com")
	for i := range 640 {
		fmt.Fprintf(&b, ", host a%d.example.com", i+1)
	}
	fmt.Fprintf(&b, " }\n %s -> many :", tier)
	for i := range 30 {
		fmt.Fprintf(&b, "%d, ", 2*i+1)
	}
	b.WriteString("443\n")
	for i := range 30 {
		fmt.Fprintf(&b, " external e%d { host e%d.example.org }\n %s -> e%d :%d\n", i, i, tier, i, 1000+i)
	}
	b.WriteString("}\n")
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		list, diags := lower(compiled(t, b.String()), target.Options{Layout: layout})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		names := map[string]bool{}
		hosts := 0
		for _, o := range list {
			if names[o.Metadata.Name] || len(o.Metadata.Name) > maxName {
				t.Errorf("the name %s is too long, or that of two", o.Metadata.Name)
			}
			names[o.Metadata.Name] = true
			if len(o.Spec.Egress) > maxRules {
				t.Errorf("%d rules", len(o.Spec.Egress))
			}
			for _, r := range o.Spec.Egress {
				if len(r.To) > maxPeers || len(r.Protocols) > maxParts {
					t.Errorf("%d peers, %d protocols", len(r.To), len(r.Protocols))
				}
				for _, p := range r.To {
					if hosts += len(p.DomainNames); len(p.DomainNames) > maxParts {
						t.Errorf("%d names", len(p.DomainNames))
					}
				}
			}
		}
		if hosts != 2*641+30 { // the ports of the first edge are in two rules
			t.Errorf("%d names", hosts)
		}
		if _, err := (Target{}).ReadGuards(list.Files(manifest.FormatYAML), manifest.FormatYAML); err != nil {
			t.Errorf("what was written is not valid: %v", err)
		}
	}
}

// What a rule with domain names does not mean as an edge to names means it is an error.
func TestInexpressible(t *testing.T) {
	for _, test := range []struct{ text, message, help string }{
		{"external o { host *.org } :443\nshop/web -> o", "a ClusterNetworkPolicy cannot name *.org: a name there has two labels or more, besides *", "--target cilium"},
		{"external o { host localhost } :443\nshop/web -> o", "a ClusterNetworkPolicy cannot name localhost", "--target cilium"},
		{"external o { host db.shop.svc.cluster.local } :443\nshop/web -> o", "can match pods", "an edge to the tier"},
		{"external o { host *.cluster.local } :443\nshop/web -> o", "can match pods", "an edge to the tier"},
		{"prod -> bank", "prod may not resolve names, so no network plugin learns the addresses of bank.example.com", "write the edge from a tier"},
		{"dns off\nshop/web -> bank", "shop/web may not resolve names", "remove `dns off`"},
		{"network { plugin cilium }\nshop/web -> bank", "with a rule for DNS names, Cilium also permits connections to DNS servers", "--target cilium"},
		{"network { plugin cilium }\nopen/x -> bank", "", ""}, // no rule is written
		{"external o { host *.org } :443\nopen/x -> o", "", ""},
	} {
		got, diags := lower(compiled(t, named+"external bank { host bank.example.com } :443\n"+test.text), target.Options{})
		if test.message == "" {
			if len(diags)+len(got) > 0 {
				t.Errorf("%s: %v", test.text, diags)
			}
			continue
		}
		if len(diags) != 1 || len(got) > 0 || diags[0].Code != diag.DomainUnsupported || !strings.Contains(diags[0].Message, test.message) || !strings.Contains(diags[0].Help, test.help) {
			t.Errorf("%s: %v", test.text, diags)
		}
	}
}

// The order of statements changes nothing.
func TestAcceptOrder(t *testing.T) {
	edges := []string{"shop/web -> shop/pay", "shop/web -> shop/mail", "shop/db -> shop/mail", "deny shop/web -> shop/db"}
	want, _ := lower(compiled(t, named+strings.Join(edges, "\n")), target.Options{})
	slices.Reverse(edges)
	got, _ := lower(compiled(t, named+strings.Join(edges, "\n")), target.Options{})
	if string(got.Stream(manifest.FormatYAML)) != string(want.Stream(manifest.FormatYAML)) {
		t.Errorf("got\n%s\nwant\n%s", got.Stream(manifest.FormatYAML), want.Stream(manifest.FormatYAML))
	}
}
