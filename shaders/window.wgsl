// Textured triangles as egui makes them, laid over each other. Colours are sRGB-encoded with
// premultiplied alpha and are blended as they are, as on the web.

struct WindowUniforms {
    // Width and height of the window, points.
    points: vec2<f32>,
    padding: vec2<f32>,
}

@group(0) @binding(0) var<uniform> uniforms: WindowUniforms;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var picture_sampler: sampler;

struct Corner {
    @builtin(position) at: vec4<f32>,
    @location(0) place: vec2<f32>,
    @location(1) colour: vec4<f32>,
}

// `at` in points, `place` in the texture's widths and heights.
@vertex
fn vs_main(
    @location(0) at: vec2<f32>,
    @location(1) place: vec2<f32>,
    @location(2) colour: vec4<f32>,
) -> Corner {
    let part = at / uniforms.points;
    return Corner(vec4<f32>(2.0 * part.x - 1.0, 1.0 - 2.0 * part.y, 0.0, 1.0), place, colour);
}

@fragment
fn fs_main(corner: Corner) -> @location(0) vec4<f32> {
    return corner.colour * textureSample(picture, picture_sampler, corner.place);
}
