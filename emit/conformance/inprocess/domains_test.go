package inprocess

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/grammar/source"
)

// domainsText is a ClusterNetworkPolicy whose rule has these domain names.
func domainsText(action, names string) string {
	return fmt.Sprintf(`apiVersion: policy.networking.k8s.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: good}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - action: %s
    to: [{domainNames: %s}]
    protocols: [{tcp: {destinationPort: {number: 443}}}]
`, action, names)
}

// What zt writes for DNS names, the experimental channel of the definition admits, and only that one has the field.
func TestDomainNamesAreAdmitted(t *testing.T) {
	p, diags, err := program.BuildText("names", `namespace shop {
  tier web, db by app
  external bank { host api.example.com, host *.pay.example.com, host a-b.c1.example } :443, 8000-8999/udp
  web, db -> bank
}
deny shop/web -> shop/db
`, "", guardTargets...)
	if p == nil || err != nil {
		t.Fatal(diags, err)
	}
	named := 0
	for document := range strings.SplitSeq(string(p.Stream), "---\n") {
		if !strings.Contains(document, "domainNames:") {
			continue
		}
		named++
		if err := admitCustom(t, document); err != nil {
			t.Errorf("%v\n%s", err, document)
		}
		if err := admitAs(t, document, ""); err == nil || !strings.Contains(err.Error(), "domainNames") {
			t.Errorf("the standard channel has the field: %v", err)
		}
	}
	if named != 2 {
		t.Errorf("%d policies name hosts", named)
	}
}

// zt refuses just the domain names that the definition refuses. It also refuses those that a rule denies or passes:
// the API has no such rules, and leaves it to the network plugin to find out.
func TestDomainNamesAreReadAsDefined(t *testing.T) {
	many := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("n%d.example.com", i))
		}
		return "[" + strings.Join(names, ", ") + "]"
	}
	refused := 0
	for _, names := range []string{
		"[api.example.com]", "['*.example.com']", "[a.b]", "[API.Example.com]", "[example.com.]", "[a_b.example.com]", "[1.2]", many(25), "[a.b, A.B]",
		"[]", many(26), "[a.b, a.b]", "[localhost]", "['*']", "['*.com']", "['**.example.com']", "['a*.example.com']", "['a.*.com']", "[-a.example.com]",
		"[a-.example.com]", "[_a.example.com]", "[a..b]", "['']", "[.a.b]", "['*.*.a.b']", "['a b.example.com']", "[a.b..]",
	} {
		document := domainsText("Accept", names)
		want := admitCustom(t, document)
		read, diags := inventory.Read([]*source.File{source.NewFile("p.yaml", document)}, "")
		if (want == nil) != (diags.Errors() == 0 && len(read.ClusterPolicies) == 1) {
			t.Errorf("%s: the definition says %v, zt %v", names, want, diags)
		}
		if want != nil {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("only %d are refused", refused)
	}
	for _, action := range []string{"Deny", "Pass"} {
		document := domainsText(action, "[a.b]")
		if err := admitCustom(t, document); err != nil {
			t.Errorf("the definition now refuses %s: %v", action, err)
		}
		if _, diags := inventory.Read([]*source.File{source.NewFile("p.yaml", document)}, ""); diags.Errors() == 0 {
			t.Errorf("zt accepts names with %s", action)
		}
	}
	for _, change := range [][2]string{
		{"{tcp: {destinationPort: {number: 443}}}", "{destinationNamedPort: https}"},
		{"domainNames: [a.b]", "domainNames: [a.b], nodes: {}"},
	} {
		bad := strings.Replace(domainsText("Accept", "[a.b]"), change[0], change[1], 1)
		if _, diags := inventory.Read([]*source.File{source.NewFile("p.yaml", bad)}, ""); admitCustom(t, bad) == nil || diags.Errors() == 0 {
			t.Errorf("%q is accepted", change[1])
		}
	}
}
