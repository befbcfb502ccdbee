//! Thread "capture": polls the source, timestamps and numbers its frames.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::control::{Part, SourceState};
use crate::domain::fault;
use crate::domain::frame::{Frame, FrameId};
use crate::domain::lane::LaneSender;
use crate::pipeline::shared::Shared;
use crate::stages::capture::{FrameSource, Polled};

/// Maximum time that one poll of a silent source delays the check for a stop.
const PATIENCE: Duration = Duration::from_millis(200);

/// Forwards frames until the source ends, the receiver is dropped, or the pipeline stops. `next_id` is the
/// number of the next frame.
pub(super) fn run(
    shared: &Shared,
    source: &mut dyn FrameSource,
    frames: &LaneSender<Arc<Frame>>,
    next_id: &mut u64,
) {
    while !shared.stopping() {
        let began = shared.clock.now();
        fault::point(Part::Capture.thread());
        match source.next(PATIENCE) {
            Ok(Polled::Frame(found)) => {
                let captured_at = shared.clock.now();
                shared.timings.push("capture", captured_at.since(began));
                let picture = Arc::new(found.picture);
                shared.captured(picture.size(), captured_at);
                let frame = Frame {
                    id: FrameId(*next_id),
                    shown_at: found.shown_at,
                    captured_at,
                    picture,
                };
                *next_id += 1;
                match frames.put(Arc::new(frame)) {
                    Ok(stale) => shared.update(|s| s.frames.dropped += u64::from(stale.is_some())),
                    Err(_) => return,
                }
            }
            Ok(Polled::Waiting) => {}
            Ok(Polled::Lost { why }) => {
                tracing::warn!(why, "the source stopped");
                shared.update(|status| status.source = SourceState::Lost { why });
                shared.wake();
            }
            Ok(Polled::Ended) => {
                shared.update(|status| status.source = SourceState::Ended);
                return;
            }
            Err(error) => {
                tracing::debug!(%error, "the source failed");
                shared.fail(error.to_string());
                return;
            }
        }
    }
}
