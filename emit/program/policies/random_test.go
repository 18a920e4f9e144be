package policies_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/emit"
	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/program/policies"
	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Random policies, of every form that the API server accepts, are imported exactly: what the program
// builds permits the same between all pods and addresses of a small world, by an evaluator of this
// test's own. Or else the import says why not, and that is so.
func TestRandomPolicies(t *testing.T) {
	sets := 3000
	if testing.Short() {
		sets = 100
	}
	seed := rand.Uint64()
	if text := os.Getenv("SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("SEED=%d", seed)
	exact, changed := 0, 0
	for i := range sets {
		g := &generator{rand.New(rand.NewPCG(seed, uint64(i)))}
		list, spaces := g.policies(), g.spaces()
		text := manifests(t, list, spaces)
		inv, diags := inventory.Read([]*source.File{source.NewFile("policies.json", text)}, "")
		if diags.Errors() > 0 {
			t.Fatalf("set %d: %v\n%s", i, diags, text)
		}
		files, diags, err := policies.Import(inv, g.one(2))
		if err != nil {
			t.Fatalf("set %d: %v\n%s", i, err, text)
		}
		if diags.Errors() > 0 {
			for _, d := range diags {
				if !isTrue(d, list, spaces) {
					t.Fatalf("set %d: refused without a reason: %s: %s\n%s", i, d.Code, d.Message, text)
				}
			}
			continue
		}
		exact++
		built := buildObjects(t, files)
		if len(built) == 0 {
			// nothing is isolated
		} else if again, diags := imported(t, manifests(t, built, spaces)); len(diags) > 0 {
			t.Fatalf("set %d: what it builds cannot be imported: %s\n%s", i, diags[0].Message, text)
		} else if first, second := withoutComments(whole(files)), withoutComments(again); len(files) == 1 && first != second {
			changed++
			t.Logf("set %d:\n%s\n%s", i, files[0].Text, cmp.Diff(first, second))
		}
		w := newWorld(spaces)
		want, got := w.permitted(list), w.permitted(built)
		for at := range want {
			if want[at] != got[at] {
				t.Fatalf("set %d: the policies permit %s on %s, the program on %s\n%s\n%s", i, w.pair(at), ports(want[at]), ports(got[at]), text, files[0].Text)
			}
		}
	}
	t.Logf("%d of %d sets changed when imported again", changed, exact)
	if changed > 3+exact/10 { // pods of two tiers get an object of their own, which is a tier then
		t.Errorf("%d of %d sets changed when imported again", changed, exact)
	}
	t.Logf("%d of %d sets were imported", exact, sets)
	if exact < sets*3/4 {
		t.Errorf("only %d of %d sets were imported", exact, sets)
	}
}

// isTrue reports whether a reason not to import is so.
func isTrue(d diag.Diagnostic, list []*networkingv1.NetworkPolicy, spaces map[string]map[string]string) bool {
	var selectors []*metav1.LabelSelector
	for _, p := range list {
		for _, d := range []string{"ingress", "egress"} {
			for _, r := range rulesOf(p, d) {
				for _, peer := range r.peers {
					if peer.NamespaceSelector != nil {
						selectors = append(selectors, peer.NamespaceSelector)
					}
				}
			}
		}
	}
	if d.Code == diag.LabelsNeeded {
		return len(spaces) == 0 && slices.ContainsFunc(selectors, func(s *metav1.LabelSelector) bool {
			_, team := s.MatchLabels["team"]
			return team || slices.ContainsFunc(s.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool { return e.Key == "team" })
		})
	}
	if strings.Contains(d.Message, "lists the empty value") {
		return slices.ContainsFunc(list, func(p *networkingv1.NetworkPolicy) bool {
			text, _ := json.Marshal(p.Spec)
			return strings.Contains(string(text), `"values":["",`) || strings.Contains(string(text), `,""]`)
		})
	}
	return false
}

// whole returns the text of all files.
func whole(files []policies.File) string {
	var out strings.Builder
	for _, f := range files {
		out.Write(f.Text)
	}
	return out.String()
}

// buildObjects returns the policies that a program builds.
func buildObjects(t *testing.T, files []policies.File) (out []*networkingv1.NetworkPolicy) {
	fsys := fstest.MapFS{}
	for _, f := range files {
		name := f.Name
		if name == "" {
			name = "main.zt"
		}
		fsys[name] = &fstest.MapFile{Data: f.Text}
	}
	result, diags, err := emit.Build(fsys, []compiler.Input{{Path: "main.zt"}}, emit.Options{Format: manifest.FormatJSON})
	if err != nil || diags.Errors() > 0 {
		t.Fatal(err, diags)
	}
	for _, f := range result.Files {
		var list struct{ Items []*networkingv1.NetworkPolicy }
		if err := json.Unmarshal(f.Data, &list); err != nil {
			t.Fatal(err)
		}
		out = append(out, list.Items...)
	}
	return out
}

// manifests returns policies and Namespaces as a JSON list.
func manifests(t *testing.T, list []*networkingv1.NetworkPolicy, spaces map[string]map[string]string) string {
	items := []any{}
	for _, p := range list {
		items = append(items, p)
	}
	for name, l := range spaces {
		items = append(items, &corev1.Namespace{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: name, Labels: l}})
	}
	data, err := json.MarshalIndent(map[string]any{"apiVersion": "v1", "kind": "List", "items": items}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// generator draws policies.
type generator struct{ *rand.Rand }

func (g *generator) one(of int) bool { return g.IntN(of) == 0 }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// spaces returns the labels of Namespaces: of all, or of none.
func (g *generator) spaces() map[string]map[string]string {
	if g.one(3) {
		return nil
	}
	spaces := map[string]map[string]string{}
	for _, name := range append(slices.Clone(homes), "kube-system") {
		spaces[name] = map[string]string{"kubernetes.io/metadata.name": name}
		if team := pick(g, "", "red", "blue"); team != "" {
			spaces[name]["team"] = team
		}
	}
	return spaces
}

var homes = []string{"shop", "pay", "ops"}

func (g *generator) policies() (out []*networkingv1.NetworkPolicy) {
	for i := range 1 + g.IntN(5) {
		p := &networkingv1.NetworkPolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%d", i), Namespace: pick(g, homes[:2]...)},
		}
		switch {
		case g.one(10):
			p.Namespace, p.Spec.PodSelector = "kube-system", *pick(g, resolvers, &metav1.LabelSelector{})
		case !g.one(3):
			p.Spec.PodSelector = g.selector("app", "role")
		}
		for range g.IntN(3) {
			peers, ports := g.rule()
			p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers, Ports: ports})
		}
		for range g.IntN(3) {
			peers, ports := g.rule()
			p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers, Ports: ports})
		}
		p.Spec.PolicyTypes = pick(g, nil, nil, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
		out = append(out, p)
	}
	return out
}

var resolvers = &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "kube-dns"}}

func (g *generator) rule() (peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
	if g.one(12) { // the resolvers
		dns := networkingv1.NetworkPolicyPeer{NamespaceSelector: named("kube-system"), PodSelector: resolvers}
		return []networkingv1.NetworkPolicyPeer{dns}, []networkingv1.NetworkPolicyPort{port("UDP", 53), port("TCP", 53)}
	}
	for range g.IntN(3) {
		var p networkingv1.NetworkPolicyPeer
		switch g.IntN(6) {
		case 0:
			p.IPBlock = &networkingv1.IPBlock{CIDR: pick(g, "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "10.1.0.0/16")}
			switch {
			case p.IPBlock.CIDR == "10.0.0.0/8" && g.one(2):
				p.IPBlock.Except = []string{"10.1.0.0/16"}
			case p.IPBlock.CIDR == "0.0.0.0/0" && g.one(2):
				p.IPBlock.Except = []string{"10.1.0.0/16", "10.0.0.0/8", "192.168.0.0/16"}
			}
		case 1:
			p.NamespaceSelector = g.spaceSelector()
		case 2:
			p.NamespaceSelector = g.spaceSelector()
			s := g.selector("app", "role")
			p.PodSelector = &s
		default:
			s := g.selector("app", "role")
			p.PodSelector = &s
		}
		peers = append(peers, p)
	}
	for range g.IntN(3) {
		p := port(pick(g, "", "TCP", "UDP"), pick(g, 80, 53, 8080))
		switch g.IntN(6) {
		case 0:
			p.Port = nil
		case 1:
			p.Port = new(intstr.FromString(pick(g, "http", "dns")))
		case 2:
			p.Port, p.EndPort = new(intstr.FromInt32(80)), new(pick(g, int32(80), 8080, 9000))
		}
		ports = append(ports, p)
	}
	return peers, ports
}

func port(protocol string, number int) networkingv1.NetworkPolicyPort {
	p := networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(int32(number)))}
	if protocol != "" {
		p.Protocol = new(corev1.Protocol(protocol))
	}
	return p
}

func named(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": name}}
}

func (g *generator) spaceSelector() *metav1.LabelSelector {
	switch g.IntN(5) {
	case 0:
		return &metav1.LabelSelector{}
	case 1:
		s := g.selector("team")
		return &s
	case 2:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: "kubernetes.io/metadata.name", Operator: pick(g, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn), Values: []string{"shop", pick(g, "ops", "elsewhere")}}}}
	}
	return named(pick(g, "shop", "pay", "ops", "elsewhere"))
}

func (g *generator) selector(keys ...string) (s metav1.LabelSelector) {
	for _, key := range keys {
		values := []string{"a", "b", "c"}
		switch key {
		case "role":
			values = []string{"a", "b", ""}
		case "team":
			values = []string{"red", "blue", "none"}
		}
		g.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		switch g.IntN(6) {
		case 0, 1:
			if s.MatchLabels == nil {
				s.MatchLabels = map[string]string{}
			}
			s.MatchLabels[key] = values[0]
		case 2:
			op := pick(g, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn)
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: op, Values: values[:1+g.IntN(2)]})
		case 3:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: pick(g, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)})
			if g.one(3) {
				s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpNotIn, Values: values[:1]})
			}
		}
	}
	return s
}

// world is all pods and addresses that the policies can tell apart.
type world struct{ ends []end }

// end is a pod or an address.
type end struct {
	addr        netip.Addr
	space       string
	spaceLabels labels.Set
	labels      labels.Set
	named       map[string]int // the numbers of its named ports
}

func (e end) String() string {
	if e.addr.IsValid() {
		return e.addr.String()
	}
	return fmt.Sprint(e.space, e.spaceLabels, e.labels, e.named)
}

// everyPort is the ports that are tried.
var everyPort = []struct {
	protocol corev1.Protocol
	number   int
}{{"TCP", 80}, {"TCP", 53}, {"TCP", 8080}, {"TCP", 8500}, {"TCP", 9001}, {"UDP", 53}, {"UDP", 80}, {"UDP", 8080}, {"UDP", 9001}, {"SCTP", 80}}

func ports(bits uint16) string {
	var out []string
	for i, p := range everyPort {
		if bits&(1<<i) != 0 {
			out = append(out, fmt.Sprintf("%d/%s", p.number, p.protocol))
		}
	}
	return "[" + strings.Join(out, " ") + "]"
}

func newWorld(spaces map[string]map[string]string) *world {
	w := &world{}
	for _, a := range []string{"10.0.0.1", "10.1.0.1", "192.168.0.1", "203.0.113.1", "2001:db8::1", "2001:db9::1"} {
		w.ends = append(w.ends, end{addr: netip.MustParseAddr(a)})
	}
	const none = "-"
	apps, roles := []string{none, "a", "b", "c", "d"}, []string{none, "", "a", "b", "d"}
	add := func(space string, team string, pod labels.Set) {
		l := labels.Set{"kubernetes.io/metadata.name": space}
		if known, ok := spaces[space]; ok {
			l = known
		} else if team != "" {
			l["team"] = team
		}
		numbers := map[string]int{}
		if len(w.ends)%3 > 0 {
			numbers = map[string]int{"http": []int{80, 8500}[len(w.ends)%2], "dns": 53}
		}
		w.ends = append(w.ends, end{space: space, spaceLabels: l, labels: pod, named: numbers})
	}
	for _, space := range []string{"shop", "pay", "ops"} {
		for _, app := range apps {
			for _, role := range roles {
				pod := labels.Set{}
				if app != none {
					pod["app"] = app
				}
				if role != none {
					pod["role"] = role
				}
				add(space, "", pod)
			}
		}
	}
	for _, team := range []string{"", "red", "blue", "none", "green"} {
		for _, app := range []string{"a", "b"} {
			add("elsewhere", team, labels.Set{"app": app})
			add("nowhere", team, labels.Set{"app": app, "role": "c"})
		}
	}
	add("kube-system", "", labels.Set{"k8s-app": "kube-dns"})
	add("kube-system", "", labels.Set{"app": "a"})
	return w
}

func (w *world) pair(at int) string {
	return fmt.Sprintf("%s -> %s", w.ends[at/len(w.ends)], w.ends[at%len(w.ends)])
}

// permitted returns the ports on which each end may connect to each other, by the words of the API's
// documentation.
func (w *world) permitted(list []*networkingv1.NetworkPolicy) []uint16 {
	n := len(w.ends)
	out := make([]uint16, n*n)
	for i := range out {
		out[i] = 1<<len(everyPort) - 1
	}
	for _, d := range []string{"ingress", "egress"} {
		isolated, allowed := make([]bool, n), make([]uint16, n*n)
		for _, p := range list {
			if !applies(p, d) {
				continue
			}
			pods := selectorOf(&p.Spec.PodSelector)
			for i, own := range w.ends {
				if own.addr.IsValid() || own.space != p.Namespace || !pods.Matches(own.labels) {
					continue
				}
				isolated[i] = true
				for _, r := range rulesOf(p, d) {
					for j, other := range w.ends {
						if !slices.ContainsFunc(r.matches, func(m func(end) bool) bool { return m(other) }) && len(r.peers) > 0 {
							continue
						}
						if d == "ingress" {
							allowed[j*n+i] |= r.bits(own)
						} else {
							allowed[i*n+j] |= r.bits(other)
						}
					}
				}
			}
		}
		for from := range n {
			for to := range n {
				if own := map[string]int{"ingress": to, "egress": from}[d]; isolated[own] {
					out[from*n+to] &= allowed[from*n+to]
				}
			}
		}
	}
	for i := range n {
		for j := range n {
			if i == j || w.ends[i].addr.IsValid() && w.ends[j].addr.IsValid() {
				out[i*n+j] = 0 // nothing decides these
			}
		}
	}
	return out
}

func applies(p *networkingv1.NetworkPolicy, d string) bool {
	if len(p.Spec.PolicyTypes) == 0 {
		return d == "ingress" || len(p.Spec.Egress) > 0
	}
	return slices.ContainsFunc(p.Spec.PolicyTypes, func(t networkingv1.PolicyType) bool { return strings.EqualFold(string(t), d) })
}

type rule struct {
	peers   []networkingv1.NetworkPolicyPeer
	ports   []networkingv1.NetworkPolicyPort
	matches []func(end) bool
}

func rulesOf(p *networkingv1.NetworkPolicy, d string) (out []rule) {
	if d == "ingress" {
		for _, r := range p.Spec.Ingress {
			out = append(out, rule{peers: r.From, ports: r.Ports})
		}
	} else {
		for _, r := range p.Spec.Egress {
			out = append(out, rule{peers: r.To, ports: r.Ports})
		}
	}
	for i := range out {
		for _, peer := range out[i].peers {
			out[i].matches = append(out[i].matches, matcher(peer, p.Namespace))
		}
	}
	return out
}

func matcher(p networkingv1.NetworkPolicyPeer, space string) func(end) bool {
	if p.IPBlock != nil {
		has := func(block string, a netip.Addr) bool { return netip.MustParsePrefix(block).Contains(a) }
		return func(e end) bool {
			return e.addr.IsValid() && has(p.IPBlock.CIDR, e.addr) && !slices.ContainsFunc(p.IPBlock.Except, func(x string) bool { return has(x, e.addr) })
		}
	}
	pods, spaces := labels.Everything(), labels.Everything()
	if p.PodSelector != nil {
		pods = selectorOf(p.PodSelector)
	}
	if p.NamespaceSelector != nil {
		spaces, space = selectorOf(p.NamespaceSelector), ""
	}
	return func(e end) bool {
		return !e.addr.IsValid() && (space == "" || e.space == space) && spaces.Matches(e.spaceLabels) && pods.Matches(e.labels)
	}
}

func selectorOf(s *metav1.LabelSelector) labels.Selector {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		panic(err)
	}
	return selector
}

// bits returns the ports of a destination that a rule permits.
func (r rule) bits(to end) (bits uint16) {
	for i, p := range everyPort {
		permitted := len(r.ports) == 0
		for _, rp := range r.ports {
			protocol := corev1.ProtocolTCP
			if rp.Protocol != nil {
				protocol = *rp.Protocol
			}
			switch {
			case protocol != p.protocol:
			case rp.Port == nil:
				permitted = true
			case rp.Port.Type == intstr.String:
				number, ok := to.named[rp.Port.StrVal]
				permitted = permitted || ok && number == p.number
			default:
				high := rp.Port.IntValue()
				if rp.EndPort != nil {
					high = int(*rp.EndPort)
				}
				permitted = permitted || rp.Port.IntValue() <= p.number && p.number <= high
			}
		}
		if permitted {
			bits |= 1 << i
		}
	}
	return bits
}
