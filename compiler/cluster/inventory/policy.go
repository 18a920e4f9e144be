package inventory

import (
	"net/netip"
	"slices"
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

// policy adds a NetworkPolicy with its defaults, if the API server would accept it.
func (f *form) policy() {
	p := &networkingv1.NetworkPolicy{}
	if !f.decode("", p) {
		return
	}
	p.Namespace = f.Namespace
	setDefaults(p)
	stored, old, ok := p.UID != "" || p.ResourceVersion != "", false, true
	for _, e := range validate(p) {
		if cidr, is := e.BadValue.(string); stored && is && isOld(cidr) && e.Type == field.ErrorTypeInvalid {
			old = true
			continue
		}
		f.refuse(f.n, e.Field, "%s: %s", f.Object, strings.TrimSpace(e.Error()))
		ok = false
	}
	if !ok {
		return
	}
	policy := Policy{Object: f.Object, NetworkPolicy: p, Fields: f.fieldsOf()}
	if old {
		policy.Most, policy.OldBlocks = f.readOld(f.n, p)
	}
	if first, ok := f.policies[f.Namespace+"/"+f.Name]; ok && f.Name != "" {
		f.diags.Add(diag.New(diag.RefusedObject, f.Span, "%s is defined twice, and only one of the two would be in force", f.Object).
			WithRelated(first, "the other one"))
		return
	}
	f.policies[f.Namespace+"/"+f.Name] = f.Span
	f.inventory.Policies = append(f.inventory.Policies, policy)
	for _, rule := range rules(p) {
		f.count(len(*rule.peers))
	}
}

// rule is a rule of a policy, of either direction.
type rule struct {
	ports   []networkingv1.NetworkPolicyPort
	peers   *[]networkingv1.NetworkPolicyPeer
	at      *field.Path
	peersAt string
}

func rules(p *networkingv1.NetworkPolicy) []rule {
	var out []rule
	for i := range p.Spec.Ingress {
		r := &p.Spec.Ingress[i]
		out = append(out, rule{r.Ports, &r.From, field.NewPath("spec", "ingress").Index(i), "from"})
	}
	for i := range p.Spec.Egress {
		r := &p.Spec.Egress[i]
		out = append(out, rule{r.Ports, &r.To, field.NewPath("spec", "egress").Index(i), "to"})
	}
	return out
}

// setDefaults sets what the API server does: a policy without policyTypes applies to egress only if
// it has egress rules, and a port is TCP.
func setDefaults(p *networkingv1.NetworkPolicy) {
	if len(p.Spec.PolicyTypes) == 0 {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, r := range rules(p) {
		for i := range r.ports {
			if r.ports[i].Protocol == nil {
				r.ports[i].Protocol = new(corev1.ProtocolTCP)
			}
		}
	}
}

// validate returns the reasons for which the API server would refuse a policy.
func validate(p *networkingv1.NetworkPolicy) field.ErrorList {
	spec := field.NewPath("spec")
	errs := append(validation.ValidateObjectMeta(&p.ObjectMeta, true, validation.NameIsDNSSubdomain, field.NewPath("metadata")),
		validateSelector(&p.Spec.PodSelector, spec.Child("podSelector"))...)
	for _, r := range rules(p) {
		for i := range r.ports {
			errs = append(errs, validatePort(&r.ports[i], r.at.Child("ports").Index(i))...)
		}
		for i := range *r.peers {
			errs = append(errs, validatePeer(&(*r.peers)[i], r.at.Child(r.peersAt).Index(i))...)
		}
	}
	if len(p.Spec.PolicyTypes) > 2 {
		errs = append(errs, field.TooMany(spec.Child("policyTypes"), len(p.Spec.PolicyTypes), 2))
	}
	types := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	for i, t := range p.Spec.PolicyTypes {
		if !slices.Contains(types, t) {
			errs = append(errs, field.NotSupported(spec.Child("policyTypes").Index(i), t, types))
		}
	}
	return errs
}

func validateSelector(s *metav1.LabelSelector, at *field.Path) field.ErrorList {
	return metav1validation.ValidateLabelSelector(s, metav1validation.LabelSelectorValidationOptions{}, at)
}

func validatePort(p *networkingv1.NetworkPolicyPort, at *field.Path) (errs field.ErrorList) {
	invalid := func(child string, value any, messages ...string) {
		for _, m := range messages {
			errs = append(errs, field.Invalid(at.Child(child), value, m))
		}
	}
	if protocols := []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}; !slices.Contains(protocols, *p.Protocol) {
		errs = append(errs, field.NotSupported(at.Child("protocol"), *p.Protocol, protocols))
	}
	switch port := p.Port; {
	case port == nil && p.EndPort != nil:
		invalid("endPort", *p.EndPort, "must stand with a port")
	case port == nil:
	case port.Type == intstr.String:
		invalid("port", port.StrVal, valid.IsValidPortName(port.StrVal)...)
		if p.EndPort != nil {
			invalid("endPort", *p.EndPort, "cannot stand with a port's name")
		}
	default:
		invalid("port", port.IntVal, valid.IsValidPortNum(int(port.IntVal))...)
		if p.EndPort == nil {
			break
		}
		invalid("endPort", *p.EndPort, valid.IsValidPortNum(int(*p.EndPort))...)
		if *p.EndPort < port.IntVal {
			invalid("endPort", *p.EndPort, "must be greater than or equal to `port`")
		}
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

// validateBlock refuses, as API servers since 1.34 do, what programs read in different ways:
// leading zeros, bits after the prefix, IPv4 written as IPv6.
func validateBlock(b *networkingv1.IPBlock, at *field.Path) field.ErrorList {
	if b.CIDR == "" {
		return field.ErrorList{field.Required(at.Child("cidr"), "")}
	}
	errs := valid.IsValidCIDRForLegacyField(at.Child("cidr"), b.CIDR, true, nil)
	block, err := netip.ParsePrefix(b.CIDR)
	for i, e := range b.Except {
		at := at.Child("except").Index(i)
		wrong := valid.IsValidCIDRForLegacyField(at, e, true, nil)
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
