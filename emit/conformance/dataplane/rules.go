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

// install adds the rules. The first packet of a connection goes to the queue, leaves it with a mark,
// and a later chain rejects it unless the mark is accepted.
//
// Not every kernel has the queue expression of nftables; the older NFQUEUE target of xtables does
// the same.
func (e *Enforcer) install() error {
	nft, err := nftables.New(nftables.WithNetNSFd(e.node))
	if err != nil {
		return err
	}
	nft.AddTable(table)
	forwardNew(nft, "judge", 0, toQueue())
	forwardNew(nft, "enforce", 10,
		&expr.Meta{Key: expr.MetaKeyMARK, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(accepted)},
		// reject with an ICMP error of the packet's family
		&expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED},
	)
	if err := nft.Flush(); err != nil {
		return fmt.Errorf("setting up netfilter rules, which need nft_compat, nft_ct, nft_reject_inet and xt_NFQUEUE: %w", err)
	}
	return nil
}

func (e *Enforcer) remove() error {
	nft, err := nftables.New(nftables.WithNetNSFd(e.node))
	if err != nil {
		return err
	}
	nft.DelTable(table)
	return nft.Flush()
}

// forwardNew adds a chain for forwarded packets, with a rule for the first of each connection.
func forwardNew(nft *nftables.Conn, name string, priority nftables.ChainPriority, then ...expr.Any) {
	chain := nft.AddChain(&nftables.Chain{
		Table: table, Name: name, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: &priority,
	})
	nft.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: append([]expr.Any{ // ct state new
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{
			SourceRegister: 1, DestRegister: 1, Len: 4,
			Mask: binaryutil.NativeEndian.PutUint32(expr.CtStateBitNEW), Xor: make([]byte, 4),
		},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}, then...)})
}

func toQueue() expr.Any {
	// struct xt_NFQ_info_v3: the first queue, how many there are, flags.
	info := make(xt.Unknown, 0, 8)
	for _, field := range []uint16{queueNumber, 1, 0, 0} {
		info = append(info, binaryutil.NativeEndian.PutUint16(field)...)
	}
	return &expr.Target{Name: "NFQUEUE", Rev: 3, Info: &info}
}
