// SPDX-License-Identifier: Apache-2.0

package whep

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/zcframe/zcframe/streamd/internal/peer"
)

const (
	// connectTimeout is for viewers that ask and never come.
	connectTimeout = 15 * time.Second
	// messagesAhead is how much a viewer may be behind with messages before it gets no more of them.
	messagesAhead = 256 << 10
	// maximumMessage is the longest message that a viewer may send.
	maximumMessage = 1 << 10
	// maximumCandidates is more addresses than any viewer has. Each is sent checks, wherever it may be, and is remembered.
	maximumCandidates = 200
)

func newIdleTimer() *time.Ticker { return time.NewTicker(200 * time.Millisecond) }

// session is one viewer.
type session struct {
	server *Server
	id     string
	viewer string
	since  time.Time

	connection *webrtc.PeerConnection
	patience   *time.Timer
	done       chan struct{}
	closing    sync.Once
	told       sync.Once // A viewer has one channel of messages.
	candidates atomic.Int32
}

func newSession(server *Server, viewer string) (*session, error) {
	connection, err := server.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	s := &session{
		server: server, id: rand.Text(), viewer: viewer, since: time.Now(), connection: connection,
		done: make(chan struct{}),
	}
	s.patience = time.AfterFunc(connectTimeout, func() { s.close("it never connected") })
	connection.OnConnectionStateChange(s.stateChanged)
	connection.OnDataChannel(s.serveMessages)
	return s, nil
}

// answer connects to the viewer.
func (s *session) answer(offer string) (string, error) {
	connection := s.connection
	if err := s.count(strings.Count(offer, "a=candidate:")); err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	if err := connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	sender, err := connection.AddTrack(s.server.track.TrackLocalStaticRTP)
	if err != nil {
		return "", err
	}
	answer, err := connection.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	if !s.sendsVideo() {
		return "", fmt.Errorf("%w: it asks for no video, or takes no H.264 of baseline profile in packetization mode 1",
			ErrBadOffer)
	}
	go peer.ReadFeedback(sender, s.server.hub.RequestKeyframe)
	// Our own addresses are known at once.
	<-gathered
	return connection.LocalDescription().SDP, nil
}

// sendsVideo says whether the two sides agreed on the track.
func (s *session) sendsVideo() bool {
	for _, transceiver := range s.connection.GetTransceivers() {
		direction := transceiver.Direction()
		sends := direction == webrtc.RTPTransceiverDirectionSendonly || direction == webrtc.RTPTransceiverDirectionSendrecv
		if transceiver.Kind() == webrtc.RTPCodecTypeVideo && sends && transceiver.Mid() != "" &&
			transceiver.Sender() != nil && transceiver.Sender().Track() != nil &&
			len(transceiver.Sender().GetParameters().Codecs) > 0 {
			return true
		}
	}
	return false
}

func (s *session) stateChanged(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		s.patience.Stop()
		s.server.hub.RequestKeyframe()
		s.server.log.Info("viewer connected", "viewer", s.viewer, "id", s.id, "viewers", s.server.Viewers())
	case webrtc.PeerConnectionStateFailed:
		s.close("it vanished")
	case webrtc.PeerConnectionStateClosed:
		s.close("it closed the connection")
	}
}

// serveMessages tells the viewer's page what it asked to hear by opening a data channel. Further channels are closed: each
// would cost as much as the first.
func (s *session) serveMessages(channel *webrtc.DataChannel) {
	isFirst := false
	s.told.Do(func() { isFirst = true })
	if !isFirst {
		channel.OnOpen(func() { _ = channel.Close() })
		return
	}
	received := make(chan []byte, 16)
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		if len(message.Data) > maximumMessage {
			return
		}
		select {
		case received <- message.Data:
		default:
		}
	})
	channel.OnOpen(func() {
		go s.server.messages.Serve(s.done, func(message []byte) {
			if channel.BufferedAmount() < messagesAhead {
				_ = channel.SendText(string(message))
			}
		}, received)
	})
}

// count takes note of candidates, and fails if a viewer has too many.
func (s *session) count(candidates int) error {
	if s.candidates.Add(int32(candidates)) > maximumCandidates {
		return fmt.Errorf("more than %d candidates", maximumCandidates)
	}
	return nil
}

// addCandidates reads a fragment of SDP (RFC 8840).
func (s *session) addCandidates(fragment string) error {
	var mid, username string
	lines := bufio.NewScanner(strings.NewReader(fragment))
	for lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		switch name {
		case "a=mid":
			mid = value
		case "a=ice-ufrag":
			username = value
		case "a=candidate":
			if err := s.count(1); err != nil {
				return err
			}
			candidate := webrtc.ICECandidateInit{Candidate: "candidate:" + value}
			if mid != "" {
				candidate.SDPMid = &mid
			}
			if username != "" {
				candidate.UsernameFragment = &username
			}
			if err := s.connection.AddICECandidate(candidate); err != nil {
				return fmt.Errorf("candidate '%s': %w", value, err)
			}
		}
	}
	return lines.Err()
}

func (s *session) close(why string) {
	s.closing.Do(func() {
		close(s.done)
		s.server.forget(s.id)
		s.patience.Stop()
		// Closing waits for callbacks, and one of them may be what called us.
		go s.connection.Close()
		s.server.log.Info("viewer gone", "viewer", s.viewer, "id", s.id, "why", why,
			"watched", time.Since(s.since).Round(time.Second), "viewers", s.server.Viewers())
	})
}
