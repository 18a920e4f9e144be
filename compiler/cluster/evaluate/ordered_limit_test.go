package evaluate

import (
	"errors"
	"fmt"
	"testing"

	"github.com/zt-lang/zt/compiler/cluster/clusterpolicy"
	"github.com/zt-lang/zt/compiler/cluster/policyset"
	"github.com/zt-lang/zt/compiler/relation"
)

// Policies of the tier Admin that each tell pods apart by a key of their own cut what they leave open into
// twice as many parts each. That ends with an error, before it takes memory.
func TestTooManyOrderedParts(t *testing.T) {
	pods := func(key string) relation.Pods {
		return relation.PodPeer(relation.Selector{}, relation.Labelled(key, "x")).(relation.Pods)
	}
	policies := func(n int) (out []*clusterpolicy.Policy) {
		for i := range n {
			out = append(out, &clusterpolicy.Policy{Priority: i, Subject: pods(fmt.Sprint("own", i)), Rules: [2][]clusterpolicy.Rule{
				relation.Ingress: {{Action: clusterpolicy.Deny, Peers: []clusterpolicy.Peer{{Of: pods(fmt.Sprint("other", i))}}, Ports: relation.EveryPort}},
			}})
		}
		return out
	}
	if _, _, err := Together(policyset.NewBuilder().Set(), policies(8), relation.NewFacts(nil), relation.Private); err != nil {
		t.Errorf("8 policies: %v", err)
	}
	_, _, err := Together(policyset.NewBuilder().Set(), policies(40), relation.NewFacts(nil), relation.Private)
	if many := (*TooManyParts)(nil); !errors.As(err, &many) {
		t.Errorf("40 policies: %v", err)
	}
}
