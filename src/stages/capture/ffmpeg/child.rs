//! [`Running`]: an ffmpeg process that decodes a clip into a pipe, with its messages.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::domain::frame::Size;
use crate::domain::lane::{LaneReceiver, LaneSender, Mode, lane};
use crate::domain::thread::spawn_named;
use crate::stages::capture::ffmpeg::killed::Killed;
use crate::stages::capture::ffmpeg::probe::{Probed, as_url};

/// Maximum number of times received ahead of their frames.
const MAX_TIMES_AHEAD: usize = 4096;

/// Maximum number of stored error messages.
const MAX_COMPLAINTS: usize = 8;

/// How long a frame waits for its time, which arrives on another pipe.
const TIME_PATIENCE: Duration = Duration::from_secs(1);

/// An event of a clip's thread.
#[derive(Debug)]
pub(crate) enum Event {
    /// A frame's RGBA8 bytes, and its presentation time if known.
    Frame(Vec<u8>, Option<Duration>),
    /// ffmpeg closed its pipe, perhaps within a frame.
    End {
        /// Whether the last frame is truncated.
        cut: bool,
    },
}

/// A running ffmpeg process.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) events: LaneReceiver<Event>,
    complaints: Arc<Mutex<VecDeque<String>>>,
    child: Killed,
}

impl Running {
    /// Starts `ffmpeg` to decode the stream `probed` of `path` into frames of `size`.
    pub(crate) fn start(
        ffmpeg: &Path,
        path: &Path,
        probed: &Probed,
        size: Size,
    ) -> io::Result<Self> {
        let mut child = command(ffmpeg, path, probed, size).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let child = Killed(child);
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(io::Error::other("no pipes"));
        };
        let (frame_sender, events) = lane(Mode::Every);
        let (time_sender, times) = bounded(MAX_TIMES_AHEAD);
        let complaints = Arc::<Mutex<VecDeque<String>>>::default();
        let kept = complaints.clone();
        let listener = spawn_named("ffmpeg words", move || listen(stderr, &time_sender, &kept))?;
        spawn_named("ffmpeg frames", move || {
            let cut = read_frames(stdout, size, &times, &frame_sender);
            // All error messages must arrive before the end.
            drop(listener.join());
            cut.is_some_and(|cut| frame_sender.put(Event::End { cut }).is_ok())
        })?;
        Ok(Self {
            events,
            complaints,
            child,
        })
    }

    /// Returns ffmpeg's last error message.
    pub(crate) fn last_complaint(&self) -> Option<String> {
        let complaints = self
            .complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        complaints.back().cloned()
    }

    /// Returns whether ffmpeg exited successfully; `true` while it runs.
    pub(crate) fn ended_well(&mut self) -> bool {
        for _ in 0..50 {
            match self.child.0.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                Err(_) => break,
            }
        }
        true
    }
}

fn command(ffmpeg: &Path, path: &Path, probed: &Probed, size: Size) -> Command {
    let Size { width, height } = size;
    // The frame size may change within a clip; frames are then fitted to the first size.
    let filters = format!(
        "showinfo=checksum=0,\
         scale={width}:{height}:force_original_aspect_ratio=decrease,\
         pad={width}:{height}:-1:-1,setsar=1"
    );
    let mut command = Command::new(ffmpeg);
    command
        .args([
            "-nostdin",
            "-hide_banner",
            "-nostats",
            "-loglevel",
            "level+info",
        ])
        .args(["-protocol_whitelist", "file,pipe"])
        .args([OsStr::new("-i"), &as_url(path)])
        .args(["-map", &format!("0:{}", probed.stream), "-vf", &filters])
        .args([probed.passthrough, "passthrough"])
        .args(["-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Forwards whole frames until the pipe closes; returns whether the last one is truncated. Returns `None`
/// if the receiver is gone.
fn read_frames(
    mut stdout: ChildStdout,
    size: Size,
    times: &Receiver<Option<Duration>>,
    events: &LaneSender<Event>,
) -> Option<bool> {
    let frame_bytes = size.pixels() * 4;
    loop {
        let mut frame = Vec::with_capacity(frame_bytes);
        let read = stdout
            .by_ref()
            .take(frame_bytes as u64)
            .read_to_end(&mut frame);
        if read.is_err() || frame.len() < frame_bytes {
            return Some(!frame.is_empty());
        }
        let time = times.recv_timeout(TIME_PATIENCE).ok().flatten();
        events.put(Event::Frame(frame, time)).ok()?;
    }
}

/// Parses ffmpeg's messages: frame times go to `times`, errors to `complaints`.
fn listen(
    stderr: ChildStderr,
    times: &Sender<Option<Duration>>,
    complaints: &Mutex<VecDeque<String>>,
) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut in_time = true;
    loop {
        line.clear();
        match lines.by_ref().take(4096).read_until(b'\n', &mut line) {
            Ok(read) if read > 0 => {}
            _ => return,
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(secs) = frame_secs(&text) {
            let time = secs.parse().ok().map(at_least_zero);
            // After a lost time the remaining ones would belong to the wrong frames.
            in_time = in_time && times.try_send(time).is_ok();
        } else if let Some((_, words)) = text
            .split_once("[error] ")
            .or_else(|| text.split_once("[fatal] "))
        {
            let mut kept = complaints.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_back(words.trim().to_owned());
            if kept.len() > MAX_COMPLAINTS {
                kept.pop_front();
            }
        }
    }
}

/// Returns the time in a `showinfo` line of a frame, in seconds or as `NOPTS`.
fn frame_secs(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("pts_time:")?;
    rest.split_whitespace().next()
}

/// Returns a time that is safe to add: non-negative and at most about thirty years.
fn at_least_zero(secs: f64) -> Duration {
    Duration::try_from_secs_f64(secs.min(1e9)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_the_lines_about_frames_only() {
        let about = "[Parsed_showinfo_0 @ 0x5] [info] n:   2 pts:   2048 pts_time:0.2     pos: 4";

        assert_eq!(frame_secs(about), Some("0.2"));
        assert_eq!(
            frame_secs("n: 3 pts:NOPTS pts_time:NOPTS pos:1"),
            Some("NOPTS")
        );
        assert_eq!(frame_secs("[info] color_range:unknown"), None);
        assert_eq!(at_least_zero(-0.5), Duration::ZERO);
    }
}
