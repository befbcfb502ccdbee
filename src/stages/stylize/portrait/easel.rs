//! [`Easel`]: paints faces frame after frame, remembering each person's strokes.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::frame::{FrameTime, Picture};
use crate::domain::skin::Skin;
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
    /// Where the crop shows skin; everywhere, if that is unknown.
    pub skin: Option<&'a Skin>,
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

    /// Paints a face over `crop`, whose photo is `own` and in which things moved by `motion`, with `likeness` from 0 (the painted face) to
    /// 1 (the person's). Says whether it could.
    pub fn paint(
        &mut self,
        portrait: &Arc<Portrait>,
        pose: Pose<'_>,
        motion: Option<Motion<'_>>,
        (own, likeness): (&Picture, f32),
        crop: &mut Picture,
    ) -> bool {
        let Pose {
            subject,
            marks,
            skin,
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
            (None, None) => return false,
        };
        if let Some(marks) = marks {
            (sitter.marks, sitter.seen) = (*marks, now);
        }
        let sitting = Sitting::begin(own, (&sitter.marks, motion), portrait, &mut sitter.memory);
        if let Some(sitting) = &sitting {
            if let Some(skin) = skin {
                sitting.tint(own, portrait, skin, crop);
            }
            let commission = Commission {
                sitting,
                photo: own,
                portrait,
                likeness,
                skin,
            };
            self.painter.paint(&commission, crop);
        }
        if self.sitters.len() >= MOST {
            let oldest = (0..self.sitters.len()).min_by_key(|&at| self.sitters[at].seen);
            oldest.map(|at| self.sitters.swap_remove(at));
        }
        self.sitters.push(sitter);
        sitting.is_some()
    }
}
