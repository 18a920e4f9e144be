package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/network-policy-api/pkg/client/clientset/versioned"
	cnp "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"

	"github.com/zt-lang/zt/emit/conformance/engine"
)

// bound limits every wait. Nothing takes nearly as long unless it never happens.
const bound = 2 * time.Minute

// apiServer is a running API server, with its clients and watches.
type apiServer struct {
	process    *exec.Cmd
	input      io.Closer // the process ends with it
	once       sync.Once
	kubeconfig string
	client     kubernetes.Interface
	objects    dynamic.Interface
	informers  informers.SharedInformerFactory
	engine     *networkpolicy.PolicyEngine
	seen       map[kind]cache.Store // what the engine has of policies
	unwatch    context.CancelFunc
}

func startServer() (*apiServer, error) {
	s := &apiServer{process: exec.Command(binary("apiserver"))}
	log, err := os.CreateTemp("", "zt-apiserver-*.log")
	if err != nil {
		return nil, err
	}
	defer os.Remove(log.Name()) // the server can still write to it
	s.process.Stderr = log
	if s.input, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(output).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case s.kubeconfig = <-line:
	case <-time.After(bound):
	}
	if s.kubeconfig == "" {
		s.stop()
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("the API server did not get ready:\n%s", text[max(0, len(text)-4000):])
	}
	err = s.define(definitions...)
	if err == nil {
		err = s.watch()
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// watch starts the informers that the engine reads.
func (s *apiServer) watch() error {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 1000, 1000
	config.WarningHandler = rest.NoWarnings{} // of pods with two names for a port
	if s.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if s.objects, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	clusterwide, err := versioned.NewForConfig(config)
	if err != nil {
		return err
	}
	s.informers = informers.NewSharedInformerFactory(s.client, 0)
	ordered := cnp.NewSharedInformerFactory(clusterwide, 0)
	if s.engine, err = engine.NewTiered(s.informers, ordered); err != nil {
		return err
	}
	s.seen = map[kind]cache.Store{
		networkPolicies: s.informers.Networking().V1().NetworkPolicies().Informer().GetStore(),
		clusterPolicies: ordered.Policy().V1alpha2().ClusterNetworkPolicies().Informer().GetStore(),
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.unwatch = cancel
	s.informers.Start(ctx.Done())
	ordered.Start(ctx.Done())
	synced, stop := context.WithTimeout(ctx, bound)
	defer stop()
	for _, answers := range []map[reflect.Type]bool{s.informers.WaitForCacheSync(synced.Done()), ordered.WaitForCacheSync(synced.Done())} {
		for kind, ok := range answers {
			if !ok {
				return fmt.Errorf("no answer to the watch of %v", kind)
			}
		}
	}
	return nil
}

// stop ends the server, which then removes its files.
func (s *apiServer) stop() {
	s.once.Do(func() {
		if s.unwatch != nil {
			s.unwatch()
		}
		_ = s.input.Close()
		ended := make(chan struct{})
		go func() {
			_ = s.process.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = s.process.Process.Kill()
		}
	})
}

// kubectl runs kubectl on the server, and returns its output.
func kubectl(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	out, errs, err := runCommand(server.kubectl(ctx, args...), input)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	if len(errs) > 0 { // a warning of the server
		t.Fatalf("kubectl %s says:\n%s", strings.Join(args, " "), errs)
	}
	return out
}

// zt runs zt, and returns its output and whether the answer is yes.
func zt(t *testing.T, input []byte, args ...string) (out []byte, yes bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	out, errs, err := runCommand(exec.CommandContext(ctx, binary("zt"), args...), input)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("zt %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	return out, err == nil
}

func runCommand(c *exec.Cmd, input []byte) (out, errs []byte, err error) {
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &stdout, &stderr
	err = c.Run()
	return stdout.Bytes(), stderr.Bytes(), err
}
