package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// addresses are inside and outside what policies speak of.
var addresses = []string{"10.1.2.3", "10.1.2.4", "10.200.0.1", "203.0.113.7", "203.0.113.8", "203.0.113.200", "8.8.8.8", "2001:db8::1", "2001:db8:1::5", "2001:db8:8000::1", "fd00::1"}

// ends draws: the cluster's workloads, other pods by their labels, and addresses.
func (d drawer) ends(c *cluster) []asked {
	var out []asked
	for _, w := range c.workloads {
		out = append(out, asked{w.String(), w.end(c)})
	}
	for range 4 {
		ns, labels := pick(d, append(slices.Clone(spaceNames), "elsewhere")...), d.labels(podKeys)
		var written []string
		for _, k := range slices.Sorted(maps.Keys(labels)) {
			written = append(written, k+"="+labels[k])
		}
		out = append(out, asked{ns + "/{" + strings.Join(written, ", ") + "}", end{ns: ns, nsHas: c.namespaceLabels(ns), labels: labels}})
	}
	for range 3 {
		a := pick(d, addresses...)
		out = append(out, asked{a, end{addr: netip.MustParseAddr(a)}})
	}
	return out
}

// files writes objects in one of several forms, which all say the same.
func (d drawer) files(all []object) []string {
	if len(all) == 0 {
		return []string{asJSON(all)}
	}
	switch d.n(3) {
	case 0:
		return []string{asJSON(all)}
	case 1:
		return []string{asYAML(all)}
	}
	at := d.n(len(all) + 1)
	if at == 0 || at == len(all) {
		return []string{asJSON(all)}
	}
	return []string{asYAML(all[:at]), asJSON(all[at:])}
}

// naive returns the policies as the API server would store them.
func (c *cluster) naive() naive {
	var out naive
	for _, o := range c.policies {
		data, err := json.Marshal(o)
		if err != nil {
			panic(err)
		}
		var p networkingv1.NetworkPolicy
		if err := json.Unmarshal(data, &p); err != nil {
			panic(err)
		}
		if p.Namespace == "" {
			p.Namespace = "default"
		}
		out = append(out, p)
	}
	return out
}

// namespaceLabels returns what labels a namespace has. One without an object has, to a
// question of a pod in it, none but its name.
func (c *cluster) namespaceLabels(ns string) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, c.spaces[ns])
	labels["kubernetes.io/metadata.name"] = ns
	return labels
}

// end returns a pod of a workload.
func (w workload) end(c *cluster) end {
	labels := maps.Clone(w.labels)
	if w.kind == "Job" { // which its controller labels so
		labels["job-name"], labels["batch.kubernetes.io/job-name"] = w.name, w.name
	}
	return end{ns: w.ns, nsHas: c.namespaceLabels(w.ns), labels: labels, listen: w.listen}
}

func (w workload) String() string { return w.ns + "/" + w.kind + "/" + w.name }

// GoString shows a cluster where a failure is reported.
func (c *cluster) GoString() string {
	var b strings.Builder
	for _, o := range c.objects() {
		data, _ := json.Marshal(o)
		fmt.Fprintf(&b, "\n%s", data)
	}
	return b.String()
}

// objects returns all manifests of the cluster.
func (c *cluster) objects() []object {
	var out []object
	for _, ns := range slices.Sorted(maps.Keys(c.spaces)) {
		out = append(out, object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": ns, "labels": c.spaces[ns]}})
	}
	for _, w := range c.workloads {
		out = append(out, w.object())
	}
	return append(out, c.policies...)
}

func (w workload) object() object {
	var ports []any
	for _, l := range w.listen {
		p := object{"name": l.name, "containerPort": l.number}
		if l.protocol != corev1.ProtocolTCP {
			p["protocol"] = l.protocol
		}
		ports = append(ports, p)
	}
	pod := object{"containers": []any{object{"name": "main", "image": "main", "ports": ports}}}
	metadata := object{"name": w.name, "namespace": w.ns}
	template := object{"template": object{"metadata": object{"labels": w.labels}, "spec": pod}}
	switch w.kind {
	case "Pod":
		metadata["labels"] = w.labels
		return object{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}
	case "Job":
		return object{"apiVersion": "batch/v1", "kind": w.kind, "metadata": metadata, "spec": template}
	case "CronJob":
		return object{"apiVersion": "batch/v1", "kind": w.kind, "metadata": metadata, "spec": object{"jobTemplate": object{"spec": template}}}
	}
	return object{"apiVersion": "apps/v1", "kind": w.kind, "metadata": metadata, "spec": template}
}
