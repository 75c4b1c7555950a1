// SPDX-License-Identifier: Apache-2.0

// Package page is the web page that plays the stream, and what it is told while it does.
//
// Boxes are drawn by the same code as on the page of zcf-mjpegd. An embedded file must be in this folder, so it is copied;
// go-with-library does that too.
package page

//go:generate cp ../../../mjpegd/page/overlay.js overlay.js

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
)

var (
	//go:embed index.html
	indexHTML string
	//go:embed style.css
	styleCSS string
	//go:embed clock.js
	clockJS string
	//go:embed overlay.js
	overlayJS string
	//go:embed player.js
	playerJS string
	//go:embed page.js
	pageJS string

	index = template.Must(template.New("index").Parse(indexHTML))
)

// Handler serves the page. It needs nothing from elsewhere, and may load nothing from there.
func Handler(version string) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		nonce := rand.Text()
		var made bytes.Buffer
		err := index.Execute(&made, map[string]any{
			"Nonce":   nonce,
			"Version": version,
			"Style":   template.CSS(styleCSS),
			"Script":  template.JS(clockJS + overlayJS + playerJS + pageJS),
		})
		if err != nil {
			http.Error(response, err.Error(), http.StatusInternalServerError)
			return
		}
		header := response.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+
			"'; connect-src 'self'; img-src data:; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
		_, _ = response.Write(made.Bytes())
	})
}
