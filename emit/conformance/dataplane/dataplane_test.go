package dataplane_test

import (
	"context"
	"net/netip"
	"testing"

	"sigs.k8s.io/kube-network-policies/pkg/network"

	"github.com/zt-lang/zt/emit/conformance/cluster"
	"github.com/zt-lang/zt/emit/conformance/dataplane"
)

// lowPorts permits connections to ports below 100.
type lowPorts struct{}

func (lowPorts) EvaluatePacket(_ context.Context, p *network.Packet) (bool, error) {
	return p.DstPort < 100, nil
}

// Real connections of both protocols and families succeed as the judge says, and all of them once
// enforcement ends.
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
	var attempts []cluster.Attempt
	for range 50 {
		for i := range 16 {
			attempts = append(attempts, cluster.Attempt{
				From: hosts[i&1], To: hosts[1-i&1], Port: []int{80, 8080}[i>>1&1], V6: i&4 > 0, UDP: i&8 > 0,
			})
		}
	}

	e, err := dataplane.Start(c.Node(), lowPorts{})
	if err != nil {
		t.Fatal(err)
	}
	try := func(permitted func(port int) bool) {
		t.Helper()
		got, _, err := cluster.Try(t.Context(), attempts)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range attempts {
			if want := permitted(a.Port); got[i] != want {
				t.Fatalf("%v: connected is %t", a, got[i])
			}
		}
	}
	try(func(port int) bool { return port < 100 })
	if e.Judged() < int64(len(attempts)) {
		t.Errorf("%d packets judged for %d connections", e.Judged(), len(attempts))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	try(func(int) bool { return true })
}
