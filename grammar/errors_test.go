package grammar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/ast"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// mistakes are wrong programs, what is reported of them (code, the text that the range covers, and the
// beginning of the message, which a part of the help may follow), and the tree that is left.
var mistakes = []struct {
	name, text string
	want       []mistake
	tree       string
}{
	// What stands at the beginning of a statement.
	{"misspelt keyword", "teir a {}\nb -> c", []mistake{{diag.Unexpected, "teir", `expected a statement, found "teir"`, `did you mean "tier"?`}}, "Tier{Names:[a] Selector:{}} Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"misspelt words that end the file", "mport", []mistake{{diag.Unexpected, "mport", "", `did you mean "import"?`}}, ""},
	{"misspelt isolates that ends the file", "namespace a isolate", []mistake{{diag.Unexpected, "isolate", "", `did you mean "isolates"?`}}, ""},
	{"keyword in capitals", "TIER a {}", []mistake{{diag.Unexpected, "TIER", `expected a statement, found "TIER"`, `did you mean "tier"?`}}, "Tier{Names:[a] Selector:{}}"},
	{"misspelt keyword and another mistake in its statement", "teir a", []mistake{{diag.Unexpected, "teir", "", `did you mean "tier"?`}}, ""},
	{"misspelt keyword and a mistake in its block", "namspace a {\n b => c\n d -> e\n}", []mistake{{diag.Unexpected, "namspace", "", `did you mean "namespace"?`}, {diag.BadCharacter, "=>", "", ""}}, "Namespace{Name:a Body:{Statements:[Edge{From:[{Name:d}] To:[{Name:e}]}]}}"},
	{"misspelt keyword of what is misplaced", "namespace a {\n namspace b { c => d }\n}", []mistake{{diag.Unexpected, "namspace", "", ""}}, "Namespace{Name:a Body:{}}"},
	{"tier that is called almost as a keyword", "teir -> a; teir, a -> b; teir :80", []mistake{{diag.Unexpected, "teir", `expected a statement`, ""}}, "Edge{From:[{Name:teir}] To:[{Name:a}]} Edge{From:[{Name:teir} {Name:a}] To:[{Name:b}]}"},
	{"unknown declaration", "service a { x=y }", []mistake{{diag.Unexpected, "service", `expected a statement, found "service"`, `did you mean "tier"?`}}, "Tier{Names:[a] Selector:{Requirements:[{Key:x Values:[y]}]}}"},
	{"name in quotes", `"a" -> b`, []mistake{{diag.Unexpected, `"a"`, "expected a statement, found a string", "remove the quotes"}}, ""},
	{"name in apostrophes", "'a' -> b", []mistake{{diag.BadCharacter, "'", "", "remove the quotes"}}, ""},
	{"unknown statement", "allow a -> b", []mistake{{diag.Unexpected, "allow", `unexpected "allow"`, "`web -> api :80`"}}, ""},
	{"unknown block", "pods {\n a -> b\n}\nc -> d", []mistake{{diag.Unexpected, "pods", `unexpected "pods"`, ""}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"string", `"a"`, []mistake{{diag.Unexpected, `"a"`, "expected a statement, found a string", ""}}, ""},
	{"brace", "{\na -> b\n}\nc -> d", []mistake{{diag.Unexpected, "{", `expected a statement, found "{"`, "to continue a line"}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"closing brace", "a -> b\n}\nc -> d", []mistake{{diag.Unexpected, "}", "unmatched '}'", "remove it"}}, "Edge{From:[{Name:a}] To:[{Name:b}]} Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"closing braces", "a -> b\n}}}\nc -> d", []mistake{{diag.Unexpected, "}", "unmatched '}'", "remove it"}}, "Edge{From:[{Name:a}] To:[{Name:b}]} Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"ports on a line of their own", "tier a {}\n:80\nb -> c", []mistake{{diag.Unexpected, ":", `expected a statement, found ":"`, "the line above"}}, "Tier{Names:[a] Selector:{}} Edge{From:[{Name:b}] To:[{Name:c}]}"},

	{"tier that isolates outside its declaration", "a isolates egress", []mistake{{diag.Unexpected, "a", `unexpected "a"`, "`tier a { ... } isolates egress`"}}, ""},
	{"name of a host", "a -> host b.c :443", []mistake{{diag.Unexpected, "b.c", "expected the end of the line", "declare its addresses"}}, ""},
	{"ports in braces", "a -> b :{80, 443}", []mistake{{diag.Unexpected, "{", "expected a port after ':'", "without braces"}}, ""},
	{"range of addresses with spaces", "a -> 10.0.0.0 - 10.0.0.255 :80", []mistake{{diag.BadCharacter, "-", "", "as a CIDR"}}, ""},
	{"pattern of namespaces", "a -> b-*/c :80", []mistake{{diag.BadCharacter, "*/", "", "name each namespace"}}, ""},

	// import
	{"import without quotes", "import a.zt", []mistake{{diag.Unexpected, "a.zt", `expected a quoted file path after "import", found "a.zt"`, `write import "`}}, ""},
	{"import of nothing", "import\na -> b", []mistake{{diag.Unexpected, "t", `expected a quoted file path after "import", found the end of the line`, ""}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},
	{"import in apostrophes", "import 'a.zt'", []mistake{{diag.BadCharacter, "'", "", `in double quotes`}}, ""},
	{"import of two", `import "a" "b"`, []mistake{{diag.Unexpected, `"b"`, "expected the end of the line, found a string", ""}}, ""},
	{"string that is not closed", "import \"a\r\na -> b", []mistake{{diag.Unclosed, `"`, "unclosed string", "on the same line"}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},
	{"string that the file ends", `import "`, []mistake{{diag.Unclosed, `"`, "unclosed string", ""}}, ""},

	// namespace
	{"namespace without a name", "namespace {\n a => b\n}\nc -> d", []mistake{{diag.Unexpected, "{", `expected a name after "namespace", found "{"`, "namespace NAME {"}, {diag.BadCharacter, "=>", "", ""}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"namespace with its name in quotes", "namespace \"a\" {\n b -> c d\n}", []mistake{{diag.Unexpected, `"a"`, `expected a name after "namespace", found a string`, "remove the quotes"}, {diag.Unexpected, "d", "expected the end of the line", ""}}, ""},
	{"namespace that isolates twice", "namespace a isolates ingress, egress {}", []mistake{{diag.Unexpected, ",", "expected '{' or the end of the line", "both directions"}}, "Namespace{Name:a Isolates:ingress Body:{}}"},
	{"namespace that isolates all", "namespace a isolates both {\n tier x {}\n :80\n}", []mistake{
		{diag.Unexpected, "both", `expected "ingress", "egress", "nothing" or "tiers" after "isolates", found "both"`, "leave `isolates` out"},
		{diag.Unexpected, ":", "expected a statement", ""}}, "Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}}"},
	{"namespace that isolates some", "namespace a isolates some {}\nnamespace b isolates tier\nnamespace c isolates tiers nothing {}", []mistake{
		{diag.Unexpected, "some", `expected "ingress", "egress", "nothing" or "tiers" after "isolates", found "some"`, "write tiers to isolate only the pods"},
		{diag.Unexpected, "tier", `expected "ingress", "egress", "nothing" or "tiers" after "isolates", found "tier"`, `did you mean "tiers"?`},
		{diag.Unexpected, "nothing", "expected '{' or the end of the line", ""}}, "Namespace{Name:a Body:{}} Namespace{Name:c Isolates:tiers Body:{}}"},
	{"tier that isolates too much", "tier a {} isolates both :80\ntier b by x isolates\ntier c {} isolates none", []mistake{
		{diag.Unexpected, "both", `expected "ingress", "egress" or "nothing" after "isolates", found "both"`, "leave `isolates` out"},
		{diag.Unexpected, "s", `expected "ingress", "egress" or "nothing" after "isolates", found the end of the line`, "leave `isolates` out"},
		{diag.Unexpected, "none", `expected "ingress", "egress" or "nothing" after "isolates", found "none"`, "write nothing"}}, ""},
	{"tier that isolates in the wrong place", "tier a isolates ingress {}\ntier b {} :80 isolates ingress", []mistake{
		{diag.Unexpected, "isolates", `expected '{' or "by" after the tier name, found "isolates"`, "write it after the selector: `tier a { ... } isolates ingress`"},
		{diag.Unexpected, "isolates", "expected the end of the line", "before the ports of a tier"}}, ""},
	{"namespace with a misspelt isolates", "namespace a isolate nothing {\n tier x {}\n}", []mistake{{diag.Unexpected, "isolate", `expected "isolates" or '{' after the namespace name`, `did you mean "isolates"?`}}, "Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}}"},
	{"namespace with two names", "namespace a b {\n tier x {}\n}", []mistake{{diag.Unexpected, "b", `expected '{' or the end of the line, found "b"`, ""}}, "Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}}"},
	{"namespace with its brace below", "namespace a\n{\n tier x {}\n}", []mistake{{diag.Unexpected, "{", "'{' must be on the line of its statement", "line above"}}, "Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}}"},
	{"namespace that is not closed", "namespace a {\n tier x {}\n x -> x", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, `close it with "}"`}}, "Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}} Edge{From:[{Name:x}] To:[{Name:x}]}]}}"},
	{"namespace that is not closed before the next", "namespace a {\n tier x {}\nnamespace b {\n tier y {}\n}", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}},
		"Namespace{Name:a Body:{Statements:[Tier{Names:[x] Selector:{}}]}} Namespace{Name:b Body:{Statements:[Tier{Names:[y] Selector:{}}]}}"},
	{"mistakes in a block", "namespace a {\n tier x\n b => c; d -> e\n deny\n}\nf -> g", []mistake{
		{diag.Unexpected, "x", `expected '{' or "by" after the tier name, found the end of the line`, "tier x { app=x }"},
		{diag.BadCharacter, "=>", `unexpected "=>"`, `write "->"`},
		{diag.Unexpected, "y", "expected an endpoint, found the end of the line", ""}},
		"Namespace{Name:a Body:{Statements:[Edge{From:[{Name:d}] To:[{Name:e}]}]}} Edge{From:[{Name:f}] To:[{Name:g}]}"},

	// Where statements may stand.
	{"misplaced statements", "namespace a {\n import \"x\"\n namespace b {\n  namespace c { x -> y }\n }\n environment d by e\n network { pods ::/0 }\n dns off\n x -> y\n}\nlabels a=b", []mistake{
		{diag.Misplaced, "import", "an import is not allowed here", "outside every block"},
		{diag.Misplaced, "namespace", "a namespace is not allowed here", "in an environment"},
		{diag.Misplaced, "environment", "an environment is not allowed here", ""},
		{diag.Misplaced, "network", "a network statement is not allowed here", ""},
		{diag.Misplaced, "dns", "a dns statement is not allowed here", ""},
		{diag.Misplaced, "labels", "a labels statement is not allowed here", "in the block of the namespace"}}, "Namespace{Name:a Body:{Statements:[Edge{From:[{Name:x}] To:[{Name:y}]}]}}"},
	{"misplaced in an environment", "environment a {\n labels x=y\n environment b by c\n namespace d { labels x=y }\n import \"x\"\n}", []mistake{
		{diag.Misplaced, "labels", "", ""}, {diag.Misplaced, "environment", "", ""}, {diag.Misplaced, "import", "", ""}},
		"Environment{Names:[a] Body:{Statements:[Namespace{Name:d Body:{Statements:[Labels{Items:[{Key:x Value:y}]}]}}]}}"},

	// tier
	{"tier without a selector", "tier a", []mistake{{diag.Unexpected, "a", `expected '{' or "by" after the tier name, found the end of the file`, "tier a by app"}}, ""},
	{"tier without a selector but ports", "tier a :80", []mistake{{diag.Unexpected, ":", `expected '{' or "by" after the tier name, found ":"`, "tier a { app=a }"}}, ""},
	{"tiers without by", "tier a, b { x=y }", []mistake{{diag.Unexpected, "{ x=y }", "several tiers in one statement need \"by KEY\"", "by KEY"}}, ""},
	{"tier by nothing", "tier a by {}", []mistake{{diag.Unexpected, "{", `expected a label key after "by", found "{"`, ""}}, ""},
	{"tier with ports without a colon", "tier a { x=y } 80\nb, c -> d", []mistake{{diag.Unexpected, "80", "expected the end of the line", "`:80`"}}, "Edge{From:[{Name:b} {Name:c}] To:[{Name:d}]}"},
	{"tier without a name", "tier { x=y }\na -> b", []mistake{{diag.Unexpected, "{", `expected a tier name, found "{"`, ""}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},
	{"tier with its brace below", "tier a\n{\n x=y\n}", []mistake{{diag.Unexpected, "{", "'{' must be on the line of its statement", ""}}, "Tier{Names:[a] Selector:{Requirements:[{Key:x Values:[y]}]}}"},
	{"reserved names", "tier all, x by y\nexternal dns { ::/0 }\nenvironment tier by x\ntier a {} :any=80", []mistake{
		{diag.BadName, "all", `"all" is reserved and cannot be a name`, ""},
		{diag.BadName, "dns", `"dns" is reserved and cannot be a name`, ""},
		{diag.BadName, "tier", `"tier" is reserved and cannot be a name`, ""},
		{diag.BadName, "any", `"any" is reserved and cannot be a port name`, ""}},
		`Tier{Names:[all x] By:y} External{Name:dns Addresses:[{CIDR:"::/0"}]} Environment{Names:[tier] By:x} Tier{Names:[a] Selector:{} Listens:{List:[{Name:any Low:80}]}}`},

	// selectors
	{"labels as in YAML", "tier a { app: a }", []mistake{{diag.Unexpected, ":", "expected ',', a new line or '}', found \":\"", "KEY=VALUE"}}, ""},
	{"not in two words", "tier a { x not in (y) }", []mistake{{diag.Unexpected, "not", "expected ','", "KEY notin (a, b)"}}, ""},
	{"operators of elsewhere", "tier a { x === y }\ntier b { x > 3 }\ntier c { x && y }", []mistake{
		{diag.Unexpected, "=", "expected a label value after '=='", "KEY!=VALUE"}, {diag.BadCharacter, ">", "", "=, !=, in and notin"}, {diag.BadCharacter, "&&", "", "separate requirements with commas"}}, ""},
	{"labels without a comma", "tier a { x y=z }", []mistake{{diag.Unexpected, "y", "expected ',', a new line or '}', found \"y\"", ""}}, ""},
	{"keyword in a selector without a comma", "tier a { app tier db }\nb -> c", []mistake{{diag.Unexpected, "tier", "expected ','", ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"value in quotes", `tier a { x="y" }`, []mistake{{diag.Unexpected, `"y"`, "expected a label value after '=', found a string", "remove the quotes"}}, ""},
	{"values without parentheses", "tier a { x in y }", []mistake{{diag.Unexpected, "y", `expected '(' after "in", found "y"`, "write x in (a, b)"}}, ""},
	{"values without a comma", "tier a { x in (y z) }", []mistake{{diag.Unexpected, "z", `expected ',' or ')', found "z"`, ""}}, ""},
	{"no values", "tier a { x notin () }", []mistake{{diag.Unexpected, ")", `expected a label value, found ")"`, "write x notin (a, b)"}}, ""},
	{"parenthesis that is not closed", "tier a { x in (y, z }\nb -> c", []mistake{{diag.Unclosed, "(", `this "(" is not closed`, `close it with ")"`}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"parenthesis that is not closed on its line", "tier a {\n x in (y\n z=w\n}\nb -> c", []mistake{{diag.Unclosed, "(", `this "(" is not closed`, ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"nothing but a comma", "tier a { , }", []mistake{{diag.Unexpected, ",", `expected a label key, found ","`, "kubectl get -l"}}, ""},
	{"not nothing", "tier a { ! }", []mistake{{diag.Unexpected, "}", `expected a label key after '!', found "}"`, ""}}, ""},
	{"selector that is not closed before a statement", "tier a { x=y\ntier b { x=y }\nb -> b", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, "Tier{Names:[b] Selector:{Requirements:[{Key:x Values:[y]}]}} Edge{From:[{Name:b}] To:[{Name:b}]}"},
	{"selector that is not closed before an edge", "tier a {\n x=y\nb -> b", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, "Edge{From:[{Name:b}] To:[{Name:b}]}"},
	{"selector that is not closed before an edge of several", "tier a {\n x=y\nb, c -> d\ne -> f\ntier a {\n x=y\nb, c <-> d", []mistake{{diag.Unclosed, "{", "", ""}, {diag.Unclosed, "{", "", ""}}, "Edge{From:[{Name:e}] To:[{Name:f}]}"},
	{"selector that is not closed at all", "tier a {", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, ""},
	{"selector with a mistake and not closed", "tier a { x: y\ntier b {}\nb -> b", []mistake{{diag.Unexpected, ":", "", ""}}, "Tier{Names:[b] Selector:{}} Edge{From:[{Name:b}] To:[{Name:b}]}"},

	// external, environment, network, labels
	{"external without addresses", "external a {}", []mistake{{diag.Unexpected, "{}", "an external needs an address", "203.0.113.0/24"}}, ""},
	{"external without braces", "external a 10.0.0.0/8", []mistake{{diag.Unexpected, "10.0.0.0/8", `expected '{' after the external's name, found "10.0.0.0/8"`, ""}}, ""},
	{"externals in one", "external a, b { ::/0 }", []mistake{{diag.Unexpected, ",", "expected '{' after the external's name", "external NAME {"}}, ""},
	{"external of a URL", "external a { https://example.com }", []mistake{{diag.Unexpected, ":", "expected ','", "policies do not match URLs"}}, ""},
	{"misspelt except", "external a { ::/0 exept ::/1 }", []mistake{{diag.Unexpected, "exept", "expected ','", "except (CIDR"}}, ""},
	{"except of brackets", "external a { ::/0 except [::/1] }", []mistake{{diag.BadCharacter, "[", "", "parentheses"}}, ""},
	{"environment by nothing", "environment a by {\n b => c\n d -> e\n}", []mistake{{diag.Unexpected, "{", `expected a label key or a selector after "by", found "{"`, "by KEY"}, {diag.BadCharacter, "=>", "", ""}}, "Environment{Names:[a] Body:{Statements:[Edge{From:[{Name:d}] To:[{Name:e}]}]}}"},
	{"environment by a label without a value", "environment a by k= {\n x -> y\n}", []mistake{{diag.Unexpected, "{", `expected a label value after '=', found "{"`, "`by KEY` if"}}, "Environment{Names:[a] By:k Body:{Statements:[Edge{From:[{Name:x}] To:[{Name:y}]}]}}"},
	{"environment by two labels", "environment a by k=v, l=w", []mistake{{diag.Unexpected, ",", "expected '{' or the end of the line", "by KEY"}}, ""},
	{"environment by nothing without a block", "environment a by", []mistake{{diag.Unexpected, "y", `expected a label key or a selector after "by", found the end of the file`, ""}}, ""},
	{"environment by a block", "environment a by {\n namespace c {\n  x -> y\n }\n}", []mistake{{diag.Unexpected, "{", `expected a label key or a selector after "by", found "{"`, "by { KEY in (a, b) }"}}, "Environment{Names:[a] Body:{Statements:[Namespace{Name:c Body:{Statements:[Edge{From:[{Name:x}] To:[{Name:y}]}]}}]}}"},
	{"environment by no requirement", "environment a by {}", []mistake{{diag.Unexpected, "{", `expected a label key or a selector after "by", found "{"`, ""}}, "Environment{Names:[a] Body:{}}"},
	{"environment by a selector that is not closed", "environment a by { k\nb -> c", []mistake{{diag.Unclosed, "{", "", ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"environment by a selector with a colon", "environment a by { k: v } {\n b -> c\n}", []mistake{{diag.Unexpected, ":", "", "KEY=VALUE"}}, "Environment{Names:[a] Body:{Statements:[Edge{From:[{Name:b}] To:[{Name:c}]}]}}"},
	{"environment without a name", "environment {\n a => b\n}", []mistake{{diag.Unexpected, "{", "expected an environment name", "environment NAME"}, {diag.BadCharacter, "=>", "", ""}}, ""},
	{"network facts as in YAML", "network { pods: ::/0 }", []mistake{{diag.Unexpected, ":", "expected an address block", "remove the colon"}}, ""},
	{"host of nothing", "external a { host }", []mistake{{diag.Unexpected, "}", `expected a DNS name after "host", found "}"`, ""}}, ""},
	{"except of nothing", "external a { ::/0 except }", []mistake{{diag.Unexpected, "}", `expected an address block, found "}"`, ""}}, ""},
	{"except that is not closed", "external a { ::/0 except (::/1, ::/2 }\nb -> c", []mistake{{diag.Unclosed, "(", "", ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"environments without a comma", "environment a b {\n namespace c {}\n}", []mistake{{diag.Unexpected, "b", "expected '{' or the end of the line", ""}}, "Environment{Names:[a] Body:{Statements:[Namespace{Name:c Body:{}}]}}"},
	{"network of what it has not", "network {\n pod 10.0.0.0/8\n pods ::/0\n}", []mistake{{diag.Unexpected, "pod", `expected "pods", "services", "nodes", "apiserver" or "plugin", found "pod"`, `did you mean "pods"?`}}, ""},
	{"network with a plugin without a name", "network { plugin }", []mistake{{diag.Unexpected, "}", `expected the name of a network plugin, found "}"`, "write `plugin NAME`"}}, ""},
	{"network with a plugin of addresses", "network { plugin cilium 10.0.0.0/8 }", []mistake{{diag.Unexpected, "10.0.0.0/8", `expected "with", a new line or '}', found "10.0.0.0/8"`, "with SETTING=VALUE"}}, ""},
	{"network with a plugin with nothing", "network { plugin cilium with }", []mistake{{diag.Unexpected, "}", `expected a setting, found "}"`, "with SETTING=VALUE"}}, ""},
	{"network with a setting without a value", "network { plugin cilium with a }", []mistake{{diag.Unexpected, "}", `expected '=' after the setting, found "}"`, "with SETTING=VALUE"}}, ""},
	{"network with a plugin on ports", "network { plugin cilium with a=b :80 }", []mistake{{diag.Unexpected, ":", `expected ',', a new line or '}', found ":"`, "with SETTING=VALUE"}}, ""},
	{"network with an except of nothing", "network {\n pods ::/0 except\n nodes 10.0.0.0/8 except (10.1.0.0/16 10.2.0.0/16)\n}", []mistake{
		{diag.Unexpected, "t", "expected an address block, found the end of the line", "network { pods CIDR }"}}, ""},
	{"network of nodes with ports", "network { nodes ::/0 :6443 }", []mistake{
		{diag.Unexpected, ":6443", "nodes has no ports", "`apiserver CIDR :6443/tcp`"}}, ""},
	{"network with a mistake after ports", "network {\n apiserver ::/0 :6443\n nodes\n}", []mistake{
		{diag.Unexpected, "s", "expected an address block, found the end of the line", "network { pods CIDR }"}}, ""},
	{"network with ports that end early", "network { apiserver ::/0 :6443/tcp, }", []mistake{
		{diag.Unexpected, "}", "expected a port after ',', found \"}\"", "write a port such as 80"}}, ""},
	{"tier that is called apiserver", "external apiserver { 192.0.2.1/32 }", []mistake{
		{diag.BadName, "apiserver", `"apiserver" is reserved and cannot be a name`, "network { apiserver CIDR :6443/tcp }"}}, "External{Name:apiserver Addresses:[{CIDR:192.0.2.1/32}]}"},
	{"edge of one side without an arrow", "ingress a b -> c", []mistake{
		{diag.Unexpected, "b", `expected '->' or '<->' after the sources, found "b"`, "write `source -> destination :port`"}}, ""},
	{"edge of both sides", "ingress egress a -> c", []mistake{
		{diag.Unexpected, "a", `expected '->' or '<->' after the sources, found "a"`, "write `source -> destination :port`"}}, ""},
	{"deny of one side", "deny ingress a -> b", []mistake{
		{diag.Unexpected, "a", `expected '->' or '<->' after the sources, found "a"`, "write `deny a -> b`; what no edge permits is denied without it"}}, ""},
	{"list that goes on into an edge of one side", "a -> b,\ningress c -> d", []mistake{
		{diag.Unexpected, ",", "expected an endpoint, found the end of the line", "endpoints are tiers"}}, "Edge{Side:ingress From:[{Name:c}] To:[{Name:d}]}"},
	{"network with two excepts", "network { pods ::/0 except fd00::/8 fd01::/16 }", []mistake{
		{diag.Unexpected, "fd01::/16", `expected ',', a new line or '}', found "fd01::/16"`, "network { pods CIDR }"}}, ""},
	{"network of a DNS name", "network { nodes host example.com }", []mistake{
		{diag.Unexpected, "example.com", `expected ',', a new line or '}', found "example.com"`, "network { pods CIDR }"}}, ""},
	{"network without braces", "network pods ::/0", []mistake{{diag.Unexpected, "pods", `expected '{' after "network", found "pods"`, ""}}, ""},
	{"label without a value", "namespace a {\n labels x\n}", []mistake{{diag.Unexpected, "x", "expected '=' after the label key, found the end of the line", ""}}, "Namespace{Name:a Body:{}}"},
	{"labels of a namespace without a comma", "namespace a {\n labels b=c d=e\n}", []mistake{{diag.Unexpected, "d", "expected the end of the line", "separate labels"}}, "Namespace{Name:a Body:{}}"},
	{"labels in braces", "namespace a {\n labels { x=y }\n b -> c\n}", []mistake{{diag.Unexpected, "{", `expected a label key, found "{"`, ""}}, "Namespace{Name:a Body:{Statements:[Edge{From:[{Name:b}] To:[{Name:c}]}]}}"},

	// edges
	{"edge of one", "a", []mistake{{diag.Unexpected, "a", "expected '->' or '<->' after the sources, found the end of the file", "source -> destination"}}, ""},
	{"edge without an arrow", "a b :80", []mistake{{diag.Unexpected, "b", `expected '->' or '<->' after the sources, found "b"`, ""}}, ""},
	{"edge with a colon for an arrow", "a : 80", []mistake{{diag.Unexpected, ":", "expected '->' or '<->' after the sources", ""}}, ""},
	{"edge to nothing", "a ->", []mistake{{diag.Unexpected, ">", "expected an endpoint, found the end of the file", ""}}, ""},
	{"edge to a statement", "a ->\ntier b {}", []mistake{{diag.Unexpected, ">", "expected an endpoint, found the end of the line", ""}}, "Tier{Names:[b] Selector:{}}"},
	{"edge to a list that goes on", "a -> b,\ntier c {}\nd -> e", []mistake{{diag.Unexpected, ",", "expected an endpoint", ""}}, "Tier{Names:[c] Selector:{}} Edge{From:[{Name:d}] To:[{Name:e}]}"},
	{"lists that go on into an edge", "a -> b,\nc -> d\ne ->\nf <-> g\ndns h,\n::/0 -> i", []mistake{
		{diag.Unexpected, ",", "expected an endpoint, found the end of the line", ""}, {diag.Unexpected, ">", "", ""}, {diag.Unexpected, ",", "", ""}},
		`Edge{From:[{Name:c}] To:[{Name:d}]} Edge{From:[{Name:f}] Both To:[{Name:g}]} Edge{From:[{Kind:CIDR Name:"::/0"}] To:[{Name:i}]}`},
	{"ports that go on into a statement", "a -> b :80,\nc -> d\ntier e {} :80,\ntier f {}\ng -> h :\ni -> j", []mistake{
		{diag.Unexpected, ",", "expected a port after ',', found the end of the line", ""}, {diag.Unexpected, ",", "", ""}, {diag.Unexpected, ":", "", ""}},
		"Edge{From:[{Name:c}] To:[{Name:d}]} Tier{Names:[f] Selector:{}} Edge{From:[{Name:i}] To:[{Name:j}]}"},
	{"lists that go on into declarations", "a -> b,\nimport \"c\"\na -> b :80,\nnetwork { pods ::/0 }\na ->\ndns ::1", []mistake{
		{diag.Unexpected, ",", "expected an endpoint", ""}, {diag.Unexpected, ",", "expected a port", ""}, {diag.Unexpected, ">", "expected an endpoint", ""}}, `Import{Path:c} Network{Items:[{Kind:pods Addresses:[{CIDR:"::/0"}]}]} DNS{Resolvers:[{Kind:CIDR Name:"::1"}]}`},
	{"edge from nothing", "-> b\nc -> d", []mistake{{diag.Unexpected, "->", `expected a statement, found "->"`, "to continue a line"}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"edge with its arrow below", "a\n  -> b\nc -> d", []mistake{{diag.Unexpected, "a", "expected '->' or '<->' after the sources, found the end of the line", ""}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"edge of three", "a -> b -> c", []mistake{{diag.Unexpected, "->", `expected the end of the line, found "->"`, "a -> b; b -> c"}}, ""},
	{"edge with ports without a colon", "a -> b 80", []mistake{{diag.Unexpected, "80", `expected the end of the line, found "80"`, "`:80`"}}, ""},
	{"edge with words for ports", "a -> b port 80", []mistake{{diag.Unexpected, "port", "expected the end of the line", "after a colon: `:80`"}}, ""},
	{"edge with colons for commas", "a -> b : 80 : 90", []mistake{{diag.Unexpected, ":", "expected the end of the line", "separated by commas"}}, ""},
	{"edge with a string behind its ports", `a -> b :80 "c"`, []mistake{{diag.Unexpected, `"c"`, "expected the end of the line, found a string", "or ';'"}}, ""},
	{"edge with a protocol of its own", "a -> b :80 tcp", []mistake{{diag.Unexpected, "tcp", "expected the end of the line", "`:80/tcp"}}, ""},
	{"edge to brackets", "a -> [b, c]", []mistake{{diag.BadCharacter, "[", "", "no brackets"}}, ""},
	{"edge to braces", "a -> b { c }", []mistake{{diag.Unexpected, "{", "expected the end of the line", "labels belong to a tier"}}, ""},
	{"edge to nothing between commas", "a -> b,,c", []mistake{{diag.Unexpected, ",", "expected an endpoint", "endpoints are tiers"}}, ""},
	{"dash for an arrow", "a – b; a -- b", []mistake{{diag.BadCharacter, "–", "", `"->" for an arrow`}, {diag.BadCharacter, "--", "", "start with #"}}, ""},
	{"edge of half a name", "a/ -> b\na/b/c -> d", []mistake{{diag.Unexpected, "a/", `"a/" is not an endpoint`, "NAMESPACE/TIER"}, {diag.Unexpected, "a/b/c", `"a/b/c" is not an endpoint`, ""}}, ""},
	{"deny without an arrow", "deny a b", []mistake{{diag.Unexpected, "b", "expected '->' or '<->' after the sources", ""}}, ""},
	{"deny with an arrow of elsewhere", "deny a => b", []mistake{{diag.BadCharacter, "=>", "", `write "->"`}}, ""},
	{"isolate of one", "isolate a", []mistake{{diag.Unexpected, "a", "expected ',' and another endpoint, found the end of the file", "isolate dev, prod"}}, ""},
	{"isolate on a port", "isolate a, b :80", []mistake{{diag.Unexpected, ":", "expected the end of the line", "deny a <-> b :80"}}, ""},
	{"dns off on a port", "dns off :53", []mistake{{diag.Unexpected, ":", "expected the end of the line", "or ';'"}}, ""},
	{"isolate with an arrow", "isolate a -> b", []mistake{{diag.Unexpected, "->", "expected ',' and another endpoint", ""}}, ""},
	{"dns of nothing", "dns\na -> b", []mistake{{diag.Unexpected, "s", "expected an endpoint, found the end of the line", ""}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},

	{"except of an edge that is not closed", "a -> ::/0 except (::/1, ::/2 :80\nb -> c", []mistake{{diag.Unclosed, "(", "", ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"except of an edge without a comma", "a -> ::/0 except (::/1 ::/2) :80", []mistake{{diag.Unexpected, "::/2", "expected ',' or ')'", ""}}, ""},
	{"except of nothing on an edge", "a -> ::/0 except :80\n::/0 except () -> b", []mistake{{diag.Unexpected, ":", `expected an address block after "except"`, ""}, {diag.Unexpected, ")", `expected an address block after "except"`, ""}}, ""},
	{"isolate of one with exceptions", "isolate ::/0 except (::/1, ::/2)", []mistake{{diag.Unexpected, ")", "expected ',' and another endpoint", ""}}, ""},

	// ports
	{"no port", "a -> b :\nc -> d", []mistake{{diag.Unexpected, ":", "expected a port after ':', found the end of the line", "8000-8999"}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"ports without a port between", "a -> b :80,,81", []mistake{{diag.Unexpected, ",", "expected a port after ',', found \",\"", "8000-8999"}}, ""},
	{"port before its name", "tier a {} :80=http", []mistake{{diag.Unexpected, "http", "expected a port number after '='", "http=80"}}, ""},
	{"ports in front of the selector", "tier a by b :80 { c=d }", []mistake{{diag.Unexpected, "{", "expected the end of the line", "before the ports"}}, ""},
	{"port with a blank in its range", "a -> b :80 - 90", []mistake{{diag.BadCharacter, "-", `unexpected "-"`, "ranges without spaces"}}, ""},
	{"port with half a range", "a -> b :80-", []mistake{{diag.Unexpected, "80-", `"80-" is not a port range`, "FIRST-LAST"}}, ""},
	{"port with a range of three", "a -> b :1-2-3", []mistake{{diag.Unexpected, "1-2-3", `"1-2-3" is not a port range`, ""}}, ""},
	{"port without its protocol", "a -> b :80/", []mistake{{diag.Unexpected, "80/", "expected a protocol after '/'", "tcp, udp or sctp"}}, ""},
	{"port that is given a name by an edge", "a -> b :http=80", []mistake{{diag.Unexpected, "http=", "an edge cannot give a port a name", ":http"}}, ""},
	{"port with a name alone where it is declared", "tier a {} :http", []mistake{{diag.Unexpected, "http", `expected a port number, found "http"`, "http=80/tcp"}}, ""},
	{"port with two names", "tier a {} :http=web=80", []mistake{{diag.Unexpected, "web", `expected a port number after '=', found "web"`, "http=80/tcp"}}, ""},
	{"every port of a protocol", "a -> b :any/udp", []mistake{{diag.Unexpected, "any/udp", "any already covers every protocol", "1-65535/udp"}}, ""},

	// characters
	{"arrows of elsewhere", "a => b\na → b\na <- b\na --> b\na > b\na ← b\na ↔ b", []mistake{
		{diag.BadCharacter, "=>", "", `write "->"`}, {diag.BadCharacter, "→", "", `write "->"`}, {diag.BadCharacter, "<-", "", "write the source first"},
		{diag.BadCharacter, "-->", "", `write "->"`}, {diag.BadCharacter, ">", "", `write "->"`}, {diag.BadCharacter, "←", "", "write the source first"}, {diag.BadCharacter, "↔", "", `write "<->"`}}, ""},
	{"comments of elsewhere", "// a { \"\n/* b {\n c -> d\n*/\na -> b // c }\ne -> f", []mistake{
		{diag.BadCharacter, "//", `unexpected "//"`, "start with #"}, {diag.BadCharacter, "/*", "", "start each line"}, {diag.BadCharacter, "//", "", ""}}, "Edge{From:[{Name:e}] To:[{Name:f}]}"},
	{"comment of elsewhere that is not closed", "/* a {\nb -> c", []mistake{{diag.BadCharacter, "/*", "", ""}}, "Edge{From:[{Name:b}] To:[{Name:c}]}"},
	{"stars and slashes in the wrong place", "a* -> b\n*a -> b\na -> /b\nc -> d", []mistake{
		{diag.BadCharacter, "*", "", "NAMESPACE/*"}, {diag.BadCharacter, "*", "", ""}, {diag.BadCharacter, "/", "", "without spaces"}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"letters that names cannot have", "tier café {}\na -> b", []mistake{{diag.BadCharacter, "é", `unexpected "é"`, "other letters are allowed in comments"}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},
	{"blanks that are none", "a\u00a0-> b\nc\u200b -> d", []mistake{{diag.BadCharacter, "\u00a0", `unexpected "\u00a0"`, "looks like a space"}, {diag.BadCharacter, "\u200b", "", "looks like a space"}}, ""},
	{"bytes that are no text", "a -> b\xff\n# \xc3\nimport \"\x80\"\nc -> d\x00\ne -> f", []mistake{
		{diag.BadCharacter, "\xff", "the text is not UTF-8", ""}, {diag.BadCharacter, "\xc3", "the text is not UTF-8", ""},
		{diag.BadCharacter, "\x80", "the text is not UTF-8", ""}, {diag.BadCharacter, "\x00", "the text has a NUL byte", ""}}, `Import{Doc:["\xc3"] Path:"\x80"} Edge{From:[{Name:e}] To:[{Name:f}]}`},
	{"carriage returns that end nothing", "# a\rdeny b -> c\na -> b\rc -> d", []mistake{
		{diag.BadCharacter, "\r", "carriage return without a line feed", ""}, {diag.BadCharacter, "\r", "carriage return without a line feed", ""}}, ""},
	{"byte order mark in the middle", "a -> b\n\ufeffc -> d\ne -> f", []mistake{{diag.BadCharacter, "\ufeff", "", "looks like a space"}}, "Edge{From:[{Name:a}] To:[{Name:b}]} Edge{From:[{Name:e}] To:[{Name:f}]}"},
	{"variable", "a -> ${b}, $(c)", nil, `Edge{From:[{Name:a}] To:[{Name:"${b}"} {Name:$(c)}]}`}, // an undefined name
	{"variable that is not closed", "a -> ${b\nc -> d", []mistake{{diag.Unexpected, "{", "expected the end of the line", ""}}, ""},
	{"template", "namespace n-{{ b }} {\n a -> c\n}", []mistake{{diag.BadCharacter, "n-{{ b }}", "", "no templates"}}, ""},
	{"line that goes on as in a shell", "a -> \\\n b\nc -> d", []mistake{{diag.BadCharacter, "\\", "", "remove it"}}, "Edge{From:[{Name:c}] To:[{Name:d}]}"},
	{"list of YAML", "a -> b\n- c", []mistake{{diag.BadCharacter, "-", "", ""}}, "Edge{From:[{Name:a}] To:[{Name:b}]}"},
}

type mistake struct {
	code          diag.Code
	at            string
	message, help string
}

func TestMistakes(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.name, func(t *testing.T) {
			tree, diags := Parse(source.NewFile("test.zt", tt.text))
			var want, got []string
			for _, m := range tt.want {
				want = append(want, fmt.Sprintf("%s at %q", m.code, m.at))
			}
			for _, d := range diags {
				got = append(got, fmt.Sprintf("%s at %q", d.Code, d.Span.Text()))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			for i := range min(len(want), len(got)) {
				if !strings.HasPrefix(diags[i].Message, tt.want[i].message) {
					t.Errorf("the message is %q, want %q", diags[i].Message, tt.want[i].message)
				}
				if !strings.Contains(diags[i].Help, tt.want[i].help) {
					t.Errorf("the help is %q, want %q", diags[i].Help, tt.want[i].help)
				}
			}
			if d := cmp.Diff(tt.tree, ast.Dump(tree.Statements...)); d != "" {
				t.Error(d)
			}
			for _, problem := range misfits(tree) {
				t.Error(problem)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"a -> b", false}, {"tier all {}", false}, {"a ->", true}, {"labels a=b", true}, {"a -> b # \xff", true}, {"namespace a {", true},
	} {
		if tree, _ := Parse(source.NewFile("test.zt", tt.text)); tree.Broken != tt.want {
			t.Errorf("%q: broken is %v, want %v", tt.text, tree.Broken, tt.want)
		}
	}
}

// An error hides nothing: whatever is wrong in a line between right statements, it is told once, and those
// are read.
func TestMistakesStayAlone(t *testing.T) {
	whole, _ := Parse(source.NewFile("test.zt", "a -> b\n\n# doc\ntier c {}\nd -> e"))
	for _, tt := range mistakes {
		if strings.Contains(tt.text, "\n") || len(tt.want) != 1 || strings.HasSuffix(tt.text, "->") {
			continue // it is no line, or means to go on behind it
		}
		tree, diags := Parse(source.NewFile("test.zt", "a -> b\n"+tt.text+"\n# doc\ntier c {}\nd -> e"))
		if len(diags) != 1 || diags[0].Code != tt.want[0].code {
			t.Errorf("%s: reported is %v", tt.name, diags)
		}
		got := ast.Dump(tree.Statements...)
		if !strings.HasPrefix(got, ast.Dump(whole.Statements[0])) || !strings.HasSuffix(got, ast.Dump(whole.Statements[1:]...)) {
			t.Errorf("%s: left is %s", tt.name, got)
		}
	}
}

// What statements in error would have declared is known, so that its uses need not be told too.
func TestLost(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"tier a { x==== }\nb -> c", "a"},
		{"tier a, b { x=y }; tier c", "a b c"},
		{"teir a", "a"},
		{"tier a { teir x==== }", "a"},
		{"teir a { x=y }", ""},
		{"external a {}", "a"},
		{"environment a, b by", "a b"},
		{"namespace { tier a {}; tier b { x=== }; external c { ::/0 } }", "a b c"},
		{"namespace \"a\" { tier b {} }", "a b"},
		{"namespace 'a' {}", "a"},
		{"namespace a { namespace b { tier c {} } }", "b c"},
		{"tier all {}", "all"},
		{"a => b", ""},
	} {
		tree, _ := Parse(source.NewFile("test.zt", tt.text))
		if got := strings.Join(slices.Sorted(maps.Keys(tree.Lost)), " "); got != tt.want {
			t.Errorf("%s: lost is %q, want %q", tt.text, got, tt.want)
		}
	}
	for text, want := range map[string]bool{"import a": true, `import "a`: true, `import "a"`: false, `imprt "a"`: false, `import "a" b`: true} {
		if tree, _ := Parse(source.NewFile("test.zt", text)); tree.MissingImport != want {
			t.Errorf("%s: an import is missing: %v, want %v", text, tree.MissingImport, want)
		}
	}
}
