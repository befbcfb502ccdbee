//! Thread "encode": makes style codes while the old style stays on the screen.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::domain::frame::Picture;
use crate::domain::style::{Style, StyleCode};
use crate::pipeline::shared::Shared;
use crate::pipeline::vision::PATIENCE;
use crate::stages::stylize::{StyleEncoder, StylizeError};

/// The encoder and the newest code. Cheap to clone.
#[derive(Clone)]
pub(super) struct Encoding {
    encoder: Arc<Mutex<Box<dyn StyleEncoder>>>,
    code: Arc<Mutex<Arc<StyleCode>>>,
}

impl Encoding {
    pub(super) fn new(encoder: Box<dyn StyleEncoder>, code: StyleCode) -> Self {
        Self {
            encoder: Arc::new(Mutex::new(encoder)),
            code: Arc::new(Mutex::new(Arc::new(code))),
        }
    }

    /// The code of the style that is shown.
    pub(super) fn code(&self) -> Arc<StyleCode> {
        Arc::clone(&self.code.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the code of `picture`; waits while another is being made.
    pub(super) fn encode(&self, picture: &Picture) -> Result<StyleCode, StylizeError> {
        self.encoder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .encode(picture)
    }

    /// As [`Encoding::encode`], but gives `None` where the encoder is at work.
    pub(super) fn try_encode(&self, picture: &Picture) -> Option<Result<StyleCode, StylizeError>> {
        self.encoder
            .try_lock()
            .ok()
            .map(|mut encoder| encoder.encode(picture))
    }

    fn show(&self, code: StyleCode) {
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(code);
    }
}

/// Makes the code of each wished style, the newest first, until there are no more wishes.
pub(super) fn run(shared: &Shared, encoding: &Encoding, wishes: &Receiver<Arc<Style>>) {
    while !shared.stopping() {
        let mut style = match wishes.recv_timeout(PATIENCE) {
            Ok(style) => style,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        while let Ok(newer) = wishes.try_recv() {
            style = newer;
        }
        let made = shared
            .timings
            .measure(&shared.clock, "encode", || encoding.encode(&style.picture));
        match made {
            Ok(code) => {
                encoding.show(code);
                shared.update(|status| {
                    status.style.shown = Some(style.id.clone());
                    status.style.preparing.take_if(|wished| *wished == style.id);
                    status.style.trouble = None;
                });
            }
            Err(error) => shared.update(|status| {
                status.style.preparing = None;
                status.style.trouble = Some(format!("{} cannot be used: {error}", style.title));
            }),
        }
        shared.wake();
    }
}
