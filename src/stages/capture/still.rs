//! [`Stills`]: one picture, or the pictures of a folder in natural order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture};
use crate::pictures::{self, Limits};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::{FrameSource, Polled, SourceFrame, SourceInfo};

/// Picture files as successive frames. Frames may differ in size.
#[derive(Debug)]
pub(crate) struct Stills {
    what: String,
    files: Vec<PathBuf>,
    /// The first frame, decoded on opening.
    first: Option<Picture>,
    info: SourceInfo,
    limits: Limits,
    at: usize,
    fps: f32,
}

impl Stills {
    /// Creates a source for one picture.
    pub(crate) fn of_file(path: &Path, limits: Limits, fps: f32) -> Result<Self, CaptureError> {
        Self::of_files(path, vec![path.into()], limits, fps)
    }

    /// Creates a source for the pictures in `folder`, with numbers in names in numeric order: 2 before 10.
    pub(crate) fn of_folder(folder: &Path, limits: Limits, fps: f32) -> Result<Self, CaptureError> {
        let files = pictures::files_in(folder);
        let files = files.map_err(|why| CaptureError::from_reading(folder, why))?;
        if files.is_empty() {
            return Err(CaptureError::NoPictures(folder.into()));
        }
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
