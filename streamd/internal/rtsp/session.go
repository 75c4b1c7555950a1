// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/zcframe/zcframe/streamd/internal/live"
)

const (
	interleavedMark = '$'
	// depth is how many pictures a client may be behind before it loses some.
	depth = 30
	// reportInterval is how often a client is told what time it is at the camera.
	reportInterval = 5 * time.Second
)

// session is what one client plays.
type session struct {
	connection *connection
	id         string
	transport  transport
	source     uint32 // Names our packets (SSRC).
	since      time.Time
	forget     func()

	// For UDP: where packets and reports go.
	data, control netip.AddrPort

	stopping chan struct{} // Closed to end playing; nil while paused.
	playing  sync.WaitGroup
	sequence uint16
	packets  uint32
	octets   uint32
	reported time.Time
}

func newSession(client *connection, chosen transport) *session {
	var source [4]byte
	_, _ = rand.Read(source[:])
	s := &session{
		connection: client, id: rand.Text(), transport: chosen, since: time.Now(),
		source: binary.BigEndian.Uint32(source[:]), forget: func() {},
	}
	if !chosen.interleaved {
		// Packets go where the connection comes from and nowhere else, or anybody could have them sent to anybody.
		ip := client.conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		s.data = netip.AddrPortFrom(ip, uint16(chosen.data))
		s.control = netip.AddrPortFrom(ip, uint16(chosen.control))
		s.forget = client.server.media.watch(client.heard, s.data, s.control)
	}
	return s
}

// described answers SETUP.
func (s *session) described() *response {
	answer := ok()
	answer.header["Session"] = s.id + ";timeout=60"
	answer.header["Transport"] = s.transport.header(s.connection.server.media, s.source)
	return answer
}

func (s *session) isCalled(name string) bool {
	id, _, _ := strings.Cut(name, ";")
	return strings.TrimSpace(id) == s.id
}

func (s *session) answer(request *request) *response {
	answer := ok()
	answer.header["Session"] = s.id
	switch request.method {
	case "PLAY":
		answer.header["Range"] = "npt=now-"
	case "PAUSE":
		s.pause()
	}
	return answer
}

// play sends pictures, from the next keyframe on. Playing twice is fine.
func (s *session) play() {
	if s.stopping != nil {
		return
	}
	s.stopping = make(chan struct{})
	s.playing.Add(1)
	go s.send(s.stopping)
	how := "UDP"
	if s.transport.interleaved {
		how = "TCP"
	}
	s.connection.server.log.Info("RTSP viewer plays", "viewer", s.connection.conn.RemoteAddr(), "over", how)
}

func (s *session) pause() {
	if s.stopping != nil {
		close(s.stopping)
		s.playing.Wait()
		s.stopping = nil
	}
}

func (s *session) end(why string) {
	// One that does not read would keep the writer waiting.
	_ = s.connection.conn.SetWriteDeadline(time.Now())
	s.pause()
	s.forget()
	s.connection.server.dismiss()
	s.connection.server.log.Info("RTSP viewer gone", "viewer", s.connection.conn.RemoteAddr(), "why", why,
		"watched", time.Since(s.since).Round(time.Second))
}

func (s *session) send(stopping <-chan struct{}) {
	defer s.playing.Done()
	subscription := s.connection.server.hub.Subscribe(depth)
	defer func() {
		subscription.Close()
		if dropped := subscription.Dropped(); dropped > 0 {
			s.connection.server.log.Warn("RTSP viewer was too slow", "viewer", s.connection.conn.RemoteAddr(),
				"pictures_dropped", dropped)
		}
	}()
	for {
		select {
		case <-stopping:
			return
		case unit := <-subscription.Units:
			if err := s.sendUnit(unit); err != nil {
				// serve() sees the same, and ends the session.
				s.connection.conn.Close()
				return
			}
		}
	}
}

func (s *session) sendUnit(unit *live.Unit) error {
	var interleaved []byte
	payloads := unit.Payloads()
	for i, payload := range payloads {
		header := rtp.Header{
			Version: 2, PayloadType: payloadType, SequenceNumber: s.sequence, Timestamp: unit.Stamp, SSRC: s.source,
			Marker: i == len(payloads)-1,
		}
		s.sequence++
		s.packets++
		s.octets += uint32(len(payload))
		packet, err := (&rtp.Packet{Header: header, Payload: payload}).Marshal()
		if err != nil {
			return err
		}
		if s.transport.interleaved {
			interleaved = appendInterleaved(interleaved, s.transport.data, packet)
			continue
		}
		// A datagram that cannot be sent is a datagram lost.
		_, _ = s.connection.server.media.data.WriteToUDPAddrPort(packet, s.data)
	}
	if time.Since(s.reported) > reportInterval {
		s.reported = time.Now()
		interleaved = s.report(interleaved, unit)
	}
	if len(interleaved) == 0 {
		return nil
	}
	return s.connection.write(interleaved)
}

func appendInterleaved(to []byte, channel int, packet []byte) []byte {
	to = append(to, interleavedMark, byte(channel), byte(len(packet)>>8), byte(len(packet)))
	return append(to, packet...)
}

// report tells by the wall clock when the camera took the picture with some time stamp, so that clients can line up
// streams of several cameras.
func (s *session) report(interleaved []byte, unit *live.Unit) []byte {
	report := rtcp.SenderReport{
		SSRC: s.source, NTPTime: ntpOf(unit.CaptureWall), RTPTime: unit.Stamp, PacketCount: s.packets, OctetCount: s.octets,
	}
	packet, err := report.Marshal()
	if err != nil {
		return interleaved
	}
	if s.transport.interleaved {
		return appendInterleaved(interleaved, s.transport.control, packet)
	}
	_, _ = s.connection.server.media.control.WriteToUDPAddrPort(packet, s.control)
	return interleaved
}

// ntpOf counts seconds since 1900 in the upper half, and their fraction in the lower one.
func ntpOf(wall time.Time) uint64 {
	const from1900to1970 = 2208988800
	return uint64(wall.Unix()+from1900to1970)<<32 | uint64(wall.Nanosecond())<<32/uint64(time.Second)
}
