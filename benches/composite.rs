//! The CPU compositor at 1280x720: what a machine without a GPU pays a frame.

use std::hint::black_box;
use std::sync::Arc;

use criterion::Criterion;
use vizard::domain::composition::{Composition, Outcome, StyledLayer};
use vizard::domain::face::{Crop, Roi};
use vizard::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use vizard::domain::geometry::{CropPx, FramePx, Point, Transform};
use vizard::stages::composite::cpu::CpuCompositor;

const FRAME: Size = Size::new(1280, 720);

/// Grain of all colours under `mask` (of a pixel's place in `[0, 1]`).
fn grain(size: Size, mask: impl Fn(f32, f32) -> f32) -> Picture {
    let mut picture = Picture::filled(size, [0; 4]);
    let mut seed = 1u32;
    for (at, pixel) in (0u32..).zip(picture.rgba_mut().chunks_exact_mut(4)) {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let u = (at % size.width) as f32 / size.width as f32;
        let v = (at / size.width) as f32 / size.height as f32;
        let [_, r, g, b] = seed.to_le_bytes();
        pixel.copy_from_slice(&[r, g, b, (mask(u, v).clamp(0.0, 1.0) * 255.0) as u8]);
    }
    picture
}

fn composition(crop: Picture, frame_from_crop: Transform<FramePx, CropPx>) -> Composition {
    Composition {
        frame: Arc::new(Frame {
            id: FrameId(0),
            shown_at: FrameTime::default(),
            captured_at: FrameTime::default(),
            picture: Arc::new(grain(FRAME, |_, _| 1.0)),
        }),
        layers: vec![StyledLayer {
            crop: Crop {
                picture: crop,
                frame_from_crop,
            },
            opacity: 1.0,
        }],
        faces: Vec::new(),
        outcome: Outcome::Styled,
        styled_at: FrameTime::default(),
    }
}

/// A face of 500 pixels, tilted, under a feathered ellipse.
fn tilted_face() -> Composition {
    let mask = |u: f32, v: f32| (1.0 - ((u - 0.5) / 0.45).hypot((v - 0.5) / 0.48)) * 5.0;
    let roi = Roi {
        centre: Point::new(640.0, 360.0),
        side: 500.0,
        angle_rad: 0.3,
    };
    composition(grain(Size::new(256, 256), mask), roi.frame_from_crop(256))
}

/// A whole styled frame, enlarged.
fn whole_frame() -> Composition {
    let scale = 1280.0 / 448.0;
    let frame_from_crop = Transform::scale_then_move(scale, scale, 0.0, 0.0);
    composition(grain(Size::new(448, 252), |_, _| 1.0), frame_from_crop)
}

fn composite(criterion: &mut Criterion) {
    let mut compositor = CpuCompositor::default();
    let mut out = Picture::filled(FRAME, [0; 4]);
    for (name, composition) in [
        ("composite/tilted face of 500 px", tilted_face()),
        ("composite/whole frame", whole_frame()),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| compositor.compose(black_box(&composition), black_box(&mut out)));
        });
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    composite(&mut criterion);
    criterion.final_summary();
}
