//! [`probe`]: reads a clip's properties with ffprobe.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::domain::frame::Size;
use crate::domain::lane::{Mode, Waited, lane};
use crate::domain::thread::spawn_named;
use crate::stages::capture::ffmpeg::killed::Killed;

/// Size limit of ffprobe's output, bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// Refused demuxers: they render text as pictures, or follow references to other files.
const REFUSED_READERS: [&str; 7] = ["tty", "concat", "hls", "dash", "lavfi", "sdp", "applehttp"];

/// Entries requested from ffprobe.
const ENTRIES: &str = "format=format_name:program_version=version:\
    stream=index,width,height,avg_frame_rate,nb_frames:stream_disposition=attached_pic:\
    stream_side_data=rotation";

/// A clip's video stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Probed {
    /// Index of the stream in the file.
    pub(crate) stream: u32,
    /// Size of the upright frames, pixels.
    pub(crate) size: Size,
    /// Average frames per second.
    pub(crate) fps: Option<f32>,
    /// Number of frames, if the file states it.
    pub(crate) frames: Option<u64>,
    /// This ffmpeg's option for output of every frame unchanged.
    pub(crate) passthrough: &'static str,
}

/// Probe failure.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// ffprobe is not installed.
    NotInstalled,
    /// ffprobe could not be started.
    Start(io::Error),
    /// ffprobe did not answer in time.
    Stalled,
    /// The file is not a clip; contains ffprobe's message.
    NotAClip(String),
    /// The file has no video.
    NoVideo,
}

/// Returns the path with the prefix `file:`, which prevents an interpretation of names such as `-y` and
/// `http:x` as an option or a protocol.
pub(crate) fn as_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path.as_os_str());
    url
}

/// Probes the clip at `path` with `ffprobe` within `limit`.
pub(crate) fn probe(path: &Path, ffprobe: &Path, limit: Duration) -> Result<Probed, ProbeError> {
    let mut child = Command::new(ffprobe)
        .args(["-v", "error", "-protocol_whitelist", "file", "-of", "json"])
        .args(["-select_streams", "v", "-show_entries", ENTRIES])
        .args([OsStr::new("-i"), &as_url(path)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => ProbeError::NotInstalled,
            _ => ProbeError::Start(why),
        })?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let _killed = Killed(child);
    let (sender, answers) = lane(Mode::Every);
    let read = move || {
        let (mut answer, mut complaint) = (String::new(), String::new());
        if let Some(pipe) = stdout {
            pipe.take(MAX_ANSWER).read_to_string(&mut answer)?;
        }
        if let Some(pipe) = stderr {
            pipe.take(MAX_ANSWER).read_to_string(&mut complaint)?;
        }
        Ok((answer, complaint))
    };
    spawn_named("ffprobe", move || sender.put(read()).is_ok()).map_err(ProbeError::Start)?;
    match answers.wait(limit) {
        Waited::Value(Ok((answer, complaint))) => understood(&answer, &complaint),
        Waited::Value(Err(why)) => Err(ProbeError::Start(why)),
        Waited::TimedOut | Waited::Closed => Err(ProbeError::Stalled),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    program_version: Version,
    format: Format,
    streams: Vec<Stream>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    format_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    index: u32,
    width: u32,
    height: u32,
    avg_frame_rate: String,
    nb_frames: Option<String>,
    disposition: Disposition,
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

fn understood(answer: &str, complaint: &str) -> Result<Probed, ProbeError> {
    let answer: Answer = serde_json::from_str(answer).unwrap_or_default();
    let reader = &answer.format.format_name;
    if reader.is_empty() {
        let words = complaint.lines().last().unwrap_or("it has no known format");
        let words = words.rsplit(": ").next().unwrap_or(words);
        return Err(ProbeError::NotAClip(format!("ffmpeg says: {words}")));
    }
    if reader
        .split(',')
        .any(|name| REFUSED_READERS.contains(&name))
    {
        return Err(ProbeError::NotAClip("it is a text file".into()));
    }
    let shows = |stream: &&Stream| stream.disposition.attached_pic == 0;
    let Some(stream) = answer.streams.iter().find(shows) else {
        return Err(ProbeError::NoVideo);
    };
    if stream.width == 0 || stream.height == 0 {
        return Err(ProbeError::NotAClip("its frames have no size".into()));
    }
    Ok(Probed {
        stream: stream.index,
        size: upright(stream),
        fps: ratio(&stream.avg_frame_rate),
        frames: stream
            .nb_frames
            .as_ref()
            .and_then(|frames| frames.parse().ok()),
        passthrough: passthrough_option(&answer.program_version.version),
    })
}

/// Returns the size after ffmpeg's automatic rotation.
fn upright(stream: &Stream) -> Size {
    let turn = stream
        .side_data_list
        .iter()
        .find_map(|data| data.rotation)
        .unwrap_or(0.0);
    let quarter_turns = (turn / 90.0).round() as i64;
    if quarter_turns % 2 == 0 {
        Size::new(stream.width, stream.height)
    } else {
        Size::new(stream.height, stream.width)
    }
}

/// Parses a ratio such as `30000/1001`; `None` for `0/0`.
fn ratio(text: &str) -> Option<f32> {
    let (above, below) = text.split_once('/')?;
    let (above, below): (f32, f32) = (above.parse().ok()?, below.parse().ok()?);
    (above > 0.0 && below > 0.0).then(|| above / below)
}

/// Returns the option for this version: `-vsync` was renamed in 5.1 and later removed.
fn passthrough_option(version: &str) -> &'static str {
    let mut numbers = version
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), _) if major < 5 => "-vsync",
        (Some(Ok(5)), Some(Ok(0)) | None) => "-vsync",
        _ => "-fps_mode",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_clip_is_upright_and_its_rate_is_read() {
        let answer = r#"{"program_version": {"version": "5.1.9-0+deb12u1"}, "streams": [
            {"index": 0, "width": 9, "height": 9, "disposition": {"attached_pic": 1}},
            {"index": 1, "width": 1280, "height": 720, "avg_frame_rate": "30000/1001",
             "nb_frames": "77", "side_data_list": [{}, {"rotation": -90}]}],
            "format": {"format_name": "mov,mp4"}}"#;

        let probed = understood(answer, "").unwrap();

        assert_eq!((probed.stream, probed.size), (1, Size::new(720, 1280)));
        assert_eq!(probed.frames, Some(77));
        assert!((probed.fps.unwrap() - 29.97).abs() < 0.01);
        assert_eq!(probed.passthrough, "-fps_mode");
    }

    #[test]
    fn text_is_refused_although_ffmpeg_would_draw_it() {
        let answer =
            r#"{"streams": [{"width": 8, "height": 8}], "format": {"format_name": "tty"}}"#;

        let error = understood(answer, "").unwrap_err();

        assert!(matches!(error, ProbeError::NotAClip(why) if why == "it is a text file"));
    }

    #[test]
    fn the_option_follows_the_version() {
        let options = ["4.4.2-0ubuntu", "5.0", "5.1.9", "n8.0", "N-1234-gabc"];

        let got = options.map(passthrough_option);

        assert_eq!(
            got,
            ["-vsync", "-vsync", "-fps_mode", "-fps_mode", "-fps_mode"]
        );
    }
}
