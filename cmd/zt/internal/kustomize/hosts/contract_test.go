package hosts

import (
	"os"
	"strings"
	"testing"
)

const (
	program  = "tier frontend, backend by app\nfrontend -> backend :80/tcp\n"
	topology = "apiVersion: zt-lang.github.io/v1alpha1\nkind: Topology\nmetadata:\n  name: shop\nspec:\n  files: [shop.zt]\n"
	validate = topology + "  use: validator\n"
	// Workloads as kustomize itself writes them.
	workloads = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
  namespace: default
spec:
  selector:
    matchLabels:
      app: backend
  template:
    metadata:
      labels:
        app: backend
    spec:
      containers:
      - image: backend
        name: server
        ports:
        - containerPort: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
  namespace: default
spec:
  selector:
    matchLabels:
      app: frontend
  template:
    metadata:
      labels:
        app: frontend
    spec:
      containers:
      - image: frontend
        name: server
`
)

// kustomization lists workloads, and the Topology under a field.
func kustomization(fields string) map[string]string {
	return map[string]string{
		"kustomization.yaml": "resources: [workloads.yaml]\n" + fields,
		"workloads.yaml":     workloads,
		"shop.zt":            program,
		"topology.yaml":      topology,
		"validate.yaml":      strings.Replace(validate, "name: shop", "name: validate", 1),
	}
}

func TestRoles(t *testing.T) {
	const policies = "name: allow-backend,name: allow-frontend,name: deny-all"
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			generated := h.builds(t, folder(t, h, kustomization("generators: [topology.yaml]\n")))
			contains(t, generated, append(strings.Split(policies, ","), "name: server")...)

			// A transformer keeps what there is and adds the policies; twice is as good as once.
			transformed := h.builds(t, folder(t, h, kustomization("transformers: [topology.yaml]\n")))
			if transformed != generated {
				t.Errorf("as a transformer:\n%s\nand as a generator:\n%s", transformed, generated)
			}
			both := h.builds(t, folder(t, h, kustomization("generators: [topology.yaml]\ntransformers: [topology.yaml]\n")))
			if both != generated {
				t.Errorf("as generator and transformer:\n%s", both)
			}

			// A validator changes nothing.
			validated := h.builds(t, folder(t, h, kustomization("validators: [validate.yaml]\n")))
			if validated != workloads {
				t.Errorf("as a validator:\n%s", validated)
			}
			both = h.builds(t, folder(t, h, kustomization("generators: [topology.yaml]\nvalidators: [validate.yaml]\n")))
			if both != generated {
				t.Errorf("as generator and validator:\n%s", both)
			}

			// Where it would do nothing, or what kustomize takes for a change, it fails.
			message := h.fails(t, folder(t, h, kustomization("generators: [validate.yaml]\n")))
			contains(t, message, "a validator needs resources")
			h.fails(t, folder(t, h, kustomization("validators: [topology.yaml]\n")))
		})
	}
}

// A wrong topology is no build, and standard error says what is wrong with it.
func TestWrongTopology(t *testing.T) {
	for _, h := range hosts {
		for _, fields := range []string{"generators: [topology.yaml]\n", "transformers: [topology.yaml]\n", "validators: [validate.yaml]\n"} {
			files := kustomization(fields)
			files["shop.zt"] = "tier frontend by app\nfrontend -> bakend :80/tcp\n"
			contains(t, h.fails(t, folder(t, h, files)), "shop.zt:2:13: error: ", `undefined name "bakend"`, "[ZT201]", "help: declare it")
		}
		files := kustomization("generators: [topology.yaml]\n")
		files["topology.yaml"] = strings.Replace(topology, "files:", "fils:", 1)
		contains(t, h.fails(t, folder(t, h, files)), "there is no field spec.fils; did you mean files?")
	}
}

// Nothing outside the kustomization's folder is read.
func TestOutside(t *testing.T) {
	for _, h := range hosts {
		t.Run(h.name, func(t *testing.T) {
			outside := t.TempDir()
			write(t, outside+"/secret.zt", program)
			for _, name := range []string{"../secret.zt", outside + "/secret.zt", "link.zt", "absolute.zt", "folder", "folder/secret.zt"} {
				files := map[string]string{"secret.zt": program}
				for path, text := range kustomization("generators: [topology.yaml]\n") {
					files["inner/"+path] = text
				}
				files["inner/topology.yaml"] = strings.Replace(topology, "shop.zt", name, 1)
				dir := folder(t, h, files) + "/inner"
				for link, target := range map[string]string{"link.zt": "../secret.zt", "absolute.zt": outside + "/secret.zt", "folder": outside} {
					if err := os.Symlink(target, dir+"/"+link); err != nil {
						t.Fatal(err)
					}
				}
				message := h.fails(t, dir)
				if !strings.Contains(message, "outside the kustomization's folder") && !strings.Contains(message, "path escapes from parent") {
					t.Errorf("%s: %s", name, message)
				}
			}
			files := map[string]string{"secret.zt": program}
			for path, text := range kustomization("generators: [topology.yaml]\n") {
				files["inner/"+path] = text
			}
			files["inner/shop.zt"] = "import \"../secret.zt\"\n"
			contains(t, h.fails(t, folder(t, h, files)+"/inner"), "shop.zt:1:8: error: ", "outside the kustomization's folder")
		})
	}
}
