// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func read(text string) (*request, error, int) {
	reports := 0
	got, err := readRequest(bufio.NewReaderSize(strings.NewReader(text), readBufferSize), func() { reports++ })
	return got, err, reports
}

func TestARequestIsReadWithWhatIsAroundIt(t *testing.T) {
	got, err, reports := read("$\x01\x00\x03abc$\x01\x00\x00SETUP rtsp://h/active/trackID=0 RTSP/1.0\r\ncseq: 7\r\n" +
		"Transport: RTP/AVP\r\nContent-Length: 4\r\n\r\nbody")
	if err != nil || reports != 2 {
		t.Fatalf("%v, %d reports", err, reports)
	}
	if got.method != "SETUP" || got.uri != "rtsp://h/active/trackID=0" || got.header.Get("CSeq") != "7" || got.header.Get("Transport") != "RTP/AVP" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	for text, wanted := range map[string]error{
		"GET / HTTP/1.1\r\n\r\n":                                            errNotRTSP,
		"OPTIONS *\r\n\r\n":                                                 errNotRTSP,
		"OPTIONS * RTSP/2.0\r\n\r\n":                                        errNotRTSP,
		"OPTIONS * RTSP/1.0\r\nno colon\r\n\r\n":                            errNotRTSP,
		"OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n":                  errNotRTSP,
		"OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n":            errTooLarge,
		"OPTIONS " + strings.Repeat("x", 5000) + " RTSP/1.0\r\n\r\n":        errTooLarge,
		"OPTIONS * RTSP/1.0\r\n" + strings.Repeat("A: b\r\n", 100) + "\r\n": errTooLarge,
		"\x16\x03\x01\x02\x00\x01\n":                                        errNotRTSP,
		"OPTIONS * RTSP/1.0\r\nCSeq: 1":                                     io.EOF,
		"OPTIONS * RTSP/1.0\r\nCSeq: 1\rX: y\r\n\r\n":                       errNotRTSP,
		"$\x00": io.ErrUnexpectedEOF,
		"":      io.EOF,
	} {
		if _, err, _ := read(text); !errors.Is(err, wanted) {
			t.Errorf("%.40q: %v, want %v", text, err, wanted)
		}
	}
}

func TestTheFirstTransportThatCanBeHadIsTaken(t *testing.T) {
	for offered, wanted := range map[string]transport{
		"RTP/AVP;unicast;client_port=5000-5001":                                       {false, 5000, 5001},
		"RTP/AVP/UDP;unicast;client_port=5000":                                        {false, 5000, 5001},
		"RTP/AVP/TCP;unicast;interleaved=2-3":                                         {true, 2, 3},
		"RTP/AVP/TCP":                                                                 {true, 0, 1},
		"RTP/AVP;multicast, rtp/avp/tcp;interleaved=0-1;mode=\"PLAY\"":                {true, 0, 1},
		"RTP/SAVP;client_port=1-2,RTP/AVP;unicast;client_port=9000-9001;mode=play":    {false, 9000, 9001},
		"RTP/AVP;unicast;client_port=6000-6001;destination=192.0.2.1;ttl=255,garbage": {false, 6000, 6001},
	} {
		if got, ok := chooseTransport(offered); !ok || got != wanted {
			t.Errorf("%s: %+v, %v", offered, got, ok)
		}
	}
	for _, offered := range []string{"", "RTP/AVP", "RTP/AVP;multicast", "RTP/AVP;client_port=0-1", "RTP/AVP;client_port=5-5",
		"RTP/AVP;client_port=70000-70001", "RTP/AVP;client_port=-4", "RTP/AVP/TCP;interleaved=255-256", "RTP/AVP/TCP;interleaved=x",
		"RTP/AVP/TCP;mode=record", "RAW/RAW/UDP;client_port=5000-5001"} {
		if got, ok := chooseTransport(offered); ok {
			t.Errorf("%s: taken as %+v", offered, got)
		}
	}
}

func TestAnAnswerHasItsReasonAsBody(t *testing.T) {
	answer := refuse(statusNotFound, "the stream is elsewhere")
	text := string(answer.bytes("5"))
	if !strings.HasPrefix(text, "RTSP/1.0 404 Not Found\r\nCSeq: 5\r\n") || !strings.HasSuffix(text, "\r\n\r\nthe stream is elsewhere\r\n") {
		t.Errorf("%q", text)
	}
}
