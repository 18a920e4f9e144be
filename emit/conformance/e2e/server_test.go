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
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"

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
	informers  informers.SharedInformerFactory
	engine     *networkpolicy.PolicyEngine
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
	if err := s.watch(); err != nil {
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
	if s.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	s.informers = informers.NewSharedInformerFactory(s.client, 0)
	if s.engine, err = engine.New(s.informers); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.unwatch = cancel
	s.informers.Start(ctx.Done())
	synced, stop := context.WithTimeout(ctx, bound)
	defer stop()
	for kind, ok := range s.informers.WaitForCacheSync(synced.Done()) {
		if !ok {
			return fmt.Errorf("no answer to the watch of %v", kind)
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
	c := command(t, "kubectl", args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+server.kubeconfig, "KUBECACHEDIR="+server.kubeconfig+".cache")
	out, errs, err := runCommand(c, input)
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
	out, errs, err := runCommand(command(t, "zt", args...), input)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("zt %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	return out, err == nil
}

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, binary(name), args...)
}

func runCommand(c *exec.Cmd, input []byte) (out, errs []byte, err error) {
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &stdout, &stderr
	err = c.Run()
	return stdout.Bytes(), stderr.Bytes(), err
}
