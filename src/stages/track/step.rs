//! One followed face from the last frame into this one: [`advance`].

use std::sync::Arc;

use crate::domain::face::{BoundingBox, Landmarks, Score};
use crate::domain::frame::{Frame, Size};
use crate::domain::geometry::Point;
use crate::domain::shape::Marks;
use crate::stages::track::Rules;
use crate::stages::track::by_points::told_by;
use crate::stages::track::life::{Track, mean_landmarks};
use crate::stages::track::regress::Regression;
use crate::stages::track::sight::Sight;

/// A box with a smaller part of its area inside the picture is not seen: the face has left.
const MIN_INSIDE: f32 = 0.35;

/// How often the points are looked at again where they contradict the window, and the overlap
/// (`IoU`) from which they do not.
const LOOKS: u32 = 3;
const AGREE: f32 = 0.7;

/// The part of the box's area that lies inside the frame, in `[0, 1]`; 0 for a box of nonsense.
fn part_inside(bounds: &BoundingBox, frame: Size) -> f32 {
    let whole = BoundingBox::new(0.0, 0.0, frame.width as f32, frame.height as f32);
    let area = bounds.area();
    if bounds.is_finite() && area > 0.0 {
        bounds.intersection(&whole).area() / area
    } else {
        0.0
    }
}

/// Moves one track into `frame` by regression from the frame in which it was seen last.
pub(super) fn advance<S: Sight>(
    track: &mut Track,
    rules: &Rules,
    frame: &Arc<Frame>,
    sight: &mut S,
) -> Result<(), S::Error> {
    let before = Arc::clone(&track.seen_in);
    if !track.is_alive() && track.is_face() {
        return Ok(());
    }
    if before.size() != frame.size() {
        track.miss(Score(0.0), frame);
        return Ok(());
    }
    let seen = sight.regress(&before.picture, &frame.picture, &track.bounds)?;
    let inside = part_inside(&seen.bounds, frame.size()) >= MIN_INSIDE;
    if seen.presence.0 < rules.seen || !inside {
        track.miss(seen.presence, frame);
        return Ok(());
    }
    if track.is_face() && !is_doubted(track, rules) {
        let window = track.window_for(seen.bounds, seen.landmarks);
        let (marks, found) = look_closely(window, rules, frame, sight)?;
        let real = marks.presence.0 >= rules.real;
        if real {
            let bounds = found.unwrap_or(seen.bounds);
            track.follow(bounds, seen.landmarks, seen.presence, frame);
        }
        track.mark(&marks, real);
        if real {
            return Ok(());
        }
    }
    follow_blindly(track, rules, &seen, frame, sight)
}

/// The 68 points, and the box where they say that the face is if that is not where was looked. A
/// window that is much too large, or beside the face, gives poor points that still lead to a better one.
pub(super) fn look_closely<S: Sight>(
    (mut window, mut points): (BoundingBox, Landmarks),
    rules: &Rules,
    frame: &Frame,
    sight: &mut S,
) -> Result<(Marks, Option<BoundingBox>), S::Error> {
    let mut marks = sight.mark(&frame.picture, &window, &points)?;
    let mut found = None;
    for _ in 0..LOOKS {
        let told = told_by(&marks.shape);
        if marks.presence.0 < rules.real || !told.is_finite() || told.iou(&window) >= AGREE {
            break;
        }
        (window, points) = (told, marks.shape.five());
        let next = sight.mark(&frame.picture, &window, &points)?;
        if next.presence.0 < rules.real {
            break;
        }
        marks = next;
        found = Some(told_by(&marks.shape));
    }
    Ok((marks, found))
}

/// Follows what is no face, or not now. A face that nobody gave is followed so while it may have
/// turned away: while there is a head, and for a moment only.
fn follow_blindly<S: Sight>(
    track: &mut Track,
    rules: &Rules,
    seen: &Regression,
    frame: &Arc<Frame>,
    sight: &mut S,
) -> Result<(), S::Error> {
    let before = Arc::clone(&track.seen_in);
    let on_its_own = track.is_face() && !track.is_given();
    if on_its_own && frame.shown_at.since(track.faced_at()) > rules.turned {
        track.miss(Score(0.0), frame);
        return Ok(());
    }
    // It keeps its proportions.
    let itself = sight.regress(&before.picture, &before.picture, &track.bounds)?;
    let bounds = moved(&track.bounds, &itself, seen);
    if on_its_own {
        let head = sight.head(&frame.picture, &bounds)?;
        if head.0 < rules.head {
            track.miss(Score(head.0.min(seen.presence.0)), frame);
            return Ok(());
        }
    }
    track.follow(bounds, mean_landmarks(&bounds), seen.presence, frame);
    Ok(())
}

/// Whether the detector has not seen the face for so long that it alone is believed; a face with
/// good points is given longer, since the detector has more trouble with turned heads.
fn is_doubted(track: &Track, rules: &Rules) -> bool {
    const GOOD: f32 = 0.9;
    const LONGER: u32 = 5;
    let patience = if track.real.0 >= GOOD {
        rules.misses * LONGER
    } else {
        rules.misses
    };
    track.unconfirmed >= patience && !track.is_given()
}

/// `bounds` after the change from one answer of the regressor to another: what it is biased by, its
/// own idea of where the box should lie on a face, cancels out.
fn moved(bounds: &BoundingBox, from: &Regression, to: &Regression) -> BoundingBox {
    let (f, t, b) = (from.bounds.centre(), to.bounds.centre(), bounds.centre());
    let growth = |was: f32, is: f32| (is / was.max(1.0)).clamp(0.8, 1.25);
    BoundingBox::from_centre(
        Point::new(b.x + t.x - f.x, b.y + t.y - f.y),
        bounds.width * growth(from.bounds.width, to.bounds.width),
        bounds.height * growth(from.bounds.height, to.bounds.height),
    )
}
