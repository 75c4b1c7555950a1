#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How zcf-mjpegd answers: paths, methods, tokens, names, nonsense.
bats_require_minimum_version 1.5.0
load helper

@test "every path answers GET, and HEAD with the same header and no body" {
	start_camera
	start_server
	for path in / /snapshot.jpg /api/detections /api/stats /metrics /healthz; do
		[ "$(http_status $path)" = 200 ]
		[ "$(http_status $path --head)" = 200 ]
		[ "$(curl -s --head "$url$path" | tr -d '\r' | sed '1,/^$/d' | wc -c)" = 0 ]
	done
	[ "$(http_status /stream.mjpg --head)" = 200 ]
	get /stream.mjpg --head | grep -q '^Content-Type: multipart/x-mixed-replace; boundary=zcframe-picture'
}

@test "nothing is cached, guessed or told to others" {
	start_camera
	start_server
	for path in / /snapshot.jpg /api/detections /api/stats /metrics /healthz /nothing; do
		get $path --head >"$directory/header"
		grep -q '^Cache-Control: no-store' "$directory/header"
		grep -q '^X-Content-Type-Options: nosniff' "$directory/header"
		grep -q '^Referrer-Policy: no-referrer' "$directory/header"
		run ! grep -qi '^Access-Control' "$directory/header"
	done
}

@test "a method other than GET and HEAD is refused with 405 and Allow" {
	start_server
	for method in POST PUT DELETE OPTIONS PATCH BREW; do
		[ "$(http_status /api/stats -X $method)" = 405 ]
		get /api/stats -X $method -D - | grep -q '^Allow: GET, HEAD'
	done
	[ "$(http_status / -d 'some=form')" = 405 ]
}

@test "a request with a body is refused" {
	start_server
	[ "$(http_status / -X GET -d 'body')" = 413 ]
	[ "$(http_status / -X GET -H 'Transfer-Encoding: chunked' -d 'body')" = 413 ]
}

@test "an unknown path is 404, however it is written" {
	start_server
	for path in /nothing /index.html /snapshot.jpg/ //snapshot.jpg /../etc/passwd /%2e%2e/etc/passwd \
		/..%2f..%2fetc%2fpasswd /api /api/ /API/STATS; do
		[ "$(http_status "$path" --path-as-is)" = 404 ]
	done
	get /nothing | grep -q 'snapshot.jpg'
}

@test "garbage is answered with 400 or closed, and the server goes on" {
	start_server
	for garbage in 'garbage\r\n\r\n' 'GET\r\n\r\n' 'GET / HTTP/9.9\r\n\r\n' '\001\002\003\r\n\r\n' \
		'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n' '\026\003\001\002\000\001\000\r\n\r\n'; do
		send_raw "$garbage"
		answer=$(timeout 30 head -n 1 <&9 | tr -d '\0\r') || true
		exec 9>&-
		[[ "$answer" = "" || "$answer" = "HTTP/1.1 "[45]* ]]
	done
	head -c 100000 /dev/urandom | timeout 30 curl -s -T - "telnet://${url#http://}" >/dev/null || true
	[ "$(http_status /)" = 200 ]
}

@test "a request line or header that is too long is refused" {
	start_server
	long=$(head -c 30000 /dev/zero | tr '\0' a)
	[[ "$(http_status "/$long")" = 4* ]]
	[[ "$(http_status / -H "X-Long: $long")" = 4* ]]
	[ "$(http_status /)" = 200 ]
}

@test "with a token nobody comes in without it" {
	start_camera
	token=0123456789abcdef0123456789abcdef
	echo $token >"$directory/token"
	chmod 600 "$directory/token"
	start_server --token-file "$directory/token"
	for path in / /stream.mjpg /snapshot.jpg /api/detections /api/detections/stream /api/stats /metrics /healthz \
		/nothing; do
		[ "$(http_status $path)" = 401 ]
		[ "$(http_status "$path?token=wrong")" = 401 ]
		[ "$(http_status "$path?token=${token}0")" = 401 ]
		[ "$(http_status "$path?token=")" = 401 ]
		[ "$(http_status $path -H "Authorization: Bearer ${token%?}")" = 401 ]
		[ "$(http_status $path -H "Authorization: Basic $token")" = 401 ]
		# The header counts if there is one.
		[ "$(http_status "$path?token=$token" -H 'Authorization: Bearer wrong')" = 401 ]
	done
	get / -D - | grep -q '^WWW-Authenticate: Bearer'
	for path in / /snapshot.jpg /api/stats /metrics /healthz; do
		[ "$(http_status "$path?token=$token")" = 200 ]
		[ "$(http_status $path -H "Authorization: Bearer $token")" = 200 ]
	done
	get "/stream.mjpg?token=$token" -N | "$CHECK_PICTURES" stream 3
	run ! grep -q $token "$directory/server.log"
}

@test "without a token a name that others could point here is refused" {
	start_server --allowed-hosts 'camera.example'
	[ "$(http_status / -H 'Host: evil.example')" = 421 ]
	get / -H 'Host: evil.example' | grep -q allowed_hosts
	[ "$(http_status / -H 'Host: camera.example:8080')" = 200 ]
	[ "$(http_status / -H 'Host: localhost:8080')" = 200 ]
}

@test "the page is whole by itself, and only its own script may run" {
	start_server
	get / -D "$directory/header" >"$directory/page"
	nonce=$(sed -n "s/.*script-src 'nonce-\([0-9a-f]*\)'.*/\1/p" "$directory/header")
	[ ${#nonce} = 32 ]
	[ "$(grep -c "nonce=\"$nonce\"" "$directory/page")" = 2 ]
	grep -q "default-src 'none'" "$directory/header"
	run ! grep -q 'nonce-goes-here' "$directory/page"
	run ! grep -qE '^@[a-z]+[.](css|js)@' "$directory/page"
	run ! grep -qE "(src|href)=\"?(https?:)?//|@import|url\(['\"]?http" "$directory/page"
	run ! grep -qE "innerHTML|outerHTML|document\.write|eval\(" "$directory/page"
	[ "$(get / -D - | grep -c "$nonce")" = 0 ]
}

@test "the metrics are what Prometheus reads" {
	start_camera
	start_server
	watch 3
	get /metrics -D "$directory/header" >"$directory/metrics"
	grep -q '^Content-Type: text/plain; version=0.0.4' "$directory/header"
	# Each family in one piece, with HELP and TYPE before its samples; every sample a name, labels, a number.
	awk '
		/^# HELP / { if (seen[$3]++) bad("twice: " $3); family = $3; next }
		/^# TYPE / {
			if ($3 != family) bad("TYPE without HELP: " $3)
			if ($4 !~ /^(counter|gauge|histogram|summary)$/) bad("type " $4)
			if (($4 == "counter") != ($3 ~ /_total$/)) bad("counters end with _total: " $3)
			next
		}
		!/^zcframe_[a-z0-9_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? -?[0-9.e+-]+$/ { bad("no sample: " $0) }
		{
			name = $0; sub(/[{ ].*/, "", name)
			if (name != family && name != family "_bucket" && name != family "_sum" && name != family "_count")
				bad(name " inside of " family)
			series = $0; sub(/ [^ ]*$/, "", series)
			if (series in samples) bad("twice: " series)
			samples[series] = 1; count++
		}
		function bad(why) { print why; failed = 1 }
		END { exit failed || count < 30 }
	' "$directory/metrics"
	grep -q '^zcframe_channel_up{channel="test_camera"} 1$' "$directory/metrics"
	grep -q '^zcframe_consumer_frames_acquired_total{channel="test_camera",consumer="zcf-mjpegd",pid="'"$server"'",id="1"} [1-9]' \
		"$directory/metrics"
	# Buckets only grow, and the last one is the count.
	awk -F'[ ]' '/latency_seconds_bucket/ { if ($2 < last) exit 1; last = $2 }
		/latency_seconds_count/ { if ($2 != last || last == 0) exit 1 }' "$directory/metrics"
}

@test "every field of the statistics is in the manual" {
	start_camera
	start_server
	start_viewer /dev/null
	wait_for '.server.viewers | length != 0'
	wait_for '.server.viewers[0]'
	get /api/stats | jq -r '[paths | map(select(type == "string")) | last] | unique | .[]' >"$directory/fields"
	[ "$(wc -l <"$directory/fields")" -gt 60 ]
	while read -r field; do
		grep -q "\*$field\*" "$MANUAL" || { echo "not in the manual: $field"; false; }
	done <"$directory/fields"
}

@test "IPv6 works" {
	[ -e /proc/net/if_inet6 ] && grep -q 00000000000000000000000000000001 /proc/net/if_inet6 || skip "no IPv6 here"
	start_camera
	start_server --listen '[::1]:0'
	[[ "$url" = 'http://[::1]:'* ]]
	[ "$(http_status /healthz -g)" = 200 ]
}
