package judge

import (
	"encoding/json"
	"strings"
)

type fields = map[string]any

// Manifests writes the policies as objects of their APIs.
func (s *Set) Manifests() string {
	var all []fields
	for name, labels := range s.Namespaces {
		all = append(all, fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": name, "labels": labels}})
	}
	for _, p := range s.plain {
		spec := fields{"podSelector": p.pods.fields()}
		var types []string
		for _, direction := range p.types {
			types = append(types, strings.ToUpper(direction[:1])+direction[1:])
		}
		for direction, list := range p.rules {
			var rules []fields
			for _, r := range list {
				rule := fields{}
				var peers []fields
				for _, q := range r.peers {
					peer := fields{}
					if q.block != "" {
						block := fields{"cidr": q.block}
						if q.except != nil {
							block["except"] = q.except
						}
						peer["ipBlock"] = block
					}
					if q.namespaces != nil {
						peer["namespaceSelector"] = q.namespaces.fields()
					}
					if q.pods != nil {
						peer["podSelector"] = q.pods.fields()
					}
					peers = append(peers, peer)
				}
				var ports []fields
				for _, p := range r.ports {
					port := fields{"protocol": p.protocol, "port": p.low, "endPort": p.high}
					switch {
					case p.name != "":
						port = fields{"protocol": p.protocol, "port": p.name}
					case p.low == 0:
						port = fields{"protocol": p.protocol}
					}
					ports = append(ports, port)
				}
				if peers != nil {
					rule[map[string]string{"ingress": "from", "egress": "to"}[direction]] = peers
				}
				if ports != nil {
					rule["ports"] = ports
				}
				rules = append(rules, rule)
			}
			spec[direction] = rules
		}
		if types != nil {
			spec["policyTypes"] = types
		}
		all = append(all, fields{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": p.name, "namespace": p.namespace}, "spec": spec})
	}
	for i, p := range s.Ordered {
		all = append(all, p.fields(i))
	}
	for _, p := range s.Cilium {
		all = append(all, p.fields())
	}
	var out strings.Builder
	for _, o := range all {
		data, err := json.Marshal(o)
		if err != nil {
			panic(err)
		}
		out.WriteString("---\n" + string(data) + "\n")
	}
	return out.String()
}

func (p *Policy) fields(i int) fields {
	version, kind := []string{"v1alpha2", "v1beta1"}[i%2], "ClusterNetworkPolicy"
	spec := fields{"priority": p.priority, "subject": podFields(p.namespaces, p.pods)}
	switch {
	case !p.Elder:
		spec["tier"] = p.tier
	case p.tier == "Admin":
		version, kind = "v1alpha1", "AdminNetworkPolicy"
	default:
		version, kind = "v1alpha1", "BaselineAdminNetworkPolicy"
		delete(spec, "priority")
	}
	for direction, list := range p.rules {
		var rules []fields
		for _, r := range list {
			rule := fields{"action": r.action}
			if p.Elder && r.action == "Accept" {
				rule["action"] = "Allow"
			}
			var peers []fields
			for _, q := range r.peers {
				switch {
				case q.nodes:
					peers = append(peers, fields{"nodes": fields{}})
				case q.domain != "":
					peers = append(peers, fields{"domainNames": []string{q.domain}})
				case q.networks != nil:
					peers = append(peers, fields{"networks": q.networks})
				default:
					peers = append(peers, podFields(q.namespaces, q.pods))
				}
			}
			rule[map[string]string{"ingress": "from", "egress": "to"}[direction]] = peers
			var ports []fields
			for _, q := range r.ports {
				ports = append(ports, q.fields(p.Elder))
			}
			if ports != nil {
				rule[map[bool]string{true: "ports", false: "protocols"}[p.Elder]] = ports
			}
			rules = append(rules, rule)
		}
		spec[direction] = rules
	}
	return fields{"apiVersion": "policy.networking.k8s.io/" + version, "kind": kind, "metadata": fields{"name": p.name}, "spec": spec}
}

func (p plainPort) fields(elder bool) fields {
	switch {
	case p.name != "" && elder:
		return fields{"namedPort": p.name}
	case p.name != "":
		return fields{"destinationNamedPort": p.name}
	case elder && p.low == p.high:
		return fields{"portNumber": fields{"protocol": p.protocol, "port": p.low}}
	case elder:
		return fields{"portRange": fields{"protocol": p.protocol, "start": p.low, "end": p.high}}
	}
	port := fields{"range": fields{"start": p.low, "end": p.high}}
	if p.low == p.high {
		port = fields{"number": p.low}
	}
	return fields{strings.ToLower(p.protocol): fields{"destinationPort": port}}
}

func podFields(namespaces match, pods *match) fields {
	if pods == nil {
		return fields{"namespaces": namespaces.fields()}
	}
	return fields{"pods": fields{"namespaceSelector": namespaces.fields(), "podSelector": pods.fields()}}
}

func (m match) fields() fields {
	list := []fields{}
	for _, t := range m {
		e := fields{"key": t.key, "operator": t.operator}
		if t.values != nil {
			e["values"] = t.values
		}
		list = append(list, e)
	}
	return fields{"matchExpressions": list}
}
