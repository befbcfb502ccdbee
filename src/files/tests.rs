//! Tests of output files: what exists before, after and instead of a finish.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::*;

fn same_file(a: &Path, b: &Path) -> bool {
    FileId::of(a).is_some_and(|id| FileId::of(b) == Some(id))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn an_older_file_stays_until_the_new_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    for start in [OutputFile::hidden, OutputFile::part] {
        fs::write(&path, "old").unwrap();

        let mut file = start(&path).unwrap();
        file.write_all(b"new").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"old");
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["clip.mp4"]);
    }
}

#[test]
fn an_unfinished_part_never_touches_a_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let (mine, target) = (
        folder.path().join("clip.part.mp4"),
        folder.path().join("target"),
    );
    fs::write(&mine, "mine").unwrap();
    fs::write(&target, "target").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&target, folder.path().join("clip.part-2.mp4")).unwrap();

    let mut first = OutputFile::part(&path).unwrap();
    let mut second = OutputFile::part(&path).unwrap();
    first.write_all(b"first").unwrap();
    second.write_all(b"second").unwrap();
    assert_ne!(first.kept_at(), second.kept_at());
    first.finish().unwrap();
    second.finish().unwrap();

    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    assert_eq!(fs::read(&target).unwrap(), b"target");
    assert_eq!(fs::read(&path).unwrap(), b"second");
}

#[test]
fn what_is_dropped_leaves_a_part_but_nothing_hidden_and_nothing_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");

    OutputFile::hidden(&path).unwrap().write_all(b"x").unwrap();
    drop(OutputFile::part(&path).unwrap());
    drop(OutputFile::in_place(&path).unwrap());
    assert!(names(folder.path()).is_empty());

    let mut part = OutputFile::part(&path).unwrap();
    part.write_all(b"kept").unwrap();
    let kept = part.leave().unwrap().unwrap();
    assert_eq!(kept, folder.path().join("rows.part.csv"));
    assert_eq!(fs::read(kept).unwrap(), b"kept");
}

#[test]
fn a_goal_that_must_be_free_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    for start in [OutputFile::hidden, OutputFile::part] {
        let mut file = start(&path).unwrap();
        file.write_all(b"new").unwrap();
        fs::write(&path, "old").unwrap();

        let error = file.finish_new().unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        fs::remove_file(&path).unwrap();
    }
    // The part stays: it is complete, and only its name was taken.
    assert_eq!(names(folder.path()), ["clip.part.mp4"]);
    let mut file = OutputFile::part(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.finish_new().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_device_is_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (
        folder.path().join("link.txt"),
        folder.path().join("target.txt"),
    );
    std::os::unix::fs::symlink("target.txt", &link).unwrap();

    write_whole(&link, b"through").unwrap();
    write_whole(Path::new("/dev/null"), b"x").unwrap();

    assert_eq!(fs::read(target).unwrap(), b"through");
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn one_file_is_known_by_all_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a"), "a").unwrap();
    fs::write(at("b"), "a").unwrap();
    fs::hard_link(at("a"), at("hard")).unwrap();
    std::os::unix::fs::symlink(at("a"), at("soft")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("self")).unwrap();

    for name in ["hard", "soft", "self/a", "self/../a", "./a"] {
        let other = match name {
            "self/../a" => folder.path().join("self").join("a"),
            _ => at(name),
        };
        assert!(same_file(&at("a"), &other), "{name}");
    }
    assert!(!same_file(&at("a"), &at("b")));
    assert!(same_file(&at("new"), &at("self/new")));
    assert!(!same_file(&at("new"), &at("missing/new")));
}

#[test]
fn a_name_that_is_taken_is_not_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vizard-demo.mp4");

    let mut given = Vec::new();
    for _ in 0..3 {
        let name = free_name(&path).unwrap();
        fs::write(&name, "x").unwrap();
        given.push(name.file_name().unwrap().to_owned());
    }

    assert_eq!(
        given,
        ["vizard-demo.mp4", "vizard-demo-2.mp4", "vizard-demo-3.mp4"]
    );
}
