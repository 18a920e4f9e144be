package inventory

import (
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// workloadShape returns the shape of a workload with its pods at a path.
func workloadShape(pods string) *shape {
	s := shapeOf(reflect.TypeFor[any](), "metadata.ownerReferences", "status.phase", pods+"metadata.labels", pods+"spec.hostNetwork",
		pods+"spec.containers.ports", pods+"spec.initContainers.ports", pods+"spec.initContainers.restartPolicy")
	s.at(pods).complete(reflect.TypeFor[corev1.PodTemplateSpec](), false)
	return s
}

// podTemplate is what is read of pods. The API's own type is ten times as large.
type podTemplate struct {
	Metadata struct {
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		HostNetwork    bool        `json:"hostNetwork"`
		Containers     []container `json:"containers"`
		InitContainers []container `json:"initContainers"`
	} `json:"spec"`
}

type container struct {
	Ports         []corev1.ContainerPort `json:"ports"`
	RestartPolicy string                 `json:"restartPolicy"`
}

// workload adds a workload, unless it is a Pod that has ended: that is no longer on the network.
func (f *form) workload() {
	if phase := f.n.get("status").str("phase"); f.Kind == "Pod" && (phase == "Succeeded" || phase == "Failed") {
		return
	}
	f.template(templateOf(f.Kind))
}

// templateOf returns where the pods of a kind of Kubernetes are described.
func templateOf(kind string) string {
	switch kind {
	case "Pod":
		return ""
	case "CronJob":
		return "spec.jobTemplate.spec.template"
	}
	return "spec.template"
}

// makesPods reports whether objects of the kind are workloads.
func (k *known) makesPods() bool {
	return k.shape == makerShape || k.kind == "Pod" || k.kind == "CronJob"
}

// podLabels returns the labels of the pods of a workload that cannot be read, or nil if they are wrong.
func (k *known) podLabels(n *node) map[string]string {
	labels := map[string]string{}
	at, ok := n.at(strings.TrimPrefix(templateOf(k.kind)+".metadata.labels", "."))
	if !ok || at.kind == null {
		return labels
	}
	for i, v := range at.children {
		if at.kind != object || v.kind != text {
			return nil
		}
		labels[at.keys[i]] = v.text
	}
	return labels
}

// template adds the pods of the template at a path.
func (f *form) template(path string) {
	template, ok := f.n.at(path)
	if !ok || template.kind == null {
		f.report(diag.UnreadableManifest, f.Span.Start, "%s has no pod template", f.Object)
		return
	}
	var pods podTemplate
	var owners []metav1.OwnerReference
	if !f.decode("metadata.ownerReferences", &owners) || !f.decode(path, &pods) {
		return
	}
	w := Workload{Object: f.Object, Labels: pods.Metadata.Labels, HostNetwork: pods.Spec.HostNetwork, Unplaced: f.n.get("metadata").str("namespace") == "", Remark: f.remark(), part: path}
	if f.Kind == "Job" && f.Name != "" {
		// The Job controller adds these, and some policies select by them.
		w.Labels = with(with(w.Labels, "job-name", f.Name), "batch.kubernetes.io/job-name", f.Name)
	}
	for k, value := range w.Labels {
		if len(validation.IsQualifiedName(k))+len(validation.IsValidLabelValue(value)) > 0 {
			f.report(diag.RefusedObject, f.Span.Start, "the API server would refuse %s: its pods have the label %q", f.Object, k+"="+value)
			return
		}
	}
	for _, o := range owners {
		if o.Controller != nil && *o.Controller && isWord(o.Kind) && len(validation.IsDNS1123Subdomain(o.Name)) == 0 {
			w.Owner = Owner{o.Kind, o.Name}
			break
		}
	}
	for i, c := range pods.Spec.Containers {
		f.ports(&w, c, fmt.Sprintf(path+".spec.containers[%d].ports", i))
	}
	for i, c := range pods.Spec.InitContainers {
		if c.RestartPolicy == "Always" { // it keeps running beside the containers, and listens
			f.ports(&w, c, fmt.Sprintf(path+".spec.initContainers[%d].ports", i))
		}
	}
	if f.evidence != nil {
		w.Details = f.details(f.n, template)
	}
	if !f.bad {
		f.inventory.Workloads = append(f.inventory.Workloads, w)
	}
}

// remark says what should be known of a workload.
func (f *form) remark() string {
	hook := f.n.get("metadata").get("annotations").str("helm.sh/hook")
	if strings.HasPrefix(hook, "test") {
		return "a Helm test"
	}
	for _, c := range f.n.get("status").list("conditions") {
		if f.Kind == "Job" && (c.str("type") == "Complete" || c.str("type") == "Failed") && c.str("status") == "True" {
			return "a Job that is over"
		}
	}
	return ""
}

// ports adds the ports of one container.
func (f *form) ports(w *Workload, c container, path string) {
	for i, p := range c.Ports {
		at := fmt.Sprintf("%s[%d]", path, i)
		protocol, known := protocolOf(p.Protocol)
		n, _ := f.n.at(at)
		switch {
		case n.get("containerPort") == nil:
			f.wrong(at, "a port of a container has no containerPort")
		case !known || !isPort(p.ContainerPort) || p.Name != "" && len(validation.IsValidPortName(p.Name)) > 0:
			f.wrong(at, "a container cannot have the port %d, name %q, protocol %q", p.ContainerPort, p.Name, p.Protocol)
		default:
			w.Ports = append(w.Ports, Port{p.Name, int(p.ContainerPort), protocol, f.span(n.offset)})
		}
	}
}

func isPort(n int32) bool { return n >= relation.MinPort && n <= relation.MaxPort }

// with returns labels with one more.
func with(labels map[string]string, key, value string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	labels[key] = value
	return labels
}

// protocolOf returns a protocol as the API writes it; without one it is TCP.
func protocolOf(p corev1.Protocol) (relation.Protocol, bool) {
	switch p {
	case "", "TCP":
		return relation.TCP, true
	case "UDP":
		return relation.UDP, true
	case "SCTP":
		return relation.SCTP, true
	}
	return 0, false
}
