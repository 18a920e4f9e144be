package crosscheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// Pods that find each other likely use a port that they declare and no Service sends to.
func TestClosedToPeers(t *testing.T) {
	const set = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {replicas: 3, serviceName: db, template: {metadata: {labels: {app: db}}, spec: {containers: [{ports: [{name: sql, containerPort: 5432}, {name: peer, containerPort: 7000}, {name: jmx, containerPort: 7199}]}]}}}\n"
	headless := service("db", "clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]")
	both := service("db", "clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}, {name: peer, port: 7000}]")
	const tier = "tier db { app=db } :sql=5432, peer=7000, jmx=7199\n"
	tests := map[string]struct {
		program, manifests string
		want               bool
	}{
		"a port of clients only":            {tier + "db -> db :sql", set + headless, true},
		"and others use it":                 {tier + "db, cluster -> db :sql", set + headless, true},
		"by an edge of the cluster":         {tier + "cluster -> db :sql", set + headless, true},
		"opened":                            {tier + "cluster -> db :sql\ndb -> db :peer", set + headless, false},
		"opened to all":                     {tier + "cluster -> db :sql, peer", set + headless, false},
		"denied":                            {tier + "cluster -> db :sql\ndeny db -> db :peer\ndeny db -> db :jmx", set + headless, false},
		"opened with another one":           {"tier db { app=db } :sql=5432, peer=7000, tls-peer=7001\ndb -> db :peer\ncluster -> db :sql", strings.Replace(set, "{name: peer", "{name: tls-peer, containerPort: 7001}, {name: peer", 1) + headless, false},
		"the Service has each, one is used": {tier + "db -> db :sql", set + both, false},
		"the Service has each, by clients":  {tier + "cluster -> db :sql", set + both, true},
		"one pod":                           {tier + "db -> db :sql", strings.Replace(set, "replicas: 3", "replicas: 1", 1) + headless, false},
		"not headless":                      {tier + "cluster -> db :sql", set + strings.Replace(headless, "clusterIP: None, ", "", 1), false},
		"not isolated":                      {"namespace default isolates egress {\n" + tier + "cluster -> db :sql\n}", set + headless, false},
		"only for metrics":                  {tier + "cluster -> db :sql", strings.Replace(set, "name: peer", "name: metrics", 1) + headless, false},
		"not declared by the tier":          {"tier db { app=db } :sql=5432\ncluster -> db :sql", set + headless, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list := holdAll(t, tt.program, tt.manifests)
			got := slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == diag.PortNotOpened && d.Severity == diag.Warning })
			if got != tt.want {
				t.Errorf("%v: %v", got, lines(list))
			}
		})
	}
}
