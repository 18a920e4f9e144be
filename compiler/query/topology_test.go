package query

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/semantics"
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

func viewOfProgram(t rapid.TB, text string) *Model {
	t.Helper()
	top := topologyOf(t, text)
	return OfTopology(top, FactsOf(top), "default")
}

// program is one of the programs that the model's generator drew, and a seed of what is asked about it.
type program struct {
	text string
	seed uint64
}

func (p program) GoString() string { return "\n" + p.text }

// corpus reads all those programs, once.
var corpus = sync.OnceValue(func() []string {
	files, err := filepath.Glob("../../emit/proof/model/testdata/programs/*.zt")
	if err != nil || len(files) == 0 {
		panic(fmt.Sprint("no programs: ", err))
	}
	var out []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			panic(err)
		}
		out = append(out, string(text))
	}
	return out
})

var programs = rapid.Custom(func(t *rapid.T) program {
	return program{rapid.SampledFrom(corpus()).Draw(t, "text"), rapid.Uint64Range(0, 1<<20).Draw(t, "seed")}
})

// somebody is a pod or an address, and how a question names it.
type somebody struct {
	name string
	relation.Party
}

// somebodies samples pods by their labels, in declared namespaces and one of which nobody says anything, and addresses.
func somebodies(random *rand.Rand, top *topology.Topology) []somebody {
	var out []somebody
	values := map[string][]string{"role": {"web", "db", "on", "1", "api"}, "app": {"web", "db", "on", "off", "api"}, "example.com/zone": {"web", "db"}, "k8s-app": {"kube-dns"}}
	for range 20 {
		space := &topology.Namespace{Name: "stranger"}
		if i := random.IntN(len(top.Namespaces) + 1); i < len(top.Namespaces) {
			space = top.Namespaces[i]
		}
		has := map[string]string{}
		maps.Copy(has, space.Labels)
		has[relation.NameLabel] = space.Name
		labels, written := map[string]string{}, []string{}
		for _, k := range slices.Sorted(maps.Keys(values)) {
			some := append(slices.Clone(values[k]), "another")
			if i := random.IntN(len(some) + 1); i < len(some) {
				labels[k] = some[i]
				written = append(written, k+"="+some[i])
			}
		}
		out = append(out, somebody{space.Name + "/{" + strings.Join(written, ",") + "}", relation.Party{Namespace: space.Name, NamespaceLabels: has, Labels: labels}})
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
		v, means := OfTopology(top, FactsOf(top), "default"), semantics.Relation(top)
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
				if permitted := a.Egress.Permitted && a.Ingress.Permitted; permitted != want || a.Verdict() == Denied && want || a.Permitted && !want {
					t.Fatalf("%s: %s, want permitted to be %v", question, a.Verdict(), want)
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
// it grants anything on both sides: an edge whose end is all speaks for the other side only, and an edge of
// one side is a reason on that side. It skips names that several externals have.
func everyEdge(t *rapid.T, v *Model, top *topology.Topology, connections []Connection) {
	named := map[string]int{}
	for _, p := range v.Parties {
		named[p.Name]++
	}
	for _, e := range top.Edges {
		if e.From.Kind == topology.Everything || e.To.Kind == topology.Everything || e.Implicit || named[e.From.Name] > 1 || named[e.To.Name] > 1 {
			continue
		}
		a := v.Why(Query{From: v.byName[e.From.Name], To: v.byName[e.To.Name], Ports: e.Ports})
		if e.Side != topology.BothSides {
			side := a.Egress
			if e.Opens(relation.Ingress) {
				side = a.Ingress
			}
			if !side.Permitted {
				t.Fatalf("%s does not open the side that it says", e)
			}
			continue
		}
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
