package program

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zt-lang/zt/compiler/cluster/inventory"
	"github.com/zt-lang/zt/compiler/relation"
)

// A mention is a host in a text, with what is written around it.
type mention struct {
	scheme, host string
	port         int  // 0 if none is written
	whole        bool // there is nothing else in the text, except more of them
}

func (m mention) String() string {
	text := m.host
	if m.scheme != "" {
		text = m.scheme + "://" + text
	}
	if m.port > 0 {
		text += ":" + strconv.Itoa(m.port)
	}
	return text
}

// hostPattern matches a host with its port, and the scheme and credentials before it.
var hostPattern = regexp.MustCompile(`(?:([a-z][a-z0-9+.-]*)://(?:[^\s/@,;"']*@)?)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::([0-9]{1,5}))?`)

// around are the characters that a host cannot be next to, since it would be a part of something else.
const around = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./$%{}"

// mentionsIn finds what may be hosts in a text. Lines that are comments are not read.
func mentionsIn(text string) (found []mention) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		for _, at := range hostPattern.FindAllStringSubmatchIndex(line, -1) {
			part := func(i int) string {
				if at[2*i] < 0 {
					return ""
				}
				return line[at[2*i]:at[2*i+1]]
			}
			before, after := line[:at[0]], line[at[1]:]
			if before != "" && strings.ContainsRune(around, rune(before[len(before)-1])) || after != "" && strings.ContainsRune(strings.ReplaceAll(around, "/", ""), rune(after[0])) {
				continue
			}
			port, _ := strconv.Atoi(part(3))
			whole := strings.Trim(before, ", ;") == "" && (after == "" || after[0] == ',' || after[0] == ';')
			found = append(found, mention{part(1), part(2), port, whole})
		}
	}
	return found
}

// hints are in the names of variables and keys whose values are hosts.
var hints = regexp.MustCompile(`(?i)host|addr|url|uri|endpoint|server|service|svc|upstream|backend|dsn|broker|peer|connect|target`)

// mentions adds an edge for each Service that a text of a workload names.
func (d *draft) mentions() {
	type config struct{ namespace, name string }
	names := map[config]map[*inventory.Service]bool{} // that shared ConfigMaps name
	each := func(yield func(from *tier, w *inventory.Workload, text inventory.Text, m mention, s *inventory.Service)) {
		for _, from := range d.tiers {
			for _, w := range from.workloads {
				for _, text := range w.Details.Texts {
					for _, m := range mentionsIn(text.Value) {
						if s := d.named(w, text, m); s != nil {
							yield(from, w, text, m, s)
						}
					}
				}
			}
		}
	}
	each(func(_ *tier, w *inventory.Workload, text inventory.Text, _ mention, s *inventory.Service) {
		if c := (config{w.Namespace, text.Shared}); c.name != "" {
			if names[c] == nil {
				names[c] = map[*inventory.Service]bool{}
			}
			names[c][s] = true
		}
	})
	each(func(from *tier, w *inventory.Workload, text inventory.Text, m mention, s *inventory.Service) {
		d.mention(from, w, s, m, text.Field+"="+m.String(), len(names[config{w.Namespace, text.Shared}]) < 2)
	})
}

// named returns the Service that a mention surely names, or nil.
func (d *draft) named(w *inventory.Workload, text inventory.Text, m mention) *inventory.Service {
	s, qualified := d.service(m.host, w.Namespace)
	if s == nil {
		return nil
	}
	_, known := servicePort(s, m)
	if m.port > 0 && !known && !s.Headless {
		return nil // something else that is called so
	}
	if m.port == 0 && m.scheme == "" && !qualified && !(m.whole && hints.MatchString(text.Field)) {
		return nil
	}
	return s
}

// mention adds the edges of a workload that names a Service. If it is not sure that the workload
// uses the name, it only keeps them.
func (d *draft) mention(from *tier, w *inventory.Workload, s *inventory.Service, m mention, evidence string, sure bool) {
	port, known := servicePort(s, m)
	for _, to := range d.behind(s) {
		if to == from && w.Details.Replicas < 2 {
			continue
		}
		var ports []listen
		for _, p := range s.Ports {
			if known && p != port {
				continue
			}
			if target, ok := to.target(p); ok && !s.Headless {
				ports = append(ports, target)
			}
		}
		if s.Headless && m.port > 0 {
			ports = []listen{to.port(m.port, relation.TCP)}
		} else if s.Headless {
			ports = to.listens
		}
		if sure {
			d.connect(from, to, ports, "%s", evidence)
		} else if len(ports) > 0 {
			d.suppose(from, to, evidence)
		}
	}
}

// suppose keeps an edge of which the evidence is weak.
func (d *draft) suppose(from, to *tier, evidence string) {
	i := slices.IndexFunc(d.perhaps, func(e *edge) bool { return e.from == from && e.to == to })
	if i < 0 {
		i = len(d.perhaps)
		d.perhaps = append(d.perhaps, &edge{from: from, to: to})
	}
	d.perhaps[i].add(nil, evidence)
}

// service returns the Service that a host names for pods of a namespace, and whether it names the
// Service's namespace too.
func (d *draft) service(host, namespace string) (s *inventory.Service, qualified bool) {
	find := func(name, namespace string) *inventory.Service { return d.services[object{namespace, name}] }
	labels := strings.Split(host, ".")
	if len(labels) == 1 {
		return find(host, namespace), false
	}
	for first := range 2 { // a pod of a StatefulSet has its own name before the Service's
		rest := labels[first:]
		if len(rest) == 1 {
			if s := find(rest[0], namespace); s != nil && s.Headless {
				return s, true
			}
		} else if s := find(rest[0], rest[1]); s != nil && (first == 0 || s.Headless) && (len(rest) == 2 || rest[2] == "svc") {
			return s, true
		}
	}
	return nil, false
}

// schemePorts are the ports that URLs of a scheme leave out.
var schemePorts = map[string]int{"http": 80, "https": 443, "ws": 80, "wss": 443, "redis": 6379, "amqp": 5672, "mongodb": 27017, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "nats": 4222}

// servicePort returns the port of a Service that a mention means.
func servicePort(s *inventory.Service, m mention) (inventory.ServicePort, bool) {
	number := m.port
	if number == 0 {
		number = schemePorts[m.scheme]
	}
	i := slices.IndexFunc(s.Ports, func(p inventory.ServicePort) bool { return p.Number == number })
	if i < 0 {
		return inventory.ServicePort{}, false
	}
	return s.Ports[i], true
}
