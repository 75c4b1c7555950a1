// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"net/http"
)

// Recorder records on demand. Its methods say in an error why they cannot.
type Recorder interface {
	Start() error
	Stop() error
	// Status is an object for JSON.
	Status() any
}

func addRecordings(mux *http.ServeMux, recorder Recorder) {
	act := func(do func(Recorder) error) http.HandlerFunc {
		return func(response http.ResponseWriter, _ *http.Request) {
			if recorder == nil {
				refuse(response, http.StatusConflict, "recording is off; set record in the configuration")
				return
			}
			if err := do(recorder); err != nil {
				refuse(response, http.StatusConflict, err.Error())
				return
			}
			response.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(response).Encode(recorder.Status())
		}
	}
	mux.HandleFunc("POST /recording/start", act(Recorder.Start))
	mux.HandleFunc("POST /recording/stop", act(Recorder.Stop))
	mux.HandleFunc("GET /recording", act(func(Recorder) error { return nil }))
}
