package grammar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zt-lang/zt/grammar/source"
)

// lines returns a program of that many lines.
func lines(n int) string {
	if n == 1 {
		return "frontend, shop/backend -> database, 10.0.0.0/8 :5432/tcp, metrics\n"
	}
	const shop = `# The shop number %d.
namespace shop-%[1]d isolates ingress {
  tier frontend { app.kubernetes.io/name=frontend, tier in (web, edge), !canary } :80/tcp
  tier backend, database by role :http=80/tcp, 9090-9099/udp
  external payments { 203.0.113.0/24 except 203.0.113.7/32, 2001:db8::/32 } :443

  frontend -> backend :http # why
  backend  -> database, payments
}
deny path shop-%[1]d/database -> internet
`
	var b strings.Builder
	for i := range n / strings.Count(shop, "\n") {
		fmt.Fprintf(&b, shop, i)
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		text := lines(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := Parse(source.NewFile("test.zt", text)); len(diags) > 0 {
					b.Fatal(diags[0].Message)
				}
			}
		})
	}
}

// Text that repeats costs time in proportion to its length: what is quadratic would take many times the limit.
func TestParseIsLinear(t *testing.T) {
	const limit = 5 * time.Second
	size := 1 << 16
	if testing.Short() {
		size = 1 << 14
	}
	for _, piece := range []string{
		"a", "1", "a,", "a->", "a->b;", "a b ", ":", "a:", ":a", "::", "/", "/*", "/*\n", "//", "*", "--", "->", "=", "a=", "!", ",", ";",
		"{", "}", "(", ")", "({", "{}", "a{", "a{\n", "{\n", "}\n", "(\n", "\"", "\"\n", "#", "#\n", "# a\na->b\n", "\n", "\r", "\r\n", "\xff", "é", "é ",
		"a\n", "a\n->", "tier ", "tier a{", "tier a{\n", "tier a{x in(", "tier a{x in(y\n", "tier a{}", "tier a,b{}\n",
		"namespace a{", "namespace a{\n", "namespace a\n{\n", "environment a{\n", "environment a{namespace b{", "environment a{\nnamespace b{\n",
		"network{pods ::/0\n", "external a{::/0 except(", "import \"a\" ", "namespace a{labels ", "dns off ", "a->b:", "teir a{\n", "tier all{}",
		"tier a {}:|b=", "tier a {}:|1,", "tier a { x in (|\n", "tier a { x in (|y,", "tier a {|x\n", "namespace n {\n|a\n", "namespace n {\n|}\n", "namespace n {\n|import\n", "namespace |a ",
	} {
		prefix, piece, found := strings.Cut(piece, "|")
		if !found {
			prefix, piece = "", prefix
		}
		start := time.Now()
		Parse(source.NewFile("test.zt", prefix+strings.Repeat(piece, size/len(piece))))
		if spent := time.Since(start); spent > limit {
			t.Errorf("%q again and again behind %q took %v", piece, prefix, spent)
		}
	}
}
