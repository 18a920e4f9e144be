package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/grammar/diag"
	"github.com/zt-lang/zt/grammar/source"
)

// Evidence is what manifests show of who connects to whom, apart from policies.
type Evidence struct {
	Exposures []Exposure
	Monitors  []Monitor
	Accounts  []Account
	Proxies   []Proxy
	// APIServer is where the API server listens: the EndpointSlice of Service kubernetes.
	APIServer []netip.AddrPort
	Pods      []netip.Prefix // the ranges of the pods of Node objects

	configs map[Object]map[string]Text   // the data of ConfigMaps, without their spans
	labels  map[Object]map[string]string // of Services, likewise
}

// Labels returns the labels of a Service.
func (e *Evidence) Labels(s Object) map[string]string { return e.labels[withoutSpan(s)] }

// CiliumConfig is the name of the ConfigMap with the settings of Cilium's agent.
const CiliumConfig = "cilium-config"

// CiliumSettings returns the settings of Cilium's agent.
func (e *Evidence) CiliumSettings() map[string]string {
	out := map[string]string{}
	for o, data := range e.configs {
		if o.Name == CiliumConfig {
			for key, text := range data {
				out[key] = text.Value
			}
		}
	}
	return out
}

// CiliumSetting returns the values that a setting of Cilium's agent has: there can be several ConfigMaps.
func (e *Evidence) CiliumSetting(key string) (values []Text) {
	for o, data := range e.configs {
		if value, ok := data[key]; ok && o.Name == CiliumConfig {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b Text) int { return strings.Compare(a.Value, b.Value) })
	return values
}

// JoinCilium adds the settings of Cilium that other manifests of the same cluster show.
func (e *Evidence) JoinCilium(other *Evidence) {
	configs := maps.Clone(e.configs)
	for o, data := range other.configs {
		if o.Name == CiliumConfig {
			configs[o] = data
		}
	}
	e.configs = configs
}

func withoutSpan(o Object) Object {
	o.Span = source.Span{}
	return o
}

// Details is what a workload shows of its connections.
type Details struct {
	Selector map[string]string // matchLabels of its own selector
	Replicas int               // 1 if it does not say
	Service  string            // the Service that a StatefulSet names
	Account  string            // its ServiceAccount
	NoToken  bool              // its pods get no token of the account
	Texts    []Text
	configs  []configUse
}

// Text is a value of a workload that may name Services.
type Text struct {
	Field string // such as "env ADDR", "args", or "ConfigMap shop KEY"
	Value string
	// Shared names the ConfigMap that it is from, if several workloads use that as a whole: not each
	// of them may use each value.
	Shared string
	Span   source.Span
}

// configUse is a ConfigMap that a workload uses: one key of it, or all.
type configUse struct{ name, key string }

// Exposure is an object that opens a port of a Service to others: a route to it, or its own type.
type Exposure struct {
	Object
	Service Object
	Port    string // the Service's port, a number or a name; "" for every port
	Type    string // of a Service: NodePort or LoadBalancer
	// Local is set if a Service keeps the addresses of its clients: externalTrafficPolicy Local.
	Local bool
}

// Monitor is a ServiceMonitor or PodMonitor: Prometheus connects to what it selects.
type Monitor struct {
	Object
	Labels     map[string]string // that it selects by
	Namespaces []string          // where; nil for its own
	Everywhere bool
	Ports      []string // by name
}

// Account is a ServiceAccount that an object binds to a role.
type Account struct {
	Binding         Object
	Namespace, Name string
}

// Proxy is a Role that lets its subjects connect to a Service through the API server.
type Proxy struct {
	Role    Object
	Service string // of the Role's namespace
}

// ReadEvidence is Read, and also reads what manifests show of connections: the details of workloads
// and the evidence of the inventory.
func ReadEvidence(files []*source.File, namespace string) (*Inventory, diag.List) {
	return ReadGroupsEvidence([]Group{{files, namespace}})
}

// ReadGroupsEvidence is ReadEvidence for several groups.
func ReadGroupsEvidence(groups []Group) (*Inventory, diag.List) {
	r := reader{need: remembered(evidenceOf), evidence: newEvidence()}
	inv, diags := r.readAll(groups)
	users := map[Object]int{}
	for _, w := range inv.Workloads {
		for _, use := range w.Details.configs {
			if use.key == "" {
				users[use.of(w)]++
			}
		}
	}
	for i := range inv.Workloads {
		r.evidence.expand(&inv.Workloads[i], users)
	}
	for _, s := range inv.APIServers {
		for _, a := range s.Addrs {
			for _, p := range s.Ports {
				r.evidence.APIServer = append(r.evidence.APIServer, netip.AddrPortFrom(a, uint16(p.Low)))
			}
		}
	}
	inv.Evidence = r.evidence
	return inv, diags
}

func newEvidence() *Evidence {
	return &Evidence{configs: map[Object]map[string]Text{}, labels: map[Object]map[string]string{}}
}

// of returns the ConfigMap that a workload uses.
func (c configUse) of(w Workload) Object {
	return Object{Kind: "ConfigMap", Namespace: w.Namespace, Name: c.name}
}

// expand replaces the ConfigMaps that a workload uses by their values.
func (e *Evidence) expand(w *Workload, users map[Object]int) {
	for _, use := range w.Details.configs {
		data := e.configs[use.of(*w)]
		keys := []string{use.key}
		if use.key == "" {
			keys = slices.Sorted(maps.Keys(data))
		}
		for _, k := range keys {
			field := fmt.Sprintf("ConfigMap %s %s", use.name, k)
			if text := data[k]; text.Value != "" && !slices.ContainsFunc(w.Details.Texts, func(t Text) bool { return t.Field == field }) {
				text.Field = field
				if use.key == "" && users[use.of(*w)] > 1 {
					text.Shared = use.name
				}
				w.Details.Texts = append(w.Details.Texts, text)
			}
		}
	}
}

// observe reads the evidence of an object. What has another form than it should is no evidence.
func (r *reader) observe(n *node, o Object, apiVersion string) {
	o.Namespace = cmp.Or(o.Namespace, r.namespace)
	e, group := r.evidence, groupOf(apiVersion)
	switch {
	case group == "" && o.Kind == "ConfigMap":
		e.configs[withoutSpan(o)] = r.data(n.get("data"))
	case group == "" && o.Kind == "Service":
		e.labels[withoutSpan(o)] = n.get("metadata").get("labels").texts()
		if t := n.get("spec").str("type"); t == "NodePort" || t == "LoadBalancer" {
			e.Exposures = append(e.Exposures, Exposure{Object: o, Service: o, Type: t, Local: n.get("spec").str("externalTrafficPolicy") == "Local"})
		}
	case group == "" && o.Kind == "Node":
		e.node(n)
	case group == "networking.k8s.io" && o.Kind == "Ingress":
		e.ingress(n, o)
	case group == "gateway.networking.k8s.io" && strings.HasSuffix(o.Kind, "Route"):
		for _, rule := range n.get("spec").list("rules") {
			for _, b := range rule.list("backendRefs") {
				e.expose(o, &b, b.get("port").String())
			}
		}
	case group == "route.openshift.io" && o.Kind == "Route":
		e.expose(o, n.get("spec").get("to"), n.get("spec").get("port").get("targetPort").String())
	case group == "monitoring.coreos.com" && (o.Kind == "ServiceMonitor" || o.Kind == "PodMonitor"):
		e.monitor(n, o)
	case group == "rbac.authorization.k8s.io" && o.Kind == "Role":
		e.proxies(n, o)
	case group == "rbac.authorization.k8s.io" && (o.Kind == "RoleBinding" || o.Kind == "ClusterRoleBinding"):
		subject := o.Namespace
		if o.Kind == "ClusterRoleBinding" {
			o.Namespace = ""
		}
		for _, s := range n.list("subjects") {
			if s.str("kind") == "ServiceAccount" {
				e.Accounts = append(e.Accounts, Account{o, cmp.Or(s.str("namespace"), subject), s.str("name")})
			}
		}
	}
}

// proxies adds the Services that a Role names for services/proxy: NAME or SCHEME:NAME:PORT.
func (e *Evidence) proxies(n *node, o Object) {
	for _, rule := range n.list("rules") {
		if !slices.ContainsFunc(rule.list("resources"), func(r node) bool { return r.text == "services/proxy" }) {
			continue
		}
		for _, named := range rule.list("resourceNames") {
			name := named.text
			if parts := strings.Split(name, ":"); len(parts) > 1 {
				name = parts[1]
			}
			if p := (Proxy{o, name}); !slices.Contains(e.Proxies, p) {
				e.Proxies = append(e.Proxies, p)
			}
		}
	}
}

// ingress adds the backends of an Ingress.
func (e *Evidence) ingress(n *node, o Object) {
	add := func(backend *node) {
		service := backend.get("service")
		port := service.get("port")
		e.expose(o, service, port.get("number").String()+port.str("name"))
	}
	add(n.get("spec").get("defaultBackend"))
	for _, rule := range n.get("spec").list("rules") {
		for _, path := range rule.get("http").list("paths") {
			add(path.get("backend"))
		}
	}
}

// expose adds a route of an object to a Service, if a reference names one.
func (e *Evidence) expose(o Object, to *node, port string) {
	if kind := to.str("kind"); to.str("name") == "" || kind != "" && kind != "Service" {
		return
	}
	namespace := cmp.Or(to.str("namespace"), o.Namespace)
	x := Exposure{Object: o, Service: Object{Kind: "Service", Namespace: namespace, Name: to.str("name")}, Port: port}
	if !slices.Contains(e.Exposures, x) {
		e.Exposures = append(e.Exposures, x)
	}
}

func (e *Evidence) monitor(n *node, o Object) {
	spec, endpoints := n.get("spec"), "endpoints"
	if o.Kind == "PodMonitor" {
		endpoints = "podMetricsEndpoints"
	}
	m := Monitor{Object: o, Labels: spec.get("selector").get("matchLabels").texts(), Everywhere: spec.get("namespaceSelector").get("any").String() == "true"}
	for _, name := range spec.get("namespaceSelector").list("matchNames") {
		m.Namespaces = append(m.Namespaces, name.text)
	}
	for _, endpoint := range spec.list(endpoints) {
		for _, key := range []string{"port", "targetPort"} {
			if port := endpoint.get(key).String(); port != "" && !slices.Contains(m.Ports, port) {
				m.Ports = append(m.Ports, port)
			}
		}
	}
	e.Monitors = append(e.Monitors, m)
}

func (e *Evidence) node(n *node) {
	for _, c := range n.get("spec").list("podCIDRs") {
		if p, err := netip.ParsePrefix(c.text); err == nil {
			e.Pods = append(e.Pods, p.Masked())
		}
	}
}

// details reads what a workload shows, with its pods at a node.
func (r *reader) details(n, pod *node) *Details {
	spec := pod.get("spec")
	d := &Details{
		Selector: n.get("spec").get("selector").get("matchLabels").texts(),
		Replicas: 1,
		Service:  n.get("spec").str("serviceName"),
		Account:  spec.str("serviceAccountName"),
		NoToken:  spec.get("automountServiceAccountToken").String() == "false",
	}
	if v, err := strconv.Atoi(n.get("spec").get("replicas").String()); err == nil {
		d.Replicas = v
	}
	for _, list := range []string{"initContainers", "containers"} {
		for _, c := range spec.list(list) {
			r.container(d, &c)
		}
	}
	for _, v := range spec.list("volumes") {
		sources := []node{v}
		sources = append(sources, v.get("projected").list("sources")...)
		for i := range sources {
			if sources[i].get("serviceAccountToken") != nil {
				d.NoToken = false
			}
			config := sources[i].get("configMap")
			if name := config.str("name"); name != "" {
				d.use(configUse{name: name})
			}
		}
	}
	return d
}

func (d *Details) use(c configUse) {
	if !slices.Contains(d.configs, c) {
		d.configs = append(d.configs, c)
	}
}

func (r *reader) container(d *Details, c *node) {
	values := map[string]string{}
	add := func(field string, n *node) {
		if n != nil && n.kind == text && n.text != "" {
			d.Texts = append(d.Texts, Text{Field: field, Value: expanded(n.text, values), Span: r.span(n.offset)})
		}
	}
	for _, v := range c.list("env") {
		add("env "+v.str("name"), v.get("value"))
		values[v.str("name")] = expanded(v.str("value"), values)
		if ref := v.get("valueFrom").get("configMapKeyRef"); ref != nil {
			d.use(configUse{ref.str("name"), ref.str("key")})
		}
	}
	for _, from := range c.list("envFrom") {
		if name := from.get("configMapRef").str("name"); name != "" {
			d.use(configUse{name: name})
		}
	}
	for _, key := range []string{"command", "args"} {
		for _, a := range c.list(key) {
			add(key, &a)
		}
	}
}

// reference matches what Kubernetes replaces in env, command and args by the value of a variable.
var reference = regexp.MustCompile(`\$\([A-Za-z_][A-Za-z0-9_]*\)`)

// expanded replaces the variables of a text that are defined. It adds nothing that is very long, since
// variables can be defined by each other.
func expanded(text string, values map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(r string) string {
		if value := values[r[2:len(r)-1]]; value != "" && len(value) < 300 {
			return value
		}
		return r
	})
}

// data returns the texts of a ConfigMap.
func (r *reader) data(n *node) map[string]Text {
	m := map[string]Text{}
	if n != nil && n.kind == object {
		for i, k := range n.keys {
			if c := n.children[i]; c.kind == text {
				m[k] = Text{Value: c.text, Span: r.span(c.offset)}
			}
		}
	}
	return m
}

// list returns the elements of an object's list; none if it has none.
func (n *node) list(key string) []node {
	if v := n.get(key); v != nil && v.kind == list {
		return v.children
	}
	return nil
}

// texts returns the texts of an object, by their keys.
func (n *node) texts() map[string]string {
	if n == nil || n.kind != object {
		return nil
	}
	m := map[string]string{}
	for i, k := range n.keys {
		if n.children[i].kind == text {
			m[k] = n.children[i].text
		}
	}
	return m
}

// String returns a text or another scalar; "" for anything else.
func (n *node) String() string {
	if n == nil || n.kind != text && n.kind != scalar {
		return ""
	}
	return n.text
}
