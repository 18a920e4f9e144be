package wiring

import (
	"net/netip"
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
	apart        bool // blanks are between the host and the port, which may be something else
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
var hostPattern = regexp.MustCompile(`(?:([a-z][a-z0-9+.-]*)://(?:[^\s/@,;"']*@)?)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::([0-9]{1,5})|[ \t]+([0-9]{1,5})\b)?`)

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
			if at[8] >= 0 && at[1] < len(line) && strings.ContainsRune(around, rune(line[at[1]])) {
				at[1], at[8] = at[5], -1 // what is after the blanks is no port
			}
			before, after := line[:at[0]], line[at[1]:]
			if before != "" && strings.ContainsRune(around, rune(before[len(before)-1])) || after != "" && strings.ContainsRune(strings.ReplaceAll(around, "/", ""), rune(after[0])) {
				continue
			}
			port, _ := strconv.Atoi(part(3) + part(4))
			whole := strings.Trim(before, ", ;") == "" && (after == "" || after[0] == ',' || after[0] == ';')
			found = append(found, mention{part(1), part(2), port, part(4) != "", whole})
		}
	}
	return found
}

// hints are in the names of variables and keys whose values are hosts.
var hints = regexp.MustCompile(`(?i)host|addr|url|uri|endpoint|server|service|svc|upstream|backend|dsn|broker|peer|connect|target`)

// Mentions returns the connections of workloads to the Services that their texts name.
func (x *Index) Mentions() (found []Connection) {
	type config struct{ namespace, name string }
	type named struct {
		from    *inventory.Workload
		text    inventory.Text
		mention mention
		service *inventory.Service
	}
	var all []named
	shared := map[config]map[*inventory.Service]bool{} // that ConfigMaps of several workloads name
	for _, w := range x.Workloads {
		for _, text := range w.Details.Texts {
			for _, m := range mentionsIn(text.Value) {
				if m.whole && m.port == 0 {
					m.port = portBeside(w, text)
					m.apart = m.port > 0
				}
				s := x.named(w, text, &m)
				if s == nil {
					continue
				}
				all = append(all, named{w, text, m, s})
				if c := (config{w.Namespace, text.Shared}); c.name != "" {
					if shared[c] == nil {
						shared[c] = map[*inventory.Service]bool{}
					}
					shared[c][s] = true
				}
			}
		}
	}
	for _, n := range all {
		unsure := len(shared[config{n.from.Namespace, n.text.Shared}]) > 1
		for _, to := range x.Behind(n.service) {
			if to == n.from && n.from.Details.Replicas < 2 {
				continue
			}
			if ports, several := x.used(n.service, n.mention, to); len(ports) > 0 {
				found = append(found, Connection{n.from, to, n.service, ports, several, n.text.Field + "=" + n.mention.String(), n.text.Span, unsure})
			}
		}
	}
	return found
}

// used returns the ports of a workload that a mention of a Service uses, and whether it may be only
// some of them.
func (x *Index) used(s *inventory.Service, m mention, to *inventory.Workload) (ports []inventory.Port, several bool) {
	all := x.Ports(to)
	switch port, known := servicePort(s, m); {
	case s.Headless && m.port > 0:
		i := slices.IndexFunc(all, func(p inventory.Port) bool { return p.Number == m.port && p.Protocol == relation.TCP })
		if i >= 0 {
			return all[i : i+1], false
		}
		return []inventory.Port{{Number: m.port, Protocol: relation.TCP}}, false
	case s.Headless:
		return all, true
	case known:
		if target, ok := Target(port, to); ok {
			return []inventory.Port{target}, false
		}
	default:
		for _, p := range s.Ports {
			if target, ok := Target(p, to); ok {
				ports = addPort(ports, target)
			}
		}
	}
	return ports, true
}

// portBeside returns the port in the variable beside one that has a host, as DB_PORT is beside DB_HOST,
// or 0.
func portBeside(w *inventory.Workload, host inventory.Text) int {
	at := hostSuffix.FindStringIndex(host.Field)
	if at == nil {
		return 0
	}
	for _, t := range w.Details.Texts {
		if len(t.Field) == at[0]+len("port") && t.Field[:at[0]] == host.Field[:at[0]] && strings.EqualFold(t.Field[at[0]:], "port") {
			port, _ := strconv.Atoi(t.Value)
			return port
		}
	}
	return 0
}

// hostSuffix matches the end of the names of variables that have a host.
var hostSuffix = regexp.MustCompile(`(?i)(host(name)?|addr(ess)?|server|service|endpoint|url|uri)$`)

// named returns the Service that a mention surely names, or nil. It removes a port that is not the
// Service's and may be something else.
func (x *Index) named(w *inventory.Workload, text inventory.Text, m *mention) *inventory.Service {
	s, qualified := x.service(m.host, w.Namespace)
	if s == nil {
		return nil
	}
	_, known := servicePort(s, *m)
	if m.apart && !known {
		m.port = 0
		_, known = servicePort(s, *m)
	}
	if m.port > 0 && !known && !s.Headless {
		return nil // something else that is called so
	}
	if m.port == 0 && m.scheme == "" && !qualified && !(m.whole && hints.MatchString(text.Field)) {
		return nil
	}
	return s
}

// service returns the Service that a host names for pods of a namespace, and whether it names the
// Service's namespace too.
func (x *Index) service(host, namespace string) (s *inventory.Service, qualified bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return x.addrs[a], true
	}
	find := func(name, namespace string) *inventory.Service { return x.Service(namespace, name) }
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
