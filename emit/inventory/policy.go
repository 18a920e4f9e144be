package inventory

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	valid "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/zt-lang/zt/grammar/diag"
)

// policy takes in a NetworkPolicy: strictly, with its defaults, and only if the API
// server would accept it.
func (r *reader) policy(n *node, o Object) {
	// What a cluster adds to an object says nothing of what it permits; the status is
	// one that API servers before 1.28 wrote.
	n.get("metadata").remove("managedFields")
	n.remove("status")
	p := &networkingv1.NetworkPolicy{}
	if !r.decode(n, o, p, true) {
		return
	}
	p.Namespace = o.Namespace
	setDefaults(p)
	if errs := validate(p); len(errs) > 0 {
		for _, e := range errs {
			r.refused(n, o, e)
		}
		return
	}
	if first, ok := r.policies[o.Namespace+"/"+o.Name]; ok && o.Name != "" {
		r.diags.Add(diag.New(diag.RefusedObject, o.Span, "%s stands twice, and only one of them would be in force", o).
			WithRelated(first, "the other one"))
		return
	}
	r.policies[o.Namespace+"/"+o.Name] = o.Span
	r.inventory.Policies = append(r.inventory.Policies, Policy{o, p})
}

// refused reports an object that the API server would refuse.
func (r *reader) refused(n *node, o Object, e *field.Error) {
	span := r.span(n.at(e.Field).offset)
	r.diags.Add(diag.New(diag.RefusedObject, span, "the API server would refuse %s: %s", o, strings.TrimSpace(e.Error())))
}

// setDefaults fills in what the API server does: a policy without policyTypes
// speaks of egress only where it has egress rules, and a port is TCP.
func setDefaults(p *networkingv1.NetworkPolicy) {
	spec := &p.Spec
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, rule := range spec.Ingress {
		tcpUnlessSaid(rule.Ports)
	}
	for _, rule := range spec.Egress {
		tcpUnlessSaid(rule.Ports)
	}
}

func tcpUnlessSaid(ports []networkingv1.NetworkPolicyPort) {
	for i := range ports {
		if ports[i].Protocol == nil {
			tcp := corev1.ProtocolTCP
			ports[i].Protocol = &tcp
		}
	}
}

// validate returns what the API server would refuse a policy for.
func validate(p *networkingv1.NetworkPolicy) field.ErrorList {
	errs := validation.ValidateObjectMeta(&p.ObjectMeta, true, validation.NameIsDNSSubdomain, field.NewPath("metadata"))
	spec := field.NewPath("spec")
	errs = append(errs, validateSelector(&p.Spec.PodSelector, spec.Child("podSelector"))...)
	for i, rule := range p.Spec.Ingress {
		at := spec.Child("ingress").Index(i)
		errs = append(errs, validateRule(rule.Ports, rule.From, at.Child("ports"), at.Child("from"))...)
	}
	for i, rule := range p.Spec.Egress {
		at := spec.Child("egress").Index(i)
		errs = append(errs, validateRule(rule.Ports, rule.To, at.Child("ports"), at.Child("to"))...)
	}
	if len(p.Spec.PolicyTypes) > 2 {
		errs = append(errs, field.TooMany(spec.Child("policyTypes"), len(p.Spec.PolicyTypes), 2))
	}
	for i, t := range p.Spec.PolicyTypes {
		if t != networkingv1.PolicyTypeIngress && t != networkingv1.PolicyTypeEgress {
			known := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
			errs = append(errs, field.NotSupported(spec.Child("policyTypes").Index(i), t, known))
		}
	}
	return errs
}

func validateSelector(s *metav1.LabelSelector, at *field.Path) field.ErrorList {
	return metav1validation.ValidateLabelSelector(s, metav1validation.LabelSelectorValidationOptions{}, at)
}

func validateRule(ports []networkingv1.NetworkPolicyPort, peers []networkingv1.NetworkPolicyPeer, portsAt, peersAt *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range ports {
		errs = append(errs, validatePort(&ports[i], portsAt.Index(i))...)
	}
	for i := range peers {
		errs = append(errs, validatePeer(&peers[i], peersAt.Index(i))...)
	}
	return errs
}

func validatePort(p *networkingv1.NetworkPolicyPort, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if protocols := []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}; !isOneOf(*p.Protocol, protocols) {
		errs = append(errs, field.NotSupported(at.Child("protocol"), *p.Protocol, protocols))
	}
	switch {
	case p.Port == nil:
		if p.EndPort != nil {
			errs = append(errs, field.Invalid(at.Child("endPort"), *p.EndPort, "must stand with a port"))
		}
	case p.Port.Type == intstr.String:
		errs = append(errs, invalid(at.Child("port"), p.Port.StrVal, valid.IsValidPortName(p.Port.StrVal))...)
		if p.EndPort != nil {
			errs = append(errs, field.Invalid(at.Child("endPort"), *p.EndPort, "cannot stand with a port's name"))
		}
	default:
		errs = append(errs, invalid(at.Child("port"), p.Port.IntVal, valid.IsValidPortNum(int(p.Port.IntVal)))...)
		if p.EndPort == nil {
			break
		}
		errs = append(errs, invalid(at.Child("endPort"), *p.EndPort, valid.IsValidPortNum(int(*p.EndPort)))...)
		if *p.EndPort < p.Port.IntVal {
			errs = append(errs, field.Invalid(at.Child("endPort"), *p.EndPort, "must be greater than or equal to `port`"))
		}
	}
	return errs
}

func isOneOf(p corev1.Protocol, protocols []corev1.Protocol) bool {
	for _, known := range protocols {
		if p == known {
			return true
		}
	}
	return false
}

func invalid(at *field.Path, value any, messages []string) field.ErrorList {
	var errs field.ErrorList
	for _, m := range messages {
		errs = append(errs, field.Invalid(at, value, m))
	}
	return errs
}

func validatePeer(p *networkingv1.NetworkPolicyPeer, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p.PodSelector != nil {
		errs = append(errs, validateSelector(p.PodSelector, at.Child("podSelector"))...)
	}
	if p.NamespaceSelector != nil {
		errs = append(errs, validateSelector(p.NamespaceSelector, at.Child("namespaceSelector"))...)
	}
	selects := p.PodSelector != nil || p.NamespaceSelector != nil
	switch {
	case p.IPBlock != nil && selects:
		errs = append(errs, field.Forbidden(at, "an ipBlock cannot stand beside a selector"))
	case p.IPBlock == nil && !selects:
		errs = append(errs, field.Required(at, "a peer needs a podSelector, a namespaceSelector or an ipBlock"))
	}
	if p.IPBlock != nil {
		errs = append(errs, validateBlock(p.IPBlock, at.Child("ipBlock"))...)
	}
	return errs
}

func validateBlock(b *networkingv1.IPBlock, at *field.Path) field.ErrorList {
	if b.CIDR == "" {
		return field.ErrorList{field.Required(at.Child("cidr"), "")}
	}
	errs := validateCIDR(b.CIDR, at.Child("cidr"))
	block, err := netip.ParsePrefix(b.CIDR)
	for i, e := range b.Except {
		at := at.Child("except").Index(i)
		wrong := validateCIDR(e, at)
		errs = append(errs, wrong...)
		if err != nil || len(wrong) > 0 {
			continue
		}
		if except := netip.MustParsePrefix(e); !block.Contains(except.Addr()) || block.Bits() >= except.Bits() {
			errs = append(errs, field.Invalid(at, e, "must be strictly inside "+b.CIDR))
		}
	}
	return errs
}

// validateCIDR refuses, as API servers of today do, what programs read in
// different ways: leading zeros, bits beyond the prefix, IPv4 written as IPv6.
func validateCIDR(s string, at *field.Path) field.ErrorList {
	return valid.IsValidCIDRForLegacyField(at, s, true, nil)
}
