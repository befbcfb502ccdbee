// Places. In every space x grows to the right, y downwards; a pixel's centre lies at + 0.5.

// Clip-space corner 0, 1 or 2 of one triangle that covers the whole target.
fn fullscreen_corner(index: u32) -> vec4<f32> {
    let x = f32(i32(index & 1u) * 4 - 1);
    let y = f32(i32(index >> 1u) * 4 - 1);
    return vec4<f32>(x, y, 0.0, 1.0);
}

// A 2x3 matrix (rows in xyz) times a point.
fn moved(row_x: vec4<f32>, row_y: vec4<f32>, point: vec2<f32>) -> vec2<f32> {
    let p = vec3<f32>(point, 1.0);
    return vec2<f32>(dot(row_x.xyz, p), dot(row_y.xyz, p));
}
