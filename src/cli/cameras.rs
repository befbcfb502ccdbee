//! `vizard cameras`: what can be opened, and, with `--test`, what one of them really delivers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::options::ShapeArguments;
use crate::cli::output::{Failure, Output};
use crate::domain::frame::{FrameTime, Picture};
use crate::domain::timing::Clock;
use crate::pictures::write_png;
use crate::stages::capture::{
    self, CameraInfo, CameraLimits, CameraRequest, FrameSource, Polled, READABLE, WhichCamera,
};

/// A driver that hangs is not waited for longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long the test waits for a frame before it looks at the time.
const TURN: Duration = Duration::from_millis(50);

/// Arguments of `vizard cameras`.
#[derive(Debug, Clone, Args)]
pub(super) struct CamerasArguments {
    /// Open this camera, or the first one that can be read, and measure what it really delivers
    #[arg(long, value_name = "N|NAME|PATH", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "clap's way to say: a flag with a value or without"
    )]
    test: Option<Option<WhichCamera>>,
    /// How long the test lasts, from the first frame on
    #[arg(long, value_name = "SECONDS", default_value = "5", requires = "test",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Write the last frame of the test, as the camera sees it
    #[arg(long, value_name = "FILE.png", requires = "test")]
    picture: Option<PathBuf>,
    /// Size to ask the camera for; the nearest that it has is taken
    #[command(flatten)]
    shape: ShapeArguments,
}

pub(super) fn run(arguments: &CamerasArguments, output: Output) -> Result<(), Failure> {
    if let Some(which) = &arguments.test {
        return test(which.as_ref(), arguments, output);
    }
    if arguments.shape.size.is_some() || arguments.shape.fps.is_some() {
        return Err(Failure::usage(
            "--size and --fps are for a test; add --test",
        ));
    }
    let cameras = capture::cameras(PATIENCE)?;
    let mut text: String = cameras.iter().map(about).collect();
    if cameras.is_empty() {
        text.push_str("No camera is here. Plug one in, or play a file: vizard live --input FILE\n");
    }
    output.report(&cameras, &text);
    Ok(())
}

/// The camera that was named, else the first one that can be read, nearest to the shape that was
/// asked for.
pub(super) fn wish(which: Option<&WhichCamera>, shape: &ShapeArguments) -> CameraRequest {
    let usual = CameraRequest::default();
    CameraRequest {
        which: which.cloned().unwrap_or(usual.which),
        size: shape.size.unwrap_or(usual.size),
        fps: shape.fps.unwrap_or(usual.fps),
    }
}

/// A camera for people: the formats that Vizard reads with their sizes, and how many others, or why
/// it is not used.
fn about(camera: &CameraInfo) -> String {
    if let Some(trouble) = &camera.trouble {
        return format!("{}  {}\n   {trouble}\n", camera.number, camera.name);
    }
    let mut sizes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for offer in &camera.formats {
        let (format, size) = offer.split_once(' ').unwrap_or((offer, ""));
        sizes.entry(format).or_default().push(size);
    }
    let mut text = format!("{}  {}\n", camera.number, camera.name);
    // Writing to a string cannot fail.
    let mut line = |words: String| writeln!(text, "   {words}").unwrap_or_default();
    if sizes.is_empty() {
        line("formats unknown".into());
    }
    for format in READABLE {
        if let Some(sizes) = sizes.remove(format) {
            line(format!("{format}  {}", sizes.join(", ")));
        }
    }
    match sizes.len() {
        0 => {}
        1 => line("1 format that Vizard does not read".into()),
        others => line(format!("{others} formats that Vizard does not read")),
    }
    text
}

/// What a camera delivered.
#[derive(Debug, Serialize)]
struct CameraTest {
    /// Name, format and size that were agreed on.
    camera: String,
    /// From the wish to open it to its first frame, milliseconds.
    first_frame_ms: f32,
    frames: u64,
    /// Frames a second, as measured between frames; losses are left out.
    fps: f32,
    /// Frames a second, as the camera says.
    nominal_fps: Option<f32>,
    /// Longest time between two frames, milliseconds; losses are left out.
    longest_gap_ms: f32,
    /// Why it was lost on the way, in order.
    losses: Vec<String>,
}

fn test(
    which: Option<&WhichCamera>,
    arguments: &CamerasArguments,
    output: Output,
) -> Result<(), Failure> {
    let clock = Clock::system();
    let wish = wish(which, &arguments.shape);
    let began = clock.now();
    let mut camera = capture::open_camera(&wish, CameraLimits::default(), clock.clone())?;
    let length = Duration::from_secs(arguments.seconds);
    let (test, last) = measure(&mut camera, &clock, began, length, output)?;
    let mut text = words(&test);
    if let (Some(path), Some(picture)) = (&arguments.picture, &last) {
        write_png(path, picture)?;
        // Writing to a string cannot fail.
        writeln!(text, "last frame   {}", path.display()).unwrap_or_default();
    }
    output.report(&test, &text);
    Ok(())
}

/// Takes frames for `length` from the first one on; `began` is when the camera was asked for.
fn measure(
    camera: &mut impl FrameSource,
    clock: &Clock,
    began: FrameTime,
    length: Duration,
    output: Output,
) -> Result<(CameraTest, Option<Picture>), Failure> {
    let (mut first, mut before, mut last) = (None, None, None);
    let mut gaps = Vec::new();
    let mut losses = Vec::new();
    let mut frames = 0;
    while first.is_none_or(|first| clock.now().since(first) < length) {
        match camera.next(TURN)? {
            Polled::Frame(frame) => {
                frames += 1;
                first.get_or_insert(frame.shown_at);
                gaps.extend(before.map(|before| frame.shown_at.since(before)));
                before = Some(frame.shown_at);
                last = Some(frame.picture);
            }
            Polled::Waiting => {}
            Polled::Lost { why } if first.is_none() => return Err(Failure::new(why)),
            Polled::Lost { why } => {
                before = None;
                // It is tried again and again; the same trouble is told once.
                if losses.last() != Some(&why) {
                    output.note(&why);
                    losses.push(why);
                }
            }
            Polled::Ended => break,
        }
    }
    let info = camera.describe();
    let streamed: Duration = gaps.iter().sum();
    let ms = |duration: Duration| duration.as_secs_f32() * 1e3;
    let test = CameraTest {
        camera: info.what,
        first_frame_ms: ms(first.unwrap_or_default().since(began)),
        frames,
        fps: gaps.len() as f32 / streamed.as_secs_f32().max(1e-3),
        nominal_fps: info.fps,
        longest_gap_ms: ms(gaps.iter().max().copied().unwrap_or_default()),
        losses,
    };
    Ok((test, last))
}

fn words(test: &CameraTest) -> String {
    let nominal = test
        .nominal_fps
        .map(|fps| format!("; the camera says {fps}"))
        .unwrap_or_default();
    let mut text = format!(
        "{}\nfirst frame  {:.0} ms after the camera was asked for\n\
         frames       {}, {:.1} a second, at most {:.0} ms apart{nominal}\n",
        test.camera, test.first_frame_ms, test.frames, test.fps, test.longest_gap_ms
    );
    for why in &test.losses {
        // Writing to a string cannot fail.
        writeln!(text, "lost         {why}").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;
    use crate::stages::capture::{CaptureError, SourceFrame, SourceInfo};

    const QUIET: Output = Output { json: true };

    /// Moves the clock on by these milliseconds, then tells: a frame, or a loss.
    struct Script {
        clock: Clock,
        turns: Vec<(u64, Option<&'static str>)>,
    }

    impl FrameSource for Script {
        fn next(&mut self, _: Duration) -> Result<Polled, CaptureError> {
            if self.turns.is_empty() {
                return Ok(Polled::Ended);
            }
            let (ms, loss) = self.turns.remove(0);
            let shown_at = FrameTime(self.clock.now().0 + Duration::from_millis(ms));
            self.clock.set(shown_at);
            Ok(match loss {
                Some(why) => Polled::Lost { why: why.into() },
                None => Polled::Frame(SourceFrame {
                    picture: Picture::filled(Size::new(2, 2), [0, 0, 0, 255]),
                    shown_at,
                }),
            })
        }

        fn describe(&self) -> SourceInfo {
            SourceInfo {
                what: "fake, YUYV 2x2".into(),
                size: None,
                fps: Some(30.0),
                frames: None,
                live: true,
            }
        }
    }

    fn tested(turns: &[(u64, Option<&'static str>)]) -> Result<CameraTest, Failure> {
        let clock = Clock::manual();
        let mut camera = Script {
            clock: clock.clone(),
            turns: turns.to_vec(),
        };
        let began = clock.now();
        let length = Duration::from_secs(5);
        measure(&mut camera, &clock, began, length, QUIET).map(|(test, _)| test)
    }

    #[test]
    fn a_test_counts_frames_and_leaves_out_the_time_without_a_camera() {
        let lost = Some("fake was unplugged; plug it in again");

        let test = tested(&[(700, None), (40, None), (60, None), (5, lost), (3000, None)]).unwrap();

        assert_eq!((test.frames, test.first_frame_ms), (4, 700.0));
        assert!((test.fps - 20.0).abs() < 0.01, "{}", test.fps);
        assert!((test.longest_gap_ms - 60.0).abs() < 0.01);
        let words = words(&test);
        assert!(words.contains("4, 20.0 a second, at most 60 ms apart; the camera says 30\n"));
        assert!(words.ends_with("lost         fake was unplugged; plug it in again\n"));
    }

    #[test]
    fn a_test_ends_in_time_and_fails_where_no_frame_ever_came() {
        let frames = [(1000, None); 20];

        assert_eq!(
            tested(&frames).unwrap().frames,
            6,
            "the first and five more"
        );
        let failure = tested(&[(10, Some("fake is in use"))]).unwrap_err();
        assert_eq!(failure.message, "fake is in use");
    }

    #[test]
    fn a_camera_is_listed_with_the_formats_that_are_read() {
        let offers = [
            "YUYV 640x480",
            "H264 640x480",
            "MJPG 1280x720",
            "YUYV 320x240",
        ];
        let mut camera = CameraInfo {
            number: 2,
            name: "C920".into(),
            path: None,
            bus: None,
            trouble: None,
            formats: offers.map(str::to_owned).to_vec(),
        };

        assert_eq!(
            about(&camera),
            "2  C920\n   MJPG  1280x720\n   YUYV  640x480, 320x240\n   \
             1 format that Vizard does not read\n"
        );
        camera.trouble = Some("C920 is in use".into());
        assert_eq!(about(&camera), "2  C920\n   C920 is in use\n");
    }
}
