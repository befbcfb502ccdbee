//! Somebody who sits for a portrait, made up: a face's points, pictures, a painted face, skin.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::sync::Arc;

use vizard::domain::frame::{Picture, Size};
use vizard::domain::geometry::Point;
use vizard::domain::shape::FaceShape;
use vizard::domain::skin::Skin;
use vizard::stages::stylize::portrait::Portrait;
use vizard::stages::stylize::portrait::field::Anchors;

/// A round face's 68 points, `radius` pixels from its middle to its jaw, turned by `turn` radians.
pub(crate) fn marks([x, y]: [f32; 2], radius: f32, turn: f32) -> Anchors {
    let (sin, cos) = turn.sin_cos();
    let at = |u: f32, v: f32| {
        [
            x + radius * (cos * u - sin * v),
            y + radius * (sin * u + cos * v),
        ]
    };
    let ring = |[u, v]: [f32; 2], [wide, high]: [f32; 2], part: f32| {
        let (sin, cos) = (part * std::f32::consts::TAU).sin_cos();
        at(u - wide * cos, v - high * sin)
    };
    std::array::from_fn(|i| {
        let k = i as f32;
        match i {
            0..=16 => {
                let (sin, cos) = (k / 16.0 * std::f32::consts::PI).sin_cos();
                at(-cos, sin)
            }
            17..=26 => at(-0.75 + 0.165 * (k - 17.0), -0.4),
            27..=30 => at(0.0, -0.15 + 0.12 * (k - 27.0)),
            31..=35 => at(-0.2 + 0.1 * (k - 31.0), 0.3),
            36..=41 => ring([-0.4, -0.15], [0.15, 0.07], (k - 36.0) / 6.0),
            42..=47 => ring([0.4, -0.15], [0.15, 0.07], (k - 42.0) / 6.0),
            48..=59 => ring([0.0, 0.55], [0.3, 0.12], (k - 48.0) / 12.0),
            _ => ring([0.0, 0.55], [0.2, 0.05], (k - 60.0) / 8.0),
        }
    })
}

/// Waves, coarse grain and hard edges in all colours, under an uneven alpha.
pub(crate) fn picture(size: Size, seed: u32) -> Picture {
    let mut picture = Picture::filled(size, [0; 4]);
    for (i, pixel) in (0..).zip(picture.rgba_mut().chunks_exact_mut(4)) {
        let (x, y) = (i % size.width, i / size.width);
        let wave = ((x + seed) as f32 * 0.05).sin() + (y as f32 * 0.07 + seed as f32).cos();
        let grain = (x / 3 * 31 + y / 2 * 17 + seed) % 23;
        pixel[0] = (130.0 + 55.0 * wave) as u8 + grain as u8 / 2;
        pixel[1] = (60 + (y / 3 + seed * 7) % 120 + grain) as u8;
        pixel[2] = ((x + y) / 4 % 90 + grain * 2) as u8;
        pixel[3] = ((x * 5 + y * 3) % 256) as u8;
    }
    picture
}

/// A painted face.
pub(crate) fn portrait(seed: u32) -> Arc<Portrait> {
    let points = marks([200.0, 210.0], 90.0, -0.1).map(|[x, y]| Point::new(x, y));
    let painting = picture(Size::new(401, 433), seed);
    Arc::new(Portrait::prepare(&painting, &FaceShape(points), None).unwrap())
}

/// A face that a hand covers from the left, softly.
pub(crate) fn skin() -> Skin {
    const SIDE: usize = 64;
    let opacity = |i: usize| ((i % SIDE) as f32 - 22.0 + (i / SIDE % 7) as f32) / 20.0;
    let opacities = (0..SIDE * SIDE).map(|i| opacity(i).clamp(0.0, 1.0));
    Skin::new(opacities.collect(), SIDE)
}
