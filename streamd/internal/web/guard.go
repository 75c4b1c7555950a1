// SPDX-License-Identifier: Apache-2.0

package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/zcframe/zcframe/streamd/internal/access"
)

// maximumBody is more than any offer needs.
const maximumBody = 64 << 10

// guard serves only those who may come in.
type guard struct {
	token        access.Token
	allowedHosts []string
	handler      http.Handler
}

func (g *guard) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	header := response.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	switch {
	case g.token.IsSet() && !g.token.Admits(presentedToken(request)):
		header.Set("WWW-Authenticate", `Bearer realm="zcframe"`)
		refuse(response, http.StatusUnauthorized, "a token is needed: ?token=TOKEN, or Authorization: Bearer TOKEN")
	case !g.token.IsSet() && !access.HostIsOurs(request.Host, g.allowedHosts):
		refuse(response, http.StatusMisdirectedRequest, fmt.Sprintf("this server is not known as %q; if it is, add the name "+
			"to allowed_hosts", request.Host))
	case request.Method != http.MethodGet && request.Method != http.MethodHead &&
		!access.OriginIsOurs(request.Header.Get("Origin"), request.Host):
		refuse(response, http.StatusForbidden, "only this server's own page may ask for that in a browser")
	default:
		request.Body = http.MaxBytesReader(response, request.Body, maximumBody)
		g.handler.ServeHTTP(response, request)
	}
}

func presentedToken(request *http.Request) string {
	scheme, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return request.URL.Query().Get("token")
}

// refuse answers with a sentence.
func refuse(response http.ResponseWriter, status int, why string) {
	response.Header().Set("Content-Type", "text/plain; charset=utf-8")
	response.WriteHeader(status)
	fmt.Fprintln(response, why)
}
