package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// policyOf returns a NetworkPolicy whose spec, from line 5 on, is this.
func policyOf(spec string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  " + strings.ReplaceAll(spec, "\n", "\n  ") + "\n"
}

// What the API server would refuse, or drop in silence were it not for
// strictness, is an error at its line, and the policy is not there.
func TestRefusedPolicies(t *testing.T) {
	peer := func(p string) string { return policyOf("podSelector: {}\ningress:\n- from:\n  - " + p) }
	port := func(p string) string { return policyOf("podSelector: {}\ningress:\n- ports:\n  - " + p) }
	tests := map[string]struct{ text, want string }{
		"policyType":          {policyOf("podSelector: {}\npolicyType: [Ingress]"), "0.yaml:6: NetworkPolicy default/a has no field spec.policyType [ZT601]"},
		"podselector":         {policyOf("podselector: {}"), "0.yaml:5: NetworkPolicy default/a has no field spec.podselector [ZT601]"},
		"ports in a peer":     {peer("podSelector: {}\n    ports: [{port: 80}]"), "0.yaml:9: NetworkPolicy default/a has no field spec.ingress[0].from[0].ports [ZT601]"},
		"to of ingress":       {policyOf("podSelector: {}\ningress:\n- to: []"), "0.yaml:7: NetworkPolicy default/a has no field spec.ingress[0].to [ZT601]"},
		"a field beside spec": {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nSpec: {}\n", "0.yaml:4: NetworkPolicy default/a has no field Spec [ZT601]"},
		"key twice":           {policyOf("podSelector: {}\npodSelector: {matchLabels: {a: b}}"), "0.yaml:6: the key \"podSelector\" is set twice [ZT601]"},
		"key twice in JSON":   {"{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\n\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"a\"}}", "0.yaml:2: the key \"kind\" is set twice [ZT601]"},

		"a number for a label":   {policyOf("podSelector:\n  matchLabels:\n    version: 1"), "0.yaml:7: NetworkPolicy default/a: spec.podSelector.matchLabels.version cannot be a number [ZT601]"},
		"yes for a label":        {policyOf("podSelector:\n  matchLabels:\n    app: a\n    enabled: yes"), "0.yaml:8: NetworkPolicy default/a: spec.podSelector.matchLabels.enabled cannot be a boolean [ZT601]"},
		"y in a list":            {policyOf("podSelector:\n  matchExpressions:\n  - {key: a, operator: In, values: [x, y]}"), "0.yaml:7: NetworkPolicy default/a: spec.podSelector.matchExpressions[0].values[1] cannot be a boolean [ZT601]"},
		"a text for peers":       {strings.Replace(policyOf("endpointSelector: {}\negress:\n- {}\n- toEndpoints: [{}, web]"), "networking.k8s.io/v1\nkind: ", "cilium.io/v2\nkind: Cilium", 1), "0.yaml:8: CiliumNetworkPolicy default/a: spec.egress[1].toEndpoints[1] cannot be a text [ZT601]"},
		"a list for a selector":  {policyOf("podSelector: []"), "0.yaml:5: NetworkPolicy default/a: spec.podSelector cannot be a list [ZT601]"},
		"rules that are no list": {policyOf("podSelector: {}\ningress: {}"), "0.yaml:6: NetworkPolicy default/a: spec.ingress cannot be a mapping [ZT601]"},
		"a name like a number":   {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: 10\n", "0.yaml:4: the name of a NetworkPolicy is read as the YAML value 10, not as text [ZT601]"},

		"unknown operator":    {policyOf("podSelector: {matchExpressions: [{key: a, operator: Is}]}"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.podSelector.matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator [ZT602]"},
		"In without values":   {policyOf("podSelector: {matchExpressions: [{key: a, operator: In}]}"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.podSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn' [ZT602]"},
		"Exists with values":  {policyOf("podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.podSelector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist' [ZT602]"},
		"ipBlock beside":      {peer("podSelector: {}\n    ipBlock: {cidr: 10.0.0.0/8}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0]: Forbidden: an ipBlock cannot stand beside a selector [ZT602]"},
		"an empty peer":       {peer("{}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0]: Required value: a peer needs a podSelector, a namespaceSelector or an ipBlock [ZT602]"},
		"a null peer":         {peer("podSelector:"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0]: Required value: a peer needs a podSelector, a namespaceSelector or an ipBlock [ZT602]"},
		"host bits":           {peer("ipBlock: {cidr: 10.0.0.5/24}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.5/24\": must not have bits set beyond the prefix length [ZT602]"},
		"leading zeros":       {peer("ipBlock: {cidr: 010.0.0.0/24}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"010.0.0.0/24\": must not have leading 0s in IP or prefix length [ZT602]"},
		"IPv4 as IPv6":        {peer("ipBlock: {cidr: '::ffff:10.0.0.0/104'}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"::ffff:10.0.0.0/104\": must not have an IPv4-mapped IPv6 address [ZT602]"},
		"no block":            {peer("ipBlock: {cidr: 10.0.0.0}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64) [ZT602]"},
		"no cidr":             {peer("ipBlock: {except: [10.0.0.0/8]}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: Required value [ZT602]"},
		"except outside":      {peer("ipBlock:\n      cidr: 10.0.0.0/8\n      except:\n      - 10.1.0.0/16\n      - 11.0.0.0/16"), "0.yaml:12: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: \"11.0.0.0/16\": must be strictly inside 10.0.0.0/8 [ZT602]"},
		"except of the whole": {peer("ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"10.0.0.0/8\": must be strictly inside 10.0.0.0/8 [ZT602]"},
		"except of a family":  {peer("ipBlock: {cidr: 10.0.0.0/8, except: ['fd00::/64']}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"fd00::/64\": must be strictly inside 10.0.0.0/8 [ZT602]"},
		"bad except":          {peer("ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.1/16]}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"10.0.0.1/16\": must not have bits set beyond the prefix length [ZT602]"},

		"endPort below port":  {port("{port: 80, endPort: 79}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port` [ZT602]"},
		"endPort of a name":   {port("{port: http, endPort: 90}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].endPort: Invalid value: 90: cannot stand with a port's name [ZT602]"},
		"endPort alone":       {port("{endPort: 90}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].endPort: Invalid value: 90: must stand with a port [ZT602]"},
		"endPort too high":    {port("{port: 80, endPort: 65536}"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].endPort: Invalid value: 65536: must be between 1 and 65535, inclusive [ZT602]"},
		"port 0":              {port("port: 0"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive [ZT602]"},
		"a port in quotes":    {port("port: '80'"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].port: Invalid value: \"80\": must contain at least one letter (a-z) [ZT602]"},
		"a long name":         {port("port: sixteen-letters-"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].port: Invalid value: \"sixteen-letters-\": must be no more than 15 characters"},
		"unknown protocol":    {port("protocol: ICMP"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\" [ZT602]"},
		"protocol in smalls":  {port("protocol: tcp"), "0.yaml:8: the API server would refuse NetworkPolicy default/a: spec.ingress[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"TCP\", \"UDP\", \"SCTP\" [ZT602]"},
		"unknown policyTypes": {policyOf("podSelector: {}\npolicyTypes: [Ingress, egress]"), "0.yaml:6: the API server would refuse NetworkPolicy default/a: spec.policyTypes[1]: Unsupported value: \"egress\": supported values: \"Ingress\", \"Egress\" [ZT602]"},
		"three policyTypes":   {policyOf("policyTypes: [Ingress, Egress, Ingress]"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.policyTypes: Too many: 3: must have at most 2 items [ZT602]"},

		"a label too long":    {policyOf("podSelector: {matchLabels: {a: " + strings.Repeat("x", 64) + "}}"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.podSelector.matchLabels: Invalid value"},
		"a bad key":           {policyOf("podSelector: {matchLabels: {-a: x}}"), "0.yaml:5: the API server would refuse NetworkPolicy default/a: spec.podSelector.matchLabels: Invalid value"},
		"a name too long":     {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: " + strings.Repeat("x", 254) + "\n", "0.yaml:4: the API server would refuse the metadata.name \"" + strings.Repeat("x", 254)},
		"a name in capitals":  {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: A\n", "0.yaml:4: the API server would refuse the metadata.name \"A\" of this NetworkPolicy [ZT602]"},
		"a bad namespace":     {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: a\n  namespace: a.b\n", "0.yaml:5: the API server would refuse the metadata.namespace \"a.b\" of this NetworkPolicy [ZT602]"},
		"two of a name":       {policyOf("podSelector: {}") + "---\n" + policyOf("podSelector: {matchLabels: {a: b}}"), "0.yaml:7: NetworkPolicy default/a is defined twice, and only one of the two would be in force [ZT602]"},
		"an API of the past":  {"apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: a}\n", "0.yaml:2: no API server serves the kind NetworkPolicy in extensions/v1beta1 [ZT601]"},
		"an API of tomorrow":  {"apiVersion: networking.k8s.io/v2\nkind: NetworkPolicy\nmetadata: {name: a}\n", "0.yaml:1: NetworkPolicy default/a: API servers do not serve it in networking.k8s.io/v2, but in networking.k8s.io/v1 [ZT601]"},
		"neither kind nor so": {"a: b\n", "0.yaml:1: not a manifest: it has no apiVersion and kind, and is skipped [ZT601]"},
		"no kind":             {"\napiVersion: v1\nmetadata: {name: a}\nspec: {}\n", "0.yaml:2: an object without kind [ZT601]"},
		"no API version":      {"kind: NetworkPolicy\n", "0.yaml:1: an object without apiVersion [ZT601]"},
		"a list of objects":   {"- a\n", "0.yaml:1: not a manifest: it holds no object, and is skipped [ZT601]"},
		"a text":              {"hello\n", "0.yaml:1: not a manifest: it holds no object, and is skipped [ZT601]"},
		"items misspelt":      {"apiVersion: v1\nkind: List\nitem: []\n", "0.yaml:3: List has no field \"item\" [ZT601]"},
		"a policy as a List":  {"apiVersion: policy.networking.k8s.io/v1beta1\nkind: ClusterNetworkPolicyList\nmetadata: {name: a}\nspec: {tier: Admin}\n", "0.yaml:4: ClusterNetworkPolicyList has no field \"spec\" [ZT601]"},
		"Cilium's as a List":  {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicyList\nmetadata: {name: a}\nspecs: []\n", "0.yaml:4: CiliumNetworkPolicyList has no field \"specs\" [ZT601]"},
		"items of no list":    {"apiVersion: v1\nkind: List\nitems: {}\n", "0.yaml:3: the items of a List are no list [ZT601]"},
		"an item without":     {"apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n", "0.yaml:4: an object without apiVersion and kind [ZT601]"},
		"a null item":         {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: [~]\n", "0.yaml:3: not an object [ZT601]"},
		"nothing":             {"", "0.yaml:1: there is no manifest [ZT601]"},
		"comments":            {"# nothing\n---\n", "0.yaml:1: there is no manifest [ZT601]"},
		"a port out of range": {"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - port: 0\n", "0.yaml:6: the API server would refuse Service default/a: a Service cannot have the port 0 [ZT602]"},
		"a container's too":   {"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - ports: [{containerPort: 70000, protocol: TCP}]\n", "0.yaml:6: the API server would refuse Pod default/a: a container cannot have the port 70000, name \"\", protocol \"TCP\" [ZT602]"},
		"no template":         {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n", "0.yaml:1: Deployment default/a has no pod template [ZT601]"},
		"a workload mistyped": {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      hostNetwork: 'no'\n", "0.yaml:7: Deployment default/a: spec.template.spec.hostNetwork cannot be a text [ZT601]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inv, problems := read(tt.text)
			if len(problems) == 0 || !strings.HasPrefix(problems[0], tt.want) {
				t.Errorf("%v\nwant %s", problems, tt.want)
			}
			if name != "two of a name" && (len(inv.Policies) > 0 || len(inv.Workloads) > 0) {
				t.Errorf("it is there: %v", objects(inv))
			}
		})
	}
}

// One that cannot be read hides no other, in its file or the next, as far as the text can be read at all.
func TestAllProblems(t *testing.T) {
	bad := policyOf("podselector: {}")
	_, problems := read(bad+"---\n"+strings.Replace(bad, "name: a", "name: b", 1), bad, "a: b: c\n")
	want := []string{
		"0.yaml:5: NetworkPolicy default/a has no field spec.podselector [ZT601]",
		"0.yaml:11: NetworkPolicy default/b has no field spec.podselector [ZT601]",
		"1.yaml:5: NetworkPolicy default/a has no field spec.podselector [ZT601]",
		"2.yaml:1: not YAML: mapping values are not allowed in this context [ZT601]",
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
}

// kustomize lets its own files leave out what they are, and so they are in many folders.
func TestKustomization(t *testing.T) {
	_, problems := read("resources: [a.yaml]\n")
	if len(problems) != 2 {
		t.Errorf("as any file: %v", problems)
	}
	for _, text := range []string{"resources: [a.yaml]\n", "Kind: Kustomization\n"} {
		var r reader
		if r.read(newFile("base/kustomization.yaml", text)); len(r.diags) > 0 {
			t.Error(r.diags)
		}
	}
}

// More problems than anyone reads are counted as one more, and never as none.
func TestManyProblems(t *testing.T) {
	if testing.Short() {
		t.Skip("a limit, which takes long to reach")
	}
	for _, item := range []string{"1", "{}", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":1}}`} {
		_, problems := read(`{"apiVersion":"v1","kind":"List","items":[` + strings.Repeat(item+",", 2*maxReported) + item + "]}")
		if len(problems) != maxReported+1 || !strings.Contains(strings.Join(problems, ""), "there are more than 10000 problems") {
			t.Errorf("%s: %d problems", item, len(problems))
		}
	}
}
