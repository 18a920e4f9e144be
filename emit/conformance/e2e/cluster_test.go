package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/zt-lang/zt/emit/conformance/engine"
	"github.com/zt-lang/zt/emit/conformance/scene"
)

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(bound); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in %v, %s", bound, what)
		}
	}
}

// clearCluster removes all policies and pods from the server. Namespaces stay, since no controller
// finishes their removal; without pods they have no effect.
func clearCluster(t *testing.T) {
	t.Helper()
	for _, k := range kinds {
		k.clear(t)
	}
	pods, err := server.client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now, cleared := int64(0), map[string]bool{}
	for _, p := range pods.Items {
		if cleared[p.Namespace] {
			continue
		}
		cleared[p.Namespace] = true
		in := server.client.CoreV1().Pods(p.Namespace)
		if err := in.DeleteCollection(t.Context(), metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	awaitPolicies(t)
	await(t, "pods are not gone", func() bool {
		pods, err := server.informers.Core().V1().Pods().Lister().List(labels.Everything())
		return err == nil && len(pods) == 0
	})
}

// readBack returns the stored policies of these kinds, as kubectl prints them.
func readBack(t *testing.T, of ...kind) []byte {
	t.Helper()
	var names []string
	for _, k := range of {
		names = append(names, k.String())
	}
	return kubectl(t, nil, "get", strings.Join(names, ","), "--all-namespaces", "--output", "yaml")
}

// declareNamespaces creates the namespaces, or sets the labels of those that exist.
func declareNamespaces(t *testing.T, namespaces map[string]map[string]string) {
	t.Helper()
	api := server.client.CoreV1().Namespaces()
	for name, l := range namespaces {
		version := ""
		for {
			n, err := api.Create(t.Context(), engine.Namespace(name, l), metav1.CreateOptions{})
			if apierrors.IsAlreadyExists(err) {
				n, err = api.Get(t.Context(), name, metav1.GetOptions{})
				if err == nil {
					n.Labels = l
					n, err = api.Update(t.Context(), n, metav1.UpdateOptions{})
				}
				if apierrors.IsConflict(err) {
					continue // the server itself makes some of them
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			version = n.ResourceVersion
			break
		}
		await(t, "the engine has not seen namespace "+name, func() bool {
			n, err := server.informers.Core().V1().Namespaces().Lister().Get(name)
			return err == nil && n.ResourceVersion == version
		})
	}
}

// runPods creates the pods of a scene, running and with their addresses.
func runPods(t *testing.T, s *scene.Scene) {
	t.Helper()
	for _, p := range s.Parties {
		if p.Namespace == "" {
			continue
		}
		pod, err := runPod(t, engine.Pod(p))
		if err != nil {
			t.Fatalf("pod %s: %v", p.Name, err)
		}
		await(t, "the engine has not seen the pod "+p.Name, func() bool {
			seen, err := server.informers.Core().V1().Pods().Lister().Pods(p.Namespace).Get(p.Pod)
			return err == nil && seen.ResourceVersion == pod.ResourceVersion
		})
	}
}

func runPod(t *testing.T, pod *corev1.Pod) (*corev1.Pod, error) {
	api := server.client.CoreV1().Pods(pod.Namespace)
	created, err := api.Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("creating: %w", err)
	}
	created.Status = pod.Status
	return api.UpdateStatus(t.Context(), created, metav1.UpdateOptions{})
}
