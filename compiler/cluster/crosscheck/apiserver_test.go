package crosscheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/diag"
)

// apiServers is an EndpointSlice for each family.
const apiServers = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [192.168.10.2]}, {addresses: [192.168.10.3], conditions: {ready: true}}]
ports: [{name: https, port: 6443, protocol: TCP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: others, namespace: shop, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1]}]
ports: [{port: 1}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: others, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: FQDN
endpoints: [{addresses: [web.example.com]}]
ports: [{port: 0}]
`

func TestAPIServer(t *testing.T) {
	for stated, want := range map[string][]string{
		"192.168.10.2/32, 192.168.10.3/32 :6443/tcp":              {},
		"192.168.10.0/24 :https=6443, 443":                        {},
		"192.168.10.2/31":                                         {},
		"192.168.10.2/31, 2001:db8::1/128 :6443":                  {},
		"192.168.10.2/32 :6443":                                   {"ZT615 the API server has the address 192.168.10.3, which"},
		"192.168.10.0/24 except 192.168.10.3/32 :any":             {"ZT615 the API server has the address 192.168.10.3, which"},
		"192.168.10.2/31 :443":                                    {"ZT615 the API server listens on 6443/tcp, which"},
		"192.168.10.2/31 :6443/udp":                               {"ZT615 the API server listens on 6443/tcp, which"},
		"192.168.10.2/31, 192.168.10.4/31, 192.168.10.4/32 :6443": {"ZT616 192.168.10.4/31 has no address of the API server"},
		"192.168.10.2/31, 192.168.0.0/16 except 192.168.10.0/24":  {"ZT616 192.168.0.0/16 except 192.168.10.0/24 has no address of the API server"},
		"192.168.10.4/32 :443":                                    {"ZT615 ", "ZT615 ", "ZT615 ", "ZT616 "},
	} {
		list := hold(t, "network { apiserver "+stated+" }\n", apiServers)
		var got []string
		for _, d := range list {
			got = append(got, string(d.Code)+" "+d.Message)
		}
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", stated, got, want)
		}
	}
	if list := hold(t, "tier web { app=web }\n", apiServers); slices.Contains(codes(list), diag.APIServerNotStated) {
		t.Errorf("a program that does not state the API server: %v", list)
	}
	if list := hold(t, "network { apiserver 192.168.10.2/32 }\n", strings.Replace(apiServers, "192.168.10.3", "192.168.10.x", 1)); len(list) > 0 {
		t.Errorf("one that the API server would refuse: %v", list)
	}
}
