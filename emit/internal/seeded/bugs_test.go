// Package seeded holds no code but tests: it puts mistakes into the compiler,
// one at a time, and asks which of the nets under it catches them.
//
// That the list is true is tested always. Building the compiler with each of its mistakes
// takes minutes, so that it wants `go test -tags seeded ./emit/internal/seeded`.
package seeded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bug is a mistake that somebody could make: one text of a file instead of another.
type bug struct {
	file         string // from the module's folder
	what         string
	right, wrong string
	// unproven says why the proof need not see a mistake in what it compares. Of mistakes
	// elsewhere it sees those that only one of the two meanings shares.
	unproven string
}

var bugs = []bug{
	// Lowering: what is emitted says something else than the topology.
	{file: "emit/networkpolicy/ports.go", what: "peers of different ports share a rule",
		right: "l.text = p.Append(l.text[:0])", wrong: "l.text = l.text[:0]"},
	{file: "emit/networkpolicy/object.go", what: "of a peer's edges only the last one's ports count",
		right: "l.sets = append(l.sets, *grants[next].ports)", wrong: "l.sets = append(l.sets[:0], *grants[next].ports)"},
	{file: "emit/networkpolicy/object.go", what: "peers come to the rule that an object before had for their ports",
		right: "g.list.rule = len(rules)\n", wrong: "g.list.rule = max(0, min(g.list.rule, len(rules)))\n"},
	{file: "emit/networkpolicy/byedge.go", what: "an edge from or to nobody gives an object",
		right: "len(l.serves(n, d, e)) == 0", wrong: "len(l.serves(n, d, e)) < 0",
		unproven: "the object permits nothing, and deny-all isolates the pods already"},
	{file: "emit/networkpolicy/object.go", what: "policy types follow the rules, so that deny-all isolates nothing",
		right: "rules := l.rules(served[d])\n", wrong: "rules := l.rules(served[d])\n\t\tif len(rules) == 0 {\n\t\t\tcontinue\n\t\t}\n"},
	{file: "emit/networkpolicy/object.go", what: "egress rules are written without ports",
		right: "NetworkPolicyEgressRule{To: r.peers, Ports: r.ports.list}", wrong: "NetworkPolicyEgressRule{To: r.peers}"},
	{file: "emit/networkpolicy/lower.go", what: "no deny-all where a namespace has tiers",
		right: "if n.Governed() {\n\t\t\tobjects", wrong: "if n.Governed() && len(n.Tiers) == 0 {\n\t\t\tobjects"},
	{file: "emit/networkpolicy/lower.go", what: "ingress is isolated where egress is",
		right: "if d == ingress {\n\t\treturn n.Ingress\n\t}", wrong: "if d == ingress {\n\t\treturn n.Egress\n\t}"},
	{file: "emit/networkpolicy/lower.go", what: "the ends of an edge are mistaken for each other",
		right: "return e.To, e.From\n\t}\n\treturn e.From, e.To", wrong: "return e.From, e.To\n\t}\n\treturn e.To, e.From"},
	{file: "emit/networkpolicy/lower.go", what: "cluster leaves out the last of the declared namespaces",
		right: "return l.topology.Namespaces\n", wrong: "return l.topology.Namespaces[:len(l.topology.Namespaces)-1]\n"},
	{file: "emit/networkpolicy/bytier.go", what: "the pods of no tier are forgotten",
		right: "if l.hasRules(anyPod) {", wrong: "if l.hasRules(anyPod) && len(n.Tiers) == 0 {"},
	{file: "emit/networkpolicy/byedge.go", what: "the objects of an edge are not kept apart by side",
		right: "s := side{n, d, from, to}", wrong: "s := side{n, ingress, from, to}"},
	{file: "emit/networkpolicy/peer.go", what: "a peer of another namespace is written without it",
		right: "at := place{e, e.Namespace == in}", wrong: "at := place{e, e.Namespace != nil}"},
	{file: "emit/networkpolicy/peer.go", what: "the pods of a peer in another namespace are forgotten",
		right: "if !pod.IsAny() {", wrong: "if pod.IsEmpty() {"},
	{file: "emit/networkpolicy/peer.go", what: "excepts are forgotten",
		right: "block.Except = append(block.Except, x.String())", wrong: "_ = x"},
	{file: "emit/networkpolicy/peer.go", what: "an environment is its name's label, whatever its key",
		right: "return labelled(e.Key, e.Name)", wrong: "return labelled(\"env\", e.Name)"},
	{file: "emit/networkpolicy/peer.go", what: "blocks from one address, that except the same, are taken for one",
		right: "order: fmt.Sprintf(\"2%03d%x/%03d%v\", prefix.Addr().BitLen(), prefix.Addr().AsSlice(), prefix.Bits(), block.Except)",
		wrong: "order: fmt.Sprintf(\"2%03d%x/%v\", prefix.Addr().BitLen(), prefix.Addr().AsSlice(), block.Except)"},
	{file: "emit/networkpolicy/peer.go", what: "blocks that except other addresses are taken for one",
		right: "prefix.Addr().AsSlice(), prefix.Bits(), block.Except)", wrong: "prefix.Addr().AsSlice(), prefix.Bits(), len(block.Except))"},
	{file: "emit/networkpolicy/ports.go", what: "SCTP is written as TCP",
		right: "relation.SCTP: corev1.ProtocolSCTP", wrong: "relation.SCTP: corev1.ProtocolTCP"},
	{file: "emit/networkpolicy/ports.go", what: "a named port is written as one of TCP",
		right: "protocol, name := protocols[n.Protocol]", wrong: "protocol, name := corev1.ProtocolTCP"},
	{file: "emit/networkpolicy/selector.go", what: "with several values of a key the first counts",
		right: "case !v.Others && !v.Absent && len(v.Names) == 1:", wrong: "case !v.Others && !v.Absent && len(v.Names) > 0:"},
	{file: "emit/networkpolicy/selector.go", what: "a value other than some lets pods without the label in",
		right: "say(metav1.LabelSelectorOpExists)\n\t\t\tif", wrong: "if"},
	{file: "emit/networkpolicy/selector.go", what: "a missing label is asked for",
		right: "say(metav1.LabelSelectorOpDoesNotExist)\n\t\tcase v.Others", wrong: "say(metav1.LabelSelectorOpExists)\n\t\tcase v.Others"},

	// Reading and writing of manifests.
	{file: "emit/manifest/write.go", what: "of several excepts the first is written",
		right: "len(p.IPBlock.Except), func", wrong: "min(1, len(p.IPBlock.Except)), func"},
	{file: "emit/manifest/write.go", what: "endPort is not written",
		right: "w.number(indent+2, \"endPort\", *p.EndPort)", wrong: "_ = w"},

	// The evaluation of what is emitted: mistakes that would make the proof blind to
	// those of the lowering, were they made by both.
	{file: "emit/enforce/enforce.go", what: "egress rules isolate only with a policy type",
		right: "if len(p.Spec.Egress) > 0 {", wrong: "if len(p.Spec.Egress) < 0 {",
		unproven: "zt always writes policyTypes"},
	{file: "emit/enforce/enforce.go", what: "a pod that no policy selects is isolated",
		right: "g.Own = free\n\t\t\t\t\tgrants = append(grants, g)", wrong: "g.Own = free\n\t\t\t\t\tgrants = append(grants, relation.Grant{})",
		unproven: "deny-all selects every pod"},
	{file: "emit/enforce/peer.go", what: "NotIn wants the label",
		right: "k.Values = relation.NotIn(e.Values...)", wrong: "k.Values = relation.NotIn(e.Values...).Intersect(relation.Exists())"},
	{file: "emit/enforce/enforce.go", what: "no peers are nobody",
		right: "for _, peer := range relation.EveryPeer {", wrong: "for _, peer := range relation.EveryPeer[:0] {"},
	{file: "emit/enforce/peer.go", what: "a podSelector alone is of every namespace",
		right: "namespaces, pods := local, relation.Selector{}", wrong: "namespaces, pods := relation.Selector{}, relation.Selector{}"},
	{file: "emit/enforce/peer.go", what: "only one except counts",
		right: "relation.UnionAddrs(except...)", wrong: "relation.UnionAddrs(except[:min(1, len(except))]...)"},
	{file: "emit/enforce/peer.go", what: "endPort is left out",
		right: "high = int(*p.EndPort)\n", wrong: "high = int(*p.EndPort) - 1\n"},

	// The meaning of the language.
	{file: "compiler/meaning/relation.go", what: "all speaks for both sides",
		right: "return nil // addresses have no policies, and all speaks for the other side", wrong: "if e.Kind == topology.Everything {\n\t\treturn t.Namespaces\n\t}\n\treturn nil"},
	{file: "compiler/meaning/relation.go", what: "isolation is forgotten",
		right: "if Isolated(n, d) {\n\t\t\t\tr.Contracts", wrong: "if len(grants[i]) > 0 {\n\t\t\t\tr.Contracts"},
	{file: "compiler/meaning/overlap.go", what: "a namespace isolates one direction where it isolates the other",
		right: "if d == relation.Egress {\n\t\treturn n.Egress", wrong: "if d == relation.Ingress {\n\t\treturn n.Egress"},
	{file: "compiler/meaning/overlap.go", what: "pods of two unrelated tiers are sure to exist",
		right: "return Possibly, pod", wrong: "return Surely, pod",
		unproven: "it is of what is forbidden, which emits nothing"},
	{file: "compiler/meaning/overlap.go", what: "two tiers of two namespaces overlap",
		right: "if a.Namespace != b.Namespace {\n\t\t\treturn Never", wrong: "if a.Namespace == nil {\n\t\t\treturn Never",
		unproven: "it is of what is forbidden, which emits nothing"},

	// The sets that both meanings are made of: a mistake here is one of both.
	{file: "compiler/relation/values.go", what: "NotIn wants the label, in both meanings",
		right: "Values{Names: sorted(values), Others: true, Absent: true}", wrong: "Values{Names: sorted(values), Others: true}"},
	{file: "compiler/relation/values.go", what: "a set of others forgets what one of two leaves out",
		right: "r.Names = joined(v.Names, w.Names)", wrong: "r.Names = v.Names"},
	{file: "compiler/relation/interval.go", what: "what is subtracted leaves its last element",
		right: "lo = t[k].Hi.Next()\n\t\t}\n\t\tif !used {", wrong: "lo = t[k].Hi\n\t\t}\n\t\tif !used {"},
	{file: "compiler/relation/interval.go", what: "an intersection goes on with the wrong interval",
		right: "if s[i].Hi.Compare(t[j].Hi) < 0 {", wrong: "if s[i].Hi.Compare(t[j].Hi) > 0 {"},
	{file: "compiler/relation/ports.go", what: "a named port counts as in every range",
		right: "return named || p.every(n.Protocol)", wrong: "return named || p.some(n.Protocol)"},
	{file: "compiler/relation/ports.go", what: "every port of one protocol reaches into the next",
		right: "return number(int(p)<<16 | n)", wrong: "return number(int(p)<<15 | n)"},
	{file: "compiler/relation/identity.go", what: "pods of a name are the same in every namespace",
		right: "out[i].namespaces, out[i].peer = x.peer(&g.Peer, true)", wrong: "_, out[i].peer = x.peer(&g.Peer, true)"},
	{file: "compiler/relation/identity.go", what: "all grants of a contract are for the pods of the first",
		right: "if i > 0 && at(g.Own.keys) == at(grants[i-1].Own.keys) {", wrong: "if i > 0 {"},
	{file: "emit/manifest/scan_policy.go", what: "ports are read as those before that begin alike",
		right: "lines := s.text[start:end]", wrong: "lines := s.text[start:min(end, start+12)]"},
	{file: "compiler/relation/addrs.go", what: "a block ends before its last address",
		right: "for i := p.Bits(); i < len(b)*8; i++ {", wrong: "for i := p.Bits(); i < len(b)*8-1; i++ {"},
	{file: "compiler/relation/selector.go", what: "two requirements on one key are either of them",
		right: "intersection(rest[:n])}", wrong: "intersection(rest[:1])}"},
	{file: "compiler/relation/selector.go", what: "one selector implies another whose keys it lacks",
		right: "if !s.Get(k.Key).Subset(k.Values) {", wrong: "if v := s.Get(k.Key); !v.IsAny() && !v.Subset(k.Values) {"},
	{file: "compiler/relation/diff.go", what: "the egress side is not compared",
		right: "for _, d := range []Direction{Egress, Ingress} {\n\t\tnames", wrong: "for _, d := range []Direction{Ingress} {\n\t\tnames"},
	{file: "compiler/relation/facts.go", what: "a namespace that is excluded leaves none",
		right: "names = names.Intersect(NotIn(slices.Collect(maps.Keys(f.labels))...))", wrong: "names = In()"},

	// Names and values: mistakes of the topology, which both meanings share.
	{file: "compiler/resolve/edge.go", what: "<-> is ->",
		right: "if s.Both {\n\t\tr.connect(s, to, from)", wrong: "if s.Both && s == nil {\n\t\tr.connect(s, to, from)"},
	{file: "compiler/resolve/edge.go", what: "all to all is permitted",
		right: "f.Kind == topology.Everything && d.Kind == topology.Everything", wrong: "f.Kind == topology.Everything && d.Kind == topology.Everything && r == nil"},
	{file: "compiler/resolve/environment.go", what: "an environment's block is declared for the first of its names only",
		right: "case r.built(e):\n", wrong: "case i > 0:\n\t\tcase r.built(e):\n"},
	{file: "compiler/resolve/namespace.go", what: "namespaces of an environment don't carry its label",
		right: "if e.Key != \"\" {\n\t\tr.label", wrong: "if e.Key == \"\" {\n\t\tr.label"},
	{file: "compiler/resolve/selector.go", what: "notin is in",
		right: "case ast.NotEquals, ast.NotIn:\n\t\treturn relation.NotIn", wrong: "case ast.NotEquals, ast.NotIn:\n\t\treturn relation.In"},
	{file: "compiler/resolve/ports.go", what: "an edge without ports is every port, whatever the tier listens on",
		right: "if len(listens) == 0 {\n\t\t\treturn relation.EveryPort", wrong: "if written == nil {\n\t\t\treturn relation.EveryPort"},
	{file: "compiler/resolve/dns.go", what: "the prelude's resolvers stay beside the program's own",
		right: "statements = statements[:len(statements)-1]", wrong: "statements = statements[:len(statements):len(statements)]"},
	{file: "compiler/resolve/network.go", what: "internet has the addresses of nodes",
		right: "slices.Concat(notPublic, n.Pods, n.Services, n.Nodes)", wrong: "slices.Concat(notPublic, n.Pods, n.Services)"},
	{file: "compiler/resolve/address.go", what: "an except inside another replaces it",
		right: "if n := len(out); n > 0 && out[n-1].Overlaps(b) {\n\t\t\tcontinue", wrong: "if n := len(out); n > 0 && out[n-1].Overlaps(b) {\n\t\t\tout[n-1] = b\n\t\t\tcontinue"},
	{file: "compiler/resolve/scope.go", what: "inside a namespace another one's tier is captured",
		right: "if d, ok := s.names[name]; ok {\n\t\t\t\treturn []declaration{d}\n\t\t\t}", wrong: "if found := s.bare(name); len(found) > 0 {\n\t\t\t\treturn found\n\t\t\t}"},
}

// module is the module's folder, where the files of bugs are.
const module = "../../.."

// seed returns a file with the mistake in it.
func (b bug) seed() (text string, ok bool) {
	source, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(b.file)))
	if err != nil || strings.Count(string(source), b.right) != 1 {
		return "", false
	}
	return strings.Replace(string(source), b.right, b.wrong, 1), true
}

// TestBugsAreTrue: each right text stands in its file, once.
func TestBugsAreTrue(t *testing.T) {
	for _, b := range bugs {
		if _, ok := b.seed(); !ok {
			t.Errorf("%s: %q is not there once: to seed %q anew, say where it goes now", b.file, b.right, b.what)
		}
	}
	if len(bugs) < 30 {
		t.Errorf("only %d", len(bugs))
	}
}
