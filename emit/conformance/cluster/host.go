package cluster

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Host is a pod, or somebody outside. Whoever connects to it on a port on which
// it serves is told its name.
type Host struct {
	name      string
	addrs     []netip.Addr
	namespace *namespace
	closers   []func() error
	ports     atomic.Uint32 // how many it has connected from
}

// Hosts connect from these ports, each from one after the other: a port that comes
// again soon could make a new UDP exchange look like part of an old one, which
// nobody judges any more.
const firstPort, lastPort = 30000, 60000

// Name returns what the host answers.
func (h *Host) Name() string { return h.name }

// Addr returns the host's address of a family; it is not valid where there is none.
func (h *Host) Addr(v6 bool) netip.Addr {
	for _, a := range h.addrs {
		if a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

func (h *Host) close() {
	for _, c := range h.closers {
		_ = c()
	}
	h.namespace.close()
}

// Socket returns a socket of the host that does not block, bound to one of its addresses.
func (h *Host) Socket(from netip.Addr, kind int) (int, error) {
	fd := -1
	err := h.namespace.do(func() error {
		var err error
		family := unix.AF_INET
		if from.Is6() {
			family = unix.AF_INET6
		}
		fd, err = unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return -1, err
	}
	for range lastPort - firstPort {
		port := firstPort + h.ports.Add(1)%(lastPort-firstPort)
		err = unix.Bind(fd, Sockaddr(netip.AddrPortFrom(from, uint16(port))))
		if !errors.Is(err, unix.EADDRINUSE) { // by a server of the host's
			break
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("binding to %v: %w", from, err)
	}
	return fd, nil
}

// Sockaddr returns an address in the form in which system calls want it.
func Sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is6() {
		return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	}
	return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
}

// ServeTCP answers on a TCP port of all of the host's addresses.
func (h *Host) ServeTCP(port int) error {
	for _, a := range h.addrs {
		var l net.Listener
		err := h.namespace.do(func() error {
			var err error
			l, err = net.Listen("tcp", netip.AddrPortFrom(a, uint16(port)).String())
			return err
		})
		if err != nil {
			return err
		}
		h.closers = append(h.closers, l.Close)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write([]byte(h.name))
				_ = c.Close()
			}
		}()
	}
	return nil
}

// ServeUDP answers on a UDP port of all of the host's addresses.
func (h *Host) ServeUDP(port int) error {
	for _, a := range h.addrs {
		var c *net.UDPConn
		err := h.namespace.do(func() error {
			var err error
			c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, uint16(port))))
			return err
		})
		if err != nil {
			return err
		}
		h.closers = append(h.closers, c.Close)
		go func() {
			var b [64]byte
			for {
				_, from, err := c.ReadFromUDPAddrPort(b[:])
				if err != nil {
					return
				}
				_, _ = c.WriteToUDPAddrPort([]byte(h.name), from)
			}
		}()
	}
	return nil
}
