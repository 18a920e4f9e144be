package answer

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/meaning"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// topologyOf compiles a program, which may be warned of.
func topologyOf(t rapid.TB, text string) *topology.Topology {
	t.Helper()
	file, diags := grammar.Parse(source.NewFile("shop.zt", text))
	top, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if top == nil {
		for _, d := range append(diags, more...) {
			t.Errorf("%d: %s: %s", d.Span.Begin().Line, d.Code, d.Message)
		}
		t.Fatalf("in\n%s", text)
	}
	return top
}

func viewOfProgram(t rapid.TB, text string) *View {
	t.Helper()
	top := topologyOf(t, text)
	return OfTopology(top, FactsOf(top), "default")
}

// program is a random program, and a seed of what is asked about it.
type program struct {
	text string
	seed uint64
}

func (p program) GoString() string { return "\n" + p.text }

var programs = rapid.Custom(func(t *rapid.T) program {
	return program{drawer{t}.program(), rapid.Uint64Range(0, 1<<20).Draw(t, "seed")}
})

func (d drawer) program() string {
	var b strings.Builder
	ends := []string{"internet", "cluster", "203.0.113.0/24", "2001:db8::/32", "dev", "outside"}
	b.WriteString("environment dev, prod by env\nexternal outside { 198.51.100.0/24 except 198.51.100.7/32 }\n")
	if d.chance(50) {
		b.WriteString("network { pods 10.0.0.0/8 }\n")
	}
	for _, ns := range spaceNames[:1+d.n(3)] {
		fmt.Fprintf(&b, "namespace %s%s {\n", ns, pick(d, "", "", " isolates ingress", " isolates egress", " isolates nothing"))
		if d.chance(50) {
			fmt.Fprintf(&b, "  labels %s\n", pick(d, "env=dev", "env=prod, team=a", "team=b"))
		}
		selectors := []string{"app=web", "app in (web, db), !tier", "app!=web", "tier", "app=y, tier notin (front)", ""}
		for i := range 1 + d.n(3) {
			fmt.Fprintf(&b, "  tier t%d { %s }\n", i, selectors[(d.n(2)+2*i)%len(selectors)])
			ends = append(ends, fmt.Sprintf("%s/t%d", ns, i))
		}
		b.WriteString("}\n")
		ends = append(ends, ns+"/*")
	}
	if d.chance(30) {
		b.WriteString("dns off\n")
	}
	seen := map[string]bool{}
	for range d.n(8) {
		from, to := pick(d, append(ends, "all")...), pick(d, append(ends, "all")...)
		line := fmt.Sprintf("%s -> %s :%s\n", from, to, pick(d, "80", "79-443", "8080/udp", "any", "http/tcp", "443, 53/udp"))
		pods := func(end string) bool {
			return strings.Contains(end, "/t") || strings.HasSuffix(end, "/*") || end == "cluster" || end == "dev"
		}
		switch { // what the language refuses
		case !pods(from) && !pods(to), strings.Contains(line, "http") && !pods(to), seen[from+to]:
			continue
		}
		seen[from+to] = true
		b.WriteString(line)
	}
	return b.String()
}

// somebody is a pod or an address, and how a question names it.
type somebody struct {
	name string
	relation.Party
}

// somebodies samples pods by their labels, in declared namespaces and one of which nobody says anything, and addresses.
func somebodies(random *rand.Rand, top *topology.Topology) []somebody {
	var out []somebody
	for range 20 {
		ns := append(slices.Clone(spaceNames), "stranger", "kube-system")[random.IntN(5)]
		has := map[string]string{}
		for _, n := range top.Namespaces {
			if n.Name == ns {
				for k, value := range n.Labels {
					has[k] = value
				}
			}
		}
		has[relation.NameLabel] = ns
		labels, written := map[string]string{}, []string{}
		for _, k := range []string{"app", "k8s-app", "tier"} {
			values := append(slices.Clone(valuesOf[k]), "another", "kube-dns")
			if i := random.IntN(len(values) + 1); i < len(values) {
				labels[k] = values[i]
				written = append(written, k+"="+values[i])
			}
		}
		out = append(out, somebody{ns + "/{" + strings.Join(written, ",") + "}", relation.Party{Namespace: ns, NamespaceLabels: has, Labels: labels}})
	}
	for _, a := range append(slices.Clone(addresses), "198.51.100.7", "198.51.100.8") {
		out = append(out, somebody{a, relation.Party{Addr: netip.MustParseAddr(a)}})
	}
	return out
}

// TestTopologies holds answers of random programs against the language's definition.
func TestTopologies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := programs.Draw(t, "program")
		top := topologyOf(t, p.text)
		v, means := OfTopology(top, FactsOf(top), "default"), meaning.Relation(top)
		random := rand.New(rand.NewPCG(p.seed, 3))
		people := somebodies(random, top)
		connections := v.Reach()
		// What has all for an end speaks of the other end's side only.
		between := slices.DeleteFunc(slices.Clone(connections), func(c Connection) bool { return c.From.Free || c.To.Free })
		for _, from := range people {
			for _, to := range people {
				if from.Namespace == "" && to.Namespace == "" {
					continue
				}
				port := ports[random.IntN(len(ports))]
				at := relation.Port{Protocol: protocolOf(port), Number: port.number}
				question := fmt.Sprintf("%s -> %s :%s", from.name, to.name, port)
				q, err := v.Query(question)
				if err != nil {
					t.Fatal(err)
				}
				a, want := v.Why(q), means.Permits(relation.Connection{From: from.Party, To: to.Party, Port: at})
				if a.Permitted != want {
					t.Fatalf("%s: permitted is %v, want %v", question, a.Permitted, want)
				}
				for _, side := range []Side{a.Egress, a.Ingress} {
					if because := side.Isolated && side.Permitted; because != (len(side.Because) > 0) || side.Isolated != (len(side.IsolatedBy) > 0) {
						t.Fatalf("%s: permitted because of %v, isolated by %v", question, side.Because, side.IsolatedBy)
					}
				}
				for _, c := range between {
					if !want && c.From.has(from.end()) && c.To.has(to.end()) && hasPort(c.Ports, end{}, port) {
						t.Fatalf("%s -> %s :%s is listed, and %s is denied", c.From.Name, c.To.Name, c.Ports, question)
					}
				}
			}
		}
		everyEdge(t, v, top, connections)
	})
}

func (s somebody) end() end {
	return end{addr: s.Addr, ns: s.Namespace, nsHas: s.NamespaceLabels, labels: s.Labels}
}

// everyEdge wants every edge between two parties to be a connection that reach lists because of it, where
// it grants anything on both sides: an edge whose end is all speaks for the other side only.
func everyEdge(t *rapid.T, v *View, top *topology.Topology, connections []Connection) {
	for _, e := range top.Edges {
		if e.From.Kind == topology.Everything || e.To.Kind == topology.Everything || e.Implicit {
			continue
		}
		a := v.Why(Query{v.byName[e.From.Name], v.byName[e.To.Name], e.Ports})
		if !a.Permitted {
			t.Fatalf("%s permits nothing of what it says", e)
		}
		isolated := a.Egress.Isolated || a.Ingress.Isolated
		listed := slices.ContainsFunc(connections, func(c Connection) bool {
			return c.From.Name == e.From.Name && c.To.Name == e.To.Name && e.Ports.Subset(c.Ports) &&
				slices.ContainsFunc(c.Because, func(o Origin) bool { return o.Edge == e })
		})
		if listed != isolated {
			t.Fatalf("%s: listed is %v, want %v", e, listed, isolated)
		}
	}
}
