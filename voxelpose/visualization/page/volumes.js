// The likelihoods: 8 bits per cell, in parts of each joint's peak; cells in the order joint, depth, height, width.

const BITS = 255;

// The bytes of a blob that was gzipped and written in base64.
export async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// One stage's cells: shape [width, height, depth].
export class Stage {
  constructor(shape, joints, cells) {
    const [width, height, depth] = shape;
    if (cells.length !== width * height * depth * joints)
      throw new Error(`Expected ${width * height * depth * joints} cells. Received: ${cells.length}.`);
    Object.assign(this, { shape, joints, cells, size: width * height * depth });
  }

  of(joint) {
    return this.cells.subarray(joint * this.size, (joint + 1) * this.size);
  }

  // Likelihood in parts of the joint's peak in the cell that holds the fractions, 0 outside.
  at(joint, fractions) {
    const index = fractions.map((value, axis) => Math.floor(value * this.shape[axis]));
    if (index.some((value, axis) => value < 0 || value >= this.shape[axis])) return 0;
    const [width, height] = this.shape;
    return this.of(joint)[(index[2] * height + index[1]) * width + index[0]] / BITS;
  }
}

// RGBA cells for the 3D texture: the highest of the chosen joints as alpha, their colours mixed by likelihood,
// already multiplied by alpha so that interpolation between cells stays right. colours: one [r, g, b] in 0..1 a joint.
export function combine(stage, chosen, colours) {
  const { size } = stage;
  const highest = new Uint8Array(size);
  const sum = new Float32Array(size);
  const mixed = [new Float32Array(size), new Float32Array(size), new Float32Array(size)];
  for (const joint of chosen) {
    const cells = stage.of(joint);
    const [r, g, b] = colours[joint];
    for (let n = 0; n < size; n++) {
      const value = cells[n];
      if (value === 0) continue;
      if (value > highest[n]) highest[n] = value;
      sum[n] += value;
      mixed[0][n] += r * value;
      mixed[1][n] += g * value;
      mixed[2][n] += b * value;
    }
  }
  const rgba = new Uint8Array(4 * size);
  for (let n = 0; n < size; n++) {
    if (highest[n] === 0) continue;
    const factor = highest[n] / sum[n];
    for (let channel = 0; channel < 3; channel++) rgba[4 * n + channel] = Math.round(mixed[channel][n] * factor);
    rgba[4 * n + 3] = highest[n];
  }
  return rgba;
}

// The box of fractions outside of which nothing reaches the threshold (0..1): [low, high], or null if nothing does.
export function bounds(rgba, [width, height, depth], threshold) {
  const least = Math.max(1, Math.floor(threshold * BITS));
  const low = [width, height, depth];
  const high = [-1, -1, -1];
  let n = 3;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, n += 4) {
        if (rgba[n] < least) continue;
        if (x < low[0]) low[0] = x;
        if (y < low[1]) low[1] = y;
        if (z < low[2]) low[2] = z;
        if (x > high[0]) high[0] = x;
        if (y > high[1]) high[1] = y;
        if (z > high[2]) high[2] = z;
      }
  if (high[0] < 0) return null;
  // Interpolation carries a cell's value to the middle of its neighbours.
  const shape = [width, height, depth];
  return [
    low.map((value, axis) => Math.max(0, (value - 0.5) / shape[axis])),
    high.map((value, axis) => Math.min(1, (value + 1.5) / shape[axis])),
  ];
}

// What a panel shows: which grid axis runs to the right, which one down (false) or up (true), which one is looked along.
export const PLANES = {
  front: { right: 0, down: 1, along: 2, rising: false },
  side: { right: 2, down: 1, along: 0, rising: false },
  above: { right: 0, down: 2, along: 1, rising: true },
};

// RGBA picture of a plane: the highest cells along the line of sight, or those of the cell layer at a fraction.
export function flatten(rgba, shape, plane, at = null) {
  const { right, down, along, rising } = PLANES[plane];
  const strides = [1, shape[0], shape[0] * shape[1]];
  const [width, height] = [shape[right], shape[down]];
  const first = at === null ? 0 : Math.min(shape[along] - 1, Math.floor(at * shape[along]));
  const last = at === null ? shape[along] : first + 1;
  const out = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const start = column * strides[right] + (rising ? height - 1 - row : row) * strides[down];
      let best = -1;
      let place = start;
      for (let k = first; k < last; k++) {
        const cell = start + k * strides[along];
        if (rgba[4 * cell + 3] > best) [best, place] = [rgba[4 * cell + 3], cell];
      }
      const target = 4 * (row * width + column);
      const alpha = Math.max(best, 1);
      for (let channel = 0; channel < 3; channel++) out[target + channel] = (rgba[4 * place + channel] * BITS) / alpha;
      out[target + 3] = best;
    }
  return { pixels: out, width, height };
}

const COARSE = 24;
const FINER = 3;

// Cells for the scene: an axis of few cells is interpolated by cubics to three times as many, so that a coarse volume
// shows its shape and not its corners. The middle one of every three keeps the cell's own value.
export function refine(rgba, shape) {
  let values = Float32Array.from(rgba);
  let now = [...shape];
  for (const axis of [0, 1, 2])
    if (shape[axis] > 1 && shape[axis] <= COARSE) {
      values = refineAxis(values, now, axis);
      now = now.map((count, n) => (n === axis ? count * FINER : count));
    }
  return { rgba: Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value)))), shape: now };
}

function refineAxis(values, shape, axis) {
  const stride = 4 * [1, shape[0], shape[0] * shape[1]][axis];
  const count = shape[axis];
  const out = new Float32Array(values.length * FINER);
  for (let start = 0; start < values.length; start += stride * count)
    for (let n = 0; n < count; n++)
      for (let part = 0; part < FINER; part++) {
        // Catmull and Rom's cubic through the two cells around the place and one more on either side.
        const shift = (part + 0.5) / FINER - 0.5;
        const first = shift < 0 ? n - 1 : n;
        const t = shift < 0 ? shift + 1 : shift;
        const weights = [((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t];
        const rows = [-1, 0, 1, 2].map((k) => start + stride * Math.min(count - 1, Math.max(0, first + k)));
        const target = start * FINER + stride * (n * FINER + part);
        for (let k = 0; k < stride; k++)
          out[target + k] = 0.5 * (weights[0] * values[rows[0] + k] + weights[1] * values[rows[1] + k] + weights[2] * values[rows[2] + k] + weights[3] * values[rows[3] + k]);
      }
  return out;
}
