// SPDX-License-Identifier: Apache-2.0

// Package peer is what connections of WebRTC have in common, whichever side asked for them: H.264 and nothing else, sent
// as the packets that a picture was cut into once.
package peer

import (
	"log/slog"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

// NewAPI makes what connections are made of.
func NewAPI(settings webrtc.SettingEngine, log *slog.Logger) (*webrtc.API, error) {
	settings.LoggerFactory = quietLoggers{log}
	media := new(webrtc.MediaEngine)
	if err := registerH264(media); err != nil {
		return nil, err
	}
	interceptors := new(interceptor.Registry)
	if err := webrtc.RegisterDefaultInterceptors(media, interceptors); err != nil {
		return nil, err
	}
	return webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(interceptors)), nil
}

// registerH264 takes baseline profile only, which is what is encoded and what every browser decodes.
func registerH264(media *webrtc.MediaEngine) error {
	feedback := []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	for i, profile := range []string{"42e01f", "42001f"} {
		err := media.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeH264, ClockRate: live.ClockRate, RTCPFeedback: feedback,
				SDPFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + profile,
			},
			PayloadType: webrtc.PayloadType(102 + i*2),
		}, webrtc.RTPCodecTypeVideo)
		if err != nil {
			return err
		}
	}
	return nil
}

// Track is the stream as connections have it. Any number of them may share one.
type Track struct {
	*webrtc.TrackLocalStaticRTP
	sequence uint16
}

// NewTrack makes a track.
func NewTrack() (*Track, error) {
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeH264, ClockRate: live.ClockRate,
	}, "video", "zcframe")
	return &Track{TrackLocalStaticRTP: track}, err
}

// Send sends a picture to every connection that has the track. One goroutine at a time may call it.
func (t *Track) Send(unit *live.Unit) {
	payloads := unit.Payloads()
	for i, payload := range payloads {
		packet := rtp.Packet{
			Header: rtp.Header{
				Version: 2, SequenceNumber: t.sequence, Timestamp: unit.Stamp, Marker: i == len(payloads)-1,
			},
			Payload: payload,
		}
		t.sequence++
		// Of a connection that is broken ICE will say so; the others have got the packet.
		_ = t.WriteRTP(&packet)
	}
}

// ReadFeedback calls lost when the other side has lost pictures and needs a keyframe, until the connection ends.
func ReadFeedback(sender *webrtc.RTPSender, lost func()) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				lost()
			}
		}
	}
}
