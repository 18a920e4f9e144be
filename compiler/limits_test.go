package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Few bytes can mean more than fits into memory: that is said, where it becomes too much, and
// nothing is made of such a program.
func TestTooMuch(t *testing.T) {
	var ports, environments strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&ports, ", %d", 2*i+2)
		fmt.Fprintf(&environments, ", e%d", i)
	}
	list := func(name string, n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprint(name, i))
		}
		return strings.Join(names, ", ")
	}
	for what, program := range map[string]string{
		"300000 edges": fmt.Sprintf("tier %s, %s by app\n%[1]s -> %[2]s :80\n", list("a", 600), list("b", 600)),
		"2000000 ports, labels' values and address blocks, counted at each edge": fmt.Sprintf("tier %s by app\ntier z { app=z } :1%s\n%[1]s -> z\n", list("a", 150), &ports),
		"10000 names of environments":                                            "environment e" + environments.String() + " by env\n",
	} {
		file, diags := grammar.Parse(source.NewFile("shop.zt", program))
		topology, more, err := compiler.Compile([]*ast.File{file}, compiler.Options{})
		if err != nil || topology != nil || len(diags) > 0 {
			t.Fatalf("%s: %v %v", what, err, diags)
		}
		if len(more) != 1 || more[0].Code != diag.TooMuch || !strings.HasSuffix(more[0].Message, "has more than "+what) {
			t.Errorf("%s: %v", what, more)
		}
	}
}
