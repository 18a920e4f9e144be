// Package inprocess holds tests that need no server and no privileges, so that they can try
// thousands of objects: the API server's own code accepts what zt writes, and the engine of a
// network plugin reads it as zt does.
package inprocess

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

// decoder refuses unknown and repeated fields, as the server does for `kubectl apply`.
var decoder = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).
	UniversalDecoder(networking.SchemeGroupVersion)

// admit returns the policies of a stream of YAML documents as the API server would store them:
// after strict decoding, defaulting, conversion and validation. The error is the server's answer
// for the first that it refuses or warns of.
func admit(stream []byte) ([]*networkingv1.NetworkPolicy, error) {
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
		p, err := admitOne(document)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, document)
		}
		admitted = append(admitted, p)
	}
}

func admitOne(document []byte) (*networkingv1.NetworkPolicy, error) {
	object, err := runtime.Decode(decoder, document)
	if err != nil {
		return nil, err
	}
	policy, ok := object.(*networking.NetworkPolicy)
	if !ok {
		return nil, fmt.Errorf("%T is not a NetworkPolicy", object)
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
