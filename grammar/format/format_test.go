package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/format"
	"github.com/zt-lang/zt/grammar/source"
)

var tables = []struct{ name, in, out string }{
	{
		name: "nothing",
	},
	{
		name: "blank lines only",
		in:   "\n  \n\t\n",
	},
	{
		name: "comment only",
		in:   "  # a comment  \t",
		out:  "# a comment\n",
	},
	{
		name: "byte order mark and CRLF",
		in:   "\ufeff# shop\r\ntier a { x }\r\n\r\n\r\na -> a :80 # self \r\n",
		out: `
# shop
tier a { x }

a -> a :80  # self
`,
	},
	{
		name: "edges",
		in: `
tier frontend,backend ,database by role
frontend->backend:80/tcp
backend   ->   database  :  5432/tcp,any
backend<->frontend
`,
		out: `
tier frontend, backend, database by role
frontend -> backend   :80/tcp
backend  -> database  :5432/tcp, any
backend  <-> frontend
`,
	},
	{
		name: "alignment ends at blank lines, comments and other kinds",
		in: `
a -> b :80
long-name -> b

a -> b :80
# between
long-name -> c
deny path a -> b
deny long-name -> b :80
`,
		out: `
a         -> b :80
long-name -> b

a -> b :80
# between
long-name -> c
deny path a    -> b
deny long-name -> b :80
`,
	},
	{
		name: "tiers",
		in: `
tier a{x=1,y==2 , z!=3,!w , v}
tier frontend {
}  :http=80/tcp,8000-8999/udp
tier b,c by app.kubernetes.io/name{ k in(p,q),l notin ( r ) } :dns/udp
tier d by role
tier e by role   isolates  nothing
tier f{ x }isolates ingress:80
namespace g isolates   tiers   egress{}
namespace h isolates tiers{ tier i {} }
`,
		out: `
tier a        { x=1, y=2, z!=3, !w, v }
tier frontend {}                        :http=80/tcp, 8000-8999/udp
tier b, c     by app.kubernetes.io/name { k in (p, q), l notin (r) } :dns/udp
tier d        by role
tier e        by role isolates nothing
tier f        { x } isolates ingress    :80
namespace g isolates tiers egress {}
namespace h isolates tiers {
  tier i {}
}
`,
	},
	{
		name: "list on several lines",
		in: `
tier a { x=1,   # one

  # two
  y==2,


  z in (p, # first
  q), } :80,
  81
tier bb { x } :90
external e {
10.0.0.0/8 except 10.1.0.0/16 # a
192.168.0.0/16 except (192.168.1.0/24,192.168.2.0/24)  # b
  host *.example.com }
network{pods 10.0.0.0/8,fd00::/8;services 10.96.0.0/12 # here
}
`,
		out: `
tier a {
  x=1  # one

  # two
  y=2

  z in (p,  # first
      q)
} :80,
    81
tier bb { x } :90
external e {
  10.0.0.0/8 except 10.1.0.0/16                           # a
  192.168.0.0/16 except (192.168.1.0/24, 192.168.2.0/24)  # b
  host *.example.com
}
network {
  pods     10.0.0.0/8, fd00::/8
  services 10.96.0.0/12  # here
}
`,
	},
	{
		name: "network on one line",
		in:   "network {nodes 10.0.0.0/24}\nnetwork{}\nnetwork {nodes 10.0.0.0/24;}\nnetwork {nodes 10.0.0.0/24; pods 10.1.0.0/16}",
		out: `
network { nodes 10.0.0.0/24 }
network {}
network { nodes 10.0.0.0/24 }
network {
  nodes 10.0.0.0/24
  pods  10.1.0.0/16
}
`,
	},
	{
		name: "externals",
		in:   "external payments{203.0.113.0/24 except 203.0.113.7/32}:443/tcp\nexternal v6 { 2001:db8::/32 } :443\n",
		out: `
external payments { 203.0.113.0/24 except 203.0.113.7/32 } :443/tcp
external v6       { 2001:db8::/32 }                        :443
`,
	},
	{
		name: "blocks",
		in: `import   "base.zt" ; namespace shop{
   # the front

   tier a {x};tier bb {y}  # two


   # last

}
namespace ops isolates nothing { } # none
namespace dev { # opens

  # inside
  labels team=a,
  stage=b }
environment staging , prod by env {namespace pay-$environment {a -> $environment, ops/a,ops/*:80;}}
dns off
dns kube-system/kube-dns,169.254.20.10/32:53/udp,53/tcp
isolate a,
b
`,
		out: `
import "base.zt"
namespace shop {
  # the front

  tier a  { x }
  tier bb { y }  # two

  # last
}
namespace ops isolates nothing {}  # none
namespace dev {  # opens
  # inside
  labels team=a,
      stage=b
}
environment staging, prod by env {
  namespace pay-$environment {
    a -> $environment, ops/a, ops/* :80
  }
}
dns off
dns kube-system/kube-dns, 169.254.20.10/32 :53/udp, 53/tcp
isolate a,
    b
`,
	},
	{
		name: "statement on several lines",
		in: `
frontend -> backend
a, # one
  # two

b ->
  # three
c,d,
e:80,
# four
81 # five
# six
frontend -> b
`,
		out: `
frontend -> backend
a,  # one
    # two
    b ->
    # three
    c, d,
    e :80,
    # four
    81  # five
# six
frontend -> b
`,
	},
	{
		name: "statement on several lines has its own columns",
		in: `
frontend -> backend :80 # one
a -> b,
c :80 # two
tier frontend { x }
tier a by role :80,
81
`,
		out: `
frontend -> backend :80  # one
a -> b,
    c :80  # two
tier frontend { x }
tier a by role :80,
    81
`,
	},
	{
		name: "trailing comments",
		in: `
a -> b # one
long -> c :80
a -> d :443 # two
tier x { y } # three
`,
		out: `
a    -> b       # one
long -> c :80
a    -> d :443  # two
tier x { y }  # three
`,
	},
	{
		name: "wide cells do not move their neighbours",
		in: `
a -> b :80 # one
ccc -> database-number-one, database-number-two, database-number-three :443 # two
dd -> e :90 # three
a-name-that-is-so-long-that-nothing-aligns-with-it -> e :80
`,
		out: `
a   -> b :80  # one
ccc -> database-number-one, database-number-two, database-number-three :443  # two
dd  -> e :90  # three
a-name-that-is-so-long-that-nothing-aligns-with-it -> e :80
`,
	},
	{
		name: "comments in odd places",
		in: `
tier a { # opens
} # closes
tier b { x in (p # trails
, q, # after the comma
r
# before the parenthesis
), # behind it
y= # empty
  # before the brace
}
; # alone
namespace n { # first
# second
tier c {} }; a -> b # last
# end


# really`,
		out: `
tier a {  # opens
}  # closes
tier b {
  x in (p,  # trails
      q,  # after the comma
      r
      # before the parenthesis
  )   # behind it
  y=  # empty
  # before the brace
}
# alone

namespace n {  # first
  # second
  tier c {}
}
a -> b  # last
# end

# really
`,
	},
}

// mustFormat formats a text without syntax errors.
func mustFormat(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string) string {
	t.Helper()
	out, diagnostics, err := format.Source(source.NewFile("test.zt", text))
	if err != nil || diagnostics.Errors() > 0 {
		t.Fatalf("Source: %v %v\n%s", diagnostics, err, text)
	}
	return string(out)
}

func TestFormat(t *testing.T) {
	for _, tt := range tables {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.TrimPrefix(tt.out, "\n")
			got := mustFormat(t, tt.in)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("formatted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, mustFormat(t, got)); diff != "" {
				t.Errorf("formatted twice (-once +twice):\n%s", diff)
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, text := range []string{"tier {", "a -> b :", "namespace x {", "a b c", "tier a { x"} {
		out, diagnostics, err := format.Source(source.NewFile("test.zt", text))
		if out != nil || diagnostics.Errors() == 0 || err != nil {
			t.Errorf("Source(%q) = %q, %v, %v; want diagnostics only", text, out, diagnostics, err)
		}
	}
}

func TestDiff(t *testing.T) {
	if d := format.Diff("a.zt", []byte("x\n"), []byte("x\n")); d != nil {
		t.Errorf("Diff of equal texts = %q", d)
	}
	got := string(format.Diff("a.zt", []byte("1\n2\n3\n4\na->b\n5\n6\n7\n8\n"), []byte("1\n2\n3\n4\na -> b\n5\n6\n7\n8\n")))
	want := `diff a.zt.orig a.zt
--- a.zt.orig
+++ a.zt
@@ -2,7 +2,7 @@
 2
 3
 4
-a->b
+a -> b
 5
 6
 7
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkSource(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "namespace n%d { # c\n tier a {x in (y,z)};tier b { role=b,\n z } :80\na->b:80 # why\n}\n", i)
		}
		b.Run(fmt.Sprint(n, " namespaces"), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				mustFormat(b, text.String())
			}
		})
	}
}
