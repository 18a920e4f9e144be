package inventory

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// service takes in a Service. One that is a name for something outside the cluster selects nothing.
func (r *reader) service(n *node, o Object) {
	var from corev1.Service
	if !r.decode(n, o, &from, false) {
		return
	}
	s := Service{Object: o, Selector: from.Spec.Selector, Headless: from.Spec.ClusterIP == corev1.ClusterIPNone}
	if from.Spec.Type == corev1.ServiceTypeExternalName {
		s.Selector = nil
	}
	ports := n.get("spec").get("ports")
	for i, p := range from.Spec.Ports {
		span := r.span(ports.children[i].offset)
		protocol, known := protocolOf(p.Protocol)
		if !known || p.Port < relation.MinPort || p.Port > relation.MaxPort {
			r.diags.Add(diag.New(diag.RefusedObject, span, "the API server would refuse %s: a Service cannot have the port %d/%s", o, p.Port, p.Protocol))
			return
		}
		target := p.TargetPort
		if target == (intstr.IntOrString{}) || target == intstr.FromString("") {
			target = intstr.FromInt32(p.Port) // the same port, unless it says another
		}
		s.Ports = append(s.Ports, ServicePort{p.Name, int(p.Port), protocol, target, span})
	}
	r.inventory.Services = append(r.inventory.Services, s)
}

// namespaceObject takes in a Namespace, with the label that every one gets.
func (r *reader) namespaceObject(n *node, o Object) {
	var from struct {
		metav1.ObjectMeta `json:"metadata"`
	}
	if !r.decode(n, o, &from, false) {
		return
	}
	labels := maps.Clone(from.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[relation.NameLabel] = o.Name
	o.Namespace = ""
	r.inventory.Namespaces = append(r.inventory.Namespaces, Namespace{o, labels})
}
