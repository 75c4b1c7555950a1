// SPDX-License-Identifier: Apache-2.0

package push

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/peer"
	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

const token = "0123456789abcdefgh"

// mediaServer takes a stream by WHIP.
type mediaServer struct {
	*httptest.Server
	t          *testing.T
	refuse     atomic.Bool
	offers     atomic.Int32
	deleted    atomic.Int32
	packets    atomic.Int32
	connection atomic.Pointer[webrtc.PeerConnection]
}

func newMediaServer(t *testing.T) *mediaServer {
	server := &mediaServer{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /front/whip", server.take)
	mux.HandleFunc("DELETE /session/1", func(http.ResponseWriter, *http.Request) { server.deleted.Add(1) })
	server.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		server.hangUp()
		server.Close()
	})
	return server
}

func (s *mediaServer) hangUp() {
	if connection := s.connection.Swap(nil); connection != nil {
		connection.Close()
	}
}

func (s *mediaServer) take(response http.ResponseWriter, request *http.Request) {
	s.offers.Add(1)
	if s.refuse.Load() || request.Header.Get("Authorization") != "Bearer "+token || request.Header.Get("Content-Type") != "application/sdp" {
		http.Error(response, "not you", http.StatusForbidden)
		return
	}
	body, _ := io.ReadAll(request.Body)
	answer, err := s.answer(string(body))
	if err != nil {
		s.t.Error(err)
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	response.Header().Set("Content-Type", "application/sdp")
	response.Header().Set("Location", "/session/1")
	response.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(response, answer)
}

func (s *mediaServer) answer(offer string) (string, error) {
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	api, err := peer.NewAPI(settings, testcamera.Quiet())
	if err != nil {
		return "", err
	}
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	s.connection.Store(connection)
	connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
			s.packets.Add(1)
		}
	})
	if err := connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	answer, err := connection.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return connection.LocalDescription().SDP, nil
}

// pushTo pushes a camera until the returned function is called.
func pushTo(t *testing.T, url string) (stop func()) {
	t.Helper()
	camera := testcamera.New(t)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, new(testcamera.Encoder).Backend())
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := access.LoadToken(path, testcamera.Quiet())
	if err != nil {
		t.Fatal(err)
	}
	pusher, err := New(Settings{
		URL: url, Token: loaded, ShortestPause: 10 * time.Millisecond, LongestPause: 50 * time.Millisecond,
	}, hub, testcamera.Quiet(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		pusher.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

func TestTheStreamComesBackWhenTheMediaServerDoes(t *testing.T) {
	server := newMediaServer(t)
	server.refuse.Store(true)
	stop := pushTo(t, server.URL+"/front/whip")
	testcamera.Eventually(t, "it is tried again", func() bool { return server.offers.Load() >= 3 })
	server.refuse.Store(false)
	testcamera.Eventually(t, "pictures come", func() bool { return server.packets.Load() > 20 })

	server.hangUp()
	before := server.packets.Load()
	testcamera.Eventually(t, "they come again", func() bool { return server.packets.Load() > before+20 })

	stop()
	if server.deleted.Load() == 0 {
		t.Error("the last session was not ended")
	}
}

func TestASessionElsewhereIsNotShownTheToken(t *testing.T) {
	for location, wanted := range map[string]string{
		"/session/1":                    "http://media.example/session/1",
		"session/1":                     "http://media.example/front/session/1",
		"http://media.example/s":        "http://media.example/s",
		"http://evil.example/session":   "",
		"https://media.example/session": "",
		"//evil.example/session":        "",
		"":                              "",
		"http://[":                      "",
	} {
		request := httptest.NewRequest("POST", "http://media.example/front/whip", nil)
		response := &http.Response{Request: request, Header: http.Header{"Location": {location}}}
		if got := sessionAddress(response); got != wanted {
			t.Errorf("%q leads to %q, want %q", location, got, wanted)
		}
	}
}

func TestAServerThatWeAreSentOnToIsNotShownTheToken(t *testing.T) {
	shown := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		shown <- request.Header.Get("Authorization")
	}))
	defer elsewhere.Close()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := access.LoadToken(path, testcamera.Quiet())
	if err != nil {
		t.Fatal(err)
	}
	pusher := &Pusher{settings: Settings{URL: "http://media.example/whip", Token: loaded}, client: elsewhere.Client()}
	pusher.leave(elsewhere.URL + "/session/1")
	if got := <-shown; got != "" {
		t.Errorf("it is shown %q", got)
	}
}

func TestAPasswordInTheAddressIsNotLogged(t *testing.T) {
	const wanted = "https://camera:xxxxx@media.example/whip"
	if got := withoutPassword("https://camera:secret@media.example/whip"); got != wanted {
		t.Errorf("%s", got)
	}
}
