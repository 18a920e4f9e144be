package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/grammar/ast"
)

// service returns the party of a Service, NAMESPACE/Service/NAME: its pods. It is nil where no Service
// is called so.
func (v *Model) service(name string) (*Party, error) {
	if v.inventory == nil {
		return nil, nil
	}
	i := slices.IndexFunc(v.inventory.Services, func(s inventory.Service) bool { return s.Namespace+"/Service/"+s.Name == name })
	if i < 0 {
		return nil, nil
	}
	s := &v.inventory.Services[i]
	if len(s.Selector) == 0 {
		return nil, fmt.Errorf("%s selects no pods; name what it leads to", name)
	}
	p := &Party{Name: name, service: s}
	for _, q := range v.Parties {
		w := q.workload
		if w == nil || w.Namespace != s.Namespace || !inventory.Carries(w.Labels, s.Selector) {
			continue
		}
		if p.workload != nil && (q.Host != p.Host || !slices.Equal(namedPorts(p.workload), namedPorts(w))) {
			return nil, fmt.Errorf("the pods of %s differ in their port names or host network; ask about %s and %s", name, p.pods[0].Name, q.Name)
		}
		p.pods, p.Host = append(p.pods, q), q.Host
		p.Parts = append(p.Parts, q.Parts...)
		p.workload = cmp.Or(p.workload, w)
	}
	if len(p.pods) == 0 { // any pod that could exist
		var all []relation.Requirement
		for k, value := range s.Selector {
			all = append(all, relation.Requirement{Key: k, Values: relation.In(value)})
		}
		p.Parts = []relation.Peer{relation.PodPeer(v.exactNamespace(s.Namespace), relation.Select(all...))}
	}
	v.byName[name] = p
	return p, nil
}

// namedPorts lists the names that a workload gives its ports, with their numbers.
func namedPorts(w *inventory.Workload) []string {
	var all []string
	for _, p := range w.Ports {
		if p.Name != "" {
			all = append(all, fmt.Sprintf("%s/%s=%d", p.Name, p.Protocol, p.Number))
		}
	}
	slices.Sort(all)
	return all
}

// translated returns the ports that the pods of a Service listen on for the ports asked, and says so.
// Policies see connections after this translation. A headless Service translates nothing.
func (v *Model) translated(asked *ast.Ports, to *Party) (relation.Ports, string, error) {
	var ports relation.Ports
	var said []string
	items := []ast.Port{{Any: true}}
	if asked != nil {
		items = asked.List
	}
	for _, item := range items {
		var wanted relation.Ports
		var err error
		if !item.Any && item.Low != nil {
			if wanted, err = v.port(item, to); err != nil {
				return ports, "", err
			}
		}
		found := false
		var has []string
		for _, p := range to.service.Ports {
			has = append(has, servicePort(p).String())
			named := !item.Any && item.Low == nil && p.Name == item.Name.Text && (item.Protocol == nil || item.Protocol.Text == p.Protocol.String())
			if !item.Any && !named && (item.Low == nil || !servicePort(p).Subset(wanted)) {
				continue
			}
			found = true
			target := servicePort(p)
			switch {
			case to.service.Headless:
			case p.Target.Type == intstr.String:
				if target, err = v.namedPort(p.Target.StrVal, p.Protocol, true, to); err != nil {
					return ports, "", err
				}
			default:
				target = relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Target.IntValue(), High: p.Target.IntValue()})
			}
			ports = ports.Union(target)
			said = append(said, fmt.Sprintf("%s is %s", servicePort(p), target))
		}
		if !found {
			return ports, "", fmt.Errorf("%s has no port %s; it has %s", to.Name, item.At.Text(), strings.Join(has, ", "))
		}
	}
	pods := "pods with its labels"
	var names []string
	for _, p := range to.pods {
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		pods = few(names)
	}
	return ports, strings.Join(said, ", ") + " at " + pods, nil
}

func servicePort(p inventory.ServicePort) relation.Ports {
	return relation.RangeOf(relation.PortRange{Protocol: p.Protocol, Low: p.Number, High: p.Number})
}
