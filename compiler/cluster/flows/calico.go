package flows

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/zt-lang/zt/compiler/relation"
)

// isCalico matches records of Calico's Goldmane, which have no verdict.
var isCalico = regexp.MustCompile(`"(Key|dest_namespace|items)"\s*:`)

// calicoFlow is a flow of Goldmane: as its emitter writes it, with a Key, or as the API of Whisker
// lists it. It is of all connections between pods with the same name, and has no addresses.
type calicoFlow struct {
	calicoKey
	Key     *calicoKey      `json:"Key"`
	EndTime json.RawMessage `json:"end_time"` // a text, or seconds
	From    calicoLabels    `json:"source_labels"`
	To      calicoLabels    `json:"dest_labels"`
	Started int             `json:"num_connections_started"`
}

// calicoKey is the ends of a flow. Enumerations are names, or numbers of Goldmane's API.
type calicoKey struct {
	SourceName      string          `json:"source_name"`
	SourceNamespace string          `json:"source_namespace"`
	SourceType      json.RawMessage `json:"source_type"`
	DestName        string          `json:"dest_name"`
	DestNamespace   string          `json:"dest_namespace"`
	DestType        json.RawMessage `json:"dest_type"`
	DestPort        int             `json:"dest_port"`
	Proto           string          `json:"proto"`
	Protocol        string          `json:"protocol"`
	Reporter        json.RawMessage `json:"reporter"`
	Action          json.RawMessage `json:"action"`
}

// calicoLabels is a list of KEY=VALUE, or one text with " | " between them.
type calicoLabels []string

// UnmarshalJSON reads either form.
func (l *calicoLabels) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*l = strings.Split(text, " | ")
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// addCalico adds the flow of a record of Calico, or those of a list.
func (log *Log) addCalico(line []byte, n int, byKey map[string]int) error {
	var rec struct {
		calicoFlow
		Items []calicoFlow `json:"items"`
	}
	if err := json.Unmarshal(line, &rec); err != nil {
		return fmt.Errorf("not a flow of Calico on one line: %w", err)
	}
	if rec.Items == nil {
		rec.Items = []calicoFlow{rec.calicoFlow}
	}
	for _, f := range rec.Items {
		if f.Key == nil {
			f.Key = &f.calicoKey
		}
		if f.Key.SourceName == "" || f.Key.DestName == "" {
			return errors.New("a flow of Calico without the names of its ends")
		}
		log.addFlow(f.read(n), f.Key.is(f.Key.Action, "2", "deny"), f.Key.counts(), byKey)
	}
	return nil
}

// is reports whether a value of an enumeration is the one with this number or name.
func (k *calicoKey) is(value json.RawMessage, number, name string) bool {
	text := strings.ToLower(strings.Trim(string(value), `"`))
	return text == number || text == name
}

// counts reports whether the record is one to count. Both nodes report a connection between pods: that
// of the source counts, and that of the destination if it denies. A node may always reach its pods.
func (k *calicoKey) counts() bool {
	hosts := k.is(k.SourceType, "2", "hostendpoint") || k.is(k.DestType, "2", "hostendpoint")
	allowed, denied := k.is(k.Action, "1", "allow"), k.is(k.Action, "2", "deny")
	again := k.is(k.Reporter, "2", "dst") && k.isPod(k.SourceNamespace, k.SourceType)
	return !hosts && (denied || allowed && !again) && !strings.Contains(strings.ToLower(k.Proto+k.Protocol), "icmp")
}

// isPod reports whether an end is pods: they have a namespace, which other ends can have too.
func (k *calicoKey) isPod(namespace string, kind json.RawMessage) bool {
	return namespace != "" && namespace != "-" && namespace != "Global" && (kind == nil || k.is(kind, "1", "workloadendpoint"))
}

// read returns the flow; one without ends if they are not clear.
func (f *calicoFlow) read(line int) Flow {
	k := f.Key
	protocol, ok := map[string]relation.Protocol{"tcp": relation.TCP, "udp": relation.UDP, "sctp": relation.SCTP}[strings.ToLower(k.Proto+k.Protocol)]
	if !ok || k.DestPort < relation.MinPort || k.DestPort > relation.MaxPort {
		return Flow{}
	}
	return Flow{
		From:  k.endpoint(k.SourceName, k.SourceNamespace, k.SourceType, f.From),
		To:    k.endpoint(k.DestName, k.DestNamespace, k.DestType, f.To),
		Port:  relation.PortRange{Protocol: protocol, Low: k.DestPort, High: k.DestPort},
		Count: max(f.Started, 1), Line: line, Last: f.end(),
	}
}

func (f *calicoFlow) end() time.Time {
	var seconds int64
	if json.Unmarshal(f.EndTime, &seconds) == nil && seconds > 0 {
		return time.Unix(seconds, 0)
	}
	at, _ := time.Parse(time.RFC3339, strings.Trim(string(f.EndTime), `"`))
	return at
}

// podName matches the name of pods of a Deployment, without what differs between them.
var podName = regexp.MustCompile(`^(.*?)(-[a-f0-9]{6,10})?-\*$`)

func (k *calicoKey) endpoint(name, namespace string, kind json.RawMessage, labels []string) Endpoint {
	switch {
	case !k.isPod(namespace, kind):
		return Endpoint{Internet: name == "pub" || name == "PUBLIC NETWORK"}
	case len(validation.IsDNS1123Label(namespace)) > 0:
		return Endpoint{}
	}
	e := Endpoint{Namespace: namespace, NamespaceLabels: map[string]string{relation.NameLabel: namespace}}
	if m := podName.FindStringSubmatch(name); m != nil && len(validation.IsDNS1123Subdomain(m[1])) == 0 {
		e.Workload = m[1]
	}
	for _, label := range labels {
		key, value, _ := strings.Cut(label, "=")
		if len(validation.IsQualifiedName(key))+len(validation.IsValidLabelValue(value)) > 0 || strings.HasPrefix(key, "projectcalico.org/") {
			continue
		}
		if e.Labels == nil {
			e.Labels = map[string]string{}
		}
		e.Labels[key] = value
	}
	return e
}
