// SPDX-License-Identifier: Apache-2.0

package whep

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zcframe/zcframe/streamd/internal/live"
	"github.com/zcframe/zcframe/streamd/internal/peer"
	"github.com/zcframe/zcframe/streamd/internal/testcamera"
)

// echo answers each message, and tells when it ends.
type echo struct{ begun, ended atomic.Int32 }

func (e *echo) Serve(done <-chan struct{}, send func([]byte), received <-chan []byte) {
	e.begun.Add(1)
	defer e.ended.Add(1)
	for {
		select {
		case <-done:
			return
		case message := <-received:
			send(message)
		}
	}
}

func serve(t *testing.T, maxViewers int, messages Messages) (*Server, *live.Hub) {
	t.Helper()
	camera := testcamera.New(t)
	camera.Start(64, 48)
	hub := testcamera.Stream(t, camera, new(testcamera.Encoder).Backend())
	server, err := NewServer(Settings{
		ICE: ICE{Addresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, MaxViewers: maxViewers,
	}, hub, messages, testcamera.Quiet(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, hub
}

// viewer is the other side.
type viewer struct {
	connection *webrtc.PeerConnection
	channel    *webrtc.DataChannel
	id         string
	packets    chan *rtp.Packet
	messages   chan string
}

func newViewer(t *testing.T) *viewer {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	api, err := peer.NewAPI(settings, testcamera.Quiet())
	if err != nil {
		t.Fatal(err)
	}
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	made := &viewer{connection: connection, packets: make(chan *rtp.Packet, 1000), messages: make(chan string, 10)}
	connection.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			select {
			case made.packets <- packet:
			default:
			}
		}
	})
	return made
}

// offer makes an offer to receive video, and messages.
func (v *viewer) offer(t *testing.T) string {
	t.Helper()
	receive := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
	if _, err := v.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, receive); err != nil {
		t.Fatal(err)
	}
	channel, err := v.connection.CreateDataChannel("zcframe", nil)
	if err != nil {
		t.Fatal(err)
	}
	channel.OnMessage(func(message webrtc.DataChannelMessage) { v.messages <- string(message.Data) })
	v.channel = channel
	offer, err := v.connection.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(v.connection)
	if err := v.connection.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return v.connection.LocalDescription().SDP
}

func watch(t *testing.T, server *Server) *viewer {
	t.Helper()
	made := newViewer(t)
	answer, id, err := server.Offer(made.offer(t), "test")
	if err != nil {
		t.Fatal(err)
	}
	made.id = id
	if err := made.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	return made
}

// nextPicture puts a picture together from its packets.
func (v *viewer) nextPicture(t *testing.T) (data []byte, stamp uint32) {
	t.Helper()
	var depacketizer codecs.H264Packet
	for {
		packet := <-v.packets
		part, err := depacketizer.Unmarshal(packet.Payload)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, part...)
		if packet.Marker {
			return data, packet.Timestamp
		}
	}
}

func TestViewersGetTheSamePicturesAndTheirMessages(t *testing.T) {
	server, hub := serve(t, 3, new(echo))
	first, second := watch(t, server), watch(t, server)
	subscription := hub.Subscribe(1000)
	sent := map[uint32]string{}
	collect := func() {
		for len(subscription.Units) > 0 {
			unit := <-subscription.Units
			sent[unit.Stamp] = string(unit.AnnexB())
		}
	}
	for _, each := range []*viewer{first, second} {
		compared := 0
		for compared < 5 {
			data, stamp := each.nextPicture(t)
			collect()
			if wanted, known := sent[stamp]; known && wanted == string(data) {
				compared++
			}
		}
	}
	if subscribers := hub.Subscribers(); subscribers != 2 {
		t.Errorf("%d subscribers for two viewers and this test", subscribers)
	}
	testcamera.Eventually(t, "the channel opens", func() bool { return second.channel.ReadyState() == webrtc.DataChannelStateOpen })
	if err := second.channel.SendText("hello"); err != nil {
		t.Fatal(err)
	}
	if got := <-second.messages; got != "hello" {
		t.Errorf("got %q", got)
	}
}

func TestAViewerThatLeavesIsForgottenAndWithTheLastOneTheStream(t *testing.T) {
	messages := new(echo)
	server, hub := serve(t, 1, messages)
	leaving := watch(t, server)
	leaving.nextPicture(t)
	testcamera.Eventually(t, "the channel opens", func() bool { return leaving.channel.ReadyState() == webrtc.DataChannelStateOpen })
	if _, _, err := server.Offer(newViewer(t).offer(t), "test"); !errors.Is(err, ErrTooManyViewers) {
		t.Errorf("a second one: %v", err)
	}
	if !server.End(leaving.id) || server.End(leaving.id) {
		t.Error("it does not end once")
	}
	if server.Viewers() != 0 {
		t.Errorf("%d viewers", server.Viewers())
	}
	testcamera.Eventually(t, "the hub is left", func() bool { return hub.Subscribers() == 0 })
	testcamera.Eventually(t, "the messages end", func() bool { return messages.ended.Load() == 1 })
	watch(t, server).nextPicture(t)
}

func TestAViewerThatClosesItsConnectionIsForgotten(t *testing.T) {
	server, _ := serve(t, 1, new(echo))
	leaving := watch(t, server)
	leaving.nextPicture(t)
	leaving.connection.Close()
	testcamera.Eventually(t, "nobody is left", func() bool { return server.Viewers() == 0 })
}

func TestAViewerThatVanishesIsForgotten(t *testing.T) {
	server, hub := serve(t, 1, new(echo))
	// It has an answer and never connects, as if it had been unplugged.
	vanishing := newViewer(t)
	_, id, err := server.Offer(vanishing.offer(t), "test")
	if err != nil {
		t.Fatal(err)
	}
	server.find(id).patience.Reset(0)
	testcamera.Eventually(t, "nobody is left", func() bool { return server.Viewers() == 0 && hub.Subscribers() == 0 })
}

func TestAnAlienOfferIsRefusedAndCostsNothing(t *testing.T) {
	server, _ := serve(t, 1, new(echo))
	good := newViewer(t).offer(t)
	for name, offer := range map[string]string{
		"nothing":       "",
		"no SDP":        "<html>hello</html>",
		"zeros":         strings.Repeat("\x00", 1000),
		"no video":      strings.ReplaceAll(good, "m=video", "m=audio"),
		"another codec": strings.NewReplacer("H264/90000", "VP8/90000").Replace(good),
		"cut short":     good[:len(good)/2],
		"no identity":   strings.ReplaceAll(good, "a=ice-ufrag", "a=x-ufrag"),
		"only v":        "v=0\r\n",
	} {
		if answer, _, err := server.Offer(offer, "test"); !errors.Is(err, ErrBadOffer) {
			t.Errorf("%s: %v\n%s", name, err, answer)
		}
	}
	if server.Viewers() != 0 {
		t.Errorf("%d viewers are left", server.Viewers())
	}
	watch(t, server).nextPicture(t)
}

func TestCandidatesThatComeLaterAreTakenOrRefused(t *testing.T) {
	server, _ := serve(t, 1, new(echo))
	late := watch(t, server)
	good := "a=ice-ufrag:x\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n"
	if found, err := server.AddCandidates(late.id, strings.Replace(good, "a=ice-ufrag:x\r\n", "", 1)); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := server.AddCandidates(late.id, "a=candidate:nonsense\r\n"); err == nil {
		t.Error("nonsense is taken")
	}
	if found, _ := server.AddCandidates("nobody", good); found {
		t.Error("a session that is not there is found")
	}
}

func TestAViewerHasOneChannelOfMessages(t *testing.T) {
	messages := new(echo)
	server, _ := serve(t, 1, messages)
	greedy := watch(t, server)
	testcamera.Eventually(t, "the channel opens", func() bool { return greedy.channel.ReadyState() == webrtc.DataChannelStateOpen })
	testcamera.Eventually(t, "it is served", func() bool { return messages.begun.Load() == 1 })
	for range 5 {
		further, err := greedy.connection.CreateDataChannel("more", nil)
		if err != nil {
			t.Fatal(err)
		}
		testcamera.Eventually(t, "it is closed", func() bool { return further.ReadyState() == webrtc.DataChannelStateClosed })
	}
	if begun := messages.begun.Load(); begun != 1 {
		t.Errorf("%d channels are served", begun)
	}
	if err := greedy.channel.SendText("hello"); err != nil || <-greedy.messages != "hello" {
		t.Errorf("the first is not served any more: %v", err)
	}
}

func TestAViewerCannotHaveChecksSentToManyAddresses(t *testing.T) {
	server, _ := serve(t, 1, new(echo))
	candidates := strings.Repeat("a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n", maximumCandidates+1)
	offer := newViewer(t).offer(t)
	if _, _, err := server.Offer(offer+candidates, "test"); !errors.Is(err, ErrBadOffer) {
		t.Errorf("an offer: %v", err)
	}
	late := watch(t, server)
	if _, err := server.AddCandidates(late.id, "a=mid:0\r\n"+candidates); err == nil {
		t.Error("they are taken later")
	}
}
