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

	{"import", `import "shared/net work.zt"`, `Import{Path:"shared/net work.zt"}`},
	{"import of no path", `import ""`, `Import{Path:""}`},

	{"namespace alone", "namespace shop", "Namespace{Name:shop}"},
	{"namespace with an empty block", "namespace shop {}", "Namespace{Name:shop Body:{}}"},
	{"namespace that isolates", "namespace a isolates ingress; namespace b isolates egress {}\nnamespace c isolates nothing",
		"Namespace{Name:a Isolates:ingress} Namespace{Name:b Isolates:egress Body:{}} Namespace{Name:c Isolates:nothing}"},
	{"namespace with every statement that it may hold",
		"namespace shop {\n labels a=b\n tier x {}\n external y { ::/0 }\n x -> y\n deny x -> y\n isolate x, y\n}",
		`Namespace{Name:shop Body:{Statements:[Labels{Items:[{Key:a Value:b}]} Tier{Names:[x] Selector:{}} External{Name:y Addresses:[{CIDR:"::/0"}]} Edge{From:[{Name:x}] To:[{Name:y}]} Deny{From:[{Name:x}] To:[{Name:y}]} Isolate{Endpoints:[{Name:x} {Name:y}]}]}}`},
	{"namespace that isolates tiers", "namespace a isolates tiers; namespace b isolates tiers ingress {}\nnamespace c isolates tiers  egress",
		`Namespace{Name:a Isolates:tiers} Namespace{Name:b Isolates:tiers Direction:ingress Body:{}} Namespace{Name:c Isolates:tiers Direction:egress}`},
	{"namespace on one line", "namespace shop { tier a {}; tier b {} }", "Namespace{Name:shop Body:{Statements:[Tier{Names:[a] Selector:{}} Tier{Names:[b] Selector:{}}]}}"},
	{"namespace with a reserved name", "namespace dns\ndns/foo -> all/*", "Namespace{Name:dns} Edge{From:[{Kind:Qualified Namespace:dns Name:foo}] To:[{Kind:EveryPod Namespace:all Name:*}]}"},

	{"labels", "namespace n { labels team=web, app.kubernetes.io/part-of=shop_1.2,\n empty= }",
		`Namespace{Name:n Body:{Statements:[Labels{Items:[{Key:team Value:web} {Key:app.kubernetes.io/part-of Value:shop_1.2} {Key:empty Value:""}]}]}}`},

	{"tier with an empty selector", "tier a {}", "Tier{Names:[a] Selector:{}}"},
	{"tier with every operator", "tier a { a=b, c==d, e!=f, g in (h, i), j notin (k), l, !m }",
		"Tier{Names:[a] Selector:{Requirements:[{Key:a Values:[b]} {Key:c Values:[d]} {Key:e Op:NotEquals Values:[f]} {Key:g Op:In Values:[h i]} {Key:j Op:NotIn Values:[k]} {Key:l Op:Exists} {Key:m Op:NotExists}]}}"},
	{"tier with blanks around operators", "tier a { a = b, c == d, e != f, ! m }",
		"Tier{Names:[a] Selector:{Requirements:[{Key:a Values:[b]} {Key:c Values:[d]} {Key:e Op:NotEquals Values:[f]} {Key:m Op:NotExists}]}}"},
	{"tier over several lines", "tier a {\n  a=b\n  c=d,\n\n  # why\n  e in (\n    f,\n    g\n  )\n}\n", "Tier{Names:[a] Selector:{Requirements:[{Key:a Values:[b]} {Key:c Values:[d]} {Key:e Op:In Values:[f g]}]}}"},
	{"tier with empty values", "tier a { a=, b!=\n c== }", `Tier{Names:[a] Selector:{Requirements:[{Key:a Values:[""]} {Key:b Op:NotEquals Values:[""]} {Key:c Values:[""]}]}}`},
	{"tier with long keys and values", "tier a { app.kubernetes.io/name=v1.2_3-x, X/y }",
		"Tier{Names:[a] Selector:{Requirements:[{Key:app.kubernetes.io/name Values:[v1.2_3-x]} {Key:X/y Op:Exists}]}}"},
	{"tier by a key", "tier a by role", "Tier{Names:[a] By:role}"},
	{"tiers by a key", "tier a, b,\n  c by app.kubernetes.io/name { !old } :80", "Tier{Names:[a b c] By:app.kubernetes.io/name Selector:{Requirements:[{Key:old Op:NotExists}]} Listens:{List:[{Low:80}]}}"},
	{"tier that listens", "tier a {} :80, 81/tcp, 8000-8999/udp, 1-2, http=80, dns=53/udp, web=1-2/sctp, metrics/tcp, any",
		"Tier{Names:[a] Selector:{} Listens:{List:[{Low:80} {Low:81 Protocol:tcp} {Low:8000 High:8999 Protocol:udp} {Low:1 High:2} {Name:http Low:80} {Name:dns Low:53 Protocol:udp} {Name:web Low:1 High:2 Protocol:sctp} {Name:metrics Protocol:tcp} {Any}]}}"},
	{"tier that isolates", "tier a {} isolates ingress :80\ntier b, c by role isolates egress; tier d by isolates { x } isolates nothing",
		"Tier{Names:[a] Selector:{} Isolates:ingress Listens:{List:[{Low:80}]}} Tier{Names:[b c] By:role Isolates:egress} Tier{Names:[d] By:isolates Selector:{Requirements:[{Key:x Op:Exists}]} Isolates:nothing}"},
	{"tier that listens on lines of ports", "tier a {} :80,\n  81", "Tier{Names:[a] Selector:{} Listens:{List:[{Low:80} {Low:81}]}}"},

	{"external", "external a { 203.0.113.0/24 }", "External{Name:a Addresses:[{CIDR:203.0.113.0/24}]}"},
	{"external with every address", "external a { 10.0.0.0/8 except 10.1.0.0/16, ::/0 except (fe80::/10, fc00::/7)\n host api.example.com\n host *.example.com } :443/tcp",
		`External{Name:a Addresses:[{CIDR:10.0.0.0/8 Except:[10.1.0.0/16]} {CIDR:"::/0" Except:["fe80::/10" "fc00::/7"]} {Host:api.example.com} {Host:*.example.com}] Listens:{List:[{Low:443 Protocol:tcp}]}}`},
	{"external over several lines", "external a {\n 10.0.0.0/8 except (\n 10.1.0.0/16\n ,10.2.0.0/16\n)\n}", "External{Name:a Addresses:[{CIDR:10.0.0.0/8 Except:[10.1.0.0/16 10.2.0.0/16]}]}"},

	{"environment by a key", "environment prod, dev by env", "Environment{Names:[prod dev] By:env}"},
	{"environment by a label", "environment a, b by env=x {}\nenvironment c by k = $environment-1", "Environment{Names:[a b] By:env Value:x Body:{}} Environment{Names:[c] By:k Value:$environment-1}"},
	{"environment of a block", "environment prod {\n namespace a { tier x {} }\n tier y {}\n a/x -> y\n deny path y -> a/x\n}",
		"Environment{Names:[prod] Body:{Statements:[Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}} Tier{Names:[y] Selector:{}} Edge{From:[{Kind:Qualified Namespace:a Name:x}] To:[{Name:y}]} Deny{Path From:[{Name:y}] To:[{Kind:Qualified Namespace:a Name:x}]}]}}"},
	{"declarations without blocks in a block", "environment e {\n namespace a\n namespace b\n}", "Environment{Names:[e] Body:{Statements:[Namespace{Name:a} Namespace{Name:b}]}}"},
	{"environment with neither", "environment prod", "Environment{Names:[prod]}"},
	{"environment that is stamped", "environment a, b by env { namespace shop-$environment { labels stage=x-$environment }\n shop-$environment/web -> $environment, $environment/* }",
		"Environment{Names:[a b] By:env Body:{Statements:[Namespace{Name:shop-$environment Body:{Statements:[Labels{Items:[{Key:stage Value:x-$environment}]}]}} Edge{From:[{Kind:Qualified Namespace:shop-$environment Name:web}] To:[{Name:$environment} {Kind:EveryPod Namespace:$environment Name:*}]}]}}"},

	{"network", "network { pods 10.0.0.0/8, fd00::/8; services 10.96.0.0/12\n nodes\t192.168.0.0/16 }", `Network{Items:[{Kind:pods Addresses:[{CIDR:10.0.0.0/8} {CIDR:"fd00::/8"}]} {Kind:services Addresses:[{CIDR:10.96.0.0/12}]} {Kind:nodes Addresses:[{CIDR:192.168.0.0/16}]}]}`},
	{"network with exceptions", "network { pods 10.0.0.0/8 except 10.0.0.0/32,\n fd00::/8 except (fd00::/128, fd00::1/128); nodes 10.1.0.0/16 }",
		`Network{Items:[{Kind:pods Addresses:[{CIDR:10.0.0.0/8 Except:[10.0.0.0/32]} {CIDR:"fd00::/8" Except:["fd00::/128" "fd00::1/128"]}]} {Kind:nodes Addresses:[{CIDR:10.1.0.0/16}]}]}`},
	{"network with the API server", "network {\n apiserver 192.168.10.2/32,\n 192.168.10.3/32 :https=6443/tcp, 443\n nodes 192.168.10.0/24 }",
		`Network{Items:[{Kind:apiserver Addresses:[{CIDR:192.168.10.2/32} {CIDR:192.168.10.3/32}] Listens:{List:[{Name:https Low:6443 Protocol:tcp} {Low:443}]}} {Kind:nodes Addresses:[{CIDR:192.168.10.0/24}]}]}`},
	{"edges of one side", "ingress a, n/* -> b :80\negress a <-> b; ingress -> egress\ningress, a -> b\negress egress -> ingress",
		"Edge{Side:ingress From:[{Name:a} {Kind:EveryPod Namespace:n Name:*}] To:[{Name:b}] Ports:{List:[{Low:80}]}} Edge{Side:egress From:[{Name:a}] Both To:[{Name:b}]} Edge{From:[{Name:ingress}] To:[{Name:egress}]} Edge{From:[{Name:ingress} {Name:a}] To:[{Name:b}]} Edge{Side:egress From:[{Name:egress}] To:[{Name:ingress}]}"},
	{"network with a plugin", "network { plugin cilium\n plugin cilium with a.b/c=d,\n enable-sctp= ; pods ::/0 }",
		`Network{Items:[{Kind:plugin Plugin:cilium} {Kind:plugin Plugin:cilium Settings:[{Key:a.b/c Value:d} {Key:enable-sctp Value:""}]} {Kind:pods Addresses:[{CIDR:"::/0"}]}]}`},
	{"network that says nothing", "network {\n}", "Network{}"},

	{"edge", "a -> b", "Edge{From:[{Name:a}] To:[{Name:b}]}"},
	{"edge both ways", "a <-> b :80", "Edge{From:[{Name:a}] Both To:[{Name:b}] Ports:{List:[{Low:80}]}}"},
	{"edge of lists", "a, b -> c, d :80, http, dns/udp, 8000-8999/tcp, any", "Edge{From:[{Name:a} {Name:b}] To:[{Name:c} {Name:d}] Ports:{List:[{Low:80} {Name:http} {Name:dns Protocol:udp} {Low:8000 High:8999 Protocol:tcp} {Any}]}}"},
	{"edge of every endpoint", "a, n/a, n/*, 10.0.0.0/8, 2001:db8::/32, internet, cluster, nodes, $environment -> all",
		`Edge{From:[{Name:a} {Kind:Qualified Namespace:n Name:a} {Kind:EveryPod Namespace:n Name:*} {Kind:CIDR Name:10.0.0.0/8} {Kind:CIDR Name:"2001:db8::/32"} {Name:internet} {Name:cluster} {Name:nodes} {Name:$environment}] To:[{Name:all}]}`},
	{"edge over several lines", "a,\n b ->\n # to\n c,\n\n d\ne <->\n f", "Edge{From:[{Name:a} {Name:b}] To:[{Name:c} {Name:d}]} Edge{From:[{Name:e}] Both To:[{Name:f}]}"},
	{"edge without blanks", "a->b:80;a<->b;n/*->m/b;a-b->c-d:x-y/tcp", "Edge{From:[{Name:a}] To:[{Name:b}] Ports:{List:[{Low:80}]}} Edge{From:[{Name:a}] Both To:[{Name:b}]} Edge{From:[{Kind:EveryPod Namespace:n Name:*}] To:[{Kind:Qualified Namespace:m Name:b}]} Edge{From:[{Name:a-b}] To:[{Name:c-d}] Ports:{List:[{Name:x-y Protocol:tcp}]}}"},
	{"edge with a port close to its end", "a -> db:5432/tcp\na -> cafe:80", "Edge{From:[{Name:a}] To:[{Name:db}] Ports:{List:[{Low:5432 Protocol:tcp}]}} Edge{From:[{Name:a}] To:[{Name:cafe}] Ports:{List:[{Low:80}]}}"},
	{"edge of an address and a port", "a->2001:db8::/32 :80; 10.0.0.0/8->::/0", `Edge{From:[{Name:a}] To:[{Kind:CIDR Name:"2001:db8::/32"}] Ports:{List:[{Low:80}]}} Edge{From:[{Kind:CIDR Name:10.0.0.0/8}] To:[{Kind:CIDR Name:"::/0"}]}`},
	{"edge with exceptions", "a -> ::/0 except ::1/128, b :80\n10.0.0.0/8 except (\n10.1.0.0/16,\n10.2.0.0/16\n), except -> c",
		`Edge{From:[{Name:a}] To:[{Kind:CIDR Name:"::/0" Except:["::1/128"]} {Name:b}] Ports:{List:[{Low:80}]}} Edge{From:[{Kind:CIDR Name:10.0.0.0/8 Except:[10.1.0.0/16 10.2.0.0/16]} {Name:except}] To:[{Name:c}]}`},
	{"what reads as an address is one", "10.0.0.1, 010.0.0.0/24, ::ffff:1.2.3.4/120, 10.0.0.0/33, 999.0/8, ::, 2001:db8::1, 1:2:3:4:5:6:7:8/200, 10.0.0.0/x -> a",
		`Edge{From:[{Kind:CIDR Name:10.0.0.1} {Kind:CIDR Name:010.0.0.0/24} {Kind:CIDR Name:"::ffff:1.2.3.4/120"} {Kind:CIDR Name:10.0.0.0/33} {Kind:CIDR Name:999.0/8} {Kind:CIDR Name:"::"} {Kind:CIDR Name:"2001:db8::1"} {Kind:CIDR Name:"1:2:3:4:5:6:7:8/200"} {Kind:CIDR Name:10.0.0.0/x}] To:[{Name:a}]}`},
	{"address that the file ends with", "a -> ::1", `Edge{From:[{Name:a}] To:[{Kind:CIDR Name:"::1"}]}`},
	{"names with dots", "a.b -> 1.b", "Edge{From:[{Name:a.b}] To:[{Name:1.b}]}"},
	{"ports that are called as keywords", "tier a {} :80,\n dns=53,\n tier=1\na -> a :http,\n dns,\n network/tcp,\n labels\na -> a",
		"Tier{Names:[a] Selector:{} Listens:{List:[{Low:80} {Name:dns Low:53} {Name:tier Low:1}]}} Edge{From:[{Name:a}] To:[{Name:a}] Ports:{List:[{Name:http} {Name:dns} {Name:network Protocol:tcp} {Name:labels}]}} Edge{From:[{Name:a}] To:[{Name:a}]}"},
	{"names of digits", "1, 2 -> 3a", "Edge{From:[{Name:1} {Name:2}] To:[{Name:3a}]}"},

	{"deny", "deny a, b -> c :80", "Deny{From:[{Name:a} {Name:b}] To:[{Name:c}] Ports:{List:[{Low:80}]}}"},
	{"deny both ways", "deny a <-> b", "Deny{From:[{Name:a}] Both To:[{Name:b}]}"},
	{"deny path", "deny path a -> internet, n/* :1", "Deny{Path From:[{Name:a}] To:[{Name:internet} {Kind:EveryPod Namespace:n Name:*}] Ports:{List:[{Low:1}]}}"},
	{"deny path of an address", "deny path 10.0.0.0/8 -> a; deny path ::/0 -> a", `Deny{Path From:[{Kind:CIDR Name:10.0.0.0/8}] To:[{Name:a}]} Deny{Path From:[{Kind:CIDR Name:"::/0"}] To:[{Name:a}]}`},
	{"deny of what is called path", "deny path -> x; deny path, a -> x; deny path/a -> x; deny path path -> path", "Deny{From:[{Name:path}] To:[{Name:x}]} Deny{From:[{Name:path} {Name:a}] To:[{Name:x}]} Deny{From:[{Kind:Qualified Namespace:path Name:a}] To:[{Name:x}]} Deny{Path From:[{Name:path}] To:[{Name:path}]}"},
	{"isolate", "isolate a, n/*,\n 10.0.0.0/8", "Isolate{Endpoints:[{Name:a} {Kind:EveryPod Namespace:n Name:*} {Kind:CIDR Name:10.0.0.0/8}]}"},
	{"dns", "dns off\ndns kube-system/kube-dns, 169.254.20.10/32 :53/udp, 53/tcp\ndns a",
		"DNS{Off} DNS{Resolvers:[{Kind:Qualified Namespace:kube-system Name:kube-dns} {Kind:CIDR Name:169.254.20.10/32}] Ports:{List:[{Low:53 Protocol:udp} {Low:53 Protocol:tcp}]}} DNS{Resolvers:[{Name:a}]}"},
	{"dns of what begins with off", "dns off/a; dns offline", "DNS{Resolvers:[{Kind:Qualified Namespace:off Name:a}]} DNS{Resolvers:[{Name:offline}]}"},

	{"words that are words in their place only", "tier path, by, isolates by by {}\ntier host { in in (in), notin notin (in), except, host=off }\nexternal off { host host\n ::/0 except ::/1 }\n" +
		"environment by by by; namespace isolates isolates ingress; by -> host, in, except, off :notin",
		`Tier{Names:[path by isolates] By:by Selector:{}} Tier{Names:[host] Selector:{Requirements:[{Key:in Op:In Values:[in]} {Key:notin Op:NotIn Values:[in]} {Key:except Op:Exists} {Key:host Values:[off]}]}} External{Name:off Addresses:[{Host:host} {CIDR:"::/0" Except:["::/1"]}]} Environment{Names:[by] By:by} Namespace{Name:isolates Isolates:ingress} Edge{From:[{Name:by}] To:[{Name:host} {Name:in} {Name:except} {Name:off}] Ports:{List:[{Name:notin}]}}`},
	{"keywords inside of selectors", "tier a { tier=tier, deny, dns in (all) \n tier in (a)\n namespace notin (b)\n}",
		"Tier{Names:[a] Selector:{Requirements:[{Key:tier Values:[tier]} {Key:deny Op:Exists} {Key:dns Op:In Values:[all]} {Key:tier Op:In Values:[a]} {Key:namespace Op:NotIn Values:[b]}]}}"},

	{"semicolons", "a -> b;; c -> d ; ;e -> f;", "Edge{From:[{Name:a}] To:[{Name:b}]} Edge{From:[{Name:c}] To:[{Name:d}]} Edge{From:[{Name:e}] To:[{Name:f}]}"},
	{"a byte order mark and CRLF", "\ufeff# doc\r\ntier a {\r\n x=y\r\n}\r\n\r\na ->\r\n b\r\n", `Tier{Doc:["doc"] Names:[a] Selector:{Requirements:[{Key:x Values:[y]}]}} Edge{From:[{Name:a}] To:[{Name:b}]}`},
	{"a carriage return at the end", "a -> b\r", "Edge{From:[{Name:a}] To:[{Name:b}]}"},

	{"comments above statements", "# no\n\n# one\n## two \na -> b # behind\n# three\nc -> d\n", `Edge{Doc:["one" "two"] From:[{Name:a}] To:[{Name:b}]} Edge{Doc:["three"] From:[{Name:c}] To:[{Name:d}]}`},
	{"comments in blocks", "namespace n { # behind\n # one\n tier a {} # no\n tier b {}\n # end\n}\n", `Namespace{Name:n Body:{Statements:[Tier{Doc:["one"] Names:[a] Selector:{}} Tier{Names:[b] Selector:{}}]}}`},
	{"comments above several statements", "# one\na -> b; c -> d\ne -> f", `Edge{Doc:["one"] From:[{Name:a}] To:[{Name:b}]} Edge{From:[{Name:c}] To:[{Name:d}]} Edge{From:[{Name:e}] To:[{Name:f}]}`},
	{"comments inside of statements", "a, # one\n# two\nb -> c", "Edge{From:[{Name:a} {Name:b}] To:[{Name:c}]}"},
	{"comments of any text", "# ünï { \" // ->\na -> b", `Edge{Doc:["ünï { \" // ->"] From:[{Name:a}] To:[{Name:b}]}`},
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
			if d := cmp.Diff(tt.want, ast.Dump(tree.Statements...)); d != "" {
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
			alone, diags := Parse(source.NewFile("test.zt", withDocs(s)))
			if len(diags) > 0 || len(alone.Statements) != 1 || ast.Dump(alone.Statements[0]) != ast.Dump(s) {
				t.Errorf("%s: %q reads as %s, %v", tt.name, text, ast.Dump(alone.Statements...), diags)
			}
		}
	}
}

// withDocs returns a statement's text after the comments above it.
func withDocs(s ast.Statement) string {
	var text strings.Builder
	for _, c := range s.Docs() {
		text.WriteString(c.At.Text() + "\n")
	}
	return text.String() + s.Span().Text()
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
