//! The per-frame update of one track: [`advance`].

use std::sync::Arc;

use crate::domain::face::{BoundingBox, Keypoints5, Score};
use crate::domain::frame::{Frame, Size};
use crate::domain::geometry::Point;
use crate::domain::shape::LandmarkResult;
use crate::stages::track::appearance::Appearance;
use crate::stages::track::by_points::told_by;
use crate::stages::track::life::{TRUSTED, Track, mean_landmarks};
use crate::stages::track::matcher::TemplateMatch;
use crate::stages::track::models::TrackerModels;
use crate::stages::track::regress::Regression;
use crate::stages::track::rules::Rules;

/// Least fraction of a box's area inside the picture; below it the face has left.
const MIN_INSIDE: f32 = 0.35;

/// Least fraction of a box inside the picture for recognition by appearance alone.
const WHOLE: f32 = 0.9;

/// Displacement since the last sighting, in box widths, from which a head counts as motion-blurred.
const FAST: f32 = 0.25;

/// Maximum iterations of the landmark network while the landmarks disagree with the window, and the
/// overlap (`IoU`) that ends the iteration.
const LOOKS: u32 = 3;
const AGREE: f32 = 0.7;

/// Landmark network presence of a reliable view, and frames between two new templates from such views.
const WELL: f32 = 0.9;
const LOOK_EVERY: u64 = 8;

/// Returns the fraction of the box's area inside the frame, in `[0, 1]`; 0 for an invalid box.
fn part_inside(bounds: &BoundingBox, frame: Size) -> f32 {
    let whole = BoundingBox::new(0.0, 0.0, frame.width as f32, frame.height as f32);
    let area = bounds.area();
    if bounds.is_finite() && area > 0.0 {
        bounds.intersection(&whole).area() / area
    } else {
        0.0
    }
}

/// Moves one track into `frame` by regression from the frame in which it was last seen.
pub(super) fn advance<S: TrackerModels>(
    track: &mut Track,
    alone: bool,
    rules: &Rules,
    frame: &Arc<Frame>,
    models: &mut S,
) -> Result<(), S::Error> {
    let before = Arc::clone(&track.seen_in);
    if !track.is_alive() && track.is_face() {
        return Ok(());
    }
    if before.size() != frame.size() {
        track.miss(Score(0.0), frame);
        return Ok(());
    }
    if !track.is_face() {
        return follow_thing(track, rules, frame, models);
    }
    // The matcher follows a user-drawn head even while its face is visible.
    let sought = if alone && track.is_given_head() {
        Some(seek_head(track, frame, models)?)
    } else {
        None
    };
    let seen = match &sought {
        Some(sought) => seen_as_sought(track, sought),
        None => models.regress(&before.picture, &frame.picture, &track.bounds)?,
    };
    let inside = part_inside(&seen.bounds, frame.size()) >= MIN_INSIDE;
    let followed = seen.presence.0 >= rules.box_presence_min && inside;
    // Close to another person, a loosely followed track drifts to that person.
    let may_have_turned = alone && track.is_proven();
    if !followed && !may_have_turned {
        track.miss(seen.presence, frame);
        return Ok(());
    }
    if followed && !is_doubted(track, rules) {
        let window = track.window_for(seen.bounds, seen.landmarks);
        let (marks, found) = look_closely(window, rules, frame, models)?;
        let real = marks.presence.0 >= rules.landmark_presence_min;
        if real {
            let bounds = found.unwrap_or(seen.bounds);
            track.follow(bounds, seen.landmarks, seen.presence, frame);
        }
        track.mark(&marks, real);
        if real {
            track.last_look = None;
            track.sought = sought.filter(|s| s.presence.0 >= rules.match_presence_min);
            if marks.presence.0 >= WELL {
                look_well(track, frame, models);
            }
            return Ok(());
        }
    }
    if !track.is_proven() {
        track.miss(seen.presence, frame);
        return Ok(());
    }
    let head = match (alone, sought) {
        (true, Some(sought)) => Head::TemplateMatch(sought),
        (true, None) => Head::TemplateMatch(seek_head(track, frame, models)?),
        (false, _) => Head::Beside(still_moved(track, &seen, models)?, seen.presence),
    };
    follow_head(track, head, rules, frame, models)
}

/// Follows any object by its first template and its template from the last sighting.
fn follow_thing<S: TrackerModels>(
    track: &mut Track,
    rules: &Rules,
    frame: &Arc<Frame>,
    models: &mut S,
) -> Result<(), S::Error> {
    let was = track.bounds;
    let sought = seek(track, &was, frame, models)?;
    let bounds = slowly_grown(&was, &sought.bounds);
    if sought.presence.0 < rules.match_presence_min
        || part_inside(&bounds, frame.size()) < MIN_INSIDE
    {
        track.miss(sought.presence, frame);
        return Ok(());
    }
    track.follow(bounds, mean_landmarks(&bounds), sought.presence, frame);
    if sought.presence.0 >= rules.relearn_presence_min {
        track.last_look = None;
    }
    Ok(())
}

/// Finds the object with the last box `was` by appearance. The last template comes from a reliable
/// sighting only; otherwise the track could lock onto the background permanently.
fn seek<S: TrackerModels>(
    track: &mut Track,
    was: &BoundingBox,
    frame: &Frame,
    models: &mut S,
) -> Result<TemplateMatch, S::Error> {
    let seen_in = &track.seen_in;
    let last = track
        .last_look
        .get_or_insert_with(|| models.template(&seen_in.picture, was));
    let (best, _) = track
        .seen_well
        .get_or_insert_with(|| (last.clone(), frame.id));
    models.seek([best, last], &frame.picture, was)
}

/// Converts a match into a regression result: the five landmarks move and scale with the box.
fn seen_as_sought(track: &Track, sought: &TemplateMatch) -> Regression {
    let (was, is) = (track.bounds, sought.bounds);
    let (a, b) = (was.centre(), is.centre());
    let growth = is.width / was.width.max(1.0);
    let points = track.landmarks.to_array();
    Regression {
        bounds: is,
        landmarks: Keypoints5::from_array(
            points.map(|p| Point::new(b.x + (p.x - a.x) * growth, b.y + (p.y - a.y) * growth)),
        ),
        presence: sought.presence,
    }
}

/// Finds the head around the face by appearance and returns its face box.
fn seek_head<S: TrackerModels>(
    track: &mut Track,
    frame: &Frame,
    models: &mut S,
) -> Result<TemplateMatch, S::Error> {
    let was = track.head();
    let sought = seek(track, &was, frame, models)?;
    let bounds = track.face_of(&slowly_grown(&was, &sought.bounds));
    Ok(TemplateMatch { bounds, ..sought })
}

/// Returns `is` with its size only partly changed from `was`: matched sizes are less reliable than
/// matched positions.
fn slowly_grown(was: &BoundingBox, is: &BoundingBox) -> BoundingBox {
    const PART: f32 = 0.4;
    let size = was.mixed(is, PART);
    BoundingBox::from_centre(is.centre(), size.width, size.height)
}

/// Updates the reliable template of the head every [`LOOK_EVERY`] frames.
fn look_well<S: TrackerModels>(track: &mut Track, frame: &Frame, models: &mut S) {
    let seen = track.seen_well.as_ref().map(|(_, id)| id.0);
    if seen.is_none_or(|id| frame.id.0 >= id + LOOK_EVERY) {
        let template = models.template(&frame.picture, &track.head());
        track.seen_well = Some((template, frame.id));
    }
}

/// Returns the 68 landmarks, and the box that they imply if it differs from the window. A window that
/// is too large or beside the face gives inaccurate landmarks, but they still imply a better box.
pub(super) fn look_closely<S: TrackerModels>(
    (mut window, mut points): (BoundingBox, Keypoints5),
    rules: &Rules,
    frame: &Frame,
    models: &mut S,
) -> Result<(LandmarkResult, Option<BoundingBox>), S::Error> {
    let mut marks = models.mark(&frame.picture, &window, &points)?;
    let mut found = None;
    for _ in 0..LOOKS {
        let told = told_by(&marks.shape);
        if marks.presence.0 < rules.landmark_presence_min
            || !told.is_finite()
            || told.iou(&window) >= AGREE
        {
            break;
        }
        (window, points) = (told, marks.shape.five());
        let next = models.mark(&frame.picture, &window, &points)?;
        if next.presence.0 < rules.landmark_presence_min {
            break;
        }
        marks = next;
        found = Some(told_by(&marks.shape));
    }
    Ok((marks, found))
}

/// Returns the box moved by the regressor's change, with its proportions kept.
fn still_moved<S: TrackerModels>(
    track: &Track,
    seen: &Regression,
    models: &mut S,
) -> Result<BoundingBox, S::Error> {
    let before = &track.seen_in.picture;
    let itself = models.regress(before, before, &track.bounds)?;
    Ok(moved(&track.bounds, &itself, seen))
}

/// Position of a head without a visible face.
#[derive(Clone, Copy)]
enum Head {
    /// Nobody else is close: the matcher's result.
    TemplateMatch(TemplateMatch),
    /// Another person is close: the regressor's box.
    Beside(BoundingBox, Score),
}

/// Follows the head of a person who turned away or moved too fast for a sharp face, for a limited
/// time. The mask network must confirm a head; for a short time a matching appearance suffices.
fn follow_head<S: TrackerModels>(
    track: &mut Track,
    head: Head,
    rules: &Rules,
    frame: &Arc<Frame>,
    models: &mut S,
) -> Result<(), S::Error> {
    let unseen_for = frame.shown_at.since(track.faced_at());
    if unseen_for > rules.turned_for * track.trust() / TRUSTED {
        track.miss(Score(0.0), frame);
        return Ok(());
    }
    let (bounds, presence) = match head {
        Head::TemplateMatch(TemplateMatch { bounds, presence })
        | Head::Beside(bounds, presence) => (bounds, presence),
    };
    let inside = part_inside(&bounds, frame.size());
    let seen = models.head(&frame.picture, &bounds)?;
    let is_head = match head {
        Head::Beside(..) => {
            seen.0 >= rules.head_coverage_min && presence.0 >= rules.box_presence_min
        }
        Head::TemplateMatch(_) if seen.0 >= rules.head_coverage_min => {
            presence.0 >= rules.match_presence_min_with_head
        }
        Head::TemplateMatch(_) => {
            let for_a_moment = unseen_for <= rules.blurred_for && inside >= WHOLE;
            for_a_moment && looks_as_known(track, &bounds, presence, rules, frame)
        }
    };
    if !is_head || inside < MIN_INSIDE {
        track.miss(Score(seen.0.min(presence.0)), frame);
        return Ok(());
    }
    track.follow(bounds, mean_landmarks(&bounds), presence, frame);
    if seen.0 >= rules.head_coverage_min {
        track.last_look = None;
    }
    Ok(())
}

/// Returns whether the match is the track's head although the mask network does not confirm a blurred
/// head. A user-drawn head has its own, presence-only threshold. Any other head must also match in
/// colour: an occluder is surrounded by the person's hair and clothes, and does not move.
fn looks_as_known(
    track: &Track,
    bounds: &BoundingBox,
    presence: Score,
    rules: &Rules,
    frame: &Frame,
) -> bool {
    if track.is_given_head() {
        return presence.0 >= rules.match_presence_min_drawn;
    }
    let moved = bounds.centre().distance(track.bounds.centre());
    let same = if moved >= FAST * bounds.width {
        rules.colour_distance_max_blurred
    } else {
        rules.colour_distance_max
    };
    let agrees = |known: &Appearance| {
        let looks = Appearance::of(&frame.picture, bounds);
        known.distance(&looks) <= same
    };
    presence.0 >= rules.match_presence_min && track.appearance.as_ref().is_some_and(agrees)
}

/// Returns whether the detector has missed the face for so long that only a detection can keep the
/// track. A face with good landmarks and many detections has a longer limit, because the detector
/// often misses turned heads.
pub(super) fn is_doubted(track: &Track, rules: &Rules) -> bool {
    const GOOD: f32 = 0.9;
    let patience = if track.real.0 >= GOOD {
        rules.misses_max * track.trust()
    } else {
        rules.misses_max
    };
    track.unconfirmed >= patience && !track.is_given()
}

/// Returns `bounds` changed by the difference of two regressor results. The difference cancels the
/// regressor's bias in box placement.
fn moved(bounds: &BoundingBox, from: &Regression, to: &Regression) -> BoundingBox {
    let (f, t, b) = (from.bounds.centre(), to.bounds.centre(), bounds.centre());
    let growth = |was: f32, is: f32| (is / was.max(1.0)).clamp(0.8, 1.25);
    BoundingBox::from_centre(
        Point::new(b.x + t.x - f.x, b.y + t.y - f.y),
        bounds.width * growth(from.bounds.width, to.bounds.width),
        bounds.height * growth(from.bounds.height, to.bounds.height),
    )
}
