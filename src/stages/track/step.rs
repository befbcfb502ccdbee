//! One followed face from the last frame into this one: [`advance`].

use std::sync::Arc;

use crate::domain::face::{BoundingBox, Landmarks, Score};
use crate::domain::frame::{Frame, Size};
use crate::domain::geometry::Point;
use crate::domain::shape::Marks;
use crate::stages::track::Rules;
use crate::stages::track::by_looks::most_alike;
use crate::stages::track::by_points::told_by;
use crate::stages::track::life::{TRUSTED, Track, mean_landmarks};
use crate::stages::track::regress::Regression;
use crate::stages::track::sight::Sight;

/// A box with a smaller part of its area inside the picture is not seen: the face has left.
const MIN_INSIDE: f32 = 0.35;

/// How often the points are looked at again where they contradict the window, and the overlap
/// (`IoU`) from which they do not.
const LOOKS: u32 = 3;
const AGREE: f32 = 0.7;

/// The boxes by which a head without a face is followed, over the face's: of the head, and with its
/// neck.
const HEADS: [f32; 2] = [1.4, 2.0];

/// The part of a box that must lie inside the picture to be known by its colours.
const WHOLE: f32 = 0.9;

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
    alone: bool,
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
    let followed = seen.presence.0 >= rules.seen && inside;
    let by_itself = track.is_face() && (!track.is_given() || track.is_given_head());
    // Beside somebody else, whoever is followed loosely ends on the other.
    let may_have_turned = by_itself && alone && track.is_proven();
    if !followed && !may_have_turned {
        track.miss(seen.presence, frame);
        return Ok(());
    }
    if followed && track.is_face() && !is_doubted(track, rules) {
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
    if by_itself && !track.is_proven() {
        track.miss(seen.presence, frame);
        return Ok(());
    }
    if !by_itself {
        let bounds = still_moved(track, &seen, sight)?;
        track.follow(bounds, mean_landmarks(&bounds), seen.presence, frame);
        return Ok(());
    }
    follow_head(track, (!alone).then_some(&seen), rules, frame, sight)
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

/// The box moved as the regressor says, in its own proportions.
fn still_moved<S: Sight>(
    track: &Track,
    seen: &Regression,
    sight: &mut S,
) -> Result<BoundingBox, S::Error> {
    let before = &track.seen_in.picture;
    let itself = sight.regress(before, before, &track.bounds)?;
    Ok(moved(&track.bounds, &itself, seen))
}

/// Follows the head of somebody who turned away or moved too fast for a sharp face, for a while. The
/// mask network must see a head there; for a moment it is enough that the colours agree.
/// `beside` is what the regressor saw of the face, if somebody else is near.
fn follow_head<S: Sight>(
    track: &mut Track,
    beside: Option<&Regression>,
    rules: &Rules,
    frame: &Arc<Frame>,
    sight: &mut S,
) -> Result<(), S::Error> {
    let unseen_for = frame.shown_at.since(track.faced_at());
    if unseen_for > rules.turned * track.trust() / TRUSTED {
        track.miss(Score(0.0), frame);
        return Ok(());
    }
    let (bounds, far, presence) = match beside {
        Some(seen) => (still_moved(track, seen, sight)?, 1.0, seen.presence),
        None => most_likely_head(track, frame, sight)?,
    };
    let inside = part_inside(&bounds, frame.size());
    let head = sight.head(&frame.picture, &bounds)?;
    let looks_same = unseen_for <= rules.blurred && inside >= WHOLE && far <= rules.same;
    let is_head = head.0 >= rules.head || looks_same;
    if presence.0 < rules.seen || !is_head || inside < MIN_INSIDE {
        track.miss(Score(head.0.min(presence.0)), frame);
        return Ok(());
    }
    track.follow(bounds, mean_landmarks(&bounds), presence, frame);
    Ok(())
}

/// The regressor on all of the head proposes, the colours that are remembered decide: the box, how
/// far it looks from what is remembered, and the regressor's presence.
fn most_likely_head<S: Sight>(
    track: &Track,
    frame: &Frame,
    sight: &mut S,
) -> Result<(BoundingBox, f32, Score), S::Error> {
    let before = &track.seen_in.picture;
    let was = track.head_box();
    let mut guesses = Vec::with_capacity(HEADS.len());
    let mut presence = Score(0.0);
    for larger in HEADS {
        let whole = scaled(&was, larger);
        let seen = sight.regress(before, &frame.picture, &whole)?;
        let itself = sight.regress(before, before, &whole)?;
        guesses.push(scaled(&moved(&whole, &itself, &seen), 1.0 / larger));
        presence = Score(presence.0.max(seen.presence.0));
    }
    let known = track.appearance.as_ref();
    let alike = known.and_then(|k| most_alike(k, &frame.picture, &was, &guesses));
    let guess = guesses.first().copied().unwrap_or(was);
    let (bounds, far) = alike.unwrap_or((guess, 1.0));
    Ok((bounds, far, presence))
}

/// The box around the same middle.
fn scaled(bounds: &BoundingBox, by: f32) -> BoundingBox {
    BoundingBox::from_centre(bounds.centre(), bounds.width * by, bounds.height * by)
}

/// Whether the detector has not seen the face for so long that it alone is believed; a face with
/// good points that it saw often is given longer, since it has more trouble with turned heads.
pub(super) fn is_doubted(track: &Track, rules: &Rules) -> bool {
    const GOOD: f32 = 0.9;
    let patience = if track.real.0 >= GOOD {
        rules.misses * track.trust()
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
