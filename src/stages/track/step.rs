//! One followed face from the last frame into this one: [`advance`].

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

/// A box with a smaller part of its area inside the picture is not seen: the face has left.
const MIN_INSIDE: f32 = 0.35;

/// The part of a box that must lie inside the picture for what it holds to be known by its looks alone.
const WHOLE: f32 = 0.9;

/// The way since it was seen last, in widths, from which a head is blurred.
const FAST: f32 = 0.25;

/// How often the points are looked at again where they contradict the window, and the overlap
/// (`IoU`) from which they do not.
const LOOKS: u32 = 3;
const AGREE: f32 = 0.7;

/// What the landmark network says of a face that is seen well, and frames between two looks at it.
const WELL: f32 = 0.9;
const LOOK_EVERY: u64 = 8;

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
    // A head that a person drew is sought with its face in sight, too.
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
    // Beside somebody else, whoever is followed loosely ends on the other.
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

/// Follows any object, by how it looked when it was given and when it was seen last.
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

/// Where the object is whose box was `was`, by how it looked. What it looked like last is what was seen for
/// certain: a wall that was once taken for it would be found for ever.
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

/// What the regressor would say if it saw what was sought: the five points go along with the box.
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

/// Where the head around the face is by how it looked: the box of its face, as if it were seen.
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

/// `is`, with its size a part of the way from that of `was`: sizes are sought less surely than places.
fn slowly_grown(was: &BoundingBox, is: &BoundingBox) -> BoundingBox {
    const PART: f32 = 0.4;
    let size = was.mixed(is, PART);
    BoundingBox::from_centre(is.centre(), size.width, size.height)
}

/// Keeps in mind how the head looks now, now and then.
fn look_well<S: TrackerModels>(track: &mut Track, frame: &Frame, models: &mut S) {
    let seen = track.seen_well.as_ref().map(|(_, id)| id.0);
    if seen.is_none_or(|id| frame.id.0 >= id + LOOK_EVERY) {
        let template = models.template(&frame.picture, &track.head());
        track.seen_well = Some((template, frame.id));
    }
}

/// The 68 points, and the box where they say that the face is if that is not where was looked. A
/// window that is much too large, or beside the face, gives poor points that still lead to a better one.
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

/// The box moved as the regressor says, in its own proportions.
fn still_moved<S: TrackerModels>(
    track: &Track,
    seen: &Regression,
    models: &mut S,
) -> Result<BoundingBox, S::Error> {
    let before = &track.seen_in.picture;
    let itself = models.regress(before, before, &track.bounds)?;
    Ok(moved(&track.bounds, &itself, seen))
}

/// Where a head without a face is.
#[derive(Clone, Copy)]
enum Head {
    /// Nobody else is near: sought by how it looks.
    TemplateMatch(TemplateMatch),
    /// Somebody else is: where the regressor saw the face go.
    Beside(BoundingBox, Score),
}

/// Follows the head of somebody who turned away or moved too fast for a sharp face, for a while. The
/// mask network must see a head there; for a moment it is enough that it looks as it did.
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

/// Whether what was sought is the head, though no network knows a head there: it is blurred. A head that was drawn
/// is believed sooner. Of one that was found, the colours must agree: what hides a face has its hair and clothes
/// around it, and stands still.
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

/// Whether the detector has not seen the face for so long that it alone is believed; a face with
/// good points that it saw often is given longer, since it has more trouble with turned heads.
pub(super) fn is_doubted(track: &Track, rules: &Rules) -> bool {
    const GOOD: f32 = 0.9;
    let patience = if track.real.0 >= GOOD {
        rules.misses_max * track.trust()
    } else {
        rules.misses_max
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
