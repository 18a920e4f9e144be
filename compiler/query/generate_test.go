package query

import (
	"fmt"
	"math/bits"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// object is a manifest as it stands in a file: what is null there, empty, or missing stays so.
type object = map[string]any

// cluster is what a random set of manifests describes.
type cluster struct {
	spaces    map[string]map[string]string // the labels of those with a Namespace object
	workloads []workload
	policies  []object

	ends  []asked // whom to ask about
	files []string
	seed  uint64 // of what else is chosen
}

// asked is an end, and how a question names it.
type asked struct {
	name string
	end
}

type workload struct {
	ns, kind, name string
	labels         map[string]string // of its pods
	listen         []listen
}

// drawer draws small things, each as likely; what is first is what shrinking aims at.
type drawer struct{ t *rapid.T }

func (d drawer) n(k int) int {
	if k <= 1 {
		return 0
	}
	width := bits.Len(uint(k-1)) + 2
	u := 0
	for range width {
		u <<= 1
		if rapid.Bool().Draw(d.t, "bit") {
			u |= 1
		}
	}
	return u * k >> width
}

func (d drawer) chance(percent int) bool { return d.n(100) >= 100-percent }

func pick[T any](d drawer, from ...T) T { return from[d.n(len(from))] }

// The names that manifests are made of. Few, so that they meet.
var (
	spaceNames = []string{"default", "shop", "pay"}
	podKeys    = []string{"app", "tier", "job-name"}
	spaceKeys  = []string{"env", "team"}
	valuesOf   = map[string][]string{
		"app": {"web", "db", "y"}, "unspoken": {"x"}, "tier": {"front", "back"}, "job-name": {"j0", "other"}, "env": {"dev", "prod", ""}, "team": {"a", "b"},
		"kubernetes.io/metadata.name": {"default", "shop", "pay", "elsewhere"},
	}
	portNames = []string{"http", "metrics"}
	numbers   = []int{80, 81, 443, 8080}
	protocols = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
	blocks    = []string{"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "203.0.113.7/32", "::/0", "2001:db8::/32", "2001:db8:1::/48"}
	excepts   = map[string][]string{
		"0.0.0.0/0": {"10.0.0.0/8", "203.0.113.0/25"}, "10.0.0.0/8": {"10.1.0.0/16", "10.1.2.3/32"}, "10.1.0.0/16": {"10.1.2.0/24"},
		"203.0.113.0/24": {"203.0.113.7/32", "203.0.113.0/25"}, "::/0": {"fd00::/8", "2001:db8::/33"}, "2001:db8::/32": {"2001:db8:1::/48"},
	}
)

var clusters = rapid.Custom(func(t *rapid.T) *cluster { return drawer{t}.cluster() })

func (d drawer) cluster() *cluster {
	c := &cluster{spaces: map[string]map[string]string{}}
	for _, ns := range spaceNames {
		if d.chance(70) {
			c.spaces[ns] = d.labels(spaceKeys)
		}
		for i := range d.n(4) {
			c.workloads = append(c.workloads, d.workload(ns, i))
		}
		for i := range d.n(4) {
			c.policies = append(c.policies, d.policy(ns, fmt.Sprintf("p%d", i)))
		}
	}
	c.ends, c.files = d.ends(c), d.files(c.objects())
	c.seed = rapid.Uint64Range(0, 1<<20).Draw(d.t, "seed")
	return c
}

func (d drawer) labels(keys []string) map[string]string {
	labels := map[string]string{}
	for _, k := range keys {
		if d.chance(60) {
			labels[k] = pick(d, valuesOf[k]...)
		}
	}
	return labels
}

func (d drawer) workload(ns string, i int) workload {
	w := workload{
		ns: ns, name: fmt.Sprintf("j%d", i), labels: d.labels([]string{"app", "tier", "unspoken"}),
		kind: pick(d, "Deployment", "Pod", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"),
	}
	for _, name := range portNames {
		if d.chance(60) {
			w.listen = append(w.listen, listen{name, pick(d, protocols...), pick(d, numbers...)})
		}
	}
	return w
}

func (d drawer) selector(keys ...string) object {
	s := object{}
	if d.chance(50) {
		m := object{}
		for k, v := range d.labels(keys) {
			m[k] = v
		}
		s["matchLabels"] = m
	}
	var expressions []any
	for range d.n(3) {
		k := pick(d, keys...)
		e := object{"key": k, "operator": pick(d, "In", "NotIn", "Exists", "DoesNotExist")}
		if e["operator"] == "In" || e["operator"] == "NotIn" {
			values := []any{}
			for range 1 + d.n(2) {
				values = append(values, pick(d, valuesOf[k]...))
			}
			e["values"] = values
		}
		expressions = append(expressions, e)
	}
	if expressions != nil || d.chance(10) {
		s["matchExpressions"] = expressions
	}
	return s
}

// policy draws a NetworkPolicy that the API server accepts.
func (d drawer) policy(ns, name string) object {
	metadata := object{"name": name, "namespace": ns}
	if ns == "default" && d.chance(50) {
		delete(metadata, "namespace")
	}
	spec := object{"podSelector": d.selector(podKeys...)}
	switch d.n(6) {
	case 0:
		spec["podSelector"] = object{}
	case 1:
		if d.chance(30) {
			delete(spec, "podSelector")
		}
	}
	if types := pick(d, []any{"Ingress", "Egress"}, []any{"Ingress"}, []any{"Egress"}, nil, []any{}); types != nil || d.chance(20) {
		spec["policyTypes"] = types
	}
	for _, direction := range []string{"ingress", "egress"} {
		peers := map[string]string{"ingress": "from", "egress": "to"}[direction]
		if rules := sometimes(d, 20, 10, func() any { return d.rule(peers) }); rules != nil || d.chance(10) {
			spec[direction] = rules
		}
	}
	return object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
}

// sometimes draws a list: nil or empty as often as these percentages say.
func sometimes(d drawer, none, empty int, item func() any) []any {
	switch x := d.n(100); {
	case x < none:
		return nil
	case x < none+empty:
		return []any{}
	}
	out := []any{item()}
	for range d.n(3) {
		out = append(out, item())
	}
	return out
}

func (d drawer) rule(peers string) any {
	r := object{}
	if from := sometimes(d, 15, 10, d.peer); from != nil || d.chance(10) {
		r[peers] = from
	}
	if ports := sometimes(d, 30, 10, d.port); ports != nil || d.chance(10) {
		r["ports"] = ports
	}
	return r
}

func (d drawer) peer() any {
	spaces := func() any { return d.selector("env", "team", "kubernetes.io/metadata.name") }
	switch d.n(5) {
	case 0:
		return object{"podSelector": d.selector(podKeys...)}
	case 1:
		return object{"namespaceSelector": spaces()}
	case 2, 3:
		return object{"namespaceSelector": spaces(), "podSelector": d.selector(podKeys...)}
	}
	cidr := pick(d, blocks...)
	block := object{"cidr": cidr}
	if x := excepts[cidr]; x != nil && d.chance(50) {
		some := []any{}
		for range 1 + d.n(2) {
			some = append(some, pick(d, x...))
		}
		block["except"] = some
	}
	return object{"ipBlock": block}
}

func (d drawer) port() any {
	p := object{}
	if d.chance(60) {
		p["protocol"] = pick(d, protocols...)
	}
	switch d.n(5) {
	case 0:
	case 1:
		p["port"] = pick(d, portNames...)
	case 2:
		low := pick(d, numbers...)
		p["port"], p["endPort"] = low, low+pick(d, 0, 1, 400, 65535-low)
	default:
		p["port"] = pick(d, numbers...)
	}
	return p
}
