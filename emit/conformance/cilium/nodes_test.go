package cilium

import (
	"fmt"
	"testing"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/conformance/cilium/engine"
)

// A node is no address outside: the entities world and all addresses as a block do not match it, and cluster and
// remote-node match nothing else. A policy with a nodeSelector changes nothing for pods, whatever they connect to.
func TestNodes(t *testing.T) {
	const rule = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  egress: [{%s}]
---
`
	const firewall = `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: firewall}
spec:
  nodeSelector: {}
  ingress: [{}]
  egressDeny: [{toEntities: [all]}]
---
`
	for _, test := range []struct {
		peer               string
		pod, node, outside bool
	}{
		{"toEntities: [world]", false, false, true},
		{`toCIDR: [0.0.0.0/0, "::/0"]`, false, false, true},
		{"toEntities: [cluster]", true, true, false},
		{"toEntities: [remote-node, host]", false, true, false},
		{"toEntities: [all]", true, true, true},
	} {
		for _, others := range []string{"", firewall} {
			e := engine.New()
			if err := e.Add([]byte(fmt.Sprintf(rule, test.peer) + others)); err != nil {
				t.Fatal(err)
			}
			namespace := map[string]string{relation.NameLabel: "shop"}
			web := e.Pod("shop", namespace, map[string]string{"app": "web"}, nil)
			outside, err := e.Address(apiServer)
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []struct {
				name string
				end  *engine.End
				want bool
			}{
				{"a pod", e.Pod("shop", namespace, map[string]string{"app": "db"}, nil), test.pod},
				{"a node", e.Node(false), test.node},
				{"an address", outside, test.outside},
			} {
				verdict, err := e.Verdict(web, to.end, relation.Port{Protocol: relation.TCP, Number: 443})
				if err != nil {
					t.Fatal(err)
				}
				if verdict != to.want {
					t.Errorf("%s, with%s a firewall: %s is permitted: %t", test.peer, map[bool]string{true: "out"}[others == ""], to.name, verdict)
				}
			}
		}
	}
}
