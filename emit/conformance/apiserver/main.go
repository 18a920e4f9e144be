// Command apiserver is a Kubernetes API server with its own etcd, in one process, for tests. It
// listens on loopback, has one administrator, and runs no controllers.
//
// When it is ready, it prints the path of a kubeconfig. It runs until its standard input ends, so
// that it ends with the test that started it, and then removes the files that it wrote.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "apiserver:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	dir, err := os.MkdirTemp("", "zt-apiserver-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chdir(dir); err != nil {
		return err
	}

	etcd, err := startEtcd()
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer etcd.Server.HardStop() // a graceful stop would wait for the API server to disconnect
	select {
	case <-etcd.Server.ReadyNotify():
	case err := <-etcd.Err():
		return fmt.Errorf("etcd: %w", err)
	case <-ctx.Done():
		return nil
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := listener.Addr().String()
	token, err := writeFiles(server)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, etcd.Clients[0].Addr().String()) }()
	go func() {
		awaitReady(server, token)
		fmt.Println(filepath.Join(dir, kubeconfig))
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil // a graceful end would only wait for watches
	}
}

// startEtcd starts an etcd without peers, on free ports.
func startEtcd() (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = "etcd"
	config.LogLevel = "error"
	config.UnsafeNoFsync = true // the test needs the data only while it runs
	loopback := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config.ListenClientUrls, config.ListenPeerUrls = loopback, loopback
	return embed.StartEtcd(config)
}

// serve runs the API server until the context ends.
func serve(ctx context.Context, listener net.Listener, etcd string) error {
	s := options.NewServerRunOptions()
	flags := pflag.NewFlagSet("apiserver", pflag.ContinueOnError)
	for _, set := range s.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	s.SecureServing.Listener = listener
	err := flags.Parse([]string{
		"--etcd-servers=http://" + etcd,
		"--cert-dir=" + certificates,
		"--token-auth-file=" + tokens,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + serviceAccountKey,
		"--service-account-signing-key-file=" + serviceAccountKey,
		"--service-cluster-ip-range=10.96.0.0/16",
		"--disable-admission-plugins=ServiceAccount", // no controller makes the accounts of pods
		"--endpoint-reconciler-type=none",
	})
	if err != nil {
		return err
	}
	if err := s.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	completed, err := s.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return fmt.Errorf("options: %v", errs)
	}
	return app.Run(ctx, completed)
}
