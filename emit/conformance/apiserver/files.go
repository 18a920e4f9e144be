package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"time"
)

// The files of the server and its clients, in the working directory.
const (
	certificates      = "certificates" // a folder, which the server fills
	tokens            = "tokens.csv"
	serviceAccountKey = "service-account.key"
	kubeconfig        = "kubeconfig"
)

const kubeconfigText = `apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context: {cluster: test, user: admin}
clusters:
- name: test
  cluster:
    server: https://%s
    tls-server-name: kubernetes # the certificate is for the Service, not for loopback
    certificate-authority: certificates/apiserver.crt
users:
- name: admin
  user: {token: %s}
`

// writeFiles writes the files, and returns the administrator's token.
func writeFiles(server string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	token := rand.Text()
	for path, text := range map[string]string{
		tokens:            token + ",admin,admin,system:masters\n",
		serviceAccountKey: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
		kubeconfig:        fmt.Sprintf(kubeconfigText, server, token),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return token, nil
}

// awaitReady returns once the server reports that it is ready.
func awaitReady(server, token string) {
	client := &http.Client{
		Timeout: 5 * time.Second,
		// This only asks for the status. Clients check the certificate.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+server+"/readyz", nil)
	if err != nil {
		panic(err) // the address is a listener's
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for ; ; time.Sleep(50 * time.Millisecond) {
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
	}
}
