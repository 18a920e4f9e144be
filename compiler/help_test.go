package compiler_test

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// misled are mistakes of people who know other tools: what they write, the message and help (parts of
// them), and a program that follows the help. Each is a line after the tiers of TestHelpLeads; a program
// that is whole begins with a line end.
var misled = []struct{ wrong, message, help, right string }{
	// Endpoints.
	{"any -> web", `undefined name "any"`, "cluster for every pod, internet for public addresses, or all", "all -> web"},
	{"everyone -> web", `undefined name "everyone"`, "or all for both", "cluster -> web"},
	{"web -> anywhere", `undefined name "anywhere"`, "or all for both", "web -> all :443"},
	{"web -> world :443", `undefined name "world"`, "write internet", "web -> internet :443"},
	{"web -> apiserver :6443", "the addresses of the API server are not stated", "kubectl get endpointslices", "network { apiserver 203.0.113.2/32 :6443 }; web -> apiserver"},
	{"web -> kubernetes :443", `undefined name "kubernetes"`, "state its addresses", "network { apiserver 203.0.113.2/32 :443/tcp }; web -> apiserver :443"},
	{"web -> localhost", `undefined name "localhost"`, "remove it", ""},
	{"web -> self", `undefined name "self"`, "always connect to itself", ""},
	{"web -> host :443", `undefined name "host"`, "network { nodes CIDR }", "network { nodes 203.0.113.0/24 }; web -> nodes :443"},
	{"kubelet -> web", `undefined name "kubelet"`, "write nodes", "network { nodes 203.0.113.0/24 }; nodes -> web"},
	{"web -> pods", `undefined name "pods"`, "cluster for every pod", "web -> default/*"},
	{"web -> dns :53/udp", `undefined name "dns"`, "remove it", ""},
	{"ingress -> web", `undefined name "ingress"`, "`namespace NAME isolates nothing", "namespace nginx isolates nothing { tier controller { app=nginx } }; nginx/controller -> web"},
	{"dns none", `undefined name "none"`, "`dns off`", "dns off"},
	{"web -> db.default.svc.cluster.local", `undefined name "db.default.svc.cluster.local"`, "write default/db", "web -> default/db"},
	{"web -> db.shop.svc.cluster.local", `undefined name "db.shop.svc.cluster.local"`, "`tier db { ... }` in namespace shop", "namespace shop { tier db { app=db } :80 }; web -> shop/db"},
	{"web -> default.db", `undefined name "default.db"`, "write default/db", "web -> default/db"},
	{"web -> api.example.com :443", `undefined name "api.example.com"`, "`external NAME { CIDR }`", "external api-example { 203.0.113.0/24 }; web -> api-example :443"},
	{"web -> *.example.com :443", `undefined name "*.example.com"`, "`external NAME { CIDR }`", "external example { 203.0.113.0/24 }; web -> example :443"},
	{"web -> api/80", `undefined namespace "api"`, "`api :80`", "web -> api :80"},
	{"web -> pod/api", `undefined namespace "pod"`, "and write api", "web -> api"},
	{"web -> namespace/default", `undefined namespace "namespace"`, "write default/*", "web -> default/*"},
	{"{app=web} -> db", `expected a statement, found "{"`, "write the tier's name", "web -> db"},
	{"web -> {app=db}", `expected an endpoint, found "{"`, "write the tier's name", "web -> db"},
	{"{web, api} -> db", `expected a statement, found "{"`, "without brackets", "web, api -> db"},
	{"web -> (api, db)", `expected an endpoint, found "("`, "without brackets", "web -> api, db"},
	{"web -> !db", `expected an endpoint, found "!"`, "`deny a -> b`", "deny web -> db"},
	{"web -> api and db", `found "and"`, "`web -> api, db`", "web -> api, db"},
	{"web -> api && db", `unexpected "&&"`, "`web -> api, db`", "web -> api, db"},
	{"web -> *", `unexpected "*"`, "NAMESPACE/*", "web -> default/*"},
	{"web -> default::db", `found "::db"`, "NAMESPACE/TIER", "web -> default/db"},
	{"web -> https://api.example.com", `unexpected "//api.example.com"`, "`external NAME { CIDR }`", "external api-example { 203.0.113.0/24 }; web -> api-example :443"},
	{"{{ .Values.web }} -> db", `unexpected "{{ .Values.web }}"`, "no templates", "web -> db"},
	{"namespace shop-{{ env }} { tier x by app :80 }", `unexpected "shop-{{ env }}"`, "`environment dev, prod { ... }`", "environment dev, prod { namespace shop-$environment { tier x by app :80 } }"},
	{"environment dev, prod { namespace s-${environment} { tier x by app :80 } }", "unexpected '$'", `write "s-$environment"`, "environment dev, prod { namespace s-$environment { tier x by app :80 } }"},
	{"environment dev, prod { namespace s-${var.env} { tier x by app :80 } }", "unexpected '$'", `write "s-$environment"`, "environment dev, prod { namespace s-$environment { tier x by app :80 } }"},
	{"web -> $(api)", "unexpected '$'", "write the value itself", "web -> api"},
	{"web -> api :${port}", "unexpected '$'", "write the value itself", "web -> api :80"},
	{"external a { ${cidr} }", "not a valid CIDR", "write the value itself", "external a { 203.0.113.0/24 }"},
	{"web -> prod :80", `undefined name "prod"`, "`environment prod by env`", "environment prod by env; web -> prod :80"},
	{"nginx/controller -> web", `undefined namespace "nginx"`, "`isolates nothing` if it is not yours", "namespace nginx isolates nothing { tier controller by app }; nginx/controller -> web"},
	{"web -> default/all", `no tier or external "all"`, "write default/*", "web -> default/*"},
	{"web -> external :443", `undefined name "external"`, "write internet", "web -> internet :443"},
	{"web -> namespace", `undefined name "namespace"`, "keyword", "web -> default/*"},
	{"users -> web", `undefined name "users"`, "write internet", "internet -> web"},
	{"environment prod by env; web -> prod/* :80", `undefined namespace "prod"`, "write prod for all of its pods", "environment prod by env; web -> prod :80"},
	{"tier x { app=x },", `found ","`, "remove the ','", "tier x { app=x }"},
	{"tier shop/web { app=web }", `"shop/web" is not a valid name`, "`namespace shop { tier web { ... } }`", "namespace shop { tier web { app=web } }"},
	{"external shop/x { 203.0.113.0/24 }", `"shop/x" is not a valid name`, "`namespace shop { external x { ... } }`", "namespace shop { external x { 203.0.113.0/24 } }"},
	{"namespace shop/x { tier a { app=a } :80 }", `"shop/x" is not a valid name`, "use up to 63 of", "namespace shop-x { tier a { app=a } :80 }"},
	{"external a { my-db.example.com }", "not a valid CIDR", "cannot match names", "external a { 203.0.113.0/24 }"},
	{"tier x in shop { app=x }", `undefined environment "shop"`, "`namespace shop { tier x ... }`", "namespace shop { tier x { app=x } }"},
	{"tier x in all { app=x }", `undefined environment "all"`, "`tier x in cluster { ... }`", "tier x in cluster { app=x }"},
	{"tier x by app in cluster", `found "in"`, "`tier x in cluster { ... }`", "tier x in cluster { app=x }"},
	{"tier x by app in shop", `found "in"`, "`namespace shop { tier x ... }`", "namespace shop { tier x by app }"},
	{"namespace shop, mon { tier x { app=x } :80 }", `found ","`, "`namespace shop { ... }`", "namespace shop { tier x { app=x } :80 }; namespace mon { tier x { app=x } :80 }"},
	{"namespace * { tier x { app=x } :80 }", `unexpected "*"`, "`environment NAME by KEY`", "environment prod by env; prod -> web"},
	{"namespace shop-* { tier x { app=x } :80 }", `unexpected "*"`, "`environment NAME by KEY`", "environment prod by env; prod -> web"},
	{"namespace shop-? { tier x { app=x } :80 }", `unexpected "?"`, "names use a-z, 0-9 and '-'", "namespace shop-a { tier x { app=x } :80 }"},
	{"environment prod-* { namespace a { tier x by app } }", `unexpected "*"`, "NAMESPACE/*", "environment prod { namespace a { tier x by app } }"},
	{"x = tier { app=x }", `found "="`, "`tier x { ... }`", "tier x { app=x }"},
	{"web -> db.shop", `undefined name "db.shop"`, "`tier db { ... }` in namespace shop", "namespace shop { tier db { app=db } :80 }; web -> shop/db"},
	{"tier x by app, tier", `found ","`, "one key", "tier x by app { tier=x }"},

	// Addresses.
	{"web -> 203.0.113.5 :443", `not a valid CIDR`, "203.0.113.5/32", "web -> 203.0.113.5/32 :443"},
	{"0.0.0.0 -> web", `not a valid CIDR`, "0.0.0.0/0, or internet", "internet -> web"},
	{"web -> 203.0.113.0/255.255.255.0 :443", `not a valid CIDR`, "203.0.113.0/24", "web -> 203.0.113.0/24 :443"},
	{"web -> 203.0.113.0-203.0.113.8 :443", `not a valid CIDR`, "write 203.0.113.0/29, 203.0.113.8/32", "web -> 203.0.113.0/29, 203.0.113.8/32 :443"},
	{"external x { 192.168.5.10-20 }", "not a valid CIDR", "write 192.168.5.10/31, 192.168.5.12/30, 192.168.5.16/30, 192.168.5.20/32", "external x { 192.168.5.10/31, 192.168.5.12/30, 192.168.5.16/30, 192.168.5.20/32 }"},
	{"external x { 10.0.0.1-10.0.255.254 }", "not a valid CIDR", "takes 30 CIDRs, of which 10.0.0.1/32 is the first", "external x { 10.0.0.0/16 }"},
	{"external x { 255.255.255.254-255.255.255.255 }", "not a valid CIDR", "write 255.255.255.254/31", "external x { 255.255.255.254/31 }"},
	{"external x { 203.0.113.0..203.0.113.8 }", "not a valid CIDR", "write 203.0.113.0/29, 203.0.113.8/32", "external x { 203.0.113.0/29, 203.0.113.8/32 }"},
	{"external x { 2001:db8::1-2001:db8::4 }", "not a valid CIDR", "write 2001:db8::1/128, 2001:db8::2/127, 2001:db8::4/128", "external x { 2001:db8::1/128, 2001:db8::2/127, 2001:db8::4/128 }"},
	{"web -> 2001:db8::-2001:db8::1 :443", "not a valid CIDR", "write 2001:db8::/127", "web -> 2001:db8::/127 :443"},
	{"external x { 2001:db8::1 - 2001:db8::4 }", `unexpected "-"`, "write a range as CIDRs", "external x { 2001:db8::/125 }"},
	{"external x { 10.0.0.9-10.0.0.1 }", "not a valid CIDR", "as CIDRs", "external x { 10.0.0.1/32 }"},
	{"web -> 203.0.113.* :443", `unexpected "*"`, "as a CIDR", "web -> 203.0.113.0/24 :443"},
	{"web -> 203.0.113.0/24 !203.0.113.7/32 :443", `found "!"`, "CIDR except CIDR", "web -> 203.0.113.0/24 except 203.0.113.7/32 :443"},
	{"web -> 203.0.113.0/24 without 203.0.113.7/32 :443", `found "without"`, "CIDR except CIDR", "web -> 203.0.113.0/24 except 203.0.113.7/32 :443"},
	{"external a { 203.0.113.0/24 - 203.0.113.7/32 }", `unexpected "-"`, "CIDR except CIDR", "external a { 203.0.113.0/24 except 203.0.113.7/32 }"},
	{"external a [203.0.113.0/24]", `unexpected "["`, "in braces", "external a { 203.0.113.0/24 }"},
	{"external a { cidr: 203.0.113.0/24 }", `found ":"`, "blocks alone", "external a { 203.0.113.0/24 }"},
	{"external a { 203.0.113.0/24 :443", `this "{" is not closed`, `close it with "}"`, "external a { 203.0.113.0/24 } :443"},
	{"dns = off", `found "="`, "remove the '='", "dns off"},
	{`import "a", "b"`, `found ","`, "an import for each file", ""},

	// Arrows and keywords.
	{"web => api", `unexpected "=>"`, `write "->"`, "web -> api"},
	{"web --> api", `unexpected "-->"`, `write "->"`, "web -> api"},
	{"web ==> api", `unexpected "==>"`, `write "->"`, "web -> api"},
	{"web = api", `found "="`, "`a -> b`", "web -> api"},
	{"namespace shop { team=a }", `found "="`, "`labels a=b`", "namespace shop { labels team=a }"},
	{"namespace shop { isolates nothing }", `unexpected "isolates"`, "before the braces", "namespace shop isolates nothing {}"},
	{"web >> api", `unexpected ">>"`, `write "->"`, "web -> api"},
	{"web |-> api", `unexpected "|->"`, `write "->"`, "web -> api"},
	{"web -/-> db", `unexpected "-/->"`, "`deny a -> b`", "deny web -> db"},
	{"web ↛ db", `unexpected "↛"`, "`deny a -> b`", "deny web -> db"},
	{"web -> \\\n  api", `unexpected "\\"`, "end it with ',' or '->'", "web ->\n  api"},
	{"web + api -> db", `unexpected "+"`, "commas", "web, api -> db"},
	{"import 'a.zt'", `unexpected "'"`, "double quotes", ""},
	{"web → api", `unexpected "→"`, `write "->"`, "web -> api"},
	{"web <--> api", `unexpected "<-->"`, `write "<->"`, "web <-> api"},
	{"web <- api", `unexpected "<-"`, "source first", "api -> web"},
	{"web to api", `found "to"`, `write "->"`, "web -> api"},
	{"web allow api", `found "allow"`, `write "->"`, "web -> api"},
	{"allow web -> api", `unexpected "allow"`, "needs no keyword", "web -> api"},
	{"permit web, api -> db", `unexpected "permit"`, "needs no keyword", "web, api -> db"},
	{"from web to api", `unexpected "from"`, "source first", "web -> api"},
	{"-A INPUT -s web -d api -j ACCEPT", `unexpected "-"`, "as an edge", "web -> api"},
	{"block web -> db", `found "block"`, `"deny"`, "deny web -> db"},
	{"deny web", "expected '->'", "`deny a -> b`", "deny web -> db"},
	{"deny paths db -> web", `found "db"`, "`deny path a -> b`", "deny path db -> web"},
	{"deny web from db", `found "from"`, "source first", "deny db -> web"},
	{"not web -> api", `found "not"`, `"deny"`, "deny web -> api"},
	{"web !-> api", `found "!"`, "`deny a -> b`", "deny web -> api"},
	{"web:80 -> api", `found ":"`, "belong to the destination", "web -> api :80"},
	{"web -> api = 80", `found "="`, "after a colon", "web -> api :80"},
	{"dns disabled", `undefined name "disabled"`, "`dns off`", "dns off"},
	{"dns on", `undefined name "on"`, "remove it", ""},
	{"namespace shop:", `found ":"`, "remove the colon", "namespace shop"},
	{"network { pods = 10.244.0.0/16 }", `found "="`, "remove the '='", "network { pods 10.244.0.0/16 }"},
	{"external a { db.example.com }", "not a valid CIDR", "cannot match names", "external a { 203.0.113.0/24 }"},
	{"tier a { app=* }", `unexpected "*"`, "key alone", "tier a { app }"},
	{"tier a = { app=a }", `found "="`, "remove the '='", "tier a { app=a }"},
	{"tier a by app=a", `found "="`, "`by KEY` alone", "tier a by app"},
	{"default deny", `unexpected "default"`, "remove it", ""},
	{"tier a by role tier b by role", `found "tier"`, "new line, or write ';'", "tier a by role; tier b by role"},
	{"teir a { role=a }", `found "teir"`, `"tier"`, "tier a { role=a }"},
	{"namepsace a { tier x by app :80 }", `found "namepsace"`, `"namespace"`, "namespace a { tier x by app :80 }"},
	{"ns a { tier x by app :80 }", `found "ns"`, `"namespace"`, "namespace a { tier x by app :80 }"},
	{"deployment a { app=a }", `found "deployment"`, `"tier"`, "tier a { app=a }"},
	{"ipBlock office { 203.0.113.0/24 }", `found "ipBlock"`, `"external"`, "external office { 203.0.113.0/24 }"},
	{`import "shared/network.zt"`, `cannot read "shared/network.zt"`, "zt looked in /shared", ""},
	{"namespace: shop", `found ":"`, "remove the colon", "namespace shop"},
	{"web -> api when env=prod", `found "when"`, "no conditions", "web -> api"},
	{"web -> api :80 (http)", `found "("`, "comments start with #", "web -> api :80"},
	{"web -> api tcp/80", `found "tcp/80"`, "`:80/tcp`", "web -> api :80/tcp"},
	{"environment prod { env=prod }", `found "="`, "`environment prod by env=prod`", "environment prod by env=prod; web -> prod :80"},
	{"namespace shop { isolate ingress }", "another endpoint", "`namespace NAME isolates ingress { ... }`", "namespace shop isolates ingress {}"},
	{"isolate web from api", `found "from"`, "`isolate dev, prod`", "isolate web, api"},
	{"tier a { app=a } { x=y }", `found "{"`, "one pair of braces", "tier a { app=a, x=y }"},
	{`tier a { "app": "a" }`, "found a string", "KEY=VALUE, without quotes", "tier a { app=a }"},
	{"import <a.zt>", `unexpected "<"`, "double quotes", ""},
	{"pods 10.244.0.0/16", `unexpected "pods"`, "`network { pods 10.244.0.0/16 }`", "network { pods 10.244.0.0/16 }"},
	{"nodes 203.0.113.0/24, 2001:db8::/64", `unexpected "nodes"`, "`network { nodes 203.0.113.0/24, 2001:db8::/64 }`", "network { nodes 203.0.113.0/24, 2001:db8::/64 }"},
	{"serviceCIDR = 10.96.0.0/12", `unexpected "serviceCIDR"`, "`network { services 10.96.0.0/12 }`", "network { services 10.96.0.0/12 }"},
	{"apiserver 203.0.113.2/32 :6443", `unexpected "apiserver"`, "`network { apiserver 203.0.113.2/32 :6443 }`", "network { apiserver 203.0.113.2/32 :6443 }; web -> apiserver"},
	{"plugin calico", `unexpected "plugin"`, "`network { plugin calico }`, if zt knows it", "network { plugin cilium }"},
	{"cni: cilium", `unexpected "cni"`, "`network { plugin cilium }`", "network { plugin cilium }"},
	{"group g = web, api", `unexpected "group"`, "list the tiers in each edge", "web, api -> db"},
	{"g = web, api", `found "="`, "list the tiers in each edge", "web, api -> db"},
	{"web\n  -> api", "found the end of the line", "end its line with '->'", "web ->\n  api"},
	{"web -> [2001:db8::1]:80", `unexpected "["`, "`2001:db8::1/128 :80`", "web -> 2001:db8::1/128 :80"},
	{"namespace x isolates none", `found "none"`, "write nothing", "namespace x isolates nothing"},
	{"namespace x isolates both {}", `found "both"`, "leave `isolates` out", "namespace x {}"},
	{"namespace x isolate nothing", `found "isolate"`, `"isolates"`, "namespace x isolates nothing"},
	{"environment prod { by env }", `unexpected "by"`, "before the braces", "environment prod by env"},
	{"network { pods: 10.244.0.0/16 }", `found ":"`, "remove the colon", "network { pods 10.244.0.0/16 }"},

	// Tiers.
	{"tier a { app: a }", `found ":"`, "KEY=VALUE", "tier a { app=a }"},
	{`tier a { app="a" }`, `found a string`, "remove the quotes", "tier a { app=a }"},
	{`tier "a" { app=a }`, `found a string`, "remove the quotes", "tier a { app=a }"},
	{"tier a app=a", `found "app"`, "`tier a { app=a }`", "tier a { app=a }"},
	{"tier a { app=a } port 80", `found "port"`, "after a colon", "tier a { app=a } :80"},
	{"tier a { app=a :80", `this "{" is not closed`, `close it with "}"`, "tier a { app=a } :80"},
	{"tier a [ app=a ]", `unexpected "["`, "labels in braces", "tier a { app=a }"},
	{"tier a ( app=a )", `found "("`, "labels in braces", "tier a { app=a }"},
	{"tier a { app=a* }", `unexpected "*"`, "KEY in (a, b)", "tier a { app in (a1, a2) }"},
	{"tier a { app=~\"a.*\" }", `unexpected "~"`, "not with patterns", "tier a { app in (a1, a2) }"},
	{"tier a { * }", `unexpected "*"`, "`tier every {}`", "tier every {}"},
	{"tier a { all() }", `found "("`, "`tier every {}`", "tier every {}"},
	{"tier a { app=a; x=b }", `found ";"`, "with commas", "tier a { app=a, x=b }"},
	{"tier a { app == a and x == b }", `found "and"`, "with commas", "tier a { app == a, x == b }"},
	{"tier a { app=a or app=b }", `found "or"`, "KEY in (a, b)", "tier a { app in (a, b) }"},
	{"tier a { app in (a b) }", `found "b"`, "with commas", "tier a { app in (a, b) }"},
	{"tier a { matchLabels: { app: a } }", `found ":"`, "directly in the braces", "tier a { app=a }"},
	{"tier a { !(app=a) }", `found "("`, "KEY!=VALUE", "tier a { app!=a }"},
	{"tier a { not app=a }", `found "app"`, "KEY!=VALUE", "tier a { app!=a }"},
	{"tier a { app not in (a, b) }", `found "not"`, "notin (a, b)", "tier a { app notin (a, b) }"},
	{"tier a { has(app) }", `found "("`, "key alone", "tier a { app }"},
	{"tier a { app != (a, b) }", `found "("`, "KEY notin (a, b)", "tier a { app notin (a, b) }"},
	{"tier a { app = (a, b) }", `found "("`, "KEY in (a, b)", "tier a { app in (a, b) }"},
	{"tier a { app exists }", `found "exists"`, "key alone", "tier a { app }"},
	{"tier a { app <> b }", `unexpected "<>"`, "!=", "tier a { app != b }"},

	// Ports.
	{"tier a { app=a } :http/80", `unknown protocol "80"`, "NAME=80", "tier a { app=a } :http=80"},
	{"tier a { app=a } :tcp:80", `found "tcp"`, "80/udp", "tier a { app=a } :80/tcp"},
	{"tier a { app=a } :80->8080", `found "->"`, "the port of the container", "tier a { app=a } :8080"},
	{"tier a { app=a } :>1024", `unexpected ">"`, "a range", "tier a { app=a } :1024-65535"},
	{"tier a { app=a } :80/tcp+udp", `unexpected "+"`, ":80/tcp, 80/udp", "tier a { app=a } :80/tcp, 80/udp"},
	{"web -> internet :80/tcp,udp", `no port named "udp"`, "80/udp", "web -> internet :80/tcp, 80/udp"},
	{"web -> api :80/any", `unknown protocol "any"`, "80/tcp, 80/udp", "tier x by app :80/tcp, 80/udp; web -> x"},
	{"web -> internet :!22", `found "!"`, "1-21, 23-65535", "web -> internet :1-21, 23-65535"},
	{"web -> internet :*", `unexpected "*"`, "any for every port", "web -> internet :any"},
	{"web -> db :*", `unexpected "*"`, "write no ports", "web -> db"},
	{"web -> db :any", "does not listen on any", "write no ports", "web -> db"},
	{"tier x by app :*", `unexpected "*"`, "write any", "tier x by app :any"},
	{"web -> api [80]", `unexpected "["`, "`:80`", "web -> api :80"},
	{"web -> api (80)", `found "("`, "`:80`", "web -> api :80"},
	{"tier x by app :8000..8999", `"8000..8999" is not a port range`, "write 8000-8999", "tier x by app :8000-8999"},
	{"web -> api :tcp/80", "the protocol comes after", "write 80/tcp", "web -> api :80/tcp"},
	{"web -> api :icmp", `no port named "icmp"`, "only TCP, UDP and SCTP", "web -> api"},
	{"web -> api port 80", `found "port"`, "after a colon: `:80`", "web -> api :80"},
	{"web -> api :80 tcp", `found "tcp"`, "`:80/tcp`", "web -> api :80/tcp"},
	{"tier x by app :80:90", `found ":"`, "a range is `:80-90`", "tier x by app :80-90"},
	{"web -> api :[80]", `unexpected "["`, "without brackets", "web -> api :80"},
	{"web -> api {80}", `found "{"`, "after a colon: `:80`", "web -> api :80"},
	{"web -> api :80;443", "expected '->'", "`:80, 443`", "tier x by app :80, 443; web -> x :80, 443"},

	// Files of other languages.
	{"web -> api :80\nkind: NetworkPolicy\napi -> db", "a manifest in a zt program", "a file of its own", "web -> api :80\napi -> db"},
	{"\nnamespace shop {\ntier web by app :80\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  ingress:\n  - from: []\n}\ninternet -> shop/web\n", "a manifest in a zt program", "`zt import`", "\nnamespace shop {\ntier web by app :80\n}\ninternet -> shop/web"},
	{"podSelector:\n  matchLabels:\n    app: web\ningress:\n- from:\n  - podSelector: {}", "a manifest in a zt program", "`zt import`", ""},
	{"\nshop:\n  web: 80\n  api:\n  - 90\n", "this file is YAML", "`tier web, api by app :80`", "\ntier web, api by app :80\nweb -> api"},
	{"\n---\napiVersion: v1\nkind: Service\n", "this file is YAML", "", ""},
	{"\n{\"a\": [\n1\n]}", "this file is JSON", "", ""},
	{"\nresource \"a\" \"b\" {\n  c = 1\n  d = 2\n}", "this file is Terraform", "", ""},
}

// TestHelpLeads holds that each mistake has one error, whose help leads to a right program, as its fixes
// do.
func TestHelpLeads(t *testing.T) {
	const tiers = "tier web, api, db by app :80\n"
	whole := func(text string) program {
		if strings.HasPrefix(text, "\n") {
			return oneFile(text)
		}
		return oneFile(tiers + text)
	}
	for _, tt := range misled {
		p := whole(tt.wrong)
		diags := p.diagnose(t)
		var errors diag.List
		for _, d := range diags {
			if d.Severity == diag.Error {
				errors.Add(d)
			}
		}
		if len(errors) != 1 || !strings.Contains(errors[0].Message, tt.message) || !strings.Contains(errors[0].Help, tt.help) {
			t.Errorf("%s: reported is\n%s", tt.wrong, render(diags))
			continue
		}
		for _, f := range errors[0].Fixes {
			if after := apply(t, p, f).diagnose(t); after.Errors() > 0 {
				t.Errorf("%s: %q leads to\n%s", tt.wrong, f.Message, render(after))
			}
		}
		if after := whole(tt.right).diagnose(t); after.Errors() > 0 {
			t.Errorf("%s is wrong:\n%s", tt.right, render(after))
		}
	}
}
