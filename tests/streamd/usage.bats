#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an operator sees who has made a mistake.
bats_require_minimum_version 1.5.0
load helper

@test "the example configuration has each key with its default, and the manual each option" {
	run -0 "$STREAMD" --check-config --config "$EXAMPLE_CONFIG"
	sed -n '/^\[streamd\]/,$ s/^#\([a-z_]* =.*\)/\1/p' "$EXAMPLE_CONFIG" >"$directory/keys"
	{ echo '[streamd]'; cat "$directory/keys"; } >"$directory/all.conf"
	run -0 "$STREAMD" --check-config --config "$directory/all.conf"
	"$STREAMD" --help | sed -n 's/.*--\([a-z-]*\) [A-Z0-9].*/\1/p' | grep -v '^\(config\|runtime-dir\)$' |
		sort >"$directory/options"
	sed 's/ =.*//; s/_/-/g' "$directory/keys" | sort | diff - "$directory/options"
	while read -r option; do
		grep -q -- "--$option\*" "$MANUAL" || { echo "the manual lacks --$option"; return 1; }
	done <"$directory/options"
}

@test "a mistake in the configuration is named with its line" {
	printf '[streamd]\nchannel = a\nbitrate = 1M\n' >"$directory/wrong.conf"
	run -2 "$STREAMD" --check-config --config "$directory/wrong.conf"
	[[ $output == *"wrong.conf:3: unknown key 'bitrate' in [streamd]; known are channel, "* ]]
}

@test "an encoder that there is not is a mistake in the configuration" {
	printf '[streamd]\nencoder = mpeg2\n' >"$directory/wrong.conf"
	for check in --check-config ""; do
		run -2 "$STREAMD" --config "$directory/wrong.conf" $check
		[[ $output == *"there is no encoder \"mpeg2\"; there are auto, "*libx264* ]]
	done
	run -2 "$STREAMD" --config "$directory/empty.conf" --encoder mpeg2
}

@test "a port that is taken is named, with the key that sets it" {
	start_server
	run -1 "$STREAMD" --config "$directory/empty.conf" --listen "${url#http://}" --rtsp-listen "" --media-port 0
	[[ $output == *"HTTP on 127.0.0.1:"*"address already in use"*"set listen"* ]]
	run -1 "$STREAMD" --config "$directory/empty.conf" --rtsp-listen "${url#http://}" --media-port 0
	[[ $output == *"RTSP on 127.0.0.1:"*"address already in use"*"set rtsp_listen"* ]]
}

@test "an encoder that does not work here is named with its reason" {
	run -1 "$STREAMD" --config "$directory/empty.conf" --encoder h264_vaapi --encoder-device /dev/null
	[[ $output == *"h264_vaapi: "* ]]
	run -0 "$STREAMD" --encoders
	[[ $output == *"libx264"* ]]
}

@test "it stops at once when it is told to, also while somebody watches" {
	start_camera
	start_server
	timeout 60 ffmpeg -v error -rtsp_transport tcp -i "$rtsp" -f rawvideo -y /dev/null 3>&- &
	others=$!
	wait_until eval '[ "$(metric pictures_encoded_total)" -gt 10 ]'
	kill -TERM "$server"
	wait "$server"
	server=""
}

@test "the benchmark sees the server at work beside the encoder alone" {
	run -0 --separate-stderr "$BENCHMARK" -rounds 1 -round 400ms -browser=false -json
	[[ $stderr == *"step streaming, round 1 of 1"* ]]
	jq -e '.encoder != "" and .width_pixels == 640 and .height_pixels == 480 and .rounds == 1' <<<"$output"
	jq -e '.floor_ns.median > 0 and .floor_encode_ns.median > 0 and .age.p50_ns > 0' <<<"$output"
	# Nobody watches: nothing is encoded. Ten watch: it is encoded once.
	jq -e '[.viewers[].viewers] == [0, 1, 10] and (.viewers | .[0].processor_ns.median < .[1].processor_ns.median / 4)' <<<"$output"
	jq -e '.encodes_per_picture.median < 2 and .browser.missing == "it was left out"' <<<"$output"
	# It needs nothing of the machine's own channels, and leaves nothing.
	[ -z "$(ls "$ZCF_RUNTIME_DIR")" ]
}

@test "with a certificate the page is served by HTTPS" {
	command -v openssl >/dev/null || skip "openssl is missing"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$directory/key.pem" -out "$directory/certificate.pem" 2>/dev/null
	start_server --tls-certificate "$directory/certificate.pem" --tls-key "$directory/key.pem"
	[[ $url == https://127.0.0.1:* ]]
	[ "$(get /healthz --cacert "$directory/certificate.pem")" = asleep ]
	run -1 "$STREAMD" --config "$directory/empty.conf" --listen 127.0.0.1:0 --rtsp-listen "" --media-port 0 \
		--tls-certificate "$directory/key.pem" --tls-key "$directory/key.pem"
	[[ $output == *"certificate $directory/key.pem and key "* ]]
}
