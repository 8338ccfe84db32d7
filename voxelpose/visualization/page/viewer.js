// The viewer of a folder: the list, a result's page, two results side by side.

import { differences, partner, select } from "./viewer_lists.js";

const find = (id) => document.getElementById(id);
const pageOf = (name) => `/page?result=${encodeURIComponent(name)}`;
let results = [];
let picked = [];

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function card(result) {
  const picture = make("div", { class: "picture" });
  if (result.shown) picture.append(make("img", { loading: "lazy", alt: "", src: `/files/${result.shown.split("/").map(encodeURIComponent).join("/")}` }));
  else picture.append("no picture");
  if (result.error !== null) return make("div", { class: "result" }, picture, make("div", { class: "text" }, make("div", { class: "name" }, result.name), make("div", { class: "broken" }, result.error)));
  const link = make("a", { href: `#${encodeURIComponent(result.name)}` }, picture, facts(result));
  const box = make("input", { type: "checkbox", "data-name": result.name });
  box.checked = picked.includes(result.name);
  box.addEventListener("change", () => pick(result.name, box.checked));
  return make("div", { class: "result" }, link, make("label", {}, box, "compare"));
}

function facts(result) {
  const bar = make("i");
  bar.style.width = `${100 * result.confidence}%`;
  const edge = result.outside ? `, ${result.outside} at the edge` : "";
  return make(
    "div", { class: "text" },
    make("div", { class: "name" }, result.name.replace(/\.pose\.json$/, "")),
    make("div", { class: "dim" }, `${result.model} · ${(result.rootDepth / 1000).toFixed(2)} m away${result.volumes ? " · volumes" : ""}`),
    make("div", { class: "bar" }, bar),
    make("div", { class: "dim" }, `confidence ${Math.round(100 * result.confidence)} %, weakest ${result.weakest.replaceAll("_", " ")}${edge}`),
  );
}

// Picking one proposes the same picture by another network as the second.
function pick(name, on) {
  picked = on ? [...picked, name].slice(-2) : picked.filter((other) => other !== name);
  if (on && picked.length === 1) {
    const other = partner(results, results.find((r) => r.name === name));
    if (other) picked.push(other.name);
  }
  showList();
}

function showList() {
  const kept = select(results, { search: find("search").value, model: find("model").value, confidence: Number(find("confidence").value), order: find("order").value });
  find("list").replaceChildren(...kept.map(card));
  find("count").textContent = `${kept.length} of ${results.length} results`;
  find("confidence-text").textContent = `${Math.round(100 * find("confidence").value)} %`;
  find("compare").disabled = picked.length !== 2;
  find("message").hidden = results.length > 0;
  find("message").textContent = "There are no .pose.json files below this folder: `voxelpose infer IMAGE --volumes --out FOLDER` writes them.";
}

// The address says what is shown: nothing for the list, one name, or two with a comma between.
function follow() {
  const names = location.hash.slice(1).split(",").filter(Boolean).map(decodeURIComponent);
  const open = names.map((name) => results.find((r) => r.name === name && r.error === null)).filter(Boolean);
  const beside = open.length > 0;
  find("list").hidden = beside;
  find("beside").hidden = find("back").hidden = !beside;
  find("compare").hidden = beside;
  find("link-field").hidden = open.length < 2;
  for (const field of document.querySelectorAll("header .filter")) field.hidden = beside;
  for (const id of ["beside", "frames"]) find(id).classList.toggle("one", open.length < 2);
  find("frames").replaceChildren(...open.map((result) => make("iframe", { src: pageOf(result.name), title: result.name })));
  find("difference").replaceChildren(...(open.length === 2 ? tableOf(...open) : []));
}

function tableOf(a, b) {
  const rows = differences(a, b);
  const mean = rows.length ? rows.reduce((sum, row) => sum + row.distance, 0) / rows.length : 0;
  const line = (name, value) => make("tr", {}, make("td", {}, name.replaceAll("_", " ")), make("td", {}, `${value.toFixed(0)} mm`));
  return [make("h2", {}, "Apart, from the root"), make("table", {}, ...rows.map((row) => line(row.name, row.distance)), line("mean", mean)), make("p", { class: "dim" }, `left ${a.model}, right ${b.model}`)];
}

// The scene under the pointer leads, the other one follows.
function turnTogether() {
  const windows = [...document.querySelectorAll("iframe")].map((f) => f.contentWindow);
  const leader = windows.findIndex((w) => w.document?.querySelector("#scene:hover, .scene:hover, #scene:focus"));
  if (find("link").checked && windows.length === 2 && leader >= 0) {
    const [from, to] = [windows[leader].voxelpose, windows[1 - leader].voxelpose];
    const [{ azimuth, elevation }, other] = [from?.state.orbit ?? {}, to?.state.orbit];
    if (other && (other.azimuth !== azimuth || other.elevation !== elevation)) {
      to.state.orbit = { ...other, azimuth, elevation };
      to.redraw(true);
    }
  }
  requestAnimationFrame(turnTogether);
}

async function load() {
  results = await (await fetch("/results")).json();
  const models = [...new Set(results.map((r) => r.model).filter(Boolean))].sort();
  find("model").append(...models.map((model) => make("option", { value: model }, model)));
  showList();
  follow();
  for (const id of ["search", "model", "confidence", "order"]) find(id).addEventListener("input", showList);
  find("compare").addEventListener("click", () => (location.hash = picked.map(encodeURIComponent).join(",")));
  find("back").addEventListener("click", () => (location.hash = ""));
  window.addEventListener("hashchange", follow);
  turnTogether();
  document.body.dataset.ready = "true";
}

load();
