//! Small pictures of the whole window. They are compared where a graphics adapter exists; a
//! software one (lavapipe) will do. `UPDATE_SNAPSHOTS=1` renews them.

use std::path::PathBuf;
use std::time::Duration;

use egui_kittest::{Harness, SnapshotOptions};
use egui_wgpu::wgpu;
use vizard::app::plain_painter;
use vizard::domain::control::RecordingState;

use crate::fake::FakePipeline;
use crate::{scenery, window};

/// How many pixels may differ between two adapters.
const PIXELS: usize = 400;

fn has_adapter() -> bool {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let found = !pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all())).is_empty();
    if !found {
        crate::require::missing("gpu", "no graphics adapter is here to draw the window");
    }
    found
}

fn compare(name: &str, size: [f32; 2], engine: &FakePipeline, keys: &[egui::Key]) {
    if !has_adapter() {
        return;
    }
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(60)
        .wgpu()
        .build_eframe(|cc| window(cc, engine, None, PathBuf::from("/nowhere")));
    harness.run();
    for key in keys {
        harness.key_press(*key);
        harness.run();
    }
    let options = SnapshotOptions::new()
        .threshold(2.0)
        .max_failed_pixels(PIXELS);
    harness.snapshot_options(name, &options);
}

#[test]
fn the_window_at_work_looks_as_it_should() {
    let engine = FakePipeline::showing(scenery::person());
    engine.state().status.recording = RecordingState::Recording {
        path: PathBuf::from("/videos/a.mp4"),
        elapsed: Duration::from_secs(12),
        dropped: 0,
    };

    compare("window", [900.0, 600.0], &engine, &[]);
}

#[test]
fn the_smallest_window_waiting_for_its_camera_looks_as_it_should() {
    compare("opening", [720.0, 480.0], &FakePipeline::opening(), &[]);
}

#[test]
fn the_list_of_keys_looks_as_it_should() {
    let engine = FakePipeline::showing(scenery::person());

    compare("keys", [900.0, 600.0], &engine, &[egui::Key::H]);
}

#[test]
fn the_panel_with_the_references_face_looks_as_it_should() {
    let engine = FakePipeline::showing(scenery::person());

    compare("reference", [1000.0, 1240.0], &engine, &[]);
}

/// The window at work as egui's own shader draws it, or as the plain painter does.
fn rendered(plain: bool) -> image::RgbaImage {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = Harness::builder()
        .with_size([900.0, 600.0])
        .with_max_steps(60)
        .wgpu()
        .build_eframe(|cc| {
            if plain {
                assert!(plain_painter::install(cc));
            }
            window(cc, &engine, None, PathBuf::from("/nowhere"))
        });
    harness.run();
    harness.key_press(egui::Key::H);
    harness.run();
    harness.render().unwrap()
}

#[test]
fn the_plain_painter_draws_what_egui_draws() {
    if !has_adapter() {
        return;
    }
    let (ours, theirs) = (rendered(true), rendered(false));

    assert_eq!(ours.dimensions(), theirs.dimensions());
    let far = |(a, b): &(&u8, &u8)| a.abs_diff(**b) > 3;
    let wrong = ours.iter().zip(theirs.iter()).filter(far).count();
    assert!(wrong < PIXELS, "{wrong} of {} bytes", ours.len());
    // Not an empty window.
    let colours: std::collections::BTreeSet<_> = ours.pixels().map(|p| p.0).collect();
    assert!(colours.len() > 1000, "{}", colours.len());
}
