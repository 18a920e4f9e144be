package cluster

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Host is a pod, or an address outside. It answers connections with its name.
type Host struct {
	name      string
	addrs     []netip.Addr
	namespace *namespace
	closers   []io.Closer
	ports     atomic.Uint32 // how many it has connected from
}

// Hosts connect from these ports in turn. If a port came again soon, a new UDP exchange could look
// like part of an old one, which is not judged again.
const firstPort, lastPort = 30000, 60000

// addr returns the host's address of a family; it is not valid if there is none.
func (h *Host) addr(v6 bool) netip.Addr {
	for _, a := range h.addrs {
		if a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

func (h *Host) close() {
	for _, c := range h.closers {
		_ = c.Close()
	}
	h.namespace.close()
}

// socket returns a non-blocking socket of the host, bound to its address of a family.
func (h *Host) socket(v6 bool, kind int) (int, error) {
	family := unix.AF_INET
	if v6 {
		family = unix.AF_INET6
	}
	fd, err := inside(h.namespace, func() (int, error) {
		return unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	})
	if err != nil {
		return -1, err
	}
	for range lastPort - firstPort {
		port := firstPort + h.ports.Add(1)%(lastPort-firstPort)
		err = unix.Bind(fd, sockaddr(h.addr(v6), int(port)))
		if !errors.Is(err, unix.EADDRINUSE) { // by one of the host's servers
			break
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("binding to %v: %w", h.addr(v6), err)
	}
	return fd, nil
}

// sockaddr returns an address in the form of system calls.
func sockaddr(a netip.Addr, port int) unix.Sockaddr {
	if a.Is6() {
		return &unix.SockaddrInet6{Port: port, Addr: a.As16()}
	}
	return &unix.SockaddrInet4{Port: port, Addr: a.As4()}
}

// ServeTCP answers on a TCP port of all of the host's addresses.
func (h *Host) ServeTCP(port int) error {
	for _, a := range h.addrs {
		l, err := inside(h.namespace, func() (net.Listener, error) {
			return net.Listen("tcp", netip.AddrPortFrom(a, uint16(port)).String())
		})
		if err != nil {
			return err
		}
		h.closers = append(h.closers, l)
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
		c, err := inside(h.namespace, func() (*net.UDPConn, error) {
			return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, uint16(port))))
		})
		if err != nil {
			return err
		}
		h.closers = append(h.closers, c)
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
