// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/zcframe/zcframe/go/zcframe"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/peer"
)

// viewer receives the stream by WebRTC and notes how old its pictures are. It decodes nothing: that would be measured too.
type viewer struct {
	connection *webrtc.PeerConnection

	mu     sync.Mutex
	noting bool
	seen   []time.Duration
}

func watch(url string) (*viewer, error) {
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	api, err := peer.NewAPI(settings, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return nil, err
	}
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	made := &viewer{connection: connection}
	connected := make(chan struct{})
	var once sync.Once
	connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		once.Do(func() { close(connected) })
		made.read(track)
	})
	if err := made.ask(url); err != nil {
		made.close()
		return nil, err
	}
	select {
	case <-connected:
		return made, nil
	case <-time.After(20 * time.Second):
		made.close()
		return nil, errors.New("no connection to the server")
	}
}

func (v *viewer) ask(url string) error {
	receive := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	if _, err := v.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, receive); err != nil {
		return err
	}
	offer, err := v.connection.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(v.connection)
	if err := v.connection.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	response, err := http.Post(url+"/whep", "application/sdp", strings.NewReader(v.connection.LocalDescription().SDP))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusCreated {
		return fmt.Errorf("the server answers %s: %s", response.Status, answer)
	}
	return v.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)})
}

func (v *viewer) read(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if !packet.Marker {
			continue
		}
		// Stamps are capture times: the difference is the age, also when they have gone round.
		age := time.Duration(int32(live.Stamp(zcframe.Monotonic())-packet.Timestamp)) * time.Second / live.ClockRate
		v.mu.Lock()
		if v.noting {
			v.seen = append(v.seen, age)
		}
		v.mu.Unlock()
	}
}

func (v *viewer) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.noting = true
}

func (v *viewer) ages() []time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.noting = false
	return v.seen
}

func (v *viewer) close() { v.connection.Close() }
