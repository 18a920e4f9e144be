package inprocess

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	cnp "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// guarded is a program with guardrails.
type guarded struct {
	*program.Program
	policies []*networkingv1.NetworkPolicy // as the API server stores them
	guards   []*v1alpha2.ClusterNetworkPolicy
}

var guardTargets = []string{"networkpolicy", "clusternetworkpolicy"}

// admitGuarded returns the objects of a program as the API server stores them.
func admitGuarded(t *testing.T, p *program.Program) *guarded {
	t.Helper()
	g := &guarded{Program: p}
	plain := ""
	for document := range strings.SplitSeq(string(p.Stream), "---\n") {
		switch {
		case strings.Contains(document, "kind: ClusterNetworkPolicy\n"):
			if err := admitCustom(t, document); err != nil {
				t.Fatalf("%s: %v\n%s", p.Name, err, document)
			}
			// The plugin reads v1alpha2, whose schema is the same.
			var read v1alpha2.ClusterNetworkPolicy
			if err := yaml.Unmarshal([]byte(document), &read); err != nil {
				t.Fatal(err)
			}
			g.guards = append(g.guards, &read)
		case strings.TrimSpace(document) != "":
			plain += "---\n" + document
		}
	}
	var err error
	if g.policies, err = admit([]byte(strings.TrimPrefix(plain, "---\n"))); err != nil {
		t.Fatal(err)
	}
	return g
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
	s, err := scene.NewGuarded(g.Topology, g.Meaning)
	if err != nil {
		t.Fatalf("%s: %v", g.Name, err)
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
			forbidden := g.Guarded(connection)
			if i%5 != 0 && !forbidden {
				continue // most cells are nothing that a guardrail decides
			}
			verdict, err := plugin.EvaluatePacket(context.Background(), packet(c))
			if err != nil {
				t.Fatal(err)
			}
			if want := (open || g.Meaning.Permits(connection)) && !forbidden; verdict != want {
				t.Fatalf("%s: %s: permitted by the plugin: %t, by the program: %t (denied: %t, every namespace opened: %t)", g.Name, c, verdict, want, forbidden, open)
			}
			cells++
			if open && forbidden {
				denied++
			}
		}
	}
	return cells, denied
}

func TestGuardrailsOfRandomPrograms(t *testing.T) {
	const programs = 24
	var cells, denied, guards int
	for number := range programs {
		p, err := program.Denying(number, 10, guardTargets...)
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			continue
		}
		g := admitGuarded(t, p)
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
	p, _, err := program.BuildText("two", "namespace a { tier web, db by app }\nnamespace b { tier x by app }\ndeny a/web -> a/db\ndeny b/x -> a/web\n", "", guardTargets...)
	if p == nil || err != nil {
		t.Fatal(err)
	}
	g := admitGuarded(t, p)
	if len(g.guards) != 2 {
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
	s, err := scene.NewGuarded(g.Topology, g.Meaning)
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
		return err == nil && verdict && g.Guarded(c.Connection(s))
	})
}
