package flows

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
)

// record is one line of an export, with the fields of Hubble's API that are used.
type record struct {
	Flow *hubbleFlow `json:"flow"`
	hubbleFlow

	LostEvents json.RawMessage `json:"lost_events"`
	NodeStatus json.RawMessage `json:"node_status"`
	AgentEvent json.RawMessage `json:"agent_event"`
	DebugEvent json.RawMessage `json:"debug_event"`
}

// isOther reports whether the record is of something other than a flow.
func (r *record) isOther() bool {
	return len(r.LostEvents)+len(r.NodeStatus)+len(r.AgentEvent)+len(r.DebugEvent) > 0
}

type hubbleFlow struct {
	Time    string `json:"time"`
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

// counts reports whether the flow is of a connection that was forwarded or dropped, in its direction.
func (f *hubbleFlow) counts() bool {
	from, to := f.Source, f.Destination
	switch {
	case f.Verdict != "FORWARDED" && f.Verdict != "DROPPED" || f.isReply():
		return false
	case f.DestinationService.Name != "" && (to == nil || to.Namespace == ""):
		return false // to a Service's address; another flow is the rest of the way
	case from != nil && slices.Contains(from.Labels, "reserved:host"):
		return false // a node may always reach its own pods
	case len(f.L4.ICMPv4)+len(f.L4.ICMPv6) > 0:
		return false // policies have no ICMP
	}
	return from == nil || to == nil || from.PodName == "" || from.Namespace != to.Namespace || from.PodName != to.PodName
}

// ephemeral is the first of the ports from which Linux opens connections.
const ephemeral = 32768

// isReply reports whether the flow is of a reply. If Hubble does not know, the flags of TCP decide, or
// that it is from a low port to an ephemeral one.
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

// ports returns the flow's protocol and ports, which are nil if it has none.
func (f *hubbleFlow) ports() (relation.Protocol, *ports) {
	switch {
	case f.L4.TCP != nil:
		return relation.TCP, f.L4.TCP
	case f.L4.UDP != nil:
		return relation.UDP, f.L4.UDP
	}
	return relation.SCTP, f.L4.SCTP
}

// read returns the flow, if it has both ends and a port.
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
	return Flow{From: from, To: to, Port: relation.PortRange{Protocol: protocol, Low: p.Destination, High: p.Destination}, Count: 1}, ok && ok2
}

// inCluster are the labels of addresses that Cilium keeps out of address blocks.
var inCluster = []string{"host", "remote-node", "health", "ingress"}

// endpoint returns an end of a flow: a pod if it is in a namespace, or else an address.
func endpoint(e *hubbleEndpoint, ip string, names []string) (Endpoint, bool) {
	if e == nil || e.Namespace == "" {
		addr, err := netip.ParseAddr(ip)
		has := func(label string) bool { return e != nil && slices.Contains(e.Labels, "reserved:"+label) }
		return Endpoint{
			Addr: addr.Unmap().WithZone(""), Names: names, APIServer: has("kube-apiserver"),
			Node: slices.ContainsFunc(inCluster, has),
		}, err == nil
	}
	if len(validation.IsDNS1123Label(e.Namespace)) > 0 {
		return Endpoint{}, false
	}
	out := Endpoint{Namespace: e.Namespace, NamespaceLabels: map[string]string{relation.NameLabel: e.Namespace}}
	if len(e.Workloads) > 0 && len(validation.IsDNS1123Subdomain(e.Workloads[0].Name)) == 0 {
		out.Workload = e.Workloads[0].Name
	}
	for _, label := range e.Labels {
		source, text, ok := strings.Cut(label, ":")
		if !ok || strings.Contains(source, "=") {
			source, text = "k8s", label
		}
		key, value, _ := strings.Cut(text, "=")
		if source != "k8s" || len(validation.IsQualifiedName(key))+len(validation.IsValidLabelValue(value)) > 0 {
			continue // Cilium's own, or what no pod can have
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

func labelText(l map[string]string) string { return labels.Set(l).String() }
