package crosscheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

func TestUnreached(t *testing.T) {
	db := pods("db", "{containerPort: 5432}") + service("db", "selector: {app: db}, ports: [{port: 5432}]")
	tests := map[string]struct {
		program, manifests string
		want               bool
	}{
		"no edge":                {"tier db { app=db } :5432", db, true},
		"an edge":                {"tier db { app=db } :5432\ncluster -> db", db, false},
		"of its own pods":        {"tier db { app=db } :5432\ndb -> db", db, true},
		"of headless pods":       {"tier db { app=db } :5432\ndb -> db", strings.Replace(db, "selector: {app: db}", "clusterIP: None, selector: {app: db}", 1), false},
		"on another port":        {"tier db { app=db } :5432, 80\ncluster -> db :80", pods("db", "{containerPort: 5432}, {containerPort: 80}") + service("db", "selector: {app: db}, ports: [{port: 5432}]"), true},
		"one of two ports":       {"tier db { app=db } :5432, 80\ncluster -> db :80", pods("db", "{containerPort: 5432}, {containerPort: 80}") + service("db", "selector: {app: db}, ports: [{port: 5432, name: a}, {port: 80, name: b}]"), false},
		"denied":                 {"tier db { app=db } :5432\ndeny cluster -> db", db, false},
		"not isolated":           {"namespace default isolates egress { tier db { app=db } :5432 }", db, false},
		"for metrics":            {"tier db { app=db } :5432", pods("db", "{containerPort: 5432}") + service("db", "selector: {app: db}, ports: [{name: http-metrics, port: 5432}]"), false},
		"for metrics, by a Role": {"tier db { app=db } :5432", pods("db", "{containerPort: 5432}") + service("db-metrics", "selector: {app: db}, ports: [{port: 5432}]") + proxy("db-metrics"), true},
		"by a scheme in a Role":  {"tier db { app=db } :5432", pods("db", "{containerPort: 5432}") + service("db-metrics", "selector: {app: db}, ports: [{port: 5432}]") + proxy("\"https:db-metrics:\""), true},
		"another in a Role":      {"tier db { app=db } :5432", pods("db", "{containerPort: 5432}") + service("db-metrics", "selector: {app: db}, ports: [{port: 5432}]") + proxy("db"), false},
		"a Role, and an edge":    {"tier db { app=db } :5432\nall -> db", pods("db", "{containerPort: 5432}") + service("db-metrics", "selector: {app: db}, ports: [{port: 5432}]") + proxy("db-metrics"), false},
		"pods that are not seen": {"tier db { app=db } :5432", service("db", "selector: {app: db}, ports: [{port: 5432}]"), false},
		"reported as missing":    {"tier web { app=web }\ntier db { app=db } :5432", reader("web", "DB", "db:5432") + db, false},
		"of a wrong port":        {"tier db { app=db } :80", db, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list := hold(t, tt.program, tt.manifests)
			if got := slices.Contains(codes(list), diag.UnreachedService); got != tt.want {
				t.Errorf("%v: %v", got, list)
			}
		})
	}
}

// proxy returns a Role by which a Service is used through the API server.
func proxy(service string) string {
	return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [\"\"], resources: [services/proxy], resourceNames: [" + service + "], verbs: [get]}]\n"
}

// A Service without clients is likely a mistake, unless its pods work off a queue.
func TestUnreachedSeverity(t *testing.T) {
	web := pods("web", "{containerPort: 80}") + service("web", "selector: {app: web}, ports: [{port: 80}]")
	for program, want := range map[string]diag.Severity{
		"tier web { app=web } :80":                        diag.Warning,
		"tier web { app=web } :80\nweb -> internet :443":  diag.Warning,
		"tier web { app=web } :80\nweb -> internet :5672": diag.Note,
		"tier web { app=web } :80\nweb -> internet :any":  diag.Warning,
	} {
		list := hold(t, program, web)
		if len(list) != 1 || list[0].Code != diag.UnreachedService || list[0].Severity != want {
			t.Errorf("%s: %v", program, list)
		}
	}
}

// What the manifests show of DNS, meshes, environments, addresses and protocols.
// An edge of the whole namespace does not let the clients of a Service in.
func TestHalfCovered(t *testing.T) {
	manifests := pods("a", "") + pods("db", "{containerPort: 5432}") + service("db", "selector: {app: db}, ports: [{port: 5432}]")
	want := "manifests.yaml:10 no tier of default covers Deployment default/db, and no edge leads to it on 5432/tcp, to which Service default/db sends [ZT604] (shop.zt:1) (manifests.yaml:18)"
	if got := lines(hold(t, "tier a { app=a }\ndefault/* -> internet :443", manifests)); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
	if got := lines(hold(t, "tier a { app=a }\ndefault/* -> internet :443\ncluster -> default/* :5432", manifests)); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestOtherEvidence(t *testing.T) {
	resolver := func(label string) string {
		return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: coredns, namespace: kube-system}\nspec: {template: {metadata: {labels: {k8s-app: " + label + "}}, spec: {containers: [{ports: [{containerPort: 53, protocol: UDP}]}]}}}\n" +
			"---\napiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec: {selector: {k8s-app: " + label + "}, ports: [{port: 53, protocol: UDP, targetPort: 53}]}\n"
	}
	cache := "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: node-local-dns, namespace: kube-system}\nspec: {template: {metadata: {labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true}}}\n"
	web := pods("web", "{containerPort: 8080}")
	const tier = "tier web { app=web } :8080\nweb -> internet :443\nall -> web\n"
	const addressed = "---\napiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: x}\nspec: {clusterIP: 10.96.0.9, ports: [{port: 443}]}\n"
	tests := map[string]struct {
		program, manifests string
		want               []diag.Code
	}{
		"the resolvers":               {tier, web + resolver("kube-dns"), nil},
		"others":                      {tier, web + resolver("coredns"), []diag.Code{diag.ResolverElsewhere}},
		"by an address":               {tier + "dns 10.0.0.10/32", web + resolver("coredns"), nil},
		"no names at all":             {tier + "dns off", web + resolver("coredns"), nil},
		"a cache on each node":        {tier, web + cache, []diag.Code{diag.ResolverElsewhere}},
		"the cache is named":          {tier + "dns 169.254.20.10/32, kube-system/kube-dns", web + cache, nil},
		"ambient":                     {tier, web + space("default", "istio.io/dataplane-mode: ambient"), []diag.Code{diag.MeshCut}},
		"ambient, open":               {tier + "cluster -> default/* :15008", web + space("default", "istio.io/dataplane-mode: ambient"), nil},
		"a revision of Istio":         {tier, web + space("default", "istio.io/rev: stable"), []diag.Code{diag.MeshCut}},
		"its control plane is open":   {tier + "namespace istio-system isolates nothing { tier istiod { app=istiod } }\nweb -> istio-system/istiod :15012", web + space("default", "istio.io/rev: stable"), nil},
		"Linkerd, by an annotation":   {tier, web + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, annotations: {linkerd.io/inject: enabled}}\n", []diag.Code{diag.MeshCut}},
		"no mesh":                     {tier, web + space("default", "istio-injection: disabled"), nil},
		"a mesh, not isolated":        {"namespace default isolates ingress {\ntier web { app=web } :8080\nall -> web\n}", web + space("default", "istio-injection: enabled"), nil},
		"no namespace":                {tier + "environment e by e\ne -> web", web + space("x", "e: f"), []diag.Code{diag.UnknownEnvironment}},
		"a namespace":                 {tier + "environment e by e\ne -> web", web + space("x", "e: e"), nil},
		"the address of a Service":    {tier + "web -> 10.96.0.9/32 :443", web + addressed, []diag.Code{diag.ServiceAddress}},
		"a range of Services":         {tier + "network { services 10.96.0.0/12 }\nweb -> 10.96.7.0/24 :443", web, []diag.Code{diag.ServiceAddress}},
		"an address in a variable":    {"tier a { app=a }\ntier b { app=b } :80", reader("a", "B", "http://10.96.0.8/x") + pods("b", "{containerPort: 80}") + service("b", "clusterIP: 10.96.0.8, selector: {app: b}, ports: [{port: 80}]"), []diag.Code{diag.MissingEdge}},
		"a block with the address":    {tier + "web -> 10.96.0.0/12 :443", web + addressed, nil},
		"a block that begins with it": {tier + "web -> 10.96.0.16/28 :443", web + strings.Replace(addressed, "10.96.0.9", "10.96.0.16", 1), nil},
		"both protocols":              {"tier web { app=web } :8080/tcp, 8080/udp\nall -> web", web + service("web", "selector: {app: web}, ports: [{port: 80, targetPort: 8080}]"), []diag.Code{diag.UndeclaredContainerPort}},
		"a port by its name":          {"tier web { app=web } :8080\ntier api { app=api } :http/tcp\nall -> web\nweb -> api", workload("Deployment", "web", "app: web", `containers: [{ports: [{containerPort: 8080}], env: [{name: B, value: "http://api:80"}]}]`) + pods("api", "{name: http, containerPort: 81}") + service("api", "selector: {app: api}, ports: [{port: 80, targetPort: http}]"), nil},
		"from the address":            {tier + "10.96.0.9/32 -> web", web + addressed, nil},
		"another protocol":            {"tier web { app=web } :8080/udp\nall -> web", web + service("web", "selector: {app: web}, ports: [{port: 80, targetPort: 8080}]"), []diag.Code{diag.WrongProtocol}},
		"another, and no Service":     {"tier web { app=web } :8080/udp\nall -> web", web, []diag.Code{diag.UndeclaredContainerPort}},
		"a variable in a variable":    {"tier web { app=web } :8080\ntier api { app=api } :80\nall -> web", workload("Deployment", "web", "app: web", `containers: [{ports: [{containerPort: 8080}], env: [{name: A, value: api}, {name: B, value: "http://$(A):80"}]}]`) + pods("api", "{containerPort: 80}") + service("api", "selector: {app: api}, ports: [{port: 80}]"), []diag.Code{diag.MissingEdge}},
		"a token that is projected":   {"tier op { app=op }", workload("Deployment", "op", "app: op", "serviceAccountName: op, automountServiceAccountToken: false, volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]") + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: op}\nroleRef: {kind: Role, name: op}\nsubjects: [{kind: ServiceAccount, name: op}]\n", []diag.Code{diag.NoAPIServer}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := codes(hold(t, tt.program, tt.manifests)); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
