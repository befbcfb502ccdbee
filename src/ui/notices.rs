//! The messages over the picture: errors, and where files were saved.
//!
//! [`collect`] returns the messages that apply now; [`Notices`] remembers which of them were dismissed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::domain::control::{PipelineStatus, RecordingState, SourceState};
use crate::domain::settings::{Settings, WhenLost};
use crate::ui::record_panel::clock_text;
use crate::ui::scene::Scene;

/// Tone of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Information.
    Calm,
    /// Success.
    Good,
    /// Error.
    Bad,
}

/// When a message disappears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goes {
    /// When its condition no longer holds.
    WhenOver,
    /// When the user dismisses it.
    WhenDismissed,
    /// Automatically after a while, or when the user dismisses it.
    Soon,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The text.
    pub text: String,
    /// Its tone.
    pub tone: Tone,
    /// When it disappears.
    pub goes: Goes,
    /// A file whose path can be copied.
    pub path: Option<PathBuf>,
    /// Seconds that the condition must hold before the message is shown, which hides short interruptions.
    pub after_secs: f64,
}

impl Notice {
    /// Creates a message of `tone` without a file.
    pub fn new(tone: Tone, goes: Goes, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone,
            goes,
            path: None,
            after_secs: 0.0,
        }
    }

    fn about(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    fn after(mut self, secs: f64) -> Self {
        self.after_secs = secs;
        self
    }
}

/// A face lost for less than this is not reported, seconds.
const NO_FACE_AFTER_SECS: f64 = 0.8;
/// Lifetime of a [`Goes::Soon`] message, seconds.
const SOON_SECS: f64 = 15.0;

/// Returns the messages that apply now, most urgent first.
pub fn collect(scene: &Scene<'_>, settings: &Settings) -> Vec<Notice> {
    let Some(status) = scene.status else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    recording(status, &mut lines);
    source(scene, status, settings, &mut lines);
    if let Some(why) = &status.style.trouble {
        lines.push(Notice::new(Tone::Bad, Goes::WhenDismissed, why));
    }
    match &status.still {
        Some(Ok(path)) => {
            let text = format!("Snapshot saved: {}", path.display());
            lines.push(Notice::new(Tone::Good, Goes::Soon, text).about(path));
        }
        Some(Err(why)) => {
            let text = format!("The snapshot was not saved. {why}");
            lines.push(Notice::new(Tone::Bad, Goes::WhenDismissed, text));
        }
        None => {}
    }
    if let Some(why) = &status.trouble {
        lines.push(Notice::new(Tone::Bad, Goes::WhenDismissed, why));
    }
    lines
}

fn recording(status: &PipelineStatus, lines: &mut Vec<Notice>) {
    match &status.recording {
        RecordingState::Failed { path, why } => {
            let text = format!("The recording stopped. {why}");
            lines.push(Notice::new(Tone::Bad, Goes::WhenDismissed, text).about(path));
        }
        RecordingState::Saved { path, length } => {
            let length = clock_text(*length);
            let text = format!("Saved {length}: {}", path.display());
            lines.push(Notice::new(Tone::Good, Goes::Soon, text).about(path));
        }
        RecordingState::Idle | RecordingState::Recording { .. } => {}
    }
}

fn source(
    scene: &Scene<'_>,
    status: &PipelineStatus,
    settings: &Settings,
    lines: &mut Vec<Notice>,
) {
    if let Some(why) = &status.stopped {
        let text = format!("The picture stands still. {why}. Close Vizard and start it anew.");
        lines.push(Notice::new(Tone::Bad, Goes::WhenOver, text));
        return;
    }
    if status.stalled {
        let text = "The picture stands still: frames come, but none has been finished for some \
                    seconds. If it stays so, close Vizard and start it anew.";
        lines.push(Notice::new(Tone::Bad, Goes::WhenOver, text));
        return;
    }
    match &status.source {
        SourceState::Lost { why } if scene.canvas.is_some() => {
            let text = format!("Camera lost, trying again. {why}");
            lines.push(Notice::new(Tone::Bad, Goes::WhenOver, text));
        }
        SourceState::Streaming { .. }
            if status.faces == 0 && !settings.region.is_everything() && scene.canvas.is_some() =>
        {
            let text = match settings.when_lost {
                WhenLost::Blur => "No face in sight: the picture stays covered until one is found.",
                WhenLost::Camera => "No face in sight: the plain picture is shown.",
            };
            let line = Notice::new(Tone::Calm, Goes::WhenOver, text);
            lines.push(line.after(NO_FACE_AFTER_SECS));
        }
        SourceState::Ended => {
            let text = "The clip is at its end.";
            lines.push(Notice::new(Tone::Calm, Goes::WhenDismissed, text));
        }
        _ => {}
    }
}

/// Since when a message applies, and whether it was dismissed.
#[derive(Debug, Clone, Copy)]
struct ShownNotice {
    since_secs: f64,
    dismissed: bool,
}

/// State of the messages between frames.
#[derive(Debug, Default)]
pub struct Notices {
    told: Vec<Notice>,
    seen: HashMap<String, ShownNotice>,
}

impl Notices {
    /// Adds a message of the app's own; it stays until it disappears by its rule.
    pub fn tell(&mut self, notice: Notice) {
        self.seen.remove(&notice.text);
        self.told.retain(|old| old.text != notice.text);
        self.told.insert(0, notice);
    }

    /// Returns the messages to show at `now_secs`. A message that no longer applies is forgotten, so it
    /// appears again when its condition returns.
    pub fn visible(&mut self, now_secs: f64, true_now: Vec<Notice>) -> Vec<Notice> {
        let mut lines = self.told.clone();
        lines.extend(true_now);
        self.seen
            .retain(|text, _| lines.iter().any(|line| line.text == *text));
        for line in &lines {
            let first = ShownNotice {
                since_secs: now_secs,
                dismissed: false,
            };
            let seen = self.seen.entry(line.text.clone()).or_insert(first);
            let age_secs = now_secs - seen.since_secs;
            if line.goes == Goes::Soon && age_secs > SOON_SECS {
                seen.dismissed = true;
            }
        }
        lines.retain(|line| {
            self.seen.get(&line.text).is_some_and(|seen| {
                !seen.dismissed && now_secs - seen.since_secs >= line.after_secs
            })
        });
        let seen = &self.seen;
        self.told
            .retain(|line| seen.get(&line.text).is_some_and(|seen| !seen.dismissed));
        lines
    }

    /// Dismisses a message.
    pub fn dismiss(&mut self, text: &str) {
        if let Some(seen) = self.seen.get_mut(text) {
            seen.dismissed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost() -> Notice {
        Notice::new(Tone::Calm, Goes::WhenOver, "lost").after(0.8)
    }

    #[test]
    fn a_blink_is_no_line_and_a_lasting_trouble_is_one() {
        let mut notices = Notices::default();

        assert!(notices.visible(0.0, vec![lost()]).is_empty());
        assert!(notices.visible(0.4, Vec::new()).is_empty());
        assert!(notices.visible(1.0, vec![lost()]).is_empty());
        assert_eq!(notices.visible(1.9, vec![lost()]), vec![lost()]);
    }

    #[test]
    fn a_dismissed_line_stays_away_until_it_has_been_over() {
        let bad = || vec![Notice::new(Tone::Bad, Goes::WhenDismissed, "bad")];
        let mut notices = Notices::default();

        assert_eq!(notices.visible(0.0, bad()).len(), 1);
        notices.dismiss("bad");
        assert!(notices.visible(1.0, bad()).is_empty());
        assert!(notices.visible(2.0, Vec::new()).is_empty());
        assert_eq!(notices.visible(3.0, bad()).len(), 1);
    }

    #[test]
    fn a_saved_line_goes_by_itself() {
        let mut notices = Notices::default();
        notices.tell(Notice::new(Tone::Good, Goes::Soon, "saved"));

        assert_eq!(notices.visible(0.0, Vec::new()).len(), 1);
        assert!(notices.visible(SOON_SECS + 1.0, Vec::new()).is_empty());
        assert!(notices.told.is_empty());
    }
}
