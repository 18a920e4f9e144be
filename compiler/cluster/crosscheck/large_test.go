package crosscheck_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/crosscheck"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/source"
)

// BenchmarkCheck checks 10,000 workloads with Services, and 30,000 edges that variables name.
func BenchmarkCheck(b *testing.B) {
	const workloads, edges = 10_000, 3
	var program, manifests strings.Builder
	for i := range workloads {
		fmt.Fprintf(&program, "namespace ns%d { tier t%d { app=t%d } :8080/tcp }\n", i/100, i, i)
		fmt.Fprintf(&manifests, "---\napiVersion: v1\nkind: Service\nmetadata: {name: t%d, namespace: ns%d}\nspec: {selector: {app: t%d}, ports: [{port: 80, targetPort: 8080}]}\n"+
			"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: t%d, namespace: ns%d}\nspec: {template: {metadata: {labels: {app: t%d}}, spec: {containers: [{ports: [{containerPort: 8080}], env: [", i, i/100, i, i, i/100, i)
		for e := range edges {
			to := (i*7 + e*1313 + 1) % workloads
			fmt.Fprintf(&program, "ns%d/t%d -> ns%d/t%d\n", i/100, i, to/100, to)
			fmt.Fprintf(&manifests, "{name: A%d, value: 't%d.ns%d.svc:80'},", e, to, to/100)
		}
		manifests.WriteString("]}]}}}\n")
	}
	top := compile(b, program.String())
	files := []*source.File{source.NewFile("manifests.yaml", manifests.String())}
	for b.Loop() {
		inv, diags := inventory.ReadEvidence(files, "")
		if len(diags) > 0 {
			b.Fatal(diags)
		}
		if list := crosscheck.Check(top, inv); len(list) > 0 {
			b.Fatal(list[0])
		}
	}
}
