// Package cluster makes hosts out of network namespaces: a node that forwards packets, and pods and
// outside addresses that a link joins to it, as a routed network plugin does. It makes real
// connections between them.
//
// The namespaces have no names, so they end with the process. Nothing outside them changes.
package cluster

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// Cluster is a node and the hosts that are joined to it.
type Cluster struct {
	node  *namespace
	hosts []*Host
}

var (
	// gateways are the next hops of all hosts, one of each family. No interface has these
	// addresses: hosts get the node's hardware address for them.
	gateways = []netip.Addr{netip.MustParseAddr("169.254.1.1"), netip.MustParseAddr("fe80::1")}
	// nodeAddrs are the node's own, from which it sends ICMP errors.
	nodeAddrs = []netip.Addr{netip.MustParseAddr("169.254.1.2"), netip.MustParseAddr("fd00:10:244:ffff::1")}
)

// New returns a cluster without hosts.
func New() (*Cluster, error) {
	node, err := newNamespace()
	if err != nil {
		return nil, err
	}
	err = node.set(map[string]string{
		"ipv4/ip_forward":             "1",
		"ipv6/conf/all/forwarding":    "1",
		"ipv4/conf/all/rp_filter":     "0",
		"ipv4/conf/default/rp_filter": "0",
		// The node answers every denied packet, however many there are.
		"ipv4/icmp_ratelimit":    "0",
		"ipv4/icmp_msgs_per_sec": "1000000",
		"ipv4/icmp_msgs_burst":   "1000000",
		"ipv6/icmp/ratelimit":    "0",
	})
	if err == nil {
		_, err = node.bringUp("lo", nodeAddrs...)
	}
	if err != nil {
		node.close()
		return nil, fmt.Errorf("setting up the node: %w", err)
	}
	return &Cluster{node: node}, nil
}

// Close removes the hosts and the node.
func (c *Cluster) Close() {
	for _, h := range c.hosts {
		h.close()
	}
	c.node.close()
}

// Node returns a handle of the node's network namespace.
func (c *Cluster) Node() int { return int(c.node.handle) }

// Forget makes the node forget all connections: it takes the next packet of each for its first.
func (c *Cluster) Forget() error {
	return c.node.link.ConntrackTableFlush(netlink.ConntrackTable)
}

// Add joins a host with these addresses to the node.
func (c *Cluster) Add(name string, addrs ...netip.Addr) (*Host, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, err
	}
	h := &Host{name: name, addrs: addrs, namespace: ns}
	c.hosts = append(c.hosts, h)
	if err := c.join(h); err != nil {
		return nil, fmt.Errorf("joining %s to the node: %w", name, err)
	}
	return h, nil
}

// join links a host to the node, and sets up routes in both directions.
func (c *Cluster) join(h *Host) error {
	number := len(c.hosts)
	nodeMAC := net.HardwareAddr{2, 0, 0, 1, byte(number >> 8), byte(number)}
	hostMAC := net.HardwareAddr{2, 0, 0, 2, byte(number >> 8), byte(number)}
	name := fmt.Sprintf("host%d", number)
	err := c.node.link.LinkAdd(&netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: name, HardwareAddr: nodeMAC},
		PeerName:         "eth0",
		PeerHardwareAddr: hostMAC,
		PeerNamespace:    netlink.NsFd(int(h.namespace.handle)),
	})
	if err != nil {
		return err
	}
	toHost, err := c.node.bringUp(name)
	if err != nil {
		return err
	}
	if _, err := h.namespace.bringUp("lo"); err != nil {
		return err
	}
	toNode, err := h.namespace.bringUp("eth0", h.addrs...)
	if err != nil {
		return err
	}
	for _, a := range h.addrs {
		if err := c.node.route(toHost, netip.PrefixFrom(a, a.BitLen()), a, hostMAC); err != nil {
			return err
		}
	}
	for i, everything := range []string{"0.0.0.0/0", "::/0"} {
		if err := h.namespace.route(toNode, netip.MustParsePrefix(everything), gateways[i], nodeMAC); err != nil {
			return err
		}
	}
	return nil
}
