// Package dataplane enforces NetworkPolicies on the packets that a node forwards: it holds the first
// packet of each connection until the engine of kube-network-policies has judged it.
//
// The node answers a refused packet with an ICMP error, so the sender need not wait. All rules are
// in the node's network namespace, and end with it.
package dataplane

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/florianl/go-nfqueue/v2"
	"sigs.k8s.io/kube-network-policies/pkg/network"
)

// Judge says whether a packet may pass.
type Judge interface {
	EvaluatePacket(ctx context.Context, packet *network.Packet) (bool, error)
}

// Enforcer is a data plane at work.
type Enforcer struct {
	node   int
	queue  *nfqueue.Nfqueue
	stop   context.CancelFunc
	judged atomic.Int64
	errs   chan error
}

const queueNumber = 100

// readBuffer is the kernel's buffer for packets that wait: far more than there are.
const readBuffer = 8 << 20

// The marks of judged packets.
const (
	accepted = 1
	refused  = 2
)

// Start begins to enforce a judge's verdicts in the network namespace of a node.
func Start(node int, judge Judge) (*Enforcer, error) {
	queue, err := nfqueue.Open(&nfqueue.Config{
		NetNS:        node,
		NfQueue:      queueNumber,
		Flags:        nfqueue.NfQaCfgFlagGSO,
		MaxPacketLen: 256, // the headers
		MaxQueueLen:  8192,
		Copymode:     nfqueue.NfQnlCopyPacket,
		WriteTimeout: 10 * time.Second, // a lost verdict would look like a denial
	})
	if err != nil {
		return nil, fmt.Errorf("opening NFQUEUE: %w", err)
	}
	if err := queue.Con.SetReadBuffer(readBuffer); err != nil {
		return nil, errors.Join(err, queue.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &Enforcer{node: node, queue: queue, stop: stop, errs: make(chan error, 1)}
	err = queue.RegisterWithErrorFunc(ctx, func(a nfqueue.Attribute) int {
		if err := e.verdict(ctx, judge, a); err != nil {
			e.fail(err)
		}
		return 0
	}, func(err error) int {
		if ctx.Err() != nil {
			return 1
		}
		e.fail(err)
		return 0
	})
	if err != nil {
		err = fmt.Errorf("binding to NFQUEUE: %w", err)
	} else {
		err = e.install()
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Enforcer) verdict(ctx context.Context, judge Judge, a nfqueue.Attribute) error {
	mark := uint32(refused)
	packet, err := network.ParsePacket(*a.Payload)
	if err == nil {
		packet.ID = *a.PacketID
		var permitted bool
		if permitted, err = judge.EvaluatePacket(ctx, &packet); permitted {
			mark = accepted
		}
	}
	e.judged.Add(1)
	if verdict := e.queue.SetVerdictWithOption(*a.PacketID, nfqueue.NfAccept, nfqueue.WithMark(mark)); verdict != nil {
		return verdict
	}
	return err
}

// Judged returns how many packets were judged so far.
func (e *Enforcer) Judged() int64 { return e.judged.Load() }

func (e *Enforcer) fail(err error) {
	select {
	case e.errs <- err:
	default:
	}
}

// Close ends the enforcement, so that every packet passes. The error is the first of its time.
func (e *Enforcer) Close() error {
	err := e.remove()
	e.stop()
	_ = e.queue.Close()
	select {
	case failure := <-e.errs:
		return fmt.Errorf("judging packets: %w", failure)
	default:
		return err
	}
}
