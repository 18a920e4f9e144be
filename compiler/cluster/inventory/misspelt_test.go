package inventory

import (
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

// A field that is read and written in another way is reported with the right one, wherever it is: it
// would count as not set. Other unknown fields change no answer.
func TestMisspeltFields(t *testing.T) {
	const (
		pod     = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
		service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
		deploy  = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
		cron    = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n"
	)
	for text, want := range map[string]string{
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a, Labels: {app: a}}\n":                     "Pod default/a has no field metadata.Labels: did you mean labels?",
		"apiVersion: v1\nkind: Service\nmetadata: {name: a, nameSpace: b}\n":                     "Service default/a has no field metadata.nameSpace: did you mean namespace?",
		"apiVersion: v1\nkind: Pod\nmetadata: {Name: a}\n":                                       "Pod without a name: did you mean name instead of Name?",
		"apiVersion: v1\nkind: Pod\nMetadata: {name: a}\n":                                       "Pod without a name: did you mean metadata instead of Metadata?",
		"apiVersion: v1\nKind: Pod\nmetadata: {name: a}\nspec: {}\n":                             "an object without kind: did you mean kind instead of Kind?",
		"apiversion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n":           "an object without apiVersion: did you mean apiVersion instead of apiversion?",
		"apiVersion: v1\nkind: Pod\nmetadata: 1\n":                                               "the metadata of a Pod cannot be a number: write metadata: {name: NAME}",
		"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: [a]\n":                   "the metadata of a CiliumNetworkPolicy cannot be a list: write metadata: {name: NAME}",
		"apiVersion: v1\nkind: Service\nmetadata: {name: {a: b}}\n":                              "the name of a Service cannot be a mapping: ",
		pod + "spec: {hostnetwork: true}\n":                                                      "Pod default/a has no field spec.hostnetwork: did you mean hostNetwork?",
		pod + "Spec: {hostNetwork: true}\n":                                                      "Pod default/a has no field Spec: did you mean spec?",
		pod + "spec: {Containers: []}\n":                                                         "Pod default/a has no field spec.Containers: did you mean containers?",
		pod + "spec: {containers: [{Ports: []}]}\n":                                              "Pod default/a has no field spec.containers[0].Ports: did you mean ports?",
		pod + "spec: {containers: [{}, {ports: [{containerport: 80}]}]}\n":                       "Pod default/a has no field spec.containers[1].ports[0].containerport: did you mean containerPort?",
		pod + "spec: {containers: [{ports: [{containerPort: 80, Protocol: UDP}]}]}\n":            "Pod default/a has no field spec.containers[0].ports[0].Protocol: did you mean protocol?",
		pod + "spec: {initContainers: [{restartpolicy: Always}]}\n":                              "Pod default/a has no field spec.initContainers[0].restartpolicy: did you mean restartPolicy?",
		deploy + "spec: {template: {metadata: {label: {a: b}}}}\n":                               "Deployment default/a has no field spec.template.metadata.label: did you mean labels?",
		deploy + "spec: {template: {Metadata: {labels: {a: b}}}}\n":                              "Deployment default/a has no field spec.template.Metadata: did you mean metadata?",
		deploy + "spec: {Template: {}}\n":                                                        "Deployment default/a has no pod template: ",
		cron + "spec: {jobTemplate: {spec: {template: {spec: {HostNetwork: true}}}}}\n":          "CronJob default/a has no field spec.jobTemplate.spec.template.spec.HostNetwork: did you mean hostNetwork?",
		service + "spec: {selectors: {app: a}}\n":                                                "Service default/a has no field spec.selectors: did you mean selector?",
		service + "spec: {selector: {app: a}, port: [{port: 80}]}\n":                             "Service default/a has no field spec.port: did you mean ports?",
		service + "spec: {ports: [{port: 80, targetport: 81}]}\n":                                "Service default/a has no field spec.ports[0].targetport: did you mean targetPort?",
		service + "spec: {clusterIp: None}\n":                                                    "Service default/a has no field spec.clusterIp: did you mean clusterIP?",
		service + "spec: {ports: [{port: '80'}]}\n":                                              "Service default/a: spec.ports[0].port cannot be a text: ",
		service + "spec: {ports: [{port: 80.5}]}\n":                                              "Service default/a: spec.ports[0].port cannot be 80.5: ",
		service + "spec: {selector: {app: 1}}\n":                                                 "Service default/a: spec.selector.app cannot be a number: it is a text: what YAML takes for a number or boolean needs quotes",
		policyOf("PodSelector: {}"):                                                              "NetworkPolicy default/a has no field spec.PodSelector: did you mean podSelector?",
		policyOf("ingress: [{From: []}]"):                                                        "NetworkPolicy default/a has no field spec.ingress[0].From: did you mean from?",
		policyOf("ingress: [{from: [{podSelectors: {}}]}]"):                                      "NetworkPolicy default/a has no field spec.ingress[0].from[0].podSelectors: did you mean podSelector?",
		policyOf("egress: [{to: [{ipblock: {cidr: 10.0.0.0/8}}]}]"):                              "NetworkPolicy default/a has no field spec.egress[0].to[0].ipblock: did you mean ipBlock?",
		policyOf("egress: [{ports: [{port: 80, endport: 90}]}]"):                                 "NetworkPolicy default/a has no field spec.egress[0].ports[0].endport: did you mean endPort?",
		policyOf("color: red"):                                                                   "NetworkPolicy default/a has no field spec.color: ",
		deploy + "spec: {replicas: 1, color: red, template: {color: red, spec: {color: red}}}\n": "",
		pod + "spec: {hostPID: true, hostname: a, containers: [{resources: {}}]}\n":              "",
	} {
		// The kind may be first or last: then everything has been read before it.
		for _, text := range []string{text, kindLast(text)} {
			inv, diags := Read([]*source.File{newFile("f", text)}, "")
			got := ""
			if len(diags) > 0 {
				got = diags[0].Message + ": " + diags[0].Help
			}
			if got != want || want != "" && len(inv.Policies)+len(inv.Workloads)+len(inv.Services)+len(inv.Foreign) > 0 {
				t.Errorf("%s%s\nnot %s", text, got, want)
			}
		}
	}
}

// kindLast moves the line of the kind to the end.
func kindLast(text string) string {
	head, rest, found := strings.Cut(text, "kind: ")
	kind, rest, _ := strings.Cut(rest, "\n")
	if !found {
		return text
	}
	return head + rest + "kind: " + kind + "\n"
}
