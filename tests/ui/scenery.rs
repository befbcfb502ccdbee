//! Pictures for the window's tests, drawn by arithmetic: a made-up person, and small patterns that
//! stand for styles.

use std::sync::Arc;

use vizard::domain::control::{Reference, ReferenceFace};
use vizard::domain::frame::{Picture, Size};
use vizard::domain::geometry::Rect;
use vizard::domain::shape::Landmarks68;
use vizard::domain::style::StyleId;
use vizard::ui::scene::StyleThumb;

/// Names and two colours of the patterns.
const STYLES: &[(&str, [u8; 3], [u8; 3])] = &[
    ("Pencil hatching", [238, 234, 226], [66, 64, 70]),
    ("Ink wash", [226, 222, 210], [38, 52, 72]),
    ("Oil dabs", [226, 148, 62], [54, 88, 112]),
    ("Mosaic", [64, 142, 150], [222, 196, 130]),
    ("Stained glass", [176, 44, 62], [44, 74, 160]),
    ("Halftone pop", [250, 214, 58], [228, 58, 112]),
    ("Woodcut", [236, 224, 200], [28, 24, 26]),
    ("Neon", [26, 14, 52], [54, 236, 214]),
    ("Watercolour", [198, 222, 232], [226, 140, 130]),
];

/// The strip's styles.
pub(crate) fn styles() -> Vec<StyleThumb> {
    STYLES
        .iter()
        .enumerate()
        .map(|(at, (title, light, dark))| StyleThumb {
            id: StyleId(format!("style-{at}")),
            title: (*title).to_owned(),
            thumbnail: Arc::new(pattern(at, *light, *dark)),
        })
        .collect()
}

fn mixed(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    let t = t.clamp(0.0, 1.0);
    [0, 1, 2].map(|c| a[c] + (b[c] - a[c]) * t)
}

/// Draws every pixel; `colour` gets x and y in pixels.
fn drawn(size: Size, colour: impl Fn(f32, f32) -> [f32; 3]) -> Picture {
    let mut rgba = Vec::with_capacity(size.pixels() * 4);
    for y in 0..size.height {
        for x in 0..size.width {
            let [r, g, b] = colour(x as f32 + 0.5, y as f32 + 0.5).map(|c| c.clamp(0.0, 255.0));
            rgba.extend([r as u8, g as u8, b as u8, 255]);
        }
    }
    Picture::from_rgba(size, rgba).unwrap()
}

fn pattern(at: usize, light: [u8; 3], dark: [u8; 3]) -> Picture {
    let (light, dark) = (light.map(f32::from), dark.map(f32::from));
    drawn(Size::new(128, 128), |x, y| {
        let wave = match at % 3 {
            0 => ((x + y) / 5.0).sin() * ((x - y) / 17.0).cos(),
            1 => f32::midpoint((x / 19.0).sin(), (y / 13.0 + (x / 31.0).cos() * 2.0).sin()),
            _ => ((x / 8.0).sin() * (y / 8.0).sin()) + ((x + y * 0.4) / 40.0).sin() * 0.5,
        };
        mixed(light, dark, wave * 0.6 + 0.5)
    })
}

/// How far `(x, y)` lies inside the ellipse, softened over a few pixels: 0 outside, 1 inside.
fn inside(x: f32, y: f32, centre: [f32; 2], radii: [f32; 2]) -> f32 {
    let r = ((x - centre[0]) / radii[0]).hypot((y - centre[1]) / radii[1]);
    ((1.0 - r) * radii[0].min(radii[1]) / 3.0 + 0.5).clamp(0.0, 1.0)
}

/// A made-up person before a warm wall, 640x360, with strokes like a painted one.
pub(crate) fn person() -> Picture {
    drawn(Size::new(640, 360), |x, y| {
        let stroke = ((x * 0.31 + y * 0.17).sin() + (y * 0.37 - x * 0.09).sin()) * 9.0;
        let glow = 1.0 - ((x - 470.0) / 480.0).hypot((y - 60.0) / 330.0);
        let mut c = mixed([38.0, 52.0, 66.0], [196.0, 142.0, 88.0], glow);
        let mut put = |colour: [f32; 3], amount: f32| c = mixed(c, colour, amount);
        put(
            [58.0, 66.0, 92.0],
            inside(x, y, [318.0, 420.0], [190.0, 140.0]),
        );
        put(
            [46.0, 30.0, 30.0],
            inside(x, y, [318.0, 160.0], [96.0, 118.0]),
        );
        put(
            [188.0, 132.0, 104.0],
            inside(x, y, [318.0, 280.0], [38.0, 62.0]),
        );
        put(
            [218.0, 164.0, 132.0],
            inside(x, y, [318.0, 182.0], [74.0, 96.0]),
        );
        let shade = ((x - 300.0) / 90.0).clamp(0.0, 1.0) * 0.35;
        let face = inside(x, y, [318.0, 182.0], [74.0, 96.0]);
        put([150.0, 92.0, 84.0], face * (0.35 - shade).max(0.0));
        put(
            [46.0, 30.0, 30.0],
            inside(x, y, [312.0, 98.0], [82.0, 36.0]),
        );
        for side in [-1.0, 1.0] {
            let eye = 318.0 + side * 30.0;
            put(
                [240.0, 232.0, 224.0],
                inside(x, y, [eye, 172.0], [13.0, 6.5]),
            );
            put(
                [44.0, 52.0, 62.0],
                inside(x, y, [eye + 1.0, 172.0], [6.0, 6.5]),
            );
            put([60.0, 38.0, 34.0], inside(x, y, [eye, 154.0], [18.0, 3.4]));
            put(
                [230.0, 140.0, 118.0],
                0.4 * inside(x, y, [eye * 1.0 + side * 14.0, 210.0], [20.0, 14.0]),
            );
        }
        put(
            [186.0, 120.0, 98.0],
            inside(x, y, [320.0, 206.0], [11.0, 7.0]),
        );
        put(
            [168.0, 74.0, 74.0],
            inside(x, y, [319.0, 238.0], [25.0, 7.5]),
        );
        c.map(|channel| channel + stroke)
    })
}

/// The person as a reference, with the face where it is.
pub(crate) fn reference() -> Reference {
    let preview = Arc::new(person());
    let shape = Landmarks68::frontal(&Rect::new(168.0, 45.0, 300.0, 300.0));
    Reference {
        size: preview.size(),
        preview,
        face: Some(ReferenceFace {
            shape,
            sure: 0.93,
            large: true,
        }),
    }
}
