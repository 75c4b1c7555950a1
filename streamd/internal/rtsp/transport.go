// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"fmt"
	"strconv"
	"strings"
)

// transport is how a client wants its packets: inside the connection, or by UDP.
type transport struct {
	interleaved bool
	// The channels in the connection, or the client's ports: for pictures, and for reports about them.
	data, control int
}

// chooseTransport takes the first of those that a client offers in its header Transport that can be had.
func chooseTransport(offered string) (transport, bool) {
	for _, each := range strings.Split(offered, ",") {
		if chosen, ok := parseTransport(strings.TrimSpace(each)); ok {
			return chosen, true
		}
	}
	return transport{}, false
}

func parseTransport(text string) (transport, bool) {
	parts := strings.Split(text, ";")
	var chosen transport
	switch strings.ToUpper(parts[0]) {
	case "RTP/AVP", "RTP/AVP/UDP":
	case "RTP/AVP/TCP":
		chosen = transport{interleaved: true, data: 0, control: 1}
	default:
		return chosen, false
	}
	ports := chosen.interleaved
	for _, parameter := range parts[1:] {
		name, value, _ := strings.Cut(parameter, "=")
		switch {
		case name == "multicast", name == "mode" && !strings.EqualFold(strings.Trim(value, `"`), "play"):
			return chosen, false
		case name == "interleaved" && chosen.interleaved:
			var ok bool
			if chosen.data, chosen.control, ok = parsePair(value, 255); !ok {
				return chosen, false
			}
		case name == "client_port" && !chosen.interleaved:
			var ok bool
			if chosen.data, chosen.control, ok = parsePair(value, 65535); !ok || chosen.data == 0 {
				return chosen, false
			}
			ports = true
		}
	}
	return chosen, ports
}

// parsePair takes "4-5", or "4" for the same.
func parsePair(text string, maximum int) (first, second int, ok bool) {
	before, after, isPair := strings.Cut(text, "-")
	first, err := strconv.Atoi(before)
	second = first + 1
	if err == nil && isPair {
		second, err = strconv.Atoi(after)
	}
	return first, second, err == nil && first >= 0 && second >= 0 && first <= maximum && second <= maximum && first != second
}

// header says in an answer what was chosen.
func (t transport) header(server *mediaPorts, source uint32) string {
	if t.interleaved {
		return fmt.Sprintf("RTP/AVP/TCP;unicast;interleaved=%d-%d;ssrc=%08X", t.data, t.control, source)
	}
	return fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d;server_port=%d-%d;ssrc=%08X", t.data, t.control,
		server.dataPort, server.dataPort+1, source)
}
