package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// files are what the server and its clients read.
type files struct {
	certificates      string // a folder, in which the server makes its own
	tokens            string
	serviceAccountKey string
	kubeconfig        string
	token             string // the administrator's
}

const kubeconfig = `apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context: {cluster: test, user: admin}
clusters:
- name: test
  cluster:
    server: https://%s
    tls-server-name: kubernetes # the certificate speaks of the Service, not of loopback
    certificate-authority: %s
users:
- name: admin
  user: {token: %s}
`

func writeFiles(dir, server string) (*files, error) {
	f := &files{
		certificates:      filepath.Join(dir, "certificates"),
		tokens:            filepath.Join(dir, "tokens.csv"),
		serviceAccountKey: filepath.Join(dir, "service-account.key"),
		kubeconfig:        filepath.Join(dir, "kubeconfig"),
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	f.token = rand.Text()
	for path, text := range map[string]string{
		f.tokens:            f.token + ",admin,admin,system:masters\n",
		f.serviceAccountKey: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
		f.kubeconfig:        fmt.Sprintf(kubeconfig, server, filepath.Join(f.certificates, "apiserver.crt"), f.token),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// awaitReady closes ready once the server says that it is.
func awaitReady(ctx context.Context, server, token string, ready chan<- struct{}) {
	client := &http.Client{
		Timeout: 5 * time.Second,
		// Whether it answers is all that is asked here; clients check the certificate.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+server+"/readyz", nil)
	if err != nil {
		panic(err) // the address is a listener's own
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for ctx.Err() == nil {
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				close(ready)
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}
