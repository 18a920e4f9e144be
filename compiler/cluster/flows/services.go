package flows

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/cluster/wiring"
	"github.com/zt-lang/zt/compiler/relation"
	"github.com/zt-lang/zt/compiler/topology"
)

// serviceName matches the DNS name of a Service.
var serviceName = regexp.MustCompile(`^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.|$)`)

// Services finds the pods behind Services.
type Services struct {
	inventory *inventory.Inventory
	blocks    []topology.Block // of their addresses, as the program states them
	byAddr    map[netip.Addr]*inventory.Service
	byName    map[[2]string]*inventory.Service // by namespace and name
}

// NewServices returns the Services of manifests, which may be nil, and of blocks of their addresses.
func NewServices(inv *inventory.Inventory, blocks []topology.Block) *Services {
	if inv == nil {
		inv = &inventory.Inventory{}
	}
	s := &Services{inv, blocks, map[netip.Addr]*inventory.Service{}, map[[2]string]*inventory.Service{}}
	for i := range inv.Services {
		one := &inv.Services[i]
		for _, a := range one.Addrs {
			s.byAddr[a] = one
		}
		if !one.Headless {
			s.byName[[2]string{one.Namespace, one.Name}] = one
		}
	}
	return s
}

// Behind returns the flows to the pods behind a Service, if a flow is to the address of one: policies
// see the pods. There are none if the manifests do not have the Service and its pods.
func (s *Services) Behind(f Flow) (pods []Flow, isService bool) {
	if f.To.IsPod() || !f.To.Addr.IsValid() {
		return nil, false
	}
	service := s.byAddr[f.To.Addr]
	isService = service != nil || slices.ContainsFunc(s.blocks, func(b topology.Block) bool { return b.Has(f.To.Addr) })
	for _, name := range f.To.Names {
		if m := serviceName.FindStringSubmatch(name); m != nil && service == nil {
			service = s.byName[[2]string{m[2], m[1]}]
			isService = isService || service != nil
		}
	}
	if service == nil {
		return nil, isService
	}
	for _, w := range s.inventory.Workloads {
		if w.Namespace != service.Namespace || w.HostNetwork || !inventory.Carries(w.Labels, service.Selector) {
			continue
		}
		for _, p := range service.Ports {
			if p.Number != f.Port.Low || p.Protocol != f.Port.Protocol {
				continue
			}
			if to, ok := wiring.Target(p, &w); ok {
				one := f
				one.To = Endpoint{Namespace: w.Namespace, NamespaceLabels: map[string]string{relation.NameLabel: w.Namespace}, Labels: w.Labels, Workload: w.Name}
				one.Port = relation.PortRange{Protocol: p.Protocol, Low: to.Number, High: to.Number}
				pods = append(pods, one)
			}
		}
	}
	return pods, true
}

// Resolve replaces the addresses of Services in a log by the pods behind them. Flows to others of their
// addresses are unclear.
func (log *Log) Resolve(services *Services) {
	resolve := func(list []Flow, unclear *int) (out []Flow) {
		for _, f := range list {
			pods, isService := services.Behind(f)
			switch {
			case !isService:
				out = append(out, f)
			case len(pods) == 0:
				*unclear += f.Count
			default:
				for i := range pods[1:] {
					pods[i+1].Count = 0 // each record counts once
				}
				out = append(out, pods...)
			}
		}
		return out
	}
	var dropped int
	log.Flows, log.Dropped = resolve(log.Flows, &log.Unclear), resolve(log.Dropped, &dropped)
}

// serviceText names the address and port of a flow to a Service.
func serviceText(f Flow) string { return netip.AddrPortFrom(f.To.Addr, uint16(f.Port.Low)).String() }

// few lists the first of many things.
func few(list []string) string {
	const most = 3
	text := fmt.Sprint(list[0])
	for _, s := range list[1:min(most, len(list))] {
		text += ", " + s
	}
	if more := len(list) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
