package networkpolicy

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/layout"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// compile returns the topology of a program without errors.
func compile(t testing.TB, text string) *topology.Topology {
	t.Helper()
	file, diags := grammar.Parse(source.NewFile("test.zt", text))
	topo, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diags = append(diags, more...); diags.Errors() > 0 {
		t.Fatalf("%v in\n%s", diags, text)
	}
	return topo
}

// lower returns the objects of a topology, each of which must be one that
// strict readers take and the API server would.
func lower(t testing.TB, topo *topology.Topology, layout target.Layout) []*networkingv1.NetworkPolicy {
	t.Helper()
	policies, diags := Lower(topo, layout)
	objects := policies.Objects()
	if len(diags) > 0 {
		t.Fatalf("diagnostics: %v", diags)
	}
	valid(t, objects)
	return objects
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// valid holds objects to what the API demands of them, and to being read back as they were.
func valid(t failer, objects []*networkingv1.NetworkPolicy) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range objects {
		id := o.Namespace + "/" + o.Name
		if seen[id] {
			t.Errorf("two objects are called %s", id)
		}
		seen[id] = true
		document := manifest.Marshal(policyset.FromObjects([]*networkingv1.NetworkPolicy{o}), manifest.FormatYAML)
		var back networkingv1.NetworkPolicy
		if err := yaml.UnmarshalStrict(document, &back); err != nil {
			t.Errorf("%s: %v\n%s", id, err, document)
		}
		if diff := cmp.Diff(*o, back); diff != "" {
			t.Errorf("%s is read back otherwise (-written +read):\n%s", id, diff)
		}
		if problems := validation.IsDNS1123Subdomain(o.Name); problems != nil {
			t.Errorf("%s: %v", id, problems)
		}
		size := 0
		for key, value := range o.Annotations {
			if value == "" {
				t.Errorf("%s: %s is empty", id, key)
			}
			size += len(key) + len(value)
		}
		if size > 128<<10 {
			t.Errorf("%s has %d bytes of annotations", id, size)
		}
		if len(o.Spec.PolicyTypes) == 0 {
			t.Errorf("%s has no policyTypes, which the API would guess", id)
		}
		options := metav1validation.LabelSelectorValidationOptions{}
		problems := metav1validation.ValidateLabelSelector(&o.Spec.PodSelector, options, field.NewPath("podSelector"))
		for _, r := range o.Spec.Ingress {
			problems = append(problems, validRule(t, id, r.From, r.Ports)...)
		}
		for _, r := range o.Spec.Egress {
			problems = append(problems, validRule(t, id, r.To, r.Ports)...)
		}
		if len(problems) > 0 {
			t.Errorf("%s: %v", id, problems)
		}
	}
}

func validRule(t failer, id string, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) field.ErrorList {
	t.Helper()
	var problems field.ErrorList
	options := metav1validation.LabelSelectorValidationOptions{}
	for _, p := range peers {
		if (p.IPBlock != nil) == (p.PodSelector != nil || p.NamespaceSelector != nil) {
			t.Errorf("%s: a peer must be selectors or a block: %v", id, p)
		}
		problems = append(problems, metav1validation.ValidateLabelSelector(p.PodSelector, options, field.NewPath("podSelector"))...)
		problems = append(problems, metav1validation.ValidateLabelSelector(p.NamespaceSelector, options, field.NewPath("namespaceSelector"))...)
		if p.IPBlock != nil {
			problems = append(problems, validation.IsValidCIDR(field.NewPath("cidr"), p.IPBlock.CIDR)...)
		}
	}
	for _, p := range ports {
		if p.Protocol == nil {
			t.Errorf("%s: a port without protocol", id)
		}
		if p.EndPort != nil && (p.Port == nil || p.Port.StrVal != "" || *p.EndPort <= p.Port.IntVal) {
			t.Errorf("%s: endPort %d after %v", id, *p.EndPort, p.Port)
		}
	}
	return problems
}

// find returns one object, or nil.
func find(objects []*networkingv1.NetworkPolicy, id string) *networkingv1.NetworkPolicy {
	for _, o := range objects {
		if o.Namespace+"/"+o.Name == id {
			return o
		}
	}
	return nil
}

func names(objects []*networkingv1.NetworkPolicy) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Namespace+"/"+o.Name)
	}
	return out
}

// Whole programs, beside what they become. After a change, -update writes the
// files anew, to be read before they are committed.
func TestGolden(t *testing.T) {
	programs, err := filepath.Glob("testdata/*.zt")
	if err != nil || len(programs) == 0 {
		t.Fatalf("programs %v, error %v", programs, err)
	}
	for _, program := range programs {
		text, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		for layout, suffix := range map[target.Layout]string{target.ByTier: ".tier.yaml", target.ByEdge: ".edge.yaml"} {
			golden := strings.TrimSuffix(program, ".zt") + suffix
			t.Run(filepath.Base(golden), func(t *testing.T) {
				got := manifest.Marshal(policyset.FromObjects(lower(t, compile(t, string(text)), layout)), manifest.FormatYAML)
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// The order of statements must say nothing.
func TestOrderOfStatementsSaysNothing(t *testing.T) {
	statements := []string{
		"tier a, b, c by role",
		"# first\na -> b :80",
		"# second\na -> b :81",
		"b -> c :80, 443/udp",
		"c -> a :80",
		"10.1.0.0/16, 10.0.0.0/16 -> a :80",
		"default/* -> cluster :9090",
		"all -> c :1",
	}
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		want := manifest.Marshal(policyset.FromObjects(lower(t, compile(t, strings.Join(statements, "\n")), layout)), manifest.FormatYAML)
		for i := range statements {
			turned := append(append([]string{}, statements[i:]...), statements[:i]...)
			got := manifest.Marshal(policyset.FromObjects(lower(t, compile(t, "\n\n"+strings.Join(turned, "\n\n")), layout)), manifest.FormatYAML)
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("with statement %d first:\n%s", i, diff)
			}
		}
	}
}

func TestIsolates(t *testing.T) {
	for _, test := range []struct {
		isolates, types  string
		ingress, egress  int
		tierLayout, edge string
	}{
		{"", "Ingress Egress", 1, 2, "n/allow-a n/deny-all", "n/allow-a-to-a n/allow-a-to-a-egress n/allow-a-to-kube-system-kube-dns-egress n/deny-all"},
		{"isolates ingress", "Ingress", 1, 0, "n/allow-a n/deny-all", "n/allow-a-to-a n/deny-all"},
		{"isolates egress", "Egress", 0, 2, "n/allow-a n/deny-all", "n/allow-a-to-a-egress n/allow-a-to-kube-system-kube-dns-egress n/deny-all"},
		{"isolates nothing", "", 0, 0, "", ""},
		{"isolates tiers", "Ingress Egress", 1, 2, "n/allow-a", "n/allow-a-to-a n/allow-a-to-a-egress n/allow-a-to-kube-system-kube-dns-egress n/deny-a"},
		{"isolates tiers ingress", "Ingress", 1, 0, "n/allow-a", "n/allow-a-to-a n/deny-a"},
		{"isolates tiers egress", "Egress", 0, 2, "n/allow-a", "n/allow-a-to-a-egress n/allow-a-to-kube-system-kube-dns-egress n/deny-a"},
	} {
		t.Run(test.isolates, func(t *testing.T) {
			topo := compile(t, "namespace n "+test.isolates+" {\n tier a { role=a }\n a -> a :80\n}")
			objects := lower(t, topo, target.ByTier)
			if got := strings.Join(names(objects), " "); got != test.tierLayout {
				t.Errorf("objects %s, want %s", got, test.tierLayout)
			}
			if got := strings.Join(names(lower(t, topo, target.ByEdge)), " "); got != test.edge {
				t.Errorf("by edge %s, want %s", got, test.edge)
			}
			for _, o := range objects {
				var types []string
				for _, p := range o.Spec.PolicyTypes {
					types = append(types, string(p))
				}
				if got := strings.Join(types, " "); got != test.types {
					t.Errorf("%s isolates %s, want %s", o.Name, got, test.types)
				}
			}
			if o := find(objects, "n/allow-a"); o != nil && (len(o.Spec.Ingress) != test.ingress || len(o.Spec.Egress) != test.egress) {
				t.Errorf("%d ingress and %d egress rules, want %d and %d", len(o.Spec.Ingress), len(o.Spec.Egress), test.ingress, test.egress)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	topo := compile(t, "tier a { role=a }\nexternal api { host api.example.com\n host *.example.org\n 203.0.113.0/24 }\nexternal unused { host example.net }\na -> api :443")
	_, diags := Lower(topo, target.ByTier)
	var got []string
	for _, d := range diags {
		if d.Code != diag.HostUnsupported || d.Severity != diag.Error || d.Help == "" {
			t.Errorf("diagnostic %+v", d)
		}
		got = append(got, d.Span.Text())
	}
	want := []string{"host api.example.com", "host *.example.org", "host example.net"}
	if strings.ReplaceAll(strings.Join(got, " "), "host ", "") != strings.ReplaceAll(strings.Join(want, " "), "host ", "") {
		t.Errorf("reported at %q, want %q", got, want)
	}
}

// An endpoint that nothing is in must not become a rule without peers, which
// would be for everybody.
func TestEmptyEndpointsGiveNoRules(t *testing.T) {
	for name, text := range map[string]string{
		"external of hosts":              "namespace n isolates egress {\n tier a { role=a }\n}\nexternal x { host example.com }\ndns off\nn/a -> x :80",
		"environment of no namespaces":   "namespace n isolates ingress {\n tier a { role=a }\n}\nenvironment e { }\ne -> n/a :80",
		"internet that has no addresses": "network { services 0.0.0.0/0, ::/0 }\nnamespace n isolates egress {\n tier a { role=a }\n}\ndns off\nn/a -> internet :80",
	} {
		t.Run(name, func(t *testing.T) {
			topo := compile(t, text)
			for _, of := range []target.Layout{target.ByTier, target.ByEdge} {
				policies, _ := Lower(topo, of)
				objects := policies.Objects()
				valid(t, objects)
				for _, o := range objects {
					if len(o.Spec.Ingress)+len(o.Spec.Egress) > 0 || o.Annotations[layout.EdgesAnnotation] != "" || strings.Contains(o.Name, "-to-") {
						t.Errorf("%s has rules: %+v", o.Name, o.Spec)
					}
				}
			}
		})
	}
}
