//! The track's output: smoothed box and landmarks, in the box convention of the track's origin.

use crate::domain::face::{BoundingBox, Keypoints5, TrackState, TrackedFace};
use crate::domain::frame::FrameTime;
use crate::domain::geometry::{Point, Rect};
use crate::domain::shape::Landmarks68;
use crate::stages::track::by_points;
use crate::stages::track::convention::Convention;
use crate::stages::track::life::{Kind, Track, limited, numbers, side};
use crate::stages::track::matcher::TemplateMatch;
use crate::stages::track::one_euro::{Filtered, OneEuro};
use crate::stages::track::steadiness::{Moment, WATCHED};

/// Least overlap (`IoU`) of two estimates of the same head.
const AGREE: f32 = 0.3;

impl Track {
    /// Smooths the newest box and landmarks.
    pub(in crate::stages::track) fn steady(&mut self, now: FrameTime, filter: OneEuro) {
        let secs = now.since(self.steadied_at).as_secs_f32();
        self.steadied_at = now;
        if self.state != TrackState::Locked {
            self.meter.interrupt();
            return;
        }
        if !self.is_sound() {
            return;
        }
        let unit = self.bounds.width;
        if secs > 0.0 {
            let measured = numbers(&self.measured(), &self.landmarks);
            for (number, value) in self.steadied.iter_mut().zip(measured) {
                number.update(value, secs, unit, filter);
            }
        }
        self.steady_shape(secs, filter);
        self.meter.observe(self.moment(), unit);
    }

    /// Returns the box measured in the newest frame: the regressor's box corrected by the 68 landmarks. For
    /// a user-drawn head, the matcher's box contributes half.
    fn measured(&self) -> BoundingBox {
        let Some(shape) = &self.shape else {
            return self.bounds;
        };
        let pulled = by_points::pulled(&self.bounds, shape);
        if !self.is_given_head() {
            return limited(&pulled, self.seen_size);
        }
        let face = self.at_head(&pulled);
        let agrees = |sought: &&TemplateMatch| sought.bounds.iou(&face) > AGREE;
        let head = match self.sought.as_ref().filter(agrees) {
            Some(sought) => face.mixed(&sought.bounds, 0.5),
            None => face,
        };
        limited(&head, self.seen_size)
    }

    /// Returns the head box for the matcher: as the user drew it, or around the face.
    pub(in crate::stages::track) fn head(&self) -> BoundingBox {
        let mut face = self.measured();
        if !self.is_given_head() {
            face = self.at_head(&face);
        }
        self.head_convention().apply(&face)
    }

    /// Returns the face box of a head box.
    pub(in crate::stages::track) fn face_of(&self, head: &BoundingBox) -> BoundingBox {
        self.head_convention().undo(head)
    }

    fn head_convention(&self) -> Convention {
        match self.kind {
            Kind::GivenFace(convention) if convention.is_of_a_head() => convention,
            _ => Convention::HEAD,
        }
    }

    /// Returns the box centred on the head: a face in profile lies at the front of its head. A head that
    /// turned away keeps its box.
    fn at_head(&self, b: &BoundingBox) -> BoundingBox {
        /// The landmarks of a face at the picture's edge look like a turned face: within this distance
        /// from the edge, in box widths, their weight decreases.
        const NEAR: f32 = 0.1;
        let beside = self.shape.as_ref().map_or(0.0, by_points::head_beside);
        let right = self.seen_size.width as f32 - b.x - b.width;
        let free = b.x.min(right) / (NEAR * b.width).max(1.0);
        Rect::new(b.x + beside * free.clamp(0.0, 1.0), b.y, b.width, b.height)
    }

    /// Sets the output to the measured or user-drawn box, unsmoothed. For a track's first frame.
    pub(in crate::stages::track) fn settle(&mut self) {
        let measured = self.measured();
        if let Kind::GivenFace(convention) = &mut self.kind {
            *convention = Convention::of(&convention.apply(&self.bounds), &measured);
        }
        self.steadied = numbers(&measured, &self.landmarks).map(Filtered::starting_at);
    }

    /// Returns the shown and the measured positions of the box's centre and the five landmarks.
    fn moment(&self) -> Moment {
        let face = self.face();
        let mut moment = Moment {
            shown: [face.bounds.centre(); WATCHED],
            measured: [self.measured().centre(); WATCHED],
        };
        if let Kind::GivenFace(convention) = self.kind {
            moment.measured[0] = convention.apply(&self.measured()).centre();
        }
        let measured = self.landmarks.to_array();
        for (i, (s, m)) in face
            .landmarks
            .to_array()
            .into_iter()
            .zip(measured)
            .enumerate()
        {
            (moment.shown[i + 1], moment.measured[i + 1]) = (s, m);
        }
        moment
    }

    /// Returns the landmark network's window: the previous one while the face hardly moves, because a
    /// moving window adds more landmark jitter than the camera's noise.
    pub(in crate::stages::track) fn window_for(
        &mut self,
        bounds: BoundingBox,
        landmarks: Keypoints5,
    ) -> (BoundingBox, Keypoints5) {
        const STILL: f32 = 0.05;
        let turn =
            |l: &Keypoints5| (l.left_eye.y - l.right_eye.y).atan2(l.left_eye.x - l.right_eye.x);
        if let Some((window, points)) = &self.window {
            let unit = side(window);
            let moved = window.centre().distance(bounds.centre()) / unit;
            let grown = (side(&bounds) / unit - 1.0).abs();
            let turned = (turn(points) - turn(&landmarks)).abs();
            if moved < STILL && grown < STILL && turned < STILL {
                return (*window, *points);
            }
        }
        self.window = Some((bounds, landmarks));
        (bounds, landmarks)
    }

    fn steady_shape(&mut self, secs: f32, filter: OneEuro) {
        let Some(shape) = &self.shape else {
            self.steadied_shape = None;
            return;
        };
        let start = || Box::new(shape.0.map(|p| [p.x, p.y].map(Filtered::starting_at)));
        let steadied = self.steadied_shape.get_or_insert_with(start);
        if secs <= 0.0 {
            return;
        }
        for (filtered, point) in steadied.iter_mut().zip(&shape.0) {
            filtered[0].update(point.x, secs, self.bounds.width, filter);
            filtered[1].update(point.y, secs, self.bounds.width, filter);
        }
    }

    /// Returns the face for the other stages.
    pub(in crate::stages::track) fn face(&self) -> TrackedFace {
        let n = self.steadied.map(|number| number.get());
        let point = |i: usize| Point::new(n[4 + 2 * i], n[5 + 2 * i]);
        let bounds = Rect::from_centre(Point::new(n[0], n[1]), n[2], n[3]);
        let shape = self.steadied_shape.as_ref();
        TrackedFace {
            id: self.id,
            bounds: match self.kind {
                Kind::GivenFace(convention) => convention.apply(&bounds),
                Kind::Face | Kind::Thing => bounds,
            },
            landmarks: Keypoints5::from_array([point(0), point(1), point(2), point(3), point(4)]),
            shape: shape
                .map(|points| Landmarks68(points.map(|[x, y]| Point::new(x.get(), y.get())))),
            score: self.score,
            state: self.state,
        }
    }
}
