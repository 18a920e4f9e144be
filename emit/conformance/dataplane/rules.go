package dataplane

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"
)

var table = &nftables.Table{Name: "zt-conformance", Family: nftables.TableFamilyINet}

// install puts up the rules: on the way through the node, what begins a
// connection goes to the queue, comes out of it with a mark, and is refused in a
// later chain unless the mark says that it may pass.
//
// Not every kernel has the queue expression of nftables; the NFQUEUE target of
// xtables does the same, and is older.
func (e *Enforcer) install() error {
	nft, err := nftables.New(nftables.WithNetNSFd(e.node))
	if err != nil {
		return err
	}
	nft.AddTable(table)
	nft.AddRule(&nftables.Rule{
		Table: table, Chain: nft.AddChain(forward("judge", 0)),
		Exprs: append(beginning(), toQueue()),
	})
	nft.AddRule(&nftables.Rule{
		Table: table, Chain: nft.AddChain(forward("enforce", 10)),
		Exprs: append(append(beginning(), notAccepted()...), reject()),
	})
	if err := nft.Flush(); err != nil {
		return fmt.Errorf("setting up netfilter rules, which need nft_compat, nft_ct, nft_reject_inet and xt_NFQUEUE: %w", err)
	}
	return nil
}

// remove takes the rules away.
func (e *Enforcer) remove() error {
	nft, err := nftables.New(nftables.WithNetNSFd(e.node))
	if err != nil {
		return err
	}
	nft.DelTable(table)
	return nft.Flush()
}

func forward(name string, priority int32) *nftables.Chain {
	return &nftables.Chain{
		Table: table, Name: name, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityRef(nftables.ChainPriority(priority)),
	}
}

// beginning matches the first packet of a connection: ct state new.
func beginning() []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{
			SourceRegister: 1, DestRegister: 1, Len: 4,
			Mask: binaryutil.NativeEndian.PutUint32(expr.CtStateBitNEW), Xor: make([]byte, 4),
		},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}
}

// notAccepted matches what does not carry the mark: meta mark != accepted.
func notAccepted() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyMARK, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(accepted)},
	}
}

func toQueue() expr.Any {
	// struct xt_NFQ_info_v3: the first queue, how many there are, flags.
	info := make(xt.Unknown, 0, 8)
	for _, field := range []uint16{queueNumber, 1, 0, 0} {
		info = append(info, binaryutil.NativeEndian.PutUint16(field)...)
	}
	return &expr.Target{Name: "NFQUEUE", Rev: 3, Info: &info}
}

// reject answers with an ICMP error of either family.
func reject() expr.Any {
	return &expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED}
}
