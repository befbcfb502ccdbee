//! The compositors, by pictures: the CPU twin against stored ones, the GPU against the twin.
//!
//! `UPDATE_GOLDEN=1` renews what is stored. A failure writes `NAME.new.png` and `NAME.diff.png`
//! (differences times 16) beside the stored picture.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files should fail"
)]

#[path = "support/require.rs"]
mod require;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vizard::domain::composition::{Composition, Outcome, StyledLayer};
use vizard::domain::face::{Crop, Roi};
use vizard::domain::frame::{Frame, FrameId, FrameTime, Picture, Size};
use vizard::domain::geometry::{CropPx, FramePx, Point, Transform};
use vizard::gpu::Gpu;
use vizard::stages::composite::cpu::CpuCompositor;
use vizard::stages::composite::gpu::GpuCompositor;

const SIDE: u32 = 128;

/// A picture from a function of its pixel's centre, both in `[0, 1]`.
fn painted(size: Size, colour: impl Fn(f32, f32) -> [f32; 4]) -> Picture {
    let mut rgba = Vec::new();
    for y in 0..size.height {
        for x in 0..size.width {
            let u = (x as f32 + 0.5) / size.width as f32;
            let v = (y as f32 + 0.5) / size.height as f32;
            rgba.extend(colour(u, v).map(|c| (c.clamp(0.0, 1.0) * 255.0).round() as u8));
        }
    }
    Picture::from_rgba(size, rgba).unwrap()
}

/// Soft colours from dark to bright, with coarse grain: what a camera gives.
fn photo() -> Picture {
    painted(Size::new(SIDE, SIDE), |u, v| {
        let block = (u * 32.0).floor() * 17.0 + (v * 32.0).floor() * 31.0;
        let grain = (block.sin() * 4321.0).fract() * 0.06;
        let tile = |value: f32| (value * 16.0).floor() / 16.0;
        let wave = (tile(u) * 9.0).sin() * (tile(v) * 7.0).cos() * 0.15;
        let blue = tile(v) * (1.0 - tile(u)) + grain;
        [tile(u) + grain, 0.5 + wave + grain, blue, 1.0]
    })
}

/// Hard hatching, as a style would draw it, under `mask`.
fn drawing(width: u32, height: u32, mask: impl Fn(f32, f32) -> f32) -> Picture {
    painted(Size::new(width, height), |u, v| {
        let dark = ((u + v) * 12.0).fract() < 0.4;
        let hatch = if dark { 0.1 } else { 0.9 };
        [hatch, 0.2 + 0.6 * v, 1.0 - hatch * u, mask(u, v)]
    })
}

/// 1 inside an ellipse, soft towards its edge, 0 outside.
fn feathered(u: f32, v: f32) -> f32 {
    let radius = ((u - 0.5) / 0.45).hypot((v - 0.5) / 0.48);
    (1.0 - radius) * 5.0
}

fn roi(x: f32, y: f32, side: f32, angle_rad: f32) -> Transform<FramePx, CropPx> {
    let square = Roi {
        centre: Point::new(x, y),
        side,
        angle_rad,
    };
    square.frame_from_crop(64)
}

fn layer(picture: Picture, way: Transform<FramePx, CropPx>, opacity: f32) -> StyledLayer {
    StyledLayer {
        crop: Crop {
            picture,
            frame_from_crop: way,
        },
        opacity,
    }
}

fn face(way: Transform<FramePx, CropPx>, opacity: f32) -> Vec<StyledLayer> {
    vec![layer(drawing(64, 64, feathered), way, opacity)]
}

fn composition(layers: Vec<StyledLayer>) -> Composition {
    Composition {
        frame: Arc::new(Frame {
            id: FrameId(0),
            shown_at: FrameTime::default(),
            captured_at: FrameTime::default(),
            picture: Arc::new(photo()),
        }),
        layers,
        faces: Vec::new(),
        outcome: Outcome::Styled,
        styled_at: FrameTime::default(),
    }
}

/// Every case by name. No mask is left open at a crop's tilted edge, where rounding decides whether
/// a pixel belongs to it.
fn cases() -> Vec<(&'static str, Composition)> {
    let ramp = drawing(32, 32, |u, _| u);
    let mirrored = Transform::from_rows([[-3.0, 0.0, 110.0], [0.0, 3.0, 16.0]]);
    let open = drawing(45, 25, |_, _| 1.0);
    let over_all = Transform::scale_then_move(128.0 / 45.0, 128.0 / 25.0, 0.0, 0.0);
    let member = |i: u8| {
        let along = 8.0 + f32::from(i) * 14.0;
        let way = roi(along, along, 50.0, f32::from(i) * 0.4);
        layer(drawing(64, 64, feathered), way, 0.8)
    };
    [
        ("enlarged", face(roi(64.0, 64.0, 110.0, 0.0), 1.0)),
        ("rotated", face(roi(60.0, 66.0, 90.0, 0.5), 1.0)),
        ("upside_down", face(roi(60.0, 66.0, 90.0, 3.0), 1.0)),
        ("half_outside", face(roi(4.0, 120.0, 90.0, -0.3), 1.0)),
        ("tiny", face(roi(40.0, 40.0, 20.0, 0.2), 1.0)),
        ("half_opaque", face(roi(64.0, 64.0, 100.0, 0.1), 0.5)),
        ("transparent", face(roi(64.0, 64.0, 100.0, 0.1), 0.0)),
        ("mirrored_ramp", vec![layer(ramp, mirrored, 1.0)]),
        ("whole_frame", vec![layer(open, over_all, 1.0)]),
        ("crowd", (0..9).map(member).collect()),
    ]
    .map(|(name, layers)| (name, composition(layers)))
    .into()
}

fn on_the_cpu(composition: &Composition) -> Picture {
    let mut out = Picture::filled(Size::new(1, 1), [0; 4]);
    CpuCompositor::default().compose(composition, &mut out);
    out
}

/// The absolute differences of all bytes.
fn differences(one: &Picture, other: &Picture) -> Vec<u8> {
    assert_eq!(one.size(), other.size());
    let pairs = one.rgba().iter().zip(other.rgba());
    pairs.map(|(a, b)| a.abs_diff(*b)).collect()
}

fn golden_path(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("composite_{name}.{ending}"))
}

fn save(picture: &Picture, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (size, rgba) = (picture.size(), picture.rgba().to_vec());
    let image = image::RgbaImage::from_raw(size.width, size.height, rgba).unwrap();
    image.save(path).unwrap();
}

fn load(path: &Path) -> Picture {
    let image = image::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_GOLDEN=1 makes it", path.display()))
        .into_rgba8();
    Picture::from_rgba(Size::new(image.width(), image.height()), image.into_raw()).unwrap()
}

fn save_failure(name: &str, got: &Picture, wanted: &Picture) {
    save(got, &golden_path(name, "new.png"));
    let mut apart = differences(got, wanted);
    for (at, byte) in apart.iter_mut().enumerate() {
        *byte = if at % 4 == 3 {
            255
        } else {
            byte.saturating_mul(16)
        };
    }
    let apart = Picture::from_rgba(got.size(), apart).unwrap();
    save(&apart, &golden_path(name, "diff.png"));
}

#[test]
fn the_cpu_twin_draws_what_is_stored() {
    for (name, composition) in cases() {
        let got = on_the_cpu(&composition);
        let path = golden_path(name, "png");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            save(&got, &path);
        }
        let stored = load(&path);

        let worst = differences(&got, &stored).into_iter().max().unwrap();

        if worst > 1 {
            save_failure(name, &got, &stored);
        }
        assert!(worst <= 1, "{name}: a byte is off by {worst}");
    }
}

/// Whether a texel with a mask lies near enough to show at `point`.
fn reaches(layer: &StyledLayer, point: Point<FramePx>) -> bool {
    let place = layer.crop.frame_from_crop.inverse().unwrap() * point;
    let size = layer.crop.picture.size();
    let inside = |value: f32, length: u32| (-0.01..=length as f32 + 0.01).contains(&value);
    if layer.opacity == 0.0 || !inside(place.x, size.width) || !inside(place.y, size.height) {
        return false;
    }
    let (x, y) = (place.x.floor() as i64, place.y.floor() as i64);
    (-1..=1)
        .flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy)))
        .any(|(x, y)| layer.crop.picture.pixel_clamped(x, y)[3] > 0)
}

#[test]
fn pixels_that_no_mask_covers_keep_the_very_bytes_of_the_frame() {
    for (name, composition) in cases() {
        let frame = &composition.frame.picture;
        let out = on_the_cpu(&composition);
        for y in 0..SIDE {
            for x in 0..SIDE {
                let centre = Point::new(x as f32 + 0.5, y as f32 + 0.5);
                let covered = composition.layers.iter().any(|l| reaches(l, centre));
                let at = (i64::from(x), i64::from(y));
                let kept = out.pixel_clamped(at.0, at.1) == frame.pixel_clamped(at.0, at.1);
                assert!(covered || kept, "{name}: {x} {y}");
            }
        }
    }
}

#[test]
fn the_gpu_draws_what_the_cpu_twin_draws() {
    let gpu = match Gpu::headless() {
        Ok(gpu) => gpu,
        Err(error) => {
            require::missing("gpu", &error.to_string());
            return;
        }
    };
    println!("drawn by {}", gpu.report());
    let mut compositor = GpuCompositor::new(&gpu).unwrap();
    for (name, composition) in cases() {
        let wanted = on_the_cpu(&composition);
        compositor.compose(&gpu, &composition).unwrap();
        let got = compositor.read_canvas(&gpu).unwrap();

        let apart = differences(&got, &wanted);

        let sum: u32 = apart.iter().map(|d| u32::from(*d)).sum();
        let mean = sum as f32 / apart.len() as f32;
        let bad = apart.iter().filter(|d| **d > 2).count();
        let worst = apart.iter().max().unwrap();
        println!("{name}: mean {mean:.4}, {bad} bytes off by more than 2, worst {worst}");
        if mean > 0.3 || bad > 0 {
            save_failure(&format!("{name}_gpu"), &got, &wanted);
        }
        assert!(mean <= 0.3 && bad == 0, "{name}: mean {mean}, {bad} bad");
    }
}

#[test]
fn a_canvas_takes_the_size_of_its_frame_and_is_kept_while_that_stays() {
    let Ok(gpu) = Gpu::headless() else {
        require::missing("gpu", "no graphics adapter is here");
        return;
    };
    let mut compositor = GpuCompositor::new(&gpu).unwrap();
    let composition = composition(Vec::new());

    let first = compositor.compose(&gpu, &composition).unwrap();
    let second = compositor.compose(&gpu, &composition).unwrap();

    assert_eq!((first, second), (true, false));
    assert_eq!(compositor.canvas_size(), Size::new(SIDE, SIDE));
    assert_eq!(&compositor.read_canvas(&gpu).unwrap(), &photo());
}
