// The three projections or slices of the volume, with the crop behind the front one and a read-out under the pointer.

import { clamp } from "./maths.js";
import { PLANES, flatten } from "./volumes.js";

export const AXIS_COLOURS = ["#e69f00", "#56b4e9", "#00b585"];

export function heatOf(rgba, shape, plane, at = null) {
  const { pixels, width, height } = flatten(rgba, shape, plane, at);
  for (let n = 3; n < pixels.length; n += 4) pixels[n] = 255 * (pixels[n] / 255) ** 0.7;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

// at: the slices' fractions [x, y, z]; sliced: whether panels show a layer of cells rather than the highest ones.
export function drawPanel(canvas, plane, { rgba, shape, at, on, sliced, crop, joints, colours, chosen, zero }) {
  const side = Math.round(canvas.clientWidth * Math.min(window.devicePixelRatio || 1, 2));
  Object.assign(canvas, { width: side, height: side });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#0c0e13";
  pen.fillRect(0, 0, side, side);
  if (plane === "front" && crop) {
    pen.globalAlpha = 0.38;
    pen.drawImage(crop, 0, 0, side, side);
    pen.globalAlpha = 1;
  }
  const { right, down, along, rising } = PLANES[plane];
  const across = (fractions) => [fractions[right] * side, (rising ? 1 - fractions[down] : fractions[down]) * side];
  drawRoot(pen, plane, across, zero, side);
  if (rgba) {
    const heat = heatOf(rgba, shape, plane, sliced ? at[along] : null);
    pen.imageSmoothingEnabled = heat.width > 24;
    pen.drawImage(heat, 0, 0, side, side);
  }
  drawCross(pen, plane, across, at, on, sliced, side);
  if (!sliced)
    for (const joint of chosen) {
      pen.beginPath();
      pen.arc(...across(joints[joint]), side / 70, 0, 2 * Math.PI);
      pen.lineWidth = side / 110;
      pen.strokeStyle = "rgba(0,0,0,0.7)";
      pen.stroke();
      pen.lineWidth = side / 220;
      pen.strokeStyle = colours[joint];
      pen.stroke();
    }
}

// A dotted line where the depth is the root's.
function drawRoot(pen, plane, across, zero, side) {
  if (plane === "front") return;
  const [x, y] = across([0.5, 0.5, zero]);
  pen.strokeStyle = "rgba(255,255,255,0.28)";
  pen.lineWidth = 1;
  pen.setLineDash([2, 4]);
  pen.beginPath();
  if (plane === "side") pen.moveTo(x, 0), pen.lineTo(x, side);
  else pen.moveTo(0, y), pen.lineTo(side, y);
  pen.stroke();
  pen.setLineDash([]);
}

function drawCross(pen, plane, across, at, on, sliced, side) {
  const { right, down } = PLANES[plane];
  const [x, y] = across(at);
  pen.lineWidth = Math.max(1, side / 200);
  for (const [axis, from, to] of [[right, [x, 0], [x, side]], [down, [0, y], [side, y]]]) {
    if (!on[axis] && !sliced) continue;
    pen.strokeStyle = AXIS_COLOURS[axis];
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  }
}

// The fractions under a pointer at parts (0..1) of a panel; the axis looked along keeps its slice.
export function fractionsAt(plane, [x, y], at) {
  const { right, down, rising } = PLANES[plane];
  const out = [...at];
  out[right] = clamp(x, 0, 1);
  out[down] = clamp(rising ? 1 - y : y, 0, 1);
  return out;
}
