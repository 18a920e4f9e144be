package cluster

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

var errUnanswered = errors.New("no answer")

// ask connects a socket, and returns the answer of the other side.
//
// It waits with poll(2) and not with the runtime's poller, which would report an ICMP error that
// comes at the wrong moment as a file that cannot be waited for.
func (a Attempt) ask(fd int, until time.Time) (string, error) {
	if err := unix.Connect(fd, sockaddr(a.To.addr(a.V6), a.Port)); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return "", err
	}
	if a.UDP {
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

// await waits for an event or an error of a socket. The next call to the socket returns the error.
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
