//! What must hold for every point, rectangle and transform.

use std::fmt::Debug;

use proptest::prelude::*;
use vizard::domain::face::Roi;
use vizard::domain::geometry::{CanvasPx, CropPx, FramePx, Point, Rect, Transform};

/// Rotation, two scales, a shear and a move: any map that does not flatten the plane.
fn transforms<To: Debug, From: Debug>() -> impl Strategy<Value = Transform<To, From>> {
    let turn = -3.2f32..3.2;
    let scale = || prop_oneof![0.1f32..8.0, -8.0f32..-0.1];
    let parts = (turn, scale(), scale(), -1.0f32..1.0, places(), places());
    parts
        .prop_map(|(turn, sx, sy, shear, tx, ty)| {
            let (sin, cos) = turn.sin_cos();
            Transform::from_rows([
                [cos * sx, cos * shear - sin * sy, tx],
                [sin * sx, sin * shear + cos * sy, ty],
            ])
        })
        .prop_filter("nearly flat", |t: &Transform<To, From>| t.scale() > 0.1)
}

/// Coordinates in and around a frame.
fn places() -> impl Strategy<Value = f32> {
    -2000.0f32..4000.0
}

fn points<S: Debug>() -> impl Strategy<Value = Point<S>> {
    (places(), places()).prop_map(|(x, y)| Point::new(x, y))
}

fn rects<S: Debug>() -> impl Strategy<Value = Rect<S>> {
    (places(), places(), 0.0f32..3000.0, 0.0f32..3000.0)
        .prop_map(|(x, y, width, height)| Rect::new(x, y, width, height))
}

fn rois() -> impl Strategy<Value = Roi> {
    (points(), 8.0f32..2000.0, -3.2f32..3.2).prop_map(|(centre, side, angle_rad)| Roi {
        centre,
        side,
        angle_rad,
    })
}

/// Whether `inner` lies in `outer`, give or take `slack`.
fn holds<S>(outer: &Rect<S>, inner: &Rect<S>, slack: f32) -> bool {
    inner.x >= outer.x - slack
        && inner.y >= outer.y - slack
        && inner.x + inner.width <= outer.x + outer.width + slack
        && inner.y + inner.height <= outer.y + outer.height + slack
}

proptest! {
    #[test]
    fn a_point_comes_home_through_the_inverse(
        there in transforms::<CropPx, FramePx>(),
        point in points::<FramePx>(),
    ) {
        let back = there.inverse().unwrap();

        let home = back * (there * point);

        // The inverse magnifies the rounding of large coordinates.
        let [[a, b, _], [c, d, _]] = back.rows();
        let growth = a.abs() + b.abs() + c.abs() + d.abs() + 1.0;
        let far = (there * point).distance(Point::new(0.0, 0.0)) + 8000.0;
        prop_assert!(home.distance(point) < growth * far * 1e-5, "{home:?}");
    }

    #[test]
    fn a_composed_transform_equals_two_steps(
        canvas_from_frame in transforms::<CanvasPx, FramePx>(),
        frame_from_crop in transforms::<FramePx, CropPx>(),
        point in points::<CropPx>(),
    ) {
        let composed = canvas_from_frame * frame_from_crop;

        let (once, twice) = (composed * point, canvas_from_frame * (frame_from_crop * point));

        prop_assert!(once.distance(twice) < 4.0, "{once:?} {twice:?}");
    }

    #[test]
    fn a_rois_crop_keeps_its_middle_side_and_angle(roi in rois(), crop_side in 16u32..1024) {
        let frame_from_crop = roi.frame_from_crop(crop_side);
        let side = crop_side as f32;

        let middle = frame_from_crop * Point::new(side / 2.0, side / 2.0);
        let (left, right) = (
            frame_from_crop * Point::new(0.0, 0.0),
            frame_from_crop * Point::new(side, 0.0),
        );

        prop_assert!(middle.distance(roi.centre) < 0.01);
        prop_assert!((left.distance(right) - roi.side).abs() < 0.01);
        let angle = (right.y - left.y).atan2(right.x - left.x);
        let turn = (angle - roi.angle_rad).rem_euclid(std::f32::consts::TAU);
        prop_assert!(turn.min(std::f32::consts::TAU - turn) < 1e-3, "{turn}");
        prop_assert!((frame_from_crop.scale() * side - roi.side).abs() < 0.01);
    }

    #[test]
    fn bounds_hold_every_point_of_the_rectangle(
        there in transforms::<FramePx, CropPx>(),
        rect in rects::<CropPx>(),
        (along, down) in (0.0f32..=1.0, 0.0f32..=1.0),
    ) {
        let inside = Point::new(rect.x + along * rect.width, rect.y + down * rect.height);

        let bounds = there.bounds_of(&rect);

        let image = there * inside;
        prop_assert!(holds(&bounds, &Rect::new(image.x, image.y, 0.0, 0.0), 0.1));
    }

    #[test]
    fn an_intersection_lies_in_both_and_an_iou_in_its_range(
        one in rects::<FramePx>(),
        other in rects::<FramePx>(),
    ) {
        let shared = one.intersection(&other);

        prop_assert!(shared.width >= 0.0 && shared.height >= 0.0);
        if shared.area() > 0.0 {
            prop_assert!(holds(&one, &shared, 1e-2) && holds(&other, &shared, 1e-2));
        }
        prop_assert!((0.0..=1.001).contains(&one.iou(&other)));
        prop_assert!((one.iou(&other) - other.iou(&one)).abs() < 1e-5);
    }

    #[test]
    fn a_rectangle_inside_the_frame_stays_there(rect in rects::<FramePx>()) {
        let frame = Rect::new(0.0, 0.0, 1280.0, 720.0);

        let kept = rect.intersection(&frame);

        prop_assert!(kept.area() == 0.0 || holds(&frame, &kept, 1e-3));
        prop_assert_eq!(kept.intersection(&frame).area(), kept.area());
    }
}
