package inventory

import "fmt"

// serviceReference is how an object tells the API server which Service to call.
type serviceReference struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Port      *int   `json:"port"`
}

// clientConfig is how the API server calls a webhook: at a Service or, without
// one, a URL.
type clientConfig struct {
	Service *serviceReference `json:"service"`
}

// webhooks takes in the webhooks that admit or change objects.
func (r *reader) webhooks(n *node, o Object) {
	var from struct {
		Webhooks []struct {
			ClientConfig clientConfig `json:"clientConfig"`
		} `json:"webhooks"`
	}
	if !r.decode(n, o, &from, false) {
		return
	}
	for i, w := range from.Webhooks {
		r.callback(n, o, w.ClientConfig.Service, fmt.Sprintf("webhooks[%d].clientConfig.service", i))
	}
}

// apiService takes in an API that pods serve, as metrics-server does.
func (r *reader) apiService(n *node, o Object) {
	var from struct {
		Spec clientConfig `json:"spec"`
	}
	if r.decode(n, o, &from, false) {
		r.callback(n, o, from.Spec.Service, "spec.service")
	}
}

// conversion takes in the webhook that converts a kind between its versions.
func (r *reader) conversion(n *node, o Object) {
	var from struct {
		Spec struct {
			Conversion struct {
				Webhook struct {
					ClientConfig clientConfig `json:"clientConfig"`
				} `json:"webhook"`
			} `json:"conversion"`
		} `json:"spec"`
	}
	if r.decode(n, o, &from, false) {
		r.callback(n, o, from.Spec.Conversion.Webhook.ClientConfig.Service, "spec.conversion.webhook.clientConfig.service")
	}
}

func (r *reader) callback(n *node, o Object, s *serviceReference, path string) {
	if s == nil {
		return
	}
	port := 443 // unless it says another
	if s.Port != nil {
		port = *s.Port
	}
	span := r.span(n.at(path).offset)
	r.inventory.Callbacks = append(r.inventory.Callbacks, Callback{o, Object{Kind: "Service", Namespace: s.Namespace, Name: s.Name}, port, span})
}
