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

// namespace is a network namespace, with a thread that stays in it.
type namespace struct {
	handle netns.NsHandle
	link   *netlink.Handle // for its links, addresses, routes and neighbours
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

// live is the namespace's thread. It is never unlocked, so it ends with the goroutine, and no other
// goroutine can run in this namespace.
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

// inside calls f on the namespace's thread. A socket that f makes stays in the namespace, and any
// thread can use it.
func inside[T any](n *namespace, f func() (T, error)) (made T, err error) {
	done := make(chan bool)
	n.calls <- func() { made, err = f(); close(done) }
	<-done
	return made, err
}

// set writes kernel parameters of the namespace.
func (n *namespace) set(parameters map[string]string) error {
	_, err := inside(n, func() (struct{}, error) {
		for name, value := range parameters {
			if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// bringUp gives a link addresses and sets it up. It returns the link's index.
func (n *namespace) bringUp(name string, addrs ...netip.Addr) (int, error) {
	link, err := n.link.LinkByName(name)
	if err != nil {
		return 0, err
	}
	for _, a := range addrs {
		addr := &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, a.BitLen()))}
		if a.Is6() {
			addr.Flags = unix.IFA_F_NODAD // no other host can have it, so it is usable at once
		}
		if err := n.link.AddrAdd(link, addr); err != nil {
			return 0, fmt.Errorf("address %v: %w", a, err)
		}
	}
	return link.Attrs().Index, n.link.LinkSetUp(link)
}

// route sends packets to a destination over a link, to a neighbour with this hardware address. The
// next hop is the destination itself, or a gateway.
func (n *namespace) route(link int, to netip.Prefix, hop netip.Addr, mac net.HardwareAddr) error {
	err := n.link.NeighSet(&netlink.Neigh{LinkIndex: link, State: netlink.NUD_PERMANENT, IP: hop.AsSlice(), HardwareAddr: mac})
	if err != nil {
		return err
	}
	r := &netlink.Route{LinkIndex: link, Dst: ipNet(to), Scope: netlink.SCOPE_LINK}
	if !to.IsSingleIP() {
		r.Scope, r.Gw, r.Flags = netlink.SCOPE_UNIVERSE, hop.AsSlice(), int(netlink.FLAG_ONLINK)
	}
	if err := n.link.RouteAdd(r); err != nil {
		return fmt.Errorf("route to %v: %w", to, err)
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
