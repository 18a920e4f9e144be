package inventory

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/zt-lang/zt/grammar/source"
)

// deployments returns a List as `kubectl get deployments -A -o yaml --show-managed-fields` prints
// it, with the status and the bookkeeping that make most of it.
func deployments(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nitems:\n")
	for i := range n {
		fmt.Fprintf(&b, `- apiVersion: apps/v1
  kind: Deployment
  metadata:
    annotations:
      deployment.kubernetes.io/revision: "3"
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{},"name":"app-%[1]d","namespace":"team-%[2]d"},"spec":{"template":{"spec":{"containers":[{"image":"example.com/app:1.2.3","name":"main"}]}}}}
    creationTimestamp: "2024-05-01T10:00:00Z"
    generation: 3
    labels:
      app: app-%[1]d
      app.kubernetes.io/managed-by: Helm
    managedFields:
    - apiVersion: apps/v1
      fieldsType: FieldsV1
      fieldsV1:
        f:metadata:
          f:annotations:
            .: {}
            f:kubectl.kubernetes.io/last-applied-configuration: {}
        f:spec:
          f:replicas: {}
          f:template:
            f:metadata:
              f:labels:
                .: {}
                f:app: {}
            f:spec:
              f:containers:
                k:{"name":"main"}:
                  .: {}
                  f:image: {}
                  f:ports:
                    .: {}
                    k:{"containerPort":8080,"protocol":"TCP"}:
                      .: {}
                      f:containerPort: {}
      manager: kubectl-client-side-apply
      operation: Update
      time: "2024-05-01T10:00:00Z"
    name: app-%[1]d
    namespace: team-%[2]d
    resourceVersion: "%[1]d4711"
    uid: 0f0e7b3c-8a55-4b7c-9a53-0b8d1f1f6a10
  spec:
    progressDeadlineSeconds: 600
    replicas: 2
    revisionHistoryLimit: 10
    selector:
      matchLabels:
        app: app-%[1]d
    strategy:
      rollingUpdate:
        maxSurge: 25%%
        maxUnavailable: 25%%
      type: RollingUpdate
    template:
      metadata:
        creationTimestamp: null
        labels:
          app: app-%[1]d
          tier: backend
      spec:
        containers:
        - env:
          - name: LOG_LEVEL
            value: info
          - name: DB_PASSWORD
            valueFrom:
              secretKeyRef:
                key: password
                name: db
          image: example.com/app:1.2.3
          imagePullPolicy: IfNotPresent
          livenessProbe:
            failureThreshold: 3
            httpGet:
              path: /healthz
              port: http
              scheme: HTTP
            periodSeconds: 10
          name: main
          ports:
          - containerPort: 8080
            name: http
            protocol: TCP
          resources:
            limits:
              cpu: 500m
              memory: 512Mi
          volumeMounts:
          - mountPath: /etc/app
            name: config
        dnsPolicy: ClusterFirst
        restartPolicy: Always
        schedulerName: default-scheduler
        securityContext: {}
        terminationGracePeriodSeconds: 30
        volumes:
        - configMap:
            defaultMode: 420
            name: app
          name: config
  status:
    availableReplicas: 2
    conditions:
    - lastTransitionTime: "2024-05-01T10:00:00Z"
      lastUpdateTime: "2024-05-01T10:00:00Z"
      message: Deployment has minimum availability.
      reason: MinimumReplicasAvailable
      status: "True"
      type: Available
    - lastTransitionTime: "2024-05-01T10:00:00Z"
      message: ReplicaSet "app-%[1]d-54b9c68f67" has successfully progressed, which
        takes a second line.
      reason: NewReplicaSetAvailable
      status: "True"
      type: Progressing
    observedGeneration: 3
    replicas: 2
`, i, i%100)
	}
	b.WriteString("kind: List\nmetadata:\n  resourceVersion: \"\"\n")
	return b.String()
}

// Everything that a cluster prints of its workloads is read, and only what is needed is kept.
func TestDeployments(t *testing.T) {
	const n = 50
	text := deployments(n)
	inv := mustRead(t, text)
	if len(inv.Workloads) != n || len(inv.Workloads[7].Ports) != 1 || inv.Workloads[7].Labels["app"] != "app-7" || inv.Workloads[7].Namespace != "team-7" {
		t.Errorf("%d workloads", len(inv.Workloads))
	}
	p, ok := cut(text)
	if !ok || len(p.items) != n {
		t.Fatal("the list is not cut")
	}
	f := newFile("f", text)
	if _, ok := readBlock(f, p.items[0].start, p.items[0].end, neededOf); !ok {
		t.Error("an item is left to the library")
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{2_000, 10_000} {
		text := deployments(n)
		b.Run(fmt.Sprintf("%d deployments", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				f := source.NewFile("f", text)
				inv, diags := Read([]*source.File{f}, "")
				if len(inv.Workloads) != n || len(diags) > 0 {
					b.Fatal(diags)
				}
				runtime.KeepAlive(inv)
			}
		})
	}
}
