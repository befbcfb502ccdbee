//! Tests of the catalogue with valid, old, broken and hostile styles.

use super::*;
use crate::catalogue::archive::{Entry, pack, unpack};
use crate::domain::frame::Size;
use crate::domain::geometry::Rect;
use crate::domain::settings::{Colours, Likeness, Settings, Strength};
use crate::domain::shape::Landmarks68;
use crate::domain::style::StyleCode;

fn catalogue() -> (tempfile::TempDir, Catalogue) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::new(Some(folder.path().join("styles")));
    (folder, catalogue)
}

#[test]
fn every_shipped_style_has_a_picture() {
    let (_folder, catalogue) = catalogue();
    let shipped = catalogue.list();

    assert!(shipped.len() >= 8, "{}", shipped.len());
    for entry in shipped {
        let style = catalogue.load(&entry).unwrap();
        assert!(style.picture.size().width >= 256, "{}", entry.id);
    }
}

#[test]
fn a_picture_is_added_listed_exported_and_removed() {
    let (folder, catalogue) = catalogue();
    let red = folder.path().join("My Red.png");
    write_png(&red, &Picture::filled(Size::new(20, 10), [255, 0, 0, 255])).unwrap();

    let entry = catalogue
        .add(&red, None, StyleOverrides::default(), None)
        .unwrap();

    assert_eq!(entry.id.0, "my_red");
    assert_eq!(
        catalogue.find("my_red").unwrap().picture.size(),
        Size::new(20, 10)
    );
    assert!(matches!(
        catalogue.add(&red, None, StyleOverrides::default(), None),
        Err(CatalogueError::Taken(_))
    ));
    let out = folder.path().join("out.png");
    catalogue.export("my_red", &out).unwrap();
    assert!(out.is_file());
    catalogue.remove("my_red").unwrap();
    assert!(matches!(
        catalogue.find("my_red"),
        Err(CatalogueError::Unknown { .. })
    ));
}

#[test]
fn a_shipped_style_brings_the_settings_that_suit_it_also_when_it_is_exported() {
    let catalogue = Catalogue::new(None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.vizstyle");
    let style = catalogue.find("ink_wash").unwrap();
    assert!(style.look.texture.is_some());

    catalogue.export("ink_wash", &path).unwrap();

    assert_eq!(Catalogue::from_path(&path).unwrap().look, style.look);
    for entry in catalogue.list() {
        let look = catalogue.load(&entry).unwrap().look;
        let settings = look.on(Settings::default());
        assert!((0.5..=2.0).contains(&settings.texture.get()), "{look:?}");
    }
}

#[test]
fn a_shipped_style_cannot_be_removed_and_a_path_is_no_name() {
    let (folder, catalogue) = catalogue();
    let shipped = catalogue.list()[0].id.0.clone();
    let red = folder.path().join("red.png");
    write_png(&red, &Picture::filled(Size::new(2, 2), [255, 0, 0, 255])).unwrap();

    assert!(matches!(
        catalogue.remove(&shipped),
        Err(CatalogueError::Shipped(_))
    ));
    for bad in ["../evil", "", "a/b", "UPPER", "x y"] {
        assert!(
            matches!(
                catalogue.add(&red, Some(bad), StyleOverrides::default(), None),
                Err(CatalogueError::BadName(_))
            ),
            "{bad}"
        );
    }
}

fn red(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("red.png");
    write_png(&path, &Picture::filled(Size::new(20, 10), [255, 0, 0, 255])).unwrap();
    path
}

/// The file in which the catalogue stores the style `name`.
fn kept_at(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder
        .path()
        .join("styles")
        .join(format!("{name}.vizstyle"))
}

#[test]
fn a_style_travels_with_its_knobs_and_codes() {
    let (folder, catalogue) = catalogue();
    let look = StyleOverrides {
        strength: Some(Strength::clamped(0.8)),
        colours: Some(Colours::Own),
        texture: None,
        likeness: Some(Likeness::clamped(0.3)),
    };
    catalogue.add(&red(&folder), None, look, None).unwrap();
    let code = KnownCode {
        networks: "abc".into(),
        code: StyleCode(vec![0.5, -1.0]),
    };
    let style = catalogue.find("red").unwrap();
    catalogue.keep_code(&style, code.clone()).unwrap();
    let file = folder.path().join("mine.vizstyle");

    catalogue.export("red", &file).unwrap();
    let entry = catalogue.import(&file, None).unwrap();
    let renamed = catalogue.rename("mine", "yours").unwrap();

    assert_eq!((entry.id.0.as_str(), entry.title.as_str()), ("mine", "red"));
    assert_eq!(
        (renamed.id.0.as_str(), renamed.title.as_str()),
        ("yours", "Yours")
    );
    let style = catalogue.find("yours").unwrap();
    assert_eq!((style.look, style.code_of("abc")), (look, Some(&code.code)));
    assert!(style.code_of("another network").is_none());
    assert!(catalogue.find("mine").is_err());
    assert_eq!(
        catalogue.thumbnail(&renamed).unwrap().pixel_clamped(3, 3),
        [255, 0, 0, 255]
    );
}

#[test]
fn a_plain_picture_of_before_is_read_and_becomes_a_style_file_when_it_is_used() {
    let (folder, catalogue) = catalogue();
    let old = folder.path().join("styles/grandma.png");
    std::fs::create_dir_all(folder.path().join("styles")).unwrap();
    std::fs::rename(red(&folder), &old).unwrap();

    let style = catalogue.find("grandma").unwrap();
    assert_eq!(style.title, "Grandma");
    assert!(old.exists());
    let code = KnownCode {
        networks: "abc".into(),
        code: StyleCode(vec![1.0]),
    };
    catalogue.keep_code(&style, code).unwrap();

    assert!(!old.exists() && kept_at(&folder, "grandma").exists());
    let style = catalogue.find("grandma").unwrap();
    assert!(style.code_of("abc").is_some());
    assert_eq!(style.picture.pixel_clamped(0, 0), [255, 0, 0, 255]);
}

#[test]
fn a_code_is_not_kept_for_a_style_that_is_gone_or_lies_elsewhere() {
    let (folder, catalogue) = catalogue();
    let code = || KnownCode {
        networks: "abc".into(),
        code: StyleCode(vec![1.0]),
    };
    catalogue
        .add(&red(&folder), None, StyleOverrides::default(), None)
        .unwrap();
    let loose = Catalogue::from_path(&red(&folder)).unwrap();
    let kept = catalogue.find("red").unwrap();

    catalogue.keep_code(&loose, code()).unwrap();
    assert!(catalogue.find("red").unwrap().code_of("abc").is_none());
    catalogue.remove("red").unwrap();
    catalogue.keep_code(&kept, code()).unwrap();

    assert!(!kept_at(&folder, "red").exists());
}

/// The entries of a valid style file.
fn good_entries(folder: &tempfile::TempDir, catalogue: &Catalogue) -> Vec<Entry> {
    let path = folder.path().join("good.vizstyle");
    catalogue
        .add(&red(folder), Some("good"), StyleOverrides::default(), None)
        .unwrap();
    catalogue.export("good", &path).unwrap();
    unpack(&std::fs::read(&path).unwrap()).unwrap()
}

#[test]
fn files_that_are_broken_or_hostile_are_refused_with_the_reason_and_the_others_load() {
    let (folder, catalogue) = catalogue();
    let good = good_entries(&folder, &catalogue);
    let with = |name: &str, bytes: &[u8]| {
        let mut entries = good.clone();
        entries.retain(|entry| entry.name != name);
        entries.push(Entry {
            name: name.into(),
            bytes: bytes.into(),
        });
        pack(&entries)
    };
    let newer = b"format = 9\ntitle = 'x'\nsparkle = true";
    let bad_knob = b"format = 1\ntitle = 'x'\n[look]\nstrength = 7.0";
    let bad = [
        ("a", b"no zip at all".to_vec(), "not a ZIP"),
        ("b", pack(&good)[..200].to_vec(), "cut off"),
        ("c", with("../../evil.png", b"x"), "leads elsewhere"),
        ("d", with("/etc/passwd", b"x"), "leads elsewhere"),
        ("e", with("style.toml", newer), "newer Vizard"),
        ("f", with("style.toml", bad_knob), "out of bounds"),
        ("g", with("codes.json", b"{\"a\": [\"x\"]}"), "codes.json"),
        ("h", pack(&good[..1]), "holds no"),
    ];
    for (name, bytes, _) in &bad {
        std::fs::write(kept_at(&folder, name), bytes).unwrap();
    }
    std::fs::write(kept_at(&folder, "Not A Name"), pack(&good)).unwrap();

    let refused = catalogue.refused();

    assert_eq!(refused.len(), bad.len() + 1, "{refused:?}");
    for (name, _, why) in bad {
        let file = format!("/{name}.vizstyle is left out: ");
        let line = refused.iter().find(|line| line.contains(&file)).unwrap();
        assert!(line.contains(why), "{line}");
        let import = catalogue.import(&kept_at(&folder, name), Some("fresh"));
        assert!(import.unwrap_err().to_string().contains(why), "{name}");
    }
    assert!(catalogue.find("good").is_ok());
    assert!(!folder.path().join("evil.png").exists());
}

#[test]
fn pictures_that_are_none_are_found_when_they_are_needed() {
    let (folder, catalogue) = catalogue();
    let mut entries = good_entries(&folder, &catalogue);
    for entry in &mut entries {
        if entry.name == "picture.png" {
            entry.bytes = b"<svg/>".to_vec();
        }
    }
    let file = folder.path().join("bad.vizstyle");
    std::fs::write(&file, pack(&entries)).unwrap();

    let error = catalogue.import(&file, None).unwrap_err().to_string();

    assert!(error.contains("picture.png is not a picture"), "{error}");
}

#[test]
fn a_face_that_was_set_by_hand_travels_with_its_style() {
    let (folder, catalogue) = catalogue();
    let fit = Landmarks68::frontal(&Rect::new(0.0, 0.0, 8.0, 6.0));
    catalogue
        .add(&red(&folder), None, StyleOverrides::default(), None)
        .unwrap();
    let style = catalogue.find("red").unwrap();
    assert_eq!(style.fit, None);

    catalogue.keep_fit(&style, &fit).unwrap();
    let file = folder.path().join("mine.vizstyle");
    catalogue.export("red", &file).unwrap();
    catalogue.import(&file, None).unwrap();

    let found = catalogue.find("mine").unwrap().fit.unwrap();
    for (found, set) in found.0.iter().zip(&fit.0) {
        assert!(found.distance(*set) < 1e-3);
    }
}

#[test]
fn a_name_that_several_programs_want_at_once_goes_to_one_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let red = Picture::filled(Size::new(20, 10), [255, 0, 0, 255]);
    let style = Style::of_picture(StyleId("red".into()), "Red".into(), red);
    let start = std::sync::Barrier::new(8);

    let keep = || {
        // Another catalogue stands for another program: it shares no lock.
        let catalogue = Catalogue::new(Some(folder.path().to_path_buf()));
        start.wait();
        catalogue.keep(&style, "red.png")
    };
    let kept: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(keep)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });

    let taken = |kept: &&Result<_, _>| matches!(kept, Err(CatalogueError::Taken(_)));
    assert_eq!(kept.iter().filter(|kept| kept.is_ok()).count(), 1);
    assert_eq!(kept.iter().filter(taken).count(), 7, "{kept:?}");
}
