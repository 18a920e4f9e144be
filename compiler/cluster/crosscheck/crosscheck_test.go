package crosscheck_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/grammar/diag"
)

// lines shows diagnostics with their places, related ones included.
func lines(list diag.List) []string {
	var out []string
	for _, d := range list {
		if d.Code == diag.UnreachedService {
			continue // most programs of these tests have no client; TestUnreached is about them
		}
		line := fmt.Sprintf("%s:%d %s [%s]", d.Span.File.Name, d.Span.Begin().Line, d.Message, d.Code)
		for _, r := range d.Related {
			line += fmt.Sprintf(" (%s:%d)", r.Span.File.Name, r.Span.Begin().Line)
		}
		out = append(out, line)
	}
	return out
}

// workload returns a manifest of these labels and ports, at whose line 2 the object begins.
func workload(kind, name, labels, spec string) string {
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: %s\nmetadata: {name: %s}\nspec:\n  template:\n    metadata: {labels: {%s}}\n    spec: {%s}\n", kind, name, labels, spec)
}

// pods returns a Deployment of the label app, whose container has these ports.
func pods(app, ports string) string {
	return workload("Deployment", app, "app: "+app, "containers: [{ports: ["+ports+"]}]")
}

// space returns a Namespace.
func space(name, labels string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n", name, labels)
}

func service(name, rest string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {%s}\n", name, rest)
}

// inNamespace returns Deployments of a namespace.
func inNamespace(namespace string, names ...string) (manifests string) {
	for _, name := range names {
		manifests += strings.Replace(pods(name, ""), "name: "+name, "name: "+name+", namespace: "+namespace, 1)
	}
	return manifests
}

func TestSelectors(t *testing.T) {
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"all as it should be": {"tier a { app=a }", pods("a", ""), nil},
		"none":                {"tier a { app=a }\ntier b { app=b }", pods("a", ""), []string{"shop.zt:2 no workload has the labels of default/b: app=b [ZT603]"}},
		"none, of that name": {"tier a { app=a }\ntier b { app=b }", pods("a", "") + workload("DaemonSet", "b", "app: a", ""),
			[]string{"shop.zt:2 no workload has the labels of default/b: app=b [ZT603] (manifests.yaml:10)"}},
		"in another namespace": {"namespace a { tier a { app=a } }", strings.Replace(pods("a", ""), "name: a", "name: a, namespace: x", 1),
			[]string{"shop.zt:1 no workload has the labels of a/a: app=a [ZT603] (manifests.yaml:2)"}},
		"in none": {"namespace a { tier a { app=a } }\ntier b { app=b }", pods("a", "") + pods("b", ""),
			[]string{"shop.zt:1 no workload is in the namespace a: Deployment default/a fits its tiers and names no namespace, so it is in default [ZT603] (manifests.yaml:2)"}},
		"in none, of two tiers": {"namespace a { tier a { app=a }\ntier c { app=c } }", pods("b", ""),
			[]string{"shop.zt:1 no workload is in the namespace a, so none is in its tiers: a, c [ZT603]"}},
		"in another, of two tiers": {"namespace a { tier b { app=b }\ntier c { app=c } }", inNamespace("x", "b", "c"),
			[]string{"shop.zt:1 no workload is in the namespace a, so none is in its tiers: b, c [ZT603] (manifests.yaml:2) (manifests.yaml:10)"}},
		"in another, of a namespace that is not isolated": {"namespace a isolates nothing { tier b { app=b } }\ntier c { app=c }\na/b -> c :80", pods("c", "{containerPort: 80}") + inNamespace("x", "b"),
			[]string{"shop.zt:1 no workload is in the namespace a, and edges are about its tiers: a/b [ZT603] (manifests.yaml:10)"}},
		"in a tier without edges": {"namespace a isolates nothing { tier b { app=b } }\ntier c { app=c }\nnamespace x { tier d { app=b } }\na/b -> c :80", pods("c", "{containerPort: 80}") + inNamespace("x", "b"),
			[]string{"shop.zt:1 no workload is in the namespace a, and edges are about its tiers: a/b [ZT603] (manifests.yaml:10)"}},
		"another with edges of its own":  {"namespace a isolates nothing { tier b { app=b } }\ntier c { app=c }\nnamespace x { tier d { app=b } }\na/b, x/d -> c :80", pods("c", "{containerPort: 80}") + inNamespace("x", "b"), nil},
		"another that an edge has whole": {"namespace a isolates nothing { tier b { app=b } }\ntier c { app=c }\nnamespace x isolates nothing\na/b, x/* -> c :80", pods("c", "{containerPort: 80}") + inNamespace("x", "b"), nil},
		"another, and no edge":           {"namespace a isolates nothing { tier b { app=b } }\ntier c { app=c }", pods("c", "") + inNamespace("x", "b"), nil},
		"of a namespace that others run": {"tier a { app=a }\nnamespace x isolates nothing { tier c { app=c } }\nx/c -> a :80", pods("a", "{containerPort: 80}"), nil},
		"of one whose manifests are there": {"tier a { app=a }\nnamespace x isolates nothing { tier c { app=c } }\nx/c -> a :80", pods("a", "{containerPort: 80}") + strings.Replace(pods("d", ""), "name: d", "name: d, namespace: x", 1),
			[]string{"shop.zt:2 no workload has the labels of x/c: app=c [ZT603]"}},
		"uncovered":     {"tier a { app=a }", pods("a", "") + pods("b", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"for one side":  {"namespace default isolates ingress { tier a { app=a } }", pods("a", "") + pods("b", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can accept no connection [ZT604] (shop.zt:1)"}},
		"for the other": {"namespace default isolates egress { tier a { app=a } }", pods("a", "") + pods("b", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can open no connection [ZT604] (shop.zt:1)"}},
		"not isolated":  {"namespace default isolates nothing { tier a { app=a } }", pods("a", "") + pods("b", ""), nil},
		"free":          {"namespace default isolates tiers { tier a { app=a } }", pods("a", "") + pods("b", ""), nil},
		"of tiers that isolate": {"namespace x isolates tiers { tier c { app=c } }", pods("a", ""),
			[]string{"shop.zt:1 no workload has the labels of x/c: app=c [ZT603]"}},
		"of a tier that isolates nothing": {"namespace default { tier a { app=a } }\nnamespace x isolates tiers { tier c { app=c } isolates nothing }\nx/c -> a :80", pods("a", "{containerPort: 80}"), nil},
		"by an edge":                      {"namespace default { }\ndefault/* -> internet :443", pods("b", ""), nil},
		"by a namespace":                  {"environment dev { namespace default { } }\ndev -> internet :443", pods("b", ""), nil},
		"by a deny":                       {"tier a { app=a }\ndeny default/* -> internet", pods("a", "") + pods("b", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"of the cluster":                  {"tier a { app=a }\ncluster -> a :80", pods("a", "{containerPort: 80}") + pods("b", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"made by another":                 {"tier a { app=a }", pods("a", "") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {app: a, b: c}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: a, uid: u, controller: true}]}\n", nil},
		"made by another, and changed":    {"tier a { app=a }", pods("a", "") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {b: c}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: a, uid: u, controller: true}]}\n", []string{"manifests.yaml:10 no tier of default covers Pod default/x, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"made by what is not there": {"tier a { app=a }", pods("a", "") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: z, uid: u, controller: true}]}\n",
			[]string{"manifests.yaml:10 no tier of default covers Pod default/x, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"across namespaces": {"tier a { app=a }\ntier c in cluster { app=c }\nc -> a :80", pods("a", "{containerPort: 80}") + strings.Replace(pods("c", ""), "name: c", "name: c, namespace: x", 1), nil},
		"across namespaces, none": {"tier a { app=a }\ntier c in cluster { app=c }\nc -> a :80", pods("a", "{containerPort: 80}"),
			[]string{"shop.zt:2 no workload in cluster has the labels of c: app=c [ZT603]"}},
		"across those of an environment": {"tier a { app=a }\nenvironment e by e\ntier c in e { app=c }\nc -> a :80", pods("a", "{containerPort: 80}") + space("x", "e: e") + strings.Replace(pods("c", ""), "name: c", "name: c, namespace: x", 1), nil},
		"across those of another": {"tier a { app=a }\nenvironment e by e\ntier c in e { app=c }\nc -> a :80", pods("a", "{containerPort: 80}") + space("x", "e: f") + strings.Replace(pods("c", ""), "name: c", "name: c, namespace: x", 1),
			[]string{"shop.zt:3 no workload in e has the labels of c: app=c [ZT603] (manifests.yaml:14)"}},
		"across namespaces that are not there": {"tier a { app=a }\nenvironment e by e\ntier c in e { app=c }\nc -> a :80", pods("a", "{containerPort: 80}") + strings.Replace(pods("c", ""), "name: c", "name: c, namespace: x", 1), nil},
		"across namespaces, and of one":        {"tier a { app=a }\ntier b in cluster { role=b }\nb -> a :80", pods("a", "{containerPort: 80}") + workload("StatefulSet", "x", "app: a, role: b", ""), nil},
		"only across namespaces":               {"tier a { app=a }\ntier b in cluster { role=b }\nb -> a :80", pods("a", "{containerPort: 80}") + workload("StatefulSet", "x", "role: b", ""), nil},
		"in two":                               {"tier a { app=a }\ntier b { role=b }", pods("a", "") + workload("StatefulSet", "x", "app: a, role: b", ""), []string{"manifests.yaml:10 StatefulSet default/x is in two tiers, default/a and default/b, and may do what either may [ZT605] (shop.zt:1) (shop.zt:2)"}},
		"in part of":                           {"tier a { app=a }\ntier b { app=a, role=b }", workload("StatefulSet", "x", "app: a, role: b", ""), nil},
		"host network":                         {"tier a { app=a }", workload("DaemonSet", "a", "app: a", "hostNetwork: true"), []string{"manifests.yaml:2 DaemonSet default/a is on the network of its node: policies neither bind it nor see it as default/a [ZT609] (shop.zt:1)"}},
		"host network of no tier":              {"tier a { app=a }", pods("a", "") + workload("DaemonSet", "b", "app: b", "hostNetwork: true"), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	const program = "tier a { app=a } :5000/tcp\ncluster -> a"
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"the container's":       {program, pods("a", "{containerPort: 5000}") + service("a", "selector: {app: a}, ports: [{port: 80, targetPort: 5000}]"), nil},
		"the Service's":         {program, pods("a", "{containerPort: 8080}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 default/a does not listen on 5000/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:13) (manifests.yaml:8)"}},
		"by name":               {program, pods("a", "{name: web, containerPort: 8080}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: web}]"), []string{"shop.zt:1 default/a does not listen on 5000/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:13) (manifests.yaml:8)"}},
		"to what none declares": {program, pods("a", "") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 default/a does not listen on 5000/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:13)"}},
		"of an edge":            {"tier a { app=a }\ncluster -> a :5000", pods("a", "{containerPort: 8080}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:2 default/a does not listen on 5000/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:13) (manifests.yaml:8)"}},
		"of a whole namespace":  {"namespace default { }\ncluster -> default/* :5000", pods("a", "{containerPort: 8080}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:2 default/* does not listen on 5000/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:13) (manifests.yaml:8)"}},
		"of every port":         {"tier a { app=a }\ncluster -> a :any", pods("a", "{containerPort: 8080}"), nil},
		"of a range":            {"tier a { app=a } :8000-8999\ncluster -> a", pods("a", "{containerPort: 8080}"), nil},

		"both":                    {program, pods("a", "{containerPort: 5000}, {containerPort: 8080}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), nil},
		"of one protocol":         {"tier a { app=a } :5000/udp\ncluster -> a", pods("a", "{containerPort: 5000}") + service("a", "selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 no container of default/a declares the port 5000/udp [ZT607] (manifests.yaml:2)"}},
		"headless":                {program, pods("a", "{containerPort: 8080}") + service("a", "clusterIP: None, selector: {app: a}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 no container of default/a declares the port 5000/tcp [ZT607] (manifests.yaml:2)"}},
		"of another's Service":    {program, pods("a", "{containerPort: 8080}") + service("a", "selector: {app: b}, ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 no container of default/a declares the port 5000/tcp [ZT607] (manifests.yaml:2)"}},
		"of a Service without":    {program, pods("a", "{containerPort: 8080}") + service("a", "ports: [{port: 5000, targetPort: 8080}]"), []string{"shop.zt:1 no container of default/a declares the port 5000/tcp [ZT607] (manifests.yaml:2)"}},
		"declared by no one":      {program, pods("a", ""), []string{"shop.zt:1 no container of default/a declares the port 5000/tcp [ZT607] (manifests.yaml:2)"}},
		"known by the Service":    {program, pods("a", "") + service("a", "selector: {app: a}, ports: [{port: 80, targetPort: 5000}]"), nil},
		"declared by one of them": {program, pods("a", "{containerPort: 5000}") + workload("StatefulSet", "b", "app: a", "containers: [{ports: [{containerPort: 1}]}]"), nil},
		"of a tier without pods":  {"tier a { app=a } :5000\ntier b { app=b } :80\ncluster -> a\ncluster -> b", pods("b", "{containerPort: 80}"), []string{"shop.zt:1 no workload has the labels of default/a: app=a [ZT603]"}},

		"named":                   {"tier a { app=a } :web/tcp\ncluster -> a", pods("a", "{name: web, containerPort: 80}") + workload("StatefulSet", "b", "app: a", "containers: [{ports: [{name: web, containerPort: 80}]}]"), nil},
		"named by none":           {"tier a { app=a } :web/tcp\ncluster -> a", pods("a", "{name: www, containerPort: 80}"), []string{"shop.zt:1 no container of default/a declares the port web/tcp [ZT607] (manifests.yaml:2)"}},
		"named of UDP":            {"tier a { app=a } :web/tcp\ncluster -> a", pods("a", "{name: web, containerPort: 80, protocol: UDP}"), []string{"shop.zt:1 no container of default/a declares the port web/tcp [ZT607] (manifests.yaml:2)"}},
		"another of the name":     {"tier a { app=a } :metrics=8080\ncluster -> a", pods("a", "{name: metrics, containerPort: 8090}, {name: healthz, containerPort: 8080}"), []string{"shop.zt:1 metrics is 8080/tcp here and 8090 in Deployment default/a [ZT608] (manifests.yaml:8)"}},
		"the name of another pod": {"tier a { app=a } :metrics=8080\ncluster -> a", pods("a", "{name: metrics, containerPort: 8090}") + workload("StatefulSet", "b", "app: a", "containers: [{ports: [{name: metrics, containerPort: 8080}]}]"), nil},
		"named twice":             {"tier a { app=a } :web/tcp\ncluster -> a", pods("a", "{name: web, containerPort: 80}") + workload("StatefulSet", "b", "app: a", "containers: [{ports: [{name: web, containerPort: 81}]}]"), []string{"shop.zt:1 web/tcp means 80 in Deployment default/a and 81 in StatefulSet default/b [ZT608] (manifests.yaml:8) (manifests.yaml:16)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamespaceLabels(t *testing.T) {
	const program = "namespace shop {\n  labels team=a\n}\nenvironment dev by env {\n  namespace x { }\n}\nshop/* -> x/* :80"
	tests := map[string][]string{
		"{name: shop, labels: {team: a, other: z}}": nil,
		"{name: undeclared, labels: {env: dev}}":    nil,
		"{name: x, labels: {env: dev, team: q}}":    nil,
		"{name: shop}":                              {"manifests.yaml:1 the namespace shop does not carry the label team=a, which the program states [ZT610] (shop.zt:1)"},
		"{name: shop, labels: {team: b}}":           {"manifests.yaml:1 the namespace shop carries team=b and not team=a, which the program states [ZT610] (shop.zt:1)"},
		"{name: shop, labels: {team: a, env: dev}}": {"manifests.yaml:1 the namespace shop carries env=dev, by which it is in an environment that the program does not put it in [ZT610] (shop.zt:1)"},
		"{name: x, labels: {env: prod}}":            {"manifests.yaml:1 the namespace x carries env=prod and not env=dev, which the program states [ZT610] (shop.zt:5)"},
	}
	for metadata, want := range tests {
		got := hold(t, program, "apiVersion: v1\nkind: Namespace\nmetadata: "+metadata+"\n")
		if diff := cmp.Diff(want, lines(got)); diff != "" {
			t.Errorf("%s: %s", metadata, diff)
		}
	}
}

func TestCallbacks(t *testing.T) {
	const hook = "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: h}\nwebhooks:\n- clientConfig:\n    service: {namespace: default, name: a}\n"
	manifests := pods("a", "{name: https, containerPort: 8443}") + service("a", "selector: {app: a}, ports: [{port: 443, targetPort: https}]") + hook
	cut := []string{"manifests.yaml:20 the API server calls Service default/a for MutatingWebhookConfiguration h, and only pods may reach Deployment default/a on 8443/tcp [ZT611] (manifests.yaml:10) (manifests.yaml:2) (shop.zt:1)"}
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"cut":                              {"tier a { app=a } :8443", manifests, cut},
		"open to pods":                     {"tier a { app=a } :8443\ncluster -> a", manifests, cut},
		"open to others":                   {"tier a { app=a } :8443\ntier b { app=b } :8443\nall -> b", manifests + pods("b", "{containerPort: 8443}"), cut},
		"on another port":                  {"tier a { app=a } :8443, 80\nall -> a :80", strings.Replace(manifests, "{name: https", "{containerPort: 80}, {name: https", 1), cut},
		"open to all":                      {"tier a { app=a } :8443\nall -> a", manifests, nil},
		"by name":                          {"tier a { app=a } :https/tcp\nall -> a", manifests, nil},
		"open to nodes":                    {"network { nodes 192.168.0.0/24 }\ntier a { app=a } :8443\nnodes -> a", manifests, nil},
		"open to a block":                  {"tier a { app=a } :8443\n203.0.113.0/24 -> a", manifests, nil},
		"a whole namespace":                {"tier a { app=a } :8443\nall -> default/* :8443", manifests, nil},
		"egress alone":                     {"namespace default isolates egress {\n tier a { app=a } :8443\n}", manifests, nil},
		"of a tier that isolates":          {"namespace default isolates tiers { tier a { app=a } :8443 }", manifests, cut},
		"of a tier that does not":          {"namespace default isolates tiers { tier a { app=a } isolates egress :8443; tier b { app=b } }", manifests + pods("b", ""), nil},
		"of free pods":                     {"namespace default isolates tiers { tier b { app=b } }", manifests + pods("b", ""), nil},
		"of no known pods among free ones": {"namespace default isolates tiers { tier a { app=a } :8443 }", pods("a", "{containerPort: 8443}") + hook, nil},
		"of others":                        {"tier a { app=a } :8443", strings.Replace(manifests, "{namespace: default, name: a}", "{namespace: other, name: a}", 1), nil},
		"by two objects": {"tier a { app=a } :8443", manifests + strings.Replace(hook, "name: h", "name: i", 1),
			[]string{strings.NewReplacer("Configuration h,", "Configuration h and 1 more,", "(shop.zt:1)", "(manifests.yaml:27) (shop.zt:1)").Replace(cut[0])}},
		"a Service not there":   {"tier a { app=a } :8443", pods("a", "{containerPort: 8443}") + hook, []string{"manifests.yaml:15 the API server calls Service default/a for MutatingWebhookConfiguration h, and only pods may reach those of default [ZT611] (shop.zt:1)"}},
		"not there, but open":   {"tier a { app=a } :8443\nall -> a", pods("a", "{containerPort: 8443}") + hook, nil},
		"on the host's network": {"tier b { app=b }", strings.Replace(manifests, "spec: {containers", "spec: {hostNetwork: true, containers", 1) + pods("b", ""), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Online Boutique: with the containers' ports everything fits; with the
// Services', exactly those are told of that a Service translates.
func TestOnlineBoutique(t *testing.T) {
	program, err := os.ReadFile("../../../examples/online-boutique/online-boutique.zt")
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := os.ReadFile("../../../examples/kustomize/base/workloads.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := hold(t, string(program), string(manifests)); len(got) > 0 {
		t.Errorf("with the containers' ports: %v", lines(got))
	}
	services := string(program)
	for tier, port := range map[string]string{"frontend": "80", "emailservice": "5000"} {
		at := regexp.MustCompile(`(?m)^(tier ` + tier + ` .*:)8080/tcp$`)
		if !at.MatchString(services) {
			t.Fatalf("the tier %s is not on 8080", tier)
		}
		services = at.ReplaceAllString(services, "${1}"+port+"/tcp")
	}
	var got []string
	for _, d := range hold(t, services, string(manifests)) {
		got = append(got, d.Message+" | "+d.Help)
	}
	want := []string{
		"default/frontend does not listen on 80/tcp: that is a port of Service default/frontend, which sends it on to 8080/tcp | write :8080/tcp, since policies see packets after a Service has translated them",
		"default/emailservice does not listen on 5000/tcp: that is a port of Service default/emailservice, which sends it on to 8080/tcp | write :8080/tcp, since policies see packets after a Service has translated them",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
