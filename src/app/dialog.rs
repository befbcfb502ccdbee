//! The desktop's file chooser. It blocks until the user is done, so it runs on its own thread.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::app::pipeline_handle::Waker;
use crate::domain::frame::FrameTime;
use crate::domain::thread::spawn_named;
use crate::domain::timing::Clock;

/// An answer quicker than this means that there was no chooser, since few people cancel one so quickly.
/// Without a portal and without zenity `rfd` answers just like a cancel, half a second later on a busy
/// machine. A user who does cancel this quickly gets the path field, which does no harm.
const NO_CHOOSER_MS: u128 = 1500;

/// Result of a chooser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The chosen file.
    File(PathBuf),
    /// The user chose nothing.
    Nothing,
    /// The desktop has no chooser.
    NoChooser,
}

/// Opens at most one chooser at a time.
#[derive(Debug)]
pub(crate) struct Dialog {
    clock: Clock,
    open: Option<(Receiver<Option<PathBuf>>, FrameTime)>,
}

impl Dialog {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, open: None }
    }

    /// Opens the chooser, unless one is open. `pick` is called on its own thread.
    pub(crate) fn open(
        &mut self,
        waker: Waker,
        pick: impl FnOnce() -> Option<PathBuf> + Send + 'static,
    ) -> std::io::Result<()> {
        if self.open.is_none() {
            let (sender, receiver) = bounded(1);
            spawn_named("file chooser", move || {
                // A window that closed meanwhile needs no answer.
                if sender.send(pick()).is_ok() {
                    waker.wake();
                }
            })?;
            self.open = Some((receiver, self.clock.now()));
        }
        Ok(())
    }

    /// Returns the result once the chooser is closed.
    pub(crate) fn take(&mut self) -> Option<Chosen> {
        let (receiver, since) = self.open.as_ref()?;
        let answer = match receiver.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => None,
            Ok(answer) => answer,
        };
        let quick = self.clock.now().since(*since).as_millis() < NO_CHOOSER_MS;
        self.open = None;
        Some(match answer {
            Some(path) => Chosen::File(path),
            None if quick => Chosen::NoChooser,
            None => Chosen::Nothing,
        })
    }
}

/// Asks the user for one picture file.
pub(crate) fn pick_picture() -> Option<PathBuf> {
    const EXTENSIONS: [&str; 9] = [
        "vizstyle", "png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff",
    ];
    rfd::FileDialog::new()
        .set_title("A picture to use as a style")
        .add_filter("Pictures", &EXTENSIONS)
        .pick_file()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The result of a chooser that answers `answer` after `secs` on the window's clock.
    fn chosen(answer: Option<PathBuf>, secs: u64) -> Chosen {
        let clock = Clock::manual();
        let mut dialog = Dialog::new(clock.clone());
        dialog.open(Waker::default(), || answer).unwrap();
        clock.set(FrameTime(Duration::from_secs(secs)));
        loop {
            if let Some(chosen) = dialog.take() {
                return chosen;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_chooser_that_is_missing_is_told_from_one_that_was_cancelled() {
        let file = PathBuf::from("/a.png");

        assert_eq!(chosen(None, 0), Chosen::NoChooser);
        assert_eq!(chosen(None, 5), Chosen::Nothing);
        assert_eq!(chosen(Some(file.clone()), 0), Chosen::File(file));
    }
}
