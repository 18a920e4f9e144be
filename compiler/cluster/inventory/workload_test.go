package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler/relation"
)

// shown is a workload without its spans.
func shown(w Workload) string {
	var ports []string
	for _, p := range w.Ports {
		ports = append(ports, fmt.Sprintf("%s=%d/%s@%d", p.Name, p.Number, p.Protocol, p.Span.Begin().Line))
	}
	return fmt.Sprintf("%s %v host=%t owner=%v [%s]", w.Object, w.Labels, w.HostNetwork, w.Owner, strings.Join(ports, " "))
}

// Each kind has its pods' labels and ports in a place of its own.
func TestWorkloads(t *testing.T) {
	const pod = `
    metadata: {labels: {app: a}}
    spec:
      containers:
      - name: c
        ports: [{containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}]`
	tests := map[string]string{
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, labels: {app: wrong}}\nspec:\n  template:" + pod:                                                                          "Deployment default/x map[app:a] host=false owner={ } [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: x}\nspec:\n  template:" + pod:                                                                                               "StatefulSet default/x map[app:a] host=false owner={ } [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: x}\nspec:\n  template:" + pod:                                                                                                 "DaemonSet default/x map[app:a] host=false owner={ } [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: v1\nkind: ReplicationController\nmetadata: {name: x}\nspec:\n  template:" + pod:                                                                                          "ReplicationController default/x map[app:a] host=false owner={ } [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: x, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, uid: u, controller: true}]}\nspec:\n  template:" + pod: "ReplicaSet default/x map[app:a] host=false owner={Deployment d} [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec:\n  template:" + pod:                                                                                                      "Job default/x map[app:a batch.kubernetes.io/job-name:x job-name:x] host=false owner={ } [=80/tcp@10 dns=53/udp@10]",
		"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x, namespace: ns}\nspec:\n  jobTemplate:\n    spec:\n      template:" + strings.ReplaceAll(pod, "\n", "\n    "):                "CronJob ns/x map[app:a] host=false owner={ } [=80/tcp@12 dns=53/udp@12]",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {app: a}}\nspec:\n  hostNetwork: true\n  containers:\n  - ports:\n    - containerPort: 80\n    - containerPort: 81\n":         "Pod default/x map[app:a] host=true owner={ } [=80/tcp@8 =81/tcp@9]",
		"apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}\nspec:\n  initContainers: [{ports: [{containerPort: 1}]}, {restartPolicy: Always, ports: [{containerPort: 2}]}]\n":           "Pod default/ map[] host=false owner={ } [=2/tcp@5]",
	}
	for text, want := range tests {
		inv := mustRead(t, text)
		if len(inv.Workloads) != 1 {
			t.Errorf("%d workloads of\n%s", len(inv.Workloads), text)
		} else if diff := cmp.Diff(want, shown(inv.Workloads[0])); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
	done := mustRead(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nstatus: {phase: Succeeded}\n")
	if len(done.Workloads) != 0 {
		t.Error("a pod that has ended is still there")
	}
}

func TestServices(t *testing.T) {
	inv := mustRead(t, `apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  selector: {app: a}
  ports:
  - port: 80
    targetPort: 8080
  - {name: grpc, port: 81, targetPort: grpc}
  - {port: 82, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {clusterIP: None, selector: {app: b}}
---
apiVersion: v1
kind: Service
metadata: {name: c}
spec: {type: ExternalName, externalName: example.com, selector: {app: c}}
`)
	var got []string
	for _, s := range inv.Services {
		line := fmt.Sprintf("%s %v %t", s.Object, s.Selector, s.Headless)
		for _, p := range s.Ports {
			line += fmt.Sprintf(" %s=%d/%s->%s@%d", p.Name, p.Number, p.Protocol, p.Target.String(), p.Span.Begin().Line)
		}
		got = append(got, line)
	}
	want := []string{
		"Service default/a map[app:a] false =80/tcp->8080@7 grpc=81/tcp->grpc@9 =82/udp->82@10",
		"Service default/b map[app:b] true",
		"Service default/c map[] false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every Namespace carries its own name, whatever its manifest says.
func TestNamespaces(t *testing.T) {
	inv := mustRead(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {env: dev, kubernetes.io/metadata.name: b}}\n")
	want := map[string]string{"env": "dev", relation.NameLabel: "a"}
	if diff := cmp.Diff(want, inv.Namespaces[0].Labels); diff != "" {
		t.Error(diff)
	}
}

// What the API server calls: webhooks, APIs that pods serve, conversions.
func TestCallbacks(t *testing.T) {
	inv := mustRead(t, `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: v}
webhooks:
- name: a.example.com
  clientConfig:
    service: {namespace: ns, name: s, port: 8443, path: /}
- name: b.example.com
  clientConfig: {url: https://example.com}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  service: {namespace: kube-system, name: metrics-server}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.apps}
spec: {group: apps, version: v1}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: x}
spec:
  conversion:
    strategy: Webhook
    webhook:
      clientConfig:
        service: {namespace: ns, name: c}
`)
	var got []string
	for _, c := range inv.Callbacks {
		got = append(got, fmt.Sprintf("%s -> %s:%d @%d", c.Object, c.Service, c.Port, c.Span.Begin().Line))
	}
	want := []string{
		"ValidatingWebhookConfiguration v -> Service ns/s:8443 @7",
		"APIService v1beta1.metrics.k8s.io -> Service kube-system/metrics-server:443 @15",
		"CustomResourceDefinition x -> Service ns/c:443 @30",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
