package cilium

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/zt-lang/zt/emit/conformance/program"
)

// openAll is policies of all namespaces that permit everything, of Cilium and of Kubernetes.
const openAll = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: open-all, namespace: %[1]s}
spec:
  endpointSelector: {}
  ingress: [{fromEntities: [all]}]
  egress: [{toEntities: [all]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open-all, namespace: %[1]s}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress: [{}]
  egress: [{}]
---
`

// guardCount is what was judged of programs with guardrails.
type guardCount struct {
	count
	guards, denied int // objects, and cells that they deny although everything is opened
}

// compareGuards judges the cells of a program twice: with its own policies, and with others beside them that
// permit everything in every namespace. Both times nothing is permitted that the program denies, and
// everything else is that the program, or the others, permit.
func compareGuards(p *program.Program) (judged guardCount, err error) {
	closed, err := newPlace(p, p.Stream)
	if err != nil {
		return judged, err
	}
	opening := ""
	for _, name := range slices.Sorted(maps.Keys(closed.scene.Namespaces)) {
		opening += fmt.Sprintf(openAll, name)
	}
	opened, err := newPlace(p, slices.Concat([]byte(opening), p.Stream))
	if err != nil {
		return judged, err
	}
	for _, w := range []*place{closed, opened} {
		for i, c := range w.scene.Cells() {
			connection := c.Connection(w.scene)
			guarded := p.Guarded(connection)
			if !guarded && i%4 != 0 {
				continue // most cells are nothing that guardrails decide
			}
			if !guarded && p.Denies(connection) || guarded && w.isNode(c.To, c.V6) {
				continue // from outside or to some nodes, which guardrails may deny or leave
			}
			verdict, err := w.verdict(c)
			if err != nil {
				return judged, err
			}
			if want := (w == opened || p.Meaning.Permits(connection)) && !guarded; verdict != want {
				return judged, fmt.Errorf("%s: permitted by the engine: %t, by the program: %t (denied: %t, every namespace opened: %t)", c, verdict, want, guarded, w == opened)
			}
			judged.cell(verdict, false)
			if guarded && w == opened {
				judged.denied++
			}
		}
	}
	return judged, nil
}

// Guardrails of random programs deny on the engine what the programs deny, whatever else permits it, and nothing
// that they permit: those of Cilium's own kind, and ClusterNetworkPolicies.
func TestGuardrailsAreEnforced(t *testing.T) {
	for _, targets := range [][]string{{"cilium", "ciliumclusterwide"}, {"networkpolicy", "clusternetworkpolicy"}} {
		t.Run(targets[1], func(t *testing.T) {
			kind := []byte(map[string]string{"ciliumclusterwide": "kind: CiliumClusterwideNetworkPolicy\n", "clusternetworkpolicy": "kind: ClusterNetworkPolicy\n"}[targets[1]])
			var sum guardCount
			built := 0
			for number := 0; number < 200 && built < run.guarded; number++ {
				p, err := program.Denying(number, 8, targets...)
				if err != nil {
					t.Fatal(err)
				}
				if p == nil || !bytes.Contains(p.Stream, kind) {
					continue
				}
				built++
				judged, err := compareGuards(p)
				if err != nil {
					t.Fatalf("%s: %v\n%s\n%s", p.Name, err, p.Text, p.Stream)
				}
				sum.add(judged.count)
				sum.guards, sum.denied = sum.guards+bytes.Count(p.Stream, kind), sum.denied+judged.denied
			}
			t.Logf("%d programs: %d guardrails: %s; %d are denied although everything is opened", built, sum.guards, sum.count, sum.denied)
			if built < run.guarded || sum.guards < built || sum.denied < 100*built {
				t.Error("too few programs, guardrails, or cells that they deny")
			}
		})
	}
}

// The comparison can fail: without any one guardrail, it does.
func TestGuardrailsMatter(t *testing.T) {
	const text = "namespace a { tier web, db by app }\nnamespace b { tier x by app }\ndeny a/web -> a/db\ndeny b/x -> a/web\n"
	for _, targets := range [][]string{{"cilium", "ciliumclusterwide"}, {"networkpolicy", "clusternetworkpolicy"}} {
		p, diags, err := program.BuildText("matter", text, "", targets...)
		if p == nil || err != nil {
			t.Fatal(diags, err)
		}
		if _, err := compareGuards(p); err != nil {
			t.Fatal(err)
		}
		guards := 0
		documents := split(p.Stream)
		for i := range documents {
			if !bytes.Contains(documents[i], []byte("name: deny-a.")) {
				continue
			}
			guards++
			changed := *p
			changed.Stream = joined(documents, i)
			if _, err := compareGuards(&changed); err == nil {
				t.Errorf("without this, nothing differs:\n%s", documents[i])
			}
		}
		if guards != 2 {
			t.Errorf("%d guardrails\n%s", guards, p.Stream)
		}
	}
}

// Environments by labels that a namespace must not have are no more than their pods: in Cilium, a selector in the field
// namespaces of a ClusterNetworkPolicy that holds without labels matches everything. Each program also permits
// connections from outside, which such a guardrail would cut.
func TestGuardrailsOfOtherNamespaces(t *testing.T) {
	for _, by := range []string{"{ env notin (prod, stage) }", "{ !env }", "{ env!=prod, team notin (a) }", "{ kubernetes.io/metadata.name notin (shop) }", "{ env notin (prod), env }"} {
		text := "environment others by " + by + `
tier agent in others { app notin (web) }
namespace shop {
  labels env=prod
  tier web { app=web }
  tier db { app=db }
}
namespace lab { tier x { app=x } }
dns off
internet -> shop/web :80
shop/web -> internet :443
shop/web -> shop/db :5432
deny others -> shop/*
deny agent -> shop/web :80
deny shop/db -> others
`
		for _, targets := range [][]string{{"cilium", "ciliumclusterwide"}, {"networkpolicy", "clusternetworkpolicy"}} {
			p, diags, err := program.BuildText("others", text, "", targets...)
			if p == nil || err != nil {
				t.Fatal(diags, err)
			}
			judged, err := compareGuards(p)
			if err != nil {
				t.Errorf("%s %v: %v\n%s", by, targets, err, p.Stream)
			}
			if judged.denied < 20 {
				t.Errorf("%s %v: guardrails deny %d cells only", by, targets, judged.denied)
			}
		}
	}
}
