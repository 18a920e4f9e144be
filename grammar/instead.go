package grammar

import (
	"regexp"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// instead says what to write for words that people bring along from other languages.
type instead struct {
	words string // separated by spaces
	write string // what replaces the word; "" if that is not certain
	help  string
}

// insteadOf returns the row of a table that has a word, or an empty one.
func insteadOf(table []instead, w string) instead {
	w = strings.ToLower(w)
	for _, row := range table {
		if strings.Contains(" "+row.words+" ", " "+w+" ") {
			return row
		}
	}
	return instead{}
}

// add adds what to write to a diagnostic of a word.
func (row instead) add(d diag.Diagnostic, at source.Span) diag.Diagnostic {
	if row.help == "" && row.write != "" {
		row.help = "did you mean \"" + row.write + "\"?"
	}
	if row.write != "" {
		return d.WithFix(at, row.write, "%s", row.help)
	}
	return d.WithHelp("%s", row.help)
}

// InsteadOfEndpoint returns what to write for an endpoint that other tools have, and the help that
// says so. Where the replacement is not certain it is empty, and so is the help for all other names.
func InsteadOfEndpoint(name string) (write, help string) {
	row := insteadOf(endpointInsteads, name)
	return row.write, row.help
}

// InsteadOfPort is InsteadOfEndpoint for the name of a port.
func InsteadOfPort(name string) (write, help string) {
	row := insteadOf(portInsteads, name)
	return row.write, row.help
}

var endpointInsteads = []instead{
	{"any anyone anything anywhere everyone everybody everything", "", "write cluster for every pod, internet for public addresses, or all for both"},
	{"world public outside wan www", "internet", "write internet for every public address"},
	{"localhost loopback self itself", "", "remove it: a pod may always connect to itself"},
	{"api-server kubernetes kube-apiserver kube-api k8s control-plane controlplane master", "",
		"write apiserver, and state its addresses: `network { apiserver CIDR :6443/tcp }`"},
	{"node host hosts hostnetwork host-network remote-node kubelet", "", "write nodes, and declare their addresses: `network { nodes CIDR }`"},
	{"pod pods workloads", "", "write cluster for every pod, or NAMESPACE/* for every pod of a namespace"},
	{"dns kube-dns coredns core-dns resolver resolvers", "", "remove it: zt permits DNS to tiers that open connections; see `zt explain dns`"},
	{"external externals", "", "write internet, or declare addresses: `external NAME { CIDR }`"},
	{"namespace environment network labels tier import deny isolate", "", "it is a keyword; write the name of a tier, namespace or environment"},
	{"user users visitor visitors browser browsers", "", "write internet for public addresses, or declare a tier for pods"},
	{"none nothing nobody no false disabled disable", "", "write `dns off` for no resolvers; other traffic that no edge lists is denied"},
	{"on yes true enabled", "", "remove it: without a dns statement zt permits the usual resolvers"},
	{"ingress ingress-controller ingress-nginx gateway loadbalancer load-balancer", "", "declare the controller: `namespace NAME isolates nothing { tier ... }`"},
}

var portInsteads = []instead{
	{"all every everything anything", "any", "write any for every port"},
	{"icmp icmpv4 icmpv6 ping gre esp", "", "remove it: network policies cover only TCP, UDP and SCTP"},
	{"tcp udp sctp", "", "write the protocol after each number, 80/udp; 1-65535/udp for every port"},
}

// synonyms are words for which zt has another keyword.
var synonyms = []instead{
	{words: "ns project", write: "namespace"},
	{words: "pod pods deployment deploy statefulset daemonset workload workloads service svc group component selector podselector", write: "tier"},
	{words: "ipblock cidr ipset ip address addresses cidrgroup networkset host fqdn", write: "external"},
	{words: "env stage", write: "environment"},
	{words: "include require source load", write: "import"},
	{words: "block drop reject forbid prohibit disallow not never", write: "deny"},
	{words: "separate segregate", write: "isolate"},
	{words: "label", write: "labels"},
}

// groups is for words that begin a group of tiers in other languages.
var groups = instead{words: "group groups set list alias", help: "zt has no groups: list the tiers in each edge, `web, api -> db`"}

// beginnings are words that begin a line of another language.
var beginnings = []instead{
	{words: "allow permit accept pass grant enable connect open rule edge", help: "an edge needs no keyword: write `web -> api :80`"},
	{words: "from to", help: "write the source first, then an arrow: `web -> api :80`"},
	{words: "policy networkpolicy ingress egress", help: "write an edge for each connection, `web -> api :80`; zt derives the policies"},
	{words: "default", help: "remove it: what no edge permits is denied"},
	{words: "isolates", help: "write it before the braces: `namespace shop isolates ingress { ... }`"},
	{words: "by where", help: "write it before the braces: `environment prod by env { ... }`"},
	groups,
	{words: "variable var let locals resource module data output provider", help: "zt has no variables or modules: declare tiers, such as `tier web { app=web }`"},
}

// arrowWords are words that people write for an arrow.
var arrowWords = []instead{
	{words: "to into allow allows permit permits can may calls reaches talks connects accesses uses", write: "->", help: `write "->" from the source to the destination`},
	{words: "from by", help: "write the source first, then an arrow: `web -> api :80`"},
}

// followers are words that people write after a whole statement.
var followers = []instead{
	{"and or plus with", ",", "separate endpoints with commas: `web -> api, db`"},
	{"when if unless where while during", "", "an edge has no conditions; select the pods by their labels in a tier"},
	{"port ports on at dport targetport", "", "ports come after a colon: `:80`"},
	{"isolates", "", "isolates belongs to a namespace, `namespace shop isolates ingress`, or before the ports of a tier"},
}

// isolations are words for what a namespace isolates. All but the first are also for a tier.
var isolations = []instead{
	{words: "some tier pods", write: "tiers", help: "write tiers to isolate only the pods of the namespace's tiers"},
	{words: "none no off false never", write: "nothing", help: "write nothing to emit no policies for the namespace"},
	{words: "in inbound incoming", write: "ingress", help: "write ingress for traffic to its pods"},
	{words: "out outbound outgoing", write: "egress", help: "write egress for traffic from its pods"},
}

// characters says what to write for marks that zt does not have. The first row that a text begins with
// counts.
var characters = []instead{
	{"//", "", "comments start with #"},
	{"/*", "", "start each line of a comment with #"},
	{"<--> <==> <> ↔ ⇔", "<->", `write "<->"`},
	{"=> ==> --> ---> ~> >> |-> ->> → ⇒ ➜ ⟶", "->", `write "->"`},
	{"--", "", `write "->" for an arrow; comments start with #`},
	{"– —", "", `write "->" for an arrow and a plain "-" in a range`},
	{">", "", `write "->" from the source to the destination; selectors compare with =, !=, in and notin`},
	{"-| -/ -x ↛ ⇏ ⊬ ✗", "", "write `deny a -> b`; what no edge permits is denied without it"},
	{"← ⇐ ⟵ <--", "", `write the source first: "source -> destination"`},
	{"<-", "", `write the source first: "source -> destination"`},
	{"<", "", `an arrow is "->" or "<->"; selectors compare with =, !=, in and notin`},
	{"“ ” ' `", "", noQuotes},
	{"*", "", "every pod of a namespace is NAMESPACE/*, every pod of the cluster is cluster, anything at all is all"},
	{"[", "", "write values in parentheses; other lists need no brackets"},
	{"/", "", "write NAMESPACE/NAME and 80/tcp without spaces; comments start with #"},
	{"-", "", `start names with a letter or digit; write ranges without spaces (8000-8999) and arrows as "->"`},
	{"\\", "", "remove it; to continue a line, end it with ',' or '->'"},
	{"@ % ^ ?", "", "names use a-z, 0-9 and '-'; other characters are allowed in comments"},
	{"~", "", "selectors compare with =, !=, in and notin, not with patterns"},
	{"+", "", "separate endpoints with commas: `web -> api, db`"},
	{"&", "", "separate requirements with commas; all of them must hold"},
	{"|", "", "for alternative values write KEY in (a, b)"},
}

const noQuotes = `remove the quotes: only the path of an import has "..."`

// pastedManifest matches a line of a Kubernetes object. No name has a capital, so no statement has such
// a line.
var pastedManifest = regexp.MustCompile(`(?m)^[ \t{]*"?((?:apiVersion"?[ \t]*:|kind"?[ \t]*:[ \t]*"?[A-Z]).*?)\s*$`)

// pastedFragment matches a key of YAML, alone on its line, above an item or another key.
var pastedFragment = regexp.MustCompile(`(?m)^[ \t]*(?:- +)*(([A-Za-z][\w./-]*):)[ \t]*\r?\n[ \t]*(?:- |[A-Za-z][\w./-]*:(?:[ \t]|\r?$))`)

// pasted returns where the first line of a manifest, or of a piece of one, is in a program: a pair of
// offsets for it at 2. It is nil if there is none.
func pasted(text string) []int {
	if at := pastedManifest.FindStringSubmatchIndex(text); at != nil {
		return at
	}
	for _, at := range pastedFragment.FindAllStringSubmatchIndex(text, -1) {
		if key := text[at[4]:at[5]]; byKeyword[key] == nil {
			return at
		}
	}
	return nil
}

// foreignFile returns the language of a file whose first words are plainly not of zt, and where they
// are; else "".
func foreignFile(file *source.File) (kind string, at source.Span) {
	r := reader{scanner: newScanner(file)}
	for r.Peek().Type == newline {
		r.skip()
	}
	first, second := r.Peek(), r.second()
	at = source.Span{File: file, Start: first.Pos.Offset, End: endOf(first)}
	after := file.Text[endOf(second):]
	switch {
	case first.Type == illegal && (strings.HasPrefix(first.Value, "---") || first.Value == "-" && second.Type == word),
		first.Type == word && isMark(second, ":") && second.Pos.Offset == endOf(first) && Keyword(first.Value) == "" && (after == "" || strings.ContainsAny(after[:1], " \r\n")):
		kind = "YAML"
	case isMark(first, "{") && second.Type == text, first.Type == illegal && strings.HasPrefix(first.Value, "["):
		kind = "JSON"
	case first.Type == word && second.Type == text && Keyword(first.Value) == "" &&
		(strings.HasPrefix(after, " {") || strings.HasPrefix(after, ` "`)):
		kind = "Terraform"
	}
	return kind, at
}
