package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/diag"
)

// custom adds the pods of an object of another API: those of its pod templates, or those that its
// operator is known to make.
func (r *reader) custom(n *node, o Object, apiVersion string) {
	before, kept := len(r.diags), len(r.inventory.Workloads)
	o.Namespace = cmp.Or(o.Namespace, r.namespace)
	f := &form{reader: r, Object: o, n: n}
	group := groupOf(apiVersion)
	m := makerOf(group, o.Kind)
	switch {
	case o.Name != "" && len(validation.NameIsDNSSubdomain(o.Name, false)) > 0 || len(validation.ValidateNamespaceName(o.Namespace, false)) > 0:
	case m != nil:
		f.made(m)
	case !slices.Contains(patternGroups, group):
		for _, path := range n.get("spec").templates("spec") {
			f.bad = false
			f.template(path)
		}
	}
	for i := range r.inventory.Workloads[kept:] {
		w := &r.inventory.Workloads[kept+i]
		w.Open, w.Group = true, group
	}
	for i := range r.diags[before:] {
		if d := &r.diags[before+i]; d.Code != diag.TooMuch {
			d.Severity = diag.Warning
		}
	}
}

// patternGroups are of objects whose pod templates are patterns of other objects.
var patternGroups = []string{"kyverno.io", "policies.kyverno.io", "templates.gatekeeper.sh", "mutations.gatekeeper.sh", "apiextensions.crossplane.io"}

// templates returns the paths of the pod templates in a value: fields that are called a template and
// have containers.
func (n *node) templates(path string) (found []string) {
	if n == nil {
		return nil
	}
	for i := range n.children {
		child, at := &n.children[i], path+"["+strconv.Itoa(i)+"]"
		if n.kind == object {
			if strings.ContainsAny(n.keys[i], ".[") {
				continue
			}
			at = path + "." + n.keys[i]
			if strings.HasSuffix(strings.ToLower(n.keys[i]), "template") && child.get("spec").list("containers") != nil {
				found = append(found, at)
				continue
			}
		}
		found = append(found, child.templates(at)...)
	}
	return found
}

// maker is a kind of objects from which an operator makes pods without a template.
type maker struct {
	group, kind string
	pods        []madePods
}

// madePods is pods of one sort. In a label, NAME stands for the name of the object.
type madePods struct {
	suffix string // of their name
	only   string // the field that an object with such pods has, or ""
	labels string // KEY=VALUE, separated by spaces
	more   string // the paths of labels that the object gives its pods, separated by spaces
	ports  string // NAME=PORT, separated by spaces
}

// makers is from the documentation and the code of the operators. A row is enough to add one.
var makers = []maker{
	{"monitoring.coreos.com", "Prometheus", []madePods{{"", "", "app.kubernetes.io/name=prometheus app.kubernetes.io/instance=NAME app.kubernetes.io/managed-by=prometheus-operator operator.prometheus.io/name=NAME prometheus=NAME",
		"spec.podMetadata.labels", "web=9090 reloader-web=8080"}}},
	{"monitoring.coreos.com", "PrometheusAgent", []madePods{{"", "", "app.kubernetes.io/name=prometheus-agent app.kubernetes.io/instance=NAME app.kubernetes.io/managed-by=prometheus-operator operator.prometheus.io/name=NAME",
		"spec.podMetadata.labels", "web=9090 reloader-web=8080"}}},
	{"monitoring.coreos.com", "Alertmanager", []madePods{{"", "", "app.kubernetes.io/name=alertmanager app.kubernetes.io/instance=NAME app.kubernetes.io/managed-by=prometheus-operator alertmanager=NAME",
		"spec.podMetadata.labels", "web=9093 mesh-tcp=9094 mesh-udp=9094/udp reloader-web=8080"}}},
	{"monitoring.coreos.com", "ThanosRuler", []madePods{{"", "", "app.kubernetes.io/name=thanos-ruler app.kubernetes.io/instance=NAME app.kubernetes.io/managed-by=prometheus-operator thanos-ruler=NAME",
		"spec.podMetadata.labels", "web=10902 grpc=10901 reloader-web=8080"}}},
	{"postgresql.cnpg.io", "Cluster", []madePods{{"", "", "cnpg.io/cluster=NAME cnpg.io/podRole=instance", "spec.inheritedMetadata.labels", "postgresql=5432 metrics=9187 status=8000"}}},
	{"postgresql.cnpg.io", "Pooler", []madePods{{"", "", "cnpg.io/poolerName=NAME cnpg.io/podRole=pooler", "spec.template.metadata.labels", "pgbouncer=5432 metrics=9127"}}},
	{"kafka.strimzi.io", "Kafka", []madePods{
		{"-kafka", "", strimzi + "strimzi.io/kind=Kafka strimzi.io/name=NAME-kafka strimzi.io/component-type=kafka app.kubernetes.io/name=kafka", "metadata.labels spec.kafka.template.pod.metadata.labels", "tcp-ctrlplane=9090 tcp-replication=9091 tcp-clients=9092 tcp-clientstls=9093 tcp-prometheus=9404"},
		{"-zookeeper", "spec.zookeeper", strimzi + "strimzi.io/kind=Kafka strimzi.io/name=NAME-zookeeper strimzi.io/component-type=zookeeper app.kubernetes.io/name=zookeeper", "metadata.labels spec.zookeeper.template.pod.metadata.labels", "tcp-clients=2181 tcp-clustering=2888 tcp-election=3888 tcp-prometheus=9404"},
		{"-entity-operator", "spec.entityOperator", strimzi + "strimzi.io/kind=Kafka strimzi.io/name=NAME-entity-operator strimzi.io/component-type=entity-operator app.kubernetes.io/name=entity-operator", "metadata.labels spec.entityOperator.template.pod.metadata.labels", "healthcheck=8080 healthcheck2=8081"},
		{"-kafka-exporter", "spec.kafkaExporter", strimzi + "strimzi.io/kind=Kafka strimzi.io/name=NAME-kafka-exporter strimzi.io/component-type=kafka-exporter app.kubernetes.io/name=kafka-exporter", "metadata.labels spec.kafkaExporter.template.pod.metadata.labels", "tcp-prometheus=9404"},
		{"-cruise-control", "spec.cruiseControl", strimzi + "strimzi.io/kind=Kafka strimzi.io/name=NAME-cruise-control strimzi.io/component-type=cruise-control app.kubernetes.io/name=cruise-control", "metadata.labels spec.cruiseControl.template.pod.metadata.labels", "rest-api=9090 tcp-prometheus=9404"},
	}},
	{"kafka.strimzi.io", "KafkaConnect", []madePods{{"-connect", "", strimzi + "strimzi.io/kind=KafkaConnect strimzi.io/name=NAME-connect strimzi.io/component-type=kafka-connect app.kubernetes.io/name=kafka-connect", strimziMore, "rest-api=8083 tcp-prometheus=9404"}}},
	{"kafka.strimzi.io", "KafkaMirrorMaker2", []madePods{{"-mirrormaker2", "", strimzi + "strimzi.io/kind=KafkaMirrorMaker2 strimzi.io/name=NAME-mirrormaker2 strimzi.io/component-type=kafka-mirror-maker-2 app.kubernetes.io/name=kafka-mirror-maker-2", strimziMore, "rest-api=8083 tcp-prometheus=9404"}}},
	{"kafka.strimzi.io", "KafkaBridge", []madePods{{"-bridge", "", strimzi + "strimzi.io/kind=KafkaBridge strimzi.io/name=NAME-bridge strimzi.io/component-type=kafka-bridge app.kubernetes.io/name=kafka-bridge", strimziMore, "rest-api=8080 rest-api-mgmt=8081"}}},
	{"elasticsearch.k8s.elastic.co", "Elasticsearch", []madePods{{"", "", "common.k8s.elastic.co/type=elasticsearch elasticsearch.k8s.elastic.co/cluster-name=NAME", "", "https=9200 transport=9300"}}},
	{"kibana.k8s.elastic.co", "Kibana", []madePods{{"", "", "common.k8s.elastic.co/type=kibana kibana.k8s.elastic.co/name=NAME", "spec.podTemplate.metadata.labels", "https=5601"}}},
	{"argoproj.io", "Workflow", []madePods{{"", "", "workflows.argoproj.io/workflow=NAME workflows.argoproj.io/completed=false", "spec.podMetadata.labels", ""}}},
	{"argoproj.io", "CronWorkflow", []madePods{{"", "", "workflows.argoproj.io/completed=false", "spec.workflowSpec.podMetadata.labels", ""}}},
	{"tekton.dev", "TaskRun", []madePods{{"", "", "app.kubernetes.io/managed-by=tekton-pipelines tekton.dev/taskRun=NAME", "metadata.labels", ""}}},
	{"tekton.dev", "PipelineRun", []madePods{{"", "", "app.kubernetes.io/managed-by=tekton-pipelines tekton.dev/pipelineRun=NAME", "metadata.labels", ""}}},
	{"kubevirt.io", "VirtualMachine", []madePods{{"", "", "kubevirt.io=virt-launcher vm.kubevirt.io/name=NAME", "spec.template.metadata.labels", ""}}},
	{"kubevirt.io", "VirtualMachineInstance", []madePods{{"", "", "kubevirt.io=virt-launcher vm.kubevirt.io/name=NAME", "metadata.labels", ""}}},
	{"cert-manager.io", "Certificate", []madePods{{"-solver", "", "acme.cert-manager.io/http01-solver=true", "", "http=8089"}}},
}

// morePorts adds the ports that an object asks for: those of the listeners of Kafka, of more containers, and
// of the sidecar of Thanos.
func (f *form) morePorts(w *Workload) {
	add := func(name, number string, at *node) {
		n, err := strconv.Atoi(number)
		if err != nil || n < relation.MinPort || n > relation.MaxPort || slices.ContainsFunc(w.Ports, func(p Port) bool { return p.Number == n }) {
			return
		}
		w.Ports = append(w.Ports, Port{Name: name, Number: n, Span: f.span(at.offset)})
	}
	spec := f.n.get("spec")
	if strings.HasSuffix(w.Name, "-kafka") {
		for _, l := range spec.get("kafka").list("listeners") {
			add("tcp-"+l.str("name"), l.get("port").String(), &l)
		}
	}
	for _, c := range spec.list("containers") {
		for _, p := range c.list("ports") {
			add(p.str("name"), p.get("containerPort").String(), &p)
		}
	}
	if thanos := spec.get("thanos"); thanos != nil && f.Kind == "Prometheus" {
		add("grpc", "10901", thanos)
		add("http", "10902", thanos)
	}
}

// What all pods of Strimzi have: generateDefaultLabels of its Labels.java. It also gives them the labels
// of their resource.
const (
	strimzi     = "strimzi.io/cluster=NAME app.kubernetes.io/instance=NAME app.kubernetes.io/managed-by=strimzi-cluster-operator app.kubernetes.io/part-of=strimzi-NAME "
	strimziMore = "metadata.labels spec.template.pod.metadata.labels"
)

func makerOf(group, kind string) *maker {
	i := slices.IndexFunc(makers, func(m maker) bool { return m.group == group && m.kind == kind })
	if i < 0 {
		return nil
	}
	return &makers[i]
}

// made adds the pods that an operator makes from an object.
func (f *form) made(m *maker) {
	for _, p := range m.pods {
		if _, has := f.n.at(p.only); !has {
			continue
		}
		w := Workload{Object: f.Object, Labels: map[string]string{}, Unplaced: f.n.get("metadata").str("namespace") == ""}
		w.Name += p.suffix
		for path := range strings.FieldsSeq(p.more) {
			if more, ok := f.n.at(path); ok {
				maps.Copy(w.Labels, more.texts())
			}
		}
		for text := range strings.FieldsSeq(p.labels) {
			key, value, _ := strings.Cut(text, "=")
			if f.Name != "" || !strings.Contains(value, "NAME") { // each object of a generateName has another
				w.Labels = with(w.Labels, key, strings.ReplaceAll(value, "NAME", f.Name))
			}
		}
		for text := range strings.FieldsSeq(p.ports) {
			name, number, _ := strings.Cut(text, "=")
			port := Port{Name: name, Span: f.Span}
			number, udp := strings.CutSuffix(number, "/udp")
			port.Protocol, _ = protocolOf(map[bool]corev1.Protocol{true: corev1.ProtocolUDP}[udp])
			port.Number, _ = strconv.Atoi(number)
			w.Ports = append(w.Ports, port)
		}
		f.morePorts(&w)
		spec := f.n.get("spec")
		w.Details = &Details{Replicas: 1, Account: spec.str("serviceAccountName")}
		w.Perhaps = f.Kind == "Certificate"
		f.inventory.Workloads = append(f.inventory.Workloads, w)
		f.count(1)
	}
}
