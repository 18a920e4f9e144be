package clusternetworkpolicy

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

func compiled(t testing.TB, program string) *topology.Topology {
	t.Helper()
	top, diags, err := compiler.Program(fstest.MapFS{"p.zt": {Data: []byte(program)}}, []compiler.Input{{Path: "p.zt", Name: "p.zt"}}, nil, compiler.Options{})
	if err != nil || diags.Errors() > 0 || top == nil {
		t.Fatalf("%v %v", err, diags)
	}
	return top
}

// outline writes policies in short: the subject, and each rule with its peers and protocols.
func outline(t *testing.T, list objects) string {
	t.Helper()
	var lines []string
	for _, o := range list {
		lines = append(lines, o.Metadata.Name+" "+o.Spec.Tier+" "+short(t, o.Spec.Subject))
		for _, r := range o.Spec.Ingress {
			lines = append(lines, "  "+r.Action+" from "+short(t, r.From)+" on "+short(t, r.Protocols))
		}
		for _, r := range o.Spec.Egress {
			lines = append(lines, "  "+r.Action+" to "+short(t, r.To)+" on "+short(t, r.Protocols))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// short writes a value as JSON, without what is clear.
func short(t *testing.T, v any) string {
	t.Helper()
	data, err := manifest.MarshalObjects([]any{v}, manifest.FormatJSON, false)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(data)), "")
	text = strings.TrimSuffix(strings.TrimPrefix(text, `{"apiVersion":"v1","kind":"List","items":[`), `]}`)
	return strings.NewReplacer(`"`, "", "kubernetes.io/metadata.name", "name").Replace(text)
}

const shop = `
namespace shop {
  tier web { app=web } :80
  tier db { app=db, tier notin (test) } :5432
}
namespace other { tier x { app=x } }
environment dev, prod by env
tier agent in prod { app=agent }
`

func TestLower(t *testing.T) {
	tests := []struct{ name, denies, want string }{
		{"at the destination", "deny shop/web -> shop/db", `
deny-shop.db Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:db},matchExpressions:[{key:tier,operator:NotIn,values:[test]}]}}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}] on null
`},
		{"namespaces without a label, by their pods", "environment rest by { env notin (prod, dev) }\ndeny rest -> shop/web\ndeny shop/web -> rest", `
deny-rest Admin {pods:{namespaceSelector:{matchExpressions:[{key:env,operator:NotIn,values:[dev,prod]}]},podSelector:{}}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}] on null
deny-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Deny from [{pods:{namespaceSelector:{matchExpressions:[{key:env,operator:NotIn,values:[dev,prod]}]},podSelector:{}}}] on null
`},
		{"ports", "deny shop/web -> shop/db :80, 90-95/udp, 100-200/sctp", `
deny-shop.db Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:db},matchExpressions:[{key:tier,operator:NotIn,values:[test]}]}}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}] on [{tcp:{destinationPort:{number:80}}},{udp:{destinationPort:{range:{end:95,start:90}}}},{sctp:{destinationPort:{range:{end:200,start:100}}}}]
`},
		{"all of a protocol is a range", "deny shop/web -> shop/db :1-65535", `
deny-shop.db Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:db},matchExpressions:[{key:tier,operator:NotIn,values:[test]}]}}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}] on [{tcp:{destinationPort:{range:{end:65535,start:1}}}}]
`},
		{"one subject, peers with the same ports together", "deny other/x -> shop/web\ndeny dev -> shop/web :80\ndeny shop/db, dev -> shop/web :22", `
deny-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:db},matchExpressions:[{key:tier,operator:NotIn,values:[test]}]}}}] on [{tcp:{destinationPort:{number:22}}}]
  Deny from [{namespaces:{matchLabels:{env:dev}}}] on [{tcp:{destinationPort:{number:22}}},{tcp:{destinationPort:{number:80}}}]
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:other}},podSelector:{matchLabels:{app:x}}}}] on null
`},
		{"environments, both ways", "isolate dev, prod", `
deny-dev Admin {namespaces:{matchLabels:{env:dev}}}
  Deny from [{namespaces:{matchLabels:{env:prod}}}] on null
deny-prod Admin {namespaces:{matchLabels:{env:prod}}}
  Deny from [{namespaces:{matchLabels:{env:dev}}}] on null
`},
		{"namespaces, the cluster, and tiers across namespaces", "deny cluster -> other/*\ndeny shop/web -> cluster :22\ndeny dev -> agent", `
deny-agent.in.prod Admin {pods:{namespaceSelector:{matchLabels:{env:prod}},podSelector:{matchLabels:{app:agent}}}}
  Deny from [{namespaces:{matchLabels:{env:dev}}}] on null
deny-cluster Admin {namespaces:{}}
  Deny from [{pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}] on [{tcp:{destinationPort:{number:22}}}]
deny-other.all Admin {namespaces:{matchLabels:{name:other}}}
  Deny from [{namespaces:{}}] on null
`},
		{"addresses are denied at the source", "deny shop/web -> 203.0.113.0/24 :443", `
deny-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Deny to [{networks:[203.0.113.0/24]}] on [{tcp:{destinationPort:{number:443}}}]
`},
		{"everything", "deny shop/web -> all :25", `
deny-shop.web Admin {pods:{namespaceSelector:{matchLabels:{name:shop}},podSelector:{matchLabels:{app:web}}}}
  Deny to [{namespaces:{}},{networks:[0.0.0.0/0,::/0]}] on [{tcp:{destinationPort:{number:25}}}]
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, diags := lower(compiled(t, shop+test.denies), target.Options{})
			if len(diags) > 0 {
				t.Errorf("%v", diags)
			}
			if text := "\n" + outline(t, got); text != test.want {
				t.Errorf("got%s", text)
			}
			for i, o := range got {
				if o.Spec.Priority != 100+i {
					t.Errorf("%s has the priority %d", o.Metadata.Name, o.Spec.Priority)
				}
			}
		})
	}
}

// What policies cannot deny is reported, and the rest is denied.
func TestUnguarded(t *testing.T) {
	tests := []struct {
		denies, message string
		objects         int
	}{
		{"deny internet -> shop/db", "connections from outside the cluster: internet", 0},
		{"deny all -> shop/db", "connections from outside the cluster: all", 1},
		{"deny shop/web -> shop/db :pg/tcp", "a port by its name: pg/tcp", 0},
		{"deny shop/web -> shop/db :pg/tcp, 80", "a port by its name: pg/tcp", 1},
		{"deny shop/web -> 10.0.0.0/8 :443", "the addresses of 10.0.0.0/8 that pods can have", 0},
		{"deny shop/web -> 0.0.0.0/0 :443", "the addresses of 0.0.0.0/0 that pods can have", 1},
		{"network { pods 10.1.0.0/16 }\ndeny shop/web -> 10.0.0.0/8 :443", "the addresses of 10.0.0.0/8 that pods can have", 1},
		{"network { pods 10.1.0.0/16 }\ndeny shop/web -> 10.2.0.0/16 :443", "", 1},
		{"deny path shop/web -> shop/db", "a `deny path`", 0},
	}
	for _, test := range tests {
		got, diags := lower(compiled(t, strings.Replace(shop, ":5432", "", 1)+test.denies), target.Options{})
		if len(got) != test.objects {
			t.Errorf("%s: %d policies, want %d", test.denies, len(got), test.objects)
		}
		if test.message == "" {
			if len(diags) > 0 {
				t.Errorf("%s: %v", test.denies, diags)
			}
			continue
		}
		if len(diags) == 0 || !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return strings.Contains(d.Message, test.message) }) || diags.Errors() > 0 {
			t.Errorf("%s: %v, want %s", test.denies, diags, test.message)
		}
	}
}

// One address block leaves many networks: at most 25 in a peer, 25 peers in a rule, and 25 rules in a policy.
func TestLimits(t *testing.T) {
	var program, denies strings.Builder
	program.WriteString("namespace a {\n")
	for i := range 30 {
		program.WriteString("tier t" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + " { app=x" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + " }\n")
	}
	program.WriteString("}\nnamespace b { tier db { app=db } }\n")
	for i := range 30 { // each with ports of its own: a rule for each
		denies.WriteString("deny a/t" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + " -> b/db :" + strconv.Itoa(1000+i) + "\n")
	}
	denies.WriteString("deny b/db -> internet\n")
	list, diags := lower(compiled(t, program.String()+denies.String()), target.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	names := map[string]bool{}
	for _, o := range list {
		if names[o.Metadata.Name] {
			t.Errorf("two policies are named %s", o.Metadata.Name)
		}
		names[o.Metadata.Name] = true
		for _, r := range slices.Concat(o.Spec.Ingress, o.Spec.Egress) {
			if len(r.From)+len(r.To) > maxPeers || len(r.Protocols) > maxParts {
				t.Errorf("%s has a rule with %d peers and %d protocols", o.Metadata.Name, len(r.From)+len(r.To), len(r.Protocols))
			}
			for _, p := range r.To {
				if len(p.Networks) > maxParts {
					t.Errorf("%s has a peer with %d networks", o.Metadata.Name, len(p.Networks))
				}
			}
		}
	}
	if _, err := (Target{}).ReadGuards(list.Files(manifest.FormatYAML), manifest.FormatYAML); err != nil {
		t.Errorf("what was written is not valid: %v", err)
	}
	if len(list) < 2 {
		t.Errorf("%d policies: no limit was reached", len(list))
	}
}

func TestPriorities(t *testing.T) {
	top := compiled(t, shop+"isolate dev, prod")
	got, diags := lower(top, target.Options{Priorities: target.Priorities{First: 999, Count: 2}})
	if len(diags) > 0 || len(got) != 2 || got[0].Spec.Priority != 999 || got[1].Spec.Priority != 1000 {
		t.Errorf("%v, %v", got, diags)
	}
	got, diags = lower(top, target.Options{Priorities: target.Priorities{First: 1000, Count: 1}})
	if len(got) > 0 || len(diags) != 1 || diags[0].Code != diag.TooFewPriorities || diags[0].Message != "guardrails need 2 priorities, and there are 1: 1000-1000" || diags[0].Help != "write --priority 999-1000" {
		t.Errorf("%v, %v", got, diags)
	}
}

// No two endpoints have policies of one name, and the order of statements changes nothing.
func TestOrderOfStatements(t *testing.T) {
	denies := []string{"deny shop/web -> shop/db", "isolate dev, prod", "deny other/x -> shop/web :80", "deny dev -> shop/db :80"}
	want, _ := lower(compiled(t, shop+strings.Join(denies, "\n")), target.Options{})
	slices.Reverse(denies)
	got, _ := lower(compiled(t, shop+strings.Join(denies, "\n")), target.Options{})
	if string(got.Stream(manifest.FormatYAML)) != string(want.Stream(manifest.FormatYAML)) {
		t.Errorf("got\n%s\nwant\n%s", got.Stream(manifest.FormatYAML), want.Stream(manifest.FormatYAML))
	}
}
