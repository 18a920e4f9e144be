// Package admission takes NetworkPolicies through what the Kubernetes API
// server does with them before it stores them, by the server's own code: strict decoding,
// defaulting, conversion and validation.
//
// It is the quick half of "the API server accepts it": no server runs, so that
// thousands of topologies can be tried.
package admission

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install" // registers the types, their defaults and conversions
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
)

// decoder refuses unknown and repeated fields, as `kubectl apply` has the server do.
var decoder = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).
	UniversalDecoder(networking.SchemeGroupVersion)

// Admit returns the policies of a stream of YAML documents as the API server
// would store them. The error is what the server would answer for the first one
// that it refuses; a warning of its is an error here.
func Admit(stream []byte) ([]*networkingv1.NetworkPolicy, error) {
	var admitted []*networkingv1.NetworkPolicy
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return admitted, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := admit(document)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, document)
		}
		admitted = append(admitted, p)
	}
}

func admit(document []byte) (*networkingv1.NetworkPolicy, error) {
	object, err := runtime.Decode(decoder, document)
	if err != nil {
		return nil, err
	}
	policy, ok := object.(*networking.NetworkPolicy)
	if !ok {
		return nil, fmt.Errorf("%T is no NetworkPolicy", object)
	}
	ctx := request.WithNamespace(request.WithRequestInfo(context.Background(), &request.RequestInfo{
		IsResourceRequest: true, Verb: "create",
		APIGroup: networking.GroupName, APIVersion: "v1", Resource: "networkpolicies",
		Namespace: policy.Namespace, Name: policy.Name,
	}), policy.Namespace)
	rest.FillObjectMetaSystemFields(policy)
	if err := rest.BeforeCreate(networkpolicy.Strategy, ctx, policy); err != nil {
		return nil, err
	}
	if warnings := networkpolicy.Strategy.WarningsOnCreate(ctx, policy); len(warnings) > 0 {
		return nil, fmt.Errorf("the server would warn: %q", warnings)
	}
	var stored networkingv1.NetworkPolicy
	return &stored, legacyscheme.Scheme.Convert(policy, &stored, nil)
}
