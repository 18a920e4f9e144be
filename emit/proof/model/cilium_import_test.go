package model

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/topology"
	emitted "github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/cilium"
	"github.com/zt-lang/zt/grammar/source"
)

// toImport are random programs with DNS names, and with addresses of the API server that an EndpointSlice can have.
var toImport = rapid.Custom(func(t *rapid.T) example {
	x := draw(t, rapid.Bool().Draw(t, "forbids"))
	withHosts(t, x.program)
	if x.program.network.apiserver != nil {
		x.program.network.apiserver = []addressBlock{{cidr: prefixes("192.168.10.2/32")[0]}}
	}
	x.text = x.program.print(x.spelling, true)
	return x
})

// TestCiliumImport imports what random programs build for Cilium. The new program builds what permits the same, by the
// simple evaluator. What is not imported has one of a few reasons.
func TestCiliumImport(t *testing.T) {
	t.Parallel()
	imported, guarded, unbuilt, refusals, refused := 0, 0, 0, 0, map[string]int{}
	for i := range 30 * run.ciliumPrograms {
		x := toImport.Example(i)
		if top, _, err := compile(x.program, x.text); top == nil && err == nil {
			continue // it forbids what it permits
		}
		b := forCilium(t, x, layouts[i%len(layouts)])
		if b == nil || len(b.objects) == 0 {
			continue
		}
		objects := append(guards(t, b.top), b.objects...)
		hasGuards := len(objects) > len(b.objects)
		files, why := importing(t, b, objects)
		if why != "" {
			refused[why]++
			refusals++
			if !hasGuards {
				t.Logf("refused: %s\n%s", why, asYAML(b.objects))
			}
			continue
		}
		imported++
		if hasGuards {
			guarded++
			continue // these can deny what an edge permits to a pod of two tiers
		}
		built := builtForCilium(t, files)
		if built == nil {
			unbuilt++
			continue
		}
		c, err := b.cluster(built)
		if err != nil {
			t.Fatal(err)
		}
		if found := b.differ(c, nil); len(found) > 0 {
			t.Fatalf("%v\n%s\n%s", found, x.text, files[0].Text)
		}
	}
	t.Logf("%d imported, %d of them with guardrails, %d not built; refused: %v", imported, guarded, unbuilt, refused)
	if imported < 2*run.ciliumPrograms || guarded == 0 || refusals > 1+imported/10 || unbuilt > 1+imported/20 {
		t.Error("too few programs are imported, or too many refused")
	}
}

// guards returns the guardrails of a program, as they are written.
func guards(t *testing.T, top *topology.Topology) []any {
	lowered, _ := cilium.Guardrails{}.Lower(top, target.Options{})
	return asWritten(t, lowered)
}

func written(t *testing.T, data []byte) []any {
	var list struct{ Items []any }
	if err := yaml.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// importing imports objects, with what the program states of the cluster. If they are refused, it returns why.
func importing(t *testing.T, b *ciliumBuild, objects []any) (files []policies.File, why string) {
	for _, n := range b.top.Namespaces {
		objects = append(objects, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": n.Name, "labels": n.Labels}})
	}
	if of := b.top.Network.APIServer; of != nil {
		objects = append(objects, map[string]any{
			"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": map[string]any{"name": "kubernetes", "namespace": "default", "labels": map[string]string{"kubernetes.io/service-name": "kubernetes"}},
			"endpoints": []any{map[string]any{"addresses": []string{of.Blocks[0].Prefix.Addr().String()}}}, "ports": []any{map[string]any{"port": 6443}},
		})
	}
	data, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.json", string(data))}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%s\n%s", messages(diags), asYAML(objects))
	}
	inv.Nodes = topology.AddrsOf(b.top.Network.Nodes).Prefixes()
	files, diags, err = policies.Import(inv, false)
	if err != nil {
		t.Fatalf("%v\n%s", err, asYAML(objects))
	}
	if diags.Errors() > 0 {
		if why = importReason.FindString(diags[0].Message); why == "" {
			t.Fatalf("%s %s\n%s", diags[0].Code, diags[0].Message, asYAML(objects)) // a failed proof has no place
		}
	}
	return files, why
}

// importReason matches why what a program builds is not imported.
var importReason = regexp.MustCompile(`namespaces that it does not name|numbers and names of ports|nothing says that Cilium learns|some of the addresses`)

// builtForCilium returns what a program builds for Cilium; nil if it resolves names on a port that is not one of DNS.
func builtForCilium(t *testing.T, files []policies.File) []any {
	fsys := fstest.MapFS{"main.zt": &fstest.MapFile{Data: files[0].Text}}
	result, diags, err := emitted.Build(fsys, []compiler.Input{{Path: "main.zt"}}, emitted.Options{Targets: []string{"cilium"}, Format: manifest.FormatJSON})
	if err == nil && diags.Errors() > 0 && strings.Contains(messages(diags), "may not resolve names") {
		return nil
	}
	if err != nil || diags.Errors() > 0 {
		t.Fatalf("%v%s\n%s", err, messages(diags), files[0].Text)
	}
	var all []any
	for _, f := range result.Files {
		all = append(all, written(t, f.Data)...)
	}
	return all
}
