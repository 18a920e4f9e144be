package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
)

// service adds a Service. One that is a name for something outside the cluster selects nothing.
func (f *form) service() {
	var spec corev1.ServiceSpec
	if !f.decode("spec", &spec) {
		return
	}
	s := Service{Object: f.Object, Selector: spec.Selector, Headless: spec.ClusterIP == "None"}
	addresses := append(append(spec.ClusterIPs, spec.ClusterIP, spec.LoadBalancerIP), spec.ExternalIPs...)
	for _, ingress := range f.n.get("status").get("loadBalancer").list("ingress") {
		addresses = append(addresses, ingress.str("ip"))
	}
	for _, text := range addresses {
		if a, err := netip.ParseAddr(text); err == nil && !slices.Contains(s.Addrs, a) {
			s.Addrs = append(s.Addrs, a)
		}
	}
	if spec.Type == corev1.ServiceTypeExternalName {
		s.Selector = nil
	}
	for i, p := range spec.Ports {
		at := fmt.Sprintf("spec.ports[%d]", i)
		protocol, known := protocolOf(p.Protocol)
		if !known || !isPort(p.Port) {
			f.wrong(at, "a Service cannot have the port %s", portText(p.Port, p.Protocol))
		}
		if p.TargetPort == (intstr.IntOrString{}) || p.TargetPort == intstr.FromString("") {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
		n, _ := f.n.at(at)
		s.Ports = append(s.Ports, ServicePort{p.Name, int(p.Port), protocol, p.TargetPort, f.span(n.offset)})
	}
	if !f.bad {
		f.inventory.Services = append(f.inventory.Services, s)
	}
}

// portText writes a port as manifests have it.
func portText(number int32, protocol corev1.Protocol) string {
	return strings.TrimSuffix(fmt.Sprintf("%d/%s", number, protocol), "/")
}

// endpoints adds the addresses of an object of the old kind, which has the name of its Service.
func (r *reader) endpoints(n *node, o Object) {
	b := Backend{Namespace: cmp.Or(o.Namespace, r.namespace), Service: o.Name}
	for _, subset := range n.list("subsets") {
		for _, a := range subset.list("addresses") {
			b.Addrs = append(b.Addrs, a.str("ip"))
		}
	}
	r.inventory.Backends = append(r.inventory.Backends, b)
}

// endpointSlice adds addresses behind a Service. Those behind the Service kubernetes are those of the API server.
func (f *form) endpointSlice() {
	b := Backend{Namespace: f.Namespace, Service: f.n.get("metadata").get("labels").str("kubernetes.io/service-name")}
	for _, e := range f.n.list("endpoints") {
		for _, a := range e.list("addresses") {
			b.Addrs = append(b.Addrs, a.text)
		}
	}
	f.inventory.Backends = append(f.inventory.Backends, b)
	if f.Namespace != "default" || f.n.get("metadata").get("labels").str("kubernetes.io/service-name") != "kubernetes" {
		return
	}
	var from struct {
		Endpoints []struct {
			Addresses []string `json:"addresses"`
		} `json:"endpoints"`
		Ports []corev1.ServicePort `json:"ports"`
	}
	if !f.decode("", &from) {
		return
	}
	s := EndpointSlice{Object: f.Object}
	for i, e := range from.Endpoints {
		for _, text := range e.Addresses {
			a, err := netip.ParseAddr(text)
			if err != nil {
				f.wrong(fmt.Sprintf("endpoints[%d]", i), "an endpoint cannot have the address %q", text)
			}
			s.Addrs = append(s.Addrs, a)
		}
	}
	for i, p := range from.Ports {
		protocol, known := protocolOf(p.Protocol)
		if !known || !isPort(p.Port) {
			f.wrong(fmt.Sprintf("ports[%d]", i), "an endpoint cannot have the port %s", portText(p.Port, p.Protocol))
		}
		s.Ports = append(s.Ports, relation.PortRange{Protocol: protocol, Low: int(p.Port), High: int(p.Port)})
	}
	if !f.bad {
		f.inventory.APIServers = append(f.inventory.APIServers, s)
	}
}

// node adds the addresses of a node by which others reach it. Other types of addresses are names, or are translated.
func (f *form) node() {
	var addresses []corev1.NodeAddress
	if !f.decode("status.addresses", &addresses) {
		return
	}
	for _, of := range addresses {
		if a, err := netip.ParseAddr(of.Address); err == nil && of.Type == corev1.NodeInternalIP {
			f.inventory.Nodes = append(f.inventory.Nodes, netip.PrefixFrom(a, a.BitLen()))
		}
	}
}

// namespaceObject adds a Namespace, with the label that API servers add.
func (f *form) namespaceObject() {
	var labels map[string]string
	if f.decode("metadata.labels", &labels) {
		f.Namespace = ""
		f.inventory.Namespaces = append(f.inventory.Namespaces, Namespace{f.Object, with(labels, relation.NameLabel, f.Name), f.n.get("metadata").get("annotations").texts()})
	}
}

// callbacks adds the Services that the API server calls: to admit or change objects, to serve an API
// as metrics-server does, or to convert between versions of a custom resource. Others have a URL.
func (f *form) callbacks() {
	paths := []string{"spec.service", "spec.conversion.webhook.clientConfig.service"}
	if webhooks := f.n.get("webhooks"); webhooks != nil {
		for i := range webhooks.children {
			paths = append(paths, fmt.Sprintf("webhooks[%d].clientConfig.service", i))
		}
	}
	for _, path := range paths {
		to := struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
			Port      int32  `json:"port"`
		}{Port: 443}
		if n, ok := f.n.at(path); ok && n.kind != null && f.decode(path, &to) {
			service := Object{Kind: "Service", Namespace: to.Namespace, Name: to.Name}
			f.inventory.Callbacks = append(f.inventory.Callbacks, Callback{f.Object, service, int(to.Port), f.span(n.offset)})
		}
	}
}
