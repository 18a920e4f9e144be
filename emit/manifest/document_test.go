package manifest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// awkward are strings that YAML has to take care of.
var awkward = []string{
	"", "y", "Y", "no", "NO", "on", "Off", "null", "Null", "~", "true", "FALSE", "yes!", "nil", "truer", "tilde~",
	"0", "1", "007", "08", "0x1f", "0o17", "0b11", "-0b11", "1e3", "1E-3", "1_000", "1:20", "-1:20.5", "+1", "-1", ".5", ".inf", "-.INF", ".nan", "1.", "1.2", "1.2.3", "v1.2",
	strings.Repeat("9", 30), strings.Repeat("9", 400), "12e999", "7d9f8b", "3e2", "10-blue",
	"2026-01-02", "2026-1-2", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z", "2026-01-02 or so", "2026",
	"-", "--", "---", "--- a", "...", "....", "- a", "-a", "?", "? a", "?a", ":", ": a", ":a", "a:", "a: b", "a:b", "a #b", "a#b", "a# b", "#", "#a",
	"&a", "*a", "!t", "|", "|-", ">", "<->", "%a", "@a", "`a", "'", "''", "it's", "'a b'", "\"", "\"a\"", "a\"b", "\\", "a\\b", "{a}", "[a]", "a{b", "a,b", ",a", "=", "<<",
	"10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::", "::1", "fe80::1%eth0", "/", "/a", "_a", "~a", "a~",
	" ", "  ", " a", "a ", "a  b", "a\tb", "\t", "\r", "a\rb", "a\r\nb", "\x00", "\x1b", "\x7f", "\x80", "a\xffb",
	"\n", "a\n", "a\n\n", "\na", "a\nb", "a\n\nb", "a\nb\n", " a\nb", "a\n b", "a \nb", "a\nb ", "a\n  \nb", "- a\n- b", "a: b\n# c", "a\n---\nb", "'a\n\"b",
	"é", "aé b", "日本", "→ — “x”", "\u0085", "a\u0085b", "\u00a0", "a\u00a0b", "\u2028", "a\u2029b", "\ufeff", "a\ufeff", "\ufffd", "\ufffe", "\ue000", "😀", "a\né", "a\u2028\nb", "é: b", "a\n\u00a0",
	strings.Repeat("long ", 30) + "text", strings.Repeat("long ", 30) + "text: more", strings.Repeat("it's ", 40) + "'", " " + strings.Repeat("long ", 30),
	strings.Repeat("two  ", 30) + "spaces", strings.Repeat("é日 ", 40) + "é", strings.Repeat("\"quoted\" ", 30) + ": x", strings.Repeat("x", 79) + " y z", strings.Repeat("x", 200) + " y z # w",
	"2026-01-02 " + strings.Repeat("x ", 60) + "x", strings.Repeat("k", 128), strings.Repeat("k", 129), strings.Repeat("é", 64), strings.Repeat("é", 65), strings.Repeat("k", 1100), strings.Repeat("k ", 600) + "k",
}

// text draws a string: an awkward one, some of them beside each other, or any.
var text = rapid.OneOf(
	rapid.SampledFrom(awkward),
	rapid.Map(rapid.SliceOfN(rapid.SampledFrom(awkward), 2, 3), func(s []string) string { return strings.Join(s, "") }),
	rapid.Map(rapid.SliceOfN(rapid.SampledFrom(awkward), 2, 30), func(s []string) string { return strings.Join(s, " ") }),
	rapid.String(),
	rapid.StringMatching(`[a-z0-9.:+-]{0,100}`),
	rapid.StringMatching(`[-+]?[0-9._]{0,6}[eExXoObBtTzZ:/ -]?[0-9a-fA-F._:]{0,6}`),
	rapid.StringMatching(`([a-z'#:,é-]{1,12}[ ]{1,2}){0,40}[a-z':]`),
	rapid.StringMatching(`([ -~]{0,30}\n){0,4}[ -~]{0,30}`),
	rapid.StringMatching(`([a-z/]{1,9} -> [a-z/]{1,9} :[0-9]{1,5}/tcp\n){0,9}[a-z]`),
	rapid.StringMatching(`[a-c0]?[0-3]{0,3}[/.A-]?[0-9]{0,3}`), // keys that differ in numbers
)

var ordinary = rapid.StringMatching(`[a-z]{1,8}([-./][a-z0-9]{1,8}){0,2}`)

var (
	anyNumber  = rapid.OneOf(portNumber, rapid.Int32())
	portNumber = rapid.Int32Range(0, 65536)
)

// optional draws nil as often as something.
func optional[T any](g *rapid.Generator[T]) *rapid.Generator[*T] { return rapid.Ptr(g, true) }

// policies draws NetworkPolicies of every form that the API has, be it of any
// sense or not; their strings are of one kind.
func policies(text *rapid.Generator[string], number *rapid.Generator[int32]) *rapid.Generator[*networkingv1.NetworkPolicy] {
	labels := rapid.OneOf(rapid.Just[map[string]string](nil), rapid.MapOfN(text, text, 0, 2)) // of more, see TestKeysAreInOrder
	list := rapid.OneOf(rapid.Just[[]string](nil), rapid.SliceOfN(text, 0, 4))
	operator := rapid.OneOf(
		rapid.SampledFrom([]metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist"}),
		rapid.Map(text, func(s string) metav1.LabelSelectorOperator { return metav1.LabelSelectorOperator(s) }))
	requirement := rapid.Custom(func(t *rapid.T) metav1.LabelSelectorRequirement {
		return metav1.LabelSelectorRequirement{Key: text.Draw(t, "key"), Operator: operator.Draw(t, "operator"), Values: list.Draw(t, "values")}
	})
	selector := rapid.Custom(func(t *rapid.T) metav1.LabelSelector {
		return metav1.LabelSelector{
			MatchLabels:      labels.Draw(t, "matchLabels"),
			MatchExpressions: rapid.OneOf(rapid.Just[[]metav1.LabelSelectorRequirement](nil), rapid.SliceOfN(requirement, 0, 3)).Draw(t, "matchExpressions"),
		}
	})
	block := rapid.Custom(func(t *rapid.T) networkingv1.IPBlock {
		return networkingv1.IPBlock{CIDR: text.Draw(t, "cidr"), Except: list.Draw(t, "except")}
	})
	peer := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{
			IPBlock:           optional(block).Draw(t, "ipBlock"),
			NamespaceSelector: optional(selector).Draw(t, "namespaceSelector"),
			PodSelector:       optional(selector).Draw(t, "podSelector"),
		}
	})
	protocol := rapid.OneOf(
		rapid.SampledFrom([]corev1.Protocol{"TCP", "UDP", "SCTP"}),
		rapid.Map(text, func(s string) corev1.Protocol { return corev1.Protocol(s) }))
	named := rapid.OneOf(
		rapid.Map(number, intstr.FromInt32),
		rapid.Map(text, intstr.FromString))
	port := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyPort {
		return networkingv1.NetworkPolicyPort{
			EndPort:  optional(number).Draw(t, "endPort"),
			Port:     optional(named).Draw(t, "port"),
			Protocol: optional(protocol).Draw(t, "protocol"),
		}
	})
	peers := rapid.OneOf(rapid.Just[[]networkingv1.NetworkPolicyPeer](nil), rapid.SliceOfN(peer, 0, 3))
	ports := rapid.OneOf(rapid.Just[[]networkingv1.NetworkPolicyPort](nil), rapid.SliceOfN(port, 0, 3))
	return rapid.Custom(func(t *rapid.T) *networkingv1.NetworkPolicy {
		p := &networkingv1.NetworkPolicy{
			TypeMeta: rapid.SampledFrom([]metav1.TypeMeta{
				{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}, {Kind: "NetworkPolicy"}, {APIVersion: "v1"}, {},
			}).Draw(t, "type"),
			ObjectMeta: metav1.ObjectMeta{
				Name: text.Draw(t, "name"), Namespace: text.Draw(t, "namespace"),
				Labels: labels.Draw(t, "labels"), Annotations: labels.Draw(t, "annotations"),
			},
			Spec: networkingv1.NetworkPolicySpec{PodSelector: selector.Draw(t, "podSelector")},
		}
		for range rapid.IntRange(0, 2).Draw(t, "ingress") {
			p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers.Draw(t, "from"), Ports: ports.Draw(t, "ports")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "egress") {
			p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers.Draw(t, "to"), Ports: ports.Draw(t, "ports")})
		}
		for _, s := range list.Draw(t, "policyTypes") {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyType(s))
		}
		return p
	})
}

// holdToLibrary holds what is written of a policy to the library's bytes, and
// reports whether the writer wrote it.
func holdToLibrary(t rapid.TB, p *networkingv1.NetworkPolicy) bool {
	want, wantErr := yaml.Marshal(p)
	w := newWriter(0)
	if w.policy(p); !w.gaveUp && (wantErr != nil || !bytes.Equal(w.out, want)) {
		t.Errorf("the writer\ngot  %q\nwant %q, error %v", w.out, want, wantErr)
	}
	wrote := !w.gaveUp
	// Behind others, among them itself and one that shares all but its metadata.
	w = newWriter(0)
	var all []byte
	sharing := policy("shop", "db")
	sharing.Spec = p.Spec
	for _, o := range []*networkingv1.NetworkPolicy{policy("shop", "web"), p, p, sharing} {
		text, _ := yaml.Marshal(o)
		all = append(all, text...)
		if err := w.document(o); o == p && (err != nil) != (wantErr != nil) {
			t.Errorf("error %v, want %v", err, wantErr)
		}
	}
	if wantErr == nil && !bytes.Equal(w.out, all) {
		t.Errorf("documents that share\ngot  %q\nwant %q", w.out, all)
	}
	return wrote
}

func document(o any) ([]byte, error) {
	w := newWriter(0)
	err := w.document(o)
	return w.out, err
}

func TestDocumentsAreTheLibrarysBytes(t *testing.T) {
	drawn := policies(text, anyNumber)
	rapid.Check(t, func(t *rapid.T) { holdToLibrary(t, drawn.Draw(t, "policy")) })
}

// TestOrdinaryDocumentsAreWritten holds that what the library must help with is rare.
func TestOrdinaryDocumentsAreWritten(t *testing.T) {
	drawn := policies(ordinary, portNumber)
	rapid.Check(t, func(t *rapid.T) {
		p := drawn.Draw(t, "policy")
		p.Annotations = map[string]string{"edges": "a -> b :80/tcp\nb -> c :80/tcp  # dns", "description": "it's here: «" + strings.Repeat("long ", 30) + "text»"}
		if !holdToLibrary(t, p) {
			t.Errorf("the library was asked for %v", p)
		}
	})
}

// TestAwkwardStrings puts each awkward string everywhere, alone, so that none
// hides behind another that needs the library.
func TestAwkwardStrings(t *testing.T) {
	places := map[string]func(p *networkingv1.NetworkPolicy, s string){
		"kind":           func(p *networkingv1.NetworkPolicy, s string) { p.Kind = s },
		"name":           func(p *networkingv1.NetworkPolicy, s string) { p.Name = s },
		"annotation":     func(p *networkingv1.NetworkPolicy, s string) { p.Annotations["edges"] = s },
		"annotation key": func(p *networkingv1.NetworkPolicy, s string) { p.Annotations[s] = "x" },
		"two keys":       func(p *networkingv1.NetworkPolicy, s string) { p.Labels = map[string]string{s: "1", s + "0": "2"} },
		"selector": func(p *networkingv1.NetworkPolicy, s string) {
			p.Spec.PodSelector.MatchLabels = map[string]string{"app": s}
		},
		"list item": func(p *networkingv1.NetworkPolicy, s string) {
			p.Spec.PolicyTypes = []networkingv1.PolicyType{"a", networkingv1.PolicyType(s), "b"}
		},
		"deep": func(p *networkingv1.NetworkPolicy, s string) {
			requirement := metav1.LabelSelectorRequirement{Key: s, Operator: "In", Values: []string{s, "x"}}
			block := &networkingv1.IPBlock{CIDR: s, Except: []string{s, "10.0.0.0/8", s}}
			p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{
				{NamespaceSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{requirement, requirement}}}, {IPBlock: block},
			}}}
		},
	}
	for name, put := range places {
		for _, s := range awkward {
			p := policy("shop", "allow")
			put(p, s)
			holdToLibrary(t, p)
			if t.Failed() {
				t.Fatalf("%s %q", name, s)
			}
		}
	}
}

// TestKeysAreInOrder draws keys that differ in numbers and letters. The library's
// order of these is none: 13 before 123 before 12x before 13. Where it goes round in a circle, the
// library writes now one order and now another; what zt writes is to be the same every time.
func TestKeysAreInOrder(t *testing.T) {
	keys := rapid.StringMatching(`[a-cé]{0,2}[0-2]{0,4}[/._A-B-]?[01]{0,3}`)
	labelled := func(keys ...string) *networkingv1.NetworkPolicy {
		p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{}}}
		for _, k := range keys {
			p.Labels[k] = "of " + k
		}
		return p
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfNDistinct(keys, 2, 5, rapid.ID).Draw(t, "keys")
		ahead := map[string]int{} // how many keys the library writes behind each
		for i, a := range drawn {
			for _, b := range drawn[:i] {
				pair, err := yaml.Marshal(labelled(a, b))
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Index(pair, []byte("of "+a+"\n")) < bytes.Index(pair, []byte("of "+b+"\n")) {
					ahead[a]++
				} else {
					ahead[b]++
				}
			}
		}
		numbers := map[int]bool{}
		for _, k := range drawn {
			numbers[ahead[k]] = true
		}
		if len(numbers) == len(drawn) { // no circle
			holdToLibrary(t, labelled(drawn...))
			return
		}
		first, err := document(labelled(drawn...))
		for range 10 {
			if again, _ := document(labelled(drawn...)); err != nil || !bytes.Equal(again, first) {
				t.Fatalf("%q after\n%q, error %v", again, first, err)
			}
		}
	})
}

// TestOtherMetadata holds that no field is lost which the writer does not know.
func TestOtherMetadata(t *testing.T) {
	now, seconds := metav1.NewTime(time.Unix(1e9, 0)), int64(3)
	for name, m := range map[string]metav1.ObjectMeta{
		"generateName":      {GenerateName: "x"},
		"selfLink":          {SelfLink: "x"},
		"uid":               {UID: "x"},
		"resourceVersion":   {ResourceVersion: "7"},
		"generation":        {Generation: 7},
		"creationTimestamp": {CreationTimestamp: now},
		"deletionTimestamp": {DeletionTimestamp: &now},
		"deletionGrace":     {DeletionGracePeriodSeconds: &seconds},
		"ownerReferences":   {OwnerReferences: []metav1.OwnerReference{{Name: "x"}}},
		"finalizers":        {Finalizers: []string{"x"}},
		"managedFields":     {ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "x"}}},
	} {
		if holdToLibrary(t, &networkingv1.NetworkPolicy{ObjectMeta: m}) {
			t.Errorf("%s is not written", name)
		}
	}
	holdToLibrary(t, &networkingv1.NetworkPolicy{})
	bad := intstr.IntOrString{Type: 7}
	holdToLibrary(t, &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{
		Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: []networkingv1.NetworkPolicyPort{{Port: &bad}}}},
	}})
}
