package engine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	slim_networkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	policytypes "github.com/cilium/cilium/pkg/policy/types"
	policyutils "github.com/cilium/cilium/pkg/policy/utils"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"
)

// Add adds the policies of a stream of YAML documents, and skips what else is in it. The error is
// Cilium's reason not to load one.
func (e *Engine) Add(stream []byte) error {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.addOne(document); err != nil {
			return fmt.Errorf("%w\n%s", err, document)
		}
	}
}

func (e *Engine) addOne(document []byte) error {
	var head metav1.PartialObjectMetadata
	if err := yaml.Unmarshal(document, &head); err != nil {
		return err
	}
	var resource types.ResourceKind
	var rules policytypes.PolicyEntries
	var err error
	switch head.Kind {
	case "NetworkPolicy":
		resource = types.ResourceKindNetpol
		rules, err = networkPolicy(document)
	case "ClusterNetworkPolicy":
		resource = types.ResourceKindKCNP
		var p v1alpha2.ClusterNetworkPolicy // v1beta1 has the same fields
		if err = read(document, &p); err == nil {
			rules, err = k8s.ParseClusterNetworkPolicy(logger, cluster, &p)
		}
	case "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy":
		resource = types.ResourceKindCNP
		if head.Kind == "CiliumClusterwideNetworkPolicy" {
			resource = types.ResourceKindCCNP
		} else if head.Namespace == "" {
			head.Namespace = "default"
		}
		rules, err = ciliumPolicy(document, head.Namespace)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if e.ready {
		panic("a policy is added after a connection was judged")
	}
	e.rules = append(e.rules, rules...)
	e.repository.ReplaceByResource(rules, types.NewResourceID(resource, head.Namespace, head.Name))
	return nil
}

// read reads an object strictly, as the API server does for kubectl.
func read(document []byte, into any) error {
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func networkPolicy(document []byte) (policytypes.PolicyEntries, error) {
	var p slim_networkingv1.NetworkPolicy // Cilium's copy of the type leaves out what it does not use
	if err := yaml.Unmarshal(document, &p); err != nil {
		return nil, err
	}
	if len(p.Spec.PolicyTypes) == 0 { // the API server's defaults
		p.Spec.PolicyTypes = []slim_networkingv1.PolicyType{slim_networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, slim_networkingv1.PolicyTypeEgress)
		}
	}
	return k8s.ParseNetworkPolicy(logger, cluster, &p)
}

func ciliumPolicy(document []byte, namespace string) (policytypes.PolicyEntries, error) {
	var p v2.CiliumNetworkPolicy // the agent reads both kinds so
	if err := read(document, &p); err != nil {
		return nil, err
	}
	p.Namespace = namespace
	rules, err := p.Parse(logger, cluster)
	if err != nil {
		return nil, err
	}
	return policyutils.RulesToPolicyEntries(rules), nil
}
