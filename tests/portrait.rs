//! The portrait's painters: the compute pass against its CPU twin, and what happens when the
//! graphics device fails.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

mod sitter;

use std::sync::Arc;

use sitter::{marks, picture, portrait, skin};
use vizard::domain::control::PainterStatus;
use vizard::domain::frame::{Picture, Size};
use vizard::domain::settings::PainterChoice;
use vizard::domain::skin::Skin;
use vizard::gpu::{Gpu, GpuError, Software};
use vizard::stages::stylize::portrait::on_gpu::GpuPainter;
use vizard::stages::stylize::portrait::paint::{Memory, Sitting};
use vizard::stages::stylize::portrait::painter::Commission;
use vizard::stages::stylize::portrait::{Painter, Portrait};

/// Pixels with a byte further apart than this are bad; one in a thousand may be.
const NEAR: u8 = 1;

/// The device, or a line that says what is skipped.
fn device() -> Option<Gpu> {
    match Gpu::for_compute(Software::Allowed) {
        Ok(gpu) => {
            println!("painted by {}", gpu.report());
            Some(gpu)
        }
        Err(error) => {
            println!("SKIPPED: {error}");
            None
        }
    }
}

/// One face before it is painted.
struct Scene {
    portrait: Arc<Portrait>,
    photo: Picture,
    /// What the network painted.
    crop: Picture,
    sitting: Sitting,
    likeness: f32,
    skin: Option<Skin>,
}

impl Scene {
    fn new(size: [u32; 2], turn: f32, likeness: f32, skin: Option<Skin>) -> Self {
        let size = Size::new(size[0], size[1]);
        let portrait = portrait(3);
        let middle = [size.width as f32 * 0.48, size.height as f32 * 0.52];
        let radius = 0.3 * size.width.min(size.height) as f32;
        let face = marks(middle, radius, turn);
        let mut memory = Memory::default();
        // The second frame has tones and chunks with a history.
        Sitting::begin(&picture(size, 44), (&face, None), &portrait, &mut memory).unwrap();
        let photo = picture(size, 40);
        let sitting = Sitting::begin(&photo, (&face, None), &portrait, &mut memory).unwrap();
        Self {
            portrait,
            photo,
            crop: picture(size, 90),
            sitting,
            likeness,
            skin,
        }
    }

    fn commission(&self) -> Commission<'_> {
        Commission {
            sitting: &self.sitting,
            photo: &self.photo,
            portrait: &self.portrait,
            likeness: self.likeness,
            skin: self.skin.as_ref(),
        }
    }

    fn on_the_cpu(&self) -> Picture {
        let mut crop = self.crop.clone();
        Painter::default().paint(&self.commission(), &mut crop);
        crop
    }
}

fn scenes() -> Vec<(&'static str, Scene)> {
    vec![
        ("live", Scene::new([384, 384], 0.0, 1.0, Some(skin()))),
        ("large", Scene::new([512, 512], 0.1, 1.0, None)),
        ("small", Scene::new([64, 64], 0.0, 0.4, None)),
        ("tilted", Scene::new([256, 256], 0.5, 0.0, Some(skin()))),
        ("odd", Scene::new([301, 187], -0.3, 0.7, Some(skin()))),
        ("upside down", Scene::new([200, 260], 3.0, 1.0, None)),
        (
            "large again",
            Scene::new([512, 512], -0.2, 0.5, Some(skin())),
        ),
    ]
}

fn pixels(picture: &Picture) -> &[[u8; 4]] {
    picture.rgba().as_chunks::<4>().0
}

#[test]
fn the_compute_pass_paints_what_the_cpu_twin_paints() {
    let Some(gpu) = device() else {
        return;
    };
    let mut painter = GpuPainter::new(gpu).unwrap();
    for (name, scene) in scenes() {
        let wanted = scene.on_the_cpu();
        let mut got = scene.crop.clone();
        painter.paint(&scene.commission(), &mut got).unwrap();

        let painted = pixels(&wanted).iter().zip(pixels(&scene.crop));
        let painted = painted.filter(|(a, b)| a != b).count();
        let apart = pixels(&got).iter().zip(pixels(&wanted));
        let apart: Vec<_> = apart
            .map(|(a, b)| [0, 1, 2, 3].map(|c| a[c].abs_diff(b[c])))
            .collect();
        let sum: u32 = apart.as_flattened().iter().map(|d| u32::from(*d)).sum();
        let mean = sum as f32 / (3 * apart.len()) as f32;
        let bad = apart.iter().filter(|d| d.iter().any(|d| *d > NEAR)).count();
        let worst = apart.iter().flatten().max().unwrap();
        println!(
            "{name}: {painted} pixels painted; mean {mean:.5}, {bad} pixels off by more than \
             {NEAR}, worst {worst}"
        );
        assert!(painted * 8 > apart.len(), "{name}: {painted} painted");
        assert!(apart.iter().all(|d| d[3] == 0), "{name}: alpha");
        let near = mean <= 0.05 && bad * 1000 <= apart.len();
        assert!(near, "{name}: mean {mean}, {bad} bad");
    }
}

#[test]
fn another_portrait_takes_the_place_of_the_first() {
    let Some(gpu) = device() else {
        return;
    };
    let mut painter = Painter::on(GpuPainter::new(gpu).unwrap());
    let first = Scene::new([128, 128], 0.0, 1.0, None);
    let mut second = Scene::new([128, 128], 0.0, 1.0, None);
    second.portrait = portrait(77);
    let mut paint = |scene: &Scene| {
        let mut crop = scene.crop.clone();
        painter.paint(&scene.commission(), &mut crop);
        crop
    };

    let (one, two, one_again) = (paint(&first), paint(&second), paint(&first));

    assert_ne!(one, two);
    assert_eq!(one, one_again);
    assert!(matches!(painter.status(), PainterStatus::Gpu(_)));
}

#[test]
fn a_lost_device_is_told_once_and_the_cpu_paints_on() {
    let Some(gpu) = device() else {
        return;
    };
    let scene = Scene::new([200, 160], 0.0, 1.0, Some(skin()));
    let mut painter = Painter::on(GpuPainter::new(gpu.clone()).unwrap());
    let mut crop = scene.crop.clone();
    painter.paint(&scene.commission(), &mut crop);
    assert_eq!(painter.take_trouble(), None);

    gpu.device.destroy();
    for turn in 0..3 {
        let mut crop = scene.crop.clone();
        painter.paint(&scene.commission(), &mut crop);

        assert_eq!(crop, scene.on_the_cpu());
        assert_eq!(*painter.status(), PainterStatus::Cpu);
        let told = painter.take_trouble();
        assert_eq!(told.is_some(), turn == 0, "{told:?}");
        if let Some(told) = told {
            println!("{told}");
            assert!(told.starts_with("the graphics card does not paint any more"));
        }
    }
}

#[test]
fn a_picture_that_no_texture_holds_goes_to_the_cpu() {
    let Some(gpu) = device() else {
        return;
    };
    let limit = gpu.device.limits().max_texture_dimension_2d;
    let mut scene = Scene::new([64, 64], 0.0, 1.0, None);
    scene.photo = Picture::filled(Size::new(limit + 1, 1), [9, 9, 9, 255]);
    let mut painter = Painter::on(GpuPainter::new(gpu).unwrap());

    let mut crop = scene.crop.clone();
    painter.paint(&scene.commission(), &mut crop);

    assert_eq!(*painter.status(), PainterStatus::Cpu);
    assert!(painter.take_trouble().is_some());
}

#[test]
fn the_cpu_paints_where_it_is_asked_for_and_where_there_is_no_card() {
    let scene = Scene::new([64, 64], 0.0, 1.0, None);
    let status = |choice| {
        let mut painter = Painter::open(choice).unwrap();
        assert_eq!(*painter.status(), PainterStatus::Nothing);
        painter.paint(&scene.commission(), &mut scene.crop.clone());
        assert_eq!(painter.take_trouble(), None);
        painter.status().clone()
    };

    assert_eq!(status(PainterChoice::Cpu), PainterStatus::Cpu);
    match Gpu::for_compute(Software::Refused) {
        Ok(_) => assert!(matches!(status(PainterChoice::Auto), PainterStatus::Gpu(_))),
        Err(error) => {
            println!("{error}");
            assert_eq!(status(PainterChoice::Auto), PainterStatus::Cpu);
        }
    }
    if let Err(error) = Painter::open(PainterChoice::Gpu) {
        assert!(matches!(
            error,
            GpuError::NoAdapter | GpuError::NoCompute { .. } | GpuError::NoDevice { .. }
        ));
    }
}
