package ciliumpolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
)

// This file reports what Cilium or the schema of its API refuses in fields that change nothing that zt evaluates. A
// policy that Cilium refuses has no effect at all.

// described checks the fields that describe a spec.
func (r *reader) described(s *SpecObject, at string) {
	for i, l := range s.Labels {
		if l.Key == "" {
			r.wrong(fmt.Sprintf("%s.labels[%d].key", at, i), "key is missing")
		}
	}
	if s.Log == nil {
		return
	}
	if utf8.RuneCountInString(s.Log.Value) > 32 {
		r.wrong(at+".log.value", "it is longer than 32 characters")
	}
	for _, c := range s.Log.Value {
		if unicode.Is(unicode.C, c) {
			r.wrong(at+".log.value", "it has a control character")
			break
		}
	}
}

// others checks a selector of what are no pods.
func (r *reader) others(s *metav1.LabelSelector, at string) {
	before := r.ignored
	r.selector(s, at)
	r.ignored = before // the labels are not those of pods
}

// ofNodes checks the selectors of fromNodes or toNodes.
func (r *reader) ofNodes(name string, list []metav1.LabelSelector, at string) []metav1.LabelSelector {
	for i := range list {
		r.others(&list[i], fmt.Sprintf("%s.%s[%d]", at, name, i))
		r.setting = "enable-node-selector-labels"
	}
	return list
}

// group checks how a rule names groups of addresses.
func (r *reader) group(b CIDRRule, at string) {
	if b.CIDRGroupSelector != nil {
		r.others(b.CIDRGroupSelector, at+".cidrGroupSelector")
		return
	}
	for _, m := range validation.IsDNS1123Subdomain(b.CIDRGroupRef) {
		r.wrong(at+".cidrGroupRef", "%q: %s", b.CIDRGroupRef, m)
	}
}

// maxFields is how many types of ICMP Cilium accepts in one list.
const maxFields = 40

// The names of types of ICMP that both the schema of the API and Cilium accept (pkg/policy/api/icmp.go). The schema
// lacks ExtendedEchoReply.
var icmpNames = map[string][]string{
	"IPv4": {"EchoReply", "DestinationUnreachable", "Redirect", "Echo", "EchoRequest", "RouterAdvertisement", "RouterSelection",
		"TimeExceeded", "ParameterProblem", "Timestamp", "TimestampReply", "Photuris", "ExtendedEchoRequest"},
	"IPv6": {"DestinationUnreachable", "PacketTooBig", "TimeExceeded", "ParameterProblem", "EchoRequest", "EchoReply",
		"MulticastListenerQuery", "MulticastListenerReport", "MulticastListenerDone", "RouterSolicitation", "RouterAdvertisement",
		"NeighborSolicitation", "NeighborAdvertisement", "RedirectMessage", "RouterRenumbering", "ICMPNodeInformationQuery",
		"ICMPNodeInformationResponse", "InverseNeighborDiscoverySolicitation", "InverseNeighborDiscoveryAdvertisement",
		"HomeAgentAddressDiscoveryRequest", "HomeAgentAddressDiscoveryReply", "MobilePrefixSolicitation",
		"MobilePrefixAdvertisement", "DuplicateAddressRequestCodeSuffix", "DuplicateAddressConfirmationCodeSuffix", "ExtendedEchoRequest"},
}

// icmps checks types of ICMP.
func (r *reader) icmps(list []ICMPRule, at string) {
	for i, rule := range list {
		if len(rule.Fields) > maxFields {
			r.wrong(fmt.Sprintf("%s[%d].fields", at, i), "there are %d types, and at most %d are possible", len(rule.Fields), maxFields)
		}
		for j, f := range rule.Fields {
			where := fmt.Sprintf("%s[%d].fields[%d]", at, i, j)
			family := f.Family
			if family == "" {
				family = "IPv4"
			}
			names, ok := icmpNames[family]
			switch {
			case !ok:
				r.wrong(where+".family", "%q is not one of IPv4, IPv6", f.Family)
			case f.Type == nil:
				r.wrong(where+".type", "type is missing")
			case f.Type.Type == intstr.String && !isByte(f.Type.StrVal) && !slices.Contains(names, f.Type.StrVal):
				r.wrong(where+".type", "%q is neither a number from 0 to 255 nor the name of a type of ICMP for %s", f.Type.StrVal, family)
			}
		}
	}
}

// isByte reports whether a text is a number from 0 to 255 without zeros before it.
func isByte(text string) bool {
	n, err := strconv.ParseUint(text, 10, 8)
	return err == nil && strconv.FormatUint(n, 10) == text
}

// layer7 checks what a proxy is told (pkg/policy/api/http.go, and the schema of the API).
func (r *reader) layer7(p PortRule, at string) {
	if p.ServerNames != nil && len(p.ServerNames) == 0 {
		r.wrong(at+".serverNames", "there must be a name")
	}
	for i, name := range p.ServerNames {
		where := fmt.Sprintf("%s.serverNames[%d]", at, i)
		switch {
		case len(name) > 255:
			r.wrong(where, "it is longer than 255 characters")
		case !hostPattern.MatchString(name):
			r.wrong(where, "%q is not a pattern of host names", name)
		case slices.Contains(p.ServerNames[:i], name):
			r.wrong(where, "%q is listed twice", name)
		}
	}
	for _, tls := range []struct {
		field string
		of    *TLSContext
	}{{".terminatingTLS", p.TerminatingTLS}, {".originatingTLS", p.OriginatingTLS}} {
		if tls.of != nil && tls.of.Secret == nil {
			r.wrong(at+tls.field+".secret", "secret is missing")
		}
	}
	if l := p.Listener; l != nil {
		r.listener(l, at+".listener")
	}
	if p.Rules == nil {
		return
	}
	for i, h := range p.Rules.HTTP {
		r.http(h, fmt.Sprintf("%s.rules.http[%d]", at, i))
	}
}

func (r *reader) listener(l *Listener, at string) {
	switch {
	case l.Name == "":
		r.wrong(at+".name", "name is missing")
	case l.EnvoyConfig == nil || l.EnvoyConfig.Name == "":
		r.wrong(at+".envoyConfig.name", "name is missing")
	case !slices.Contains([]string{"", "CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"}, l.EnvoyConfig.Kind):
		r.wrong(at+".envoyConfig.kind", "%q is not one of CiliumEnvoyConfig, CiliumClusterwideEnvoyConfig", l.EnvoyConfig.Kind)
	case l.Priority != nil && (*l.Priority < 1 || *l.Priority > 100):
		r.wrong(at+".priority", "%d is not a number from 1 to 100", *l.Priority)
	}
}

func (r *reader) http(h HTTPRule, at string) {
	for _, f := range []struct{ field, text string }{{".path", h.Path}, {".method", h.Method}} {
		if _, err := regexp.Compile(f.text); err != nil {
			r.wrong(at+f.field, "%q is not a regular expression", f.text)
		}
	}
	for i, m := range h.HeaderMatches {
		where := fmt.Sprintf("%s.headerMatches[%d]", at, i)
		switch {
		case m.Name == "":
			r.wrong(where+".name", "name is missing")
		case !slices.Contains([]string{"", "LOG", "ADD", "DELETE", "REPLACE"}, m.Mismatch):
			r.wrong(where+".mismatch", "%q is not one of LOG, ADD, DELETE, REPLACE", m.Mismatch)
		case m.Secret != nil && m.Secret.Name == "":
			r.wrong(where+".secret.name", "name is missing")
		}
	}
}
