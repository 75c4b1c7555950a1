#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The stream as others read it.
bats_require_minimum_version 1.5.0
load helper

# Decode so many pictures: decode FRAMES [OPTION OF FFMPEG]...
decode() {
	local frames=$1
	shift
	timeout 60 ffmpeg -v error "$@" -i "$rtsp" -frames:v "$frames" -f framemd5 - | grep -c '^0,'
}

@test "ffprobe reads what the stream is" {
	start_camera
	start_server
	run -0 ffprobe -v error -rtsp_transport tcp -show_entries stream=codec_name,profile,width,height -of csv "$rtsp"
	[ "$output" = "stream,h264,Constrained Baseline,640,480" ]
}

@test "pictures come over TCP and over UDP, and none is encoded when nobody watches" {
	start_camera
	start_server
	[ "$(metric pictures_encoded_total)" = 0 ]
	[ "$(decode 20 -rtsp_transport tcp)" = 20 ]
	[ "$(decode 20 -rtsp_transport udp)" = 20 ]
	[ "$(metric rtsp_viewers_total)" = 2 ]
	wait_until grep -q 'the camera is asleep' "$directory/server.log"
	before=$(metric pictures_encoded_total)
	sleep 0.5
	[ "$(metric pictures_encoded_total)" = "$before" ]
	[ "$(metric stale_pictures_total)" -le 5 ]
}

@test "GStreamer plays the stream" {
	command -v gst-launch-1.0 >/dev/null || skip "gst-launch-1.0 is missing (Debian: gstreamer1.0-tools)"
	gst-inspect-1.0 rtspsrc >/dev/null 2>&1 || skip "GStreamer has no rtspsrc (Debian: gstreamer1.0-plugins-good)"
	gst-inspect-1.0 avdec_h264 >/dev/null 2>&1 || skip "GStreamer has no avdec_h264 (Debian: gstreamer1.0-libav)"
	start_camera
	start_server
	run -0 timeout 60 gst-launch-1.0 rtspsrc "location=$rtsp" latency=0 protocols=tcp ! rtph264depay ! avdec_h264 ! \
		fakesink num-buffers=20
	[[ $output != *ERROR* ]]
}

@test "a restart with another size goes on, and a dead camera daemon is said" {
	start_camera
	start_server
	timeout 60 ffmpeg -v error -rtsp_transport tcp -i "$rtsp" -f rawvideo -y /dev/null 3>&- &
	others=$!
	wait_until eval '[ "$(metric pictures_encoded_total)" -gt 10 ]'
	[ "$(get /healthz)" = live ]
	kill_camera
	wait_until eval 'get /healthz | grep -q "^gone: "'
	[ "$(get /healthz -o /dev/null -w '%{http_code}')" = 503 ]
	printf '[channel pet_camera_active_zc]\nwidth = 320\nheight = 240\n' >"$directory/empty.conf"
	start_camera
	wait_until eval '[ "$(get /healthz)" = live ]'
	wait_until grep -q 'msg="encoder opened".*size=320x240' "$directory/server.log"
	[ "$(metric rtsp_viewers)" = 1 ]
	run -0 ffprobe -v error -rtsp_transport tcp -show_entries stream=width,height -of csv "$rtsp"
	[ "$output" = "stream,320,240" ]
}

@test "without a camera a client is told so" {
	start_server
	run -1 ffprobe -v error -rtsp_transport tcp "$rtsp"
	[[ $output == *"503"* ]]
}

@test "a token is asked for" {
	start_camera
	echo 0123456789abcdefghij >"$directory/token"
	chmod 600 "$directory/token"
	start_server --token-file "$directory/token"
	run -1 ffprobe -v error -rtsp_transport tcp "$rtsp"
	[[ $output == *"401"* ]]
	run -0 ffprobe -v error -rtsp_transport tcp "$rtsp?token=0123456789abcdefghij"
	run -0 ffprobe -v error -rtsp_transport tcp "${rtsp/rtsp:\/\//rtsp://any:0123456789abcdefghij@}"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/metrics")" = 401 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/?token=0123456789abcdefghij")" = 200 ]
}

@test "the board's hardware encodes the camera's own buffers (emulated)" {
	export LD_LIBRARY_PATH=$EMULATION ZCF_EMULATION_DIR=$directory/board
	mkdir -m 700 "$ZCF_EMULATION_DIR"
	start_camera --source vio
	start_server
	grep -q 'msg=ready encoder=h264_hbmm' "$directory/server.log"
	[ "$(decode 20 -rtsp_transport tcp)" = 20 ]
	[ "$(metric encoder_failures_total)" = 0 ]
	# Buffers that are not the board's are for another encoder.
	kill "$camera"
	wait "$camera"
	start_camera
	[ "$(decode 20 -rtsp_transport tcp)" = 20 ]
	grep -q 'msg="encoder opened" encoder=libx264' "$directory/server.log"
}
