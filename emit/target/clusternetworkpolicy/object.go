package clusternetworkpolicy

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/emit/manifest"
)

// The API's names, and its limits.
const (
	apiVersion = "policy.networking.k8s.io/v1beta1"
	kind       = "ClusterNetworkPolicy"
	maxRules   = 25 // of a policy in a direction
	maxPeers   = 25 // of a rule
	maxParts   = 25 // networks or domain names of a peer, and protocols of a rule
)

// object is a ClusterNetworkPolicy with the fields that zt writes. Fields are in the order of their names
// in manifests, as those of other objects.
type object struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       spec     `json:"spec"`
}

type metadata struct {
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Name        string            `json:"name"`
}

type spec struct {
	Egress   []rule `json:"egress,omitempty"`
	Ingress  []rule `json:"ingress,omitempty"`
	Priority int    `json:"priority"`
	Subject  peer   `json:"subject"`
	Tier     string `json:"tier"`
}

// rule has its peers in From if it is for ingress, and in To if it is for egress.
type rule struct {
	Action    string     `json:"action"`
	From      []peer     `json:"from,omitempty"`
	Protocols []protocol `json:"protocols,omitempty"`
	To        []peer     `json:"to,omitempty"`
}

// peer is a peer or a subject. It has one of its fields.
type peer struct {
	DomainNames []string              `json:"domainNames,omitempty"`
	Namespaces  *metav1.LabelSelector `json:"namespaces,omitempty"`
	Networks    []string              `json:"networks,omitempty"`
	Pods        *pods                 `json:"pods,omitempty"`
}

type pods struct {
	NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
	PodSelector       metav1.LabelSelector `json:"podSelector"`
}

// protocol has one of its fields.
type protocol struct {
	SCTP *destination `json:"sctp,omitempty"`
	TCP  *destination `json:"tcp,omitempty"`
	UDP  *destination `json:"udp,omitempty"`
}

type destination struct {
	DestinationPort destinationPort `json:"destinationPort"`
}

// destinationPort has one of its fields.
type destinationPort struct {
	Number int        `json:"number,omitempty"`
	Range  *portRange `json:"range,omitempty"`
}

type portRange struct {
	End   int `json:"end"`
	Start int `json:"start"`
}

// protocols writes a set of numbers that is not empty: in several lists if they are too many for one. One
// without entries means every port of every protocol.
func protocols(p relation.Ports) [][]protocol {
	if p.IsEvery() {
		return [][]protocol{nil}
	}
	var all []protocol
	for _, r := range p.Ranges() {
		d := &destination{}
		if r.Low == r.High {
			d.DestinationPort.Number = r.Low
		} else {
			d.DestinationPort.Range = &portRange{Start: r.Low, End: r.High}
		}
		switch r.Protocol {
		case relation.TCP:
			all = append(all, protocol{TCP: d})
		case relation.UDP:
			all = append(all, protocol{UDP: d})
		case relation.SCTP:
			all = append(all, protocol{SCTP: d})
		default:
			panic(fmt.Sprintf("clusternetworkpolicy: unknown protocol %v", r.Protocol))
		}
	}
	return chunks(all, maxParts)
}

// objects are ClusterNetworkPolicies to write.
type objects []object

// Len implements target.Objects.
func (o objects) Len() int { return len(o) }

// Stream implements target.Objects.
func (o objects) Stream(format manifest.Format) []byte {
	if len(o) == 0 {
		return nil
	}
	return o.marshal(format, false)
}

func (o objects) marshal(format manifest.Format, file bool) []byte {
	data, err := manifest.MarshalObjects(o, format, file)
	if err != nil {
		panic(err) // which texts, numbers and lists of them cannot cause
	}
	return data
}

// Files implements target.Objects.
func (o objects) Files(format manifest.Format) []manifest.File {
	if len(o) == 0 {
		return nil
	}
	return []manifest.File{{Name: manifest.ClusterFile(kind, format), Data: o.marshal(format, true)}}
}
