// The photograph with the skeleton on it, and the likelihood of the chosen joints where the crop lies.

const HALO = "rgba(255,255,255,0.75)";

// layers: {skeleton, decodes, truth, heat}; heat: a canvas over the whole crop, or null; place: the crop's affine map
// from fractions to pixels of the photograph, [[a, b, c], [d, e, f]].
export function drawPicture(canvas, { image, size, frame, skeleton, colours, layers, heat, place, marks }) {
  const [width, height] = size;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const shown = canvas.clientWidth;
  canvas.width = Math.round(shown * ratio);
  canvas.height = Math.round((shown * ratio * height) / width);
  const pen = canvas.getContext("2d");
  const factor = canvas.width / width;
  pen.setTransform(factor, 0, 0, factor, factor / 2, factor / 2);
  if (image) pen.drawImage(image, -0.5, -0.5, width, height);
  if (heat && place) {
    pen.save();
    pen.fillStyle = "rgba(10,12,18,0.35)";
    pen.fillRect(-0.5, -0.5, width, height);
    const [[a, b, c], [d, e, f]] = place;
    pen.transform(a / heat.width, d / heat.width, b / heat.height, e / heat.height, c, f);
    pen.drawImage(heat, 0, 0);
    pen.restore();
  }
  const unit = 1 / factor;
  if (layers.box) drawBox(pen, frame.box, unit);
  const thick = Math.max(2.2 * ratio, canvas.width / 190) * unit;
  if (layers.skeleton) drawBones(pen, frame.joints2d, skeleton, colours, frame.confidence, thick);
  for (const { points, colour, shape } of marks) points.forEach((point) => drawMark(pen, point, colour, shape, thick));
}

function drawBox(pen, [x, y, width, height], unit) {
  pen.strokeStyle = "rgba(255,255,255,0.7)";
  pen.lineWidth = 1.2 * unit;
  pen.setLineDash([6 * unit, 5 * unit]);
  pen.strokeRect(x - 0.5, y - 0.5, width, height);
  pen.setLineDash([]);
}

function drawBones(pen, points, { parents }, colours, confidence, thick) {
  pen.lineCap = "round";
  for (const halo of [true, false])
    points.forEach((point, joint) => {
      const parent = parents[joint];
      if (parent === joint) return;
      pen.globalAlpha = 0.35 + 0.65 * Math.min(confidence[joint], confidence[parent]);
      pen.strokeStyle = halo ? HALO : colours.bones[joint];
      pen.lineWidth = halo ? thick * 1.7 : thick;
      pen.beginPath();
      pen.moveTo(...points[parent]);
      pen.lineTo(...point);
      pen.stroke();
    });
  pen.globalAlpha = 1;
  points.forEach((point, joint) => {
    pen.beginPath();
    pen.arc(...point, thick * 0.95, 0, 2 * Math.PI);
    pen.fillStyle = "white";
    pen.fill();
    pen.lineWidth = thick * 0.55;
    pen.strokeStyle = colours.bones[joint];
    pen.stroke();
  });
}

export function drawMark(pen, [x, y], colour, shape, size) {
  const r = size * 1.5;
  pen.beginPath();
  if (shape === "square") pen.rect(x - r, y - r, 2 * r, 2 * r);
  else if (shape === "diamond") {
    pen.moveTo(x, y - 1.4 * r);
    pen.lineTo(x + 1.4 * r, y);
    pen.lineTo(x, y + 1.4 * r);
    pen.lineTo(x - 1.4 * r, y);
    pen.closePath();
  } else pen.arc(x, y, r, 0, 2 * Math.PI);
  pen.lineWidth = size * 0.9;
  pen.strokeStyle = "rgba(0,0,0,0.65)";
  pen.stroke();
  pen.lineWidth = size * 0.5;
  pen.strokeStyle = colour;
  pen.stroke();
}
