package proof

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/policyset"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/networkpolicy"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// program returns a program with so many edges, in the style of real ones: to 150 of
// them a namespace of 50 tiers, most of whose edges stay inside. 30,000 edges are 200
// namespaces and 10,000 tiers.
func program(edges int) string {
	const tiers, perNamespace = 50, 150
	r := rand.New(rand.NewPCG(1, 2))
	namespaces := max(1, edges/perNamespace)
	areas := []string{"orders", "catalog", "billing", "search", "mail", "stock"}
	words := strings.Fields("reads the price list before it answers a customer who asks for it and writes what was sold to the ledger: twice, since the first may be lost")
	name := func(i int) string { return fmt.Sprintf("%s-%d", areas[i%len(areas)], i) }
	var b strings.Builder
	comment := func() {
		for range 1 + r.IntN(2) {
			from := r.IntN(len(words) - 4)
			fmt.Fprintf(&b, "  # %s\n", strings.Join(words[from:min(len(words), from+4+r.IntN(15))], " "))
		}
	}
	b.WriteString("network {\n  pods     10.0.0.0/8\n  services 172.20.0.0/16\n}\n\n")
	for n := range namespaces {
		fmt.Fprintf(&b, "namespace %s {\n  labels team=%s\n\n", name(n), areas[n%len(areas)])
		for t := range tiers {
			if t%10 == 0 {
				comment()
			}
			fmt.Fprintf(&b, "  tier %s { app.kubernetes.io/name=%s, app.kubernetes.io/part-of=%s } :http=%d, metrics=9090, 5000-6099, 53/udp\n", name(t), name(t), areas[n%len(areas)], 8000+t)
		}
		b.WriteString("  external partner { 203.0.113.0/24 except 203.0.113.7/32, 198.51.100.0/25 } :443\n\n")
		count := edges/namespaces + min(1, max(0, edges%namespaces-n))
		for e := 0; e < count; e++ {
			if e%8 == 0 {
				comment()
			}
			from, to := name(r.IntN(tiers)), name(r.IntN(tiers))
			switch k := r.IntN(100); {
			case k < 60:
				fmt.Fprintf(&b, "  %s -> %s :http\n", from, to)
			case k < 75 && e+1 < count:
				fmt.Fprintf(&b, "  %s, %s -> %s :%d/tcp\n", from, name(r.IntN(tiers)), to, 5000+r.IntN(50))
				e++
			case k < 85:
				fmt.Fprintf(&b, "  %s -> %s :6000-60%02d, 53/udp\n", from, to, r.IntN(100))
			case k < 95:
				fmt.Fprintf(&b, "  %s -> %s/%s :http\n", from, name(r.IntN(namespaces)), to)
			default:
				fmt.Fprintf(&b, "  %s -> partner\n", from)
			}
		}
		fmt.Fprintf(&b, "\n  deny %s -> internet :22\n}\n\n", name(r.IntN(tiers)))
	}
	return b.String()
}

// stages are the steps of a build, each of what the one before gave.
type stages struct {
	text     string
	topology *topology.Topology
	policies *policyset.Set
	format   manifest.Format
	files    []manifest.File
}

func (s *stages) compile(b testing.TB) {
	file, _ := grammar.Parse(source.NewFile("bench.zt", s.text))
	top, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
	if top == nil || err != nil {
		b.Fatal(diags[:min(len(diags), 3)], err)
	}
	s.topology = top
}

func (s *stages) lower(testing.TB) {
	s.policies, _ = networkpolicy.Lower(s.topology, target.ByTier)
}

func (s *stages) write(testing.TB) {
	s.files = []manifest.File{{Data: manifest.Marshal(s.policies, s.format)}}
}

func (s *stages) prove(b testing.TB) {
	if diags := Check(s.topology, networkpolicy.Target{}, s.files, s.format); len(diags) > 0 {
		b.Fatal(diags)
	}
}

// steps lists them in order.
var steps = []struct {
	name string
	run  func(*stages, testing.TB)
}{{"compile", (*stages).compile}, {"lower", (*stages).lower}, {"write", (*stages).write}, {"prove", (*stages).prove}}

// BenchmarkBuild is all that a build does but reading and writing files. That nothing
// grows faster than its input shows in ns/edge.
func BenchmarkBuild(b *testing.B) {
	for _, edges := range []int{1, 1_000, 10_000, 30_000, 100_000} {
		s := &stages{text: program(edges)}
		done := 0
		for i, step := range steps {
			b.Run(fmt.Sprintf("%s/edges=%d", step.name, edges), func(b *testing.B) {
				for ; done < i; done++ {
					steps[done].run(s, b)
				}
				for b.Loop() {
					step.run(s, b)
				}
				done = i + 1
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(edges), "ns/edge")
			})
		}
	}
}
