// The programs that run on the graphics card. Positions are mm in the camera's frame throughout.

export const SOLID_VERTEX = `#version 300 es
in vec3 corner;
in vec3 normal;
in vec4 column0; in vec4 column1; in vec4 column2; in vec4 column3;
in vec4 colour;
uniform mat4 view;
out vec3 facing;
out vec3 place;
out vec4 tint;
void main() {
  mat4 pose = mat4(column0, column1, column2, column3);
  vec4 world = pose * vec4(corner, 1.0);
  facing = normalize(inverse(transpose(mat3(pose))) * normal);
  place = world.xyz;
  tint = colour;
  gl_Position = view * world;
}`;

// Joints and bones: lit from behind the eye and from above. Ellipsoids: clear in the middle, dense at the rim.
export const SOLID_FRAGMENT = `#version 300 es
precision highp float;
in vec3 facing;
in vec3 place;
in vec4 tint;
uniform vec3 eye;
uniform bool glassy;
out vec4 result;
void main() {
  vec3 toEye = normalize(eye - place);
  float cosine = dot(normalize(facing), toEye);
  if (glassy) {
    float rim = pow(1.0 - abs(cosine), 2.5);
    float alpha = tint.a * mix(0.10, 0.95, rim);
    result = vec4(tint.rgb * alpha, alpha);
    return;
  }
  float fromAbove = 0.5 - 0.5 * normalize(facing).y;
  float light = 0.42 + 0.38 * max(cosine, 0.0) + 0.25 * fromAbove;
  float shine = pow(max(cosine, 0.0), 24.0) * 0.18;
  result = vec4(tint.rgb * light + shine, 1.0) * tint.a;
}`;

export const PLANE_VERTEX = `#version 300 es
in vec3 corner;
in vec2 texel;
uniform mat4 view;
out vec3 place;
out vec2 where;
void main() {
  place = corner;
  where = texel;
  gl_Position = view * vec4(corner, 1.0);
}`;

// kind 0: one colour; 1: the photograph; 2: the ground's grid of half metres; 3: a slice through the volume.
export const PLANE_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
in vec3 place;
in vec2 where;
uniform int kind;
uniform vec4 colour;
uniform vec3 middle;
uniform sampler2D photograph;
uniform sampler3D volume;
uniform mat4 toFractions;
out vec4 result;
float line(vec2 at, float width) {
  vec2 near = abs(fract(at - 0.5) - 0.5) / fwidth(at);
  return 1.0 - clamp(min(near.x, near.y) - width, 0.0, 1.0);
}
void main() {
  if (kind == 0) result = vec4(colour.rgb * colour.a, colour.a);
  if (kind == 1) result = vec4(texture(photograph, where).rgb * colour.a, colour.a);
  if (kind == 2) {
    vec2 at = (place.xz - middle.xz) / 1000.0;
    float fade = 1.0 - smoothstep(0.8, 2.4, length(at));
    float strength = max(line(at, 0.4), 0.45 * line(at * 2.0, 0.1));
    float alpha = fade * (0.07 + colour.a * strength);
    result = vec4(colour.rgb * alpha, alpha);
  }
  if (kind == 3) {
    vec4 q = toFractions * vec4(place, 1.0);
    vec4 found = texture(volume, vec3(q.xy / q.z, q.w));
    float alpha = max(found.a, 0.0);
    vec3 paint = found.rgb / max(found.a, 1e-4);
    paint += (1.0 - paint) * 0.6 * pow(alpha, 3.0);
    float glass = colour.a;
    result = vec4(mix(colour.rgb * glass, paint, alpha), max(glass, alpha));
  }
}`;

export const SCREEN_VERTEX = `#version 300 es
in vec2 corner;
out vec2 at;
void main() {
  at = corner;
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

// Marches along the ray of a pixel through the box of fractions [low, high], at most two thirds of a cell a step.
export const MARCH_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
in vec2 at;
uniform mat4 fromClip;
uniform mat4 toFractions;
uniform sampler3D volume;
uniform sampler2D solids;
uniform vec2 panel;
uniform vec3 low, high, cells;
uniform float threshold, opacity;
uniform bool emission, blocked;
out vec4 result;
const int MOST = 384;
// Of the emission, per width of the volume: a coarse volume is as dense as a fine one.
const float DENSITY = 28.0;
vec3 fractions(vec4 q) { return vec3(q.xy / q.z, q.w); }
void main() {
  result = vec4(0.0);
  vec4 a = fromClip * vec4(at, -1.0, 1.0), b = fromClip * vec4(at, 1.0, 1.0);
  vec4 q0 = toFractions * vec4(a.xyz / a.w, 1.0), q1 = toFractions * vec4(b.xyz / b.w, 1.0) - q0;
  float start = 0.0, end = 1.0;
  // Six half spaces, each linear along the ray: value + t * slope >= 0.
  for (int side = 0; side < 7; side++) {
    int axis = side % 3;
    float value, slope;
    if (side == 6) { value = q0.z; slope = q1.z; }
    else if (axis == 2) {
      value = side < 3 ? q0.w - low.z : high.z - q0.w;
      slope = side < 3 ? q1.w : -q1.w;
    } else {
      float edge = side < 3 ? low[axis] : high[axis], sign = side < 3 ? 1.0 : -1.0;
      value = sign * (q0[axis] - edge * q0.z);
      slope = sign * (q1[axis] - edge * q1.z);
    }
    if (slope == 0.0) { if (value < 0.0) return; }
    else if (slope > 0.0) start = max(start, -value / slope);
    else end = min(end, -value / slope);
  }
  if (blocked) {
    float depth = texture(solids, gl_FragCoord.xy / panel).r * 2.0 - 1.0;
    vec4 c = fromClip * vec4(at, depth, 1.0);
    end = min(end, length(c.xyz / c.w - a.xyz / a.w) / length(b.xyz / b.w - a.xyz / a.w));
  }
  if (end <= start) return;
  vec3 f0 = fractions(q0 + start * q1), f1 = fractions(q0 + end * q1);
  float span = length((f1 - f0) * cells);
  int steps = clamp(int(span * 1.5) + 1, 2, MOST);
  float step = (end - start) / float(steps);
  float thickness = span / float(steps) / max(cells.x, max(cells.y, cells.z));
  vec4 best = vec4(0.0), gathered = vec4(0.0);
  for (int n = 0; n < MOST; n++) {
    if (n >= steps) break;
    vec4 found = texture(volume, fractions(q0 + (start + (float(n) + 0.5) * step) * q1));
    if (!emission) {
      if (found.a > best.a) best = found;
    } else if (found.a > threshold) {
      float value = (found.a - threshold) / (1.0 - threshold);
      float alpha = 1.0 - exp(-value * opacity * opacity * DENSITY * thickness);
      vec3 paint = found.rgb / found.a;
      paint += (1.0 - paint) * 0.55 * value * value * value;
      gathered += (1.0 - gathered.a) * alpha * vec4(paint, 1.0);
      if (gathered.a > 0.985) break;
    }
  }
  if (emission) { result = gathered; return; }
  if (best.a <= threshold || best.a <= 0.0) return;
  float alpha = opacity * best.a;
  vec3 paint = best.rgb / best.a;
  paint += (1.0 - paint) * 0.7 * pow(best.a, 4.0);
  result = vec4(paint * alpha, alpha);
}`;

export const COPY_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D source;
out vec4 result;
void main() { result = texture(source, at * 0.5 + 0.5); }`;
