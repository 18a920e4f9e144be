package cilium

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/ciliumpolicy"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/proof"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

const guarded = `
network {
  nodes 192.168.10.0/24
  pods  10.244.0.0/16
}
namespace shop {
  tier web { app=web } :8080
  tier db  { app=db }  :5432
}
namespace other isolates nothing { tier job { app=job } }
environment dev, prod by env
shop/web -> shop/db
internet -> shop/web
deny internet -> shop/db
deny shop/db -> internet
deny shop/web -> nodes :10250
deny shop/db -> all :22
deny other/job -> shop/db
isolate dev, prod
`

// TestGuardrails proves guardrails, and that the proof needs each of their rules.
func TestGuardrails(t *testing.T) {
	text := guarded
	top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
	if err != nil || diags.Errors() > 0 {
		t.Fatal(err, diags)
	}
	policies, _ := Target{}.Lower(top, target.Options{})
	beside := []manifest.File{{Data: policies.Stream(manifest.FormatYAML)}}
	lowered, diags := Guardrails{}.Lower(top, target.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	check := func(list clusterwide) diag.List {
		return proof.CheckGuards(top, Target{}, beside, Guardrails{}, []manifest.File{{Data: list.Stream(manifest.FormatYAML)}}, manifest.FormatYAML)
	}
	list := lowered.(clusterwide)
	if diags := check(list); len(diags) > 0 {
		t.Fatal(diags)
	}
	mutants := 0
	try := func(what string, code diag.Code, change func(clusterwide) clusterwide) {
		data, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var mutant clusterwide
		if err := json.Unmarshal(data, &mutant); err != nil {
			t.Fatal(err)
		}
		mutants++
		for _, d := range check(change(mutant)) {
			if d.Code == code {
				return
			}
		}
		t.Errorf("%s: the proof does not report %s", what, code)
	}
	for i, p := range list {
		try(p.Metadata.Name, diag.GuardOpen, func(m clusterwide) clusterwide { return append(m[:i:i], m[i+1:]...) })
		for j := range p.Spec.IngressDeny {
			if len(p.Spec.IngressDeny[j].FromCIDRSet) == 0 { // those from outside are no part of the second proof
				try(p.Metadata.Name+" ingressDeny", diag.GuardOpen, func(m clusterwide) clusterwide {
					m[i].Spec.IngressDeny[j].FromEndpoints[0].MatchLabels["more"] = "narrower"
					return m
				})
			}
		}
		for j := range p.Spec.EgressDeny {
			try(p.Metadata.Name+" egressDeny", diag.GuardOpen, func(m clusterwide) clusterwide {
				m[i].Spec.EgressDeny[j].ToPorts = []ciliumpolicy.PortDenyRule{{Ports: []ciliumpolicy.Port{{Port: "1", Protocol: "TCP"}}}}
				return m
			})
		}
		// Guardrails must not isolate what the program leaves free.
		try(p.Metadata.Name+" isolates", diag.PermitsLess, func(m clusterwide) clusterwide {
			m[i].Spec.EnableDefaultDeny = nil
			m[i].Spec.EndpointSelector.MatchLabels = map[string]string{"k8s:io.kubernetes.pod.namespace": "other"}
			return m
		})
	}
	if mutants < 12 {
		t.Errorf("only %d mutants", mutants)
	}
}

// Everything is pods and addresses, wherever a denial names it. Each of these needs a rule.
func TestGuardrailsOfEverything(t *testing.T) {
	for deny, want := range map[string][]string{
		"all -> 203.0.113.0/24 :80": {"egressDeny"},
		"203.0.113.0/24 -> all :80": {"ingressDeny"},
		"all -> a :80":              {"ingressDeny"},
		"a -> all :80":              {"egressDeny"},
		"all -> all :80":            {"egressDeny", "ingressDeny"},
	} {
		text := "tier a { app=a }\ndeny " + deny
		top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
		if err != nil || diags.Errors() > 0 {
			t.Fatal(err, diags)
		}
		lowered, diags := Guardrails{}.Lower(top, target.Options{})
		written := lowered.Stream(manifest.FormatYAML)
		for _, field := range []string{"egressDeny", "ingressDeny"} {
			if bytes.Contains(written, []byte("\n  "+field+":")) != slices.Contains(want, field) || len(diags) > 0 {
				t.Errorf("%s: %v\n%s", deny, diags, written)
			}
		}
		policies, _ := Target{}.Lower(top, target.Options{})
		files := []manifest.File{{Data: policies.Stream(manifest.FormatYAML)}}
		if diags := proof.CheckGuards(top, Target{}, files, Guardrails{}, []manifest.File{{Data: written}}, manifest.FormatYAML); len(diags) > 0 {
			t.Errorf("%s: %v\n%s", deny, diags, written)
		}
	}
}

// The proof needs the rules about all nodes, in however many blocks these are, and those about private addresses.
func TestGuardrailsOfNodes(t *testing.T) {
	for _, deny := range []string{"a -> nodes :80", "a -> 10.0.0.0/8 :80"} {
		text := "network { nodes 192.168.10.0/24, fd00:1::/64 }\ntier a { app=a }\ndeny " + deny
		top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
		if err != nil || diags.Errors() > 0 {
			t.Fatal(err, diags)
		}
		policies, _ := Target{}.Lower(top, target.Options{})
		guards, _ := Guardrails{}.Lower(top, target.Options{})
		check := func(guards []byte) diag.List {
			return proof.CheckGuards(top, Target{}, []manifest.File{{Data: policies.Stream(manifest.FormatYAML)}}, Guardrails{}, []manifest.File{{Data: guards}}, manifest.FormatYAML)
		}
		written := guards.Stream(manifest.FormatYAML)
		if diags := check(written); len(diags) > 0 {
			t.Errorf("%s: %v", deny, diags)
		}
		if diags := check(bytes.Replace(written, []byte(`"80"`), []byte(`"81"`), 1)); len(diags) != 1 || diags[0].Code != diag.GuardOpen {
			t.Errorf("%s: on another port: %v", deny, diags)
		}
	}
}

// What a program permits and denies at once, which zt only warns of, guardrails deny: from addresses, and by the name
// of a port, too.
func TestPermittedAndDenied(t *testing.T) {
	for _, text := range []string{
		"tier a { app=a }\ntier b { role=b } :80\n203.0.113.0/24 -> b\ndeny 203.0.113.0/24 -> a :80",
		"tier x { app=x }\ntier a { app=a } :8080/tcp\nx -> a\ndeny x -> a :domain/tcp",
		"tier x { app=x }\ntier a { app=a } :domain/tcp\nx -> a\n203.0.113.0/24 -> a\ndeny x, 203.0.113.0/24 -> a :8080/tcp",
	} {
		top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
		if err != nil || diags.Errors() > 0 {
			t.Fatal(err, diags)
		}
		policies, _ := Target{}.Lower(top, target.Options{})
		guards, _ := Guardrails{}.Lower(top, target.Options{})
		files := func(o target.Objects) []manifest.File { return []manifest.File{{Data: o.Stream(manifest.FormatYAML)}} }
		if diags := proof.CheckGuards(top, Target{}, files(policies), Guardrails{}, files(guards), manifest.FormatYAML); len(diags) > 0 {
			t.Errorf("%s: %v", text, diags)
		}
	}
}

// What guardrails cannot deny is reported.
func TestNotGuarded(t *testing.T) {
	for text, want := range map[string]diag.Code{
		"tier a { app=a }\nexternal x { host api.example.com }\ndeny a -> x":           diag.NotGuarded,
		"tier a { app=a }\ndeny path a -> internet":                                    diag.PathNotGuarded,
		"network { nodes 203.0.113.0/24 }\ntier a { app=a }\ndeny a -> 203.0.113.0/25": diag.NotGuarded,
		"network { nodes 203.0.113.0/24 }\ntier a { app=a }\ndeny 203.0.113.0/25 -> a": diag.NotGuarded,
	} {
		top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
		if err != nil || diags.Errors() > 0 {
			t.Fatal(err, diags)
		}
		lowered, diags := Guardrails{}.Lower(top, target.Options{})
		if len(diags) != 1 || diags[0].Code != want {
			t.Errorf("%s: %v", text, diags)
		}
		policies, _ := Target{}.Lower(top, target.Options{})
		files := []manifest.File{{Data: policies.Stream(manifest.FormatYAML)}}
		var guards []manifest.File
		if data := lowered.Stream(manifest.FormatYAML); len(data) > 0 {
			guards = []manifest.File{{Data: data}}
		}
		if diags := proof.CheckGuards(top, Target{}, files, Guardrails{}, guards, manifest.FormatYAML); len(diags) > 0 {
			t.Errorf("%s: %v", text, diags)
		}
		if bytes.Contains(lowered.Stream(manifest.FormatYAML), []byte("remote-node")) { // nodes that it does not deny
			t.Errorf("%s: all nodes are denied", text)
		}
	}
}

// A name can have any address, a denied one included: what guardrails take of an edge to it is denied.
func TestHostBesideDenied(t *testing.T) {
	for _, block := range []string{"10.0.0.0/8", "203.0.113.0/24"} {
		text := "namespace shop {\n  tier web { app=web }\n  external out { host *.example.com } :443/tcp\n  web -> out\n}\ndeny shop/web -> " + block
		top, diags, err := compiler.Program(fstest.MapFS{}, []compiler.Input{{Path: "p.zt", Name: "p.zt", Text: &text}}, nil, compiler.Options{Native: true})
		if err != nil || diags.Errors() > 0 {
			t.Fatal(err, diags)
		}
		policies, _ := Target{}.Lower(top, target.Options{})
		guards, _ := Guardrails{}.Lower(top, target.Options{})
		check := func(beside []byte) diag.List {
			return proof.CheckGuards(top, Target{}, []manifest.File{{Data: beside}}, Guardrails{}, []manifest.File{{Data: guards.Stream(manifest.FormatYAML)}}, manifest.FormatYAML)
		}
		written := policies.Stream(manifest.FormatYAML)
		if diags := check(written); len(diags) > 0 {
			t.Errorf("%s: %v", block, diags)
		}
		if diags := check(bytes.ReplaceAll(written, []byte("**.example.com"), []byte("www.example.com"))); len(diags) == 0 {
			t.Errorf("%s: another name passes", block)
		}
	}
}
