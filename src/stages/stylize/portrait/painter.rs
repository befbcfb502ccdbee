//! [`Painter`]: lays a sitting's strokes, on a graphics card or by the twin on the CPU.

use std::sync::Arc;

use crate::domain::control::PainterStatus;
use crate::domain::frame::Picture;
use crate::domain::settings::PainterChoice;
use crate::domain::skin::Skin;
use crate::gpu::{GpuError, Software};
use crate::stages::stylize::portrait::on_gpu::GpuPainter;
use crate::stages::stylize::portrait::paint::Sitting;
use crate::stages::stylize::portrait::reference::Portrait;

/// What is to be painted over a crop; see [`Sitting::paint`].
#[derive(Debug, Clone, Copy)]
pub struct Commission<'a> {
    /// The face.
    pub sitting: &'a Sitting,
    /// The crop as the camera saw it, of the same size.
    pub photo: &'a Picture,
    /// What it is painted with.
    pub portrait: &'a Arc<Portrait>,
    /// From 0, the painted face, to 1, the person's.
    pub likeness: f32,
    /// Where the crop shows skin; everywhere, if that is unknown.
    pub skin: Option<&'a Skin>,
}

/// What holds the brush.
#[derive(Debug, Default)]
enum Hand {
    #[default]
    Cpu,
    /// A graphics card, if there is one: opened for the first face, since many pictures show none.
    Unopened,
    Gpu(Box<GpuPainter>),
}

/// Paints on a graphics card, and on the CPU where there is none or since it failed.
#[derive(Debug, Default)]
pub struct Painter {
    hand: Hand,
    status: PainterStatus,
    trouble: Option<String>,
}

impl Painter {
    /// Opens what `choice` asks for; a graphics card that nobody insists on is opened later.
    pub fn open(choice: PainterChoice) -> Result<Self, GpuError> {
        let hand = match choice {
            PainterChoice::Auto => Hand::Unopened,
            PainterChoice::Cpu => Hand::Cpu,
            PainterChoice::Gpu => Hand::Gpu(Box::new(GpuPainter::open(Software::Allowed)?)),
        };
        Ok(Self {
            hand,
            ..Self::default()
        })
    }

    /// Paints on this device.
    pub fn on(gpu: GpuPainter) -> Self {
        Self {
            hand: Hand::Gpu(Box::new(gpu)),
            ..Self::default()
        }
    }

    /// Paints the face over `crop`.
    pub fn paint(&mut self, commission: &Commission<'_>, crop: &mut Picture) {
        if matches!(self.hand, Hand::Unopened) {
            self.hand = opened();
        }
        if let Hand::Gpu(gpu) = &mut self.hand {
            match gpu.paint(commission, crop) {
                Ok(()) => {
                    if !matches!(self.status, PainterStatus::Gpu(_)) {
                        let name = gpu.gpu().report().to_string();
                        self.status = PainterStatus::Gpu(name.into());
                    }
                    return;
                }
                Err(error) => {
                    self.trouble = Some(format!(
                        "the graphics card does not paint any more, so the CPU does: {error}"
                    ));
                    self.hand = Hand::Cpu;
                }
            }
        }
        let (of, with) = (commission, commission.portrait);
        of.sitting.paint(of.photo, with, of.likeness, of.skin, crop);
        self.status = PainterStatus::Cpu;
    }

    /// What painted last.
    pub fn status(&self) -> &PainterStatus {
        &self.status
    }

    /// Why the graphics card was given up, once.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}

/// The graphics card, else the CPU.
fn opened() -> Hand {
    match GpuPainter::open(Software::Refused) {
        Ok(gpu) => Hand::Gpu(Box::new(gpu)),
        Err(error) => {
            tracing::info!(%error, "portraits are painted on the CPU");
            Hand::Cpu
        }
    }
}
