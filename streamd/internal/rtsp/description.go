// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/pion/sdp/v3"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

// payloadType of our H.264: the first of those that have no fixed meaning.
const payloadType = 96

// describe says in SDP what the stream is.
func describe(stream *live.Stream) (string, error) {
	now := uint64(time.Now().Unix())
	description := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: now, SessionVersion: now, NetworkType: "IN", AddressType: "IP4",
			UnicastAddress: "127.0.0.1",
		},
		SessionName: "zcframe",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: "IP4", Address: &sdp.Address{Address: "0.0.0.0"},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
		Attributes:       []sdp.Attribute{{Key: "control", Value: "*"}, {Key: "range", Value: "npt=now-"}},
	}
	video := &sdp.MediaDescription{
		MediaName: sdp.MediaName{
			Media: "video", Protos: []string{"RTP", "AVP"}, Formats: []string{fmt.Sprint(payloadType)},
		},
		Attributes: []sdp.Attribute{
			{Key: "rtpmap", Value: fmt.Sprintf("%d H264/%d", payloadType, live.ClockRate)},
			{Key: "fmtp", Value: fmt.Sprintf("%d %s", payloadType, parameters(stream))},
			{Key: "control", Value: "trackID=0"},
		},
	}
	description.MediaDescriptions = append(description.MediaDescriptions, video)
	text, err := description.Marshal()
	return string(text), err
}

// parameters are those of RFC 6184.
func parameters(stream *live.Stream) string {
	return fmt.Sprintf("packetization-mode=1;profile-level-id=%s;sprop-parameter-sets=%s,%s",
		hex.EncodeToString(stream.SPS[1:4]), base64.StdEncoding.EncodeToString(stream.SPS),
		base64.StdEncoding.EncodeToString(stream.PPS))
}
