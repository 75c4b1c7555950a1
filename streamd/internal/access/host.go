// SPDX-License-Identifier: Apache-2.0

package access

import (
	"net"
	"net/url"
	"os"
	"strings"
)

// HostIsOurs says whether a request that names this host means this server. It keeps a web site from pointing a name of
// its own at the server and having its visitors' browsers ask for the pictures.
func HostIsOurs(host string, allowed []string) bool {
	// Only programs older than HTTP/1.1 leave it out; browsers never do.
	if host == "" {
		return true
	}
	name := nameOf(host)
	if net.ParseIP(name) != nil || strings.EqualFold(name, "localhost") ||
		len(name) > len(".localhost") && strings.EqualFold(name[len(name)-len(".localhost"):], ".localhost") {
		return true
	}
	// The machine's own name, alone or as multicast DNS publishes it.
	if own, err := os.Hostname(); err == nil && own != "" &&
		(strings.EqualFold(name, own) || strings.EqualFold(name, own+".local")) {
		return true
	}
	for _, each := range allowed {
		if strings.EqualFold(name, each) {
			return true
		}
	}
	return false
}

// nameOf takes the name out of "name", "name:port", "[address]" or "[address]:port".
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// OriginIsOurs says whether a page that a browser names as the origin of a request is one that this host served. Programs
// that are no browsers name none.
func OriginIsOurs(origin, host string) bool {
	if origin == "" {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && parsed.Host != "" && strings.EqualFold(parsed.Host, host)
}
