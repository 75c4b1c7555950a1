// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/whep"
)

type noMessages struct{}

func (noMessages) Serve(<-chan struct{}, func([]byte), <-chan []byte) {}

type recorder struct{ recording, full bool }

func (r *recorder) Start() error {
	if r.full {
		return errors.New("no room")
	}
	r.recording = true
	return nil
}
func (r *recorder) Stop() error { r.recording = false; return nil }
func (r *recorder) Status() any { return map[string]bool{"recording": r.recording} }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// handler serves without a camera.
func handler(t *testing.T, token access.Token, recorder Recorder) http.Handler {
	t.Helper()
	hub := live.NewHub()
	viewers, err := whep.NewServer(whep.Settings{MaxViewers: 1, ICE: whep.ICE{}}, hub, noMessages{}, quiet,
		prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(viewers.Close)
	parts := Parts{Hub: hub, WHEP: viewers, Recorder: recorder, Registry: prometheus.NewRegistry()}
	return &guard{token: token, allowedHosts: []string{"cam.example"}, handler: routes(parts, "1.2.3")}
}

func ask(handler http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Host = "127.0.0.1:8090"
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	return response
}

func expect(t *testing.T, response *httptest.ResponseRecorder, status int, part string) {
	t.Helper()
	if response.Code != status || !strings.Contains(response.Body.String(), part) {
		t.Errorf("%d %.200s, want %d with %q", response.Code, response.Body, status, part)
	}
}

func TestThePageNeedsNothingFromElsewhereAndMayLoadNothing(t *testing.T) {
	response := ask(handler(t, access.Token{}, nil), "GET", "/", "")
	expect(t, response, 200, "requestVideoFrameCallback")
	policy := response.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	body := response.Body.String()
	for _, elsewhere := range []string{"src=\"http", "href=\"http", "url(http", "import "} {
		if strings.Contains(body, elsewhere) {
			t.Errorf("the page has %q", elsewhere)
		}
	}
	nonce := policy[strings.Index(policy, "'nonce-")+7:]
	nonce = nonce[:strings.Index(nonce, "'")]
	if strings.Count(body, `nonce="`+nonce+`"`) != 2 || strings.Contains(ask(handler(t, access.Token{}, nil), "GET", "/", "").Body.String(), nonce) {
		t.Error("style and script do not have a nonce of this answer alone")
	}
}

func TestOnlyWhoMayIsServed(t *testing.T) {
	open := handler(t, access.Token{}, nil)
	expect(t, ask(open, "GET", "/healthz", "", "Host", "evil.example"), 421, "allowed_hosts")
	expect(t, ask(open, "GET", "/healthz", "", "Host", "cam.example"), 200, "asleep")
	expect(t, ask(open, "POST", "/whep", "", "Origin", "http://evil.example"), 403, "own page")

	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("0123456789abcdefgh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := access.LoadToken(path, quiet)
	if err != nil {
		t.Fatal(err)
	}
	closed := handler(t, token, nil)
	for _, path := range []string{"/", "/healthz", "/metrics", "/recording", "/nothing", "/?token=wrong"} {
		expect(t, ask(closed, "GET", path, ""), 401, "a token is needed")
	}
	expect(t, ask(closed, "POST", "/whep", ""), 401, "a token is needed")
	expect(t, ask(closed, "GET", "/healthz?token=0123456789abcdefgh", ""), 200, "asleep")
	expect(t, ask(closed, "GET", "/healthz", "", "Authorization", "bearer 0123456789abcdefgh"), 200, "asleep")
	// Who knows the token may come by any name.
	expect(t, ask(closed, "GET", "/healthz?token=0123456789abcdefgh", "", "Host", "proxy.example"), 200, "asleep")
}

func TestWHEPRefusesWhatItCannotAnswer(t *testing.T) {
	server := handler(t, access.Token{}, nil)
	expect(t, ask(server, "POST", "/whep", "v=0", "Content-Type", "text/plain"), 415, "application/sdp")
	expect(t, ask(server, "POST", "/whep", "v=0"), 415, "application/sdp")
	expect(t, ask(server, "POST", "/whep", "nonsense", "Content-Type", "application/sdp"), 400, "cannot be answered")
	expect(t, ask(server, "POST", "/whep", strings.Repeat("x", maximumBody+1), "Content-Type", "application/sdp"), 413, "too long")
	expect(t, ask(server, "GET", "/whep", ""), 405, "")
	expect(t, ask(server, "DELETE", "/whep/nobody", ""), 404, "no such session")
	expect(t, ask(server, "PATCH", "/whep/nobody", "a=mid:0", "Content-Type", "application/trickle-ice-sdpfrag"), 404, "no such session")
	expect(t, ask(server, "PATCH", "/whep/nobody", "a=mid:0", "Content-Type", "application/sdp"), 415, "trickle-ice")
}

func TestARecordingIsMadeOnDemandOrTheReasonTold(t *testing.T) {
	expect(t, ask(handler(t, access.Token{}, nil), "POST", "/recording/start", ""), 409, "recording is off")
	tape := new(recorder)
	server := handler(t, access.Token{}, tape)
	expect(t, ask(server, "POST", "/recording/start", ""), 200, `{"recording":true}`)
	expect(t, ask(server, "GET", "/recording", ""), 200, `{"recording":true}`)
	expect(t, ask(server, "POST", "/recording/stop", ""), 200, `{"recording":false}`)
	expect(t, ask(server, "GET", "/recording/start", ""), 405, "")
	tape.full = true
	expect(t, ask(server, "POST", "/recording/start", ""), 409, "no room")
}

func TestACertificateThatIsNoneIsNamed(t *testing.T) {
	_, err := Listen(Settings{Listen: "127.0.0.1:0", Certificate: "/nonexistent.pem", Key: "/nonexistent.key"},
		Parts{Hub: live.NewHub(), Registry: prometheus.NewRegistry()}, quiet)
	if err == nil || !strings.Contains(err.Error(), "certificate /nonexistent.pem") {
		t.Errorf("%v", err)
	}
}

// listen serves over real connections.
func listen(t *testing.T, clientTimeout time.Duration) net.Addr {
	t.Helper()
	server, err := Listen(Settings{Listen: "127.0.0.1:0", ClientTimeout: clientTimeout},
		Parts{Hub: live.NewHub(), Registry: prometheus.NewRegistry()}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve() }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return server.listener.Addr()
}

func connect(t *testing.T, to net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAClientThatAsksAndDoesNotReadIsDropped(t *testing.T) {
	conn := connect(t, listen(t, 100*time.Millisecond))
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	for {
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("it is waited for")
		} else if err != nil {
			return
		}
	}
}

func TestThereAreOnlySoManyConnections(t *testing.T) {
	address := listen(t, time.Minute)
	first := connect(t, address)
	for range maximumConnections - 1 {
		connect(t, address)
	}
	late := connect(t, address)
	if _, err := late.Write([]byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	var answer [512]byte
	late.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if _, err := late.Read(answer[:]); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one too many is served: %v", err)
	}
	first.Close()
	late.SetReadDeadline(time.Now().Add(30 * time.Second))
	if got, err := late.Read(answer[:]); err != nil || !strings.Contains(string(answer[:got]), "200 OK") {
		t.Errorf("there is no room for it when another has left: %v", err)
	}
}
