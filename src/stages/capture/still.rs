//! [`Stills`]: one picture, or the pictures of a folder in natural order.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture};
use crate::pictures::{self, Limits};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Name endings that make a file in a folder a frame.
const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];

/// Picture files as frames, one after the other. Frames may differ in size.
#[derive(Debug)]
pub(crate) struct Stills {
    what: String,
    files: Vec<PathBuf>,
    /// The first frame, read when the source was opened.
    first: Option<Picture>,
    info: SourceInfo,
    limits: Limits,
    at: usize,
    fps: f32,
}

impl Stills {
    /// One picture.
    pub(crate) fn of_file(path: &Path, limits: Limits, fps: f32) -> Result<Self, CaptureError> {
        Self::of_files(path, vec![path.into()], limits, fps)
    }

    /// The pictures in `folder`, numbers in their names in counting order: 2 before 10.
    pub(crate) fn of_folder(folder: &Path, limits: Limits, fps: f32) -> Result<Self, CaptureError> {
        let failed = |why| CaptureError::from_reading(folder, why);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_file() && is_picture(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(CaptureError::NoPictures(folder.into()));
        }
        files.sort_by(|a, b| natural_order(&name_of(a), &name_of(b)));
        Self::of_files(folder, files, limits, fps)
    }

    fn of_files(
        what: &Path,
        files: Vec<PathBuf>,
        limits: Limits,
        fps: f32,
    ) -> Result<Self, CaptureError> {
        let first = match files.first() {
            Some(path) => Some(pictures::read(path, &limits)?),
            None => None,
        };
        let what = what.display().to_string();
        let info = SourceInfo {
            what: what.clone(),
            size: first.as_ref().map(Picture::size),
            fps: Some(fps),
            frames: Some(files.len() as u64),
            live: false,
        };
        Ok(Self {
            what,
            files,
            first,
            info,
            limits,
            at: 0,
            fps,
        })
    }
}

impl FrameSource for Stills {
    fn next(&mut self, _limit: Duration) -> Result<Polled, CaptureError> {
        let Some(path) = self.files.get(self.at) else {
            return Ok(Polled::Ended);
        };
        let picture = match self.first.take() {
            Some(first) => first,
            None => pictures::read(path, &self.limits).inspect_err(|error| {
                tracing::debug!(folder = self.what, frame = self.at, %error, "frame unreadable");
            })?,
        };
        let shown_at = FrameTime(Duration::from_secs_f64(
            self.at as f64 / f64::from(self.fps),
        ));
        self.at += 1;
        Ok(Polled::Frame(SourceFrame { picture, shown_at }))
    }

    fn describe(&self) -> SourceInfo {
        self.info.clone()
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let hidden = name_of(path).starts_with('.');
    !hidden && ENDINGS.iter().any(|known| ending == *known)
}

/// Compares runs of digits by their value and all else letter by letter.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (run_a, rest_a) = first_run(a);
        let (run_b, rest_b) = first_run(b);
        let order = match (run_a.is_empty(), run_b.is_empty()) {
            (true, true) => return Ordering::Equal,
            _ if starts_with_digit(run_a) && starts_with_digit(run_b) => {
                let (x, y) = (run_a.trim_start_matches('0'), run_b.trim_start_matches('0'));
                let by_value = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
                by_value.then_with(|| run_a.len().cmp(&run_b.len()))
            }
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// The longest start of `text` that is all digits or has none, and the rest.
fn first_run(text: &str) -> (&str, &str) {
    let digits = starts_with_digit(text);
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_a_person_counts() {
        let mut names = [
            "b1", "10.jpg", "a", "0009.jpg", "2.jpg", "02.jpg", "img2x10", "img2x9",
        ];

        names.sort_by(|a, b| natural_order(a, b));

        assert_eq!(
            names,
            [
                "2.jpg", "02.jpg", "0009.jpg", "10.jpg", "a", "b1", "img2x9", "img2x10"
            ]
        );
    }
}
