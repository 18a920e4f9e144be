package flows_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler/topology"
)

// pod returns a pod of Online Boutique as Hubble tells of it.
func pod(app string) map[string]any {
	namespace := "default"
	label := "k8s:app=" + app
	if app == "kube-dns" {
		namespace, label = "kube-system", "k8s:k8s-app=kube-dns"
	}
	return map[string]any{
		"ID": 12, "identity": 4711, "namespace": namespace, "pod_name": app + "-6d5f9c7b8-x2x4z",
		"labels":    []string{label, "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=" + namespace, "k8s:io.cilium.k8s.policy.cluster=default", "k8s:io.cilium.k8s.policy.serviceaccount=" + app, "k8s:io.kubernetes.pod.namespace=" + namespace},
		"workloads": []map[string]any{{"name": app, "kind": "Deployment"}},
	}
}

func world() map[string]any {
	return map[string]any{"identity": 2, "labels": []string{"reserved:world"}}
}

// recorder writes flows in both of Hubble's shapes by turns.
type recorder struct {
	lines  []string
	random *rand.Rand
}

func (r *recorder) record(from, to map[string]any, fromIP, toIP, protocol string, fromPort, toPort int, verdict string, reply bool, flags ...string) {
	l4 := map[string]any{"source_port": fromPort, "destination_port": toPort}
	if protocol == "TCP" {
		set := map[string]bool{}
		for _, f := range flags {
			set[f] = true
		}
		l4["flags"] = set
	}
	flow := map[string]any{
		"time": "2025-04-16T18:49:59.450508431Z", "verdict": verdict, "ethernet": map[string]any{"source": "0a:58:0a:f4:00:01"},
		"IP": map[string]any{"source": fromIP, "destination": toIP, "ipVersion": "IPv4"}, "l4": map[string]any{protocol: l4},
		"source": from, "destination": to, "Type": "L3_L4", "node_name": "kind-worker", "event_type": map[string]any{"type": 4},
		"traffic_direction": "EGRESS", "trace_observation_point": "TO_ENDPOINT", "Summary": "TCP Flags: SYN",
	}
	old := r.random.Intn(2) == 0
	if reply {
		flow["reply"] = true
	}
	if !old || !reply && r.random.Intn(2) == 0 {
		flow["is_reply"] = reply
	}
	var line any = flow
	if !old {
		line = map[string]any{"flow": flow, "node_name": "kind-worker", "time": flow["time"]}
	}
	text, _ := json.Marshal(line)
	r.lines = append(r.lines, string(text))
}

// connection records one connection, with its answers.
func (r *recorder) connection(from, to map[string]any, fromIP, toIP, protocol string, port int) {
	open := 32768 + r.random.Intn(20000)
	r.record(from, to, fromIP, toIP, protocol, open, port, "FORWARDED", false, "SYN")
	r.record(to, from, toIP, fromIP, protocol, port, open, "FORWARDED", true, "SYN", "ACK")
	r.record(from, to, fromIP, toIP, protocol, open, port, "FORWARDED", false, "ACK")
	r.record(to, from, toIP, fromIP, protocol, port, open, "FORWARDED", true, "ACK", "PSH")
}

// boutique returns what Hubble would have recorded of traffic along every edge of a topology, several
// times, with what it records beside that.
func boutique(t *testing.T, top *topology.Topology, seed int64) string {
	t.Helper()
	r := &recorder{random: rand.New(rand.NewSource(seed))}
	for i, e := range top.Edges {
		to := pod(e.To.Tier.Name)
		for range 1 + r.random.Intn(3) {
			fromIP := fmt.Sprintf("10.244.1.%d", i)
			var from map[string]any
			if e.From.Tier != nil {
				from = pod(e.From.Tier.Name)
			} else {
				fromIP, from = fmt.Sprintf("198.51.100.%d", 1+r.random.Intn(250)), world()
			}
			for _, ports := range e.Ports.Ranges() {
				r.connection(from, to, fromIP, fmt.Sprintf("10.244.2.%d", i), strings.ToUpper(ports.Protocol.String()), ports.Low)
			}
		}
	}
	// What was stopped already, what is only on its way, probes of the node, and what is no flow.
	r.record(pod("loadgenerator"), pod("redis-cart"), "10.244.1.1", "10.244.2.1", "TCP", 40000, 6379, "DROPPED", false, "SYN")
	r.record(pod("loadgenerator"), pod("redis-cart"), "10.244.1.1", "10.244.2.1", "TCP", 40000, 6379, "TRACED", false, "SYN")
	r.record(map[string]any{"identity": 1, "labels": []string{"reserved:host"}}, pod("paymentservice"), "10.244.1.254", "10.244.2.3", "TCP", 40000, 50051, "FORWARDED", false, "SYN")
	r.record(pod("adservice"), pod("adservice"), "10.244.1.7", "10.244.1.7", "TCP", 40000, 1234, "FORWARDED", false, "SYN")
	r.lines = append(r.lines,
		`{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"3"},"node_name":"kind-worker"}`,
		`{"node_status":{"state_change":"NODE_CONNECTED","node_names":["kind-worker"]}}`,
		`{"agent_event":{"type":"POLICY_UPDATED"}}`, ``,
		`{"flow":{"verdict":"FORWARDED","IP":{"source":"10.244.1.1","destination":"10.244.2.1"},"l4":{"ICMPv4":{"type":8}},"source":{"namespace":"default","labels":["k8s:app=frontend"]},"is_reply":false}}`,
		`{"flow":{"verdict":"FORWARDED","IP":{"source":"10.244.1.1","destination":"10.96.0.10"},"l4":{"TCP":{"source_port":40000,"destination_port":9999}},"source":{"namespace":"default","labels":["k8s:app=frontend"]},"destination":{"identity":2,"labels":["reserved:world"]},"destination_service":{"name":"adservice","namespace":"default"},"is_reply":false}}`)
	r.random.Shuffle(len(r.lines), func(i, j int) { r.lines[i], r.lines[j] = r.lines[j], r.lines[i] })
	return strings.Join(r.lines, "\n") + "\n"
}

// Traffic along the edges of Online Boutique is clean against it. With one edge less, exactly
// that one is reported, whichever it is, with how often it was seen and what would permit it.
func TestOnlineBoutique(t *testing.T) {
	text, err := os.ReadFile("../../../examples/online-boutique/online-boutique.zt")
	if err != nil {
		t.Fatal(err)
	}
	program := string(text)
	top := compile(t, program)
	records := boutique(t, top, 1)
	if got := check(t, program, records, nil); len(got) > 0 {
		t.Fatalf("against its own edges: %s", strings.Join(got, "\n"))
	}
	// The same program with an edge for each pair, so that each can be left out.
	var tiers, edges []string
	for _, line := range strings.Split(program, "\n") {
		if strings.HasPrefix(line, "tier ") {
			tiers = append(tiers, line)
		}
	}
	for _, e := range top.Edges {
		if !e.Implicit && e.From.Tier != nil {
			edges = append(edges, fmt.Sprintf("%s -> %s :%s", e.From.Tier.Name, e.To.Tier.Name, e.Ports))
		}
	}
	for i, left := range edges {
		rest := append(append([]string{"all -> frontend"}, tiers...), edges[:i]...)
		rest = append(rest, edges[i+1:]...)
		from, to, _ := strings.Cut(left, " -> ")
		got := check(t, strings.Join(rest, "\n")+"\n", records, nil)
		want := fmt.Sprintf("default/%s -> default/%s would be cut;", from, to)
		if len(got) != 1 || !strings.HasPrefix(got[0], want) || !strings.HasSuffix(got[0], "permit it: "+left) {
			t.Errorf("without %s: %s", left, strings.Join(got, "\n"))
		}
	}
}

// What is reported says how often, in how many records, and since when.
func TestCounts(t *testing.T) {
	r := &recorder{random: rand.New(rand.NewSource(1))}
	for range 3 {
		r.connection(pod("a"), pod("b"), "10.0.0.1", "10.0.0.2", "TCP", 80)
	}
	r.record(pod("b"), pod("a"), "10.0.0.2", "10.0.0.1", "UDP", 40000, 53, "FORWARDED", false)
	got := check(t, "tier a { app=a }\ntier b { app=b }\n", strings.Join(r.lines, "\n"), nil)
	want := []string{
		"default/a -> default/b :80/tcp would be cut; it was let through in 6 records, first at flows.json:1 | permit it: a -> b :80/tcp",
		"default/b -> default/a :53/udp would be cut; it was let through in 1 record, first at flows.json:13 | permit it: b -> a :53/udp",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
