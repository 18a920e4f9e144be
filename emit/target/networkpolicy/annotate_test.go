package networkpolicy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/emit/target/layout"
)

func TestAnnotations(t *testing.T) {
	topo := compile(t, `
# The shop.
namespace shop {
  # Serves
  # the pages.
  tier web { app=web }
  tier api { app=api }
  tier idle { app=idle }
  external cards { 203.0.113.0/24 }
  # Asks.
  web -> api :80
  # Pays.
  api -> cards, 198.51.100.0/24 :443
  # Asks.
  api -> api :1-65535, 53/udp
  web -> api :80
}
namespace m { tier web { app=web } }
# Watches.
m/web, m/* -> shop/* :any
`)
	objects := lower(t, topo, target.ByTier)
	for _, test := range []struct{ object, edges, description string }{
		{"shop/deny-all", "", "The shop."},
		{"m/deny-all", "", ""},
		{"shop/allow-idle", "m/* -> shop/* :any\nm/web -> shop/* :any", "Watches."},
		{"shop/allow-web", strings.Join([]string{
			"m/* -> shop/* :any",
			"m/web -> shop/* :any",
			"web -> api :80/tcp",
			"web -> kube-system/kube-dns :53/tcp, 53/udp  # dns",
		}, "\n"), "Serves\nthe pages.\nWatches.\nAsks."},
		{"shop/allow-api", strings.Join([]string{
			"api -> 198.51.100.0/24 :443/tcp",
			"api -> api :1-65535/tcp, 53/udp",
			"api -> cards :443/tcp",
			"api -> kube-system/kube-dns :53/tcp, 53/udp  # dns",
			"m/* -> shop/* :any",
			"m/web -> shop/* :any",
			"web -> api :80/tcp",
		}, "\n"), "Pays.\nAsks.\nWatches."},
	} {
		o := find(objects, test.object)
		if o == nil {
			t.Errorf("no %s in %v", test.object, names(objects))
			continue
		}
		if diff := cmp.Diff(test.edges, o.Annotations[layout.EdgesAnnotation]); diff != "" {
			t.Errorf("edges of %s (-want +got):\n%s", test.object, diff)
		}
		if diff := cmp.Diff(test.description, o.Annotations[layout.DescriptionAnnotation]); diff != "" {
			t.Errorf("description of %s (-want +got):\n%s", test.object, diff)
		}
		if diff := cmp.Diff(map[string]string{"app.kubernetes.io/managed-by": "zt"}, o.Labels); diff != "" {
			t.Errorf("labels of %s (-want +got):\n%s", test.object, diff)
		}
	}
	if o := find(objects, "m/deny-all"); o.Annotations != nil {
		t.Errorf("m/deny-all has annotations %v", o.Annotations)
	}
}

func TestAnnotationsAreLimited(t *testing.T) {
	var b strings.Builder
	b.WriteString("namespace n { tier hub { app=hub }\n}\nnamespace m {\n")
	const tiers = 3000
	for i := range tiers {
		fmt.Fprintf(&b, "tier t%04d { app=t%d }\n", i, i)
	}
	b.WriteString("}\n")
	for i := range tiers {
		fmt.Fprintf(&b, "# Comment number %d is a long one, so that they are too much too.\nm/t%04d -> n/hub :80\n", i, i)
	}
	policies, _ := Lower(compile(t, b.String()), target.ByTier)
	objects := policies.Objects()
	o := find(objects, "n/allow-hub")
	valid(t, []*networkingv1.NetworkPolicy{o})
	for _, key := range []string{layout.EdgesAnnotation, layout.DescriptionAnnotation} {
		lines := strings.Split(o.Annotations[key], "\n")
		last := lines[len(lines)-1]
		if want := fmt.Sprintf("... and %d more", tiers-len(lines)+1); last != want || len(lines) < 100 {
			t.Errorf("%s has %d lines and ends in %q, want %q", key, len(lines), last, want)
		}
		if size := len(o.Annotations[key]); size > 32<<10 {
			t.Errorf("%s has %d bytes", key, size)
		}
	}
	if got := len(o.Spec.Ingress[0].From); got != tiers {
		t.Errorf("%d peers, want %d: only the annotation is limited", got, tiers)
	}
}

// An external of a namespace and one of the program may have the same name.
func TestAnnotationsTellExternalsOfOneNameApart(t *testing.T) {
	topo := compile(t, `external pay { 203.0.113.0/24 } :443
namespace shop {
  external pay { 198.51.100.0/24 } :443
  external bank { 198.51.101.0/24 } :443
  tier web { app=web }
  web -> pay, bank
}
shop/web -> pay
`)
	want := "web -> bank :443/tcp\nweb -> kube-system/kube-dns :53/tcp, 53/udp  # dns\nweb -> pay :443/tcp\nweb -> shop/pay :443/tcp"
	if diff := cmp.Diff(want, find(lower(t, topo, target.ByTier), "shop/allow-web").Annotations[layout.EdgesAnnotation]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDescriptionsCanBeWritten: YAML has no form for some of what a comment may have in it.
func TestDescriptionsCanBeWritten(t *testing.T) {
	topo := compile(t, "# a\x7fb\tc\u0080\x1b[1md \ufeff\ufffe\U0001ffffe\u200d😀é\n# \x01\nnamespace shop {\n}\n")
	got := find(lower(t, topo, target.ByTier), "shop/deny-all").Annotations[layout.DescriptionAnnotation]
	if want := "ab\tc[1md e\u200d😀é"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
