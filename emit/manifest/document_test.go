package manifest

import (
	"bytes"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// TestDocumentsAreTheLibrarysBytes draws policies full of strings that YAML
// has to take care of.
func TestDocumentsAreTheLibrarysBytes(t *testing.T) {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "y", "no", "on", "null", "~", "true", "1", "007", "0x1f", "1e3", "1_000", "1:20", ".inf", "2026-01-02", "-", "- a", "a: b", "a #b", "#", "&a", "*a", "!t", "'", "\"", "<->", "a\nb", "a\n", " a", "a ", "\t", "=", "<<", "é", "日本", "\u0085", "\ufeff", "\x7f"}),
		rapid.String(),
		rapid.StringMatching(`[a-z0-9.:+-]{0,100}`),
		rapid.StringMatching(`([a-z/]{1,9} -> [a-z/]{1,9} :[0-9]{1,5}/tcp\n){0,9}`),
	)
	labels := rapid.MapOfN(text, text, 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		port := intstr.FromInt32(rapid.Int32().Draw(t, "port"))
		named := intstr.FromString(text.Draw(t, "named"))
		p := &networkingv1.NetworkPolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
			ObjectMeta: metav1.ObjectMeta{Name: text.Draw(t, "name"), Namespace: text.Draw(t, "namespace"), Annotations: labels.Draw(t, "annotations"), Labels: labels.Draw(t, "labels")},
			Spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: labels.Draw(t, "selector")},
				Ingress: []networkingv1.NetworkPolicyIngressRule{{
					Ports: []networkingv1.NetworkPolicyPort{{Port: &port}, {Port: &named}},
					From:  []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: text.Draw(t, "cidr"), Except: rapid.SliceOf(text).Draw(t, "except")}}},
				}},
			},
		}
		want, err := yaml.Marshal(p)
		if err != nil {
			t.Skip("the library refuses it")
		}
		got, err := document(p)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v\ngot  %q\nwant %q", err, got, want)
		}
	})
}
