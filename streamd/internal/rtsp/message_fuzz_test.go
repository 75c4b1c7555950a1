// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"bufio"
	"strings"
	"testing"
)

// FuzzRequests reads whatever a peer may send until it makes no sense, as serve does. By itself it runs over the seeds;
// `go test -fuzz FuzzRequests` looks for more.
func FuzzRequests(f *testing.F) {
	for _, seed := range []string{
		"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n",
		"$\x01\x00\x03abcSETUP rtsp://h/active/trackID=0 RTSP/1.0\r\ncseq: 7\r\n" +
			"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nContent-Length: 4\r\n\r\nbodyPLAY * RTSP/1.0\r\nSession: 1;x\r\n\r\n",
		"SETUP rtsp://h/active RTSP/1.0\r\nTransport: RTP/AVP;multicast,RTP/AVP;client_port=5000-5001;mode=\"PLAY\"\r\n\r\n",
		"DESCRIBE rtsp://u:p@[::1]:8554/active?token=%zz RTSP/1.0\nCSeq: 1\rX: y\n: \nAuthorization: Basic !\n\n",
		"$\xff\xff\xff",
		"GET / HTTP/1.1\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		source := strings.NewReader(text)
		from := bufio.NewReaderSize(source, readBufferSize)
		consumed := func() int { return len(text) - source.Len() - from.Buffered() }
		for {
			before, heard := consumed(), 0
			got, err := readRequest(from, func() { heard++ })
			if heard*4 > consumed()-before {
				t.Fatalf("%d reports heard in %d bytes", heard, consumed()-before)
			}
			if err != nil {
				return
			}
			if consumed() <= before {
				t.Fatal("a request was read out of nothing")
			}
			checkRequest(t, got)
		}
	})
}

// checkRequest looks at what is made of a request before anything is known of who sent it.
func checkRequest(t *testing.T, got *request) {
	lines := 0
	for name, values := range got.header {
		for _, value := range values {
			lines++
			if len(name)+len(value) > readBufferSize {
				t.Errorf("a header of %d bytes", len(name)+len(value))
			}
		}
	}
	if lines >= maximumLines {
		t.Errorf("%d headers", lines)
	}
	isOurs(got.uri)
	chosen, possible := chooseTransport(got.header.Get("Transport"))
	limit := 65535
	if chosen.interleaved {
		limit = 255
	}
	if possible && (min(chosen.data, chosen.control) < 0 || max(chosen.data, chosen.control) > limit || chosen.data == chosen.control) {
		t.Errorf("transport %+v", chosen)
	}
	checkAnswer(t, got.header.Get("CSeq"))
}

// checkAnswer reads an answer back: a client must not be able to put lines of its own into it.
func checkAnswer(t *testing.T, sequence string) {
	answer := string(refuse(statusNotFound, "no").bytes(sequence))
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	if body != "no\r\n" {
		t.Errorf("body %q", body)
	}
	for _, line := range strings.Split(head, "\r\n") {
		if strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %q", line)
		}
	}
}
