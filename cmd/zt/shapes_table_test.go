//go:build unix

package main

import (
	"fmt"
	"strings"
)

// programText returns the files of one program, p.zt.
func programText(text string) map[string]string { return map[string]string{"p.zt": text} }

// repeat joins what f gives for 0 to n-1.
func repeat(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

// listed joins what f gives for 0 to n-1 by commas.
func listed(n int, f func(i int) string) string {
	return strings.TrimSuffix(repeat(n, func(i int) string { return f(i) + ", " }), ", ")
}

// chain is a program of tiers that each have a label key of their own, one edge from each to the next.
func chain(n, lastPort int) string {
	return repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { k%d=v }\n", i, i) }) +
		repeat(n-2, func(i int) string { return fmt.Sprintf("t%d -> t%d :%d\n", i, i+1, 1000+i) }) +
		fmt.Sprintf("t%d -> t%d :%d\n", n-2, n-1, lastPort)
}

// realistic is a program with 150 edges and 50 tiers in each namespace, in files of 300 namespaces.
func realistic(edges int) map[string]string {
	files := map[string]string{}
	spaces := max(1, edges/150)
	for n := range spaces {
		files[fmt.Sprintf("p%d.zt", n/300)] += fmt.Sprintf("namespace n%d {\n", n) +
			repeat(50, func(i int) string {
				return fmt.Sprintf("tier t%d { app=t%d, part=p%d } :http=%d, metrics=9090\n", i, i, n%6, 8000+i)
			}) + repeat(150, func(i int) string {
			if i%10 == 0 {
				return fmt.Sprintf("t%d -> n%d/t%d :http\n", i%50, (n*7+i)%spaces, (i*13+n)%50)
			}
			return fmt.Sprintf("t%d -> t%d :http\n", (i*7+n)%50, (i*11+i/50)%50)
		}) + "}\n"
	}
	return files
}

// deployment is a manifest with two containers, as kubectl prints it.
func deployment(i int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: d%[1]d
  namespace: n%[2]d
  labels: {app: d%[1]d, team: t%[2]d}
spec:
  replicas: 2
  selector:
    matchLabels: {app: d%[1]d}
  template:
    metadata:
      labels: {app: d%[1]d, team: t%[2]d}
    spec:
      containers:
      - name: main
        image: registry.example.com/d%[1]d:1.2.3
        env:
        - {name: UPSTREAM, value: "http://d0:8080"}
        ports:
        - {containerPort: 8080, name: http}
      - name: sidecar
        image: registry.example.com/sidecar:1.2.3
        ports:
        - {containerPort: 9090, name: metrics}
---
`, i, i%20)
}

// policy is a NetworkPolicy with a selector in YAML's flow form.
func policy(i int, selector, ingress string) string {
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: ns}\nspec:\n  podSelector: %s\n  policyTypes: [Ingress]\n  ingress: %s\n---\n", i, selector, ingress)
}

// printedPolicy is a NetworkPolicy as kubectl prints it, from one label to the next.
func printedPolicy(i, port int) string {
	return fmt.Sprintf(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p%[1]d
  namespace: ns
spec:
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: a%[2]d
    ports:
    - port: %[3]d
      protocol: TCP
  podSelector:
    matchLabels:
      app: a%[1]d
  policyTypes:
  - Ingress
---
`, i, i+1, port)
}

// awkward are policies whose selectors exclude values, one label key each.
func awkward(n, port int) string {
	return repeat(n, func(i int) string {
		selector := fmt.Sprintf("{matchExpressions: [{key: k%d, operator: Exists}]}", i)
		if i%2 == 0 {
			selector = fmt.Sprintf("{matchExpressions: [{key: k%d, operator: NotIn, values: [a, b]}]}", i)
		}
		return policy(i, selector, fmt.Sprintf("[{from: [{podSelector: %s}], ports: [{port: %d}]}]", selector, port+i))
	})
}

// linked are policies that each select by two label keys, one of which the next one has, too. What no
// policy isolates grows with their square.
func linked(n int) string {
	return repeat(n, func(i int) string {
		selector := fmt.Sprintf("{matchExpressions: [{key: k%d, operator: Exists}, {key: k%d, operator: NotIn, values: [v%d]}]}", i, i+1, i)
		return policy(i, selector, fmt.Sprintf("[{from: [{podSelector: {matchExpressions: [{key: z%d, operator: NotIn, values: [a]}]}}], ports: [{port: 80}]}]", i))
	})
}

// crowd are policies of 100 namespaces, of Cilium or of Kubernetes: with peers of each sort, and of Cilium
// some that deny or name hosts.
func crowd(n int, cilium bool, port int) string {
	namespaces := repeat(100, func(i int) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: n%d, labels: {team: t%d}}}\n---\n", i, i%10)
	})
	return namespaces + repeat(n, func(i int) string {
		in, app := i%100, i/100
		pods := func(name int, more string) string { return fmt.Sprintf("{matchLabels: {app: a%d%s}}", name, more) }
		own := pods(app, "")
		type peer struct{ direction, cilium, network string }
		other := fmt.Sprintf("n%d", (in+7+app)%100)
		p := []peer{
			{"ingress", "fromEndpoints: [" + pods(app+1, "") + ", " + pods(app+2, "") + "]", "from: [{podSelector: " + pods(app+1, "") + "}, {podSelector: " + pods(app+2, "") + "}]"},
			{"ingress", "fromEndpoints: [" + pods(app, `, "k8s:io.kubernetes.pod.namespace": `+other) + "]", "from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: " + other + "}}, podSelector: " + own + "}]"},
			{"egress", "toEndpoints: [" + pods(app, fmt.Sprintf(`, "k8s:io.cilium.k8s.namespace.labels.team": t%d`, in%10)) + "]", fmt.Sprintf("to: [{namespaceSelector: {matchLabels: {team: t%d}}, podSelector: %s}]", in%10, own)},
			{"egress", fmt.Sprintf("toCIDRSet: [{cidr: 203.0.0.0/16, except: [203.0.%d.0/24]}]", app%250), fmt.Sprintf("to: [{ipBlock: {cidr: 203.0.0.0/16, except: [203.0.%d.0/24]}}]", app%250)},
			{"egress", fmt.Sprintf(`toFQDNs: [{matchName: a%d.example.com}, {matchPattern: "*.b%d.example.com"}]`, app, i), fmt.Sprintf("to: [{ipBlock: {cidr: 198.%d.%d.0/24}}]", i/250, i%250)},
		}[(in+app)%5]
		if !cilium {
			types := strings.ToUpper(p.direction[:1]) + p.direction[1:]
			return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: n%d}\nspec:\n  podSelector: %s\n  policyTypes: [%s]\n  %s:\n  - %s\n    ports: [{port: %d}]\n---\n", i, in, own, types, p.direction, p.network, port+i%20)
		}
		text := fmt.Sprintf("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p%d, namespace: n%d}\nspec:\n  endpointSelector: %s\n  %s:\n  - %s\n    toPorts: [{ports: [{port: \"%d\", protocol: TCP}]}]\n", i, in, own, p.direction, p.cilium, port+i%20)
		if strings.HasPrefix(p.cilium, "toFQDNs") {
			text += `  - toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system, k8s-app: kube-dns}}]` + "\n" +
				`    toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]` + "\n"
		}
		if i%3 == 0 {
			text += fmt.Sprintf("  %sDeny:\n  - %sEndpoints: [{matchLabels: {quarantine: q%d}}]\n", p.direction, map[string]string{"ingress": "from", "egress": "to"}[p.direction], app%5)
		}
		return text + "---\n"
	})
}

// crowded are the files of a shape of a crowd.
func crowded(cilium bool) func(n int) map[string]string {
	return func(n int) map[string]string {
		return map[string]string{
			"a.yaml": crowd(n, cilium, 8000), "b.yaml": crowd(n, cilium, 9000),
			"p.zt": repeat(100, func(i int) string {
				return fmt.Sprintf("namespace n%d {\n  labels team=t%d\n  tier a, b by app\n  a -> b :80\n}\n", i, i%10)
			}),
		}
	}
}

var shapeTable = []shape{
	{"why-network", 2_500, crowded(false), "why a.yaml n3/{app=a3}->n3/{app=a2}:8002"},
	{"why-cilium", 2_500, crowded(true), "why a.yaml n3/{app=a3}->n3/{app=a2}:8002"},
	{"reach-network", 2_500, crowded(false), "reach a.yaml --to n3/{app=a3}"},
	{"reach-cilium", 2_500, crowded(true), "reach a.yaml --to n3/{app=a3}"},
	{"diff-network", 2_500, crowded(false), "diff a.yaml b.yaml"},
	{"diff-cilium", 2_500, crowded(true), "diff a.yaml b.yaml"},
	{"verify-network", 2_500, crowded(false), "verify p.zt --manifests a.yaml"},
	{"verify-cilium", 2_500, crowded(true), "verify p.zt --manifests a.yaml"},
	{"check-network", 2_500, crowded(false), "check a.yaml"},
	{"check-cilium", 2_500, crowded(true), "check a.yaml"},
	{"build", 25_000, realistic, "build ."},
	{"build-json", 25_000, realistic, "build . --format json"},
	{"build-edges", 20_000, realistic, "build . --layout edge"},
	{"check", 25_000, realistic, "check ."},
	{"reach", 25_000, realistic, "reach ."},
	{"why", 25_000, realistic, "why . n0/t0->n1/t1"},
	{"diff-keys", 50, func(n int) map[string]string {
		return map[string]string{"a.zt": chain(n, 80), "b.zt": chain(n, 81)}
	}, "diff a.zt b.zt"},
	{"diff-all", 20_000, func(n int) map[string]string {
		edges := func(port int) string {
			return "tier t { }\n" + repeat(n/200, func(i int) string {
				return fmt.Sprintf("namespace n%d {\n", i) + repeat(20, func(j int) string { return fmt.Sprintf("tier t%d { app=t%d }\n", j, j) }) +
					repeat(200, func(j int) string { return fmt.Sprintf("t%d -> t%d :%d\n", j%20, j*7/20%20, port+j) }) + "}\n"
			})
		}
		return map[string]string{"a.zt": edges(1000), "b.zt": edges(2000)}
	}, "diff a.zt b.zt"},
	{"diff-policies", 24, func(n int) map[string]string {
		return map[string]string{"a.yaml": awkward(n, 1000), "b.yaml": awkward(n, 1001)}
	}, "diff a.yaml b.yaml"},
	{"reach-policies", 24, func(n int) map[string]string { return map[string]string{"a.yaml": awkward(n, 1000)} }, "reach a.yaml"},
	{"graph", 25_000, realistic, "graph . -o x.svg"},
	{"graph-tiers", 500, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :80\n", i, i) }) +
			repeat(3*n, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i%n, (i*7+i/n+1)%n) }))
	}, "graph --detail tiers p.zt -o x.svg"},
	{"graph-policies", 24, func(n int) map[string]string { return map[string]string{"a.yaml": awkward(n, 1000)} }, "graph a.yaml --format html -o x.html"},
	{"reach-linked", 75, func(n int) map[string]string { return map[string]string{"a.yaml": linked(n)} }, "reach a.yaml"},
	{"reach-namespaces", 12, func(n int) map[string]string { // whose selectors combine
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			return strings.ReplaceAll(linked(100), "namespace: ns", fmt.Sprintf("namespace: n%d", i))
		})}
	}, "reach a.yaml"},
	{"reach-namespace", 175, func(n int) map[string]string { // whose pods may all connect to each other
		return map[string]string{"a.yaml": policy(0, "{}", "[{from: [{podSelector: {}}]}]") + repeat(n, func(i int) string {
			return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: p%[1]d, namespace: ns, labels: {app: a%[1]d}}}\n---\n", i)
		})}
	}, "reach a.yaml"},
	{"diff-kept", 12_300, func(n int) map[string]string { // 2 objects each
		policies := func(port int) string {
			return repeat(n, func(i int) string {
				return printedPolicy(i, port)
			})
		}
		return map[string]string{"a.yaml": policies(80), "b.yaml": policies(81)}
	}, "diff a.yaml b.yaml"},
	{"reach-labels", 1_500, func(n int) map[string]string { // of namespaces, which are not known
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			in := fmt.Sprintf("namespace: n%d", i/50)
			p := policy(i, fmt.Sprintf("{matchLabels: {app: a%d}}", i), fmt.Sprintf("[{from: [{podSelector: {matchLabels: {app: a%d}}}, {namespaceSelector: {matchLabels: {x: v%d}}}], ports: [{port: 80}]}]", i+1, i))
			return strings.Replace(p, "namespace: ns", in, 1) + fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: p%d, %s, labels: {app: a%d}}}\n---\n", i, in, i)
		})}
	}, "reach a.yaml"},
	{"verify-keys", 50, func(n int) map[string]string {
		return map[string]string{"a.zt": chain(n, 80), "b.yaml": policy(0, "{}", "[]")}
	}, "verify a.zt --manifests b.yaml"},
	{"reach-path", 500, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :80\n", i, i) }) +
			repeat(3*n, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i%n, (i*7+i/n+1)%n) }))
	}, "reach --path p.zt"},
	{"path-denied", 500, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :80\n", i, i) }) +
			repeat(n-2, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i, i+1) }) +
			repeat(n/10, func(i int) string { return fmt.Sprintf("deny path t%d -> t%d\n", i, n-1) }))
	}, "check p.zt"},
	{"every-pod", 350, func(n int) map[string]string {
		return programText("namespace n {\n" + repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d }\nn/* -> t%d :%d\n", i, i, i, 1000+i) }) + "}\n")
	}, "build p.zt"},
	{"cluster", 175, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("namespace n%d {\ntier t { app=t } :80\ncluster -> t\nt -> cluster :%d\n}\n", i, 1000+i)
		}))
	}, "build p.zt"},
	{"environment", 250, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("environment e%d by env {\nnamespace n%d {\ntier t { app=t } :80\n}\n}\n", i, i)
		}) + repeat(n, func(i int) string { return fmt.Sprintf("e%d -> e%d :80\n", i, i) }) +
			"isolate " + listed(n, func(i int) string { return fmt.Sprintf("e%d", i) }) + "\n")
	}, "check p.zt"},
	{"environment-keys", 400, func(n int) map[string]string { // of namespaces, one for each environment
		return programText("tier web { app=web }\n" + repeat(n, func(i int) string {
			return fmt.Sprintf("environment e%d by { k%d notin (v%d) }\ne%d -> web :80\n", i, i, i, i)
		}))
	}, "check p.zt"},
	{"import-labels", 400, func(n int) map[string]string { // of namespaces, which are not known
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			p := policy(i, "{}", fmt.Sprintf("[{from: [{namespaceSelector: {matchExpressions: [{key: k%d, operator: NotIn, values: [a]}]}}]}]", i))
			return strings.Replace(p, "namespace: ns", fmt.Sprintf("namespace: n%d", i), 1)
		})}
	}, "import a.yaml"},
	{"import", 2_500, func(n int) map[string]string {
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			p := policy(i, fmt.Sprintf("{matchLabels: {app: a%d}}", i), "[{from: ["+listed(4, func(j int) string { return fmt.Sprintf("{podSelector: {matchLabels: {app: b%d}}}", 4*i+j) })+"]}]")
			return strings.Replace(p, "namespace: ns", fmt.Sprintf("namespace: n%d", i/50), 1)
		})}
	}, "import a.yaml"},
	{"redundant-keys", 50, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { k%d=v } :80\n", i, i) }) +
			repeat(n, func(i int) string { return fmt.Sprintf("t%d -> t%d, t%d, t%d\n", i, (i+1)%n, (i+2)%n, (i+3)%n) }))
	}, "check p.zt"},
	{"redundant-more-keys", 375, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { k%d=v } :80\n", i, i) }) +
			repeat(3*n, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i/3, (i/3*7+i%3*13)%n) }))
	}, "check p.zt"},
	{"nested-selectors", 80, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("tier t%d { k0", i) + repeat(i, func(j int) string { return fmt.Sprintf(", k%d", j+1) }) + " } :80\n"
		}) + repeat(n-1, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i, i+1) }))
	}, "build p.zt"},
	{"one-selector-values", 5_000, func(n int) map[string]string {
		value := func(i int) string { return fmt.Sprintf("v%d", i) }
		return programText("tier a { app in (" + listed(n, value) + ") } :80\ntier b { app notin (" + listed(n, value) + ") }\na -> b :80\nb -> a\n")
	}, "build p.zt"},
	{"addresses", 2_500, func(n int) map[string]string {
		return programText("external e {\n" + repeat(n, func(i int) string {
			return fmt.Sprintf("%d.%d.%d.0/24 except %d.%d.%d.7/32\n", 11+i/65536, i/256%256, i%256, 11+i/65536, i/256%256, i%256)
		}) +
			"} :443\n" + repeat(20, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d }\nt%d -> e\n", i, i, i) }))
	}, "build p.zt"},
	{"ports", 500, func(n int) map[string]string {
		return programText("tier a { app=a }\ntier b { app=b }\n" + repeat(n, func(i int) string { return fmt.Sprintf("a -> b :%d, %d/udp, p%d/tcp\n", 2*i+1, 2*i+1, i) }))
	}, "build p.zt"},
	{"read-workloads", 2_500, func(n int) map[string]string { return map[string]string{"w.yaml": repeat(n, deployment)} }, "why w.yaml n0/Deployment/d0->n1/Deployment/d1"},
	{"reach-workloads", 2_500, func(n int) map[string]string { return map[string]string{"w.yaml": repeat(n, deployment)} }, "reach w.yaml"},
	{"check-workloads", 2_500, func(n int) map[string]string {
		return map[string]string{"w.yaml": repeat(n, deployment), "p.zt": repeat(20, func(s int) string {
			return fmt.Sprintf("namespace n%d {\n", s) + repeat(n/20, func(i int) string { return fmt.Sprintf("tier t%d { app=d%d } :8080\n", i*20+s, i*20+s) }) +
				repeat(n/20-1, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i*20+s, i*20+20+s) }) + "}\n"
		})}
	}, "check p.zt --manifests w.yaml"},
	{"read-policies", 7_400, func(n int) map[string]string {
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			return policy(i, fmt.Sprintf("{matchLabels: {app: a%d}}", i), fmt.Sprintf("[{from: [{podSelector: {matchLabels: {app: a%d}}}], ports: [{port: 80}]}]", i+1))
		})}
	}, "reach a.yaml"},
	{"verify-folder", 25_000, realistic, "verify . --manifests out"},
	{"verify-json", 25_000, realistic, "verify . --manifests out"},
	{"imports", 250, func(n int) map[string]string {
		files := map[string]string{"p.zt": "import \"i0.zt\"\n"}
		for i := range n {
			files[fmt.Sprintf("i%d.zt", i)] = fmt.Sprintf("import \"i%d.zt\"\ntier t%d { app=t%[2]d } :80\nt%[2]d -> t%[2]d\n", i+1, i)
		}
		files[fmt.Sprintf("i%d.zt", n)] = "tier last { app=last }\n"
		return files
	}, "check p.zt"},
	{"many-environments", 100, func(n int) map[string]string {
		return programText("environment " + listed(n, func(i int) string { return fmt.Sprintf("e%d", i) }) + " by env {\nnamespace shop-$environment {\n" +
			repeat(20, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :80\n", i, i) }) +
			repeat(60, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i%20, (i*7+i/20)%20) }) + "}\n}\n")
	}, "build p.zt"},
	{"externals", 500, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("external x%d {\n%d.%d.0.0/16 except ", i, 11+i/256, i%256) +
				listed(20, func(j int) string { return fmt.Sprintf("%d.%d.%d.0/24", 11+i/256, i%256, 2*j) }) + fmt.Sprintf("\n} :443\ntier t%d { app=t%d }\nt%d -> x%d\n", i, i, i, i)
		}))
	}, "build p.zt"},
	{"listens", 50, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("tier t%d { app=t%d } ", i, i) + ":" + listed(100, func(j int) string { return fmt.Sprintf("p%d=%d", j, 1000+2*j+i%2) }) + "\n"
		}) + repeat(n, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i, (i+1)%n) }))
	}, "build p.zt"},
	{"long-values", 500, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string {
			return fmt.Sprintf("tier t%d { app in (", i) + listed(20, func(j int) string { return fmt.Sprintf("%s%d-%d", strings.Repeat("v", 50), i, j) }) + ") } :80\n"
		}) + repeat(3*n, func(i int) string { return fmt.Sprintf("t%d -> t%d\n", i%n, (i*7+i/n+1)%n) }))
	}, "build p.zt"},
	{"denies", 1_000, func(n int) map[string]string {
		return programText(repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :80\n", i, i) }) +
			repeat(3*n, func(i int) string {
				return fmt.Sprintf("t%d -> t%d\ndeny t%[2]d -> t%[1]d :81\n", i%n, (i*7+i/n+1)%n)
			}))
	}, "check p.zt"},
	{"reversed", 50, func(n int) map[string]string {
		edges := func(line string) string {
			return repeat(n, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d }\n", i, i) }) +
				repeat(n*n, func(i int) string {
					if i/n <= i%n {
						return ""
					}
					return fmt.Sprintf(line, i/n, i%n)
				})
		}
		return map[string]string{"a.zt": edges("t%[1]d -> t%[2]d :80\n"), "b.zt": edges("t%[2]d -> t%[1]d :80\n")}
	}, "diff a.zt b.zt"},
	{"why-policies", 7_400, func(n int) map[string]string {
		return map[string]string{"a.yaml": repeat(n, func(i int) string {
			return policy(i, fmt.Sprintf("{matchLabels: {app: a%d}}", i), fmt.Sprintf("[{from: [{podSelector: {matchLabels: {app: a%d}}}], ports: [{port: 80}]}]", i+1))
		})}
	}, "why a.yaml ns/{app=a2}->ns/{app=a1}"},
	{"flows", 10_000, func(n int) map[string]string {
		return map[string]string{
			"p.zt": repeat(100, func(i int) string { return fmt.Sprintf("tier t%d { app=t%d } :8080\nt%d -> t%d\n", i, i, i, (i+1)%100) }),
			"f.json": repeat(n, func(i int) string {
				return fmt.Sprintf(`{"flow":{"verdict":"FORWARDED","IP":{"source":"10.0.%d.1","destination":"10.0.%d.2"},"l4":{"TCP":{"source_port":%d,"destination_port":8080,"flags":{"SYN":true}}},"source":{"namespace":"default","labels":["k8s:app=t%d"],"pod_name":"t%[1]d-%[5]d"},"destination":{"namespace":"default","labels":["k8s:app=t%[6]d"],"pod_name":"b-1"},"is_reply":false}}`+"\n",
					i%100, i*7%100, 40000+i%20000, i%100, i, i*7%100)
			}),
		}
	}, "check p.zt --flows f.json"},
	{"fmt", 25_000, realistic, "fmt ."},
	{"kustomize", 2_500, func(n int) map[string]string {
		item := func(i int) string {
			return "- " + strings.ReplaceAll(strings.TrimSuffix(deployment(i), "\n---\n"), "\n", "\n  ") + "\n"
		}
		return map[string]string{"stdin": "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: zt-lang.github.io/v1alpha1\n  kind: Topology\n  metadata:\n    name: shop\n  spec:\n    source: namespace n0 { tier d0 by app }\nitems:\n" + repeat(n, item)}
	}, "kustomize"},
}
