package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Few bytes can mean more than fits into memory: that is said, where it becomes too much, and
// nothing is made of such a program.
func TestTooMuch(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	var ports, environments strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&ports, ", %d", 2*i+2)
		fmt.Fprintf(&environments, ", e%d", i)
	}
	var across, loose strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&across, "tier t%d in cluster { app=t%[1]d }\n", i)
	}
	for i := range 2_300 {
		fmt.Fprintf(&loose, "environment e%d by { !k%[1]d }\nnamespace n%[1]d\n", i)
	}
	list := func(name string, n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprint(name, i))
		}
		return strings.Join(names, ", ")
	}
	for what, program := range map[string]string{
		"160000 edges, with those to the resolvers":                       fmt.Sprintf("tier %s, %s by app\n%[1]s -> %[2]s :80\n", list("a", 600), list("b", 600)),
		"160000 edges, with those to the resolvers ":                      fmt.Sprintf("tier %s, %s by app\n%[1]s -> %[2]s :80\n", list("a", 499), list("b", 320)),
		"2000000 ports, label values and CIDRs, counted for each edge":    fmt.Sprintf("tier %s by app\ntier z { app=z } :1%s\n%[1]s -> z\n", list("a", 150), &ports),
		"10000 environment names":                                         "environment e" + environments.String() + " by env\n",
		"10000 tiers across namespaces":                                   across.String(),
		"5000000 namespaces, counted for each selector of an environment": loose.String(),
		"800000 statements, counted for each environment":                 "environment " + list("e", 4000) + " by env {\n namespace n-$environment {\n" + strings.Repeat("  a -> b\n", 250) + "}\n}\n",
	} {
		file, diags := grammar.Parse(source.NewFile("shop.zt", program))
		topology, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
		if err != nil || topology != nil || len(diags) > 0 {
			t.Fatalf("%s: %v %v", what, err, diags)
		}
		if len(more) == 1 && more[0].Span.File.Name != "shop.zt" {
			t.Errorf("%s: reported in %s, which nobody wrote", what, more[0].Span.File.Name)
		}
		if len(more) != 1 || more[0].Code != diag.TooMuch || !strings.HasSuffix(more[0].Message, "has more than "+strings.TrimSpace(what)) {
			t.Errorf("%s: %v", what, more)
		}
	}
}

// The policies of tiers repeat what edges of whole namespaces, of the cluster and of wider tiers
// permit. Where that would be too much, it is said at once.
func TestTooMuchRepeated(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	var everyPod, cluster, nested, across strings.Builder
	everyPod.WriteString("namespace n {\n")
	keys := "k"
	for i := range 1200 {
		fmt.Fprintf(&everyPod, "tier t%d { app=t%d }\nn/* -> t%d :%d\n", i, i, i, 1000+i)
		fmt.Fprintf(&across, "tier t%d in cluster { app=t%[1]d }\nt%[1]d -> n%[1]d/* :80\nnamespace n%[1]d\n", i)
		fmt.Fprintf(&cluster, "namespace n%d {\ntier t { app=t } :80\ncluster -> t\nt -> cluster :%d\n}\n", i, 1000+i)
		if i < 300 {
			keys += fmt.Sprint(", k", i)
			fmt.Fprintf(&nested, "tier t%d { %s }\nt%d -> internet :80\ncluster -> t%[1]d :80\n", i, keys, i)
		}
	}
	everyPod.WriteString("}\n")
	for _, program := range []string{everyPod.String(), cluster.String(), nested.String(), across.String()} {
		file, _ := grammar.Parse(source.NewFile("shop.zt", program))
		topology, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
		if err != nil || topology != nil {
			t.Fatal(err, "is compiled")
		}
		errors := diags[:0]
		for _, d := range diags {
			if d.Severity == diag.Error {
				errors = append(errors, d)
			}
		}
		if len(errors) != 1 || errors[0].Code != diag.TooMuch || !strings.Contains(errors[0].Message, "would repeat") || errors[0].Span.File.Name != "shop.zt" {
			t.Errorf("%.60s...: %v", program, errors)
		}
	}
}

// An edge of one side is repeated on that side only.
func TestOneSideIsNotRepeated(t *testing.T) {
	var program strings.Builder
	program.WriteString("dns off\nnamespace n {\n")
	for i := range 1200 {
		fmt.Fprintf(&program, "tier t%d { app=t%d }\ningress n/* -> t%d :%d\n", i, i, i, 1000+i)
	}
	file, _ := grammar.Parse(source.NewFile("shop.zt", program.String()+"}\n"))
	topology, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if err != nil || topology == nil {
		t.Fatal(err, diags)
	}
}

// Edges that the redundancy check leaves out, to bound its work, are counted in a note, which does not
// fail a strict build. An edge that shares no port with another needs no such work.
func TestUncheckedRedundancy(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	check := func(ports func(i int) string) diag.List {
		var program strings.Builder
		program.WriteString("tier a { app=a }\ntier b { app=b }\n")
		for i := range 1500 {
			fmt.Fprintf(&program, "a -> b :%s\n", ports(i))
		}
		file, _ := grammar.Parse(source.NewFile("shop.zt", program.String()))
		topology, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
		if err != nil || topology == nil {
			t.Fatal(err, diags)
		}
		return diags
	}
	if diags := check(func(i int) string { return fmt.Sprint(1000 + i) }); len(diags) > 0 {
		t.Errorf("each a port of its own: %v", diags)
	}
	// Here each has a port of its own, and shares the others.
	diags := check(func(i int) string { return fmt.Sprintf("%d-%d", 1000+2*i, 1002+2*i) })
	if len(diags) != 1 || diags[0].Code != diag.Redundant || diags[0].Message != "zt did not check whether 1500 edges from here on are redundant" || diags[0].Span.Begin().Line != 3 {
		t.Fatalf("%v", diags)
	}
	if diags.Strict(); diags.Count(diag.Note) != 1 {
		t.Errorf("strict: %v", diags)
	}
}

// A pod may belong to a tier that does not isolate it and to one that does: there is a policy for
// each two such tiers with different keys, so their number is limited. Tiers of one key share no pod.
func TestTooManyParts(t *testing.T) {
	for _, test := range []struct {
		tiers  int
		label  string
		errors int
	}{{60, "k%d=v", 0}, {80, "k%d=v", 1}, {400, "k%d=v", 1}, {400, "app=t%d", 0}} {
		var program strings.Builder
		program.WriteString("namespace n isolates tiers {\n")
		for i := range test.tiers {
			fmt.Fprintf(&program, "tier t%d { "+test.label+" } isolates %s :80\nt%[1]d -> t%[4]d\n", i, i, []string{"ingress", "egress"}[i%2], (i+1)%test.tiers)
		}
		file, diags := grammar.Parse(source.NewFile("shop.zt", program.String()+"}\n"))
		_, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
		if err != nil || len(diags) > 0 {
			t.Fatalf("%d tiers: %v %v", test.tiers, err, diags)
		}
		if more.Errors() != test.errors || test.errors == 1 && (more[0].Code != diag.TooMuch || !strings.Contains(more[0].Message, "pairs of tiers of n")) {
			t.Errorf("%d tiers by %s: %v", test.tiers, test.label, more)
		}
	}
}
