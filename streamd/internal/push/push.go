// SPDX-License-Identifier: Apache-2.0

// Package push sends the stream to a media server by WHIP (RFC 9725), and goes on doing so: a server that is restarted
// has the stream back by itself.
package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/access"
	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/peer"
)

// Settings of a Pusher.
type Settings struct {
	URL   string
	Token access.Token // Shown to the server as a bearer's.
	// ShortestPause is how long to wait after a first failure; each further one doubles it, up to LongestPause.
	ShortestPause, LongestPause time.Duration
}

const (
	// requestTimeout is for the server's answer, and connectTimeout for the connection after that.
	requestTimeout = 10 * time.Second
	connectTimeout = 15 * time.Second
	maximumAnswer  = 64 << 10
	// depth is how many pictures the writer of packets may be behind.
	depth = 30
)

// Pusher pushes. Run works it.
type Pusher struct {
	settings Settings
	hub      *live.Hub
	log      *slog.Logger
	api      *webrtc.API
	client   *http.Client

	connected prometheus.Gauge
	failures  prometheus.Counter
}

// New makes a pusher.
func New(settings Settings, hub *live.Hub, log *slog.Logger, registry prometheus.Registerer) (*Pusher, error) {
	var engine webrtc.SettingEngine
	// The server may be on this machine, and the machine without a network.
	engine.SetIncludeLoopbackCandidate(true)
	api, err := peer.NewAPI(engine, log)
	if err != nil {
		return nil, err
	}
	pusher := &Pusher{
		settings: settings, hub: hub, log: log, api: api, client: &http.Client{Timeout: requestTimeout},
		connected: prometheus.NewGauge(prometheus.GaugeOpts{Name: "zcframe_streamd_push_connected",
			Help: "1 while the stream is pushed."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "zcframe_streamd_push_failures_total",
			Help: "Times that pushing failed or ended."}),
	}
	registry.MustRegister(pusher.connected, pusher.failures)
	return pusher, nil
}

// Run pushes until the context ends.
func (p *Pusher) Run(ctx context.Context) {
	pause := p.settings.ShortestPause
	for {
		connected, err := p.push(ctx)
		if ctx.Err() != nil {
			return
		}
		if connected {
			pause = p.settings.ShortestPause
		}
		p.failures.Inc()
		p.log.Warn("the stream is not pushed", "to", withoutPassword(p.settings.URL), "why", err, "next_try_in", pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, p.settings.LongestPause)
	}
}

// push pushes until the connection or the context ends, and says whether there was a connection at all.
func (p *Pusher) push(ctx context.Context) (connected bool, err error) {
	connection, err := p.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return false, err
	}
	defer connection.Close()
	states := make(chan webrtc.PeerConnectionState, 8)
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { states <- state })

	track, err := p.addTrack(connection)
	if err != nil {
		return false, err
	}
	session, err := p.offer(ctx, connection)
	if err != nil {
		return false, err
	}
	defer p.leave(session)
	if err := await(ctx, states); err != nil {
		return false, err
	}
	p.log.Info("the stream is pushed", "to", withoutPassword(p.settings.URL))
	p.connected.Set(1)
	defer p.connected.Set(0)
	return true, p.send(ctx, track, states)
}

func (p *Pusher) addTrack(connection *webrtc.PeerConnection) (*peer.Track, error) {
	track, err := peer.NewTrack()
	if err != nil {
		return nil, err
	}
	transceiver, err := connection.AddTransceiverFromTrack(track.TrackLocalStaticRTP,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return nil, err
	}
	go peer.ReadFeedback(transceiver.Sender(), p.hub.RequestKeyframe)
	return track, nil
}

// offer asks the server, and returns the address of the session.
func (p *Pusher) offer(ctx context.Context, connection *webrtc.PeerConnection) (session string, err error) {
	offer, err := connection.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(offer); err != nil {
		return "", err
	}
	<-gathered
	response, err := p.request(ctx, http.MethodPost, p.settings.URL, connection.LocalDescription().SDP)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maximumAnswer))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("the server answers %s: %s", response.Status, firstLine(string(body)))
	}
	session = sessionAddress(response)
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(body)}
	if err := connection.SetRemoteDescription(answer); err != nil {
		p.leave(session)
		return "", fmt.Errorf("the server's answer is no answer to our offer: %w", err)
	}
	return session, nil
}

func (p *Pusher) request(ctx context.Context, method, address, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/sdp")
	}
	// A server may send us on to another one, which then has the session but not our trust.
	if p.settings.Token.IsSet() && isSameServer(address, p.settings.URL) {
		request.Header.Set("Authorization", "Bearer "+p.settings.Token.Text())
	}
	return p.client.Do(request)
}

// withoutPassword makes an address fit to be logged.
func withoutPassword(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "an address that is none"
	}
	return parsed.Redacted()
}

func isSameServer(address, other string) bool {
	first, err := url.Parse(address)
	second, otherErr := url.Parse(other)
	return err == nil && otherErr == nil && first.Scheme == second.Scheme && first.Host == second.Host
}

// sessionAddress is relative to that of the request. A session on another machine would be shown our token.
func sessionAddress(response *http.Response) string {
	address, err := url.Parse(response.Header.Get("Location"))
	if err != nil || address.String() == "" {
		return ""
	}
	resolved := response.Request.URL.ResolveReference(address)
	if resolved.Host != response.Request.URL.Host || resolved.Scheme != response.Request.URL.Scheme {
		return ""
	}
	return resolved.String()
}

// leave ends the session. A server that does not hear it notices the silence.
func (p *Pusher) leave(session string) {
	if session == "" {
		return
	}
	ending, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if response, err := p.request(ending, http.MethodDelete, session, ""); err == nil {
		response.Body.Close()
	}
}

func await(ctx context.Context, states <-chan webrtc.PeerConnectionState) error {
	timer := time.NewTimer(connectTimeout)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return errors.New("the server answered, but no connection came about; is UDP let through?")
		case state := <-states:
			switch state {
			case webrtc.PeerConnectionStateConnected:
				return nil
			case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
				return errors.New("the server answered, but the connection failed")
			}
		}
	}
}

func (p *Pusher) send(ctx context.Context, track *peer.Track, states <-chan webrtc.PeerConnectionState) error {
	subscription := p.hub.Subscribe(depth)
	defer subscription.Close()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case unit := <-subscription.Units:
			track.Send(unit)
		case state := <-states:
			if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
				return errors.New("the connection to the server is lost")
			}
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
