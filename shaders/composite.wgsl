// Covers a frame with up to seven styled crops, in linear light. The meaning is told in
// src/stages/composite/mod.rs; cpu.rs does the same on the CPU.

// `Layer` in src/gpu/uniforms.rs.
struct Layer {
    // Rows of crop_from_frame in xyz; w is unused.
    crop_from_frame_x: vec4<f32>,
    crop_from_frame_y: vec4<f32>,
    // Width and height of the crop in pixels.
    size: vec2<f32>,
    // Scales the mask, in [0, 1].
    opacity: f32,
    padding: f32,
}

// `CompositeUniforms` in src/gpu/uniforms.rs.
struct CompositeUniforms {
    layers: array<Layer, 7>,
    // Layers that are drawn.
    count: u32,
    padding_x: u32,
    padding_y: u32,
    padding_z: u32,
}

@group(0) @binding(0) var<uniform> uniforms: CompositeUniforms;
// sRGB-encoded values.
@group(0) @binding(1) var frame: texture_2d<f32>;
// The hardware decodes to linear light; alpha is the mask.
@group(0) @binding(2) var crop_0: texture_2d<f32>;
@group(0) @binding(3) var crop_1: texture_2d<f32>;
@group(0) @binding(4) var crop_2: texture_2d<f32>;
@group(0) @binding(5) var crop_3: texture_2d<f32>;
@group(0) @binding(6) var crop_4: texture_2d<f32>;
@group(0) @binding(7) var crop_5: texture_2d<f32>;
@group(0) @binding(8) var crop_6: texture_2d<f32>;

// A crop texel multiplied by its mask; beyond the edge, the edge.
fn texel(crop: texture_2d<f32>, at: vec2<i32>, last: vec2<i32>) -> vec4<f32> {
    let value = textureLoad(crop, clamp(at, vec2<i32>(0), last), 0);
    return vec4<f32>(value.rgb * value.a, value.a);
}

// The crop at `point` (frame pixels): light times mask, and mask.
fn sampled(crop: texture_2d<f32>, layer: Layer, point: vec2<f32>) -> vec4<f32> {
    let in_crop = moved(layer.crop_from_frame_x, layer.crop_from_frame_y, point);
    if any(in_crop < vec2<f32>(0.0)) || any(in_crop > layer.size) {
        return vec4<f32>(0.0);
    }
    let corner = floor(in_crop - 0.5);
    let amount = in_crop - 0.5 - corner;
    let at = vec2<i32>(corner);
    let last = vec2<i32>(layer.size) - 1;
    let top = mix(
        texel(crop, at, last),
        texel(crop, at + vec2<i32>(1, 0), last),
        amount.x,
    );
    let low = mix(
        texel(crop, at + vec2<i32>(0, 1), last),
        texel(crop, at + vec2<i32>(1, 1), last),
        amount.x,
    );
    return mix(top, low, amount.y) * layer.opacity;
}

// `below` (light, and how much of the frame shows) covered by `top`.
fn covered(below: vec4<f32>, top: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(below.rgb * (1.0 - top.a) + top.rgb, below.a * (1.0 - top.a));
}

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return fullscreen_corner(index);
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let point = position.xy;
    let kept = textureLoad(frame, vec2<i32>(point), 0);
    var canvas = vec4<f32>(linear_from_srgb(kept.rgb), 1.0);
    if uniforms.count > 0u {
        canvas = covered(canvas, sampled(crop_0, uniforms.layers[0], point));
    }
    if uniforms.count > 1u {
        canvas = covered(canvas, sampled(crop_1, uniforms.layers[1], point));
    }
    if uniforms.count > 2u {
        canvas = covered(canvas, sampled(crop_2, uniforms.layers[2], point));
    }
    if uniforms.count > 3u {
        canvas = covered(canvas, sampled(crop_3, uniforms.layers[3], point));
    }
    if uniforms.count > 4u {
        canvas = covered(canvas, sampled(crop_4, uniforms.layers[4], point));
    }
    if uniforms.count > 5u {
        canvas = covered(canvas, sampled(crop_5, uniforms.layers[5], point));
    }
    if uniforms.count > 6u {
        canvas = covered(canvas, sampled(crop_6, uniforms.layers[6], point));
    }
    if canvas.a == 1.0 {
        // Untouched: the very bytes of the frame.
        return kept;
    }
    return vec4<f32>(srgb_from_linear(canvas.rgb), kept.a);
}
