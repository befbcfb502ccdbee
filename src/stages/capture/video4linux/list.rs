//! Enumeration of the cameras' device files. Each query has its own thread, because a hanging driver must
//! not hide the other cameras.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::bounded;

use crate::domain::thread::spawn_named;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::video4linux::survey::{Survey, path_of};

/// Maximum number of device files; V4L2 has 256 numbers.
const MOST_NODES: usize = 256;

/// Maximum number of links followed from a name to the device file.
const MOST_LINKS: usize = 16;

/// Numbers with a pending query; they are not queried again.
static ASKED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn asked() -> MutexGuard<'static, BTreeSet<u32>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the number in a name such as `video0`; names with any other form have none.
fn number_in(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("video")?;
    let number: u32 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// Returns the number in a device file's path, for any spelling of its folder.
fn number_of(path: &Path) -> Option<u32> {
    let folder = path.parent()?;
    let name = path.file_name()?.to_str()?;
    (folder == Path::new("/dev")).then(|| number_in(name))?
}

/// Returns the number behind a stable name, for example one in `/dev/v4l/by-id`.
pub(super) fn number_behind(path: &Path) -> Option<u32> {
    let mut path = plain(path);
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = plain(&path.parent()?.join(target)),
            Err(_) => return number_of(&path),
        }
    }
    None
}

/// Returns the path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Returns the numbers of the present device files in order, without numbered links to other device
/// files.
pub(super) fn numbers() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/dev") else {
        return Vec::new();
    };
    let mut links = Vec::new();
    let mut found = BTreeSet::new();
    for entry in entries.filter_map(Result::ok) {
        let Some(number) = entry.file_name().to_str().and_then(number_in) else {
            continue;
        };
        if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            links.push((number, number_behind(&entry.path())));
        } else {
            found.insert(number);
        }
    }
    for (link, target) in links {
        if target.is_none_or(|target| target == link || !found.contains(&target)) {
            found.insert(link);
        }
    }
    found.into_iter().take(MOST_NODES).collect()
}

/// Queries each number, in order. A driver without an answer after `patience` has that as its
/// failure.
pub(super) fn surveys(numbers: &[u32], patience: Duration) -> Result<Vec<Survey>, CaptureError> {
    let clock = Clock::system();
    let (sender, answers) = bounded(numbers.len());
    let mut waiting = 0;
    for number in numbers.iter().copied() {
        if !asked().insert(number) {
            continue;
        }
        let sender = sender.clone();
        let ask = move || {
            let survey = Survey::of(number);
            asked().remove(&number);
            // The receiver may have given up.
            sender.send(survey).is_ok()
        };
        if let Err(why) = spawn_named("cameras", ask) {
            asked().remove(&number);
            return Err(not_started(why));
        }
        waiting += 1;
    }
    let mut found: Vec<Survey> = Vec::new();
    while waiting > 0 {
        let left = patience.saturating_sub(clock.now().0);
        let Ok(survey) = answers.recv_timeout(left) else {
            break;
        };
        found.push(survey);
        waiting -= 1;
    }
    for number in numbers {
        if !found.iter().any(|survey| survey.number == *number) {
            found.push(silent(*number, patience));
        }
    }
    found.sort_by_key(|survey| survey.number);
    Ok(found)
}

fn silent(number: u32, after: Duration) -> Survey {
    let mut survey = Survey::unknown(number, None);
    survey.trouble = Some(CaptureError::CameraSilent {
        name: format!("{} ({})", survey.name, path_of(number)),
        after,
    });
    survey
}

fn not_started(why: io::Error) -> CaptureError {
    CaptureError::Start {
        what: "the search for cameras".into(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_numbered_names_are_cameras() {
        assert_eq!(number_in("video0"), Some(0));
        assert_eq!(number_in("video40"), Some(40));
        for other in [
            "video",
            "video_front",
            "video+1",
            "video01",
            "video1a",
            "vide0",
            "video٣",
        ] {
            assert_eq!(number_in(other), None, "{other}");
        }
        assert_eq!(number_in("video99999999999"), None);
    }

    #[test]
    fn a_stable_name_leads_to_its_number_also_where_nothing_is_plugged_in() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("by-id")).unwrap();
        symlink("/dev/video4321", at("front")).unwrap();
        symlink("../front", at("by-id/usb-Foo-video-index0")).unwrap();
        symlink("itself", at("itself")).unwrap();
        symlink("/dev/null", at("null")).unwrap();

        assert_eq!(number_behind(&at("by-id/usb-Foo-video-index0")), Some(4321));
        assert_eq!(number_behind(&at("itself")), None);
        assert_eq!(number_behind(&at("null")), None);
        assert_eq!(number_behind(&at("missing")), None);
        assert_eq!(
            number_behind(Path::new("/dev/v4l/../video4322")),
            Some(4322)
        );
    }

    #[test]
    fn what_is_no_camera_is_told_and_not_waited_for() {
        let clock = Clock::system();

        let found = surveys(&[4_000_000], Duration::from_secs(5)).unwrap();

        assert_eq!(found.len(), 1);
        assert!(found[0].trouble.is_some());
        assert!(clock.now().0 < Duration::from_secs(3));
    }
}
