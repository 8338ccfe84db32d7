// Vectors, 4x4 matrices (column by column, as WebGL wants them) and the views of the scene.
// Points are in the camera's frame: x right, y down, z away from the camera, in mm.

export const add = (a, b) => a.map((value, n) => value + b[n]);
export const subtract = (a, b) => a.map((value, n) => value - b[n]);
export const scale = (a, factor) => a.map((value) => value * factor);
export const dot = (a, b) => a.reduce((sum, value, n) => sum + value * b[n], 0);
export const length = (a) => Math.sqrt(dot(a, a));
export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function normalise(a) {
  const size = length(a);
  return size > 0 ? scale(a, 1 / size) : a;
}

export function multiply(a, b) {
  const out = new Array(16).fill(0);
  for (let column = 0; column < 4; column++)
    for (let row = 0; row < 4; row++)
      for (let k = 0; k < 4; k++) out[4 * column + row] += a[4 * k + row] * b[4 * column + k];
  return out;
}

// The 4x4 matrix times (x, y, z, w).
export function transform(matrix, [x, y, z, w = 1]) {
  return [0, 1, 2, 3].map((row) => matrix[row] * x + matrix[4 + row] * y + matrix[8 + row] * z + matrix[12 + row] * w);
}

// A point's place on a screen of width x height pixels, or null behind the eye.
export function toScreen(matrix, point, width, height) {
  const [x, y, , w] = transform(matrix, point);
  return w > 0 ? [((x / w + 1) / 2) * width, ((1 - y / w) / 2) * height] : null;
}

export function invert(matrix) {
  const rows = [0, 1, 2, 3].map((r) => [0, 1, 2, 3].map((c) => matrix[4 * c + r]).concat([0, 1, 2, 3].map((c) => +(c === r))));
  for (let c = 0; c < 4; c++) {
    let best = c;
    for (let r = c + 1; r < 4; r++) if (Math.abs(rows[r][c]) > Math.abs(rows[best][c])) best = r;
    [rows[c], rows[best]] = [rows[best], rows[c]];
    const pivot = rows[c][c];
    rows[c] = rows[c].map((value) => value / pivot);
    for (let r = 0; r < 4; r++) {
      const factor = rows[r][c];
      if (r !== c) rows[r] = rows[r].map((value, n) => value - factor * rows[c][n]);
    }
  }
  return [0, 1, 2, 3].flatMap((c) => [0, 1, 2, 3].map((r) => rows[r][4 + c]));
}

export function perspective(fieldOfView, aspect, near, far) {
  const f = 1 / Math.tan(fieldOfView / 2);
  return [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0];
}

export function lookAt(eye, target, up) {
  const forward = normalise(subtract(target, eye));
  const right = normalise(cross(forward, up));
  const above = cross(right, forward);
  return [
    right[0], above[0], -forward[0], 0,
    right[1], above[1], -forward[1], 0,
    right[2], above[2], -forward[2], 0,
    -dot(right, eye), -dot(above, eye), dot(forward, eye), 1,
  ];
}

// Where a photograph of width x height lies in a panel that shows all of it: scale and left and top edge.
export function contain(width, height, panelWidth, panelHeight) {
  const factor = Math.min(panelWidth / width, panelHeight / height);
  return { factor, left: (panelWidth - factor * width) / 2, top: (panelHeight - factor * height) / 2 };
}

// The view through the photograph's own camera: a point lands where it lies in the photograph shown in the panel.
export function lensView(camera, panelWidth, panelHeight, near, far) {
  const { factor, left, top } = contain(camera.width, camera.height, panelWidth, panelHeight);
  const x = (2 / panelWidth) * factor;
  const y = (2 / panelHeight) * factor;
  const middleX = x * (camera.cx + 0.5) + (2 / panelWidth) * left - 1;
  const middleY = 1 - y * (camera.cy + 0.5) - (2 / panelHeight) * top;
  return [x * camera.fx, 0, 0, 0, 0, -y * camera.fy, 0, 0, middleX, middleY, (far + near) / (far - near), 1, 0, 0, (-2 * far * near) / (far - near), 0];
}
