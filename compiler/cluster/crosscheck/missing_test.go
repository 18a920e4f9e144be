package crosscheck_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reader returns a Deployment whose container has one variable.
func reader(app, variable, value string) string {
	return workload("Deployment", app, "app: "+app, fmt.Sprintf("containers: [{env: [{name: %s, value: %q}]}]", variable, value))
}

func TestMissingEdges(t *testing.T) {
	api := pods("api", "{name: http, containerPort: 8080}") + service("api", "selector: {app: api}, ports: [{port: 80, targetPort: http}]")
	const tiers = "tier web { app=web }\ntier api { app=api } :8080\n"
	cut := func(more string) []string {
		return []string{"shop.zt:2 default/web connects to default/api on 8080/tcp, and no edge permits it [ZT620] " + more}
	}
	monitor := "---\napiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: api}\nspec: {selector: {matchLabels: {app: api}}, podMetricsEndpoints: [{port: http}]}\n"
	const from = "containers: [{envFrom: [{configMapRef: {name: c}}]}]"
	shared := workload("Deployment", "web", "app: web", from) + workload("Deployment", "b", "app: b", from) +
		"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {API_HOST: api, OTHER: 'http://z'}\n" + service("z", "selector: {app: z}, ports: [{port: 80}]")
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"permitted":              {tiers + "web -> api", reader("web", "API", "api:80") + api, nil},
		"missing":                {tiers, reader("web", "API", "api:80") + api, cut("(manifests.yaml:8)")},
		"as a URL":               {tiers, reader("web", "API", "http://api.default.svc.cluster.local/v1") + api, cut("(manifests.yaml:8)")},
		"by a ConfigMap":         {tiers, workload("Deployment", "web", "app: web", "containers: [{envFrom: [{configMapRef: {name: c}}]}]") + api + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {API_HOST: api}\n", cut("(manifests.yaml:26)")},
		"by a shared ConfigMap":  {tiers + "tier b { app=b }", shared + api, []string{"shop.zt:2 some of default/b, default/web connect to default/api on 8080/tcp, and no edge permits any [ZT620] (manifests.yaml:21) (manifests.yaml:21)"}},
		"that one of them uses":  {tiers + "tier b { app=b }\nb -> api", shared + api, nil},
		"another name":           {tiers, reader("web", "API", "api2:80") + api, nil},
		"another port":           {tiers, reader("web", "API", "api:81") + api, nil},
		"reversed":               {"tier web { app=web } :8080\ntier api { app=api } :8080\napi -> web", workload("Deployment", "web", "app: web", `containers: [{ports: [{containerPort: 8080}], env: [{name: A, value: "api:80"}]}]`) + api, cut("(manifests.yaml:8) (shop.zt:3)")},
		"on another port":        {"tier web { app=web }\ntier api { app=api } :8080, 9090\nweb -> api :9090", reader("web", "API", "api:80") + pods("api", "{name: http, containerPort: 8080}, {containerPort: 9090}") + service("api", "selector: {app: api}, ports: [{port: 80, targetPort: http}]"), cut("(manifests.yaml:8) (shop.zt:3)")},
		"denied":                 {tiers + "deny web -> api", reader("web", "API", "api:80") + api, nil},
		"from everything":        {tiers + "default/* -> api", reader("web", "API", "api:80") + api, nil},
		"one side only":          {tiers + "all -> api", reader("web", "API", "api:80") + api, cut("(manifests.yaml:8) (shop.zt:3)")},
		"of no isolated egress":  {"namespace default isolates ingress { tier web { app=web }\n tier api { app=api } :8080\n all -> api }", reader("web", "API", "api:80") + api, nil},
		"from several":           {tiers + "tier b { app=b }", reader("web", "API", "api:80") + reader("b", "API", "api:80") + api, []string{"shop.zt:2 default/b, default/web connect to default/api on 8080/tcp, and no edge permits it [ZT620] (manifests.yaml:8) (manifests.yaml:16)"}},
		"on the host network":    {"tier api { app=api } :8080", workload("DaemonSet", "web", "app: web", `hostNetwork: true, containers: [{env: [{name: A, value: "api:80"}]}]`) + api, nil},
		"to itself":              {"tier web { app=web }", reader("web", "API", "web:80") + service("web", "selector: {app: web}, ports: [{port: 80}]"), nil},
		"peers":                  {"tier db { app=db } :5432", peers(3), []string{"shop.zt:1 default/db connects to default/db on 5432/tcp, and no edge permits it [ZT620] (manifests.yaml:2)"}},
		"peers, permitted":       {"tier db { app=db } :5432\ndb -> db", peers(3), nil},
		"one peer":               {"tier db { app=db } :5432", peers(1), nil},
		"scraped":                {tiers + "tier prometheus { app=prometheus }", monitor + reader("prometheus", "X", "y") + reader("web", "X", "y") + api, []string{"shop.zt:2 default/prometheus connects to default/api on 8080/tcp, and no edge permits it [ZT620] (manifests.yaml:2)"}},
		"scraped, permitted":     {tiers + "tier prometheus { app=prometheus }\nprometheus -> api", monitor + reader("prometheus", "X", "y") + reader("web", "X", "y") + api, nil},
		"by one of two scrapers": {tiers + "tier prometheus { app=prometheus }\ntier q { app.kubernetes.io/name=prometheus }", monitor + reader("prometheus", "X", "y") + workload("Deployment", "q", "app.kubernetes.io/name: prometheus", "") + reader("web", "X", "y") + api, nil},
		"the Service's port":     {"tier web { app=web }\ntier api { app=api } :80\nweb -> api", reader("web", "API", "api:80") + api, []string{"shop.zt:2 default/api does not listen on 80/tcp: that is a port of Service default/api, which sends it on to 8080/tcp [ZT606] (manifests.yaml:21) (manifests.yaml:16)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// peers returns a StatefulSet with its headless Service.
func peers(replicas int) string {
	return fmt.Sprintf("---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  replicas: %d\n  serviceName: db\n  template:\n    metadata: {labels: {app: db}}\n    spec: {containers: [{ports: [{containerPort: 5432}]}]}\n", replicas) +
		service("db", "clusterIP: None, selector: {app: db}, ports: [{port: 5432}]")
}

func TestAccounts(t *testing.T) {
	operator := workload("Deployment", "operator", "app: operator", "serviceAccountName: operator") +
		"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: operator}\nroleRef: {kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: operator, namespace: default}]\n"
	slice := "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}\nendpoints: [{addresses: [192.168.10.2]}]\nports: [{port: 6443}]\n"
	cut := []string{"shop.zt:1 default/operator has rights at the API server, and no edge leads to it [ZT621] (manifests.yaml:10)"}
	const tier = "tier operator { app=operator }\n"
	tests := map[string]struct {
		program, manifests string
		want               []string
		help               string
	}{
		"no way":            {tier, operator, cut, "state its addresses, `network { apiserver ADDRESS :6443 }`, and add the edge `default/operator -> apiserver`"},
		"addresses known":   {tier, operator + slice, cut, "add `network { apiserver 192.168.10.2/32 :6443/tcp }` and the edge `default/operator -> apiserver`"},
		"a way":             {tier + "network { apiserver 192.168.10.2/32 :6443 }\noperator -> apiserver", operator, nil, ""},
		"a block":           {tier + "operator -> 192.168.10.0/24 :443", operator, nil, ""},
		"another block":     {tier + "network { apiserver 192.168.10.2/32 :6443 }\noperator -> 192.168.11.0/24 :6443", operator, cut, "add the edge `default/operator -> apiserver`"},
		"the internet":      {tier + "operator -> internet :443", operator, cut, "state its addresses, `network { apiserver ADDRESS :6443 }`, and add the edge `default/operator -> apiserver`"},
		"all":               {tier + "operator -> all :6443", operator, nil, ""},
		"ingress alone":     {"namespace default isolates ingress { tier operator { app=operator } }", operator, nil, ""},
		"another account":   {tier, workload("Deployment", "operator", "app: operator", "") + operator[len(workload("Deployment", "operator", "app: operator", "serviceAccountName: operator")):], nil, ""},
		"without its token": {tier, workload("Deployment", "operator", "app: operator", "serviceAccountName: operator, automountServiceAccountToken: false") + operator[len(workload("Deployment", "operator", "app: operator", "serviceAccountName: operator")):], nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list := hold(t, tt.program, tt.manifests)
			if diff := cmp.Diff(tt.want, lines(list)); diff != "" {
				t.Error(diff)
			}
			if len(list) > 0 && list[0].Help != tt.help {
				t.Error(list[0].Help)
			}
		})
	}
}

func TestExposures(t *testing.T) {
	const tier = "tier web { app=web } :8080\n"
	web := func(spec string) string {
		return pods("web", "{containerPort: 8080}") + service("web", spec+"selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]")
	}
	ingress := "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {defaultBackend: {service: {name: web, port: {name: http}}}}\n"
	route := "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec: {rules: [{backendRefs: [{name: web, port: 80}]}]}\n"
	cut := []string{"shop.zt:1 Service default/web is a LoadBalancer, and no edge lets clients outside into default/web on 8080/tcp [ZT622] (manifests.yaml:10)"}
	lost := []string{"shop.zt:2 nodes may replace the addresses of clients before default/web sees them: internet permits addresses only [ZT623] (manifests.yaml:10)"}
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"closed":                {tier, web("type: LoadBalancer, "), cut},
		"open":                  {tier + "all -> web", web("type: LoadBalancer, "), nil},
		"open to pods":          {tier + "cluster -> web", web("type: LoadBalancer, "), cut},
		"open to clients":       {tier + "internet -> web", web("type: LoadBalancer, "), lost},
		"that keep addresses":   {tier + "internet -> web", web("type: LoadBalancer, externalTrafficPolicy: Local, "), nil},
		"open to nodes too":     {"tier web { app=web } :8080\ninternet, nodes -> web\nnetwork { nodes 192.168.0.0/24 }", web("type: NodePort, "), nil},
		"open to clients alone": {"tier web { app=web } :8080\n10.0.0.0/8 -> web\nnetwork { nodes 192.168.0.0/24 }", web("type: NodePort, "), []string{"shop.zt:2 nodes may replace the addresses of clients before default/web sees them: 10.0.0.0/8 permits addresses only [ZT623] (manifests.yaml:10)"}},
		"of the cluster":        {tier, web(""), nil},
		"an Ingress":            {tier, web("") + ingress, []string{"shop.zt:1 Ingress default/web opens default/web to clients outside on 8080/tcp, and no edge lets them in [ZT622] (manifests.yaml:15)"}},
		"a route":               {tier, web("") + route, []string{"shop.zt:1 HTTPRoute default/web opens default/web to clients outside on 8080/tcp, and no edge lets them in [ZT622] (manifests.yaml:15)"}},
		"from a neighbour":      {tier + "tier b { app=b }\nb -> web", web("") + ingress + pods("b", ""), []string{"shop.zt:1 Ingress default/web opens default/web to clients outside on 8080/tcp, and no edge lets them in [ZT622] (manifests.yaml:15)"}},
		"from a proxy":          {tier + "tier b { app=envoy }\nb -> web", web("") + ingress + pods("envoy", ""), nil},
		"from elsewhere":        {tier + "namespace proxies isolates nothing { tier x { app=x } }\nproxies/x -> web", web("") + ingress, nil},
		"on another port":       {"tier web { app=web } :8080, 9090\nall -> web :9090", pods("web", "{containerPort: 8080}, {containerPort: 9090}") + service("web", "type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]"), cut},
		"isolated for egress":   {"namespace default isolates egress {\n" + tier + "}", web("type: LoadBalancer, "), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
