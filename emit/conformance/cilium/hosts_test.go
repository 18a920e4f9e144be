package cilium

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/conformance/cilium/engine"
	"github.com/zt-lang/zt/emit/conformance/program"
	"github.com/zt-lang/zt/emit/target"
)

// outsider is an address outside, and the name by which connections find it, if one does.
type outsider struct {
	addr netip.Addr
	name string
}

// outsiders are addresses that have the names of programs below, names above, below and beside those, and none.
var outsiders = []outsider{
	{netip.MustParseAddr("203.0.113.1"), "example.com"},
	{netip.MustParseAddr("203.0.113.2"), "api.example.com"},
	{netip.MustParseAddr("2001:db8::3"), "api.example.com"},
	{netip.MustParseAddr("198.51.100.4"), "api.example.com"}, // in a block that programs name
	{netip.MustParseAddr("203.0.113.5"), "web.example.com"},
	{netip.MustParseAddr("203.0.113.6"), "a.api.example.com"},
	{netip.MustParseAddr("203.0.113.7"), "a.b.api.example.com"},
	{netip.MustParseAddr("203.0.113.8"), "apixexample.com"},
	{netip.MustParseAddr("203.0.113.9"), "notexample.com"},
	{netip.MustParseAddr("203.0.113.10"), "api.example.com.test"},
	{netip.MustParseAddr("203.0.113.11"), "api.example.org"},
	{netip.MustParseAddr("198.51.100.12"), "mail.test"},
	{netip.MustParseAddr("203.0.113.13"), ""},
	{netip.MustParseAddr("198.51.100.14"), ""},
	{netip.MustParseAddr("10.1.2.3"), "api.example.com"}, // private, so not in internet
	{netip.MustParseAddr("10.1.2.4"), "other.test"},
}

// peers are the externals of random programs.
var peers = []string{
	"host api.example.com", "host *.example.com", "host *.api.example.com", "host api.example.org", "host example.com, host mail.test",
	"host *.test, 198.51.100.0/24", "host api.example.com, 203.0.113.0/29", "198.51.100.0/28", "203.0.113.0/24 except 203.0.113.8/29",
}

// hostPorts are the ports of edges, and askedPorts those that are judged: on them, beside them, and over both protocols.
var hostPorts = []string{"443/tcp", "443", "80-90/tcp, 443/udp", "53/udp", "1-65535"}

var askedPorts = []relation.Port{
	{Protocol: relation.TCP, Number: 443}, {Protocol: relation.UDP, Number: 443}, {Protocol: relation.TCP, Number: 444},
	{Protocol: relation.TCP, Number: 80}, {Protocol: relation.TCP, Number: 90}, {Protocol: relation.TCP, Number: 91},
	{Protocol: relation.UDP, Number: 53}, {Protocol: relation.TCP, Number: 53},
}

var hostTiers = []string{"web", "api", "job"}

// drawHosts writes a program whose tiers may connect to host names, blocks and the internet, and whose denials
// forbid some.
func drawHosts(r *rand.Rand) string {
	var out strings.Builder
	out.WriteString("namespace shop {\n")
	for _, tier := range hostTiers {
		fmt.Fprintf(&out, "  tier %s { app=%s } :8080/tcp\n", tier, tier)
	}
	ends := []string{"internet"}
	for i := range 1 + r.IntN(4) { // several can have the same names
		ends = append(ends, fmt.Sprintf("out%d", i))
		fmt.Fprintf(&out, "  external out%d { %s } :%s\n", i, peers[r.IntN(len(peers))], hostPorts[r.IntN(len(hostPorts))])
	}
	port := func() string { return " :" + hostPorts[r.IntN(len(hostPorts))] }
	for range 1 + r.IntN(4) {
		end := ends[1+r.IntN(len(ends)-1)]
		if r.IntN(8) == 0 {
			end = "internet"
		}
		fmt.Fprintf(&out, "  %s -> %s", hostTiers[r.IntN(len(hostTiers))], end)
		if end == "internet" || r.IntN(3) == 0 {
			out.WriteString(port())
		}
		out.WriteString("\n")
	}
	out.WriteString("}\n")
	for range r.IntN(4) {
		to := []string{"198.51.100.8/29", "203.0.113.4/30", "10.0.0.0/8", "internet", "kube-system/kube-dns", ends[1+r.IntN(len(ends)-1)]}[r.IntN(6)]
		if strings.HasPrefix(to, "out") {
			to = "shop/" + to
		}
		fmt.Fprintf(&out, "deny shop/%s -> %s%s\n", hostTiers[r.IntN(len(hostTiers))], to, port())
	}
	return out.String()
}

// buildHosts builds a program for Cilium, with guardrails or without. It is nil if zt refuses the program.
func buildHosts(t *testing.T, name, text string, guarded bool) *program.Program {
	t.Helper()
	targets := []string{"cilium", "ciliumclusterwide"}
	if !guarded {
		targets = targets[:1]
	}
	p, diags, err := program.BuildText(name, text, target.ByTier, targets...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diags {
		if strings.HasPrefix(string(d.Code), "ZT9") {
			t.Fatalf("%v\n%s", diags, text)
		}
	}
	return p
}

// compareHosts judges connections of tiers to names and addresses by the program and by the engine.
func compareHosts(p *program.Program) (judged count, err error) {
	plugin := engine.New()
	if err := plugin.Add(p.Stream); err != nil {
		return judged, err
	}
	namespace := map[string]string{relation.NameLabel: "shop"}
	pods := map[string]*engine.End{}
	for _, tier := range hostTiers {
		pods[tier] = plugin.Pod("shop", namespace, map[string]string{"app": tier}, nil)
	}
	resolver := plugin.Pod("kube-system", map[string]string{relation.NameLabel: "kube-system"}, map[string]string{"k8s-app": "kube-dns"}, nil)
	ends := make([]*engine.End, len(outsiders))
	for i, o := range outsiders {
		var names []string
		if o.name != "" {
			names = []string{o.name}
		}
		if ends[i], err = plugin.Address(o.addr, names...); err != nil {
			return judged, err
		}
	}
	guarded := bytes.Contains(p.Stream, []byte("kind: CiliumClusterwideNetworkPolicy\n"))
	for _, tier := range hostTiers {
		if err := resolves(p, plugin, pods[tier], resolver, tier); err != nil {
			return judged, err
		}
		for i, o := range outsiders {
			for _, port := range askedPorts {
				verdict, err := plugin.Verdict(pods[tier], ends[i], port)
				if err != nil {
					return judged, err
				}
				c := relation.Connection{
					From: relation.Party{Namespace: "shop", NamespaceLabels: namespace, Labels: map[string]string{"app": tier}},
					To:   relation.Party{Addr: o.addr, Host: o.name}, Port: port,
				}
				if permitted := p.Meaning.Permits(c) && !(guarded && p.Denies(c)); verdict != permitted {
					return judged, fmt.Errorf("%s (%s): permitted by the program: %t; by the engine: %t", c, o.addr, permitted, verdict)
				}
				judged.cell(verdict, false)
			}
		}
	}
	return judged, nil
}

// resolves requires that the pods of a tier with an edge to a name resolve it by way of Cilium's proxy. Without that
// the engine, which is given what names resolve to, would permit what no agent does.
func resolves(p *program.Program, plugin *engine.Engine, pod, resolver *engine.End, tier string) error {
	if !slices.ContainsFunc(p.Topology.Edges, func(e *topology.Edge) bool {
		return len(e.To.Hosts()) > 0 && e.From.Tier != nil && e.From.Tier.Name == tier
	}) {
		return nil
	}
	for _, of := range []relation.Protocol{relation.TCP, relation.UDP} {
		if ok, err := plugin.Resolves(pod, resolver, relation.Port{Protocol: of, Number: 53}); err != nil || !ok {
			return fmt.Errorf("%s does not resolve names over %s by way of the proxy (%w)", tier, of, err)
		}
	}
	return nil
}

// Names are permitted as the reference says: exactly, below a domain, and on the ports of the edge. A denial of a
// block, which a build checks, takes nothing from them, and one of the internet forbids them.
func TestHostNamesAreEnforced(t *testing.T) {
	below := []string{"api.example.com", "web.example.com", "a.api.example.com", "a.b.api.example.com"}
	for _, test := range []struct {
		external, deny string
		names          []string // that web reaches on port 443/tcp, and no other name or port; zt refuses the program if none
	}{
		{"host api.example.com", "", []string{"api.example.com"}},
		{"host *.example.com", "", below},
		{"host *.api.example.com", "", []string{"a.api.example.com", "a.b.api.example.com"}},
		{"host example.com, host *.test", "", []string{"example.com", "mail.test", "other.test", "api.example.com.test"}},
		{"host *.example.com", "deny shop/web -> 10.0.0.0/8", below},
		{"host *.example.com", "deny shop/web -> internet :80", below},
		{"host *.example.com", "deny shop/web -> internet", nil},
	} {
		text := fmt.Sprintf("namespace shop {\n  tier web { app=web }\n  tier api { app=api }\n  tier job { app=job }\n  external out { %s } :443/tcp\n  web -> out\n}\n%s\n", test.external, test.deny)
		p := buildHosts(t, "names", text, false)
		if (p == nil) != (test.names == nil) {
			t.Errorf("refused: %t\n%s", p == nil, text)
		}
		if p == nil {
			continue
		}
		judged, err := compareHosts(p)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		want := 0
		for _, o := range outsiders {
			if slices.Contains(test.names, o.name) {
				want++
				c := relation.Connection{
					From: relation.Party{Namespace: "shop", NamespaceLabels: map[string]string{relation.NameLabel: "shop"}, Labels: map[string]string{"app": "web"}},
					To:   relation.Party{Addr: o.addr, Host: o.name}, Port: askedPorts[0],
				}
				if !p.Meaning.Permits(c) {
					t.Errorf("%s is not permitted\n%s", c, text)
				}
			}
		}
		if judged.permitted != want {
			t.Errorf("%d connections are permitted, not %d\n%s", judged.permitted, want, text)
		}
	}
}

// So are those of random programs.
func TestHostNamesOfRandomProgramsAreEnforced(t *testing.T) {
	var sum count
	built, guarded := 0, 0
	for number := range 4 * run.hosts {
		text := drawHosts(rand.New(rand.NewPCG(seed+uint64(number), 13)))
		p := buildHosts(t, fmt.Sprintf("hosts-%d", number), text, number%2 == 0)
		if p == nil {
			continue
		}
		built++
		judged, err := compareHosts(p)
		if err != nil {
			t.Fatalf("program %d: %v\n%s", number, err, text)
		}
		sum.add(judged)
		if bytes.Contains(p.Stream, []byte("kind: CiliumClusterwideNetworkPolicy\n")) {
			guarded++
		}
	}
	t.Logf("%d programs, %d of them with guardrails: %d cells judged, %d permitted", built, guarded, sum.cells, sum.permitted)
	if built < run.hosts || guarded < built/10 || !sum.telling() {
		t.Error("too few programs, guardrails, or cells that are permitted or denied")
	}
}

// The comparison can fail: a pattern of one label, another name, another port, and no rule for DNS are seen.
func TestHostNamesDisagree(t *testing.T) {
	const text = "namespace shop {\n  tier web, api, job by app\n  external out { host *.example.com, host api.example.org } :443/tcp\n  web -> out\n}\n"
	p := buildHosts(t, "names", text, false)
	if p == nil {
		t.Fatal("zt refuses the program")
	}
	if _, err := compareHosts(p); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"'**.example.com'", "'*.example.com'"},
		{"matchName: api.example.org", "matchName: www.example.org"},
		{`port: "443"`, `port: "444"`},
		{"      rules:\n        dns:\n        - matchPattern: '*'\n", ""},
	} {
		changed := *p
		changed.Stream = []byte(strings.ReplaceAll(string(p.Stream), change[0], change[1]))
		if _, err := compareHosts(&changed); err == nil {
			t.Errorf("with %q instead of %q, nothing differs:\n%s", change[1], change[0], p.Stream)
		}
	}
}
