package compiler_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/resolve"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/grammar"
	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

const named = `namespace shop {
  tier web, api by app  :http=80, metrics=9090
  external bank { 203.0.113.0/24 }  :443
  web -> api :http
}
namespace shop
environment dev, prod by env {
  namespace team-$environment { tier job { app=job, env=$environment-$environment } }
  job -> shop/web :http
  $environment -> shop/* :any
}
dev -> shop/bank :443
nothing -> shop/web :metrics
tier agent in dev { app=agent }
agent -> shop/web :metrics
environment blue by { color=$environment }
`

// Every name that means something is recorded with what it means, in a program with errors too.
func TestInfo(t *testing.T) {
	file, _ := grammar.Parse(source.NewFile("shop.zt", named))
	info := &resolve.Info{}
	result, err := compiler.Analyze([]*ast.File{file}, compiler.Options{Info: info})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := result.Topology(); ok {
		t.Error("a program with errors has a topology")
	}
	if len(result.Partial().Edges) == 0 {
		t.Error("the edges without errors are not there")
	}
	for what, test := range map[string]struct {
		names map[source.Span][]topology.Object
		want  string
	}{
		"definitions": {info.Definitions, `
1:11 shop: Namespace 1:11
2:8 web: Tier 2:8
2:13 api: Tier 2:13
2:26 http: Listen 2:26 2:26
2:35 metrics: Listen 2:35 2:35
3:12 bank: External 3:12
6:11 shop: Namespace 1:11
7:13 dev: Environment 7:13
7:18 prod: Environment 7:18
8:13 team-$environment: Namespace 8:13 8:13
8:38 job: Tier 8:38 8:38
14:6 agent: Tier 14:6
16:13 blue: Environment 16:13
`},
		"uses": {info.Uses, `
4:3 web: Tier 2:8
4:10 api: Tier 2:13
4:15 http: Listen 2:26
8:18 $environment: Environment 7:13 7:18
8:57 $environment: Environment 7:13 7:18
8:70 $environment: Environment 7:13 7:18
9:3 job: Tier 8:38 8:38
9:10 shop: Namespace 1:11
9:15 web: Tier 2:8
9:20 http: Listen 2:26
10:3 $environment: Environment 7:13 7:18
10:19 shop: Namespace 1:11
12:1 dev: Environment 7:13
12:8 shop: Namespace 1:11
12:13 bank: External 3:12
13:12 shop: Namespace 1:11
13:17 web: Tier 2:8
13:22 metrics: Listen 2:35
14:15 dev: Environment 7:13
15:1 agent: Tier 14:6
15:10 shop: Namespace 1:11
15:15 web: Tier 2:8
15:20 metrics: Listen 2:35
16:29 $environment: Environment 16:13
`},
	} {
		if d := gocmp.Diff(test.want, listed(test.names)); d != "" {
			t.Errorf("%s:\n%s", what, d)
		}
	}
}

// listed writes the names of the file, in order, each with where its objects are declared. Names
// in the prelude are left out.
func listed(names map[source.Span][]topology.Object) string {
	var spans []source.Span
	for at := range names {
		if at.File.Name == "shop.zt" {
			spans = append(spans, at)
		}
	}
	slices.SortFunc(spans, func(a, b source.Span) int { return cmp.Compare(a.Start, b.Start) })
	var b strings.Builder
	for _, at := range spans {
		begin := at.Begin()
		kind := strings.TrimPrefix(fmt.Sprintf("%T", names[at][0]), "*topology.")
		fmt.Fprintf(&b, "\n%d:%d %s: %s", begin.Line, begin.Column, at.Text(), kind)
		for _, o := range names[at] {
			fmt.Fprintf(&b, " %d:%d", o.Declared().Begin().Line, o.Declared().Begin().Column)
		}
	}
	return b.String() + "\n"
}
