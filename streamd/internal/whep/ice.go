// SPDX-License-Identifier: Apache-2.0

package whep

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"github.com/zcframe/zcframe/streamd/internal/peer"
)

// ICE says where the pictures of WebRTC come from.
type ICE struct {
	// Addresses of this machine that are offered to viewers, and listened on. Empty: every address there is, the
	// loopback one included.
	Addresses []net.IP
	Port      int // UDP; 0: a free one.
}

// How long a viewer may be silent. A browser answers every few seconds.
const (
	disconnectedAfter = 4 * time.Second
	failedAfter       = 6 * time.Second // After it was disconnected.
	keepaliveInterval = time.Second
)

// newAPI makes what connections are made of, all of them on one UDP port.
func newAPI(where ICE, log *slog.Logger) (*webrtc.API, ice.UDPMux, error) {
	mux, err := listenMedia(where)
	if err != nil {
		return nil, nil, err
	}
	var settings webrtc.SettingEngine
	settings.SetICEUDPMux(mux)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetICETimeouts(disconnectedAfter, failedAfter, keepaliveInterval)
	// Names of viewers under .local need a question to the whole network; their checks tell us their address as well.
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	api, err := peer.NewAPI(settings, log)
	return api, mux, err
}

func listenMedia(where ICE) (ice.UDPMux, error) {
	if len(where.Addresses) == 0 {
		mux, err := ice.NewMultiUDPMuxFromPort(where.Port, ice.UDPMuxFromPortWithLoopback())
		if err != nil {
			return nil, fmt.Errorf("UDP port %d for WebRTC: %w; another program may have it: set media_port", where.Port, err)
		}
		return mux, nil
	}
	var muxes []ice.UDPMux
	for _, address := range where.Addresses {
		connection, err := net.ListenUDP("udp", &net.UDPAddr{IP: address, Port: where.Port})
		if err != nil {
			return nil, fmt.Errorf("UDP port %d for WebRTC: %w; another program may have it, or the machine not the address: "+
				"set media_port or ice_address", where.Port, err)
		}
		muxes = append(muxes, ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: connection}))
	}
	return ice.NewMultiUDPMuxDefault(muxes...), nil
}
