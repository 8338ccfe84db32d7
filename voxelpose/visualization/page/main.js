// The page: its state, and what each change of it redraws.

import { makeContent, photographDepths, rayThrough, viewOf } from "./content.js";
import { buildHeader, buildJoints, describePlace, showDecodes, showJoints, showLegend, showReadout } from "./controls.js";
import { VolumeStore, byId, frameAt, loadImage, parseColour, readFacts, readable } from "./data.js";
import { clamp, toScreen } from "./maths.js";
import { VIEWS, makeOrbit, pan, turn, zoom } from "./orbit.js";
import { drawPanel, fractionsAt, heatOf } from "./panels.js";
import { drawPicture } from "./picture.js";
import { listenToKeys, listenToPointers } from "./pointer.js";
import { Scene } from "./scene.js";
import { bounds, combine } from "./volumes.js";

const REST_MS = 160;
const MOVING_QUALITY = 0.45;
const STAGE_MS = 1100;
const MODES = ["mip", "emission", "off"];
const AXES = ["x", "y", "z"];
const HOVER_PIXELS = 14;

const facts = readFacts();
const store = new VolumeStore(facts);
const { names, root, parents } = facts.skeleton;
const colours = {
  joints: facts.skeleton.jointColours.map(parseColour),
  bones: facts.skeleton.boneColours.map(parseColour),
  decodes: Object.fromEntries(Object.entries(facts.decodeColours).map(([name, hex]) => [name, parseColour(hex)])),
};
const hexes = { joints: facts.skeleton.jointColours, bones: facts.skeleton.boneColours, decodes: facts.decodeColours };
const ends = names.map((_, joint) => joint).filter((joint) => !parents.includes(joint));

const state = {
  frame: 0,
  stage: 0,
  mode: "mip",
  threshold: 0.08,
  opacity: 0.9,
  chosen: new Set(facts.chosen),
  layers: { skeleton: true, ellipsoids: false, ground: true, frustum: true, photograph: true, rays: true, decodes: false, truth: Boolean(facts.truth), box: true },
  slices: { at: [0.5, 0.5, 0.5], on: [false, false, false] },
  sliced: false,
  photoAt: 0,
  lens: false,
  orbit: null,
};
// The open volume of the frame shown: {stages, frustum, place, crop, number}; the cells of the chosen joints.
let open = null;
let cells = null;
let images = new Map();
let scene = null;
let timer = null;
let queued = false;
let moving = 0;

const frame = () => facts.frames[state.frame];
const stage = () => open?.stages[Math.min(state.stage, open.stages.length - 1)];

// ---- drawing -----------------------------------------------------------------------------------------------------

function redraw(isMoving = false) {
  if (isMoving) {
    clearTimeout(moving);
    moving = setTimeout(() => ((moving = 0), redraw()), REST_MS);
  }
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    drawScene();
  });
}

function drawScene() {
  if (scene === null) return;
  const canvas = scene.canvas;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const size = [Math.max(1, Math.round(canvas.clientWidth * ratio)), Math.max(1, Math.round(canvas.clientHeight * ratio))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const box = cells && bounds(cells.rgba, cells.shape, state.threshold);
  const quality = (moving ? MOVING_QUALITY : 1) / Math.max(1, ratio / 1.5);
  scene.draw(makeContent({ facts, state, frame: frame(), colours, frustum: open?.frustum, box, quality, size }));
}

function drawPhoto() {
  const heat = cells && state.mode !== "off" ? heatOf(cells.rgba, cells.shape, "front") : null;
  const { layers } = state;
  const shapes = { argmax: "square", "soft-argmax": "circle" };
  const marks = layers.decodes ? frame().decodes.map(({ name, joints2d }) => ({ points: joints2d, colour: hexes.decodes[name], shape: shapes[name] ?? "diamond" })) : [];
  if (layers.truth && frame().truth2d) marks.push({ points: frame().truth2d, colour: "#ffffff", shape: "circle" });
  const image = images.get(frame().photograph) ?? null;
  drawPicture(byId("photo"), { image, size: [facts.camera.width, facts.camera.height], frame: frame(), skeleton: facts.skeleton, colours: hexes, layers, heat, place: open?.place, marks });
}

function drawPanels() {
  if (!open) return;
  const { at, on } = state.slices;
  const joints = frame().joints.map((point) => open.frustum.toFractions(point));
  const zero = -open.frustum.near / open.frustum.range;
  for (const canvas of document.querySelectorAll("canvas[data-plane]"))
    drawPanel(canvas, canvas.dataset.plane, { rgba: cells?.rgba, shape: cells?.shape, at, on, sliced: state.sliced, crop: open.crop, joints, colours: hexes.joints, chosen: state.chosen, zero });
}

function tellPlace(fractions = state.slices.at) {
  if (!open || !stage()) return;
  showReadout(describePlace(fractions, stage(), open.frustum, frame().joints[root], state.chosen, names));
}

// ---- changes -----------------------------------------------------------------------------------------------------

// The cells of the chosen joints at the stage shown, on the card and in the flat panels.
function refreshCells() {
  cells = open && state.chosen.size ? { rgba: combine(stage(), state.chosen, colours.joints), shape: stage().shape } : null;
  scene?.setVolume(cells?.rgba ?? null, cells?.shape, open?.frustum);
  showLegend(facts, state.chosen, hexes);
  showJoints(rows, frame(), state.chosen, root);
  byId("volume-hint").textContent = hint();
  refreshView();
}

function refreshView(isMoving = false) {
  redraw(isMoving);
  drawPhoto();
  drawPanels();
  tellPlace();
}

function hint() {
  if (!open) return facts.volumes.length ? "No volume is kept for this frame: choose one marked on the time line." : facts.noVolumes;
  if (!state.chosen.size) return "Choose a joint to see where it may be.";
  return facts.note;
}

async function showFrame(number) {
  state.frame = clamp(number, 0, facts.frames.length - 1);
  const { volume, photograph } = frame();
  if (photograph !== null && !images.has(photograph)) images.set(photograph, await loadImage(facts.photographs[photograph]));
  if (images.has(photograph)) scene?.setPhotograph(images.get(photograph));
  if (volume === null) open = null;
  else if (open?.number !== volume) open = { ...(await store.get(volume)), number: volume };
  if (open) state.stage = Math.min(state.stage, open.stages.length - 1);
  tellStage();
  byId("time").value = state.frame;
  byId("time-text").textContent = `${frame().time.toFixed(2)} s · frame ${state.frame + 1} of ${facts.frames.length}`;
  showDecodes(frame(), hexes, state.layers);
  refreshCells();
}

function setStage(number) {
  if (!open) return;
  state.stage = clamp(number, 0, open.stages.length - 1);
  tellStage();
  refreshCells();
}

function tellStage() {
  const slider = byId("stage");
  slider.max = open ? open.stages.length - 1 : 0;
  slider.value = state.stage;
  const shape = stage()?.shape;
  byId("stage-text").textContent = shape ? `${state.stage + 1} of ${open.stages.length} · ${shape.join(" × ")} cells` : "";
}

function setMode(mode) {
  state.mode = mode;
  for (const button of document.querySelectorAll("[data-mode]")) button.setAttribute("aria-checked", button.dataset.mode === mode);
  refreshView();
}

function choose(joints) {
  state.chosen = new Set(joints);
  refreshCells();
}

function toggleJoint(joint) {
  const next = new Set(state.chosen);
  if (!next.delete(joint)) next.add(joint);
  choose(next);
}

function stepJoint(step) {
  const [only] = state.chosen.size === 1 ? state.chosen : [step > 0 ? -1 : names.length];
  choose([(only + step + names.length) % names.length]);
}

function toggleLayer(name) {
  state.layers[name] = !state.layers[name];
  document.querySelector(`[data-layer="${name}"]`).checked = state.layers[name];
  showDecodes(frame(), hexes, state.layers);
  refreshView();
}

function setView(name) {
  state.lens = name === "lens";
  if (name === "start") state.orbit = startOrbit();
  else if (!state.lens) state.orbit = { ...startOrbit(), ...VIEWS[name] };
  redraw();
}

function move(act) {
  // From the lens one goes on where the photograph's camera stands.
  if (state.lens) Object.assign(state, { lens: false, orbit: { ...startOrbit(), ...VIEWS.front } });
  state.orbit = act(state.orbit);
  redraw(true);
}

function startOrbit() {
  const { joints } = frame();
  const middle = [0, 1, 2].map((axis) => (Math.min(...joints.map((p) => p[axis])) + Math.max(...joints.map((p) => p[axis]))) / 2);
  const radius = Math.max(...joints.map((p) => Math.hypot(...p.map((value, axis) => value - middle[axis]))), 300);
  return makeOrbit(middle, radius * 4.6);
}

// ---- time --------------------------------------------------------------------------------------------------------

function stopPlaying() {
  cancelAnimationFrame(timer?.request);
  clearInterval(timer?.interval);
  timer = null;
  for (const id of ["play", "play-stages"]) byId(id).textContent = "▶";
}

function togglePlay() {
  if (facts.frames.length < 2) return toggleStages();
  if (timer) return stopPlaying();
  const first = facts.frames[0].time;
  const last = facts.frames.at(-1).time;
  const began = performance.now() - 1000 * (state.frame === facts.frames.length - 1 ? 0 : frame().time - first);
  const tick = async () => {
    const seconds = (performance.now() - began) / 1000;
    const number = seconds > last - first ? facts.frames.length - 1 : frameAt(facts.frames, first + seconds);
    if (number !== state.frame) await showFrame(number);
    if (timer && seconds > last - first) stopPlaying();
    else if (timer) timer.request = requestAnimationFrame(tick);
  };
  timer = {};
  byId("play").textContent = "❚❚";
  tick();
}

function toggleStages() {
  if (timer) return stopPlaying();
  if (!open) return;
  setStage(state.stage === open.stages.length - 1 ? 0 : state.stage + 1);
  byId("play-stages").textContent = "❚❚";
  timer = {
    interval: setInterval(() => {
      if (state.stage >= open.stages.length - 1) return stopPlaying();
      setStage(state.stage + 1);
    }, STAGE_MS),
  };
}

// ---- pointer -----------------------------------------------------------------------------------------------------

function hoverScene(x, y) {
  const { clientWidth: width, clientHeight: height } = scene.canvas;
  const { eye, direction } = rayThrough(state, facts.camera, width, height, x, y);
  const met = open ? AXES.map((_, axis) => (state.slices.on[axis] ? open.frustum.meet(eye, direction, axis, state.slices.at[axis]) : null)).filter(Boolean) : [];
  if (met.length) {
    const nearest = met.reduce((a, b) => (a.distance < b.distance ? a : b));
    const told = describePlace(nearest.fractions, stage(), open.frustum, frame().joints[root], state.chosen, names);
    byId("hover").textContent = told.map(([term, value]) => `${term} ${value}`).join("   ");
    return tellPlace(nearest.fractions);
  }
  const { view } = viewOf(state, facts.camera, width, height);
  const places = frame().joints.map((point, joint) => ({ joint, at: toScreen(view, point, width, height) })).filter(({ at }) => at);
  const gap = ({ at }) => Math.hypot(at[0] - x * width, at[1] - y * height);
  const near = places.length && places.reduce((a, b) => (gap(a) < gap(b) ? a : b));
  byId("hover").textContent = near && gap(near) < HOVER_PIXELS ? describeJoint(near.joint) : "";
}

function describeJoint(joint) {
  const relative = frame().joints[joint].map((value, axis) => Math.round(value - frame().joints[root][axis]));
  const [xx, , , yy, , zz] = frame().covariance[joint];
  return `${readable(names[joint])}: ${relative.join(", ")} mm from the ${names[root]}, ± ${Math.sqrt(xx + yy + zz).toFixed(0)} mm`;
}

function listenToPanels() {
  for (const canvas of document.querySelectorAll("canvas[data-plane]")) {
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return fractionsAt(canvas.dataset.plane, [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height], state.slices.at);
    };
    canvas.addEventListener("pointermove", (event) => (event.buttons ? setSlices(at(event)) : tellPlace(at(event))));
    canvas.addEventListener("pointerdown", (event) => (canvas.setPointerCapture(event.pointerId), setSlices(at(event))));
    canvas.addEventListener("pointerleave", () => tellPlace());
  }
}

function setSlices(at) {
  state.slices.at = at;
  showSlices();
  refreshView(true);
}

function showSlices() {
  AXES.forEach((name, axis) => {
    byId(`slice-${name}`).value = state.slices.at[axis];
    byId(`slice-${name}-on`).checked = state.slices.on[axis];
    const middle = state.slices.at.map((value, n) => (n === axis ? value : 0.5));
    const value = open ? (axis === 2 ? open.frustum.depth(state.slices.at[2]) : open.frustum.toPoint([...middle.slice(0, 2), -open.frustum.near / open.frustum.range])[axis] - frame().joints[root][axis]) : 0;
    byId(`slice-${name}-text`).textContent = open ? `${value.toFixed(0)} mm` : "";
  });
}

// ---- start -------------------------------------------------------------------------------------------------------

function listenToControls() {
  const slide = (id, show, act) => {
    const input = byId(id);
    const tell = () => (byId(`${id}-text`).textContent = show(Number(input.value)));
    input.addEventListener("input", () => (act(Number(input.value)), tell()));
    return (value) => ((input.value = value), tell());
  };
  const percent = (value) => `${Math.round(100 * value)} %`;
  slide("threshold", percent, (value) => ((state.threshold = value), refreshView(true)))(state.threshold);
  slide("opacity", percent, (value) => ((state.opacity = value), redraw(true)))(state.opacity);
  const metres = (value) => {
    const [near, far] = photographDepths(facts, frame());
    return `${((near + value * (far - near)) / 1000).toFixed(1)} m`;
  };
  slide("photo-at", metres, (value) => ((state.photoAt = value), redraw(true)))(state.photoAt);
  byId("stage").addEventListener("input", (event) => (stopPlaying(), setStage(Number(event.target.value))));
  byId("time").addEventListener("input", (event) => (stopPlaying(), showFrame(Number(event.target.value))));
  AXES.forEach((name, axis) => {
    byId(`slice-${name}`).addEventListener("input", (event) => setSlices(state.slices.at.map((value, n) => (n === axis ? Number(event.target.value) : value))));
    byId(`slice-${name}-on`).addEventListener("change", (event) => ((state.slices.on[axis] = event.target.checked), refreshView()));
  });
  for (const button of document.querySelectorAll("[data-mode]")) button.addEventListener("click", () => setMode(button.dataset.mode));
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => setView(button.dataset.view));
  for (const box of document.querySelectorAll("[data-layer]")) {
    box.checked = state.layers[box.dataset.layer];
    box.addEventListener("change", () => toggleLayer(box.dataset.layer));
  }
  byId("projections").addEventListener("click", () => setSliced(false));
  byId("slices").addEventListener("click", () => setSliced(true));
  byId("play").addEventListener("click", togglePlay);
  byId("play-stages").addEventListener("click", toggleStages);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("joints-all").addEventListener("click", () => choose(names.keys()));
  byId("joints-none").addEventListener("click", () => choose([]));
  byId("joints-ends").addEventListener("click", () => choose(ends));
}

function setSliced(sliced) {
  state.sliced = sliced;
  byId("projections").setAttribute("aria-pressed", !sliced);
  byId("slices").setAttribute("aria-pressed", sliced);
  drawPanels();
}

const KEYS = {
  ArrowLeft: () => move((orbit) => turn(orbit, 0.1, 0)),
  ArrowRight: () => move((orbit) => turn(orbit, -0.1, 0)),
  ArrowUp: () => move((orbit) => turn(orbit, 0, 0.08)),
  ArrowDown: () => move((orbit) => turn(orbit, 0, -0.08)),
  "+": () => move((orbit) => zoom(orbit, 0.9)),
  "=": () => move((orbit) => zoom(orbit, 0.9)),
  "-": () => move((orbit) => zoom(orbit, 1 / 0.9)),
  r: () => setView("start"),
  c: () => setView("lens"),
  m: () => setMode(MODES[(MODES.indexOf(state.mode) + 1) % MODES.length]),
  "[": () => setStage(state.stage - 1),
  "]": () => setStage(state.stage + 1),
  j: () => stepJoint(1),
  k: () => stepJoint(-1),
  a: () => choose(names.keys()),
  s: () => toggleLayer("skeleton"),
  e: () => toggleLayer("ellipsoids"),
  d: () => toggleLayer("decodes"),
  " ": togglePlay,
  ",": () => showFrame(state.frame - 1),
  ".": () => showFrame(state.frame + 1),
  "?": () => byId("keys").showModal(),
};

function openScene() {
  try {
    scene = new Scene(byId("scene"));
    listenToPointers(scene.canvas, {
      turn: (dx, dy) => move((orbit) => turn(orbit, dx, dy)),
      pan: (dx, dy) => move((orbit) => pan(orbit, dx, dy)),
      zoom: (factor) => move((orbit) => zoom(orbit, factor)),
      hover: hoverScene,
      leave: () => (byId("hover").textContent = ""),
    });
  } catch (error) {
    document.body.classList.add("without");
    byId("fallback").hidden = false;
    byId("fallback").textContent = "This browser offers no WebGL2: the scene in space is left out, its three projections stay.";
  }
}

function markTimes() {
  const last = facts.frames.length - 1;
  byId("time").max = last;
  byId("time-field").hidden = last < 1;
  const marked = facts.frames.flatMap((f, n) => (f.volume === null || last < 1 ? [] : [n]));
  byId("ticks").replaceChildren(
    ...marked.map((n) => {
      const tick = document.createElement("i");
      tick.style.left = `calc(7.5px + (100% - 15px) * ${n / last})`;
      return tick;
    }),
  );
}

const rows = buildJoints(facts, hexes, toggleJoint);

async function start() {
  document.body.classList.toggle("no-volume", facts.volumes.length === 0);
  document.body.classList.toggle("still", facts.frames.length < 2);
  byId("truth-layer").hidden = !facts.truth;
  buildHeader(facts, frame());
  markTimes();
  state.orbit = startOrbit();
  state.stage = Infinity;
  openScene();
  listenToControls();
  listenToPanels();
  listenToKeys(KEYS);
  await showFrame(facts.first);
  if (open) state.slices.at = open.frustum.toFractions(frame().joints[[...state.chosen][0] ?? root]).map((value) => clamp(value, 0, 1));
  showSlices();
  setMode(state.mode);
  new ResizeObserver(() => refreshView()).observe(document.body);
}

// For the console and for tests.
window.voxelpose = {
  facts,
  state,
  view: () => viewOf(state, facts.camera, scene.canvas.clientWidth, scene.canvas.clientHeight).view,
  ready: start().then(
    () => (document.body.dataset.ready = Math.round(performance.now())),
    (error) => {
      byId("fallback").hidden = false;
      byId("fallback").textContent = `The page cannot be shown: ${error.message}.`;
      throw error;
    },
  ),
};
