package flows

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/zt-lang/zt/compiler/relation"
)

// record is one line of an export. The fields are those of Hubble's API, as far as they are used.
type record struct {
	Flow *hubbleFlow `json:"flow"`
	hubbleFlow

	LostEvents json.RawMessage `json:"lost_events"`
	NodeStatus json.RawMessage `json:"node_status"`
	AgentEvent json.RawMessage `json:"agent_event"`
	DebugEvent json.RawMessage `json:"debug_event"`
}

// isOther reports whether the record is of something else than a flow.
func (r *record) isOther() bool {
	return len(r.LostEvents)+len(r.NodeStatus)+len(r.AgentEvent)+len(r.DebugEvent) > 0
}

type hubbleFlow struct {
	Verdict string `json:"verdict"`
	IP      *struct {
		Source      string `json:"source"`
		Destination string `json:"destination"`
	} `json:"IP"`
	L4 struct {
		TCP, UDP, SCTP *ports
		ICMPv4, ICMPv6 json.RawMessage
	} `json:"l4"`
	L7 struct {
		Type string `json:"type"`
	} `json:"l7"`
	Source             *hubbleEndpoint `json:"source"`
	Destination        *hubbleEndpoint `json:"destination"`
	DestinationService struct {
		Name string `json:"name"`
	} `json:"destination_service"`
	SourceNames      []string `json:"source_names"`
	DestinationNames []string `json:"destination_names"`
	Reply            bool     `json:"reply"`
	IsReply          *bool    `json:"is_reply"`
	TraceReason      string   `json:"trace_reason"`
}

type ports struct {
	Source      int `json:"source_port"`
	Destination int `json:"destination_port"`
	Flags       struct {
		SYN, ACK bool
	} `json:"flags"`
}

type hubbleEndpoint struct {
	Namespace string   `json:"namespace"`
	Labels    []string `json:"labels"`
	PodName   string   `json:"pod_name"`
	Workloads []struct {
		Name string `json:"name"`
	} `json:"workloads"`
}

// counts reports whether the flow is of a connection that was let through, on its way there.
func (f *hubbleFlow) counts() bool {
	if f.Verdict != "FORWARDED" || f.isReply() {
		return false
	}
	if f.DestinationService.Name != "" && (f.Destination == nil || f.Destination.Namespace == "") {
		return false // on its way to a Service's address; what becomes of it is another flow
	}
	if f.Source != nil && has(f.Source, "reserved:host") {
		return false // a node may always reach its own pods
	}
	if len(f.L4.ICMPv4)+len(f.L4.ICMPv6) > 0 {
		return false // which policies do not speak of
	}
	toItself := f.Source != nil && f.Destination != nil && f.Source.PodName != "" &&
		f.Source.Namespace == f.Destination.Namespace && f.Source.PodName == f.Destination.PodName
	return !toItself
}

// ephemeral is the first of the ports that Linux gives to those who open connections.
const ephemeral = 32768

// isReply reports whether the flow is of an answer. Hubble does not always know;
// then the handshake tells, or else that it goes from a low port to one that nobody listens on.
func (f *hubbleFlow) isReply() bool {
	switch {
	case f.IsReply != nil:
		return *f.IsReply
	case f.Reply, f.TraceReason == "REPLY", f.L7.Type == "RESPONSE":
		return true
	}
	_, p := f.ports()
	if p == nil {
		return false
	}
	if p.Flags.SYN {
		return p.Flags.ACK
	}
	return p.Destination >= ephemeral && p.Source > 0 && p.Source < ephemeral
}

// ports returns the flow's protocol and ports, nil where it has none.
func (f *hubbleFlow) ports() (relation.Protocol, *ports) {
	switch {
	case f.L4.TCP != nil:
		return relation.TCP, f.L4.TCP
	case f.L4.UDP != nil:
		return relation.UDP, f.L4.UDP
	}
	return relation.SCTP, f.L4.SCTP
}

// read returns what the flow tells, if it tells between whom it was and on which port.
func (f *hubbleFlow) read() (Flow, bool) {
	protocol, p := f.ports()
	if p == nil || p.Destination < relation.MinPort || p.Destination > relation.MaxPort {
		return Flow{}, false
	}
	source, destination := "", ""
	if f.IP != nil {
		source, destination = f.IP.Source, f.IP.Destination
	}
	from, ok := endpoint(f.Source, source, f.SourceNames)
	to, ok2 := endpoint(f.Destination, destination, f.DestinationNames)
	return Flow{From: from, To: to, Port: relation.PortRange{Protocol: protocol, Low: p.Destination, High: p.Destination}}, ok && ok2
}

// endpoint returns an end of a flow: a pod if it is in a namespace, or else an address.
func endpoint(e *hubbleEndpoint, ip string, names []string) (Endpoint, bool) {
	if e == nil || e.Namespace == "" {
		addr, err := netip.ParseAddr(ip)
		return Endpoint{Addr: addr.Unmap().WithZone(""), Names: names}, err == nil
	}
	out := Endpoint{Namespace: e.Namespace, NamespaceLabels: map[string]string{relation.NameLabel: e.Namespace}}
	if len(e.Workloads) > 0 {
		out.Workload = e.Workloads[0].Name
	}
	for _, label := range e.Labels {
		source, text, ok := strings.Cut(label, ":")
		if !ok || strings.Contains(source, "=") {
			source, text = "k8s", label
		}
		key, value, _ := strings.Cut(text, "=")
		if source != "k8s" {
			continue
		}
		if key, ok := strings.CutPrefix(key, "io.cilium.k8s.namespace.labels."); ok {
			out.NamespaceLabels[key] = value
			continue
		}
		if strings.HasPrefix(key, "io.cilium.") || strings.HasPrefix(key, "io.kubernetes.pod.") {
			continue // Cilium's own
		}
		if out.Labels == nil {
			out.Labels = map[string]string{}
		}
		out.Labels[key] = value
	}
	out.NamespaceLabels[relation.NameLabel] = e.Namespace
	return out, out.Labels != nil || out.Workload != ""
}

func has(e *hubbleEndpoint, label string) bool { return slices.Contains(e.Labels, label) }

// labelText returns labels as queries write them.
func labelText(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+labels[k])
	}
	return strings.Join(parts, ",")
}
