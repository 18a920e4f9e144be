package dataplane_test

import (
	"context"
	"net/netip"
	"testing"

	"sigs.k8s.io/kube-network-policies/pkg/network"

	"github.com/zt-lang/zt/emit/conformance/cluster"
	"github.com/zt-lang/zt/emit/conformance/dataplane"
	"github.com/zt-lang/zt/emit/conformance/probe"
)

// lowPorts permits connections to ports below 100.
type lowPorts struct{}

func (lowPorts) EvaluatePacket(_ context.Context, p *network.Packet) (bool, error) {
	return p.DstPort < 100, nil
}

// What the judge says is what happens to real connections of both protocols
// and families, and nothing happens to them once enforcement ends.
func TestEnforcement(t *testing.T) {
	c, err := cluster.New()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var hosts []*cluster.Host
	for _, a := range [][2]string{{"10.244.0.1", "fd00:10:244::1"}, {"10.244.0.2", "fd00:10:244::2"}} {
		h, err := c.Add("pod-"+a[0], netip.MustParseAddr(a[0]), netip.MustParseAddr(a[1]))
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range []int{80, 8080} {
			if err := h.ServeTCP(port); err != nil {
				t.Fatal(err)
			}
			if err := h.ServeUDP(port); err != nil {
				t.Fatal(err)
			}
		}
		hosts = append(hosts, h)
	}
	var attempts []probe.Attempt
	for range 50 {
		for i := range 16 {
			from, to := hosts[i&1], hosts[1-i&1]
			port := []uint16{80, 8080}[i>>1&1]
			attempts = append(attempts, probe.Attempt{
				From: from, FromAddr: from.Addr(i&4 > 0), To: netip.AddrPortFrom(to.Addr(i&4 > 0), port),
				Name: to.Name(), UDP: i&8 > 0,
			})
		}
	}

	e, err := dataplane.Start(c.Node(), lowPorts{})
	if err != nil {
		t.Fatal(err)
	}
	try := func(permitted func(port uint16) bool) {
		t.Helper()
		got, err := probe.All(t.Context(), attempts)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range attempts {
			if want := permitted(a.To.Port()); got.Connected[i] != want {
				t.Fatalf("%v: connected is %t", a, got.Connected[i])
			}
		}
	}
	try(func(port uint16) bool { return port < 100 })
	if e.Judged() < int64(len(attempts)) {
		t.Errorf("%d packets judged for %d connections", e.Judged(), len(attempts))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	try(func(uint16) bool { return true })
}
