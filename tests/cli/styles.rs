//! `vizard styles`: files of styles, and faces set by hand.

use std::fs;

use crate::{Place, run, text};

#[test]
fn a_style_is_exported_imported_and_renamed() {
    let place = Place::new();
    let (red, file) = (place.at("red.png"), place.at("mine.vizstyle"));
    place.styles(&["add", text(&red), "--name", "mine", "--texture", "1.5"]);

    let exported = place.styles(&["export", "mine", text(&file)]);
    let imported = place.styles(&["import", text(&file), "--name", "yours"]);
    let renamed = place.styles(&["rename", "yours", "theirs"]);
    let listed = place.styles(&["list"]);

    assert_eq!(exported.code, Some(0), "{exported:?}");
    assert_eq!(imported.out, "imported yours\n", "{imported:?}");
    assert_eq!(renamed.out, "renamed yours to theirs\n", "{renamed:?}");
    assert!(listed.out.contains("\ntheirs "), "{listed:?}");
    assert!(!listed.out.contains("\nyours "), "{listed:?}");
}

#[test]
fn a_broken_style_file_is_told_and_the_others_are_listed() {
    let place = Place::new();
    let (red, broken) = (place.at("red.png"), place.at("broken.vizstyle"));
    fs::write(&broken, "PK").unwrap();
    place.styles(&["add", text(&red), "--name", "mine"]);
    fs::copy(&broken, place.at("vizard/styles/broken.vizstyle")).unwrap();

    let imported = place.styles(&["import", text(&broken)]);
    let listed = place.styles(&["list"]);

    assert!(imported.sentence(1).contains("not a ZIP"), "{imported:?}");
    assert!(
        listed.err.contains("broken.vizstyle is left out"),
        "{listed:?}"
    );
    assert!(listed.out.contains("\nmine "), "{listed:?}");
}

#[test]
fn a_face_that_is_not_found_is_given_in_a_file() {
    let place = Place::new();
    let (red, points) = (place.at("red.png"), place.at("points.txt"));

    let nobody = run(&["styles", "face", text(&red)]);
    fs::write(&points, "10 20\n").unwrap();
    let few = place.styles(&["add", text(&red), "--landmarks", text(&points)]);
    let lines: Vec<String> = (0..68)
        .map(|i| format!("{} {}", 8 + i % 17 * 3, 4 + i / 2))
        .collect();
    fs::write(&points, lines.join("\n")).unwrap();
    let added = place.styles(&["add", text(&red), "--landmarks", text(&points)]);
    let found = place.styles(&["face", "red", "--json"]).json();

    assert!(nobody.sentence(1).contains("no face that could be used"));
    assert!(few.sentence(1).contains("it holds 1 points"), "{few:?}");
    assert_eq!(added.code, Some(0), "{added:?}");
    assert_eq!(
        (&found["sure"], &found["large"]),
        (&1.0.into(), &true.into())
    );
    let last = &found["landmarks"][67];
    assert!((last[0].as_f64().unwrap() - 56.0).abs() < 0.1, "{last}");
    assert!((last[1].as_f64().unwrap() - 37.0).abs() < 0.1, "{last}");
}
