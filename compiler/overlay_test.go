package compiler_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/zt-lang/zt/compiler"
)

// A program is read with an editor's open buffers in place of the saved files: one that is
// imported, and one that was never saved.
func TestOverlay(t *testing.T) {
	saved := fstest.MapFS{
		"shop/main.zt":  {Data: []byte("import \"tiers.zt\"\nimport \"new.zt\"\n")},
		"shop/tiers.zt": {Data: []byte("wrong wrong\n")},
	}
	open := map[string]string{
		"shop/tiers.zt": "tier a, b by app\n",
		"shop/new.zt":   "a -> b :80\n",
	}
	files, diags, err := compiler.Load(compiler.Overlay(saved, open), []compiler.Input{{Path: "shop/main.zt", Name: "main.zt"}}, func(path string) string { return path })
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	var texts []string
	for _, f := range files {
		texts = append(texts, f.Source.Text)
	}
	if len(texts) != 3 || texts[1] != open["shop/tiers.zt"] || texts[2] != open["shop/new.zt"] {
		t.Errorf("the files are %q", texts)
	}
	if _, err := compiler.Overlay(saved, open).Open("shop/none.zt"); err == nil {
		t.Error("a file that is in neither can be opened")
	}
	if info, err := fs.Stat(compiler.Overlay(saved, open), "shop/new.zt"); err != nil || info.Name() != "new.zt" || info.Size() != int64(len(open["shop/new.zt"])) {
		t.Error(info, err)
	}
}
