# Runs in the guest: each paragraph is one thing that happens to cameras. The output is read by a person.
export HOME=/tmp LD_LIBRARY_PATH=/lib:/app PATH=/app:/bin
driver=/sys/bus/platform/drivers/vivid
cd /share/out || exit 1
node() { find /dev -name 'video*' | head -n 1; }
say() { echo; echo "## $*"; }
try() { vizard cameras --test --seconds 1 "$@"; echo "exit $?"; }
film() { vizard cameras --test --size 640x360 --fps 30 --seconds "$1" & tested=$!; sleep 3; }
other() { v4l2-ctl -d "$(node)" --stream-mmap > /dev/null 2>&1 & other=$!; sleep 1; }

say "what is there"
vizard cameras
vizard doctor --onnxruntime /app | head -2

say "frames, and their colours in bars.png: white yellow cyan green magenta red blue black"
vizard cameras --test --seconds 3 --picture bars.png; echo "exit $?"
try --size 640x480 --fps 15 --json
try --size 320x180 --fps 60

say "a format, or a rate of 12.5, that another program left behind"
v4l2-ctl -d "$(node)" --set-fmt-video=width=640,height=360,pixelformat=HSV3; try
v4l2-ctl -d "$(node)" --set-fmt-video=width=1280,height=720,pixelformat=YUYV -p 12.5; try

say "not allowed"
mkdir -p /etc; echo 'nobody:x:65534:65534::/tmp:/bin/sh' > /etc/passwd
chmod 000 /dev/video0
for words in "cameras" "cameras --test"; do
    # shellcheck disable=SC2086
    start-stop-daemon -S -c 65534 -x /app/vizard -- $words
    echo "exit $?"
done
chmod 600 /dev/video0

say "in use"
other; try; kill $other; sleep 1

say "unplugged for four seconds"
film 12; echo vivid.0 > $driver/unbind; sleep 4; echo vivid.0 > $driver/bind; wait $tested

say "unplugged, and in use when it is back"
film 15; echo vivid.0 > $driver/unbind; echo vivid.0 > $driver/bind; other; sleep 4; kill $other; wait $tested

say "silent for six seconds"
film 15; v4l2-ctl -d "$(node)" -c percentage_of_dropped_buffers=100; sleep 6
v4l2-ctl -d "$(node)" -c percentage_of_dropped_buffers=0; wait $tested

say "a broken stream, then broken pictures"
film 8; v4l2-ctl -d "$(node)" -c inject_fatal_streaming_error=1; wait $tested
film 5; v4l2-ctl -d "$(node)" -c inject_v4l2_buf_flag_error=1; wait $tested

say "no camera"
echo vivid.0 > $driver/unbind; try; vizard cameras
