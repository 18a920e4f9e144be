package policycheck_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/policycheck"
	"github.com/zt-lang/zt/compiler/query"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var fence = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// sections returns the manifests of the example of a page, and the fixed ones.
func sections(t *testing.T, code diag.Code) (example, fixed string) {
	t.Helper()
	_, rest, _ := strings.Cut(pageOf(code), "\n## Example\n")
	before, after, ok := strings.Cut(rest, "\n## How to fix it\n")
	wrong, right := fence.FindStringSubmatch(before), fence.FindStringSubmatch(after)
	if !ok || wrong == nil || right == nil {
		t.Fatal("a page without an example, or without the fixed one")
	}
	return wrong[1], right[1]
}

func pageOf(code diag.Code) string {
	page, _ := diag.Page(string(code))
	return page
}

func ours() []diag.Code {
	var out []diag.Code
	for _, e := range diag.Registry() {
		if e.Code >= diag.PolicySelectsNothing && e.Code <= diag.CiliumWithoutEffect {
			out = append(out, e.Code)
		}
	}
	return out
}

func check(t *testing.T, text string) diag.List {
	t.Helper()
	inv, diags := inventory.ReadPlaced([]inventory.Group{{Files: []*source.File{source.NewFile("m.yaml", text)}}})
	if diags.Errors() > 0 {
		t.Fatalf("%v\n%s", diags, text)
	}
	return policycheck.Check(inv)
}

// Every page has an example that is reported with its code and no other, at no lower severity than
// the page's, and a fixed one with which nothing is wrong.
func TestPages(t *testing.T) {
	for _, code := range ours() {
		t.Run(string(code), func(t *testing.T) {
			example, fixed := sections(t, code)
			list := check(t, example)
			if len(list) != 1 || list[0].Code != code || list[0].Severity != code.Severity() {
				t.Errorf("the example is reported with %v", list)
			}
			if list := check(t, fixed); len(list) > 0 {
				t.Errorf("the fixed one is reported: %v", list)
			}
		})
	}
}

// fixed applies the fixes of a list.
func fixed(t *testing.T, text string, list diag.List) string {
	t.Helper()
	var edits []diag.Edit
	for _, d := range list {
		if len(d.Fixes) != 1 {
			t.Fatalf("not one fix: %+v", d)
		}
		edits = append(edits, d.Fixes[0].Edits...)
	}
	slices.SortFunc(edits, func(a, b diag.Edit) int { return b.Span.Start - a.Span.Start })
	for _, e := range edits {
		text = text[:e.Span.Start] + e.Replacement + text[e.Span.End:]
	}
	return text
}

// Fixes are right in every style of YAML and in JSON.
func TestFixesOfStyles(t *testing.T) {
	pod := workload("shop", "api", "app: api", "{containerPort: 9080}") + "\n---\n" + workload("shop", "game", "app: '2048'", "{containerPort: 9080}") + "\n---\n" + workload("mon", "prom", "app: prom", "{containerPort: 1}") + "\n---\n" +
		service("shop", "api", "app: api", "{port: 80, targetPort: 9080}") + "\n---\n"
	const head = `{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}, "spec": {`
	for name, policy := range map[string]string{
		"a value in quotes":         netpol("p", `podSelector: {matchLabels: {app: 'apis'}}`),
		"a value of JSON":           head + `"podSelector": {"matchLabels": {"app":"apis"}}}}`,
		"a value that needs quotes": netpol("p", `podSelector: {matchLabels: {app: a2048}}`),
		"a key of JSON":             head + `"podSelector": {"matchLabels": {"name":"api"}}}}`,
		"a key in flow style":       netpol("p", `podSelector: {matchLabels: {name: api}}`),
		"a peer in flow style":      netpol("p", `podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: prom}}}]}]`),
		"a peer of JSON":            head + `"podSelector": {}, "ingress": [{"from":[{"podSelector":{"matchLabels":{"app":"prom"}}}]}]}}`,
		"types in flow style":       netpol("p", `podSelector: {}, policyTypes: [Ingress], egress: [{}]`),
		"types of JSON":             head + `"podSelector": {}, "policyTypes": ["Ingress"], "egress": [{}]}}`,
		"a port of JSON":            head + `"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}}`,
		"no value in flow style":    netpol("p", `podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: }]}]`),
		"no value, and a comment":   "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: api}}\n  ingress:\n  - ports:\n    - protocol: TCP\n      port: # which?\n",
		"null in JSON":              head + `"podSelector": {"matchLabels":{"app":"api"}}, "ingress": [{"ports": [{"port": null}]}]}}`,
		"a rule with comments":      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n  # also\n    - podSelector:\n        matchLabels:\n          app: api\n  # all\n  - from:\n    - podSelector: {}\n",
		"a redundant peer":          "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: api\n\n    - podSelector: {}\n",
		"two places in one list":    netpol("p", `podSelector: {matchLabels: {app: apis}}, ingress: [{from: [{podSelector: {matchLabels: {app: apis}}}]}]`),
	} {
		t.Run(name, func(t *testing.T) {
			list := check(t, pod+policy)
			if len(list) != 1 {
				t.Fatalf("%v", list)
			}
			text := fixed(t, pod+policy, list)
			if list := check(t, text); len(list) > 0 {
				t.Errorf("the fixed one is reported: %v\n%s", list, text)
			}
		})
	}
}

// Where one place of a cause has no edit, there is no fix: it would leave the problem.
func TestNoHalfFix(t *testing.T) {
	list := check(t, workload("shop", "api", "app: api", "{containerPort: 9080}")+"\n---\n"+
		netpol("p", "podSelector: {matchLabels: {app: apis}}")+"\n---\n"+netpol("q", "podSelector: {matchExpressions: [{key: app, operator: In, values: [apis]}]}"))
	if len(list) != 1 || len(list[0].Fixes) > 0 || list[0].Help == "" || len(list[0].Related) != 2 {
		t.Errorf("%+v", list)
	}
}

// opened lists what new manifests permit and old ones do not.
func opened(t *testing.T, old, new string) []string {
	t.Helper()
	var models []*query.Model
	for _, text := range []string{old, new} {
		inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", text)}, "")
		if diags.Errors() > 0 {
			t.Fatalf("%v\n%s", diags, text)
		}
		m, err := query.OfManifests(inv, query.LabelsOf(inv), nil)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	var out []string
	for _, d := range query.Compare(models[0], models[1]).Added {
		out = append(out, d.From.Name+" -> "+d.To.Name+" :"+d.Ports.String())
	}
	return out
}

// The fix of each example removes the problem and opens nothing but what it says.
func TestFixes(t *testing.T) {
	opens := map[diag.Code][]string{ // not listed: no fix that zt can write
		diag.PolicySelectsNothing:    {"all -> shop/{name=cart} :any"}, // which no workload has
		diag.PeerSelectsNothing:      {"monitoring/Deployment/prometheus -> shop/Deployment/api :any"},
		diag.NamespaceSelectsNothing: {"monitoring/* -> shop/* :any"},
		diag.PolicyServicePort:       {"all -> shop/Deployment/api :9080/tcp"},
		diag.PolicyUnusedPort:        {"all -> shop/Deployment/api :9080/tcp"},
		diag.PeersNotCombined:        nil,
		diag.RedundantRule:           nil,
		diag.EmptyField:              nil,
		diag.PluginDecides:           {"cluster -> shop/* :any"}, // which the block may permit
		diag.DirectionNotDeclared:    nil,
		diag.NetworksMatchPods:       {"shop/* -> cluster :any"},
		diag.NoDNS:                   {"shop/{app=web} -> kube-system/{k8s-app=kube-dns} :53/tcp, 53/udp"},
	}
	for _, code := range ours() {
		t.Run(string(code), func(t *testing.T) {
			want, fixable := opens[code]
			example, _ := sections(t, code)
			list := check(t, example)
			if !fixable {
				if len(list[0].Fixes) > 0 || list[0].Help == "" {
					t.Errorf("%+v", list[0])
				}
				return
			}
			text := fixed(t, example, list)
			if list := check(t, text); len(list) > 0 {
				t.Errorf("the fixed one is reported: %v\n%s", list, text)
			}
			if diff := cmp.Diff(want, opened(t, example, text)); diff != "" {
				t.Errorf("the fix opens (-want +got):\n%s", diff)
			}
		})
	}
}
