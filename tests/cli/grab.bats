#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# zcf grab: right pixels in every format, whole files or none, never a frame that was overwritten.

load environment

# The colour in the middle of each of the eight bars, as "r,g,b ...", read by ffmpeg: an implementation that is not ours.
bar_colours()
{
	local file=$1 width=$2 height=$3 x
	ffmpeg -v error -i "$file" -frames:v 1 -f rawvideo -pix_fmt rgb24 -y pixels.rgb
	for x in 1 3 5 7 9 11 13 15; do
		od -An -tu1 -j $((3 * (width * (height / 2) + width * x / 16))) -N3 pixels.rgb | tr -s ' ' , | sed 's/^,//'
	done
}

# White, yellow, cyan, green, magenta, red, blue, black; each channel may be off by rounding.
check_bars()
{
	local tolerance=$1
	shift
	bar_colours "$@" >found
	printf '%s\n' 255,255,255 255,255,0 0,255,255 0,255,0 255,0,255 255,0,0 0,0,255 0,0,0 >wanted
	paste -d, found wanted | awk -F, -v tolerance="$tolerance" '
		function off(a, b) { return a > b ? a - b : b - a }
		off($1, $4) > tolerance || off($2, $5) > tolerance || off($3, $6) > tolerance { print "wrong colour: " $0; bad = 1 }
		END { exit bad || NR != 8 }'
}

@test "grab writes a PNG with the right size and colours" {
	need ffmpeg file
	start_producer front --size 640x480
	zcf grab front out.png
	[[ $(file out.png) == *"PNG image data, 640 x 480, 8-bit/color RGB"* ]]
	check_bars 3 out.png 640 480
}

@test "grab leaves out the padding at the end of rows" {
	need ffmpeg file
	start_producer front --size 200x100 --align 256
	zcf grab front out.png
	[[ $(file out.png) == *"200 x 100"* ]]
	check_bars 3 out.png 200 100
	zcf grab front out.nv12
	[ "$(stat -c %s out.nv12)" = 30000 ]
	# 77 is what the producer fills the padding with.
	run -1 grep -c "$(printf '\x4d')" out.nv12
}

@test "grab writes a JPEG with the right size and colours" {
	need ffmpeg file
	start_producer front --size 640x480
	zcf grab front out.jpg
	[[ $(file out.jpg) == *"JPEG image data"*"640x480, components 3"* ]]
	check_bars 8 out.jpg 640 480
	zcf grab --quality 10 front small.jpg
	[ "$(stat -c %s small.jpg)" -lt "$(stat -c %s out.jpg)" ]
}

@test "grab takes pixels for limited range if told so" {
	need ffmpeg
	# Y 60: grey 60 in full range, (60 - 16) * 255 / 219 = 51 in limited range.
	start_producer front --size 64x64 --fill dark
	zcf grab front full.png
	[ "$(bar_colours full.png 64 64 | sort -u)" = 60,60,60 ]
	zcf grab --range limited front limited.png
	[[ $(bar_colours limited.png 64 64 | sort -u) =~ ^5[01],5[01],5[01]$ ]]
	zcf grab --range limited front limited.y4m
	[[ $(head -1 limited.y4m) == *XCOLORRANGE=LIMITED ]]
}

@test "grab writes NV12 byte for byte" {
	start_producer front --size 64x64 --fill number
	zcf grab front out.nv12
	[ "$(stat -c %s out.nv12)" = $((64 * 64 * 3 / 2)) ]
	[ "$(od -An -v -tu1 -w1 out.nv12 | sort -u | wc -l)" = 1 ]
}

@test "grab writes Y4M with the right header, frame rate, number of frames and colours" {
	need ffmpeg ffprobe
	start_producer front --size 640x360 --fps 30
	zcf grab --count 10 front out.y4m
	head -1 out.y4m | grep -qx 'YUV4MPEG2 W640 H360 F30:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL'
	run -0 ffprobe -v error -count_frames -show_entries \
		stream=codec_name,width,height,r_frame_rate,nb_read_frames,pix_fmt -of csv=p=0 out.y4m
	[ "$output" = "rawvideo,640,360,yuvj420p,30/1,10" ] || [ "$output" = "rawvideo,640,360,yuv420p,30/1,10" ]
	check_bars 3 out.y4m 640 360
}

@test "Y4M knows the rates of television and of channels without one" {
	start_producer ntsc --size 64x64 --fps 29.97002997
	zcf grab ntsc ntsc.y4m
	[[ $(head -1 ntsc.y4m) == *" F30000:1001 "* ]]
	start_producer half --size 64x64 --fps 12.5
	zcf grab half half.y4m
	[[ $(head -1 half.y4m) == *" F25:2 "* ]]
	start_producer none --size 64x64 --no-interval
	zcf grab none none.y4m
	[[ $(head -1 none.y4m) == *" F0:0 "* ]]
}

@test "grab writes grey channels in every picture format" {
	need ffprobe file
	start_producer grey --format grey --size 64x48
	zcf grab grey out.png
	[[ $(file out.png) == *"64 x 48, 8-bit grayscale"* ]]
	zcf grab grey out.jpg
	[[ $(file out.jpg) == *"components 1"* ]]
	zcf grab grey out.y4m
	run -0 ffprobe -v error -show_entries stream=pix_fmt -of csv=p=0 out.y4m
	[[ $output == gray* ]]
	zcf grab grey out.nv12
	[ "$(stat -c %s out.nv12)" = $((64 * 48 * 3 / 2)) ]
	[ "$(tail -c $((64 * 48 / 2)) out.nv12 | od -An -v -tu1 -w1 | sort -u | tr -d ' ')" = 128 ]
}

@test "grab writes what a data channel carries, and no picture of it" {
	start_producer words --format data
	zcf grab words out.bin
	grep -qx 'data of frame [0-9]*' out.bin
	[ "$(wc -l <out.bin)" = 1 ]
	run -1 zcf grab words out.png
	[[ $output == *"carries data, not pictures"* ]]
	[ ! -e out.png ]
	start_producer front
	run -1 zcf grab front other.bin
	[[ $output == *"carries pictures"* ]]
}

@test "grab numbers pictures, and they are frames that follow each other" {
	start_producer front --size 64x64 --fill number --fps 20
	zcf grab --count 5 front out.png
	[ "$(ls out-*)" = "$(printf 'out-%03d.png\n' 1 2 3 4 5)" ]
	need ffmpeg
	zcf grab --count 5 front out.nv12
	# One number each 64*64*3/2 bytes, each one more than the one before (modulo 251).
	od -An -v -tu1 -w1 -j0 out.nv12 | awk -v size=$((64 * 64 * 3 / 2)) '
		NR % size == 1 { if (NR > 1 && ($1 + 251 - last) % 251 != 1) exit 1; last = $1; frames++ }
		$1 != last { exit 1 }
		END { exit frames != 5 }'
}

@test "grab writes to standard output if told the format" {
	need file
	start_producer front --size 64x64
	zcf grab --format png front - | file - | grep -q 'PNG image data, 64 x 64'
	zcf grab --format nv12 --count 3 front - | wc -c | grep -qx $((3 * 64 * 64 * 3 / 2))
	zcf grab --format jpg --count 2 front - >two.jpg
	[ "$(LC_ALL=C grep -c -a -o $'\xff\xd8\xff' two.jpg)" -ge 1 ]
	[ ! -e ./- ]
	run -2 zcf grab front -
	[[ $output == *--format* ]]
}

@test "--format wins over the extension, and no extension needs it" {
	need file
	start_producer front --size 64x64
	zcf grab --format jpg front picture
	[[ $(file picture) == *JPEG* ]]
	zcf grab --format png front really.jpg
	[[ $(file really.jpg) == *PNG* ]]
	run -2 zcf grab front picture.tiff
	[[ $output == *"--format"* ]]
	run -2 zcf grab front directory.png/picture
}

# zcf with copies that take ten frame intervals, of a producer that takes frames back at once.
grab_slowly()
{
	LD_PRELOAD=$SLOW_COPY ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 zcf grab "$@"
}

@test "a frame that was overwritten while it was copied is never written" {
	start_producer torn --size 64x64 --buffers 2 --deadline-us 1 --fps 100 --keep-newest --fill number
	run -4 grab_slowly --timeout 1s torn out.nv12
	[[ $output == *"overwritten while they were copied"* ]]
	[ -z "$(ls -A | grep nv12)" ]
}

@test "of frames that are overwritten now and then only whole ones are written" {
	start_producer mixed --size 64x64 --buffers 2 --deadline-us 1 --fps 100 --keep-newest --fill number
	SLOW_COPY_EVERY=5 grab_slowly --timeout 20s --count 20 mixed out.nv12 2>messages
	grep -q 'frames were overwritten while they were copied; others took their place' messages
	size=$((64 * 64 * 3 / 2))
	[ "$(stat -c %s out.nv12)" = $((20 * size)) ]
	# Every frame is one number throughout.
	od -An -v -tu1 -w1 out.nv12 | awk -v size=$size '
		NR % size == 1 { number = $1 }
		$1 != number { print "frame " int(NR / size) " is torn"; exit 1 }'
}

@test "no frame in time exits with 4 and leaves no file" {
	start_producer still --frames 0
	run -4 zcf grab --timeout 300ms still out.png
	[[ $output == *"no frame within 300ms"* ]]
	[ ! -e out.png ]
}

@test "grab waits for a producer only if told so" {
	run -3 zcf grab front out.png
	start_until never true || true
	(sleep 0.5 && exec "$TEST_PRODUCER" front --size 64x64) >/dev/null 3>&- &
	PIDS+=($!)
	run -0 zcf grab --wait --timeout 10s front out.png
	[ -s out.png ]
	run -3 zcf grab --wait --timeout 200ms missing out2.png
}

@test "a grab that fails half-way leaves the old file as it was, and no other" {
	start_producer short --size 64x64 --frames 12 --fps 20
	echo old >out.y4m
	run -4 zcf grab --count 100 --timeout 500ms short out.y4m
	[ "$(cat out.y4m)" = old ]
	[ "$(ls -A . | grep -c y4m)" = 1 ]
}

@test "a grab that is interrupted ends by the signal, and leaves nothing behind" {
	start_producer front --size 64x64
	for signal in INT TERM HUP; do
		# env: a shell lets its background processes ignore SIGINT, and nohup lets all ignore SIGHUP.
		env --default-signal=INT,HUP "$ZCF" grab --count 100000 front out.y4m 3>&- &
		grabbing=$!
		PIDS+=("$grabbing")
		wait_until bash -c 'ls -A | grep -q "^\.out\.y4m\."'
		kill -"$signal" "$grabbing"
		code=0
		wait "$grabbing" || code=$?
		[ "$code" = $((128 + $(kill -l "$signal"))) ]
		[ -z "$(ls -A | grep y4m)" ]
	done
}

@test "a grab that waits for a frame can be interrupted" {
	start_producer still --frames 0
	env --default-signal=INT,HUP "$ZCF" grab --timeout 60s still out.png 3>&- &
	PIDS+=($!)
	wait_until bash -c 'zcf info still | grep -q "zcf grab process"'
	kill -INT "${PIDS[-1]}"
	code=0
	wait "${PIDS[-1]}" || code=$?
	[ "$code" = 130 ]
}

@test "new files have the permissions that the umask leaves" {
	start_producer front --size 64x64
	umask 027
	zcf grab front out.png
	[ "$(stat -c %a out.png)" = 640 ]
}

@test "devices and pipes are written to, not replaced; links are followed" {
	start_producer front --size 64x64
	zcf grab --format png front /dev/null
	[ -c /dev/null ]
	mkfifo pipe
	wc -c <pipe >counted 3>&- &
	PIDS+=($!)
	zcf grab --format nv12 front pipe
	wait "${PIDS[-1]}"
	[ "$(tr -d ' ' <counted)" = 6144 ]
	[ -p pipe ]
	echo old >target.png
	ln -s target.png link.png
	zcf grab front link.png
	[ -L link.png ]
	[ "$(head -c 4 target.png | tail -c 3)" = PNG ]
}

@test "a file that cannot be written is an error that names it" {
	start_producer front --size 64x64
	run -1 zcf grab front missing/out.png
	[[ $output == *"missing/out.png: No such file"* ]]
	mkdir directory.png
	run -1 zcf grab front directory.png
	[[ $output == *"directory.png: Is a directory"* ]]
	for format in png jpg nv12 y4m; do
		run -1 zcf grab --format $format front /dev/full
		[ "$output" = "zcf grab: cannot write /dev/full: No space left on device" ]
		run -1 bash -c "zcf grab --format $format front - >/dev/full"
		[ "$output" = "zcf grab: cannot write to standard output: No space left on device" ]
	done
}

@test "a sequence whose size changes is refused and not written" {
	start_producer front --size 64x64 --fps 30
	first=$PRODUCER
	zcf grab --count 200 --timeout 10s front out.y4m 2>messages 3>&- &
	PIDS+=($!)
	grabbing=$!
	wait_until bash -c 'ls -A | grep -q "^\.out\.y4m\."'
	kill -TERM "$first"
	wait "$first" || true
	start_producer front --size 128x64 --fps 30
	code=0
	wait "$grabbing" || code=$?
	[ "$code" = 1 ]
	grep -q 'changed from 64x64 to 128x64' messages
	[ ! -e out.y4m ]
}

@test "grab refuses to write a picture to a terminal" {
	need script
	start_producer front --size 64x64
	run script -qec "$ZCF grab --format png front -" /dev/null
	[[ $output == *"not writing a picture to a terminal"* ]]
}
