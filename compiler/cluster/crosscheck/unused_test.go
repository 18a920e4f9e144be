package crosscheck_test

import (
	"slices"
	"testing"
)

// What nothing needs is noted once for each namespace, unless something else says why.
func TestUnused(t *testing.T) {
	api := pods("api", "{containerPort: 8080}, {containerPort: 9090}")
	host := "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec: {template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true}}}\n"
	for name, tt := range map[string]struct {
		program, manifests string
		want               []string
	}{
		"a port that no edge opens":    {"tier api { app=api } :8080, 9090\ncluster -> api :8080", api, []string{"shop.zt:1 no edge opens ports that tiers of default declare: api :9090/tcp [ZT632]"}},
		"a port that an edge opens":    {"tier api { app=api } :8080, 9090\ncluster -> api", api, nil},
		"one way in":                   {"tier api { app=api } :8080, 9090\ningress cluster -> api :9090\ncluster -> api :8080", api, nil},
		"denied":                       {"tier api { app=api } :8080, 9090\ndeny cluster -> api", api, nil},
		"without workloads":            {"tier api { app=api } :8080, 9090\ncluster -> api :8080\nnamespace x isolates nothing", pods("web", ""), []string{"shop.zt:1 no workload has the labels of default/api: app=api [ZT603]", "manifests.yaml:2 no tier of default covers Deployment default/web, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"not declared":                 {"tier api { app=api } :8080\ncluster -> api", api, []string{"shop.zt:1 containers have ports that their tiers of default do not declare: api :9090/tcp [ZT633] (manifests.yaml:8)"}},
		"declared by another tier":     {"tier api { app=api } :8080\ntier wide { app } :9090\ncluster -> api, wide", api, nil},
		"a tier without ports":         {"tier api { app=api }\ncluster -> api :8080", api, nil},
		"a host in a whole namespace":  {"tier api { app=api } :8080, 9090\ndefault/* -> api", api + host, []string{"manifests.yaml:10 DaemonSet default/agent is on the network of its node: policies do not see it as one of default/* [ZT609] (shop.zt:2)"}},
		"a host in no edge":            {"tier api { app=api } :8080, 9090\ncluster -> api", api + host, nil},
		"a namespace of the cluster":   {"tier api { app=api } :8080, 9090\ncluster -> api", api + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: kube-public}\nspec: {}\n", nil},
		"a namespace outside":          {"tier api { app=api } :8080, 9090\ncluster -> api", api + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec: {}\n", []string{"manifests.yaml:10 the program does not isolate the workloads of x [ZT634]"}},
		"a namespace that may be free": {"tier api { app=api } :8080, 9090\ncluster -> api\nnamespace x isolates nothing", api + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec: {}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(holdAll(t, tt.program, tt.manifests))
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
