// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"sort"
	"strconv"
	"strings"
)

// request is one of RTSP 1.0 (RFC 2326).
type request struct {
	method string
	uri    string
	header textproto.MIMEHeader
}

// response is what is answered.
type response struct {
	status int
	header map[string]string
	body   string
}

const (
	readBufferSize = 4096 // Also the longest line.
	maximumLines   = 64
	maximumBody    = 64 << 10
)

// Statuses that are used, with their names.
const (
	statusOK                   = 200
	statusBadRequest           = 400
	statusUnauthorized         = 401
	statusNotFound             = 404
	statusMethodNotAllowed     = 405
	statusNotEnoughBandwidth   = 453
	statusSessionNotFound      = 454
	statusNotValidInState      = 455
	statusUnsupportedTransport = 461
	statusServiceUnavailable   = 503
	statusVersionNotSupported  = 505
)

var statusNames = map[int]string{
	statusOK:                   "OK",
	statusBadRequest:           "Bad Request",
	statusUnauthorized:         "Unauthorized",
	statusNotFound:             "Not Found",
	statusMethodNotAllowed:     "Method Not Allowed",
	statusNotEnoughBandwidth:   "Not Enough Bandwidth",
	statusSessionNotFound:      "Session Not Found",
	statusNotValidInState:      "Method Not Valid In This State",
	statusUnsupportedTransport: "Unsupported Transport",
	statusServiceUnavailable:   "Service Unavailable",
	statusVersionNotSupported:  "RTSP Version Not Supported",
}

var (
	errNotRTSP  = errors.New("this is not RTSP/1.0")
	errTooLarge = errors.New("the request is too large")
)

// readRequest reads the next request. Packets that a client sends in between, which are its reports, are passed over;
// heard is called for each.
func readRequest(from *bufio.Reader, heard func()) (*request, error) {
	for {
		first, err := from.Peek(1)
		if err != nil {
			return nil, err
		}
		if first[0] != interleavedMark {
			break
		}
		if err := skipPacket(from); err != nil {
			return nil, err
		}
		heard()
	}
	line, err := readLine(from)
	if err != nil {
		return nil, err
	}
	words := strings.Split(line, " ")
	if len(words) != 3 || !strings.HasPrefix(words[2], "RTSP/1.") {
		return nil, errNotRTSP
	}
	header, err := readHeader(from)
	if err != nil {
		return nil, err
	}
	return &request{method: words[0], uri: words[1], header: header}, skipBody(from, header)
}

func skipPacket(from *bufio.Reader) error {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return err
	}
	_, err := from.Discard(int(head[2])<<8 | int(head[3]))
	return err
}

func readLine(from *bufio.Reader) (string, error) {
	line, err := from.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errTooLarge
	}
	text := strings.TrimRight(string(line), "\r\n")
	if strings.ContainsRune(text, '\r') {
		// Some end a line there: in our answer, which quotes from requests, it would begin one.
		return "", errNotRTSP
	}
	return text, err
}

func readHeader(from *bufio.Reader) (textproto.MIMEHeader, error) {
	header := textproto.MIMEHeader{}
	for range maximumLines {
		line, err := readLine(from)
		if err != nil {
			return nil, err
		}
		if line == "" {
			return header, nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return nil, errNotRTSP
		}
		header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return nil, errTooLarge
}

// skipBody passes over a body: none of the requests that are answered needs one.
func skipBody(from *bufio.Reader, header textproto.MIMEHeader) error {
	text := header.Get("Content-Length")
	if text == "" {
		return nil
	}
	length, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return errNotRTSP
	}
	if length > maximumBody {
		return errTooLarge
	}
	_, err = from.Discard(int(length))
	return err
}

// bytes returns the answer to the request with that CSeq.
func (r *response) bytes(sequence string) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "RTSP/1.0 %d %s\r\n", r.status, statusNames[r.status])
	if sequence != "" {
		fmt.Fprintf(&text, "CSeq: %s\r\n", sequence)
	}
	text.WriteString("Server: zcf-streamd\r\n")
	names := make([]string, 0, len(r.header))
	for name := range r.header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&text, "%s: %s\r\n", name, r.header[name])
	}
	if r.body != "" {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(r.body))
	}
	text.WriteString("\r\n" + r.body)
	return []byte(text.String())
}

func ok() *response { return &response{status: statusOK, header: map[string]string{}} }

// refuse answers with a status and a sentence.
func refuse(status int, why string) *response {
	return &response{status: status, header: map[string]string{"Content-Type": "text/plain"}, body: why + "\r\n"}
}
