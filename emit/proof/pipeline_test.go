package proof

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/networkpolicy"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// program returns a program of about so many lines: namespaces of 50 lines with
// tiers, edges within and between them, denies and deny paths.
func program(lines int) string {
	r := rand.New(rand.NewPCG(1, 2))
	namespaces := max(1, lines/50)
	tiers := max(1, lines/namespaces*2/5)
	var b strings.Builder
	tier := func() string { return fmt.Sprintf("n%d/t%d", r.IntN(namespaces), r.IntN(tiers)) }
	for n := range namespaces {
		fmt.Fprintf(&b, "namespace n%d {\n", n)
		for t := range tiers {
			fmt.Fprintf(&b, "  tier t%d { app=t%d } :%d\n", t, t, 8000+t)
		}
		b.WriteString("}\n")
		for range lines / namespaces / 2 {
			fmt.Fprintf(&b, "%s -> %s\n", tier(), tier())
		}
		if lines > 1 {
			fmt.Fprintf(&b, "deny %s -> %s :22\n", tier(), tier())
			fmt.Fprintf(&b, "deny path %s -> internet\n", tier())
		}
	}
	return b.String()
}

// BenchmarkBuild is all that a build does but reading and writing files. That nothing
// grows faster than its input shows in ns/line.
func BenchmarkBuild(b *testing.B) {
	for _, lines := range []int{1, 100, 1_000, 10_000} {
		text := program(lines)
		perLine := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(strings.Count(text, "\n")), "ns/line")
		}
		b.Run(fmt.Sprintf("compile/lines=%d", lines), func(b *testing.B) {
			for b.Loop() {
				file, _ := grammar.Parse(source.NewFile("bench.zt", text))
				if top, diags, err := compiler.Compile([]*ast.File{file}, compiler.Options{}); top == nil || err != nil {
					b.Fatal(diags, err)
				}
			}
			perLine(b)
		})
		top := compile(text)
		policies, _ := networkpolicy.Lower(top, networkpolicy.ByTier)
		b.Run(fmt.Sprintf("lower/lines=%d", lines), func(b *testing.B) {
			for b.Loop() {
				networkpolicy.Lower(top, networkpolicy.ByTier)
			}
			perLine(b)
		})
		b.Run(fmt.Sprintf("write/lines=%d", lines), func(b *testing.B) {
			for b.Loop() {
				if _, err := manifest.YAML(policies); err != nil {
					b.Fatal(err)
				}
			}
			perLine(b)
		})
		data, err := manifest.YAML(policies)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("prove/lines=%d", lines), func(b *testing.B) {
			for b.Loop() {
				if diags := Check(top, data, manifest.FormatYAML); len(diags) > 0 {
					b.Fatal(diags)
				}
			}
			perLine(b)
		})
	}
}
