// The controls: built once from the facts, then kept in step with the state.

import { byId, millimetres, readable } from "./data.js";


export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

export function buildHeader(facts, frame) {
  document.title = `${facts.title} · voxelpose`;
  byId("title").textContent = facts.title;
  const spread = frame.rootDepthStd === null ? "" : ` ± ${(frame.rootDepthStd / 1000).toFixed(2)}`;
  const entries = [
    ["", `${(frame.rootDepth / 1000).toFixed(2)}${spread} m`, `away (${frame.rootDepthSource})`],
    ["camera", facts.camera.source, ""],
    ["network", facts.model, ""],
  ];
  if (frame.presence !== null) entries.push(["a person is there:", `${Math.round(100 * frame.presence)} %`, ""]);
  byId("summary").replaceChildren(
    ...entries.map(([before, value, after]) => element("li", {}, `${before} `, element("b", { text: value }), ` ${after}`)),
  );
}

// One row per joint: colour, name, confidence, one standard deviation, and the error where the truth is known.
export function buildJoints(facts, colours, toggle) {
  const rows = facts.skeleton.names.map((name, joint) => {
    const row = element("button", { type: "button", class: "joint", "data-joint": name, "aria-pressed": "false", style: `--colour: ${colours.joints[joint]}` });
    row.append(
      element("span", { class: "dot" }),
      element("span", { class: "name", text: readable(name) }),
      element("span", { class: "bar" }, element("i")),
      element("span", { class: "number" }),
    );
    if (facts.truth) row.append(element("span", { class: "number error" }));
    row.addEventListener("click", () => toggle(joint));
    return row;
  });
  const heads = ["", "", facts.truth ? "conf." : "confidence", "± mm", ...(facts.truth ? ["error"] : [])].map((text, n) => element("span", { text, class: n > 2 ? "number" : "" }));
  byId("joints").replaceChildren(element("div", { class: "joint heads" }, ...heads), ...rows);
  document.body.classList.toggle("with-truth", facts.truth);
}

export function showJoints(frame, chosen, root) {
  document.querySelectorAll("[data-joint]").forEach((row, joint) => {
    row.setAttribute("aria-pressed", chosen.has(joint));
    row.classList.toggle("outside", frame.outside[joint]);
    const [xx, , , yy, , zz] = frame.covariance[joint];
    const confidence = Math.round(100 * frame.confidence[joint]);
    row.title = `confidence ${confidence} %: the likelihood within a tenth of the box of the estimate`;
    row.querySelector(".bar i").style.width = `${confidence}%`;
    row.querySelector(".number").textContent = `± ${Math.sqrt(xx + yy + zz).toFixed(0)}`;
    const error = row.querySelector(".error");
    if (error && frame.truth) error.textContent = relativeError(frame, joint, root).toFixed(0);
  });
}

// Distance in mm to the truth, both taken from the root.
export function relativeError(frame, joint, root) {
  const apart = [0, 1, 2].map((n) => frame.joints[joint][n] - frame.joints[root][n] - frame.truth[joint][n] + frame.truth[root][n]);
  return Math.hypot(...apart);
}

export function showLegend(facts, chosen, colours) {
  const few = [...chosen].sort((a, b) => a - b);
  const entries = few.length > 9 ? [] : few.map((joint) => element("span", { text: readable(facts.skeleton.names[joint]), style: `--colour: ${colours.joints[joint]}` }));
  byId("legend").replaceChildren(...entries);
}

export function showDecodes(frame, colours, layers) {
  const named = layers.decodes ? frame.decodes.map(({ name }) => [name, colours.decodes[name]]) : [];
  if (layers.truth && frame.truth) named.push(["truth", "#ffffff"]);
  byId("decodes").replaceChildren(...named.map(([text, colour]) => element("span", { text, style: `--colour: ${colour}` })));
}

export function showReadout(entries) {
  byId("readout").replaceChildren(...entries.flatMap(([term, value]) => [element("dt", { text: term }), element("dd", { text: value })]));
}

// What lies at fractions of the volume: place in mm from the root, and the likelihood of the most likely chosen joint.
export function describePlace(fractions, stage, frustum, root, chosen, names) {
  const point = frustum.toPoint(fractions);
  const relative = point.map((value, axis) => value - root[axis]);
  const best = [...chosen].map((joint) => [stage.at(joint, fractions), names[joint]]).sort((a, b) => b[0] - a[0])[0];
  return [
    ["x", `${millimetres(relative[0])} mm`],
    ["y", `${millimetres(relative[1])} mm`],
    ["z", `${millimetres(relative[2])} mm`],
    ["from camera", `${(point[2] / 1000).toFixed(2)} m`],
    ...(best ? [[readable(best[1]), `${(100 * best[0]).toFixed(0)} % of peak`]] : []),
  ];
}
