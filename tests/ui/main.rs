//! The window without a display: found by accessible names, driven by clicks and keys.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should fail"
)]

mod fake;
#[path = "../support/require.rs"]
mod require;
mod scenery;
mod snapshots;

use std::path::PathBuf;
use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use vizard::app::AppConfig;
use vizard::app::canvas::UploadedCanvas;
use vizard::app::pipeline_handle::Waker;
use vizard::app::window::Window;
use vizard::domain::control::{RecordingState, SourceState};
use vizard::domain::frame::FrameTime;
use vizard::domain::settings::Settings;
use vizard::domain::style::StyleId;
use vizard::domain::timing::Clock;

use fake::{FakePipeline, FakeShelf};

type Opened = Harness<'static, Window>;

/// Makes the app on a window of kittest.
pub(crate) fn window(
    cc: &eframe::CreationContext<'_>,
    engine: &FakePipeline,
    note: Option<&str>,
    videos_dir: PathBuf,
) -> Window {
    let clock = Clock::manual();
    clock.set(FrameTime(Duration::from_millis(1041)));
    let config = AppConfig {
        settings: Settings::default(),
        styles: scenery::styles(),
        style: Some(StyleId("style-2".to_owned())),
        second: None,
        videos_dir,
        note: note.map(str::to_owned),
        clock,
        should_close: || false,
    };
    let canvas = UploadedCanvas::new(|composition| (*composition.frame.picture).clone());
    Window::new(
        cc,
        config,
        Box::new(engine.clone()),
        Box::new(canvas),
        Box::new(FakeShelf),
        &Waker::default(),
    )
    .unwrap()
}

fn open(engine: &FakePipeline) -> Opened {
    open_with(engine, None, std::env::temp_dir().join("vizard-ui-tests"))
}

fn open_with(engine: &FakePipeline, note: Option<&'static str>, videos_dir: PathBuf) -> Opened {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(60)
        .with_accessibility_check(true)
        .build_eframe(|cc| window(cc, engine, note, videos_dir));
    harness.run();
    harness
}

/// Takes turns until `engine` heard `wanted` or two seconds are over; the style thread is real.
fn heard_soon(harness: &mut Opened, engine: &FakePipeline, wanted: &str) -> bool {
    for _ in 0..200 {
        harness.step();
        if engine.heard().iter().any(|heard| heard == wanted) {
            harness.step();
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

fn press(harness: &mut Opened, key: egui::Key) {
    harness.key_press(key);
    harness.run();
}

/// Scrolls to what is called `label` and clicks it.
fn turn(harness: &mut Opened, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run();
    harness.get_by_label(label).click();
    harness.run();
}

/// Lets a second pass in the window's own time.
fn wait_a_second(harness: &mut Opened) {
    harness.run_steps(10);
}

#[test]
fn clicking_a_style_card_uses_that_style() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness.get_by_label("Mosaic").click();

    assert!(heard_soon(&mut harness, &engine, "style style-3"));
}

#[test]
fn digits_and_arrows_pick_styles() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    press(&mut harness, egui::Key::Num1);
    assert!(heard_soon(&mut harness, &engine, "style style-0"));
    press(&mut harness, egui::Key::ArrowRight);
    assert!(heard_soon(&mut harness, &engine, "style style-1"));
    press(&mut harness, egui::Key::ArrowLeft);
    press(&mut harness, egui::Key::ArrowLeft);
    assert!(heard_soon(&mut harness, &engine, "style style-8"));
}

#[test]
fn the_strength_slider_and_its_keys_set_the_strength() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness
        .get_by_role_and_label(Role::Slider, "Strength")
        .set_value_accesskit(0.4);
    harness.run();
    press(&mut harness, egui::Key::Plus);
    press(&mut harness, egui::Key::Minus);

    assert_eq!(
        engine.heard(),
        ["strength 0.40", "strength 0.45", "strength 0.40"]
    );
}

#[test]
fn r_starts_a_recording_and_stops_it() {
    let videos = tempfile::tempdir().unwrap();
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open_with(&engine, None, videos.path().join("Vizard"));

    press(&mut harness, egui::Key::R);
    harness.get_by_label("Stop recording");
    press(&mut harness, egui::Key::R);

    assert_eq!(engine.heard(), ["start recording", "stop recording"]);
    assert!(videos.path().join("Vizard").is_dir());
    harness.get_by_label_contains("Saved 0:12: /videos/vizard-");
    harness.get_by_label("Copy path");
}

#[test]
fn nothing_is_kept_before_there_is_a_picture() {
    let engine = FakePipeline::opening();
    let mut harness = open(&engine);

    press(&mut harness, egui::Key::R);
    press(&mut harness, egui::Key::S);

    assert!(engine.heard().is_empty());
    assert!(harness.query_by_label("Live picture, mirrored").is_none());
}

#[test]
fn every_trouble_has_a_plain_line() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open_with(
        &engine,
        Some("No camera was found: the demo plays."),
        PathBuf::from("/nowhere"),
    );
    harness.get_by_label("No camera was found: the demo plays.");
    harness.get_by_label("Dismiss").click();
    harness.run();
    assert!(harness.query_by_label_contains("No camera").is_none());

    turn(&mut harness, "Head");
    engine.state().status.faces = 0;
    wait_a_second(&mut harness);
    harness.get_by_label("No face in sight: the picture stays covered until one is found.");
    engine.state().status.faces = 1;
    engine.state().status.style.trouble = Some("waves.jpg has no pixels.".to_owned());
    harness.run();
    assert!(
        harness
            .query_by_label_contains("No face in sight")
            .is_none()
    );
    harness.get_by_label("waves.jpg has no pixels.");
    engine.state().status.source = SourceState::Lost {
        why: "It was unplugged.".to_owned(),
    };
    engine.state().status.recording = RecordingState::Failed {
        path: PathBuf::from("/videos/a.mp4"),
        why: "The disk is full.".to_owned(),
    };
    harness.run();
    harness.get_by_label("Camera lost, trying again. It was unplugged.");
    harness.get_by_label("The recording stopped. The disk is full.");
}

#[test]
fn a_picture_that_stands_still_is_never_called_live() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);
    harness.get_by_label_contains("Live ·");

    engine.state().status.stalled = true;
    harness.run();
    harness.get_by_label("Standing still");
    harness.get_by_label_contains("The picture stands still: frames come");
    assert!(harness.query_by_label_contains("Live").is_none());

    engine.state().status.stopped = Some("The stylizer failed (out of paint)".to_owned());
    harness.run();
    harness.get_by_label("Stopped");
    harness.get_by_label_contains("The stylizer failed (out of paint). Close Vizard and start it");
    assert!(harness.query_by_label_contains("Live").is_none());
}

#[test]
fn a_folder_that_cannot_be_made_is_said_and_nothing_is_sent() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open_with(&engine, None, PathBuf::from("/dev/null/videos"));

    press(&mut harness, egui::Key::S);

    assert!(engine.heard().is_empty());
    harness.get_by_label_contains("Nothing can be saved in /dev/null/videos");
}

#[test]
fn a_file_that_is_no_picture_is_said_and_the_old_style_stays_marked() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness.event(egui::Event::Paste("/nowhere/broken.png".to_owned()));
    for _ in 0..200 {
        harness.step();
        if harness.query_by_label_contains("is no picture").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }

    harness.get_by_label("/nowhere/broken.png is no picture.");
    assert!(engine.heard().is_empty());
}

#[test]
fn a_pasted_picture_becomes_a_style_and_is_used() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    let image = egui::ColorImage::filled([8, 8], egui::Color32::RED);
    harness.event(egui::Event::PasteImage(image.into()));

    assert!(heard_soon(&mut harness, &engine, "style pasted"));
    harness.get_by_label("pasted");
}

#[test]
fn a_typed_path_adds_a_style_and_letters_in_it_are_no_shortcuts() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness.get_by_label("Add a picture").click();
    harness.run();
    harness.key_press(egui::Key::R);
    harness.event(egui::Event::Text("/pictures/waves.jpg".to_owned()));
    harness.run();
    harness.get_by_label("Use this picture").click();

    assert!(heard_soon(&mut harness, &engine, "style waves"));
    assert_eq!(engine.heard(), ["style waves"]);
}

#[test]
fn a_book_that_is_pasted_into_the_path_is_cut_and_the_window_goes_on() {
    const LONGEST: usize = 4096;
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);
    let book = "ünlesbar ".repeat(250_000);

    // Outside of a field it names no file.
    harness.event(egui::Event::Paste(book.clone()));
    harness.get_by_label("Add a picture").click();
    harness.run();
    for event in [
        egui::Event::Paste(book.clone()),
        egui::Event::Text(book.clone()),
        egui::Event::Ime(egui::ImeEvent::Commit(book)),
    ] {
        harness.event(event);
        harness.run();
        let field = harness.get_by_role(Role::TextInput);
        let kept = field.value().unwrap_or_default();
        assert!(kept.starts_with("ünlesbar"), "{kept}");
        assert!(kept.chars().count() <= LONGEST, "{} bytes", kept.len());
    }
    harness.get_by_label("Cancel").click();
    harness.run();
    press(&mut harness, egui::Key::Num2);

    assert!(heard_soon(&mut harness, &engine, "style style-1"));
}

#[test]
fn help_opens_with_h_and_closes_with_escape() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    press(&mut harness, egui::Key::H);
    harness.get_by_label("R: Record, stop");
    press(&mut harness, egui::Key::Escape);

    assert!(harness.query_by_label("R: Record, stop").is_none());
}

#[test]
fn m_stops_the_mirror_and_p_closes_the_panel() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);
    harness.get_by_label("Live picture, mirrored");

    press(&mut harness, egui::Key::M);
    press(&mut harness, egui::Key::P);

    harness.get_by_label("Live picture");
    assert!(
        harness
            .query_by_role_and_label(Role::Slider, "Strength")
            .is_none()
    );
    assert!(engine.heard().is_empty());
}

#[test]
fn every_knob_reaches_the_engine() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    turn(&mut harness, "Head");
    press(&mut harness, egui::Key::F);
    press(&mut harness, egui::Key::F);
    turn(&mut harness, "Own colours");
    press(&mut harness, egui::Key::C);
    harness
        .get_by_role_and_label(Role::Slider, "Stroke size")
        .set_value_accesskit(1.0);
    harness.run();
    turn(&mut harness, "Show plain");
    turn(&mut harness, "Lock on me");
    press(&mut harness, egui::Key::L);
    harness
        .get_by_role_and_label(Role::Slider, "Pace")
        .set_value_accesskit(0.9);
    harness.run();
    turn(&mut harness, "Mirror");

    assert_eq!(
        engine.heard(),
        [
            "region Head",
            "region Frame",
            "region Face",
            "colours Own",
            "colours Style",
            "texture 2.00",
            "when lost Camera",
            "only one true",
            "only one false",
            "quickness 0.90"
        ]
    );
    assert!(!harness.state().view().is_mirrored());
}

#[test]
fn a_second_style_is_mixed_in_and_taken_out() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);
    let slider = "Mix";
    assert!(harness.query_by_label(slider).is_none());

    harness.get_by_label("Second style").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::Button, "Mosaic")
        .click();
    assert!(heard_soon(&mut harness, &engine, "second style style-3"));
    harness
        .get_by_role_and_label(Role::Slider, slider)
        .set_value_accesskit(0.25);
    harness.run();
    harness.get_by_label("Second style").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::Button, "No second style")
        .click();
    harness.run();

    let heard = ["second style style-3", "mix 0.25", "no second style"];
    assert_eq!(engine.heard(), heard);
}

#[test]
fn a_style_brings_the_knobs_that_suit_it() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness.event(egui::Event::Paste("/pictures/soft.png".to_owned()));

    assert!(heard_soon(&mut harness, &engine, "style soft"));
    assert_eq!(engine.heard(), ["strength 0.60", "style soft"]);
}

#[test]
fn the_painted_face_is_dragged_into_place_and_the_brushs_knobs_are_heard() {
    let engine = FakePipeline::showing(scenery::person());
    let mut harness = open(&engine);

    harness.get_by_label("Chin").scroll_to_me();
    harness.run();
    let chin = harness.get_by_label("Chin").rect().center();
    harness.drag_at(chin);
    harness.run();
    harness.hover_at(chin + egui::vec2(0.0, -6.0));
    harness.run();
    harness.hover_at(chin + egui::vec2(0.0, -12.0));
    harness.run();
    harness.drop_at(chin + egui::vec2(0.0, -12.0));
    harness.run();
    harness
        .get_by_role_and_label(Role::Slider, "Likeness")
        .set_value_accesskit(0.25);
    harness.run();
    harness
        .get_by_role_and_label(Role::Slider, "Shape of the painting")
        .set_value_accesskit(0.75);
    harness.run();
    turn(&mut harness, "Network");

    let heard = engine.heard();
    assert_eq!(heard.len(), 4, "{heard:?}");
    // It lay at 270 pixels of the reference, which is shown at about its own size.
    let chin: f32 = heard[0].rsplit(' ').next().unwrap().parse().unwrap();
    assert!((225.0..258.0).contains(&chin), "{heard:?}");
    let knobs = ["likeness 0.25", "shape 0.75", "engine Network"];
    assert_eq!(heard[1..], knobs);
    assert!(harness.query_by_label("Likeness").is_none());
}
