package grammar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	{"misspelt keyword", "teir a {}\nb -> c", []mistake{{diag.Unexpected, "teir", `expected a statement, found "teir"`, `did you mean "tier"?`}}, "(tier [a] - {} -) (edge [b] -> [c] -)"},
	{"keyword in capitals", "TIER a {}", []mistake{{diag.Unexpected, "TIER", `expected a statement, found "TIER"`, `did you mean "tier"?`}}, "(tier [a] - {} -)"},
	{"misspelt keyword and another mistake in its statement", "teir a", []mistake{{diag.Unexpected, "teir", "", `did you mean "tier"?`}}, ""},
	{"misspelt keyword and a mistake in its block", "namspace a {\n b => c\n d -> e\n}", []mistake{{diag.Unexpected, "namspace", "", `did you mean "namespace"?`}, {diag.BadCharacter, "=>", "", ""}}, "(namespace a - {(edge [d] -> [e] -)})"},
	{"misspelt keyword of what is misplaced", "namespace a {\n namspace b { c => d }\n}", []mistake{{diag.Unexpected, "namspace", "", ""}}, "(namespace a - {})"},
	{"tier that is called almost as a keyword", "teir -> a; teir, a -> b; teir :80", []mistake{{diag.Unexpected, "teir", `expected a statement`, ""}}, "(edge [teir] -> [a] -) (edge [teir a] -> [b] -)"},
	{"unknown declaration", "service a { x=y }", []mistake{{diag.Unexpected, "service", `no statement begins with "service"`, "or is an edge"}}, ""},
	{"name in quotes", `"a" -> b`, []mistake{{diag.Unexpected, `"a"`, "expected a statement, found a string", "no quotes"}}, ""},
	{"name in apostrophes", "'a' -> b", []mistake{{diag.BadCharacter, "'", "", "no quotes"}}, ""},
	{"unknown statement", "allow a -> b", []mistake{{diag.Unexpected, "allow", `no statement begins with "allow"`, "or is an edge"}}, ""},
	{"unknown block", "pods {\n a -> b\n}\nc -> d", []mistake{{diag.Unexpected, "pods", `no statement begins with "pods"`, ""}}, "(edge [c] -> [d] -)"},
	{"string", `"a"`, []mistake{{diag.Unexpected, `"a"`, "expected a statement, found a string", ""}}, ""},
	{"brace", "{\na -> b\n}\nc -> d", []mistake{{diag.Unexpected, "{", `expected a statement, found "{"`, "no line begins with a mark"}}, "(edge [c] -> [d] -)"},
	{"closing brace", "a -> b\n}\nc -> d", []mistake{{diag.Unexpected, "}", "this closes nothing", "remove it"}}, "(edge [a] -> [b] -) (edge [c] -> [d] -)"},
	{"ports on a line of their own", "tier a {}\n:80\nb -> c", []mistake{{diag.Unexpected, ":", `expected a statement, found ":"`, ""}}, "(tier [a] - {} -) (edge [b] -> [c] -)"},

	// import
	{"import without quotes", "import a.zt", []mistake{{diag.Unexpected, "a.zt", `expected a file's path in quotes after "import", found "a.zt"`, `write import "`}}, ""},
	{"import of nothing", "import\na -> b", []mistake{{diag.Unexpected, "t", `expected a file's path in quotes after "import", found the end of the line`, ""}}, "(edge [a] -> [b] -)"},
	{"import in apostrophes", "import 'a.zt'", []mistake{{diag.BadCharacter, "'", "", `path stands in "..."`}}, ""},
	{"import of two", `import "a" "b"`, []mistake{{diag.Unexpected, `"b"`, "expected the end of the line, found a string", ""}}, ""},
	{"string that is not closed", "import \"a\r\na -> b", []mistake{{diag.Unclosed, `"`, "this string is not closed", "on its own line"}}, "(edge [a] -> [b] -)"},
	{"string that the file ends", `import "`, []mistake{{diag.Unclosed, `"`, "this string is not closed", ""}}, ""},

	// namespace
	{"namespace without a name", "namespace {\n a => b\n}\nc -> d", []mistake{{diag.Unexpected, "{", `expected a namespace's name after "namespace", found "{"`, "namespace NAME {"}, {diag.BadCharacter, "=>", "", ""}}, "(edge [c] -> [d] -)"},
	{"namespace with its name in quotes", "namespace \"a\" {\n b -> c d\n}", []mistake{{diag.Unexpected, `"a"`, `expected a namespace's name after "namespace", found a string`, "no quotes"}, {diag.Unexpected, "d", "expected the end of the line", ""}}, ""},
	{"namespace that isolates twice", "namespace a isolates ingress, egress {}", []mistake{{diag.Unexpected, ",", "expected '{' or the end of the line", "isolates both directions"}}, "(namespace a ingress {})"},
	{"namespace that isolates all", "namespace a isolates both {\n tier x {}\n :80\n}", []mistake{
		{diag.Unexpected, "both", `expected "ingress", "egress" or "nothing" after "isolates", found "both"`, "leave `isolates` out"},
		{diag.Unexpected, ":", "expected a statement", ""}}, "(namespace a - {(tier [x] - {} -)})"},
	{"namespace with a misspelt isolates", "namespace a isolate nothing {\n tier x {}\n}", []mistake{{diag.Unexpected, "isolate", `expected "isolates" or '{' after a namespace's name`, `did you mean "isolates"?`}}, "(namespace a nothing {(tier [x] - {} -)})"},
	{"namespace with two names", "namespace a b {\n tier x {}\n}", []mistake{{diag.Unexpected, "b", `expected '{' or the end of the line, found "b"`, ""}}, "(namespace a - {(tier [x] - {} -)})"},
	{"namespace with its brace below", "namespace a\n{\n tier x {}\n}", []mistake{{diag.Unexpected, "{", "a '{' stands on the line of its statement", "line above"}}, "(namespace a - {(tier [x] - {} -)})"},
	{"namespace that is not closed", "namespace a {\n tier x {}\n x -> x", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, `close it with "}"`}}, "(namespace a - {(tier [x] - {} -) (edge [x] -> [x] -)})"},
	{"namespace that is not closed before the next", "namespace a {\n tier x {}\nnamespace b {\n tier y {}\n}", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}},
		"(namespace a - {(tier [x] - {} -)}) (namespace b - {(tier [y] - {} -)})"},
	{"mistakes in a block", "namespace a {\n tier x\n b => c; d -> e\n deny\n}\nf -> g", []mistake{
		{diag.Unexpected, "x", `expected '{' or "by" after a tier's name, found the end of the line`, "tier x { app=x }"},
		{diag.BadCharacter, "=>", `the language has no "=>"`, `write "->"`},
		{diag.Unexpected, "y", "expected a tier, an address block or another party, found the end of the line", ""}},
		"(namespace a - {(edge [d] -> [e] -)}) (edge [f] -> [g] -)"},

	// Where statements may stand.
	{"misplaced statements", "namespace a {\n import \"x\"\n namespace b {\n  namespace c { x -> y }\n }\n environment d by e\n network { pods ::/0 }\n dns off\n x -> y\n}\nlabels a=b", []mistake{
		{diag.Misplaced, "import", "an import cannot stand here", "outside every block"},
		{diag.Misplaced, "namespace", "a namespace cannot stand here", "outside every other namespace"},
		{diag.Misplaced, "environment", "an environment cannot stand here", ""},
		{diag.Misplaced, "network", "a network statement cannot stand here", ""},
		{diag.Misplaced, "dns", "a dns statement cannot stand here", ""},
		{diag.Misplaced, "labels", "a labels statement cannot stand here", "in the block of the namespace"}}, "(namespace a - {(edge [x] -> [y] -)})"},
	{"misplaced in an environment", "environment a {\n labels x=y\n environment b by c\n namespace d { labels x=y }\n import \"x\"\n}", []mistake{
		{diag.Misplaced, "labels", "", ""}, {diag.Misplaced, "environment", "", ""}, {diag.Misplaced, "import", "", ""}},
		"(environment [a] - {(namespace d - {(labels [x='y'])})})"},

	// tier
	{"tier without a selector", "tier a", []mistake{{diag.Unexpected, "a", `expected '{' or "by" after a tier's name, found the end of the file`, "tier a by app"}}, ""},
	{"tier without a selector but ports", "tier a :80", []mistake{{diag.Unexpected, ":", `expected '{' or "by" after a tier's name, found ":"`, "tier a { app=a }"}}, ""},
	{"tiers without by", "tier a, b { x=y }", []mistake{{diag.Unexpected, "{ x=y }", "tiers that are declared together are told apart by a label", "by KEY"}}, ""},
	{"tier by nothing", "tier a by {}", []mistake{{diag.Unexpected, "{", `expected a label's key after "by", found "{"`, ""}}, ""},
	{"tier with ports without a colon", "tier a { x=y } 80\nb, c -> d", []mistake{{diag.Unexpected, "80", "expected the end of the line", "`:80`"}}, "(edge [b c] -> [d] -)"},
	{"tier without a name", "tier { x=y }\na -> b", []mistake{{diag.Unexpected, "{", `expected a tier's name, found "{"`, ""}}, "(edge [a] -> [b] -)"},
	{"tier with its brace below", "tier a\n{\n x=y\n}", []mistake{{diag.Unexpected, "{", "a '{' stands on the line of its statement", ""}}, "(tier [a] - {Equals(x ['y'])} -)"},
	{"reserved names", "tier all, x by y\nexternal dns { ::/0 }\nenvironment tier by x\ntier a {} :any=80", []mistake{
		{diag.BadName, "all", `"all" is a word of the language and cannot be a name`, ""},
		{diag.BadName, "dns", `"dns" is a word of the language and cannot be a name`, ""},
		{diag.BadName, "tier", `"tier" is a word of the language and cannot be a name`, ""},
		{diag.BadName, "any", `"any" is a word of the language and cannot be a port's name`, ""}},
		"(tier [all x] y - -) (external dns [::/0] -) (environment [tier] x -) (tier [a] - {} :[(name=any low=80)])"},

	// selectors
	{"labels as in YAML", "tier a { app: a }", []mistake{{diag.Unexpected, ":", "expected ',' or a new line between the items, or '}', found \":\"", "KEY=VALUE"}}, ""},
	{"not in two words", "tier a { x not in (y) }", []mistake{{diag.Unexpected, "not", "expected ','", "KEY notin (a, b)"}}, ""},
	{"operators of elsewhere", "tier a { x === y }\ntier b { x > 3 }\ntier c { x && y }", []mistake{
		{diag.Unexpected, "=", "expected a label's value after '=='", "KEY!=VALUE"}, {diag.BadCharacter, ">", "", "=, !=, in and notin"}, {diag.BadCharacter, "&&", "", "separated by commas"}}, ""},
	{"labels without a comma", "tier a { x y=z }", []mistake{{diag.Unexpected, "y", "expected ',' or a new line between the items, or '}', found \"y\"", ""}}, ""},
	{"keyword in a selector without a comma", "tier a { app tier db }\nb -> c", []mistake{{diag.Unexpected, "tier", "expected ','", ""}}, "(edge [b] -> [c] -)"},
	{"value in quotes", `tier a { x="y" }`, []mistake{{diag.Unexpected, `"y"`, "expected a label's value after '=', found a string", "no quotes"}}, ""},
	{"values without parentheses", "tier a { x in y }", []mistake{{diag.Unexpected, "y", `expected '(' after "in", found "y"`, "write x in (a, b)"}}, ""},
	{"values without a comma", "tier a { x in (y z) }", []mistake{{diag.Unexpected, "z", `expected ',' or ')', found "z"`, ""}}, ""},
	{"no values", "tier a { x notin () }", []mistake{{diag.Unexpected, ")", `expected a label's value, found ")"`, "write x notin (a, b)"}}, ""},
	{"parenthesis that is not closed", "tier a { x in (y, z }\nb -> c", []mistake{{diag.Unclosed, "(", `this "(" is not closed`, `close it with ")"`}}, "(edge [b] -> [c] -)"},
	{"parenthesis that is not closed on its line", "tier a {\n x in (y\n z=w\n}\nb -> c", []mistake{{diag.Unclosed, "(", `this "(" is not closed`, ""}}, "(edge [b] -> [c] -)"},
	{"nothing but a comma", "tier a { , }", []mistake{{diag.Unexpected, ",", `expected a label's key, found ","`, "kubectl get -l"}}, ""},
	{"not nothing", "tier a { ! }", []mistake{{diag.Unexpected, "}", `expected a label's key after '!', found "}"`, ""}}, ""},
	{"selector that is not closed before a statement", "tier a { x=y\ntier b { x=y }\nb -> b", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, "(tier [b] - {Equals(x ['y'])} -) (edge [b] -> [b] -)"},
	{"selector that is not closed before an edge", "tier a {\n x=y\nb -> b", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, "(edge [b] -> [b] -)"},
	{"selector that is not closed before an edge of several", "tier a {\n x=y\nb, c -> d\ne -> f\ntier a {\n x=y\nb, c <-> d", []mistake{{diag.Unclosed, "{", "", ""}, {diag.Unclosed, "{", "", ""}}, "(edge [e] -> [f] -)"},
	{"selector that is not closed at all", "tier a {", []mistake{{diag.Unclosed, "{", `this "{" is not closed`, ""}}, ""},
	{"selector with a mistake and not closed", "tier a { x: y\ntier b {}\nb -> b", []mistake{{diag.Unexpected, ":", "", ""}}, "(tier [b] - {} -) (edge [b] -> [b] -)"},

	// external, environment, network, labels
	{"external without addresses", "external a {}", []mistake{{diag.Unexpected, "{}", "an external needs an address", "203.0.113.0/24"}}, ""},
	{"external without braces", "external a 10.0.0.0/8", []mistake{{diag.Unexpected, "10.0.0.0/8", `expected '{' after an external's name, found "10.0.0.0/8"`, ""}}, ""},
	{"externals in one", "external a, b { ::/0 }", []mistake{{diag.Unexpected, ",", "expected '{' after an external's name", "external NAME {"}}, ""},
	{"external of a URL", "external a { https://example.com }", []mistake{{diag.Unexpected, ":", "expected ','", "host NAME"}}, ""},
	{"misspelt except", "external a { ::/0 exept ::/1 }", []mistake{{diag.Unexpected, "exept", "expected ','", "except (CIDR"}}, ""},
	{"except of brackets", "external a { ::/0 except [::/1] }", []mistake{{diag.BadCharacter, "[", "", "parentheses"}}, ""},
	{"environment by nothing", "environment a by {\n b => c\n d -> e\n}", []mistake{{diag.Unexpected, "{", `expected a label's key after "by", found "{"`, "by KEY"}, {diag.BadCharacter, "=>", "", ""}}, "(environment [a] - {(edge [d] -> [e] -)})"},
	{"environment by nothing without a block", "environment a by", []mistake{{diag.Unexpected, "y", `expected a label's key after "by", found the end of the file`, ""}}, ""},
	{"environment without a name", "environment {\n a => b\n}", []mistake{{diag.Unexpected, "{", "expected an environment's name", "environment NAME"}, {diag.BadCharacter, "=>", "", ""}}, ""},
	{"network facts as in YAML", "network { pods: ::/0 }", []mistake{{diag.Unexpected, ":", "expected an address block", "pods CIDR"}}, ""},
	{"host of nothing", "external a { host }", []mistake{{diag.Unexpected, "}", `expected a DNS name after "host", found "}"`, ""}}, ""},
	{"except of nothing", "external a { ::/0 except }", []mistake{{diag.Unexpected, "}", `expected an address block, found "}"`, ""}}, ""},
	{"except that is not closed", "external a { ::/0 except (::/1, ::/2 }\nb -> c", []mistake{{diag.Unclosed, "(", "", ""}}, "(edge [b] -> [c] -)"},
	{"environments without a comma", "environment a b {\n namespace c {}\n}", []mistake{{diag.Unexpected, "b", "expected '{' or the end of the line", ""}}, "(environment [a] - {(namespace c - {})})"},
	{"network of what it has not", "network {\n pod 10.0.0.0/8\n pods ::/0\n}", []mistake{{diag.Unexpected, "pod", `expected "pods", "services" or "nodes", found "pod"`, `did you mean "pods"?`}}, ""},
	{"network without braces", "network pods ::/0", []mistake{{diag.Unexpected, "pods", `expected '{' after "network", found "pods"`, ""}}, ""},
	{"label without a value", "namespace a {\n labels x\n}", []mistake{{diag.Unexpected, "x", "expected '=' after a label's key, found the end of the line", ""}}, "(namespace a - {})"},
	{"labels of a namespace without a comma", "namespace a {\n labels b=c d=e\n}", []mistake{{diag.Unexpected, "d", "expected the end of the line", "commas separate labels"}}, "(namespace a - {})"},
	{"labels in braces", "namespace a {\n labels { x=y }\n b -> c\n}", []mistake{{diag.Unexpected, "{", `expected a label's key, found "{"`, ""}}, "(namespace a - {(edge [b] -> [c] -)})"},

	// edges
	{"edge of one", "a", []mistake{{diag.Unexpected, "a", "expected '->' or '<->' behind the sources, found the end of the file", "source -> destination"}}, ""},
	{"edge without an arrow", "a b :80", []mistake{{diag.Unexpected, "b", `expected '->' or '<->' behind the sources, found "b"`, ""}}, ""},
	{"edge with a colon for an arrow", "a : 80", []mistake{{diag.Unexpected, ":", "expected '->' or '<->' behind the sources", ""}}, ""},
	{"edge to nothing", "a ->", []mistake{{diag.Unexpected, ">", "expected a tier, an address block or another party, found the end of the file", ""}}, ""},
	{"edge to a statement", "a ->\ntier b {}", []mistake{{diag.Unexpected, ">", "expected a tier, an address block or another party, found the end of the line", ""}}, "(tier [b] - {} -)"},
	{"edge to a list that goes on", "a -> b,\ntier c {}\nd -> e", []mistake{{diag.Unexpected, ",", "expected a tier", ""}}, "(tier [c] - {} -) (edge [d] -> [e] -)"},
	{"lists that go on into an edge", "a -> b,\nc -> d\ne ->\nf <-> g\ndns h,\n::/0 -> i", []mistake{
		{diag.Unexpected, ",", "expected a tier, an address block or another party, found the end of the line", ""}, {diag.Unexpected, ">", "", ""}, {diag.Unexpected, ",", "", ""}},
		"(edge [c] -> [d] -) (edge [f] <-> [g] -) (edge [cidr(::/0)] -> [i] -)"},
	{"ports that go on into a statement", "a -> b :80,\nc -> d\ntier e {} :80,\ntier f {}\ng -> h :\ni -> j", []mistake{
		{diag.Unexpected, ",", "expected a port after ',', found the end of the line", ""}, {diag.Unexpected, ",", "", ""}, {diag.Unexpected, ":", "", ""}},
		"(edge [c] -> [d] -) (tier [f] - {} -) (edge [i] -> [j] -)"},
	{"lists that go on into declarations", "a -> b,\nimport \"c\"\na -> b :80,\nnetwork { pods ::/0 }\na ->\ndns ::1", []mistake{
		{diag.Unexpected, ",", "expected a tier", ""}, {diag.Unexpected, ",", "expected a port", ""}, {diag.Unexpected, ">", "expected a tier", ""}}, `(import "c") (network [pods[::/0]]) (dns [cidr(::1)] -)`},
	{"edge from nothing", "-> b\nc -> d", []mistake{{diag.Unexpected, "->", `expected a statement, found "->"`, "no line begins with a mark"}}, "(edge [c] -> [d] -)"},
	{"edge with its arrow below", "a\n  -> b\nc -> d", []mistake{{diag.Unexpected, "a", "expected '->' or '<->' behind the sources, found the end of the line", ""}}, "(edge [c] -> [d] -)"},
	{"edge of three", "a -> b -> c", []mistake{{diag.Unexpected, "->", `expected the end of the line, found "->"`, "a -> b; b -> c"}}, ""},
	{"edge with ports without a colon", "a -> b 80", []mistake{{diag.Unexpected, "80", `expected the end of the line, found "80"`, "`:80`"}}, ""},
	{"edge with words for ports", "a -> b port 80", []mistake{{diag.Unexpected, "port", "expected the end of the line", "comments behind a #"}}, ""},
	{"edge with colons for commas", "a -> b : 80 : 90", []mistake{{diag.Unexpected, ":", "expected the end of the line", "commas separate them"}}, ""},
	{"edge with a string behind its ports", `a -> b :80 "c"`, []mistake{{diag.Unexpected, `"c"`, "expected the end of the line, found a string", "at ';'"}}, ""},
	{"edge with a protocol of its own", "a -> b :80 tcp", []mistake{{diag.Unexpected, "tcp", "expected the end of the line", "80/tcp"}}, ""},
	{"edge to brackets", "a -> [b, c]", []mistake{{diag.BadCharacter, "[", "", "no brackets"}}, ""},
	{"edge to braces", "a -> b { c }", []mistake{{diag.Unexpected, "{", "expected the end of the line", "at ';'"}}, ""},
	{"edge to nothing between commas", "a -> b,,c", []mistake{{diag.Unexpected, ",", "expected a tier", "a party is a tier"}}, ""},
	{"dash for an arrow", "a – b; a -- b", []mistake{{diag.BadCharacter, "–", "", `an arrow is "->"`}, {diag.BadCharacter, "--", "", "begins with #"}}, ""},
	{"edge of half a name", "a/ -> b\na/b/c -> d", []mistake{{diag.Unexpected, "a/", `"a/" is not a party`, "namespace/tier"}, {diag.Unexpected, "a/b/c", `"a/b/c" is not a party`, ""}}, ""},
	{"deny without an arrow", "deny a b", []mistake{{diag.Unexpected, "b", "expected '->' or '<->' behind the sources", ""}}, ""},
	{"deny with an arrow of elsewhere", "deny a => b", []mistake{{diag.BadCharacter, "=>", "", `write "->"`}}, ""},
	{"isolate of one", "isolate a", []mistake{{diag.Unexpected, "a", "expected ',' and another party to isolate from, found the end of the file", "isolate dev, prod"}}, ""},
	{"isolate on a port", "isolate a, b :80", []mistake{{diag.Unexpected, ":", "expected the end of the line", "deny a <-> b :80"}}, ""},
	{"dns off on a port", "dns off :53", []mistake{{diag.Unexpected, ":", "expected the end of the line", "at ';'"}}, ""},
	{"isolate with an arrow", "isolate a -> b", []mistake{{diag.Unexpected, "->", "expected ',' and another party", ""}}, ""},
	{"dns of nothing", "dns\na -> b", []mistake{{diag.Unexpected, "s", "expected a tier, an address block or another party, found the end of the line", ""}}, "(edge [a] -> [b] -)"},

	// ports
	{"no port", "a -> b :\nc -> d", []mistake{{diag.Unexpected, ":", "expected a port after ':', found the end of the line", "8000-8999"}}, "(edge [c] -> [d] -)"},
	{"ports without a port between", "a -> b :80,,81", []mistake{{diag.Unexpected, ",", "expected a port after ',', found \",\"", "8000-8999"}}, ""},
	{"port before its name", "tier a {} :80=http", []mistake{{diag.Unexpected, "http", "expected a port number after '='", "http=80"}}, ""},
	{"ports in front of the selector", "tier a by b :80 { c=d }", []mistake{{diag.Unexpected, "{", "expected the end of the line", "in front of the ports"}}, ""},
	{"port with a blank in its range", "a -> b :80 - 90", []mistake{{diag.BadCharacter, "-", `the language has no "-"`, "a range has no blanks"}}, ""},
	{"port with half a range", "a -> b :80-", []mistake{{diag.Unexpected, "80-", `"80-" is not a range of ports`, "FIRST-LAST"}}, ""},
	{"port with a range of three", "a -> b :1-2-3", []mistake{{diag.Unexpected, "1-2-3", `"1-2-3" is not a range of ports`, ""}}, ""},
	{"port without its protocol", "a -> b :80/", []mistake{{diag.Unexpected, "80/", "expected a protocol after '/'", "tcp, udp or sctp"}}, ""},
	{"port that is given a name by an edge", "a -> b :http=80", []mistake{{diag.Unexpected, "http=", "a port gets its name where the destination is declared", ":http"}}, ""},
	{"port with a name alone where it is declared", "tier a {} :http", []mistake{{diag.Unexpected, "http", `expected a port's number, found "http"`, "http=80/tcp"}}, ""},
	{"port with two names", "tier a {} :http=web=80", []mistake{{diag.Unexpected, "web", `expected a port number after '=', found "web"`, "http=80/tcp"}}, ""},
	{"every port of a protocol", "a -> b :any/udp", []mistake{{diag.Unexpected, "any/udp", "any is every port of every protocol", "1-65535/udp"}}, ""},

	// characters
	{"arrows of elsewhere", "a => b\na → b\na <- b\na --> b\na > b\na ← b\na ↔ b", []mistake{
		{diag.BadCharacter, "=>", "", `write "->"`}, {diag.BadCharacter, "→", "", `write "->"`}, {diag.BadCharacter, "<-", "", "write the source first"},
		{diag.BadCharacter, "-->", "", `write "->"`}, {diag.BadCharacter, ">", "", `write "->"`}, {diag.BadCharacter, "←", "", "write the source first"}, {diag.BadCharacter, "↔", "", `write "<->"`}}, ""},
	{"comments of elsewhere", "// a { \"\n/* b {\n c -> d\n*/\na -> b // c }\ne -> f", []mistake{
		{diag.BadCharacter, "//", `the language has no "//"`, "begins with #"}, {diag.BadCharacter, "/*", "", "begins with #"}, {diag.BadCharacter, "//", "", ""}}, "(edge [e] -> [f] -)"},
	{"comment of elsewhere that is not closed", "/* a {\nb -> c", []mistake{{diag.BadCharacter, "/*", "", ""}}, "(edge [b] -> [c] -)"},
	{"stars and slashes in the wrong place", "a* -> b\n*a -> b\na -> /b\nc -> d", []mistake{
		{diag.BadCharacter, "*", "", "NAMESPACE/*"}, {diag.BadCharacter, "*", "", ""}, {diag.BadCharacter, "/", "", "without blanks"}}, "(edge [c] -> [d] -)"},
	{"letters that names cannot have", "tier café {}\na -> b", []mistake{{diag.BadCharacter, "é", `the language has no "é"`, "other letters may stand in comments"}}, "(edge [a] -> [b] -)"},
	{"blanks that are none", "a\u00a0-> b\nc\u200b -> d", []mistake{{diag.BadCharacter, "\u00a0", `the language has no "\u00a0"`, "looks like a blank"}, {diag.BadCharacter, "\u200b", "", "looks like a blank"}}, ""},
	{"bytes that are no text", "a -> b\xff\n# \xc3\nimport \"\x80\"\nc -> d\x00\ne -> f", []mistake{
		{diag.BadCharacter, "\xff", "this is not UTF-8 text", ""}, {diag.BadCharacter, "\xc3", "this is not UTF-8 text", ""},
		{diag.BadCharacter, "\x80", "this is not UTF-8 text", ""}, {diag.BadCharacter, "\x00", "this is a NUL byte", ""}}, `"\xc3" (import "\x80") (edge [e] -> [f] -)`},
	{"carriage returns that end nothing", "# a\rdeny b -> c\na -> b\rc -> d", []mistake{
		{diag.BadCharacter, "\r", "this carriage return ends no line", ""}, {diag.BadCharacter, "\r", "this carriage return ends no line", ""}}, ""},
	{"byte order mark in the middle", "a -> b\n\ufeffc -> d\ne -> f", []mistake{{diag.BadCharacter, "\ufeff", "", "looks like a blank"}}, "(edge [a] -> [b] -) (edge [e] -> [f] -)"},
	{"shell and templates", "a -> ${b}\n- c", []mistake{{diag.Unexpected, "{", `expected the end of the line, found "{"`, ""}, {diag.BadCharacter, "-", "", ""}}, ""},
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
			if d := cmp.Diff(tt.tree, dump(tree.Statements)); d != "" {
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
	for _, tt := range mistakes {
		if strings.Contains(tt.text, "\n") || len(tt.want) != 1 || strings.HasSuffix(tt.text, "->") {
			continue // it is no line, or means to go on behind it
		}
		tree, diags := Parse(source.NewFile("test.zt", "a -> b\n"+tt.text+"\n# doc\ntier c {}\nd -> e"))
		if len(diags) != 1 || diags[0].Code != tt.want[0].code {
			t.Errorf("%s: reported is %v", tt.name, diags)
		}
		got := dump(tree.Statements)
		if !strings.HasPrefix(got, "(edge [a] -> [b] -)") || !strings.HasSuffix(got, `"doc" (tier [c] - {} -) (edge [d] -> [e] -)`) {
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
