// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"bufio"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

const (
	// sessionTimeout is how long a client may say nothing at all; it is told so.
	sessionTimeout = 60 * time.Second
	// describeTimeout is how long one who asks waits for the first picture, without which nothing can be described.
	describeTimeout = 5 * time.Second
)

// connection is one client: its requests, and what it plays.
type connection struct {
	server   *Server
	conn     net.Conn
	reader   *bufio.Reader
	admitted bool // It has shown the token.
	session  *session

	writing sync.Mutex // An answer does not go into the middle of a packet.
}

// sendBuffer is what the kernel may hold for a client: one that is slow shall lose pictures, not see old ones.
const sendBuffer = 128 << 10

func newConnection(server *Server, conn net.Conn) *connection {
	_ = conn.(*net.TCPConn).SetWriteBuffer(sendBuffer)
	return &connection{server: server, conn: conn, reader: bufio.NewReaderSize(conn, readBufferSize)}
}

// serve answers requests until the client goes, is silent, or makes no sense.
func (c *connection) serve() {
	defer c.conn.Close()
	defer c.endSession("it went away")
	for {
		c.heard()
		request, err := readRequest(c.reader, c.heard)
		if errors.Is(err, errNotRTSP) || errors.Is(err, errTooLarge) {
			c.server.refused.Inc()
			_ = c.write(refuse(statusBadRequest, err.Error()).bytes(""))
			return
		}
		if err != nil {
			return
		}
		answer := c.answer(request)
		if answer.status != statusOK {
			c.server.refused.Inc()
		}
		if c.write(answer.bytes(request.header.Get("CSeq"))) != nil || !c.carryOn(request, answer) {
			return
		}
	}
}

// heard gives the client its time anew.
func (c *connection) heard() { _ = c.conn.SetReadDeadline(time.Now().Add(sessionTimeout)) }

func (c *connection) write(data []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.server.settings.ClientTimeout))
	_, err := c.conn.Write(data)
	return err
}

func (c *connection) answer(request *request) *response {
	if request.method == "OPTIONS" {
		return options()
	}
	if !c.admit(request) {
		answer := refuse(statusUnauthorized, "a token is needed: rtsp://HOST/active?token=TOKEN, or as the password")
		answer.header["WWW-Authenticate"] = `Basic realm="zcframe"`
		return answer
	}
	if !isOurs(request.uri) {
		return refuse(statusNotFound, "the stream is at "+c.server.Address())
	}
	switch request.method {
	case "DESCRIBE":
		return c.describe(request)
	case "SETUP":
		return c.setUp(request)
	case "PLAY", "PAUSE", "TEARDOWN":
		if c.session == nil || !c.session.isCalled(request.header.Get("Session")) {
			return refuse(statusSessionNotFound, "there is no such session on this connection")
		}
		return c.session.answer(request)
	case "GET_PARAMETER", "SET_PARAMETER":
		return ok()
	}
	answer := refuse(statusMethodNotAllowed, "this server only plays; to send it a stream is not possible")
	answer.header["Allow"] = allowedMethods
	return answer
}

const allowedMethods = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"

func options() *response {
	answer := ok()
	answer.header["Public"] = allowedMethods
	return answer
}

// admit looks for the token in the address, and in a password. Once is enough for a connection.
func (c *connection) admit(request *request) bool {
	if c.admitted {
		return true
	}
	presented := ""
	if parsed, err := url.Parse(request.uri); err == nil {
		presented = parsed.Query().Get("token")
	}
	if scheme, credentials, _ := strings.Cut(request.header.Get("Authorization"), " "); strings.EqualFold(scheme, "Basic") {
		decoded, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
		_, presented, _ = strings.Cut(string(decoded), ":")
	}
	c.admitted = c.server.settings.Token.Admits(presented)
	return c.admitted
}

// isOurs takes the stream's address, and what clients make of it for its one track.
func isOurs(uri string) bool {
	parsed, err := url.Parse(uri)
	return err == nil && (uri == "*" || parsed.Path == Path || strings.HasPrefix(parsed.Path, Path+"/"))
}

func (c *connection) describe(request *request) *response {
	stream := c.awaitStream()
	if stream == nil {
		status := c.server.hub.Status()
		return refuse(statusServiceUnavailable, "there is no picture: the camera is "+string(status.State)+": "+status.Detail)
	}
	text, err := describe(stream)
	if err != nil {
		return refuse(statusServiceUnavailable, err.Error())
	}
	answer := ok()
	answer.header["Content-Type"] = "application/sdp"
	answer.header["Content-Base"] = strings.TrimSuffix(request.uri, "/") + "/"
	answer.body = text
	return answer
}

// awaitStream makes the encoder work until its first picture says what there is to describe.
func (c *connection) awaitStream() *live.Stream {
	subscription := c.server.hub.Subscribe(1)
	defer subscription.Close()
	timer := time.NewTimer(describeTimeout)
	defer timer.Stop()
	select {
	case unit := <-subscription.Units:
		return unit.Stream
	case <-timer.C:
		return nil
	case <-c.server.closing:
		return nil
	}
}

func (c *connection) setUp(request *request) *response {
	if c.session != nil {
		return refuse(statusNotValidInState, "the stream has one track, and it is set up")
	}
	chosen, possible := chooseTransport(request.header.Get("Transport"))
	if !possible {
		return refuse(statusUnsupportedTransport, "there are RTP/AVP (UDP, unicast) and RTP/AVP/TCP")
	}
	if !c.server.admit() {
		return refuse(statusNotEnoughBandwidth, "there are as many viewers as max_viewers allows")
	}
	c.session = newSession(c, chosen)
	return c.session.described()
}

// carryOn does what follows an answer. It returns false if the connection is over.
func (c *connection) carryOn(request *request, answer *response) bool {
	if answer.status != statusOK {
		return true
	}
	switch request.method {
	case "PLAY":
		// Only now, so that no packet comes before the answer.
		c.session.play()
	case "TEARDOWN":
		c.endSession("it left")
		return false
	}
	return true
}

func (c *connection) endSession(why string) {
	if c.session != nil {
		c.session.end(why)
		c.session = nil
	}
}
