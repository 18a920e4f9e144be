package query

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNearMisses asks of connections that are denied which rule comes nearest to permitting them.
func TestNearMisses(t *testing.T) {
	const workloads = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: shop}, spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, ports: [{containerPort: 9080, name: web}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web, tier: front}}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: prom, namespace: mon}, spec: {template: {metadata: {labels: {app: prom}}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 9080}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: mon, labels: {team: ops}}}
---
`
	deny := policyText("deny", "{podSelector: {}}")
	const own = "podSelector: {matchLabels: {app: api}}, "
	const web, prom = "shop/Deployment/web -> shop/Deployment/api :9080", "mon/Deployment/prom -> shop/Deployment/api :9080"
	for name, test := range map[string]struct {
		policies, question, want string
	}{
		"nothing near":            {deny, web, ""},
		"permitted":               {policyText("p", "{"+own+"ingress: [{}]}"), web, ""},
		"the port of a Service":   {policyText("p", "{"+own+"ingress: [{ports: [{port: 80}]}]}"), web, "permits this on 80/tcp; the connection is on 9080/tcp, where the container listens; 80 is the port of Service shop/api, and policies see the container's"},
		"another port":            {policyText("p", "{"+own+"ingress: [{ports: [{port: 9081}]}]}"), web, "permits this on 9081/tcp; the connection is on 9080/tcp, where the container listens"},
		"a name of no container":  {policyText("p", "{"+own+"ingress: [{ports: [{port: http}]}]}"), web, "permits this on http/tcp; the connection is on 9080/tcp, where the container listens"},
		"another protocol":        {policyText("p", "{"+own+"ingress: [{ports: [{port: 9080, protocol: UDP}]}]}"), web, "permits this on 9080/udp; the connection is on 9080/tcp, where the container listens"},
		"its own namespace only":  {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {matchLabels: {app: prom}}}]}]}"), prom, "permits this for app=prom in its own namespace only, shop; mon/Deployment/prom is in mon"},
		"all of its namespace":    {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {}}]}]}"), prom, ""},
		"a label of no namespace": {policyText("p", "{"+own+"ingress: [{from: [{namespaceSelector: {matchLabels: {name: mon}}}]}]}"), prom, "permits this from namespaces with name=mon; namespace mon has kubernetes.io/metadata.name=mon, team=ops"},
		"another namespace":       {policyText("p", "{"+own+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: data}}}]}]}"), prom, ""},
		"a misspelt peer":         {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}]}]}"), web, "permits this for app=wbe; shop/Deployment/web has app=web"},
		"a peer by another key":   {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {matchLabels: {name: web}}}]}]}"), web, "permits this for name=web; shop/Deployment/web has app=web"},
		"a peer unlike it":        {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {matchLabels: {app: batch}}}]}]}"), web, ""},
		"misspelt pods":           {deny + policyText("p", "{podSelector: {matchLabels: {app: apis}}, ingress: [{}]}"), web, "permits this, but selects app=apis; shop/Deployment/api has app=api"},
		"a label too many":        {deny + policyText("p", "{podSelector: {matchLabels: {app: api, tier: back}}, ingress: [{}]}"), web, "permits this, but selects tier=back; shop/Deployment/api has no label tier"},
		"two things at once":      {policyText("p", "{"+own+"ingress: [{from: [{podSelector: {matchLabels: {app: wbe}}}], ports: [{port: 80}]}]}"), web, ""},
		"a way out":               {policyText("p", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}]}"), web, "permits this on 80/tcp; the connection is on 9080/tcp, where the container listens; 80 is the port of Service shop/api, and policies see the container's"},
		"from outside":            {policyText("p", "{"+own+"ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}]}"), "192.0.2.1 -> shop/Deployment/api :9080", "permits this on 80/tcp; the connection is on 9080/tcp, where the container listens; 80 is the port of Service shop/api, and policies see the container's"},
	} {
		t.Run(name, func(t *testing.T) {
			v := viewOf(t, workloads+test.policies)
			q, err := v.Query(test.question)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, n := range v.Why(q).Near {
				got += n.Message
				if n.Policy != "shop/p" || n.Line == 0 {
					t.Errorf("at %+v", n.Place)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
