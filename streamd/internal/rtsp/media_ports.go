// SPDX-License-Identifier: Apache-2.0

package rtsp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// mediaPorts are the two UDP ports that all clients share: packets leave through them, reports come in.
type mediaPorts struct {
	data, control *net.UDPConn
	dataPort      int

	mu      sync.Mutex
	clients map[netip.AddrPort]*listener
}

// listener is called when a report comes from its address.
type listener struct{ heard func() }

// listenMedia takes an even port and the one above it, as RTP has it.
func listenMedia(ip net.IP) (*mediaPorts, error) {
	const attempts = 50
	for range attempts {
		data, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
		if err != nil {
			return nil, fmt.Errorf("UDP for RTSP on %v: %w", ip, err)
		}
		port := data.LocalAddr().(*net.UDPAddr).Port
		if port%2 == 0 {
			control, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip, Port: port + 1})
			if err == nil {
				made := &mediaPorts{data: data, control: control, dataPort: port, clients: map[netip.AddrPort]*listener{}}
				go made.readReports(data)
				go made.readReports(control)
				return made, nil
			}
		}
		data.Close()
	}
	return nil, errors.New("UDP for RTSP: no two free ports side by side")
}

// readReports looks at where packets come from, not at what is in them.
func (m *mediaPorts) readReports(from *net.UDPConn) {
	var packet [2048]byte
	for {
		_, sender, err := from.ReadFromUDPAddrPort(packet[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		m.mu.Lock()
		found := m.clients[unmapped(sender)]
		m.mu.Unlock()
		if found != nil {
			found.heard()
		}
	}
}

// watch calls heard whenever a packet comes from one of the two addresses, until forget, or until another client behind
// the same translator of addresses names the same ports.
func (m *mediaPorts) watch(heard func(), addresses ...netip.AddrPort) (forget func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	own := &listener{heard}
	for _, address := range addresses {
		m.clients[unmapped(address)] = own
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, address := range addresses {
			if m.clients[unmapped(address)] == own {
				delete(m.clients, unmapped(address))
			}
		}
	}
}

func unmapped(address netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
}

func (m *mediaPorts) close() {
	m.data.Close()
	m.control.Close()
}
