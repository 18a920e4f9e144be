package compiler_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/zt-lang/zt/emit/manifest"
	"github.com/zt-lang/zt/emit/target"
	"github.com/zt-lang/zt/grammar/diag"
)

// The mistakes that people make when they write NetworkPolicies, one by one. zt reports them, or they
// cannot be made.

// TestReportedTraps has a program for each trap that a program can have, and what zt reports.
func TestReportedTraps(t *testing.T) {
	for _, trap := range []struct {
		name string
		text string
		want []diag.Code
	}{
		{"the Service's port instead of the container's", `
			tier web { app=web } :8080
			tier client { app=client }
			client -> web :80`, []diag.Code{diag.NotListening}},
		{"a port opened by accident", `
			tier web { app=web }
			tier client { app=client }
			client -> web`, []diag.Code{diag.EveryPort}},
		{"the tutorial's way to keep dev from prod: an egress rule to prod", `
			environment dev, prod by env {
			  namespace shop-$environment { tier web { app=web } :80 }
			}
			isolate dev, prod
			dev -> prod :80`, []diag.Code{diag.Isolated}},
		{"an except that another edge cancels", `
			external partner { 203.0.113.0/24 except 203.0.113.7/32 } :443
			tier web { app=web }
			web -> partner
			web -> 203.0.113.0/28 :443`, []diag.Code{diag.ExceptCancelled}},
		{"an except that an edge to everybody cancels", `
			external partner { 203.0.113.0/24 except 203.0.113.7/32 } :443
			tier web { app=web }
			web -> partner
			web -> all :443`, []diag.Code{diag.ExceptCancelled, diag.Redundant}},
		{"DNS by UDP only", `
			dns kube-system/kube-dns :53/udp
			tier web { app=web } :8080
			tier client { app=client }
			client -> web`, []diag.Code{diag.HalfResolved}},
		{"DNS by TCP only, as a port without a protocol is", `
			namespace kube-system isolates nothing { tier kube-dns { k8s-app=kube-dns } :53 }
			tier web { app=web } :8080
			tier client { app=client }
			client -> web`, []diag.Code{diag.HalfResolved}},
		{"!= matches pods without the label", `
			tier other { app!=web }
			tier unlabelled { !app }
			tier db { role=db, app=db } :5432
			other -> db
			deny unlabelled -> db`, []diag.Code{diag.Denied}},
		{"notin matches pods without the label", `
			tier other { app notin (web, api) }
			tier unlabelled { !app }
			tier db { role=db, app=db } :5432
			other -> db
			deny unlabelled -> db`, []diag.Code{diag.Denied}},
		{"a named port towards an address", `
			tier web { app=web }
			web -> 203.0.113.0/24 :https/tcp`, []diag.Code{diag.NamedPortOfAddress}},
		{"a named port of an external", `
			external partner { 203.0.113.0/24 } :https/tcp
			tier web { app=web }
			web -> partner`, []diag.Code{diag.NamedPortOfAddress}},
		{"a named port that is another number in each workload", `
			tier web { app=web } :admin/tcp
			tier client { app=client }
			client -> web
			deny client -> web :22`, []diag.Code{diag.PossiblyDenied}},
		{"an endPort below its port", `
			tier web { app=web } :9000-8000
			tier client { app=client }
			client -> web`, []diag.Code{diag.PortReversed}},
		{"an address block that covers pods", `
			network { pods 10.244.0.0/16 }
			tier web { app=web } :80
			10.0.0.0/8 -> web`, []diag.Code{diag.CoversPods}},
		{"an address block that may cover pods", `
			tier web { app=web } :80
			10.0.0.0/8 -> web`, []diag.Code{diag.MayCoverPods}},
		{"an address block that lets in a pod that is denied", `
			network { pods 10.244.0.0/16 }
			namespace default isolates ingress
			tier web { app=web } :80
			tier db { app=db } :5432
			10.0.0.0/8 -> db
			deny web -> db`, []diag.Code{diag.CoversPods, diag.Denied}},
		{"host bits that are set", `
			tier web { app=web } :80
			203.0.113.5/24 -> web`, []diag.Code{diag.HostBits}},
		{"leading zeros", `
			external partner { 010.0.0.0/24 }
			tier web { app=web } :80
			partner -> web`, []diag.Code{diag.BadCIDR}},
		{"IPv4 written as IPv6", `
			tier web { app=web } :80
			::ffff:203.0.113.0/120 -> web`, []diag.Code{diag.BadCIDR}},
		{"an address without its length", `
			tier web { app=web } :80
			203.0.113.5 -> web`, []diag.Code{diag.BadCIDR}},
		{"the control plane's namespace isolated", `
			namespace kube-system isolates ingress
			tier web { app=web } :80
			internet -> web`, []diag.Code{diag.KubeSystemGoverned}},
		{"a label value that is too long", `
			tier web { app=` + strings.Repeat("a", 64) + ` } :80
			internet -> web`, []diag.Code{diag.BadLabelValue}},
		{"a name that is too long", `
			tier ` + strings.Repeat("a", 64) + ` { app=web } :80
			internet -> internet :443`, []diag.Code{diag.BadName, diag.NotEnforced}},
		{"a selector that matches nothing", `
			tier web { app=web, app=api } :80
			internet -> web`, []diag.Code{diag.Unsatisfiable}},
		{"a misspelt word", `
			namespace shop isolate nothing
			tier web { app=web } :80
			internet -> web`, []diag.Code{diag.Unexpected}},
		{"a misspelt name", `
			tier web { app=web } :80
			internet -> wbe`, []diag.Code{diag.UndefinedName}},
		{"a host name", `
			external partner { host api.example.com } :443
			tier web { app=web }
			web -> partner`, []diag.Code{diag.HostUnsupported}},
	} {
		t.Run(trap.name, func(t *testing.T) {
			diags := oneFile(trap.text).diagnose(t)
			var want []string
			for _, c := range trap.want {
				want = append(want, string(c))
			}
			slices.Sort(want)
			if got := codes(diags); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v:\n%s", got, want, render(diags))
			}
		})
	}
}

// every is a program with an edge of each kind.
const every = `
	network { pods 10.244.0.0/16 }
	environment prod by env { namespace bank { tier ledger { app=ledger } :5432 } }
	external partner { 203.0.113.0/24 except 203.0.113.7/32, 2001:db8::/32 } :443
	namespace monitoring isolates nothing { tier prometheus { app=prometheus } }
	namespace shop {
	  tier web { app=web, tier in (front, edge) } :http=8080, 9000-9010/udp
	  tier api { app=api, !legacy } :grpc/tcp
	}
	internet, monitoring/prometheus -> shop/web :http
	shop/web -> shop/api, partner, bank/ledger
	shop/api -> bank/ledger, shop/web
	prod -> shop/web :9000-9001/udp
	bank/* -> shop/api
	bank/ledger -> 198.51.100.0/24 :any
	cluster -> bank/ledger`

// rules calls yield with the peers and ports of each rule.
func rules(p *networkingv1.NetworkPolicy, yield func(egress bool, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort)) {
	for _, r := range p.Spec.Ingress {
		yield(false, r.From, r.Ports)
	}
	for _, r := range p.Spec.Egress {
		yield(true, r.To, r.Ports)
	}
}

func TestTrapsThatCannotBeWritten(t *testing.T) {
	layouts := map[string]target.Layout{"tier": target.ByTier, "edge": target.ByEdge}
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			policies := oneFile(every).emit(t, layout)
			if len(policies) < 5 {
				t.Fatalf("only %d objects", len(policies))
			}
			for _, p := range policies {
				t.Run(p.Namespace+"/"+p.Name, func(t *testing.T) { checkTraps(t, p) })
			}
		})
	}
}

// checkTraps holds one emitted object to what no program without `all` can make it say.
func checkTraps(t *testing.T, p *networkingv1.NetworkPolicy) {
	if len(p.Spec.PolicyTypes) == 0 {
		t.Error("policyTypes are left to defaulting")
	}
	has := func(pt networkingv1.PolicyType) bool { return slices.Contains(p.Spec.PolicyTypes, pt) }
	if len(p.Spec.Ingress) > 0 && !has(networkingv1.PolicyTypeIngress) || len(p.Spec.Egress) > 0 && !has(networkingv1.PolicyTypeEgress) {
		t.Errorf("rules of a direction that policyTypes %v leave out are ignored", p.Spec.PolicyTypes)
	}
	everyPod := len(p.Spec.PodSelector.MatchLabels)+len(p.Spec.PodSelector.MatchExpressions) == 0
	if everyPod && slices.ContainsFunc([]string{"web", "api", "ledger"}, selects(p).isFor) {
		t.Error("the podSelector is empty, and selects every pod of the namespace")
	}
	rules(p, func(egress bool, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		if len(peers) == 0 {
			t.Error("a rule without peers permits every one, addresses outside included")
		}
		for _, peer := range peers {
			checkPeer(t, peer)
			if peer.IPBlock == nil {
				continue
			}
			for _, port := range ports {
				if egress && port.Port != nil && port.Port.StrVal != "" {
					t.Errorf("port %q cannot be resolved at %s", port.Port.StrVal, peer.IPBlock.CIDR)
				}
			}
		}
		for _, port := range ports {
			if port.Protocol == nil {
				t.Error("a port's protocol is left to defaulting")
			}
			if port.EndPort != nil && (port.Port == nil || port.Port.StrVal != "" || *port.EndPort <= port.Port.IntVal) {
				t.Errorf("endPort %d of port %s", *port.EndPort, port.Port)
			}
		}
	})
}

// party is what an object is named after, of those that its edge joins the one it selects.
type party string

func selects(p *networkingv1.NetworkPolicy) party {
	name := strings.TrimPrefix(p.Name, "allow-")
	if from, to, ok := strings.Cut(name, "-to-"); ok {
		name = to
		if strings.HasSuffix(to, "-egress") {
			name = from
		}
	}
	return party(name)
}

func (p party) isFor(tier string) bool {
	return string(p) == tier || strings.HasSuffix(string(p), "-"+tier)
}

func checkPeer(t *testing.T, peer networkingv1.NetworkPolicyPeer) {
	switch {
	case peer.IPBlock != nil:
		if peer.PodSelector != nil || peer.NamespaceSelector != nil {
			t.Error("an address block with a selector is refused")
		}
	case peer.NamespaceSelector != nil && peer.PodSelector == nil:
		// Every pod of the namespaces: the two selectors as two items of the list would read so.
		for key, value := range peer.NamespaceSelector.MatchLabels {
			if value == "shop" || value == "monitoring" {
				t.Errorf("no edge opens all of %s=%s", key, value)
			}
		}
	case peer.NamespaceSelector == nil && peer.PodSelector == nil:
		t.Error("an empty peer")
	}
	if peer.NamespaceSelector != nil {
		for key := range peer.NamespaceSelector.MatchLabels {
			if key != corev1.LabelMetadataName && key != "env" {
				t.Errorf("a namespace is chosen by %s, which may not be set", key)
			}
		}
	}
}

// A peer of another namespace is one item with both selectors; one of the same
// namespace is a podSelector alone.
func TestPeersOfOtherNamespaces(t *testing.T) {
	policies := oneFile(`
		namespace shop { tier web { app=web } :80; tier client { app=client } }
		namespace bank { tier teller { app=teller } }
		bank/teller, shop/client -> shop/web`).emit(t, target.ByTier)
	want := []networkingv1.NetworkPolicyPeer{
		{PodSelector: equals("app", "client")},
		{PodSelector: equals("app", "teller"), NamespaceSelector: equals(corev1.LabelMetadataName, "bank")},
	}
	got := find(t, policies, "shop", "allow-web").Spec.Ingress
	if len(got) != 1 {
		t.Fatalf("%d rules, want 1", len(got))
	}
	if d := cmp.Diff(want, got[0].From); d != "" {
		t.Error(d)
	}
}

// An edge opens both sides: one policy alone would be dropped by the other.
func TestBothSidesAreOpened(t *testing.T) {
	policies := oneFile(`
		namespace shop { tier web { app=web } }
		namespace bank { tier db { app=db } :5432 }
		dns off
		shop/web -> bank/db`).emit(t, target.ByTier)
	if n := len(find(t, policies, "shop", "allow-web").Spec.Egress); n != 1 {
		t.Errorf("the source has %d egress rules", n)
	}
	if n := len(find(t, policies, "bank", "allow-db").Spec.Ingress); n != 1 {
		t.Errorf("the destination has %d ingress rules", n)
	}
}

// Whatever opens connections can resolve names, by UDP and TCP, wherever the resolvers are.
func TestNamesCanBeResolved(t *testing.T) {
	const program = "tier web { app=web }\nweb -> 203.0.113.0/24 :443\n"
	for _, test := range []struct{ name, dns, peer, ports string }{
		{"in most clusters", "", "kube-system k8s-app=kube-dns", "TCP/53 UDP/53"},
		{"where the pods listen on 5353", `
			namespace openshift-dns isolates nothing { tier resolver { dns=default } :5353/udp, 5353/tcp }
			dns openshift-dns/resolver`, "openshift-dns dns=default", "TCP/5353 UDP/5353"},
		{"node-local cache", "dns 169.254.20.10/32", "169.254.20.10/32", "TCP/53 UDP/53"},
		{"a cloud's resolver", "dns 169.254.169.254/32", "169.254.169.254/32", "TCP/53 UDP/53"},
		{"nowhere", "dns off", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			peer, ports := "", ""
			for _, r := range find(t, oneFile(program+test.dns).emit(t, target.ByTier), "default", "allow-web").Spec.Egress {
				to := r.To[0]
				switch {
				case to.IPBlock == nil:
					peer = to.NamespaceSelector.MatchLabels[corev1.LabelMetadataName] + " " + labels.FormatLabels(to.PodSelector.MatchLabels)
				case to.IPBlock.CIDR == "203.0.113.0/24":
					continue
				default:
					peer = to.IPBlock.CIDR
				}
				var list []string
				for _, p := range r.Ports {
					list = append(list, string(*p.Protocol)+"/"+p.Port.String())
				}
				ports = strings.Join(list, " ")
			}
			if peer != test.peer || ports != test.ports {
				t.Errorf("names are resolved at %q on %q, want %q on %q", peer, ports, test.peer, test.ports)
			}
		})
	}
}

// Policies only add, so that a "deny" written as one more of them could only
// open: deny and isolate emit nothing at all.
func TestDenyEmitsNothing(t *testing.T) {
	const program = `
		environment dev, prod by env {
		  namespace shop-$environment { tier web { app=web } :80; tier db { app=db } :5432; web -> db }
		}
		`
	without := yaml(t, oneFile(program).emit(t, target.ByTier))
	with := yaml(t, oneFile(program+`
		isolate dev, prod
		deny dev -> prod
		deny path shop-dev/db -> internet`).emit(t, target.ByTier))
	if d := cmp.Diff(without, with); d != "" {
		t.Error(d)
	}
}

// Removing an edge changes an object and leaves no object of its own.
func TestARemovedEdgeLeavesNoObject(t *testing.T) {
	const program = `
		namespace shop { tier web { app=web } :80; tier db { app=db } :5432; tier client { app=client } }
		shop/client -> shop/web
		`
	names := func(text string) (names []string) {
		for _, p := range oneFile(text).emit(t, target.ByTier) {
			names = append(names, p.Namespace+"/"+p.Name)
		}
		return names
	}
	if d := cmp.Diff(names(program+"shop/web -> shop/db"), names(program)); d != "" {
		t.Error(d)
	}
}

// Names that are long, and names that are the same up to where they are cut
// off, are names of different objects.
func TestNamesStayApart(t *testing.T) {
	long := strings.Repeat("a", 62)
	policies := oneFile(`
		tier `+long+`b { app=b } :80
		tier `+long+`c { app=c } :80
		tier client { app=client }
		client -> `+long+`b, `+long+`c`).emit(t, target.ByEdge)
	seen := map[string]bool{}
	for _, p := range policies {
		if seen[p.Name] {
			t.Errorf("two objects are called %s", p.Name)
		}
		if len(p.Name) > 253 {
			t.Errorf("%s is too long", p.Name)
		}
		seen[p.Name] = true
	}
	if len(seen) < 5 {
		t.Errorf("only %d objects", len(seen))
	}
}

// What YAML 1.1 reads as booleans, numbers or nothing are strings.
func TestWordsOfYAMLAreQuoted(t *testing.T) {
	values := []string{"y", "no", "on", "true", "null", "0x10", "010", "1e3", "1_000", "12"}
	var program strings.Builder
	for _, v := range values {
		program.WriteString("tier t" + strings.Trim(strings.ReplaceAll(v, "_", "-"), "-") + " { word=" + v + " } :80\n")
		program.WriteString("internet -> t" + strings.ReplaceAll(v, "_", "-") + "\n")
	}
	policies := oneFile(program.String()).emit(t, target.ByTier)
	data := yaml(t, policies)
	read, err := manifest.Read([]manifest.File{{Data: []byte(data)}}, manifest.FormatYAML)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range read.Objects() {
		if v, ok := p.Spec.PodSelector.MatchLabels["word"]; ok {
			got = append(got, v)
			if !strings.Contains(data, `word: "`+v+`"`) {
				t.Errorf("%s is not quoted", v)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(values)
	if d := cmp.Diff(values, got); d != "" {
		t.Error(d)
	}
}
