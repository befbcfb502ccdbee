//! The command line as a stranger meets it: help, exit codes, JSON, and plain words when ONNX
//! Runtime or the networks are not as they should be.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

// Styles of the person's own.
mod styles;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use vizard::domain::frame::{Picture, Size};
use vizard::inference::runtime::Places;
use vizard::inference::store::{NAMES, sha256_hex};
use vizard::pictures::write_png;

/// What a run of the program said, and its exit code.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The one plain sentence of a run that failed with `code`.
    fn sentence(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        let mut sentences = self.err.lines().filter_map(|l| l.strip_prefix("error: "));
        let (first, second) = (sentences.next(), sentences.next());
        assert!(first.is_some() && second.is_none(), "{self:?}");
        first.unwrap()
    }
}

fn say(command: &mut Command) -> Said {
    let done = command.stdin(Stdio::null()).output().unwrap();
    Said {
        code: done.status.code(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn vizard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vizard"));
    // An open window would wait for a person, and the logs are not what is tested.
    command.args(arguments).env_remove("DISPLAY");
    command.env_remove("WAYLAND_DISPLAY").env("RUST_LOG", "off");
    command
}

fn run(arguments: &[&str]) -> Said {
    say(&mut vizard(arguments))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with a small red picture in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let red = Picture::filled(Size::new(64, 48), [200, 30, 20, 255]);
        write_png(&place.at("red.png"), &red).unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Renders the red picture, with more `arguments`.
    fn render(&self, arguments: &[&str]) -> Said {
        let (input, output) = (self.at("red.png"), self.at("out.png"));
        let mut command = vizard(&["render", "--input", text(&input), "--output"]);
        say(command.arg(output).args(arguments))
    }

    /// Runs `vizard styles` with the person's own styles in this folder.
    fn styles(&self, arguments: &[&str]) -> Said {
        let mut command = vizard(&["styles"]);
        say(command.args(arguments).env("XDG_DATA_HOME", self.0.path()))
    }

    /// A copy of the networks that ship.
    fn models(&self) -> PathBuf {
        let folder = self.at("models");
        fs::create_dir(&folder).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        for name in NAMES {
            for ending in ["onnx", "card.toml"] {
                let file = format!("{name}.{ending}");
                fs::copy(shipped.join(&file), folder.join(&file)).unwrap();
            }
        }
        folder
    }

    /// What rendering with changed networks says.
    fn render_with(&self, change: impl FnOnce(&Path)) -> String {
        let models = self.models();
        change(&models);
        let said = self.render(&["--models", text(&models)]);
        assert!(!self.at("out.png").exists());
        said.sentence(1).to_owned()
    }
}

/// Makes the card of `name` say the hash of the file that is there.
fn mend_hash(models: &Path, name: &str) {
    let onnx = fs::read(models.join(format!("{name}.onnx"))).unwrap();
    edit_card(models, name, |card| {
        let start = card.find("sha256 = \"").unwrap() + "sha256 = \"".len();
        let mut card = card.to_owned();
        card.replace_range(start..start + 64, &sha256_hex(&onnx));
        card
    });
}

fn edit_card(models: &Path, name: &str, edit: impl FnOnce(&str) -> String) {
    let path = models.join(format!("{name}.card.toml"));
    let card = fs::read_to_string(&path).unwrap();
    fs::write(&path, edit(&card)).unwrap();
}

#[test]
fn every_command_has_a_help_and_done_is_zero() {
    let commands = [
        "live",
        "render",
        "track",
        "upscale",
        "evaluate",
        "styles",
        "cameras",
        "doctor",
        "bench",
        "completions",
    ];
    let all = run(&["--help"]);
    assert_eq!(all.code, Some(0));
    for command in commands {
        let said = run(&[command, "--help"]);

        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.out.contains("Usage: vizard"), "{said:?}");
        assert!(said.err.is_empty(), "{said:?}");
        assert!(all.out.contains(&format!("\n  {command} ")), "{all:?}");
    }
    assert_eq!(run(&["evaluate", "upscale", "--help"]).code, Some(0));
    for task in ["list", "show", "add", "remove", "export"] {
        assert_eq!(run(&["styles", task, "--help"]).code, Some(0), "{task}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let said = run(&["--version"]);

    assert_eq!(said.code, Some(0));
    assert_eq!(
        said.out.trim(),
        concat!("vizard ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_usage_is_code_two_and_says_what_is_allowed() {
    let place = Place::new();

    let strength = place.render(&["--strength", "2"]);
    let provider = place.render(&["--provider", "abacus"]);
    let size = place.render(&["--size", "640"]);
    let crop = place.render(&["--crop", "65"]);
    let region = place.render(&["--region", "both"]);
    let engine = place.render(&["--engine", "portrait"]);
    let cover = place.render(&["--cover", "head"]);
    let painter = place.render(&["--painter", "gpu"]);

    assert!(strength.sentence(2).contains("a strength from 0 to 1"));
    assert!(provider.sentence(2).contains("abacus"));
    assert!(provider.err.contains("auto, cpu, cuda"));
    assert!(size.sentence(2).contains("640"));
    assert!(crop.sentence(2).contains("65"));
    assert!(
        region
            .sentence(2)
            .contains("not a region any more: use frame")
    );
    assert!(
        engine
            .sentence(2)
            .contains("not an engine any more: use brush")
    );
    assert!(cover.sentence(2).contains("--region face or --region head"));
    assert!(
        painter
            .sentence(2)
            .contains("there is no --painter any more")
    );
    for wrong in [&["sing"][..], &["render"], &["track"], &["styles"]] {
        let said = run(wrong);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("Usage:"), "{said:?}");
    }
    let both = run(&["live", "--camera", "0", "--input", "a.mp4"]);
    assert!(both.sentence(2).contains("cannot be used with"));
}

#[test]
fn reports_for_machines_are_json() {
    let list = run(&["styles", "list", "--json"]);
    let show = run(&["styles", "show", "ink_wash", "--json"]);
    let cameras = run(&["cameras", "--json"]);
    let doctor = run(&["doctor", "--json"]);

    let ids: Vec<Value> = list.json().as_array().unwrap().clone();
    assert!(ids.len() >= 8);
    assert!(ids.iter().any(|entry| entry["id"] == "ink_wash"));
    assert_eq!(show.json()["style"]["id"], "ink_wash");
    assert!(show.json()["width"].as_u64().unwrap() >= 256);
    assert!(cameras.json().is_array());
    let findings = doctor.json();
    let findings = findings.as_array().unwrap();
    for what in ["ONNX Runtime", "provider CPU", "ffmpeg", "display"] {
        let found = findings.iter().find(|finding| finding["what"] == what);
        assert!(found.unwrap()["fine"].is_boolean(), "{what}");
    }
    for said in [list, show, cameras, doctor] {
        assert_eq!(said.code, Some(0), "{said:?}");
    }
}

#[test]
fn an_error_for_machines_is_json_too() {
    let said = run(&["styles", "show", "nonesuch", "--json"]);

    assert_eq!(said.code, Some(1));
    let error = said.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("nonesuch"), "{error}");
}

#[test]
fn a_doctor_that_misses_something_still_prints_one_json_document() {
    let said = run(&["doctor", "--json", "--onnxruntime", "/nowhere"]);

    assert_eq!(said.code, Some(1));
    said.json();
}

#[test]
fn an_unknown_style_is_answered_with_those_that_are_known() {
    let place = Place::new();

    let shown = run(&["styles", "show", "nonesuch"]);
    let rendered = place.render(&["--style", "nonesuch"]);

    for said in [shown, rendered] {
        let sentence = said.sentence(1);
        assert!(sentence.contains("called nonesuch"), "{sentence}");
        assert!(sentence.contains("oil_dabs, ink_wash"), "{sentence}");
    }
}

#[test]
fn a_style_is_added_listed_shown_exported_and_removed() {
    let place = Place::new();
    let (red, copy) = (place.at("red.png"), place.at("copy.png"));

    let added = place.styles(&["add", text(&red), "--name", "my-red"]);
    let again = place.styles(&["add", text(&red), "--name", "my-red"]);
    let listed = place.styles(&["list"]);
    let shown = place.styles(&["show", "my-red"]);
    let exported = place.styles(&["export", "my-red", text(&copy)]);
    let removed = place.styles(&["remove", "my-red"]);
    let gone = place.styles(&["show", "my-red"]);

    assert_eq!(added.out, "added my-red\n", "{added:?}");
    assert!(again.sentence(1).contains("already"));
    assert!(listed.out.contains("\nmy-red "), "{listed:?}");
    assert!(shown.out.contains("64x48 pixels, your own"), "{shown:?}");
    assert_eq!(exported.code, Some(0), "{exported:?}");
    let read = |path: &Path| image::open(path).unwrap().into_rgb8();
    assert_eq!(read(&copy), read(&red));
    assert_eq!(removed.out, "removed my-red\n", "{removed:?}");
    assert!(gone.sentence(1).contains("called my-red"));
}

#[test]
fn a_shipped_style_stays_and_bad_names_are_refused() {
    let place = Place::new();
    let red = place.at("red.png");

    let removed = place.styles(&["remove", "ink_wash"]);
    let named = place.styles(&["add", text(&red), "--name", "../evil"]);

    assert!(removed.sentence(1).contains("cannot be removed"));
    assert!(named.sentence(1).contains("cannot be a style's name"));
}

#[test]
fn an_added_style_can_be_rendered_with() {
    let place = Place::new();
    let library = Places::of_this_process(None, false).find().unwrap();
    let red = place.at("red.png");
    place.styles(&["add", text(&red), "--name", "mine"]);
    let mut command = vizard(&["render", "--style", "mine", "--input", text(&red)]);
    command.env("XDG_DATA_HOME", place.0.path());

    let said = say(command
        .arg("--output")
        .arg(place.at("out.png"))
        .arg("--onnxruntime")
        .arg(library));

    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(place.at("out.png").is_file());
}

#[test]
fn a_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let said = run(&["completions", shell]);

        assert_eq!(said.code, Some(0));
        for word in ["vizard", "render", "onnxruntime"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn no_onnx_runtime_is_one_plain_sentence() {
    let place = Place::new();
    let no_library = place.at("notes.so");
    fs::write(&no_library, "These are notes.").unwrap();
    let (red, out) = (place.at("red.png"), place.at("boxes.csv"));

    let named = place.render(&["--onnxruntime", "/nowhere"]);
    let wrong = place.render(&["--onnxruntime", text(&no_library)]);
    let mut command = vizard(&["track", "--input", text(&red), "--output", text(&out)]);
    let variable = say(command.env("ORT_DYLIB_PATH", "/nowhere/lib.so"));

    let sentence = named.sentence(1);
    assert!(sentence.contains("no ONNX Runtime library at /nowhere, which --onnxruntime names"));
    let sentence = variable.sentence(1);
    assert!(sentence.contains("at /nowhere/lib.so, which ORT_DYLIB_PATH names"));
    let sentence = wrong.sentence(1);
    assert!(sentence.contains("notes.so is not an ONNX Runtime that Vizard can use"));
    assert!(sentence.contains("cargo xtask setup"), "{sentence}");
    assert!(!out.exists() && !place.at("out.png").exists());
}

#[test]
fn the_doctor_says_what_is_missing() {
    let said = run(&["doctor", "--onnxruntime", "/nowhere"]);

    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("MISSING  ONNX Runtime"), "{said:?}");
    assert!(said.err.contains("cannot work here without: ONNX Runtime"));
    assert!(!said.err.contains("panicked"), "{said:?}");
}

#[test]
fn a_folder_of_networks_that_is_whole_is_used() {
    let place = Place::new();
    let models = place.models();

    let said = place.render(&["--models", text(&models)]);

    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_missing_network_is_named() {
    let no_folder = Place::new().render(&["--models", "/nowhere"]);
    let no_file = Place::new().render_with(|models| {
        fs::remove_file(models.join("style_encoder.onnx")).unwrap();
    });
    let no_card = Place::new().render_with(|models| {
        fs::remove_file(models.join("face_track.card.toml")).unwrap();
    });

    let sentence = no_folder.sentence(1);
    assert!(sentence.contains("/nowhere/face_detect.card.toml cannot be read"));
    assert!(no_file.contains("style_encoder.onnx cannot be read"));
    assert!(no_card.contains("face_track.card.toml cannot be read"));
}

#[test]
fn a_network_that_was_cut_off_or_swapped_is_refused_by_its_hash() {
    // Those that enlarge are opened when a face is large enough.
    let opened = NAMES.iter().filter(|name| !name.starts_with("superres"));
    for name in opened {
        let cut = Place::new().render_with(|models| {
            let path = models.join(format!("{name}.onnx"));
            let onnx = fs::read(&path).unwrap();
            fs::write(&path, &onnx[..onnx.len() / 2]).unwrap();
        });

        let wanted = format!("the model {name} is damaged or was swapped");
        assert!(cut.contains(&wanted), "{cut}");
    }
    let swapped = Place::new().render_with(|models| {
        let at = |name: &str| models.join(format!("{name}.onnx"));
        fs::rename(at("face_detect"), at("third")).unwrap();
        fs::rename(at("face_track"), at("face_detect")).unwrap();
        fs::rename(at("third"), at("face_track")).unwrap();
    });
    assert!(swapped.contains("the model face_detect is damaged or was swapped"));
}

#[test]
fn a_network_that_is_another_than_its_card_says_is_refused() {
    let cut = Place::new().render_with(|models| {
        let path = models.join("style_transfer_int8.onnx");
        let onnx = fs::read(&path).unwrap();
        fs::write(&path, &onnx[..onnx.len() / 2]).unwrap();
        mend_hash(models, "style_transfer_int8");
    });
    let swapped = Place::new().render_with(|models| {
        let at = |name: &str| models.join(format!("{name}.onnx"));
        fs::copy(at("style_encoder"), at("face_detect")).unwrap();
        mend_hash(models, "face_detect");
    });
    let renamed = Place::new().render_with(|models| {
        edit_card(models, "face_detect", |card| {
            card.replace("name = \"stride8\"", "name = \"grades\"")
        });
    });

    assert!(cut.contains("the model style_transfer_int8 cannot be opened"));
    assert!(swapped.contains("the model face_detect does not match its card"));
    assert!(renamed.contains("the model face_detect does not match its card"));
    assert!(renamed.contains("stride8 is called grades on the card"));
}

#[test]
fn a_card_that_is_no_card_is_refused() {
    let garbled = Place::new().render_with(|models| {
        edit_card(models, "face_detect", |_| "Dear diary".into());
    });
    let hashless = Place::new().render_with(|models| {
        edit_card(models, "face_track", |card| card.replace("sha256", "sha1"));
    });

    assert!(garbled.contains("the model card face_detect is not readable"));
    assert!(hashless.contains("the model card face_track is not readable"));
    assert!(hashless.contains("sha256"), "{hashless}");
}
