// Package cluster makes hosts out of network namespaces: a node that forwards,
// and pods and outside addresses that are each joined to it by a link, as a routed
// network plugin joins them.
//
// The namespaces have no names. They are gone with the process, however that
// ends, and with them all that was set up in them; nothing outside them is touched.
package cluster

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// namespace is a network namespace. A thread of its own lives in it, and what
// must be done inside is done there.
type namespace struct {
	handle netns.NsHandle
	link   *netlink.Handle // for links, addresses, routes and neighbours in it
	calls  chan func()
}

func newNamespace() (*namespace, error) {
	n := &namespace{calls: make(chan func())}
	made := make(chan error)
	go n.live(made)
	if err := <-made; err != nil {
		return nil, fmt.Errorf("making a network namespace: %w", err)
	}
	var err error
	if n.link, err = netlink.NewHandleAt(n.handle); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// live is the namespace's thread. It is never unlocked, so that it ends with
// the goroutine: no other may come to run in this namespace.
func (n *namespace) live(made chan<- error) {
	runtime.LockOSThread()
	var err error
	n.handle, err = netns.New()
	made <- err
	if err != nil {
		return
	}
	for call := range n.calls {
		call()
	}
}

func (n *namespace) close() {
	if n.link != nil {
		n.link.Close()
	}
	close(n.calls)
	_ = n.handle.Close()
}

// do calls f on the namespace's thread. Sockets that f makes stay in the
// namespace, and may then be used from anywhere.
func (n *namespace) do(f func() error) error {
	result := make(chan error)
	n.calls <- func() { result <- f() }
	return <-result
}

// set writes kernel parameters of the namespace.
func (n *namespace) set(parameters map[string]string) error {
	return n.do(func() error {
		for name, value := range parameters {
			if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// bringUp gives a link addresses and sets it up.
func (n *namespace) bringUp(name string, addrs ...netip.Addr) error {
	link, err := n.link.LinkByName(name)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		addr := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, a.BitLen()))}
		if a.Is6() {
			addr.Flags = unix.IFA_F_NODAD // nobody else can have it: it is usable at once
		}
		if err := n.link.AddrAdd(link, addr); err != nil {
			return fmt.Errorf("address %v: %w", a, err)
		}
	}
	return n.link.LinkSetUp(link)
}

// route sends a destination to a link, by a gateway if there is one.
func (n *namespace) route(name string, to netip.Prefix, gateway netip.Addr) error {
	link, err := n.link.LinkByName(name)
	if err != nil {
		return err
	}
	r := &netlink.Route{LinkIndex: link.Attrs().Index, Dst: ipNet(to), Scope: netlink.SCOPE_LINK}
	if gateway.IsValid() {
		r.Scope, r.Gw, r.Flags = netlink.SCOPE_UNIVERSE, gateway.AsSlice(), int(netlink.FLAG_ONLINK)
	}
	if err := n.link.RouteAdd(r); err != nil {
		return fmt.Errorf("route to %v: %w", to, err)
	}
	return nil
}

// neighbour writes down who has an address, so that nobody has to ask.
func (n *namespace) neighbour(name string, a netip.Addr, mac net.HardwareAddr) error {
	link, err := n.link.LinkByName(name)
	if err != nil {
		return err
	}
	return n.link.NeighSet(&netlink.Neigh{
		LinkIndex: link.Attrs().Index, State: netlink.NUD_PERMANENT, IP: a.AsSlice(), HardwareAddr: mac,
	})
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
