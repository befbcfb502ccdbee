//! The networks that ship: each has a card, each card tells the truth about its file.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is wrong"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use vizard::domain::settings::ProviderChoice;
use vizard::inference::card::{Axis, ModelCard, SourceCard, TensorCard};
use vizard::inference::model::{Input, Model};
use vizard::inference::runtime::{Places, Runtime};
use vizard::inference::store::{ModelStore, NAMES, sha256_hex};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// Names of the files that end in `ending`, without it.
fn names_of(ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

fn cards() -> Vec<ModelCard> {
    let read = |name: &&str| {
        let text = fs::read_to_string(folder().join(format!("{name}.card.toml"))).unwrap();
        ModelCard::parse(name, &text).unwrap()
    };
    NAMES.iter().map(read).collect()
}

fn is_written(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    !text.is_empty() && !["todo", "tbd", "unknown", "placeholder"].contains(&text.as_str())
}

#[test]
fn every_network_has_a_card_and_every_card_a_network_and_all_of_them_ship() {
    let shipped: BTreeSet<String> = NAMES.iter().map(ToString::to_string).collect();

    assert_eq!(names_of(".onnx"), shipped);
    assert_eq!(names_of(".card.toml"), shipped);
}

#[test]
fn every_card_names_its_own_file_and_that_files_hash() {
    for (name, card) in NAMES.iter().zip(cards()) {
        let onnx = fs::read(folder().join(&card.file)).unwrap();

        assert_eq!(card.name, *name);
        assert_eq!(card.file, format!("{name}.onnx"));
        assert_eq!(card.sha256, sha256_hex(&onnx), "{name}");
    }
}

#[test]
fn the_built_in_networks_are_those_of_the_folder() {
    let in_folder = ModelStore::Folder(folder());
    for name in NAMES {
        let built_in = ModelStore::BuiltIn.get(name).unwrap();

        assert_eq!(built_in.card, in_folder.get(name).unwrap().card, "{name}");
    }
}

#[test]
fn every_card_says_what_the_network_does_and_how_it_was_made() {
    for card in cards() {
        let name = &card.name;
        for (field, text) in [
            ("task", &card.task),
            ("license", &card.license),
            ("training", &card.training),
        ] {
            assert!(is_written(text), "{name}: {field} is {text:?}");
        }
        assert!(card.parameters > 0, "{name}");
        let day: Vec<&str> = card.date.split('-').collect();
        let lengths: Vec<usize> = day.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [4, 2, 2], "{name}: the date is {}", card.date);
        assert!(
            day.concat().bytes().all(|digit| digit.is_ascii_digit()),
            "{name}: the date is {}",
            card.date
        );
    }
}

#[test]
fn every_card_names_its_data_with_their_rights_and_its_teachers_with_their_licence() {
    let named = |source: &SourceCard| is_written(&source.name) && is_written(&source.source);
    for card in cards() {
        let name = &card.name;
        assert!(!card.data.is_empty(), "{name} learnt from no data");
        for data in &card.data {
            let rights = data.rights.as_deref().unwrap_or_default();
            assert!(named(data) && is_written(rights), "{name}: {data:?}");
        }
        for teacher in &card.teachers {
            let license = teacher.license.as_deref().unwrap_or_default();
            assert!(named(teacher) && is_written(license), "{name}: {teacher:?}");
        }
    }
}

#[test]
fn every_figure_on_a_card_comes_with_the_command_that_measures_it() {
    for card in cards() {
        assert!(!card.metrics.is_empty(), "{} has no metrics", card.name);
        for metric in &card.metrics {
            assert!(
                is_written(&metric.name) && metric.value.is_finite(),
                "{}: {metric:?}",
                card.name
            );
            assert!(is_written(&metric.command), "{}: {metric:?}", card.name);
        }
    }
}

#[test]
fn every_tensor_on_a_card_has_a_name_axes_and_a_meaning() {
    let is_axis = |axis: &Axis| match axis {
        Axis::Fixed(n) => *n > 0,
        Axis::Free(name) => is_written(name),
    };
    let is_sound = |tensor: &TensorCard| {
        is_written(&tensor.name)
            && is_written(&tensor.meaning)
            && ["f32", "u8"].contains(&tensor.dtype.as_str())
            && !tensor.shape.is_empty()
            && tensor.shape.iter().all(is_axis)
    };
    for card in cards() {
        assert!(!card.inputs.is_empty() && !card.outputs.is_empty());
        for tensor in card.inputs.iter().chain(&card.outputs) {
            assert!(is_sound(tensor), "{}: {tensor:?}", card.name);
        }
    }
}

#[test]
fn every_network_opens_with_the_tensors_of_its_card() {
    let runtime = Runtime::load(&Places::of_this_process(None, false)).unwrap();
    let store = ModelStore::Folder(folder());
    for name in NAMES {
        let file = store.get(name).unwrap();

        // Opening compares every tensor with the card.
        let model = Model::open(&runtime, &file, ProviderChoice::Cpu, 1).unwrap();

        assert_eq!(model.report().name, name);
        assert_eq!(model.report().sha256, file.card.sha256);
    }
}

#[test]
fn a_network_whose_card_tells_of_other_tensors_does_not_open() {
    let runtime = Runtime::load(&Places::of_this_process(None, false)).unwrap();
    for name in NAMES {
        let file = ModelStore::BuiltIn.get(name).unwrap();
        let mut renamed = file.clone();
        renamed.card.inputs[0].name = "other".into();
        let mut reshaped = file.clone();
        reshaped.card.outputs[0].shape.push(Axis::Fixed(3));
        let mut retyped = file.clone();
        let dtype = &mut retyped.card.inputs[0].dtype;
        *dtype = if dtype == "u8" { "f32" } else { "u8" }.into();
        let mut longer = file;
        let again = longer.card.outputs[0].clone();
        longer.card.outputs.push(again);

        for file in [renamed, reshaped, retyped, longer] {
            let error = Model::open(&runtime, &file, ProviderChoice::Cpu, 1).unwrap_err();

            let error = error.to_string();
            assert!(error.contains("does not match its card"), "{error}");
        }
    }
}

#[test]
fn a_network_of_bytes_refuses_floats_in_plain_words() {
    let runtime = Runtime::load(&Places::of_this_process(None, false)).unwrap();
    let file = ModelStore::BuiltIn.get("face_detect").unwrap();
    let mut model = Model::open(&runtime, &file, ProviderChoice::Cpu, 1).unwrap();
    let (shape, black) = ([1, 32, 64, 4], vec![0; 32 * 64 * 4]);
    let floats = vec![0.0; black.len()];

    let levels = model.run(&[Input::bytes(&shape, &black)], |levels| levels.len());
    let refused = model.run(&[Input::floats(&shape, &floats)], |levels| levels.len());

    assert_eq!(levels, Ok(3));
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.starts_with("the model face_detect failed on"),
        "{refused}"
    );
}
