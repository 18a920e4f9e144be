package networkpolicy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
	"github.com/zt-lang/zt/emit/target"
)

// asYAML returns a value in the form in which people know it.
func asYAML(t *testing.T, v any) string {
	t.Helper()
	b, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// frame is a program in which some other party opens a connection to n/web.
const frame = `
namespace n { labels env=prod
  tier web { app=web }
  tier api { app=api, role in (b, a), !old }
  tier anything { }
}
namespace m isolates nothing { labels env=prod
  tier api { app=api }
  tier anything { }
}
environment prod, dev by env
environment pair { namespace one isolates nothing
  namespace two isolates nothing }
environment single { namespace three isolates nothing }
external office { 2001:db8::/32 except (2001:db8:2::/48, 2001:db8:1::/48)
 203.0.113.0/24, 198.51.100.0/24 }
dns off
`

func TestPeers(t *testing.T) {
	for _, test := range []struct{ from, want string }{
		{"n/web", `
- podSelector:
    matchLabels:
      app: web`},
		{"n/api", `
- podSelector:
    matchExpressions:
    - key: old
      operator: DoesNotExist
    - key: role
      operator: In
      values:
      - a
      - b
    matchLabels:
      app: api`},
		{"n/*", `
- podSelector: {}`},
		{"n/anything", `
- podSelector: {}`},
		{"m/api", `
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: m
  podSelector:
    matchLabels:
      app: api`},
		{"m/*", `
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: m`},
		{"m/anything", `
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: m`},
		{"prod", `
- namespaceSelector:
    matchLabels:
      env: prod`},
		{"dev", `
- namespaceSelector:
    matchLabels:
      env: dev`},
		{"pair", `
- namespaceSelector:
    matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: In
      values:
      - one
      - two`},
		{"single", `
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: three`},
		{"cluster", `
- namespaceSelector: {}`},
		{"192.0.2.0/24", `
- ipBlock:
    cidr: 192.0.2.0/24`},
		{"office", `
- ipBlock:
    cidr: 198.51.100.0/24
- ipBlock:
    cidr: 203.0.113.0/24
- ipBlock:
    cidr: 2001:db8::/32
    except:
    - 2001:db8:1::/48
    - 2001:db8:2::/48`},
		{"all", `
null`},
		// In order, whatever order they are written in.
		{"all, office, cluster, prod, m/*, m/api, n/api, n/*, 9.0.0.0/8, 10.0.0.0/8, 10.0.0.0/16", `
- podSelector: {}
- podSelector:
    matchExpressions:
    - key: old
      operator: DoesNotExist
    - key: role
      operator: In
      values:
      - a
      - b
    matchLabels:
      app: api
- namespaceSelector: {}
- namespaceSelector:
    matchLabels:
      env: prod
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: m
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: m
  podSelector:
    matchLabels:
      app: api
- ipBlock:
    cidr: 9.0.0.0/8
- ipBlock:
    cidr: 10.0.0.0/8
- ipBlock:
    cidr: 10.0.0.0/16
- ipBlock:
    cidr: 198.51.100.0/24
- ipBlock:
    cidr: 203.0.113.0/24
- ipBlock:
    cidr: 2001:db8::/32
    except:
    - 2001:db8:1::/48
    - 2001:db8:2::/48`},
	} {
		t.Run(test.from, func(t *testing.T) {
			o := find(lower(t, compile(t, frame+test.from+" -> n/web :80"), target.ByTier), "n/allow-web")
			rules := o.Spec.Ingress
			if strings.Contains(test.from, "all,") {
				if last := rules[len(rules)-1]; len(rules) != 2 || last.From != nil || len(last.Ports) != 1 {
					t.Errorf("rules %s, want all's to be one of its own, and last", asYAML(t, rules))
				}
				rules = rules[:1]
			}
			if len(rules) != 1 {
				t.Fatalf("%d rules", len(rules))
			}
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n")+"\n", asYAML(t, rules[0].From)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	for _, test := range []struct{ ports, want string }{
		{"80", "[{port: 80, protocol: TCP}]"},
		{"80/udp, 80/tcp, 80/sctp", "[{port: 80, protocol: TCP}, {port: 80, protocol: UDP}, {port: 80, protocol: SCTP}]"},
		{"9000-9010, 443", "[{port: 443, protocol: TCP}, {port: 9000, endPort: 9010, protocol: TCP}]"},
		{"80-90, 85-95", "[{port: 80, endPort: 95, protocol: TCP}]"},
		{"80, 81", "[{port: 80, protocol: TCP}, {port: 81, protocol: TCP}]"},
		{"1-65535", "[{protocol: TCP}]"},
		{"1-100, 101-65535, 53/udp", "[{protocol: TCP}, {port: 53, protocol: UDP}]"},
		{"1-65535/tcp, 1-65535/udp, 1-65535/sctp", "null"},
		{"any", "null"},
		{"any, 80", "null"},
		{"http/tcp", "[{port: http, protocol: TCP}]"},
		{"web/udp, http/tcp, api/tcp, 8080", "[{port: 8080, protocol: TCP}, {port: api, protocol: TCP}, {port: http, protocol: TCP}, {port: web, protocol: UDP}]"},
		{"1-65535/tcp, http/tcp", "[{protocol: TCP}]"},
	} {
		t.Run(test.ports, func(t *testing.T) {
			o := find(lower(t, compile(t, frame+"m/api -> n/web :"+test.ports), target.ByTier), "n/allow-web")
			var want any
			if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asYAML(t, want), asYAML(t, o.Spec.Ingress[0].Ports)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A peer stands once, with all of its ports; peers with the same ports share a rule.
func TestRulesAreMerged(t *testing.T) {
	objects := lower(t, compile(t, frame+`
m/api -> n/web :80
m/* -> n/web :80
m/api -> n/web :81
n/api -> n/web :81
cluster -> n/web :81, 80
n/* -> n/api :80
`), target.ByTier)
	want := `
- from:
  - podSelector:
      matchExpressions:
      - key: old
        operator: DoesNotExist
      - key: role
        operator: In
        values:
        - a
        - b
      matchLabels:
        app: api
  ports:
  - port: 81
    protocol: TCP
- from:
  - namespaceSelector: {}
  - namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: m
    podSelector:
      matchLabels:
        app: api
  ports:
  - port: 80
    protocol: TCP
  - port: 81
    protocol: TCP
- from:
  - namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: m
  ports:
  - port: 80
    protocol: TCP
`
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), asYAML(t, find(objects, "n/allow-web").Spec.Ingress)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSelectors(t *testing.T) {
	for _, test := range []struct{ selector, want string }{
		{"", "{}"},
		{"b=2, a=1", "{matchLabels: {a: '1', b: '2'}}"},
		{"a in (x)", "{matchLabels: {a: x}}"},
		{"a in (y, x, y)", "{matchExpressions: [{key: a, operator: In, values: [x, 'y']}]}"},
		{"a!=x", "{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}"},
		{"a!=y, a notin (x, z)", "{matchExpressions: [{key: a, operator: NotIn, values: [x, 'y', z]}]}"},
		{"a", "{matchExpressions: [{key: a, operator: Exists}]}"},
		{"!a", "{matchExpressions: [{key: a, operator: DoesNotExist}]}"},
		{"!a, a!=x", "{matchExpressions: [{key: a, operator: DoesNotExist}]}"},
		{"a, a!=x", "{matchExpressions: [{key: a, operator: Exists}, {key: a, operator: NotIn, values: [x]}]}"},
		{"a in (x, y, z), a!=y", "{matchExpressions: [{key: a, operator: In, values: [x, z]}]}"},
		{"a in (x, y), a!=y, a", "{matchLabels: {a: x}}"},
		{"z, b, a=1", "{matchLabels: {a: '1'}, matchExpressions: [{key: b, operator: Exists}, {key: z, operator: Exists}]}"},
	} {
		t.Run(test.selector, func(t *testing.T) {
			o := find(lower(t, compile(t, "tier x { "+test.selector+" }"), target.ByTier), "default/allow-x")
			var want any
			if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asYAML(t, want), asYAML(t, o.Spec.PodSelector)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What no program can say selects nothing, rather than too much.
func TestSelectorsThatCannotBeWritten(t *testing.T) {
	for _, values := range []relation.Values{relation.In(), {Names: []string{"x"}, Absent: true}} {
		b := policyset.NewBuilder()
		b.Add(policyset.Policy{PodSelector: labelSelector(relation.Select(relation.Requirement{Key: "a", Values: values}))})
		s := &b.Set().Objects()[0].Spec.PodSelector
		for _, set := range []map[string]string{{}, {"a": "x"}, {"a": "y"}} {
			if selects(s, set) {
				t.Errorf("%+v is written as %v, which selects %v", values, s, set)
			}
		}
	}
}

// An edge without ports, which no program has, must not become a rule for every port.
func TestNoPortsGiveNoRule(t *testing.T) {
	topo := compile(t, frame+"m/api -> n/web :80")
	topo.Edges = []*topology.Edge{{From: topo.Edges[0].From, To: topo.Edges[0].To}}
	for _, layout := range []target.Layout{target.ByTier, target.ByEdge} {
		for _, o := range lower(t, topo, layout) {
			if len(o.Spec.Ingress) > 0 || strings.Contains(o.Name, "-to-") {
				t.Errorf("%s has rules: %+v", o.Name, o.Spec.Ingress)
			}
		}
	}
}
