// The scene in space: draws what it is told, and knows nothing of buttons.

import { BOX_EDGES } from "./frustum.js";
import { Flat, Instanced, Target, program, screen, texture, use } from "./graphics.js";
import { add, invert, scale, subtract } from "./maths.js";
import { COPY_FRAGMENT, MARCH_FRAGMENT, PLANE_FRAGMENT, PLANE_VERTEX, SCREEN_VERTEX, SOLID_FRAGMENT, SOLID_VERTEX } from "./shaders.js";
import { rodMesh, sphereMesh } from "./solids.js";

export const NEAR = 40;
export const FAR = 60000;
const BACKGROUND = [0.063, 0.071, 0.09];
const KIND = { plain: 0, photograph: 1, ground: 2, slice: 3 };
const UNIT = { volume: 0, photograph: 1, solids: 2 };
// Slices through the volume, by axis x, y, z.
const SLICE_TINTS = [[0.9, 0.62, 0, 0.1], [0.34, 0.71, 0.91, 0.1], [0, 0.62, 0.45, 0.1]];

export class Scene {
  // Throws where there is no WebGL2.
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: false, preserveDrawingBuffer: true });
    if (gl === null) throw new Error("no WebGL2");
    Object.assign(this, { canvas, gl, volume: null });
    this.solid = program(gl, SOLID_VERTEX, SOLID_FRAGMENT);
    this.plane = program(gl, PLANE_VERTEX, PLANE_FRAGMENT);
    this.march = program(gl, SCREEN_VERTEX, MARCH_FRAGMENT);
    this.copy = program(gl, SCREEN_VERTEX, COPY_FRAGMENT);
    this.spheres = new Instanced(gl, this.solid, sphereMesh());
    this.rods = new Instanced(gl, this.solid, rodMesh());
    this.flat = new Flat(gl, this.plane);
    this.fill = screen(gl, this.march);
    this.fog = new Target(gl, false);
    this.depths = new Target(gl, true);
    this.cells = texture(gl, gl.TEXTURE_3D, gl.LINEAR);
    this.photograph = null;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  setPhotograph(image) {
    const { gl } = this;
    this.photograph ??= texture(gl, gl.TEXTURE_2D, gl.LINEAR);
    gl.bindTexture(gl.TEXTURE_2D, this.photograph);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, image);
  }

  // rgba: cells with alpha, shape: [width, height, depth]; null for no volume.
  setVolume(rgba, shape, frustum) {
    const { gl } = this;
    this.volume = rgba && { shape, frustum };
    if (!rgba) return;
    gl.bindTexture(gl.TEXTURE_3D, this.cells);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGBA8, ...shape, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  }

  // content: view and eye; rods, balls, glass ([matrix..., r, g, b, a] each); ground {middle, height} or null;
  // photograph {corners, alpha} or null; lines [{points, colour}]; slices [{axis, at}];
  // volume {mode, threshold, opacity, box, quality} or null.
  draw(content) {
    const { gl, canvas } = this;
    this.begin(content);
    const volume = this.volume && content.volume && content.volume.box ? content.volume : null;
    if (content.photograph?.behind) this.drawPhotograph(content);
    if (content.ground) this.drawGround(content);
    this.drawLines(content);
    if (volume?.mode === "mip") this.drawVolume(content, volume);
    this.drawSolids(content);
    if (volume?.mode === "emission") this.drawVolume(content, volume);
    if (content.photograph && !content.photograph.behind) this.drawPhotograph(content);
    if (this.volume) content.slices.forEach((slice) => this.drawSlice(content, slice));
    this.drawGlass(content);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
  }

  begin({ view }) {
    const { gl, canvas } = this;
    this.view = view;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.disable(gl.SCISSOR_TEST);
    gl.depthMask(true);
    gl.clearColor(...BACKGROUND, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    [[UNIT.volume, gl.TEXTURE_3D, this.cells], [UNIT.photograph, gl.TEXTURE_2D, this.photograph], [UNIT.solids, gl.TEXTURE_2D, null]].forEach(
      ([unit, kind, made]) => {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(kind, made);
      },
    );
    gl.activeTexture(gl.TEXTURE0 + UNIT.photograph);
  }

  usePlane(kind, values) {
    use(this.gl, this.plane, { view: this.view, kind, volume: UNIT.volume, photograph: UNIT.photograph, ...values });
  }

  drawPhotograph({ photograph: { corners, alpha } }) {
    if (!this.photograph) return;
    this.usePlane(KIND.photograph, { colour: [0, 0, 0, alpha] });
    const texels = [[0, 0], [1, 0], [1, 1], [0, 1]];
    this.flat.draw(corners.map((corner, n) => [...corner, ...texels[n]]));
  }

  drawGround({ ground: { middle, height } }) {
    const { gl } = this;
    gl.depthMask(false);
    this.usePlane(KIND.ground, { middle, colour: [0.55, 0.62, 0.75, 0.4] });
    const corner = (x, z) => [middle[0] + x, height, middle[2] + z, 0, 0];
    this.flat.draw([corner(-3000, -3000), corner(3000, -3000), corner(3000, 3000), corner(-3000, 3000)]);
    gl.depthMask(true);
  }

  drawLines({ lines }) {
    for (const { points, colour } of lines) {
      this.usePlane(KIND.plain, { colour });
      this.flat.draw(points.map((point) => [...point, 0, 0]), this.gl.LINES);
    }
  }

  drawSlice(content, { axis, at }) {
    const { gl } = this;
    const { frustum } = this.volume;
    gl.depthMask(false);
    this.usePlane(KIND.slice, { toFractions: frustum.matrix, colour: SLICE_TINTS[axis] });
    const corners = frustum.plane(axis, at);
    this.flat.draw(corners.map((point) => [...point, 0, 0]));
    const [r, g, b] = SLICE_TINTS[axis];
    this.usePlane(KIND.plain, { colour: [r, g, b, 0.7] });
    this.flat.draw(corners.map((point) => [...point, 0, 0]), gl.LINE_LOOP);
    gl.depthMask(true);
  }

  drawSolids({ rods, balls, eye }) {
    use(this.gl, this.solid, { view: this.view, eye, glassy: 0 });
    this.rods.draw(rods);
    this.spheres.draw(balls);
  }

  drawGlass({ glass, eye }) {
    const { gl } = this;
    use(gl, this.solid, { view: this.view, eye, glassy: 1 });
    gl.depthMask(false);
    this.spheres.draw(glass);
    gl.depthMask(true);
  }

  // Marches in a picture of its own, coarser while things move, and lays it over the scene.
  drawVolume(content, { mode, threshold, opacity, box, quality }) {
    const { gl, canvas } = this;
    const { shape, frustum } = this.volume;
    const width = Math.max(1, Math.round(canvas.width * quality));
    const height = Math.max(1, Math.round(canvas.height * quality));
    const blocked = mode === "emission";
    gl.activeTexture(gl.TEXTURE0 + UNIT.solids);
    if (blocked) {
      this.depths.begin(width, height);
      gl.clear(gl.DEPTH_BUFFER_BIT);
      this.drawSolids(content);
    }
    this.fog.begin(width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    this.limit(frustum.corners(...box), width, height);
    gl.bindTexture(gl.TEXTURE_2D, blocked ? this.depths.texture : null);
    use(gl, this.march, {
      fromClip: invert(this.view), toFractions: frustum.matrix, volume: UNIT.volume, solids: UNIT.solids,
      panel: [width, height], low: box[0], high: box[1], cells: shape, threshold, opacity, emission: +blocked, blocked: +blocked,
    });
    this.fill();
    gl.disable(gl.SCISSOR_TEST);
    gl.enable(gl.BLEND);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.bindTexture(gl.TEXTURE_2D, this.fog.texture);
    use(gl, this.copy, { source: UNIT.solids });
    this.fill();
    gl.enable(gl.DEPTH_TEST);
    gl.activeTexture(gl.TEXTURE0 + UNIT.photograph);
  }

  // Only the pixels that the box can cover are marched.
  limit(corners, width, height) {
    const { gl } = this;
    const seen = corners.map(([x, y, z]) => [0, 1, 3].map((row) => this.view[row] * x + this.view[4 + row] * y + this.view[8 + row] * z + this.view[12 + row]));
    if (seen.some(([, , w]) => w < NEAR)) return;
    const places = seen.map(([x, y, w]) => [(x / w + 1) / 2, (y / w + 1) / 2]);
    const edge = (axis, pick, size) => Math.min(Math.max(pick(...places.map((p) => p[axis])) * size, 0), size);
    const [left, right] = [Math.floor(edge(0, Math.min, width)), Math.ceil(edge(0, Math.max, width))];
    const [low, high] = [Math.floor(edge(1, Math.min, height)), Math.ceil(edge(1, Math.max, height))];
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, low, Math.max(0, right - left), Math.max(0, high - low));
  }
}

export const boxLines = (corners) => BOX_EDGES.flatMap(([a, b]) => [corners[a], corners[b]]);

// The camera at the origin and the edges of its view up to the photograph's corners.
export const cameraLines = (corners) => corners.flatMap((corner, n) => [[0, 0, 0], corner, corner, corners[(n + 1) % 4]]);

// Dashes from a to b, of 40 mm each.
export function dashes(a, b, dash = 40) {
  const along = subtract(b, a);
  const count = Math.max(1, Math.floor(Math.hypot(...along) / (2 * dash)));
  return Array.from({ length: count }, (_, n) => [add(a, scale(along, n / count)), add(a, scale(along, (n + 0.5) / count))]).flat();
}
