package manifest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
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
	key := text.Filter(func(s string) bool { return len(appendQuoted(nil, s)) <= maxKey })
	labels := rapid.OneOf(rapid.Just[map[string]string](nil), rapid.MapOfN(key, text, 0, 2))
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
			TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
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

// readsBack writes a policy, and has the library read what was written.
func readsBack(t rapid.TB, p *networkingv1.NetworkPolicy) {
	// JSON replaces invalid UTF-8, as the writer does.
	replaced, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var want, got *networkingv1.NetworkPolicy
	if err := json.Unmarshal(replaced, &want); err != nil {
		t.Fatal(err)
	}
	written := Marshal(policyset.FromObjects([]*networkingv1.NetworkPolicy{p}), FormatYAML)
	if err := yaml.UnmarshalStrict(written, &got); err != nil {
		t.Fatalf("the library does not read what was written: %v\n%s\n%q", err, written, written)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the library reads something else (-want +got):\n%s\nfrom\n%s\n%q", diff, written, written)
	}
	again, err := Read([]File{{Data: written}}, FormatYAML)
	if err != nil {
		t.Fatalf("not read back: %v\n%s", err, written)
	}
	if diff := cmp.Diff(want, again.Objects()[0], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read back differently (-want +got):\n%s\nfrom\n%s\n%q", diff, written, written)
	}
}

func TestDocumentsReadBack(t *testing.T) {
	for name, drawn := range kinds {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { readsBack(t, drawn.Draw(t, "policy")) })
		})
	}
}

// TestAwkwardStrings puts each awkward string in each kind of place.
func TestAwkwardStrings(t *testing.T) {
	places := map[string]func(p *networkingv1.NetworkPolicy, s string){
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
			if strings.Contains(name, "key") && len(s) > maxKey {
				continue // no key of zt's is so long
			}
			p := policy("shop", "allow")
			put(p, s)
			readsBack(t, p)
			if t.Failed() {
				t.Fatalf("%s %q", name, s)
			}
		}
	}
}
