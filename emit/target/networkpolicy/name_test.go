package networkpolicy

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
)

func TestEdgeNames(t *testing.T) {
	const program = `
namespace n {
  tier web { app=web }
  tier api { app=api }
  external own { 203.0.113.0/24 }
}
namespace m isolates nothing { tier api { app=m } }
environment prod by env
external office { 198.51.100.0/24 }
dns off
`
	for _, test := range []struct{ edge, names string }{
		{"n/web -> n/api :80", "allow-web-to-api allow-web-to-api-egress"},
		{"n/web -> n/api :80\nn/web -> n/api :81", "allow-web-to-api allow-web-to-api-egress"},
		{"m/api -> n/api :80", "allow-m-api-to-api"},
		{"n/api -> m/api :80", "allow-api-to-m-api-egress"},
		{"n/* -> n/api :80", "allow-any-pod-to-api allow-any-pod-to-api-egress"},
		{"m/* -> n/* :80", "allow-m-any-pod-to-any-pod"},
		{"prod -> n/web :80", "allow-prod-to-web"},
		{"n/web -> cluster :80", "allow-web-to-cluster allow-web-to-cluster-egress"},
		{"n/web -> all :80", "allow-web-to-all-egress"},
		{"n/web -> n/own, office, internet :80", "allow-web-to-internet-egress allow-web-to-office-egress allow-web-to-own-egress"},
		{"n/web -> 10.0.0.0/8 :80", "allow-web-to-10-0-0-0-8-egress"},
		{"n/web -> 2001:db8::/32, ::/0 :80", "allow-web-to-0-egress allow-web-to-2001-db8-32-egress"},
	} {
		t.Run(test.edge, func(t *testing.T) {
			var got []string
			for _, o := range lower(t, compile(t, program+test.edge), target.ByEdge) {
				if o.Name != "deny-all" {
					got = append(got, o.Name)
				}
			}
			if want := strings.Fields(test.names); !slices.Equal(got, want) {
				t.Errorf("names %q, want %q", got, want)
			}
		})
	}
}

// isHashed reports whether a name is another with a hash behind it.
func isHashed(name, plain string, digits int) bool {
	hash, ok := strings.CutPrefix(name, plain+"-")
	return ok && len(hash) == digits && strings.Trim(hash, "0123456789abcdef") == ""
}

func TestNamesThatCollide(t *testing.T) {
	// The egress side of a -> b, and the ingress side of a -> b-egress.
	tiers := "tier a, b, b-egress by role\ndns off\n"
	first, second := "a -> b :80\n", "a -> b-egress :80\n"
	one := lower(t, compile(t, tiers+first+second), target.ByEdge)
	var hashed []string
	for _, o := range one {
		if isHashed(o.Name, "allow-a-to-b-egress", 8) {
			hashed = append(hashed, o.Name)
		}
	}
	if len(hashed) != 2 || len(one) != 5 {
		t.Errorf("names %q, want two that end in a hash", names(one))
	}
	if other := lower(t, compile(t, tiers+second+first), target.ByEdge); !slices.Equal(names(one), names(other)) {
		t.Errorf("in another order the names are %q, not %q", names(other), names(one))
	}

	// A tier that is called as a name with its hash would be: both get longer ones.
	taken := strings.TrimPrefix(hashed[0], "allow-a-to-")
	all := lower(t, compile(t, strings.Replace(tiers, "a, b,", "a, b, "+taken+",", 1)+first+second+"a -> "+taken+" :80"), target.ByEdge)
	if find(all, "default/"+hashed[0]) != nil || len(all) != 7 {
		t.Errorf("names %q, want 7 and none of them %s", names(all), hashed[0])
	}
}

func TestNamesThatAreTooLong(t *testing.T) {
	long := func(letter string) string { return strings.Repeat(letter, 63) }
	n := &topology.Namespace{Name: long("n"), Ingress: true, Egress: true}
	m := &topology.Namespace{Name: long("m")}
	pods := func(n *topology.Namespace, name string) *topology.Endpoint {
		tier := &topology.Tier{Namespace: n, Name: name}
		return &topology.Endpoint{Kind: topology.TierPods, Tier: tier, Namespace: n, Name: tier.String()}
	}
	topo := compile(t, "tier a { app=a }\na -> a :80")
	ports := topo.Edges[0].Ports
	topo.Namespaces = []*topology.Namespace{m, n}
	topo.Edges = []*topology.Edge{{From: pods(n, long("a")), To: pods(m, long("b")), Ports: ports}}
	objects := lower(t, topo, target.ByEdge)
	if want := "allow-" + long("a") + "-to-" + long("m") + "-" + long("b") + "-egress"; objects[0].Name != want {
		t.Errorf("name %q, want %q: the longest that a program can give fits", objects[0].Name, want)
	}

	topo.Edges = nil
	for _, end := range []string{"x", "y"} {
		topo.Edges = append(topo.Edges, &topology.Edge{From: pods(n, long("a")), Ports: ports,
			To: &topology.Endpoint{Kind: topology.Everything, Name: strings.Repeat("every-", 40) + end}})
	}
	var got []string
	for _, o := range lower(t, topo, target.ByEdge) {
		if strings.HasPrefix(o.Name, "allow-") {
			got = append(got, o.Name)
			if !strings.HasPrefix(o.Name, "allow-"+long("a")) || len(o.Name) > 253 || len(o.Name) < 240 {
				t.Errorf("name %q of %d characters", o.Name, len(o.Name))
			}
		}
	}
	if len(got) != 2 {
		t.Errorf("names %q, want two", got)
	}
}
