// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

// client speaks RTSP by hand.
type client struct {
	t        *testing.T
	conn     net.Conn
	reader   *bufio.Reader
	address  string
	sequence int
	session  string
}

// serve starts a camera and a server.
func serve(t *testing.T, settings Settings) (*Server, *testcamera.Camera) {
	t.Helper()
	camera := testcamera.New(t)
	camera.Start(64, 48)
	return serveCamera(t, camera, settings), camera
}

func serveCamera(t *testing.T, camera *testcamera.Camera, settings Settings) *Server {
	t.Helper()
	hub := testcamera.Stream(t, camera, new(testcamera.Encoder).Backend())
	settings.Listen = "127.0.0.1:0"
	settings.MaxViewers = max(settings.MaxViewers, 1)
	settings.ClientTimeout = time.Second
	server, err := Listen(settings, hub, testcamera.Quiet(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- server.Serve() }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return server
}

func connect(t *testing.T, server *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testcamera.Patience))
	return &client{t: t, conn: conn, reader: bufio.NewReader(conn), address: server.Address()}
}

// ask sends a request and returns status, header and body of the answer. Packets before it are passed over.
func (c *client) ask(method, uri string, header ...string) (status int, fields map[string]string, body string) {
	c.t.Helper()
	c.sequence++
	lines := append([]string{fmt.Sprintf("%s %s RTSP/1.0", method, uri), fmt.Sprintf("CSeq: %d", c.sequence)}, header...)
	if c.session != "" {
		lines = append(lines, "Session: "+c.session)
	}
	if _, err := io.WriteString(c.conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		c.t.Fatal(err)
	}
	for c.peek() == interleavedMark {
		c.packet()
	}
	first := c.line()
	if _, err := fmt.Sscanf(first, "RTSP/1.0 %d", &status); err != nil {
		c.t.Fatalf("%q: %v", first, err)
	}
	fields = map[string]string{}
	for line := c.line(); line != ""; line = c.line() {
		name, value, _ := strings.Cut(line, ": ")
		fields[name] = value
	}
	length, _ := strconv.Atoi(fields["Content-Length"])
	content := make([]byte, length)
	if _, err := io.ReadFull(c.reader, content); err != nil {
		c.t.Fatal(err)
	}
	return status, fields, string(content)
}

func (c *client) peek() byte {
	c.t.Helper()
	first, err := c.reader.Peek(1)
	if err != nil {
		c.t.Fatal(err)
	}
	return first[0]
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.reader.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimRight(line, "\r\n")
}

// packet reads one that came inside the connection.
func (c *client) packet() (channel byte, content []byte) {
	c.t.Helper()
	var head [4]byte
	if _, err := io.ReadFull(c.reader, head[:]); err != nil {
		c.t.Fatal(err)
	}
	if head[0] != interleavedMark {
		c.t.Fatalf("no packet but %q", head)
	}
	content = make([]byte, int(head[2])<<8|int(head[3]))
	if _, err := io.ReadFull(c.reader, content); err != nil {
		c.t.Fatal(err)
	}
	return head[1], content
}

func (c *client) play(transport string) {
	c.t.Helper()
	status, header, body := c.ask("SETUP", c.address+"/trackID=0", "Transport: "+transport)
	if status != statusOK {
		c.t.Fatalf("SETUP: %d %s", status, body)
	}
	c.session, _, _ = strings.Cut(header["Session"], ";")
	if status, _, body := c.ask("PLAY", c.address); status != statusOK {
		c.t.Fatalf("PLAY: %d %s", status, body)
	}
}

func TestTheDescriptionHasWhatDecodersNeed(t *testing.T) {
	server, _ := serve(t, Settings{})
	status, header, body := connect(t, server).ask("DESCRIBE", server.Address(), "Accept: application/sdp")
	var description sdp.SessionDescription
	if err := description.UnmarshalString(body); status != statusOK || err != nil || header["Content-Type"] != "application/sdp" {
		t.Fatalf("%d, %v, %v\n%s", status, header, err, body)
	}
	parameters, _ := description.MediaDescriptions[0].Attribute("fmtp")
	if !strings.Contains(parameters, "packetization-mode=1;profile-level-id=42c01e;sprop-parameter-sets=Z0LAHggGAQ==,aM48gQ==") {
		t.Errorf("parameters %q", parameters)
	}
}

func TestPicturesComeInsideTheConnection(t *testing.T) {
	server, _ := serve(t, Settings{})
	viewer := connect(t, server)
	viewer.play("RTP/AVP/TCP;unicast;interleaved=4-5")
	var last rtp.Packet
	pictures, reports := 0, 0
	for number := 0; pictures < 5; number++ {
		channel, content := viewer.packet()
		if channel == 5 {
			checkReport(t, content)
			reports++
			continue
		}
		var packet rtp.Packet
		if err := packet.Unmarshal(content); err != nil || channel != 4 {
			t.Fatalf("channel %d: %v", channel, err)
		}
		if number == 0 && packet.Payload[0]&0x1f != 24 {
			t.Errorf("it does not begin with parameter sets, but %#x", packet.Payload[0])
		}
		if number > 0 && packet.SequenceNumber != last.SequenceNumber+1 {
			t.Errorf("packet %d follows %d", packet.SequenceNumber, last.SequenceNumber)
		}
		if packet.Marker {
			pictures++
		}
		last = packet
	}
	if reports != 1 {
		t.Errorf("%d reports", reports)
	}
}

// checkReport wants the camera's wall clock beside the time stamp.
func checkReport(t *testing.T, content []byte) {
	t.Helper()
	packets, err := rtcp.Unmarshal(content)
	if err != nil {
		t.Fatal(err)
	}
	seconds := int64(packets[0].(*rtcp.SenderReport).NTPTime>>32) - 2208988800
	if away := time.Since(time.Unix(seconds, 0)).Abs(); away > time.Minute {
		t.Errorf("the report is %v away from now", away)
	}
}

func TestPicturesComeByUDPToWhoAskedAndNobodyElse(t *testing.T) {
	server, _ := serve(t, Settings{})
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	port := socket.LocalAddr().(*net.UDPAddr).Port
	viewer := connect(t, server)
	// The destination of another machine is not listened to.
	viewer.play(fmt.Sprintf("RTP/AVP;unicast;destination=192.0.2.99;client_port=%d-%d", port, port+1))
	_ = socket.SetReadDeadline(time.Now().Add(testcamera.Patience))
	content := make([]byte, 2048)
	length, from, err := socket.ReadFromUDP(content)
	if err != nil {
		t.Fatal(err)
	}
	var packet rtp.Packet
	if err := packet.Unmarshal(content[:length]); err != nil || from.Port != server.media.dataPort {
		t.Errorf("from %v: %v", from, err)
	}
}

func TestPauseStopsThePicturesAndPlayBeginsWithAKeyframe(t *testing.T) {
	server, _ := serve(t, Settings{})
	viewer := connect(t, server)
	viewer.play("RTP/AVP/TCP;unicast;interleaved=0-1")
	viewer.packet()
	if status, _, _ := viewer.ask("PAUSE", viewer.address); status != statusOK {
		t.Fatalf("PAUSE: %d", status)
	}
	// After its answer nothing comes before the next one.
	if status, _, _ := viewer.ask("GET_PARAMETER", viewer.address); status != statusOK {
		t.Errorf("GET_PARAMETER: %d", status)
	}
	if viewer.reader.Buffered() != 0 {
		t.Error("packets came after the pause")
	}
	viewer.ask("PLAY", viewer.address)
	_, content := viewer.packet()
	var packet rtp.Packet
	if err := packet.Unmarshal(content); err != nil || packet.Payload[0]&0x1f != 24 {
		t.Errorf("it goes on with %#x, %v", packet.Payload[0], err)
	}
}

func TestWhatCannotBeIsRefusedWithItsStatus(t *testing.T) {
	server, _ := serve(t, Settings{})
	viewer := connect(t, server)
	check := func(wanted int, method, uri string, header ...string) {
		t.Helper()
		if status, _, body := viewer.ask(method, uri, header...); status != wanted {
			t.Errorf("%s %s: %d %s, want %d", method, uri, status, body, wanted)
		}
	}
	check(statusOK, "OPTIONS", "*")
	check(statusNotFound, "DESCRIBE", strings.Replace(server.Address(), Path, "/other", 1))
	check(statusNotFound, "DESCRIBE", server.Address()+"more")
	check(statusMethodNotAllowed, "ANNOUNCE", server.Address())
	check(statusMethodNotAllowed, "RECORD", server.Address())
	check(statusSessionNotFound, "PLAY", server.Address())
	check(statusUnsupportedTransport, "SETUP", server.Address(), "Transport: RTP/AVP;multicast")
	check(statusUnsupportedTransport, "SETUP", server.Address())
	check(statusOK, "SETUP", server.Address()+"/trackID=0", "Transport: RTP/AVP/TCP")
	check(statusNotValidInState, "SETUP", server.Address()+"/trackID=1", "Transport: RTP/AVP/TCP")
	viewer.session = "somebody else's"
	check(statusSessionNotFound, "PLAY", server.Address())
	check(statusSessionNotFound, "TEARDOWN", server.Address())
}

func TestThereIsRoomForSoManyViewersAndAgainWhenOneLeaves(t *testing.T) {
	server, _ := serve(t, Settings{MaxViewers: 1})
	first, second := connect(t, server), connect(t, server)
	first.play("RTP/AVP/TCP")
	if status, _, _ := second.ask("SETUP", second.address, "Transport: RTP/AVP/TCP"); status != statusNotEnoughBandwidth {
		t.Errorf("a second viewer: %d", status)
	}
	first.ask("TEARDOWN", first.address)
	testcamera.Eventually(t, "room", func() bool {
		status, _, _ := second.ask("SETUP", second.address, "Transport: RTP/AVP/TCP")
		return status == statusOK
	})
}

func TestAViewerThatDoesNotReadIsDroppedAndOthersGoOn(t *testing.T) {
	server, _ := serve(t, Settings{MaxViewers: 2})
	stuck, good := connect(t, server), connect(t, server)
	// So that the kernel does not read for it.
	_ = stuck.conn.(*net.TCPConn).SetReadBuffer(2048)
	stuck.play("RTP/AVP/TCP")
	good.play("RTP/AVP/TCP")
	testcamera.Eventually(t, "the stuck one is dropped", func() bool {
		for range 20 {
			good.packet()
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		return server.sessions == 1
	})
}

func TestNoiseEndsItsOwnConnectionOnly(t *testing.T) {
	server, _ := serve(t, Settings{})
	for _, noise := range []string{"\x16\x03\x01\x02\x00\n\n\n", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("x", 10000)} {
		noisy := connect(t, server)
		if _, err := io.WriteString(noisy.conn, noise); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(noisy.reader)
		if !strings.HasPrefix(string(answer), "RTSP/1.0 400 ") {
			t.Errorf("%.20q is answered %.40q", noise, answer)
		}
	}
	if status, _, _ := connect(t, server).ask("OPTIONS", "*"); status != statusOK {
		t.Errorf("afterwards: %d", status)
	}
}
