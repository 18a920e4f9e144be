package playground

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// browser is a headless Chromium, steered as https://www.w3.org/TR/webdriver2 says.
type browser struct {
	t       *testing.T
	session string // its address
}

// newBrowser starts a browser, which ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	driver := exec.Command("chromedriver", "--port=0")
	out, err := driver.StdoutPipe()
	if err == nil {
		err = driver.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		driver.Process.Kill()
		driver.Wait()
	})
	started := regexp.MustCompile(`started successfully on port (\d+)`)
	lines := bufio.NewScanner(out)
	var port string
	for port == "" && lines.Scan() {
		if m := started.FindStringSubmatch(lines.Text()); m != nil {
			port = m[1]
		}
	}
	go io.Copy(io.Discard, out)
	b := &browser{t, "http://127.0.0.1:" + port + "/session"}
	arguments := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1200,800"}
	var session struct{ SessionID string }
	b.call("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome", "goog:chromeOptions": map[string]any{"args": arguments}}}}, &session)
	b.session += "/" + session.SessionID
	t.Cleanup(func() { b.call("DELETE", "", nil, nil) })
	return b
}

// call sends a command, and reads the value of its answer.
func (b *browser) call(method, path string, body, value any) {
	b.t.Helper()
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, b.session+path, bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	if value != nil {
		if err := json.Unmarshal(text, &struct{ Value any }{value}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// devtools sends a command of https://chromedevtools.github.io/devtools-protocol/.
func (b *browser) devtools(command string, parameters map[string]any) {
	b.t.Helper()
	b.call("POST", "/goog/cdp/execute", map[string]any{"cmd": command, "params": parameters}, nil)
}

// run runs a function's body in the page, and returns its text.
func (b *browser) run(script string, arguments ...any) (text string) {
	b.t.Helper()
	if arguments == nil {
		arguments = []any{}
	}
	b.call("POST", "/execute/sync", map[string]any{"script": script, "args": arguments}, &text)
	return text
}

// waits waits until an expression of the page is true.
func (b *browser) waits(expression string) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if b.run("return String("+expression+")") == "true" {
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("never: %s\n%s", expression, b.run("return document.body.innerText"))
		}
	}
}

// types sends keys, or the path of a file, to an element.
func (b *browser) types(selector, text string) {
	b.t.Helper()
	var element map[string]string
	b.call("POST", "/element", map[string]string{"using": "css selector", "value": selector}, &element)
	for _, id := range element {
		b.call("POST", fmt.Sprintf("/element/%s/value", id), map[string]string{"text": text}, nil)
	}
}
