//! [`Easel`]: paints faces frame after frame, remembering each person's strokes.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture};
use crate::stages::stylize::portrait::field::Anchors;
use crate::stages::stylize::portrait::paint::{Memory, Motion, Sitting};
use crate::stages::stylize::portrait::painter::{Commission, Painter};
use crate::stages::stylize::portrait::reference::Portrait;
use crate::stages::stylize::steady::Subject;

/// How many people are remembered; the one that was not painted for longest is forgotten.
const MOST: usize = 8;

/// Points and strokes that are older than this are forgotten.
const FORGET: Duration = Duration::from_millis(400);

#[derive(Debug)]
struct Sitter {
    subject: Subject,
    seen: FrameTime,
    marks: Anchors,
    memory: Memory,
}

/// Who is to be painted in a frame.
#[derive(Debug, Clone, Copy)]
pub struct Pose<'a> {
    /// Whose face it is.
    pub subject: Subject,
    /// Its points in crop pixels. Where they are unknown for a moment, those of the frame before
    /// count, since crops follow the head.
    pub marks: Option<&'a Anchors>,
    /// When the frame is shown.
    pub now: FrameTime,
}

/// Remembers who sits for a portrait; bounded.
#[derive(Debug, Default)]
pub struct Easel {
    /// Whose strokes are remembered.
    portrait: Option<Arc<Portrait>>,
    sitters: Vec<Sitter>,
    painter: Painter,
}

impl Easel {
    /// An easel at which `painter` stands.
    pub fn new(painter: Painter) -> Self {
        Self {
            painter,
            ..Self::default()
        }
    }

    /// What lays the strokes, for what it has to tell.
    pub fn painter(&mut self) -> &mut Painter {
        &mut self.painter
    }

    /// Looks at who sits in `own`, the photo, in which things moved by `motion`; `None` where no face is known
    /// there. Paint what comes back with [`Easel::paint`].
    pub fn look(
        &mut self,
        portrait: &Arc<Portrait>,
        pose: Pose<'_>,
        motion: Option<Motion<'_>>,
        own: &Picture,
    ) -> Option<Sitting> {
        let Pose {
            subject,
            marks,
            now,
        } = pose;
        if !self
            .portrait
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, portrait))
        {
            self.sitters.clear();
            self.portrait = Some(Arc::clone(portrait));
        }
        self.sitters
            .retain(|sitter| now.since(sitter.seen) < FORGET && sitter.seen <= now);
        let known = self
            .sitters
            .iter()
            .position(|sitter| sitter.subject == subject);
        let mut sitter = match (known, marks) {
            (Some(at), _) => self.sitters.swap_remove(at),
            (None, Some(marks)) => Sitter {
                subject,
                seen: now,
                marks: *marks,
                memory: Memory::default(),
            },
            (None, None) => return None,
        };
        if let Some(marks) = marks {
            (sitter.marks, sitter.seen) = (*marks, now);
        }
        let sitting = Sitting::begin(own, (&sitter.marks, motion), portrait, &mut sitter.memory);
        if self.sitters.len() >= MOST {
            let oldest = (0..self.sitters.len()).min_by_key(|&at| self.sitters[at].seen);
            oldest.map(|at| self.sitters.swap_remove(at));
        }
        self.sitters.push(sitter);
        sitting
    }

    /// Paints who sits over `crop`, which the network has painted.
    pub fn paint(&mut self, commission: &Commission<'_>, crop: &mut Picture) {
        if let Some(skin) = commission.skin {
            let (photo, portrait) = (commission.photo, commission.portrait);
            commission.sitting.tint(photo, portrait, skin, crop);
        }
        self.painter.paint(commission, crop);
    }
}
