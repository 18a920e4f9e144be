package proof

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

const shop = `namespace shop {
  tier frontend { role=frontend } :80
  tier backend { role=backend } :http=80, metrics=9090
  tier database { role=database } :5432
}
namespace monitoring isolates nothing {
  tier prometheus { app=prometheus }
}
external payments { 203.0.113.0/24 except 203.0.113.7/32 } :443
frontend -> backend :http
backend -> database
backend -> payments
monitoring/prometheus -> backend :metrics
all -> frontend
`

func compile(text string) *topology.Topology {
	file, diags := grammar.Parse(source.NewFile("test.zt", text))
	if diags.Errors() > 0 {
		return nil
	}
	t, _, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if err != nil {
		return nil
	}
	return t
}

func emitted(t *testing.T, top *topology.Topology, layout target.Layout) string {
	t.Helper()
	policies, diags := networkpolicy.Lower(top, layout)
	if diags.Errors() > 0 {
		t.Skip("the target cannot express it")
	}
	data := manifest.Marshal(policies, manifest.FormatYAML)
	return string(data)
}

// TestCheckFindsWhatAnEditChanges edits the manifests of one program, each
// time in a way that people do.
func TestCheckFindsWhatAnEditChanges(t *testing.T) {
	top := compile(shop)
	right := emitted(t, top, target.ByTier)
	if diags := Check(top, networkpolicy.Target{}, []manifest.File{{Data: []byte(right)}}, manifest.FormatYAML); len(diags) > 0 {
		t.Fatalf("of the right manifests it says %v", diags)
	}
	for _, test := range []struct {
		name, old, new string
		codes          string
	}{
		{"a peer split in two, so that AND becomes OR",
			"          kubernetes.io/metadata.name: monitoring\n      podSelector:", "          kubernetes.io/metadata.name: monitoring\n    - podSelector:", "ZT901"},
		{"another port", "port: 9090", "port: 9091", "ZT901 ZT902"},
		{"another protocol", "port: 5432\n      protocol: TCP", "port: 5432\n      protocol: UDP", "ZT902"},
		{"an except left out", "        except:\n        - 203.0.113.7/32\n", "", "ZT901"},
		{"a deny-all of some pods", "  podSelector: {}\n", "  podSelector:\n    matchLabels:\n      app: web\n", "ZT901"},
		{"a wider selector", "  podSelector:\n    matchLabels:\n      role: frontend\n", "  podSelector: {}\n", "ZT901"},
		{"a wider selector that the other side makes up for", "  podSelector:\n    matchLabels:\n      role: database\n", "  podSelector: {}\n", ""},
		{"a policy type gone, and its rules with it", "  policyTypes:\n  - Ingress\n  - Egress\n", "  policyTypes:\n  - Ingress\n", "ZT902"},
		{"a misspelt field", "podSelector: {}\n  policyTypes:", "podSelector: {}\n  policyType:", "ZT903"},
		{"another kind", "kind: NetworkPolicy", "kind: NetworkPolice", "ZT903"},
		{"no YAML", "kind: NetworkPolicy", "kind: [", "ZT903"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wrong := strings.Replace(right, test.old, test.new, 1)
			if wrong == right {
				t.Fatal("the edit changes nothing")
			}
			var codes []string
			for _, d := range Check(top, networkpolicy.Target{}, []manifest.File{{Data: []byte(wrong)}}, manifest.FormatYAML) {
				codes = append(codes, string(d.Code))
			}
			if got := strings.Join(codes, " "); got != test.codes {
				t.Errorf("it reports %q, want %q", got, test.codes)
			}
		})
	}
}

// What would not be there once it is applied is nothing that is proven.
func TestCheckWantsWhatCanBeApplied(t *testing.T) {
	top := compile(shop)
	text := emitted(t, top, target.ByTier)
	file := func(text string) manifest.File { return manifest.File{Data: []byte(text)} }
	for what, files := range map[string][]manifest.File{
		"":                             {file(text)},
		"is there twice":               {file(text), file(text)},
		"has no namespace":             {file(strings.ReplaceAll(text, "  namespace: shop\n", ""))},
		"shop/deny-all is there twice": {file(strings.ReplaceAll(text, "  name: allow-backend\n", "  name: deny-all\n"))},
		"the program does not":         {file("")},
	} {
		diags := Check(top, networkpolicy.Target{}, files, manifest.FormatYAML)
		if what == "" && len(diags) > 0 || what != "" && (len(diags) == 0 || !strings.Contains(fmt.Sprint(diags), what)) {
			t.Errorf("%s: %v", what, diags)
		}
	}
}

// What takes too long to compare is a limit, with a way out, and not a bug of zt: policies that open
// all pods only together, as pigeons do not fit into fewer holes.
func TestCheckGivesUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	top := compile("namespace shop isolates ingress\nall -> shop/* :any\n")
	var text strings.Builder
	add := func(requirements string) {
		fmt.Fprintf(&text, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: shop}\nspec: {podSelector: {matchExpressions: [%s]}, policyTypes: [Ingress], ingress: [{}]}\n---\n", text.Len(), requirements)
	}
	add("")
	const holes = 9
	for p := range holes + 1 {
		nowhere := ""
		for h := range holes {
			for q := range p {
				add(fmt.Sprintf("{key: p%d-%d, operator: Exists}, {key: p%d-%d, operator: Exists}", p, h, q, h))
			}
			nowhere += fmt.Sprintf("{key: p%d-%d, operator: DoesNotExist}, ", p, h)
		}
		add(nowhere)
	}
	isolated := strings.Replace(text.String(), "[{}]", "[]", 1)
	diags := Check(top, networkpolicy.Target{}, []manifest.File{{Data: []byte(isolated)}}, manifest.FormatYAML)
	if len(diags) != 1 || diags[0].Code != diag.TooMuch || diags[0].Span.Begin().Line != 1 {
		t.Errorf("%v", diags)
	}
}
