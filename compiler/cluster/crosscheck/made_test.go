package crosscheck_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// custom returns an object of another API.
func custom(apiVersion, kind, name, spec string) string {
	return fmt.Sprintf("---\napiVersion: %s\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n", apiVersion, kind, name, spec)
}

// What an operator makes from an object is a workload.
func TestMadeWorkloads(t *testing.T) {
	const template = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}}"
	prometheus := custom("monitoring.coreos.com/v1", "Prometheus", "k8s", "podMetadata: {labels: {team: x}}")
	kafka := custom("kafka.strimzi.io/v1beta2", "Kafka", "events", "kafka: {}, entityOperator: {}")
	tests := map[string]struct {
		program, manifests string
		want               []string
	}{
		"a Rollout":            {"tier a { app=a } :80", custom("argoproj.io/v1alpha1", "Rollout", "a", template), nil},
		"of another label":     {"tier a { app=b } :80", custom("argoproj.io/v1alpha1", "Rollout", "a", template), []string{"shop.zt:1 no workload has the labels of default/a: app=b [ZT603] (manifests.yaml:2)"}},
		"not covered":          {"tier a { app=a } :80\nnamespace b { }", custom("argoproj.io/v1alpha1", "Rollout", "a", template) + custom("apps.openshift.io/v1", "DeploymentConfig", "b", "template: {metadata: {labels: {app: b}}, spec: {containers: [{name: b}]}}"), []string{"manifests.yaml:7 no tier of default covers DeploymentConfig default/b, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"nested":               {"tier head { ray=head }\ntier worker { ray=worker }", custom("ray.io/v1", "RayCluster", "r", "headGroupSpec: {template: {metadata: {labels: {ray: head}}, spec: {containers: [{name: a}]}}}, workerGroupSpecs: [{template: {metadata: {labels: {ray: worker}}, spec: {containers: [{name: a}]}}}]"), nil},
		"a pattern of Kyverno": {"tier a { app=a } :80", pods("a", "{containerPort: 80}") + custom("kyverno.io/v1", "ClusterPolicy", "p", "rules: [{validate: {pattern: {spec: {template: {metadata: {labels: {x: z}}, spec: {containers: [{name: q}]}}}}}}]"), nil},

		"Prometheus":                       {"tier p { prometheus=k8s, team=x } :9090", prometheus, nil},
		"its usual label":                  {"tier p { app.kubernetes.io/name=prometheus } :web/tcp", prometheus, nil},
		"one that an operator may give it": {"tier p { prometheus=k8s, operator.prometheus.io/shard=0 }", prometheus, nil},
		"another port":                     {"tier p { prometheus=k8s } :9099", prometheus, []string{"shop.zt:1 no container of default/p declares the port 9099/tcp [ZT607] (manifests.yaml:2)"}},
		"another port of a name":           {"tier p { prometheus=k8s } :web=9099", prometheus, []string{"shop.zt:1 no container of default/p declares the port 9099/tcp [ZT607] (manifests.yaml:2)"}},
		"a port of a sidecar":              {"tier p { prometheus=k8s } :10901, 8443", custom("monitoring.coreos.com/v1", "Prometheus", "k8s", "thanos: {}, containers: [{name: proxy, ports: [{containerPort: 8443}]}]"), nil},
		"a listener":                       {"tier k { strimzi.io/name=events-kafka, team=x } :9095", "---\napiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: events, labels: {team: x}}\nspec: {kafka: {listeners: [{name: external, port: 9095}]}}\n", nil},
		"Kafka Connect":                    {"tier c { app.kubernetes.io/name=kafka-connect } :8083", custom("kafka.strimzi.io/v1beta2", "KafkaConnect", "c", "replicas: 1"), nil},
		"of another Prometheus":            {"tier p { prometheus=k9s }", prometheus, []string{"shop.zt:1 no workload has the labels of default/p: prometheus=k9s [ZT603] (manifests.yaml:2)"}},
		"a label of something else":        {"tier p { prometheus=k8s }\ntier g { app=grafana }", prometheus, []string{"shop.zt:2 no workload has the labels of default/g: app=grafana [ZT603]"}},
		"Kafka":                            {"tier k { strimzi.io/name=events-kafka } :9092\ntier e { strimzi.io/name=events-entity-operator }", kafka, nil},
		"Kafka, not all of it":             {"tier k { strimzi.io/name=events-kafka } :9092", kafka, []string{"manifests.yaml:2 no tier of default covers Kafka default/events-entity-operator, which can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"without ZooKeeper":                {"tier k { strimzi.io/cluster=events }\ntier z { strimzi.io/name=events-zookeeper }", kafka, []string{"shop.zt:2 no workload has the labels of default/z: strimzi.io/name=events-zookeeper [ZT603]"}},
		"a solver":                         {"tier s { acme.cert-manager.io/http01-solver=true } :8089", custom("cert-manager.io/v1", "Certificate", "c", "secretName: c"), nil},
		"no solver asked for":              {"tier a { app=a } :80", pods("a", "{containerPort: 80}") + custom("cert-manager.io/v1", "Certificate", "c", "secretName: c"), nil},

		"behind a Service":           {"tier a { app=a } :8080\nall -> a", service("a", "selector: {app: a}, ports: [{port: 80, targetPort: 8080}]"), nil},
		"behind a Service, its port": {"tier a { app=a } :80\nall -> a", service("a", "selector: {app: a}, ports: [{port: 80, targetPort: 8080}]"), []string{"shop.zt:1 default/a does not listen on 80/tcp: that is a port of Service default/a, which sends it on to 8080/tcp [ZT606] (manifests.yaml:5) (manifests.yaml:5)"}},
		"a Service of no tier":       {"tier a { app=a } :80", pods("a", "{containerPort: 80}") + service("b", "selector: {app: b}, ports: [{port: 80}]"), nil},
		"a missing edge to it":       {"tier a { app=a }\ntier b { app=b } :80", reader("a", "B", "b:80") + service("b", "selector: {app: b}, ports: [{port: 80}]"), []string{"shop.zt:2 default/a connects to default/b on 80/tcp, and no edge permits it [ZT620] (manifests.yaml:8)"}},

		"at run time":                      {"tier a { app=a } dynamic :80\nall -> a", service("x", "ports: [{port: 1}]"), nil},
		"at run time, across namespaces":   {"tier a in cluster { app=a } dynamic\ntier b { app=b } :80\na -> b", pods("b", "{containerPort: 80}"), nil},
		"a Helm test":                      {"tier a { app=a }", pods("a", "") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: t, labels: {app: t}, annotations: {helm.sh/hook: test}}\nspec: {containers: [{name: t}]}\n", []string{"manifests.yaml:10 no tier of default covers Pod default/t, which is a Helm test and can neither open nor accept a connection [ZT604] (shop.zt:1)"}},
		"one that cannot be read":          {"tier a { app=a } :80\ntier b { app=b }", pods("b", "{containerPort: 80}") + workload("Deployment", "a", "app: a", `containers: [{ports: [{containerPort: "80"}]}]`), nil},
		"labels that cannot be read":       {"tier a { app=a } :80\ntier b { app=b }", pods("b", "{containerPort: 80}") + workload("Deployment", "a", "app: 1", "containers: [{name: c}]"), nil},
		"one that is not what is missing":  {"tier a { app=a } :80\ntier b { app=b }", pods("b", "{containerPort: 80}") + workload("Deployment", "c", "app: c", `containers: [{ports: [{containerPort: "80"}]}]`), []string{"shop.zt:1 no workload has the labels of default/a: app=a [ZT603]"}},
		"a label of several workloads":     {"tier a { app=a }", pods("a", "") + workload("Deployment", "b", "app: a2", "") + workload("Deployment", "c", "app: a2", ""), []string{"manifests.yaml:10 no tier of default covers Deployment default/b, which can neither open nor accept a connection [ZT604] (shop.zt:1) (manifests.yaml:18)", "manifests.yaml:18 no tier of default covers Deployment default/c, which can neither open nor accept a connection [ZT604] (shop.zt:1) (manifests.yaml:10)"}},
		"what a tier should have selected": {"tier b { app=bb }", workload("Deployment", "b", "app: b", ""), []string{"shop.zt:1 no workload has the labels of default/b: app=bb [ZT603] (manifests.yaml:2)"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(hold(t, tt.program, tt.manifests))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
