package lsp

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Neovim's own client gets diagnostics, hover, definition, rename, formatting, code actions and
// completion, with the files that zt has for it.
func TestNeovim(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("nvim is not installed: apt-get install neovim")
	}
	folder := t.TempDir()
	zt := filepath.Join(folder, "bin", "zt")
	if out, err := exec.Command("go", "build", "-o", zt, "github.com/zt-lang/zt/cmd/zt").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range map[string]string{
		"shop.zt": "# The shop.\nnamespace shop {\n  tier web { app=web }\n  tier api { app=api } :80\n  web->apy\n}\n",
		"use.zt":  "import \"shop.zt\"\ntier job by app\njob -> shop/api\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Abs("editors/vim")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(nvim, "--headless", "-u", "NONE", "-i", "NONE", "--cmd", "set noswapfile runtimepath^="+files,
		"-c", "filetype plugin on", "-c", "syntax on", "-c", "luafile testdata/neovim.lua", "-c", "cquit")
	c.Env = append(os.Environ(), "ZT="+zt, "ZT_FOLDER="+folder, "HOME="+folder, "XDG_STATE_HOME="+folder, "XDG_CACHE_HOME="+folder)
	out, err := c.CombinedOutput()
	text := string(out)
	if err != nil || strings.Contains(text, "not ok") || strings.Count(text, "ok ") != 14 {
		t.Fatalf("%v\n%s", err, text)
	}
	t.Log(text)
}
