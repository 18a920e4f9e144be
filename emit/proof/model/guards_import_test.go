package model

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	emitted "github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// withClusterPolicies chooses NetworkPolicies and ClusterNetworkPolicies.
func withClusterPolicies(layout target.Layout) emitted.Options {
	return emitted.Options{
		Targets: []string{"networkpolicy", "clusternetworkpolicy"}, Layout: layout, Format: manifest.FormatJSON,
		Priorities: target.Priorities{Count: target.MaxPriority + 1},
	}
}

// TestGuardrailImport imports NetworkPolicies and ClusterNetworkPolicies that random programs build, and builds the new
// program. A simple evaluator says that both permit the same on random cells, and that the guardrails deny the same by
// themselves. What is not imported has one of a few reasons.
func TestGuardrailImport(t *testing.T) {
	t.Parallel()
	imported, narrowed, denied, accepted, refused := 0, 0, 0, 0, map[string]int{}
	for i := 0; i < 60*run.ciliumPrograms && imported < 3*run.ciliumPrograms; i++ {
		x := withDenials.Example(80_000 + i)
		if i%3 == 0 {
			if x = withNames.Example(80_000 + i); !connectsToHosts(x.program) {
				continue
			}
		}
		top, _, err := compile(x.program, x.text)
		if err != nil || top == nil {
			continue // it forbids what it permits
		}
		layout := layouts[i%len(layouts)]
		lowered, diags, err := emitted.Lower(top, withClusterPolicies(layout))
		if err != nil {
			t.Fatal(err)
		}
		if diags.Errors() > 0 {
			if !hasCode(diags, diag.DomainUnsupported) {
				t.Fatalf("%s\n%s", messages(diags), x.text)
			}
			continue
		}
		before := itemsOf(t, lowered.Files())
		if !slices.ContainsFunc(before, func(o any) bool { return o.(map[string]any)["kind"] == "ClusterNetworkPolicy" }) {
			continue
		}
		if i%2 == 1 { // a team's own policies, which open what guardrails deny
			before = slices.Concat(before, opened(top))
		}
		files, why := importingGuarded(t, top, before)
		if why != "" {
			refused[why]++
			continue
		}
		imported++
		if regexp.MustCompile("It does not have").Match(files[0].Text) {
			narrowed++
		}
		fsys := fstest.MapFS{"main.zt": &fstest.MapFile{Data: files[0].Text}}
		result, diags, err := emitted.Build(fsys, []compiler.Input{{Path: "main.zt"}}, withClusterPolicies(layout))
		if err != nil || diags.Errors() > 0 {
			t.Fatalf("%v%s\n%s", err, messages(diags), files[0].Text)
		}
		b := &ciliumBuild{world: expand(x.program), top: top}
		b.sample(x)
		old, new := tieredOf(t, before), tieredOf(t, itemsOf(t, result.Files))
		for _, at := range b.cells {
			if at.from.at.IsValid() || at.to.at.IsValid() {
				continue // import reads address blocks as those of no pods
			}
			if was, is := old.permits(at.from, at.to, at.on), new.permits(at.from, at.to, at.on); was != is {
				t.Fatalf("from %v\nto %v\non %v: permitted before is %v, and after %v\n%s\n%s\n%s", at.from, at.to, at.on, was, is, x.text, files[0].Text, asYAML(before))
			}
			isDenied := func(c *tiered) bool {
				return c.decides(at.from, at.to, at.on) == "Deny" || c.arrives(at.from, at.to, at.on) == "Deny"
			}
			if was, is := isDenied(old), isDenied(new); was != is {
				t.Fatalf("from %v\nto %v\non %v: denied before is %v, and after %v\n%s\n%s\n%s", at.from, at.to, at.on, was, is, x.text, files[0].Text, asYAML(before))
			}
			if isDenied(new) {
				denied++
			}
			if new.decides(at.from, at.to, at.on) == "Accept" {
				accepted++
			}
		}
	}
	total := 0
	for _, n := range refused {
		total += n
	}
	t.Logf("%d imported, %d of them narrowed; %d cells denied, %d accepted; refused: %v", imported, narrowed, denied, accepted, refused)
	if imported < 2*run.ciliumPrograms || narrowed == 0 || denied == 0 || accepted == 0 || total > imported/5 {
		t.Error("too few programs are imported, or too many refused")
	}
}

// opened returns NetworkPolicies that permit all pods of a program's namespaces everything on some ports.
func opened(top *topology.Topology) (out []any) {
	ports := map[string]any{"ports": []any{map[string]any{"port": 1, "endPort": 9999}}}
	for _, n := range top.Namespaces {
		if !n.Prelude {
			out = append(out, map[string]any{
				"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"name": "open", "namespace": n.Name},
				"spec": map[string]any{"podSelector": map[string]any{}, "ingress": []any{ports}, "egress": []any{ports}, "policyTypes": []any{"Ingress", "Egress"}},
			})
		}
	}
	return out
}

// itemsOf returns the objects of files of JSON.
func itemsOf(t *testing.T, files []manifest.File) (out []any) {
	for _, f := range files {
		out = append(out, written(t, f.Data)...)
	}
	return out
}

// tieredOf reads objects for the simple evaluator.
func tieredOf(t *testing.T, objects []any) *tiered {
	c := &tiered{plain: &cluster{}}
	var plain []any
	for _, o := range objects {
		if o.(map[string]any)["kind"] == "NetworkPolicy" {
			plain = append(plain, o)
			continue
		}
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var read orderedObject
		if err := yaml.UnmarshalStrict(data, &read); err != nil {
			t.Fatal(err)
		}
		c.ordered = append(c.ordered, read)
	}
	if len(plain) > 0 {
		data, err := manifest.MarshalObjects(plain, manifest.FormatYAML, false)
		if err != nil {
			t.Fatal(err)
		}
		if c.plain, err = decode(data); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// importingGuarded imports objects, with the labels of namespaces that a program states. If they are refused, it
// returns why.
func importingGuarded(t *testing.T, top *topology.Topology, objects []any) (files []policies.File, why string) {
	for _, n := range top.Namespaces {
		objects = append(objects, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": n.Name, "labels": n.Labels}})
	}
	data, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.json", string(data))}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%s\n%s", messages(diags), asYAML(objects))
	}
	files, diags, err = policies.Import(inv, false)
	if err != nil {
		t.Fatalf("%v\n%s", err, asYAML(objects))
	}
	if diags.Errors() > 0 {
		if why = guardReason.FindString(diags[0].Message); why == "" {
			t.Fatalf("%s %s\n%s", diags[0].Code, diags[0].Message, asYAML(objects))
		}
	}
	return files, why
}

// guardReason matches why what a program builds is not imported.
var guardReason = regexp.MustCompile(`denies addresses that pods can have|numbers and names of ports|some of the addresses|in a way that no program has`)
