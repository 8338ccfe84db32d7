// Time: frames of a sequence, or the stages of one volume, one after the other.

import { setStage, showFrame } from "./changes.js";
import { byId, frameAt } from "./data.js";
import { facts, frame, shown, state } from "./state.js";

const STAGE_MS = 1100;

let timer = null;

export function stopPlaying() {
  cancelAnimationFrame(timer?.request);
  clearInterval(timer?.interval);
  timer = null;
  for (const id of ["play", "play-stages"]) byId(id).textContent = "▶";
}

export function togglePlay() {
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

export function toggleStages() {
  if (timer) return stopPlaying();
  if (!shown.open) return;
  setStage(state.stage === shown.open.stages.length - 1 ? 0 : state.stage + 1);
  byId("play-stages").textContent = "❚❚";
  timer = {
    interval: setInterval(() => {
      if (state.stage >= shown.open.stages.length - 1) return stopPlaying();
      setStage(state.stage + 1);
    }, STAGE_MS),
  };
}
