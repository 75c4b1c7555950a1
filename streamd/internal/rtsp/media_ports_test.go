// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"net"
	"net/netip"
	"testing"
)

func TestAClientThatGoesLeavesThePortsToTheNextThatNamedThem(t *testing.T) {
	media, err := listenMedia(net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer media.close()
	client, err := net.DialUDP("udp", nil, media.control.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	address := netip.MustParseAddrPort(client.LocalAddr().String())

	heard := make(chan struct{}, 1)
	forgetFirst := media.watch(func() { t.Error("the client that went is heard") }, address)
	media.watch(func() { heard <- struct{}{} }, address)
	forgetFirst()
	if _, err := client.Write([]byte("report")); err != nil {
		t.Fatal(err)
	}
	<-heard
}
