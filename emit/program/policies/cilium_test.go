package policies

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy/judge"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

func importCilium(t *testing.T, text string) (string, diag.List) {
	t.Helper()
	inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", text)}, "")
	if diags.Errors() > 0 {
		t.Fatalf("%v\n%s", diags, text)
	}
	files, diags, err := Import(inv, false)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(files) == 0 {
		return "", diags
	}
	return string(files[0].Text), diags
}

// What policies of Cilium permit is a program, which is proven to permit the same; what none can say is refused.
func TestImportCilium(t *testing.T) {
	const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  endpointSelector: {matchLabels: {app: api}}\n  "
	for _, test := range []struct{ spec, want string }{
		{`ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`, "web -> api"},
		{`ingress: [{fromEntities: [all], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`, "all -> api"},
		{`egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}]`, "api -> 10.0.0.0/8 except 10.1.0.0/16 :any"},
		{`egress: [{}]`, "namespace shop isolates tiers egress"},
		{`ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]` + "\n  " + `ingressDeny: [{toPorts: []}]`, "web -> api :any"},
		{`ingressDeny: [{fromEntities: [world]}]`, "denies what other policies permit"},
		{`enableDefaultDeny: {ingress: false}` + "\n  " + `ingress: [{fromEntities: [world]}]`, "permits without isolating"},
		{`ingress: [{fromEntities: [host]}]`, "nothing says which node"},
		{`ingress: [{fromEntities: [world], toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{}]}}]}]`, "leaves to a proxy"},
		{`egress: [{toFQDNs: [{matchName: api.example.com}]}]`, "host names"},
	} {
		program, diags := importCilium(t, head+test.spec)
		if !strings.Contains(program, test.want) && (diags.Errors() == 0 || !strings.Contains(diags[0].Message, test.want)) {
			t.Errorf("%s: no %q in\n%s%v", test.spec, test.want, program, diags)
		}
	}
}

// Random policies are imported exactly, or refused.
func TestImportRandomCilium(t *testing.T) {
	imported, refused := 0, 0
	for seed := range uint64(300) {
		d := judge.Draw{Rand: rand.New(rand.NewPCG(seed, 3))}
		s := d.Set(false, false)
		s.Ordered = nil
		d.AddCilium(s, false)
		s.OnlyPermit()
		program, diags := importCilium(t, s.Manifests())
		for _, p := range diags {
			if p.Code == diag.PermitsMore || p.Code == diag.PermitsLess {
				t.Fatalf("%s\n%s", p.Message, s.Manifests())
			}
		}
		if program != "" {
			imported++
		} else {
			refused++
		}
	}
	t.Logf("%d imported, %d refused", imported, refused)
	if imported < 20 || refused < 20 {
		t.Error("too few are imported, or refused")
	}
}
