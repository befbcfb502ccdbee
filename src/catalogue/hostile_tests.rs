//! Style files that were damaged, by accident or on purpose: each is set aside with a message, and the
//! others still load.

use super::*;
use crate::catalogue::archive::{Entry, pack, unpack};
use crate::domain::frame::Size;

/// Number of damaged copies of each sample; `cargo xtask fuzz --copies N` asks for more.
fn copies() -> u32 {
    let asked = std::env::var("VIZARD_FUZZ_COPIES");
    asked
        .ok()
        .and_then(|copies| copies.parse().ok())
        .unwrap_or(300)
}

/// A picture of 64×64 pixels whose palette has 4 bytes, which is no whole number of colours: the PNG
/// decoder panics.
const FOUR_BYTES_OF_PALETTE: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00@\x00\x00\x00@\
\x08\x03\x00\x00\x00\x9d\xb7\x81\xec\x00\x00\x00\x04PLTE\x80\x80\x80\x80n\xf4\x18\xaa\x00\x00\x00+\
IDATx\x9c\xed\xce1\x11\x00\x00\x08\x00\xa1\xb7\x7fic\xe8\xc0Q\x80\x9ac\x19\x18\x18\x18\x18\x18\x18\
\x18\x18\x18\x18\x18\x18\x18\x18\x18<\x1f,\x14\x0f\x08\x01FdB/\x00\x00\x00\x00IEND\xaeB`\x82";

/// A folder of styles with one valid style, `good`.
struct Shop {
    folder: tempfile::TempDir,
    catalogue: Catalogue,
    good: Vec<Entry>,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::new(Some(folder.path().join("styles")));
        let picture = Picture::filled(Size::new(20, 10), [255, 0, 0, 255]);
        let style = Style::of_picture(StyleId("good".into()), "Good".into(), picture);
        catalogue.keep(&style, "a.png").unwrap();
        let good = fs_read(&folder.path().join("styles/good.vizstyle"));
        Self {
            good: unpack(&good).unwrap(),
            catalogue,
            folder,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join("styles").join(name)
    }

    /// The valid file with other bytes in the entry `name`.
    fn with(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut entries = self.good.clone();
        entries.retain(|entry| entry.name != name);
        entries.push(Entry {
            name: name.into(),
            bytes: bytes.into(),
        });
        pack(&entries)
    }

    /// Names of the listed styles that are the user's own; each has a thumbnail.
    fn listed(&self) -> Vec<String> {
        let own = |entry: &StyleEntry| !entry.shipped;
        let listed: Vec<StyleEntry> = self.catalogue.list().into_iter().filter(own).collect();
        for entry in &listed {
            self.catalogue.thumbnail(entry).unwrap();
        }
        listed.into_iter().map(|entry| entry.id.0).collect()
    }
}

fn fs_read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn png(size: Size) -> Vec<u8> {
    crate::pictures::png_bytes(&Picture::filled(size, [9, 9, 9, 255])).unwrap()
}

#[test]
fn a_thumbnail_that_kills_its_decoder_is_made_anew() {
    let shop = Shop::new();
    let bad = shop.with("thumbnail.png", FOUR_BYTES_OF_PALETTE);
    std::fs::write(shop.at("bad.vizstyle"), &bad).unwrap();

    assert_eq!(shop.listed(), ["bad", "good"]);
    let entry = shop.catalogue.entry("bad").unwrap();
    let small = shop.catalogue.thumbnail(&entry).unwrap();
    assert_eq!(small.pixel_clamped(3, 3), [255, 0, 0, 255]);
    let imported = shop
        .catalogue
        .import(&shop.at("bad.vizstyle"), Some("taken_in"))
        .unwrap();
    let kept = unpack(&fs_read(&shop.at("taken_in.vizstyle"))).unwrap();
    assert!(
        kept.iter()
            .all(|entry| entry.bytes != FOUR_BYTES_OF_PALETTE)
    );
    assert!(shop.catalogue.thumbnail(&imported).is_ok());
}

#[test]
fn a_thumbnail_that_was_left_out_is_written_anew_with_the_next_change() {
    let shop = Shop::new();
    std::fs::write(
        shop.at("bad.vizstyle"),
        shop.with("thumbnail.png", b"no picture"),
    )
    .unwrap();
    let style = shop.catalogue.find("bad").unwrap();
    let code = KnownCode {
        networks: "abc".into(),
        code: crate::domain::style::StyleCode(vec![1.0]),
    };

    shop.catalogue.keep_code(&style, code).unwrap();

    let kept = unpack(&fs_read(&shop.at("bad.vizstyle"))).unwrap();
    let small = kept.iter().find(|entry| entry.name == "thumbnail.png");
    assert!(small.unwrap().bytes.starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_used_is_set_aside_and_the_others_go_on() {
    let shop = Shop::new();
    let deep = [b"format = 1\ntitle = ".as_slice(), &vec![b'['; 30_000]].concat();
    let deep_codes = [b"{\"a\": ".as_slice(), &vec![b'['; 100_000]].concat();
    let huge = b"format = 99999999999999999999\ntitle = 'x'";
    let endless = b"format = 1\ntitle = 'x'\n[look]\nstrength = 1e999";
    let points = format!("[{}]", vec!["[1e38, 0]"; 68].join(","));
    let files: [(&str, Vec<u8>); 11] = [
        ("a", shop.with("picture.png", &png(Size::new(2049, 2048)))),
        ("b", shop.with("picture.png", b"<svg/>")),
        ("c", pack(&shop.good)[..300].to_vec()),
        ("d", shop.with("style.toml", b"format = 1\ntitle = '\xff'")),
        ("e", shop.with("style.toml", huge)),
        ("f", shop.with("style.toml", &deep)),
        ("g", shop.with("style.toml", endless)),
        ("h", shop.with("codes.json", &deep_codes)),
        ("i", shop.with("landmarks.json", points.as_bytes())),
        ("j", Vec::new()),
        ("k", shop.with("codes.json", b"{\"a\": [1e999]}")),
    ];
    for (name, bytes) in &files {
        std::fs::write(shop.at(&format!("{name}.vizstyle")), bytes).unwrap();
    }
    std::fs::create_dir(shop.at("folder.vizstyle")).unwrap();
    std::fs::write(shop.at("old.png"), b"no picture").unwrap();
    let mut set_aside = files.len() + 2;
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/nowhere", shop.at("link.vizstyle")).unwrap();
        set_aside += 1;
    }

    let refused = shop.catalogue.refused();

    assert_eq!(refused.len(), set_aside, "{refused:#?}");
    for line in &refused {
        assert!(line.contains(" is left out: "), "{line}");
        assert!(!line.contains(['{', '}', '\n']), "{line}");
    }
    assert_eq!(shop.listed(), ["good"]);
    assert!(shop.catalogue.find("good").is_ok());
    for (name, _) in &files {
        let why = shop.catalogue.find(name).unwrap_err().to_string();
        assert!(why.contains(" is not used: "), "{why}");
        let import = shop
            .catalogue
            .import(&shop.at(&format!("{name}.vizstyle")), Some("new"));
        assert!(import.is_err(), "{name}");
    }
}

#[test]
fn a_picture_that_kills_its_decoder_is_refused_when_it_is_imported_or_used() {
    let shop = Shop::new();
    let file = shop.at("bad.vizstyle");
    std::fs::write(&file, shop.with("picture.png", FOUR_BYTES_OF_PALETTE)).unwrap();

    let import = shop.catalogue.import(&file, Some("new")).unwrap_err();
    let used = shop.catalogue.find("bad").unwrap_err();

    for error in [import, used] {
        let error = error.to_string();
        assert!(error.contains("its picture.png is damaged"), "{error}");
    }
    assert!(shop.catalogue.find("good").is_ok());
    shop.catalogue.remove("bad").unwrap();
}

/// The `number`th damaged copy of `whole`: truncated, or with some bits flipped.
fn spoilt(whole: &[u8], number: u32) -> Vec<u8> {
    let mut state = u64::from(number) + 1;
    let mut below = |end: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % end.max(1)
    };
    let mut bytes = whole.to_vec();
    if number.is_multiple_of(5) {
        bytes.truncate(below(whole.len()));
        return bytes;
    }
    for _ in 0..=below(4) {
        let at = below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << below(8);
        }
    }
    bytes
}

#[test]
fn spoilt_style_files_are_used_or_refused_and_nothing_panics() {
    let shop = Shop::new();
    let whole = pack(&shop.good);
    let path = shop.folder.path().join("it.vizstyle");
    let codes = br#"{"abc": [0.5, -1.0], "def": [2.0]}"#;
    let points = format!("[{}]", vec!["[0.5, 0.25]"; 68].join(", "));
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let style = Catalogue::from_path(&path);
        let small = StyleFile::read(&path).map(|file| file.thumbnail());
        if let Err(error) = style {
            let error = error.to_string();
            assert!(!error.contains(['{', '}', '\n']), "{error}");
        } else {
            assert!(small.is_ok_and(|small| small.is_ok()));
        }
    };
    for number in 0..copies() {
        read(&spoilt(&whole, number));
        // Damages data inside the archive; the archive's own checksums are then valid.
        for entry in &shop.good {
            read(&shop.with(&entry.name, &spoilt(&entry.bytes, number)));
        }
        read(&shop.with("codes.json", &spoilt(codes, number)));
        read(&shop.with("landmarks.json", &spoilt(points.as_bytes(), number)));
    }
}
