//! One benchmark a stage, at the sizes of a live picture: 1280×720 frames, crops of 256.
//!
//! Needs ONNX Runtime (`cargo xtask setup`); without it the networks' stages are left out.
#![expect(
    missing_docs,
    reason = "criterion's macro makes undocumented functions"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vizard::domain::face::{Keypoints5, Score, SearchRegion, TrackId, TrackState, TrackedFace};
use vizard::domain::frame::{Picture, Size};
use vizard::domain::geometry::{Point, Rect};
use vizard::domain::settings::ProviderChoice;
use vizard::inference::runtime::Places;
use vizard::inference::store::ModelStore;
use vizard::pictures::crop_cache::CropCache;
use vizard::pipeline::networks::{NetworkChoice, Networks};
use vizard::stages::align::{Aligner, whole_frame};
use vizard::stages::capture::synthetic::scene;
use vizard::stages::stylize::blur::blur;
use vizard::stages::stylize::flow::{Finder, Flow, Pyramid};

const FRAME: Size = Size::new(1280, 720);
const CROP: u32 = 256;

fn face() -> TrackedFace {
    let at = |x: f32, y: f32| Point::new(640.0 + x, 360.0 + y);
    TrackedFace {
        id: TrackId(0),
        bounds: Rect::new(540.0, 230.0, 200.0, 260.0),
        landmarks: Keypoints5::from_array([
            at(-40.0, -20.0),
            at(40.0, -10.0),
            at(0.0, 20.0),
            at(-30.0, 60.0),
            at(30.0, 66.0),
        ]),
        shape: None,
        score: Score(1.0),
        state: TrackState::Locked,
    }
}

fn align(c: &mut Criterion) {
    let frame = scene(FRAME, 0.0);
    let mut aligner = Aligner::default();
    c.bench_function("align: head", |b| {
        b.iter(|| black_box(aligner.head(&frame, &face(), CROP)));
    });
    c.bench_function("align: whole frame", |b| {
        b.iter(|| black_box(whole_frame(&frame, CROP)));
    });
    let Ok(crop) = aligner.head(&frame, &face(), CROP) else {
        return;
    };
    let mut photo = Pyramid::default();
    let (mut finder, mut flow) = (Finder::default(), Flow::default());
    photo.load(&crop.picture, &mut Vec::new());
    c.bench_function("stylize: flow", |b| {
        b.iter(|| {
            finder.find(&photo, &photo, |_, _| [0.0; 2], &mut flow);
            black_box(flow.nearest(8, 8))
        });
    });
    let small = whole_frame(&frame, CROP).picture;
    c.bench_function("stylize: blur", |b| {
        b.iter(|| {
            let mut copy = Picture::clone(&small);
            blur(&mut copy, 9);
            black_box(copy)
        });
    });
}

fn networks(c: &mut Criterion) {
    let opened = Networks::open(&NetworkChoice {
        places: Places::of_this_process(None, false),
        store: ModelStore::BuiltIn,
        provider: ProviderChoice::Cpu,
    });
    let Ok(mut networks) = opened else {
        return;
    };
    let frame = scene(FRAME, 0.0);
    c.bench_function("detect", |b| {
        let (detector, cache) = (
            &mut networks.face_models.detector,
            &mut CropCache::default(),
        );
        b.iter(|| black_box(detector.detect(cache, &frame, SearchRegion::Whole)));
    });
    c.bench_function("track: one face", |b| {
        let (regressor, face) = (&mut networks.face_models.regressor, face());
        let cache = &mut CropCache::default();
        b.iter(|| black_box(regressor.regress(cache, &frame, &frame, &face.bounds)));
    });
    c.bench_function("landmarks: one face", |b| {
        let (finder, face) = (&mut networks.face_models.landmarks, face());
        let cache = &mut CropCache::default();
        b.iter(|| black_box(finder.find(cache, &frame, &face.bounds, &face.landmarks)));
    });
    let Ok(code) = networks.encoder.encode(&frame) else {
        return;
    };
    c.bench_function("encode a style", |b| {
        b.iter(|| black_box(networks.encoder.encode(&frame)));
    });
    let Ok(crop) = Aligner::default().head(&frame, &face(), CROP) else {
        return;
    };
    c.bench_function("stylize: crop", |b| {
        b.iter(|| {
            let mut crop = crop.clone();
            black_box(networks.stylizer.stylize(&mut crop, &code))
        });
    });
}

criterion_group!(stages, align, networks);
criterion_main!(stages);
