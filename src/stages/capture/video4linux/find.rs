//! Selection of the requested camera among those present.
//!
//! A camera that was open before is identified by its name and its bus address. After a loss Vizard waits
//! for it, and no other camera replaces it, because another camera may show another room. After
//! reconnection elsewhere its name identifies it, unless a camera of that name was present all the time.

use crate::stages::capture::camera::WhichCamera;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::video4linux::survey::Survey;

/// Search criterion for a camera that was not open before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Search<'a> {
    Any,
    /// By a part of the name.
    Named(&'a str),
    /// Matches no camera.
    Nothing,
}

/// Returns the usable matches in order, or the reason why there are none.
pub(super) fn found(
    search: Search<'_>,
    which: &WhichCamera,
    present: Vec<Survey>,
) -> Result<Vec<Survey>, CaptureError> {
    let names = names(&present);
    let matches = |survey: &Survey| match search {
        Search::Any => true,
        Search::Named(part) => survey.name.to_lowercase().contains(&part.to_lowercase()),
        Search::Nothing => false,
    };
    let (usable, others): (Vec<_>, Vec<_>) = present
        .into_iter()
        .filter(matches)
        .partition(|survey| survey.trouble.is_none());
    if !usable.is_empty() {
        return Ok(usable);
    }
    let trouble = others.into_iter().find_map(|survey| survey.trouble);
    Err(trouble.unwrap_or_else(|| CaptureError::NoCamera {
        wanted: which.to_string(),
        present: names,
    }))
}

fn names(present: &[Survey]) -> String {
    let names: Vec<String> = present
        .iter()
        .map(|survey| format!("{} {}", survey.number, survey.name))
        .collect();
    if names.is_empty() {
        "there is no camera".into()
    } else {
        format!("there is {}", names.join(", "))
    }
}

/// Identity of a specific device.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    number: u32,
    name: String,
    bus: String,
}

impl Identity {
    fn of(survey: &Survey) -> Self {
        Self {
            number: survey.number,
            name: survey.name.clone(),
            bus: survey.bus.clone(),
        }
    }
}

/// A camera that was open before.
#[derive(Debug)]
pub(super) struct Known {
    camera: Identity,
    /// Cameras of the same name that were present when it was lost, while they stay present.
    others: Option<Vec<Identity>>,
}

impl Known {
    pub(super) fn new(found: &Survey) -> Self {
        Self {
            camera: Identity::of(found),
            others: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.camera.name
    }

    /// Finds the same camera among those present.
    pub(super) fn again(&mut self, present: Vec<Survey>) -> Result<Survey, CaptureError> {
        let camera = &self.camera;
        let mut alike: Vec<Survey> = present
            .into_iter()
            .filter(|survey| survey.name == camera.name)
            .collect();
        let here: Vec<Identity> = alike.iter().map(Identity::of).collect();
        let others = self.others.get_or_insert_with(|| here.clone());
        others.retain(|other| here.contains(other));
        // A device may have several files; the number distinguishes them if it has not changed.
        let same_place = |survey: &Survey| !camera.bus.is_empty() && survey.bus == camera.bus;
        let same_number = |survey: &Survey| survey.number == camera.number;
        let unsure_place = camera.bus.is_empty();
        let is_new = |survey: &Survey| !others.contains(&Identity::of(survey));
        let usable = |survey: &Survey| survey.trouble.is_none();
        let place = |wanted: &dyn Fn(&Survey) -> bool| alike.iter().position(wanted);
        let at = place(&|s| same_number(s) && (same_place(s) || unsure_place))
            .or_else(|| place(&|s| same_place(s) && usable(s)))
            // Without a query the bus address is unknown.
            .or_else(|| place(&|s| same_number(s) && s.bus.is_empty() && !usable(s)))
            .or_else(|| place(&|s| is_new(s) && usable(s)));
        match at {
            Some(at) => {
                let mut found = alike.swap_remove(at);
                found.trouble.take().map_or(Ok(found), Err)
            }
            None => Err(CaptureError::CameraGone(camera.name.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(number: u32, name: &str, bus: &str) -> Survey {
        let mut survey = Survey::unknown(number, None);
        survey.name = name.into();
        survey.bus = bus.into();
        survey
    }

    fn busy(mut survey: Survey) -> Survey {
        survey.trouble = Some(CaptureError::CameraBusy(survey.name.clone()));
        survey
    }

    /// Returns the numbers of the matches.
    fn numbers(search: Search<'_>, present: Vec<Survey>) -> Result<Vec<u32>, String> {
        let found = found(search, &WhichCamera::Any, present);
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.iter().map(|survey| survey.number).collect())
    }

    #[test]
    fn without_a_name_all_that_can_be_used_come_in_order() {
        let present = || {
            vec![
                busy(camera(0, "IR", "a")),
                camera(2, "HD Pro Webcam C920", "b"),
                camera(4, "HD Webcam", "c"),
            ]
        };

        assert_eq!(numbers(Search::Any, present()), Ok(vec![2, 4]));
        assert_eq!(numbers(Search::Named("c920"), present()), Ok(vec![2]));
        let trouble = numbers(Search::Named("ir"), present()).unwrap_err();
        assert!(trouble.contains("IR is in use"), "{trouble}");
        let missing = numbers(Search::Named("brio"), present()).unwrap_err();
        assert!(missing.contains("(there is 0 IR, 2 HD Pro"), "{missing}");
        let none = numbers(Search::Any, Vec::new()).unwrap_err();
        assert!(none.contains("there is no camera"), "{none}");
    }

    fn again(known: &mut Known, present: Vec<Survey>) -> Option<u32> {
        known.again(present).ok().map(|survey| survey.number)
    }

    #[test]
    fn another_camera_of_the_same_name_is_never_taken() {
        let mine = || camera(0, "Cam", "usb-1");
        let other = || camera(2, "Cam", "usb-2");
        let mut known = Known::new(&mine());

        assert_eq!(again(&mut known, vec![other()]), None);
        assert_eq!(again(&mut known, vec![other()]), None, "also later");
        assert_eq!(again(&mut known, vec![other(), mine()]), Some(0));
    }

    #[test]
    fn the_same_camera_is_found_under_another_number_and_in_another_socket() {
        let other = || camera(2, "Cam", "usb-2");
        let mut known = Known::new(&camera(0, "Cam", "usb-1"));

        assert_eq!(again(&mut known, vec![other()]), None);
        let moved = camera(5, "Cam", "usb-1");
        assert_eq!(again(&mut known, vec![other(), moved]), Some(5));
        let elsewhere = camera(6, "Cam", "usb-3");
        assert_eq!(again(&mut known, vec![other(), elsewhere]), Some(6));
        let stranger = camera(0, "Grabber", "usb-1");
        assert_eq!(again(&mut known, vec![other(), stranger]), None);
    }

    #[test]
    fn a_camera_that_came_while_mine_was_away_and_left_again_may_be_mine() {
        let elsewhere = || camera(1, "Cam", "usb-9");
        let mut known = Known::new(&camera(0, "Cam", "usb-1"));

        assert_eq!(again(&mut known, vec![elsewhere()]), None, "was there");
        assert_eq!(again(&mut known, Vec::new()), None);
        assert_eq!(again(&mut known, vec![elsewhere()]), Some(1));
    }

    #[test]
    fn of_several_files_of_one_device_the_same_number_is_taken() {
        let mut known = Known::new(&camera(2, "Cam", "usb-1"));
        let files = vec![camera(0, "Cam", "usb-1"), camera(2, "Cam", "usb-1")];

        assert_eq!(again(&mut known, files), Some(2));
        let moved = vec![busy(camera(3, "Cam", "usb-1")), camera(4, "Cam", "usb-1")];
        assert_eq!(again(&mut known, moved), Some(4));
    }

    #[test]
    fn a_camera_that_is_back_and_in_use_is_said_to_be_in_use() {
        let mut known = Known::new(&camera(0, "Cam", "usb-1"));

        let trouble = known.again(vec![busy(camera(0, "Cam", "usb-1"))]);

        assert!(matches!(trouble, Err(CaptureError::CameraBusy(_))));
    }
}
