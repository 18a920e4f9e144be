package probe

import (
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zt-lang/zt/emit/conformance/cluster"
)

var errUnanswered = errors.New("nobody answers")

// ask connects a socket, and returns what the other side says.
//
// It waits by poll(2), not by way of the runtime: that takes an ICMP error
// which comes at the wrong moment for a file that cannot be waited for.
func ask(fd int, to netip.AddrPort, udp bool, until time.Time) (string, error) {
	if err := unix.Connect(fd, cluster.Sockaddr(to)); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return "", err
	}
	if udp {
		if _, err := unix.Write(fd, []byte("?")); err != nil {
			return "", err
		}
	} else {
		if err := await(fd, unix.POLLOUT, until); err != nil {
			return "", err
		}
		if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil {
			return "", err
		} else if code != 0 {
			return "", unix.Errno(code)
		}
	}
	if err := await(fd, unix.POLLIN, until); err != nil {
		return "", err
	}
	var answer [64]byte
	n, err := unix.Read(fd, answer[:])
	if errors.Is(err, unix.EAGAIN) || err == nil && n == 0 {
		return "", errUnanswered
	}
	return string(answer[:max(n, 0)]), err
}

// await waits until something happens to a socket: what is waited for, or an
// error, which the next call to it tells.
func await(fd int, event int16, until time.Time) error {
	for {
		left := time.Until(until)
		if left <= 0 {
			return errUnanswered
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: event}}, int(left.Milliseconds())+1)
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case n > 0:
			return nil
		}
	}
}

// prohibited reports whether an error is the node's answer to a packet that is
// not to pass: "administratively prohibited", as either family puts it.
func prohibited(err error) bool {
	return errors.Is(err, unix.EHOSTUNREACH) || errors.Is(err, unix.EACCES)
}
