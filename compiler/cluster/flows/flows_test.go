package flows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zt-lang/zt/compiler/cluster/flows"
	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/grammar/source"
)

// The parts of records.
const (
	podA  = `{"namespace":"default","labels":["k8s:app=a"],"pod_name":"a-1"}`
	podB  = `{"namespace":"default","labels":["k8s:app=b"],"pod_name":"b-1"}`
	ips   = `"IP":{"source":"10.0.0.1","destination":"10.0.0.2"}`
	tcp80 = `"l4":{"TCP":{"source_port":40000,"destination_port":80}}`
	good  = `{"verdict":"FORWARDED",` + ips + `,` + tcp80 + `,"source":` + podA + `,"destination":` + podB + `,"is_reply":false}`
	cutAB = "default/a -> default/b :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | permit it: a -> b :80/tcp"
)

const isolated = "tier a { app=a }\ntier b { app=b }\n"

func with(from, to string) string {
	if !strings.Contains(good, from) {
		panic("no " + from)
	}
	return strings.Replace(good, from, to, 1)
}

// Which records are of connections that were let through, in which direction.
func TestRecords(t *testing.T) {
	cut := []string{cutAB}
	tests := map[string]struct {
		record string
		want   []string
	}{
		"bare":                    {good, cut},
		"wrapped":                 {`{"flow":` + good + `,"node_name":"n","time":"2025-01-01T00:00:00Z"}`, cut},
		"spaces and CR":           {"  " + good + "\r\n\r\n", cut},
		"reply":                   {with(`"is_reply":false`, `"is_reply":true`), nil},
		"reply of old":            {with(`"is_reply":false`, `"reply":true`), nil},
		"not known, SYN":          {with(`80}},`, `80,"flags":{"SYN":true}}},`), cut},
		"reply known otherwise":   {with(`"is_reply":false`, `"trace_reason":"REPLY"`), nil},
		"response":                {with(`"is_reply":false`, `"l7":{"type":"RESPONSE"}`), nil},
		"request":                 {with(`"is_reply":false`, `"l7":{"type":"REQUEST"}`), cut},
		"unknown, SYN and ACK":    {strings.Replace(with(`,"is_reply":false`, ``), `80}`, `80,"flags":{"SYN":true,"ACK":true}}`, 1), nil},
		"unknown, to a low port":  {with(`,"is_reply":false`, ``), cut},
		"unknown, null":           {with(`"is_reply":false`, `"is_reply":null`), cut},
		"unknown, from a low one": {strings.Replace(with(`,"is_reply":false`, ``), `"source_port":40000,"destination_port":80`, `"source_port":80,"destination_port":40000`, 1), nil},
		"dropped":                 {with(`FORWARDED`, `DROPPED`), nil},
		"audited":                 {with(`FORWARDED`, `AUDIT`), nil},
		"without a verdict":       {with(`"verdict":"FORWARDED",`, ``), nil},
		"fields of tomorrow":      {with(`{"verdict"`, `{"tomorrow":{"a":[1]},"verdict"`), cut},
		"labels without a source": {with(`k8s:app=a`, `app=a`), cut},
		"labels of Cilium":        {with(`"k8s:app=a"`, `"k8s:app=a","k8s:io.cilium.k8s.policy.cluster=x","k8s:io.kubernetes.pod.namespace=default","reserved:foo","cidr:10.0.0.0/8"`), cut},
		"to itself":               {with(`"labels":["k8s:app=b"],"pod_name":"b-1"`, `"labels":["k8s:app=a"],"pod_name":"a-1"`), nil},
		"of the same tier":        {with(`"labels":["k8s:app=b"],"pod_name":"b-1"`, `"labels":["k8s:app=a"],"pod_name":"a-2"`), []string{strings.NewReplacer("default/b", "default/a", "-> b", "-> a").Replace(cutAB)}},
		"from the node":           {with(podA, `{"identity":1,"labels":["reserved:host"]}`), nil},
		"from another node":       {with(podA, `{"identity":6,"labels":["reserved:remote-node"]}`), []string{"10.0.0.1/32 -> default/b :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | permit it: 10.0.0.1/32 -> b :80/tcp; with Cilium, this needs policy-cidr-match-mode=nodes: state `network { plugin cilium }`"}},
		"without a source":        {with(`"source":`+podA+`,`, ``), []string{"10.0.0.1/32 -> default/b :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | permit it: 10.0.0.1/32 -> b :80/tcp"}},
		"to the world": {strings.Replace(with(podB, `{"identity":2,"labels":["reserved:world"]}`), `"is_reply"`, `"destination_names":["api.example.com"],"is_reply"`, 1),
			[]string{"default/a -> 10.0.0.2/32 (api.example.com) :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | permit it: a -> 10.0.0.2/32 :80/tcp"}},
		"to the world by v6": {strings.Replace(with(podB, `{"labels":["reserved:world"]}`), `10.0.0.2`, `2001:db8::1`, 1),
			[]string{"default/a -> 2001:db8::1/128 :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | permit it: a -> 2001:db8::1/128 :80/tcp"}},
		"to a Service": {strings.Replace(with(podB, `{"labels":["reserved:world"]}`), `"is_reply"`, `"destination_service":{"name":"b","namespace":"default"},"is_reply"`, 1), nil},
		"from a namespace that nobody declares": {with(`"namespace":"default","labels":["k8s:app=a"]`, `"namespace":"monitoring","labels":["k8s:app=prometheus","k8s:io.cilium.k8s.namespace.labels.team=x"]`),
			[]string{"monitoring/{app=prometheus} -> default/b :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | declare tier prometheus { app=prometheus } in the namespace monitoring, and permit it: monitoring/prometheus -> default/b :80/tcp"}},
		"from a pod of no tier": {with(`k8s:app=a`, `k8s:odd=1`),
			[]string{"default/{odd=1} -> default/b :80/tcp would be cut; it was let through in 1 record, first at flows.json:1 | declare tier pods { odd=1 } in the namespace default, and permit it: default/pods -> default/b :80/tcp"}},
		"SCTP":        {with(`TCP`, `SCTP`), []string{strings.ReplaceAll(cutAB, "80/tcp", "80/sctp")}},
		"UDP":         {with(`TCP`, `UDP`), []string{strings.ReplaceAll(cutAB, "80/tcp", "80/udp")}},
		"ICMP":        {with(tcp80, `"l4":{"ICMPv6":{"type":128}}`), nil},
		"lost events": {`{"lost_events":{"num_events_lost":"5"}}`, nil},

		"without a port":     {with(tcp80, `"l4":{}`), unclear},
		"without a layer 4":  {with(tcp80+`,`, ``), unclear},
		"port 0":             {with(`"destination_port":80`, `"destination_port":0`), unclear},
		"without addresses":  {strings.Replace(with(ips+`,`, ``), podA, `{}`, 1), unclear},
		"no address":         {strings.Replace(with(`10.0.0.1`, `node`), podA, `{}`, 1), unclear},
		"without labels":     {with(`"labels":["k8s:app=a"],`, ``), unclear},
		"a workload, unseen": {with(`"labels":["k8s:app=a"],`, `"workloads":[{"name":"a"}],`), unclear},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, check(t, isolated, tt.record, nil)); diff != "" {
				t.Error(diff)
			}
			if tt.want != nil && tt.want[0] == cutAB {
				if got := check(t, isolated+"a -> b :80", tt.record, nil); len(got) > 0 {
					t.Errorf("permitted, and reported: %v", got)
				}
			}
		})
	}
}

var unclear = []string{"1 record of flows.json could not be judged: they do not tell a port, an address, or a pod's labels | with --manifests, the labels of a pod that is known by its workload are taken from there"}

// What parties are called, and what else must be written.
func TestRemedies(t *testing.T) {
	world := `{"labels":["reserved:world"]}`
	tests := map[string]struct{ program, record, want string }{
		"a port that it does not listen on": {"tier a { app=a }\ntier b { app=b } :8080\na -> b", good, "permit it: a -> b :80/tcp; and let default/b listen on 80/tcp"},
		"an external":                       {"tier a { app=a }\nexternal pay { 10.0.0.0/24 } :443\na -> pay", with(podB, world), "permit it: a -> pay :80/tcp"},
		"nodes":                             {"network { nodes 10.0.0.0/24 }\ntier a { app=a }\ntier b { app=b }", with(podA, `{"labels":["reserved:remote-node"]}`), "permit it: nodes -> b :80/tcp; with Cilium, this needs policy-cidr-match-mode=nodes: state `network { plugin cilium }`"},
		"the API server": {isolated, with(podB, `{"labels":["reserved:kube-apiserver","reserved:world"]}`),
			"state `network { apiserver 10.0.0.2/32 :80/tcp }`, and permit it: default/a -> apiserver :80/tcp"},
		"from the API server": {isolated, with(podA, `{"labels":["reserved:kube-apiserver"]}`),
			"state `network { apiserver 10.0.0.1/32 }`, and permit it: apiserver -> default/b :80/tcp"},
		"a stated API server": {"network { apiserver 10.0.0.0/24 :80 }\n" + isolated, with(podB, `{"labels":["reserved:kube-apiserver"]}`), "permit it: a -> apiserver :80/tcp"},
		"the API server on a node": {"network { plugin cilium }\n" + isolated, with(podB, `{"labels":["reserved:kube-apiserver","reserved:remote-node"]}`),
			"Cilium matches no node by address; set policy-cidr-match-mode=nodes in Cilium, and write `plugin cilium with policy-cidr-match-mode=nodes`"},
		"Cilium's own proxy":              {"network { plugin cilium }\n" + isolated, with(podA, `{"labels":["reserved:ingress"]}`), "permit it: all -> b :80/tcp"},
		"the narrowest tier":              {"tier a { app=a }\ntier b { }\ntier c { app=b }", good, "permit it: a -> c :80/tcp"},
		"a name that is not the only one": {isolated + "namespace x { tier a { app=a } }", good, "permit it: default/a -> default/b :80/tcp"},
	}
	for name, tt := range tests {
		got := check(t, tt.program, tt.record, nil)
		if len(got) != 1 || !strings.HasSuffix(got[0], " | "+tt.want) {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}

// The labels of a namespace are those that the program states, and of any other those of the record.
func TestNamespaces(t *testing.T) {
	from := with(`"namespace":"default","labels":["k8s:app=a"]`, `"namespace":"other","labels":["k8s:app=a","k8s:io.cilium.k8s.namespace.labels.env=dev"]`)
	program := "environment dev by env\ntier b { app=b }\ndev -> b :80"
	if got := check(t, program, from, nil); len(got) > 0 {
		t.Errorf("of that environment: %v", got)
	}
	if got := check(t, program, strings.Replace(from, "env=dev", "env=prod", 1), nil); len(got) != 1 {
		t.Errorf("of another: %v", got)
	}
	if got := check(t, "namespace other isolates nothing { }\n"+program, from, nil); len(got) != 1 {
		t.Errorf("declared without it: %v", got)
	}
}

// A port that an edge speaks of by name is known by the manifests. Without
// them it may be any, and what may be permitted is not said to be cut.
func TestNamedPorts(t *testing.T) {
	program := isolated + "a -> b :web/tcp"
	manifests := func(number int) *inventory.Inventory {
		text := fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec: {template: {metadata: {labels: {app: b}}, spec: {containers: [{ports: [{name: web, containerPort: %d}]}]}}}\n", number)
		inv, diags := inventory.Read([]*source.File{source.NewFile("m.yaml", text)}, "")
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		return inv
	}
	for name, tt := range map[string]struct {
		inv  *inventory.Inventory
		cuts int
	}{"unknown": {nil, 0}, "that one": {manifests(80), 0}, "another": {manifests(81), 1}} {
		if got := check(t, program, good, tt.inv); len(got) != tt.cuts {
			t.Errorf("%s: %v", name, got)
		}
	}
	byWorkload := with(`"labels":["k8s:app=b"],`, `"workloads":[{"name":"b","kind":"Deployment"}],`)
	if got := check(t, program, byWorkload, manifests(80)); len(got) > 0 {
		t.Errorf("by its workload: %v", got)
	}
}

// Resolving names needs no edge of its own, where a tier has one to anything else.
func TestResolvers(t *testing.T) {
	dns := strings.Replace(with(podB, `{"namespace":"kube-system","labels":["k8s:k8s-app=kube-dns"],"pod_name":"d"}`), `"destination_port":80`, `"destination_port":53`, 1)
	if got := check(t, isolated, dns+"\n"+good, nil); len(got) != 1 || !strings.Contains(got[0], "default/b :80/tcp") {
		t.Errorf("beside another: %v", got)
	}
	if got := check(t, isolated, dns, nil); len(got) != 1 || !strings.Contains(got[0], "kube-dns :53/tcp") {
		t.Errorf("alone: %v", got)
	}
	cache := strings.Replace(strings.Replace(dns, "10.0.0.2", "169.254.20.10", 1), `{"namespace":"kube-system","labels":["k8s:k8s-app=kube-dns"],"pod_name":"d"}`, `{"labels":["reserved:world"]}`, 1)
	if got := check(t, "dns 169.254.20.10/32\n"+isolated, cache+"\n"+good, nil); len(got) != 1 {
		t.Errorf("by a cache: %v", got)
	}
}

// What is no record is reported at its line, and nothing is no log.
func TestUnreadable(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "line 1: there is no flow in it",
		"\n \n":                 "line 3: there is no flow in it",
		"hello\n":               "line 1: not a JSON object on one line",
		good + "\n" + good[:40]: "line 2: not a JSON object on one line",
		good + "\n[]\n":         "line 2:",
		"{\n\"flow\": {}}\n":    "line 1: not a JSON object on one line",
		"{}\n":                  "line 1: neither a flow nor anything else that Hubble exports",
		`{"kind":"List"}`:       "line 1: neither a flow nor anything else that Hubble exports",
		"\n" + with(`"labels":["k8s:app=a"]`, `"labels":"k8s:app=a"`): "line 2: source.labels cannot be of the type string",
		good + "\n" + strings.Repeat("x", 5<<20):                      "line 2: a record of more than 4 MiB",
	} {
		log, wrong, err := flows.Read("f", strings.NewReader(text))
		if err != nil || log != nil || len(wrong) != 1 {
			t.Fatalf("%.100q: %v %v", text, wrong, err)
		}
		if got := fmt.Sprintf("line %d: %s", wrong[0].Span.Begin().Line, wrong[0].Message); !strings.HasPrefix(got, want) {
			t.Errorf("%.100q: %s, want %s", text, got, want)
		}
	}
}

func FuzzReadFlows(f *testing.F) {
	f.Add(good)
	f.Add(`{"flow":` + good + `}`)
	f.Add(`{"lost_events":{}}`)
	f.Add(`{"Key":{"source_name":"a-*","source_namespace":"n","dest_name":"pub","dest_port":443,"proto":"tcp","action":1},"source_labels":["a=b"],"end_time":1}`)
	f.Add(`{"items":[{"action":"Allow","source_name":"a-*","source_namespace":"n","source_labels":"a=b | c=d","dest_name":"b-*","dest_namespace":"m","dest_port":1,"protocol":"udp"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		log, wrong, err := flows.Read("f", strings.NewReader(text))
		if err != nil || (log == nil) != (wrong != nil) {
			t.Fatal("neither a log nor a diagnostic", err)
		}
		if log != nil {
			for _, d := range flows.Check(compile(t, isolated), log, "f", nil) {
				if d.Message == "" || d.Help == "" {
					t.Errorf("%+v", d)
				}
			}
		}
	})
}
