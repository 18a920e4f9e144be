package inventory

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// pod takes in a Pod. One that has ended is no longer on the network.
func (r *reader) pod(n *node, o Object) {
	var p corev1.Pod
	if !r.decode(n, o, &p, false) || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return
	}
	r.workload(o, &p.ObjectMeta, p.Labels, &p.Spec, n.get("spec"))
}

// templated is the part that all kinds have in common which make pods from a template.
type templated struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}

func (r *reader) template(n *node, o Object) {
	var t templated
	if r.decode(n, o, &t, false) {
		r.fromTemplate(n, o, &t)
	}
}

func (r *reader) cronJob(n *node, o Object) {
	var c struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			JobTemplate templated `json:"jobTemplate"`
		} `json:"spec"`
	}
	if r.decode(n, o, &c, false) {
		c.Spec.JobTemplate.ObjectMeta = c.ObjectMeta
		r.fromTemplate(n.get("spec").get("jobTemplate"), o, &c.Spec.JobTemplate)
	}
}

// fromTemplate takes in what has a pod template. n is the value that has the
// template in its spec.
func (r *reader) fromTemplate(n *node, o Object, t *templated) {
	template := n.get("spec").get("template")
	if template == nil || template.kind != object {
		r.diags.Add(diag.New(diag.UnreadableManifest, o.Span, "%s has no pod template", o))
		return
	}
	labels := t.Spec.Template.Labels
	if o.Kind == "Job" && o.Name != "" {
		// The Job controller adds these; policies are known to select by them.
		labels = maps.Clone(labels)
		if labels == nil {
			labels = map[string]string{}
		}
		labels["job-name"], labels["batch.kubernetes.io/job-name"] = o.Name, o.Name
	}
	r.workload(o, &t.ObjectMeta, labels, &t.Spec.Template.Spec, template.get("spec"))
}

// workload adds a workload whose pods have a spec, which stands at n.
func (r *reader) workload(o Object, meta *metav1.ObjectMeta, labels map[string]string, spec *corev1.PodSpec, n *node) {
	w := Workload{Object: o, Labels: labels, HostNetwork: spec.HostNetwork}
	if owner := metav1.GetControllerOf(meta); owner != nil {
		w.Owner = Owner{owner.Kind, owner.Name}
	}
	ok := true
	for i, c := range spec.Containers {
		ok = r.ports(&w, c.Ports, fmt.Sprintf("containers[%d].ports", i), n) && ok
	}
	for i, c := range spec.InitContainers {
		// One that goes on running beside the containers listens beside them.
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			ok = r.ports(&w, c.Ports, fmt.Sprintf("initContainers[%d].ports", i), n) && ok
		}
	}
	if ok {
		r.inventory.Workloads = append(r.inventory.Workloads, w)
	}
}

// ports adds the ports of one container, which stand at a path below its pod's spec.
func (r *reader) ports(w *Workload, ports []corev1.ContainerPort, path string, spec *node) bool {
	ok := true
	for i, p := range ports {
		span := r.span(spec.at(fmt.Sprintf("%s[%d]", path, i)).offset)
		protocol, known := protocolOf(p.Protocol)
		if !known || p.ContainerPort < relation.MinPort || p.ContainerPort > relation.MaxPort {
			r.diags.Add(diag.New(diag.RefusedObject, span, "the API server would refuse %s: a container cannot have the port %d/%s", w.Object, p.ContainerPort, p.Protocol))
			ok = false
			continue
		}
		w.Ports = append(w.Ports, Port{p.Name, int(p.ContainerPort), protocol, span})
	}
	return ok
}

// protocolOf returns a protocol as the API writes it; without one it is TCP.
func protocolOf(p corev1.Protocol) (relation.Protocol, bool) {
	switch p {
	case "", corev1.ProtocolTCP:
		return relation.TCP, true
	case corev1.ProtocolUDP:
		return relation.UDP, true
	case corev1.ProtocolSCTP:
		return relation.SCTP, true
	}
	return 0, false
}
