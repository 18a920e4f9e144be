package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// BenchmarkAnalyze measures 10,000 tiers and 30,000 edges, without and with a record of names.
func BenchmarkAnalyze(b *testing.B) {
	var text strings.Builder
	for n := range 100 {
		fmt.Fprintf(&text, "namespace ns%d {\n", n)
		for i := range 100 {
			fmt.Fprintf(&text, "  tier t%d { app=t%d }  :http=80\n", i, i)
		}
		for i := range 300 {
			fmt.Fprintf(&text, "  t%d -> ns%d/t%d :http\n", i%100, (n+i/100)%100, (i*7+1)%100)
		}
		text.WriteString("}\n")
	}
	file, _ := grammar.Parse(source.NewFile("bench.zt", text.String()))
	for name, info := range map[string]bool{"plain": false, "info": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var options compiler.Options
				if info {
					options.Info = &resolve.Info{}
				}
				if _, err := compiler.Analyze([]*ast.File{file}, options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
