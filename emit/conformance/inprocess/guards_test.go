package inprocess

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	cnp "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
)

// guarded is a program with guardrails.
type guarded struct {
	name     string
	topology *topology.Topology
	policies []*networkingv1.NetworkPolicy // as the API server stores them
	guards   []*v1alpha2.ClusterNetworkPolicy
	denied   []target.Connections
}

// buildGuarded builds a program text with guardrails. It is nil if zt refuses the program.
func buildGuarded(t *testing.T, name, text string) *guarded {
	t.Helper()
	files := fstest.MapFS{"p.zt": {Data: []byte(text)}}
	result, diags, err := emit.Build(files, []compiler.Input{{Path: "p.zt"}}, emit.Options{Targets: []string{"networkpolicy", "clusternetworkpolicy"}})
	if err != nil {
		t.Fatal(err)
	}
	if diags.Errors() > 0 {
		if strings.HasPrefix(string(diags[0].Code), "ZT9") {
			t.Fatalf("%s: %v\n%s", name, diags, text)
		}
		return nil
	}
	g := &guarded{name: name, topology: result.Topology, denied: proof.Denied(result.Topology)}
	plain := ""
	for _, f := range result.Files {
		for document := range strings.SplitSeq(string(f.Data), "---\n") {
			switch {
			case strings.Contains(document, "kind: ClusterNetworkPolicy\n"):
				if err := admitCustom(t, document); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, document)
				}
				// The plugin reads v1alpha2, whose schema is the same.
				var p v1alpha2.ClusterNetworkPolicy
				if err := yaml.Unmarshal([]byte(document), &p); err != nil {
					t.Fatal(err)
				}
				g.guards = append(g.guards, &p)
			case strings.TrimSpace(document) != "":
				plain += "---\n" + document
			}
		}
	}
	if g.policies, err = admit([]byte(strings.TrimPrefix(plain, "---\n"))); err != nil {
		t.Fatal(err)
	}
	return g
}

// isDenied reports whether guardrails must deny a connection.
func (g *guarded) isDenied(c relation.Connection) bool {
	port := relation.RangeOf(relation.PortRange{Protocol: c.Port.Protocol, Low: c.Port.Number, High: c.Port.Number})
	return c.From.Namespace != "" && slices.ContainsFunc(g.denied, func(d target.Connections) bool {
		return d.From.Has(c.From) && d.To.Has(c.To) && d.Ports.Overlaps(port)
	})
}

// openAll is a NetworkPolicy that permits everything in a namespace.
func openAll(namespace string) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "open-all", Namespace: namespace},
		Spec: networkingv1.NetworkPolicySpec{
			Ingress: []networkingv1.NetworkPolicyIngressRule{{}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		},
	}
}

// judge compares the engine's verdicts with what the program says: with the policies of the program, and with
// ones that open every namespace.
func (g *guarded) judge(t *testing.T) (cells, denied int) {
	t.Helper()
	meaning := semantics.Relation(g.topology)
	s, err := scene.New(g.topology, meaning)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	opened := slices.Clone(g.policies)
	for name := range s.Namespaces {
		opened = append(opened, openAll(name))
	}
	for _, open := range []bool{false, true} {
		policies := g.policies
		if open {
			policies = opened
		}
		factory, clusterwide := informers.NewSharedInformerFactory(nil, 0), cnp.NewSharedInformerFactory(nil, 0)
		plugin, err := engine.NewTiered(factory, clusterwide)
		if err != nil {
			t.Fatal(err)
		}
		if err := fill(factory, s, policies); err != nil {
			t.Fatal(err)
		}
		for _, p := range g.guards {
			if err := clusterwide.Policy().V1alpha2().ClusterNetworkPolicies().Informer().GetStore().Add(p); err != nil {
				t.Fatal(err)
			}
		}
		for i, c := range s.Cells() {
			connection := c.Connection(s)
			if i%5 != 0 && !g.isDenied(connection) {
				continue // most cells are nothing that a guardrail decides
			}
			verdict, err := plugin.EvaluatePacket(context.Background(), packet(c))
			if err != nil {
				t.Fatal(err)
			}
			forbidden := g.isDenied(connection)
			if want := (open || meaning.Permits(connection)) && !forbidden; verdict != want {
				t.Fatalf("%s: %s: permitted by the plugin: %t, by the program: %t (denied: %t, every namespace opened: %t)", g.name, c, verdict, want, forbidden, open)
			}
			cells++
			if open && forbidden {
				denied++
			}
		}
	}
	return cells, denied
}

// withDenials adds random denials to a random program, those that zt accepts.
func withDenials(t *testing.T, number int) *guarded {
	t.Helper()
	data, err := os.ReadFile(program.Random(number))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	p, err := program.Build(program.Random(number), "", "")
	if err != nil {
		t.Fatal(err)
	}
	parties := []string{"cluster", "203.0.113.0/24"}
	for _, n := range p.Topology.Namespaces {
		if n.Prelude {
			continue
		}
		parties = append(parties, n.Name+"/*")
		for _, tier := range n.Tiers {
			parties = append(parties, tier.String())
		}
	}
	for _, e := range p.Topology.Environments {
		parties = append(parties, e.Name)
	}
	r := rand.New(rand.NewPCG(uint64(number), 11))
	pick := func() string { return parties[r.IntN(len(parties))] }
	kept := buildGuarded(t, p.Name, text)
	for range 10 {
		deny := fmt.Sprintf("\ndeny %s -> %s%s\n", pick(), pick(), []string{" :any", " :80", " :1-100/udp, 443", " :1-65535"}[r.IntN(4)])
		if g := buildGuarded(t, p.Name, text+deny); g != nil {
			text, kept = text+deny, g
		}
	}
	return kept
}

func TestGuardrailsOfRandomPrograms(t *testing.T) {
	const programs = 24
	var cells, denied, guards int
	for number := range programs {
		g := withDenials(t, number)
		if g == nil {
			continue
		}
		c, d := g.judge(t)
		cells, denied, guards = cells+c, denied+d, guards+len(g.guards)
	}
	t.Logf("%d guardrails of %d programs accepted; %d cells judged, %d denied although every namespace is opened", guards, programs, cells, denied)
	if guards < programs || denied < 1000 {
		t.Error("too few guardrails, or too few cells that they deny")
	}
}

// The examples, and the guardrails in their folders.
func TestGuardrailsOfExamples(t *testing.T) {
	files, err := filepath.Glob(program.Example("*/manifests*/*.cluster.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no guardrails", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(data), "---\n") {
			if err := admitCustom(t, document); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
}

// Without any one guardrail, a program that is opened permits what it denies.
func TestGuardrailsMatter(t *testing.T) {
	g := buildGuarded(t, "two", "namespace a { tier web, db by app }\nnamespace b { tier x by app }\ndeny a/web -> a/db\ndeny b/x -> a/web\n")
	if g == nil || len(g.guards) != 2 {
		t.Fatal("no guardrails")
	}
	if _, denied := g.judge(t); denied == 0 {
		t.Error("nothing is denied")
	}
	whole := g.guards
	for i := range whole {
		g.guards = slices.Delete(slices.Clone(whole), i, i+1)
		if !fails(g) {
			t.Errorf("without %s, nothing is open", whole[i].Name)
		}
	}
}

// fails reports whether an opened program permits something that it denies.
func fails(g *guarded) bool {
	meaning := semantics.Relation(g.topology)
	s, err := scene.New(g.topology, meaning)
	if err != nil {
		return false
	}
	factory, clusterwide := informers.NewSharedInformerFactory(nil, 0), cnp.NewSharedInformerFactory(nil, 0)
	plugin, err := engine.NewTiered(factory, clusterwide)
	if err != nil {
		return false
	}
	opened := slices.Clone(g.policies)
	for name := range s.Namespaces {
		opened = append(opened, openAll(name))
	}
	if fill(factory, s, opened) != nil {
		return false
	}
	for _, p := range g.guards {
		if clusterwide.Policy().V1alpha2().ClusterNetworkPolicies().Informer().GetStore().Add(p) != nil {
			return false
		}
	}
	return slices.ContainsFunc(s.Cells(), func(c scene.Cell) bool {
		verdict, err := plugin.EvaluatePacket(context.Background(), packet(c))
		return err == nil && verdict && g.isDenied(c.Connection(s))
	})
}

// The published definition refuses these.
func TestGuardrailsRefused(t *testing.T) {
	isAsked(t, `apiVersion: policy.networking.k8s.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: good}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - action: Deny
    to: [{networks: [203.0.113.0/24]}]
    protocols: [{tcp: {destinationPort: {number: 80}}}]
`, [][2]string{
		{"priority: 10", "priority: 1001"},
		{"tier: Admin", "tier: First"},
		{"action: Deny", "action: Refuse"},
		{"number: 80", "number: 0"},
		{"destinationPort: {number: 80}", ""},
		{"203.0.113.0/24", "203.0.113.1/24"},
		{"networks: [203.0.113.0/24]", "networks: []"},
		{"to: [{networks: [203.0.113.0/24]}]", "to: [{}]"},
		{"subject: {namespaces: {}}", "subject: {}"},
		{"subject: {namespaces: {}}", "subjects: {namespaces: {}}"},
		{"name: good", "name: good, namespace: shop"},
	})
}
