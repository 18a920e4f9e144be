package grammar

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/source"
)

// programs are right programs and their trees, each form of each statement once at least.
var programs = []struct{ name, text, want string }{
	{"nothing", "", ""},
	{"only blanks, ends and comments", " \t\n;;\n# nothing\n ; ", ""},

	{"import", `import "shared/net work.zt"`, `(import "shared/net work.zt")`},
	{"import of no path", `import ""`, `(import "")`},

	{"namespace alone", "namespace shop", "(namespace shop - -)"},
	{"namespace with an empty block", "namespace shop {}", "(namespace shop - {})"},
	{"namespace that isolates", "namespace a isolates ingress; namespace b isolates egress {}\nnamespace c isolates nothing",
		"(namespace a ingress -) (namespace b egress {}) (namespace c nothing -)"},
	{"namespace with every statement that it may hold",
		"namespace shop {\n labels a=b\n tier x {}\n external y { ::/0 }\n x -> y\n deny x -> y\n isolate x, y\n}",
		"(namespace shop - {(labels [a='b']) (tier [x] - {} -) (external y [::/0] -) (edge [x] -> [y] -) (deny [x] -> [y] -) (isolate [x y])})"},
	{"namespace on one line", "namespace shop { tier a {}; tier b {} }", "(namespace shop - {(tier [a] - {} -) (tier [b] - {} -)})"},
	{"namespace with a reserved name", "namespace dns\ndns/foo -> all/*", "(namespace dns - -) (edge [of(dns foo)] -> [every(all)] -)"},

	{"labels", "namespace n { labels team=web, app.kubernetes.io/part-of=shop_1.2,\n empty= }",
		"(namespace n - {(labels [team='web' app.kubernetes.io/part-of='shop_1.2' empty=''])})"},

	{"tier with an empty selector", "tier a {}", "(tier [a] - {} -)"},
	{"tier with every operator", "tier a { a=b, c==d, e!=f, g in (h, i), j notin (k), l, !m }",
		"(tier [a] - {Equals(a ['b']) Equals(c ['d']) NotEquals(e ['f']) In(g ['h' 'i']) NotIn(j ['k']) Exists(l) NotExists(m)} -)"},
	{"tier with blanks around operators", "tier a { a = b, c == d, e != f, ! m }",
		"(tier [a] - {Equals(a ['b']) Equals(c ['d']) NotEquals(e ['f']) NotExists(m)} -)"},
	{"tier over several lines", "tier a {\n  a=b\n  c=d,\n\n  # why\n  e in (\n    f,\n    g\n  )\n}\n", "(tier [a] - {Equals(a ['b']) Equals(c ['d']) In(e ['f' 'g'])} -)"},
	{"tier with empty values", "tier a { a=, b!=\n c== }", "(tier [a] - {Equals(a ['']) NotEquals(b ['']) Equals(c [''])} -)"},
	{"tier with long keys and values", "tier a { app.kubernetes.io/name=v1.2_3-x, X/y }",
		"(tier [a] - {Equals(app.kubernetes.io/name ['v1.2_3-x']) Exists(X/y)} -)"},
	{"tier by a key", "tier a by role", "(tier [a] role - -)"},
	{"tiers by a key", "tier a, b,\n  c by app.kubernetes.io/name { !old } :80", "(tier [a b c] app.kubernetes.io/name {NotExists(old)} :[(low=80)])"},
	{"tier that listens", "tier a {} :80, 81/tcp, 8000-8999/udp, 1-2, http=80, dns=53/udp, web=1-2/sctp, metrics/tcp, any",
		"(tier [a] - {} :[(low=80) (low=81 protocol=tcp) (low=8000 high=8999 protocol=udp) (low=1 high=2) (name=http low=80)" +
			" (name=dns low=53 protocol=udp) (name=web low=1 high=2 protocol=sctp) (name=metrics protocol=tcp) ANY])"},
	{"tier that listens on lines of ports", "tier a {} :80,\n  81", "(tier [a] - {} :[(low=80) (low=81)])"},

	{"external", "external a { 203.0.113.0/24 }", "(external a [203.0.113.0/24] -)"},
	{"external with every address", "external a { 10.0.0.0/8 except 10.1.0.0/16, ::/0 except (fe80::/10, fc00::/7)\n host api.example.com\n host *.example.com } :443/tcp",
		"(external a [10.0.0.0/8-[10.1.0.0/16] ::/0-[fe80::/10 fc00::/7] host:api.example.com host:*.example.com] :[(low=443 protocol=tcp)])"},
	{"external over several lines", "external a {\n 10.0.0.0/8 except (\n 10.1.0.0/16\n ,10.2.0.0/16\n)\n}", "(external a [10.0.0.0/8-[10.1.0.0/16 10.2.0.0/16]] -)"},

	{"environment by a key", "environment prod, dev by env", "(environment [prod dev] env -)"},
	{"environment of a block", "environment prod {\n namespace a { tier x {} }\n tier y {}\n a/x -> y\n deny path y -> a/x\n}",
		"(environment [prod] - {(namespace a - {(tier [x] - {} -)}) (tier [y] - {} -) (edge [of(a x)] -> [y] -) (deny-path [y] -> [of(a x)] -)})"},
	{"declarations without blocks in a block", "environment e {\n namespace a\n namespace b\n}", "(environment [e] - {(namespace a - -) (namespace b - -)})"},
	{"environment with neither", "environment prod", "(environment [prod] - -)"},
	{"environment that is stamped", "environment a, b by env { namespace shop-$environment { labels stage=x-$environment }\n shop-$environment/web -> $environment, $environment/* }",
		"(environment [a b] env {(namespace shop-$environment - {(labels [stage='x-$environment'])}) (edge [of(shop-$environment web)] -> [$environment every($environment)] -)})"},

	{"network", "network { pods 10.0.0.0/8, fd00::/8; services 10.96.0.0/12\n nodes\t192.168.0.0/16 }", "(network [pods[10.0.0.0/8 fd00::/8] services[10.96.0.0/12] nodes[192.168.0.0/16]])"},
	{"network that says nothing", "network {\n}", "(network [])"},

	{"edge", "a -> b", "(edge [a] -> [b] -)"},
	{"edge both ways", "a <-> b :80", "(edge [a] <-> [b] :[(low=80)])"},
	{"edge of lists", "a, b -> c, d :80, http, dns/udp, 8000-8999/tcp, any", "(edge [a b] -> [c d] :[(low=80) (name=http) (name=dns protocol=udp) (low=8000 high=8999 protocol=tcp) ANY])"},
	{"edge of every endpoint", "a, n/a, n/*, 10.0.0.0/8, 2001:db8::/32, internet, cluster, nodes, $environment -> all",
		"(edge [a of(n a) every(n) cidr(10.0.0.0/8) cidr(2001:db8::/32) internet cluster nodes $environment] -> [all] -)"},
	{"edge over several lines", "a,\n b ->\n # to\n c,\n\n d\ne <->\n f", "(edge [a b] -> [c d] -) (edge [e] <-> [f] -)"},
	{"edge without blanks", "a->b:80;a<->b;n/*->m/b;a-b->c-d:x-y/tcp", "(edge [a] -> [b] :[(low=80)]) (edge [a] <-> [b] -) (edge [every(n)] -> [of(m b)] -) (edge [a-b] -> [c-d] :[(name=x-y protocol=tcp)])"},
	{"edge with a port close to its end", "a -> db:5432/tcp\na -> cafe:80", "(edge [a] -> [db] :[(low=5432 protocol=tcp)]) (edge [a] -> [cafe] :[(low=80)])"},
	{"edge of an address and a port", "a->2001:db8::/32 :80; 10.0.0.0/8->::/0", "(edge [a] -> [cidr(2001:db8::/32)] :[(low=80)]) (edge [cidr(10.0.0.0/8)] -> [cidr(::/0)] -)"},
	{"what reads as an address is one", "10.0.0.1, 010.0.0.0/24, ::ffff:1.2.3.4/120, 10.0.0.0/33, 999.0/8, ::, 2001:db8::1, 1:2:3:4:5:6:7:8/200, 10.0.0.0/x -> a",
		"(edge [cidr(10.0.0.1) cidr(010.0.0.0/24) cidr(::ffff:1.2.3.4/120) cidr(10.0.0.0/33) cidr(999.0/8) cidr(::) cidr(2001:db8::1) cidr(1:2:3:4:5:6:7:8/200) cidr(10.0.0.0/x)] -> [a] -)"},
	{"address that the file ends with", "a -> ::1", "(edge [a] -> [cidr(::1)] -)"},
	{"names with dots", "a.b -> 1.b", "(edge [a.b] -> [1.b] -)"},
	{"ports that are called as keywords", "tier a {} :80,\n dns=53,\n tier=1\na -> a :http,\n dns,\n network/tcp,\n labels\na -> a",
		"(tier [a] - {} :[(low=80) (name=dns low=53) (name=tier low=1)]) (edge [a] -> [a] :[(name=http) (name=dns) (name=network protocol=tcp) (name=labels)]) (edge [a] -> [a] -)"},
	{"names of digits", "1, 2 -> 3a", "(edge [1 2] -> [3a] -)"},

	{"deny", "deny a, b -> c :80", "(deny [a b] -> [c] :[(low=80)])"},
	{"deny both ways", "deny a <-> b", "(deny [a] <-> [b] -)"},
	{"deny path", "deny path a -> internet, n/* :1", "(deny-path [a] -> [internet every(n)] :[(low=1)])"},
	{"deny path of an address", "deny path 10.0.0.0/8 -> a; deny path ::/0 -> a", "(deny-path [cidr(10.0.0.0/8)] -> [a] -) (deny-path [cidr(::/0)] -> [a] -)"},
	{"deny of what is called path", "deny path -> x; deny path, a -> x; deny path/a -> x; deny path path -> path", "(deny [path] -> [x] -) (deny [path a] -> [x] -) (deny [of(path a)] -> [x] -) (deny-path [path] -> [path] -)"},
	{"isolate", "isolate a, n/*,\n 10.0.0.0/8", "(isolate [a every(n) cidr(10.0.0.0/8)])"},
	{"dns", "dns off\ndns kube-system/kube-dns, 169.254.20.10/32 :53/udp, 53/tcp\ndns a",
		"(dns off) (dns [of(kube-system kube-dns) cidr(169.254.20.10/32)] :[(low=53 protocol=udp) (low=53 protocol=tcp)]) (dns [a] -)"},
	{"dns of what begins with off", "dns off/a; dns offline", "(dns [of(off a)] -) (dns [offline] -)"},

	{"words that are words in their place only", "tier path, by, isolates by by {}\ntier host { in in (in), notin notin (in), except, host=off }\nexternal off { host host\n ::/0 except ::/1 }\n" +
		"environment by by by; namespace isolates isolates ingress; by -> host, in, except, off :notin",
		"(tier [path by isolates] by {} -) (tier [host] - {In(in ['in']) NotIn(notin ['in']) Exists(except) Equals(host ['off'])} -)" +
			" (external off [host:host ::/0-[::/1]] -) (environment [by] by -) (namespace isolates ingress -) (edge [by] -> [host in except off] :[(name=notin)])"},
	{"keywords inside of selectors", "tier a { tier=tier, deny, dns in (all) \n tier in (a)\n namespace notin (b)\n}",
		"(tier [a] - {Equals(tier ['tier']) Exists(deny) In(dns ['all']) In(tier ['a']) NotIn(namespace ['b'])} -)"},

	{"semicolons", "a -> b;; c -> d ; ;e -> f;", "(edge [a] -> [b] -) (edge [c] -> [d] -) (edge [e] -> [f] -)"},
	{"a byte order mark and CRLF", "\ufeff# doc\r\ntier a {\r\n x=y\r\n}\r\n\r\na ->\r\n b\r\n", `"doc" (tier [a] - {Equals(x ['y'])} -) (edge [a] -> [b] -)`},
	{"a carriage return at the end", "a -> b\r", "(edge [a] -> [b] -)"},

	{"comments above statements", "# no\n\n# one\n## two \na -> b # behind\n# three\nc -> d\n", `"two" "one" (edge [a] -> [b] -) "three" (edge [c] -> [d] -)`},
	{"comments in blocks", "namespace n { # behind\n # one\n tier a {} # no\n tier b {}\n # end\n}\n", `(namespace n - {"one" (tier [a] - {} -) (tier [b] - {} -)})`},
	{"comments above several statements", "# one\na -> b; c -> d\ne -> f", `"one" (edge [a] -> [b] -) (edge [c] -> [d] -) (edge [e] -> [f] -)`},
	{"comments inside of statements", "a, # one\n# two\nb -> c", "(edge [a b] -> [c] -)"},
	{"comments of any text", "# ünï { \" // ->\na -> b", `"ünï { \" // ->" (edge [a] -> [b] -)`},
}

func TestParse(t *testing.T) {
	for _, tt := range programs {
		t.Run(tt.name, func(t *testing.T) {
			tree, diags := Parse(source.NewFile("test.zt", tt.text))
			for _, d := range diags {
				t.Errorf("%s %q: %s", d.Code, d.Span.Text(), d.Message)
			}
			if tree.Broken {
				t.Error("the file is broken")
			}
			if d := cmp.Diff(tt.want, dump(tree.Statements)); d != "" {
				t.Error(d)
			}
			if left := unread(tree); left != "" {
				t.Errorf("not read is %q", left)
			}
			for _, problem := range misfits(tree) {
				t.Error(problem)
			}
		})
	}
}

// Each span is tight: cut out of the text, a statement reads as it did.
func TestSpansAreTight(t *testing.T) {
	for _, tt := range programs {
		tree, _ := Parse(source.NewFile("test.zt", tt.text))
		for _, s := range tree.Statements {
			text := s.Span().Text()
			if text != strings.TrimSpace(text) || strings.HasSuffix(text, ";") {
				t.Errorf("%s: the span %q has more than the statement", tt.name, text)
			}
			alone, diags := Parse(source.NewFile("test.zt", text))
			if len(diags) > 0 || len(alone.Statements) != 1 || dumpStatement(alone.Statements[0]) != dumpStatement(s) {
				t.Errorf("%s: %q reads as %s, %v", tt.name, text, dump(alone.Statements), diags)
			}
		}
	}
}

func TestSpans(t *testing.T) {
	const text = "# doc\nnamespace shop {\n  a,b -> n/c, d/* :http, 80-90/udp # behind\n}\nexternal x { ::/0 except (::/1), host y } :1"
	tree, _ := Parse(source.NewFile("test.zt", text))
	namespace := tree.Statements[0].(*ast.Namespace)
	edge := namespace.Body.Statements[0].(*ast.Edge)
	external := tree.Statements[1].(*ast.External)
	for _, tt := range []struct {
		node ast.Node
		want string
	}{
		{namespace, "namespace shop {\n  a,b -> n/c, d/* :http, 80-90/udp # behind\n}"},
		{namespace.Name, "shop"},
		{namespace.Body, "{\n  a,b -> n/c, d/* :http, 80-90/udp # behind\n}"},
		{namespace.Docs()[0], "# doc"},
		{edge, "a,b -> n/c, d/* :http, 80-90/udp"},
		{edge.From[1], "b"},
		{ast.Range{At: edge.Arrow}, "->"},
		{edge.To[0], "n/c"},
		{edge.To[0].Namespace, "n"},
		{edge.To[0].Name, "c"},
		{edge.To[1].Name, "*"},
		{edge.Ports, ":http, 80-90/udp"},
		{edge.Ports.List[1], "80-90/udp"},
		{edge.Ports.List[1].Low, "80"},
		{edge.Ports.List[1].High, "90"},
		{edge.Ports.List[1].Protocol, "udp"},
		{tree.Comments[1], "# behind"},
		{external, "external x { ::/0 except (::/1), host y } :1"},
		{ast.Range{At: external.Open}, "{"},
		{ast.Range{At: external.Close}, "}"},
		{external.Addresses[0], "::/0 except (::/1)"},
		{external.Addresses[1], "host y"},
		{external.Listens, ":1"},
	} {
		if got := tt.node.Span().Text(); got != tt.want {
			t.Errorf("a span is %q, want %q", got, tt.want)
		}
	}
}
