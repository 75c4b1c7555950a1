// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/zcframe/zcframe/streamd/internal/whep"
)

// whepHandlers are the resources of WHEP (draft-ietf-wish-whep): an offer is posted to /whep, and makes a session, which
// is patched with addresses and deleted.
type whepHandlers struct{ server *whep.Server }

func (h whepHandlers) offer(response http.ResponseWriter, request *http.Request) {
	body, ok := readBody(response, request, "application/sdp")
	if !ok {
		return
	}
	answer, id, err := h.server.Offer(body, request.RemoteAddr)
	switch {
	case errors.Is(err, whep.ErrTooManyViewers):
		response.Header().Set("Retry-After", "10")
		refuse(response, http.StatusServiceUnavailable, err.Error())
	case errors.Is(err, whep.ErrBadOffer):
		refuse(response, http.StatusBadRequest, err.Error())
	case err != nil:
		refuse(response, http.StatusInternalServerError, err.Error())
	default:
		response.Header().Set("Content-Type", "application/sdp")
		response.Header().Set("Location", "/whep/"+id)
		response.Header().Set("ETag", `"`+id+`"`)
		response.Header().Set("Accept-Patch", "application/trickle-ice-sdpfrag")
		response.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(response, answer)
	}
}

func (h whepHandlers) patch(response http.ResponseWriter, request *http.Request) {
	body, ok := readBody(response, request, "application/trickle-ice-sdpfrag")
	if !ok {
		return
	}
	switch found, err := h.server.AddCandidates(request.PathValue("id"), body); {
	case !found:
		refuse(response, http.StatusNotFound, "there is no such session; it may have ended")
	case err != nil:
		refuse(response, http.StatusBadRequest, err.Error())
	default:
		response.WriteHeader(http.StatusNoContent)
	}
}

func (h whepHandlers) end(response http.ResponseWriter, request *http.Request) {
	if !h.server.End(request.PathValue("id")) {
		refuse(response, http.StatusNotFound, "there is no such session; it may have ended")
	}
}

// readBody returns a body of that type, or answers why not.
func readBody(response http.ResponseWriter, request *http.Request, wanted string) (string, bool) {
	if given, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || given != wanted {
		refuse(response, http.StatusUnsupportedMediaType, "the body must be "+wanted)
		return "", false
	}
	body, err := io.ReadAll(request.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(response, http.StatusRequestEntityTooLarge, "the body is too long")
		return "", false
	case err != nil:
		refuse(response, http.StatusBadRequest, "the body could not be read")
		return "", false
	}
	return string(body), true
}
