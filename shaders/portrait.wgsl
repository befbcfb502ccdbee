// Paints a crop's face with a portrait, a thread a pixel. The meaning is told in
// src/stages/stylize/portrait/paint.rs, whose `Sitting::paint` does the same on the CPU.

// The twin's constants; on_gpu.rs hands them over.
override STEP: f32;
override SIDE: f32;
override CELL: f32;
override SMALL: f32;
override SKIN: f32;
override FEATURES: f32;
override LIGHT: f32;
override SKIN_FROM: f32;
override SKIN_TO: f32;

// `PortraitUniforms` in src/gpu/uniforms.rs.
struct PortraitUniforms {
    // Width and height of the crop, pixels.
    size: vec2<u32>,
    // Nodes of the field from left to right and from top to bottom.
    field: vec2<u32>,
    // Width and height of the light's plane.
    light: vec2<u32>,
    // Side of the skin's grid; 0 where the skin is unknown.
    skin: u32,
    // From 0 (the painted face) to 1 (the person's).
    likeness: f32,
}

@group(0) @binding(0) var<uniform> uniforms: PortraitUniforms;
// For each brightness the painter's colour, and in w the painting's brightness.
@group(0) @binding(1) var<uniform> tones: array<vec4<f32>, 256>;
// sRGB-encoded values, as all colours here.
@group(0) @binding(2) var photo: texture_2d<f32>;
@group(0) @binding(3) var colours: texture_2d<f32>;
@group(0) @binding(4) var shapes: texture_2d<f32>;
// Where each cell takes its strokes from, cells.
@group(0) @binding(5) var cells: texture_2d<i32>;
@group(0) @binding(6) var<storage, read> nodes: array<vec2<f32>>;
// The light, then the skin.
@group(0) @binding(7) var<storage, read> planes: array<f32>;
// The crop, RGBA8, red lowest.
@group(0) @binding(8) var<storage, read_write> pixels: array<u32>;

fn luma(colour: vec3<f32>) -> f32 {
    return dot(colour, vec3<f32>(0.299, 0.587, 0.114));
}

// Where a place of the crop lies on the painted face's square, pixels.
fn square_from_crop(place: vec2<f32>) -> vec2<f32> {
    let at = clamp(place / STEP, vec2<f32>(0.0), vec2<f32>(uniforms.field) - 1.001);
    let corner = vec2<u32>(at);
    let amount = at - vec2<f32>(corner);
    let i = corner.y * uniforms.field.x + corner.x;
    let j = i + uniforms.field.x;
    let upper = mix(nodes[i], nodes[i + 1u], amount.x);
    let lower = mix(nodes[j], nodes[j + 1u], amount.x);
    return mix(upper, lower, amount.y);
}

// A plane of `size` that begins at `first`, at `place` in its pixels.
fn plane(first: u32, size: vec2<u32>, place: vec2<f32>) -> f32 {
    let at = clamp(place - 0.5, vec2<f32>(0.0), vec2<f32>(size) - 1.0);
    let near = vec2<u32>(at);
    let far = min(near + 1u, size - 1u);
    let amount = at - vec2<f32>(near);
    let i = first + near.y * size.x;
    let j = first + far.y * size.x;
    let upper = mix(planes[i + near.x], planes[i + far.x], amount.x);
    let lower = mix(planes[j + near.x], planes[j + far.x], amount.x);
    return mix(upper, lower, amount.y);
}

// How much of a place is skin.
fn bare(place: vec2<f32>) -> f32 {
    if uniforms.skin == 0u {
        return 1.0;
    }
    let first = uniforms.light.x * uniforms.light.y;
    let in_grid = place / vec2<f32>(uniforms.size) * f32(uniforms.skin);
    let opacity = plane(first, vec2<u32>(uniforms.skin), in_grid);
    return clamp((opacity - SKIN_FROM) / (SKIN_TO - SKIN_FROM), 0.0, 1.0);
}

// The painter's colour for a brightness, and in w the painting's brightness.
fn tone(brightness: f32) -> vec4<f32> {
    let v = clamp(brightness, 0.0, 255.0);
    let i = min(u32(v), 254u);
    return mix(tones[i], tones[i + 1u], v - f32(i));
}

// What the painting has at a place.
struct Strokes {
    colour: vec3<f32>,
    shape: vec3<f32>,
}

fn mixed(a: Strokes, b: Strokes, amount: f32) -> Strokes {
    return Strokes(mix(a.colour, b.colour, amount), mix(a.shape, b.shape, amount));
}

fn texel(at: vec2<i32>) -> Strokes {
    let colour = textureLoad(colours, at, 0).rgb;
    let shape = textureLoad(shapes, at, 0).rgb;
    return Strokes(colour * 255.0, shape * 255.0);
}

// The painting at `place` of the square, `offset` cells away.
fn painting(place: vec2<f32>, offset: vec2<i32>) -> Strokes {
    let there = place + vec2<f32>(offset) * CELL - 0.5;
    let at = clamp(there, vec2<f32>(0.0), vec2<f32>(SIDE - 1.001));
    let corner = vec2<i32>(at);
    let amount = at - vec2<f32>(corner);
    let upper = mixed(texel(corner), texel(corner + vec2<i32>(1, 0)), amount.x);
    let below = corner + vec2<i32>(0, 1);
    let lower = mixed(texel(below), texel(below + vec2<i32>(1, 0)), amount.x);
    return mixed(upper, lower, amount.y);
}

// The same, mixed from the chunks around.
fn strokes(place: vec2<f32>) -> Strokes {
    let at = clamp(place / CELL - 0.5, vec2<f32>(0.0), vec2<f32>(SIDE / CELL - 1.001));
    let corner = vec2<i32>(at);
    let amount = at - vec2<f32>(corner);
    let a = textureLoad(cells, corner, 0).xy;
    let b = textureLoad(cells, corner + vec2<i32>(1, 0), 0).xy;
    let c = textureLoad(cells, corner + vec2<i32>(0, 1), 0).xy;
    let d = textureLoad(cells, corner + vec2<i32>(1, 1), 0).xy;
    if all(a == b) && all(a == c) && all(a == d) {
        return painting(place, a);
    }
    let upper = mixed(painting(place, a), painting(place, b), amount.x);
    let lower = mixed(painting(place, c), painting(place, d), amount.x);
    return mixed(upper, lower, amount.y);
}

// The painted colour of a place whose photo has this brightness.
fn painted(place: vec2<f32>, in_square: vec2<f32>, brightness: f32) -> vec3<f32> {
    let here = strokes(in_square);
    let light = plane(0u, uniforms.light, place / SMALL);
    let own = tone(brightness).w - light;
    let shape = (here.shape.x - 128.0) * 2.0;
    let strength = mix(SKIN, FEATURES, here.shape.z / 255.0);
    let change = own * strength - shape + LIGHT * (light - here.shape.y);
    let from_brightness = luma(here.colour);
    let to_brightness = from_brightness + uniforms.likeness * change;
    return here.colour + tone(to_brightness).rgb - tone(from_brightness).rgb;
}

@compute @workgroup_size(8, 8)
fn cs_main(@builtin(global_invocation_id) id: vec3<u32>) {
    if any(id.xy >= uniforms.size) {
        return;
    }
    let place = vec2<f32>(id.xy) + 0.5;
    let in_square = square_from_crop(place);
    let nearest = vec2<i32>(clamp(in_square, vec2<f32>(0.0), vec2<f32>(SIDE - 1.0)));
    var face = textureLoad(colours, nearest, 0).a;
    if face <= 0.0 {
        return;
    }
    face *= bare(place);
    if face <= 0.0 {
        return;
    }
    let brightness = luma(textureLoad(photo, vec2<i32>(id.xy), 0).rgb * 255.0);
    let value = clamp(painted(place, in_square, brightness), vec3<f32>(0.0), vec3<f32>(255.0));
    let i = id.y * uniforms.size.x + id.x;
    let kept = pixels[i];
    let before = vec3<f32>((vec3<u32>(kept) >> vec3<u32>(0u, 8u, 16u)) & vec3<u32>(255u));
    let after = vec3<u32>(mix(before, value, face) + 0.5);
    pixels[i] = after.r | (after.g << 8u) | (after.b << 16u) | (kept & 0xff000000u);
}
