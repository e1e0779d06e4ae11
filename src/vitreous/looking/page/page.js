"use strict";
// Draws the numbers of a step when it is opened, and opens an element to the sum it is made of.
// Text only ever goes in as textContent; the page's data are JSON in #data.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const MOST_CELLS = 1024, WRAP = 32, SIDE = 512;
const unpacked = new Map();

function tensor(key) {
  if (!unpacked.has(key)) {
    const held = data.tensors[key];
    const bytes = Uint8Array.from(atob(held.data), c => c.charCodeAt(0));
    const values = new (held.type === "i4" ? Int32Array : Float32Array)(bytes.buffer);
    const axes = held.shape.map((size, a) => held.axes[a] || Array.from({length: size}, (_, i) => i));
    let most = 0, negative = false;
    for (const v of values) if (Number.isFinite(v)) { most = Math.max(most, Math.abs(v)); negative ||= v < 0; }
    unpacked.set(key, {shape: held.shape, axes, values, most, negative, whole: held.axes.every(a => !a)});
  }
  return unpacked.get(key);
}

// The number at an index, undefined where it is not on the page.
function at(t, index) {
  let flat = 0;
  for (let a = 0; a < index.length; a++) {
    const place = t.axes[a].length === t.shape[a] ? index[a] : t.axes[a].indexOf(index[a]);
    if (place < 0 || place >= t.shape[a]) return undefined;
    flat = flat * t.axes[a].length + place;
  }
  return t.values[flat];
}

function write(x) {
  if (typeof x !== "number") return String(x);
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return String(x).replace("-", "−");
  const size = Math.abs(x);
  return (size < 1e-4 || size >= 1e9 ? x.toExponential(4) : Number(x.toPrecision(6)).toString()).replace(/^-/, "−");
}

function make(tag, parent, text, style) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (style) element.className = style;
  if (parent) parent.append(element);
  return element;
}

const put = (index, axis, value) => index.map((old, a) => a === axis ? value : old);
const named = (name, index) => `${name}[${index.join(", ")}]`;
const times = (text, ...factors) => [text, factors, factors.reduce((a, b) => a * b, 1)];

function every(sizes, visit) {
  const index = sizes.map(() => 0);
  for (let n = sizes.reduce((a, b) => a * b, 1); n > 0; n--) {
    visit(index.slice());
    for (let a = sizes.length - 1; a >= 0 && ++index[a] === sizes[a]; a--) index[a] = 0;
  }
}

// Where the terms of an output's element lie. Each gives [formula, terms, how], or null where a number is missing.
const FORWARD = {
  linear(r, index) {
    const x = tensor(r.keys.input), w = tensor(r.keys.weight), unit = index.at(-1), before = index.slice(0, -1);
    const terms = [];
    for (let i = 0; i < w.shape[1]; i++) {
      terms.push(times(`${named("x", [...before, i])} · ${named("W", [unit, i])}`, at(x, [...before, i]), at(w, [unit, i])));
    }
    if (r.keys.bias) terms.push(times(named("b", [unit]), at(tensor(r.keys.bias), [unit])));
    return ["Σ x · w + b", terms, "sum"];
  },
  convolution(r, index) {
    const x = tensor(r.keys.input), w = tensor(r.keys.weight);
    const lead = index.slice(0, -3), [o, ...place] = index.slice(-3), terms = [];
    const first = Math.floor(o / (w.shape[0] / r.groups)) * w.shape[1], size = x.shape.slice(-2);
    every(w.shape.slice(1), ([c, ...k]) => {
      const p = place.map((at, a) => at * r.stride[a] + k[a] * r.dilation[a] - r.padding[a]);
      if (p.every((v, a) => v >= 0 && v < size[a])) {
        const from = [...lead, first + c, ...p];
        terms.push(times(`${named("x", from)} · ${named("W", [o, c, ...k])}`, at(x, from), at(w, [o, c, ...k])));
      }
    });
    if (r.keys.bias) terms.push(times(named("b", [o]), at(tensor(r.keys.bias), [o])));
    return ["Σ patch · kernel + b", terms, "sum"];
  },
  sum(r, index) {
    return ["y = a + b", ["input", "other"].map((k, n) => times(named("ab"[n], index), at(tensor(r.keys[k]), index))), "sum"];
  },
  elementwise(r, index, step) {
    const x = at(tensor(r.keys.input), index), y = at(tensor(step.output), index);
    return [step.formula, [times(named("x", index), x), [named("y", index), [x], y]], "steps"];
  },
  same(r, index, step) {
    const from = moved(index, tensor(step.output).shape, tensor(r.keys.input).shape);
    return [step.formula, [times(named("x", from), at(tensor(r.keys.input), from))], "sum"];
  },
};

function moved(index, shape, other) {
  let flat = index.reduce((sum, i, a) => sum * shape[a] + i, 0);
  const found = [];
  for (let a = other.length - 1; a >= 0; a--) { found.unshift(flat % other[a]); flat = Math.floor(flat / other[a]); }
  return found;
}

// The same for the gradient of an input, by its argument's name.
const BACK = {
  linear(r, index, step, name) {
    const d = tensor(step.gradient), x = tensor(r.keys.input), w = tensor(r.keys.weight), terms = [];
    if (name === "input") {
      const before = index.slice(0, -1), i = index.at(-1);
      for (let o = 0; o < w.shape[0]; o++) {
        terms.push(times(`${named("δ", [...before, o])} · ${named("W", [o, i])}`, at(d, [...before, o]), at(w, [o, i])));
      }
      return ["dL/dx = Σ δ · W", terms, "sum"];
    }
    every(d.shape.slice(0, -1), row => {
      const [o, i] = index, back = at(d, [...row, o]);
      if (name === "bias") terms.push(times(named("δ", [...row, o]), back));
      else terms.push(times(`${named("δ", [...row, o])} · ${named("x", [...row, i])}`, back, at(x, [...row, i])));
    });
    return [name === "bias" ? "dL/db = Σ δ" : "dL/dW = Σ δ · x (an outer product)", terms, "sum"];
  },
  elementwise(r, index, step) {
    if (!step.slope) return null;
    return ["dL/dx = δ · f′(x)", [times("δ · f′(x)", at(tensor(step.gradient), index), at(tensor(step.slope), index))], "sum"];
  },
  sum(r, index, step) {
    return ["a sum passes its gradient on to both", [times(named("δ", index), at(tensor(step.gradient), index))], "sum"];
  },
  same(r, index, step, name) {
    const to = moved(index, tensor(r.keys.input).shape, tensor(step.output).shape);
    return ["back to where it came from", [times(named("δ", to), at(tensor(step.gradient), to))], "sum"];
  },
};

// An element opened: {formula, terms, how, left, rest, value}, or null.
function open(source, index) {
  const known = source.opened && source.opened[index.join(",")];
  if (known) {
    const [how, value, terms, left, rest, formula] = known;
    return {how, value, terms, left, rest, formula};
  }
  const table = source.name === undefined ? FORWARD : BACK, r = source.step && source.step.recipe;
  const found = r && table[r.kind] && table[r.kind](r, index, source.step, source.name);
  if (!found || found[1].some(term => term[1].some(f => f === undefined) || term[2] === undefined)) return null;
  const [formula, terms, how] = found;
  const value = how === "sum" ? terms.reduce((sum, t) => sum + t[2], 0) : terms.at(-1)[2];
  return {formula, terms, how, value, left: 0, rest: 0};
}

function source(said) {
  const [kind, number, name] = (said || "").split("|");
  const step = data.steps[number];
  if (kind === "forward") return {step, opened: step.opened};
  if (kind === "back") return {step, name, opened: (step.back[name] || {}).opened};
  if (kind === "extra" || kind === "update") return {opened: data.opened[number]};
  return null;
}

function panel(place, opened, index, label, torch) {
  place.replaceChildren();
  if (!opened) {
    make("p", place, "This element is not opened on this page: numbers that it is made of are not in it.", "note");
    return;
  }
  make("p", place, `${named(label, index)} = ${write(opened.value)}`, "opened-value").tabIndex = -1;
  make("p", place, opened.formula, "formula");
  const box = make("div", place, undefined, "scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "What it is made of");
  const table = make("table", box), head = make("tr", make("thead", table)), body = make("tbody", table);
  for (const name of ["term", "numbers", "value"]) {
    const cell = make("th", head, name, name === "term" ? "" : "n");
    cell.scope = "col";
  }
  for (const [text, factors, value] of opened.terms) {
    const row = make("tr", body);
    make("th", row, text).scope = "row";
    make("td", row, factors.map(write).join(" · "), "n");
    make("td", row, write(value), "n");
  }
  const row = (text, value, part) => {
    const line = make("tr", part);
    make("th", line, text).scope = "row";
    make("td", line, "");
    make("td", line, write(value), "n");
  };
  if (opened.left) row(`${opened.left} smaller terms together`, opened.rest, body);
  const foot = make("tfoot", table);
  row(opened.how === "sum" ? "sum" : opened.how === "chosen" ? "chosen" : "value", opened.value, foot);
  if (torch !== undefined) row("torch has", torch, foot);
}

function color(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
}

// A convolution's kernel over its input: arrow keys move it, a button lets it go through all places. It is still
// until it is told; who wants less motion gets a button that goes one place further.
function sliding(place, step, shape, current, go) {
  const r = step.recipe, x = tensor(r.keys.input), w = tensor(r.keys.weight), CELLS = 224, PAUSE = 350;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches, inner = w.shape[1];
  const box = make("div", place, undefined, "sliding"), controls = make("div", box, undefined, "controls");
  const button = make("button", controls, still ? "Next place" : "Play");
  button.type = "button";
  const said = make("span", controls, undefined, "note");
  const stage = make("div", box, undefined, "stage");
  Object.assign(stage, {tabIndex: 0, role: "group"});
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", "The kernel on its input: arrow keys move it");
  const [image, kernel] = ["input", "kernel W"].map(name => {
    const figure = make("figure", stage), canvas = make("canvas", figure);
    canvas.setAttribute("aria-hidden", "true");
    canvas.said = make("figcaption", figure, name, "note");
    return canvas;
  });
  let channel = 0, timer;
  if (inner > 1) {
    const input = make("input", make("label", controls, "input channel "));
    Object.assign(input, {type: "number", min: 0, max: inner - 1, value: 0});
    input.addEventListener("input", () => {
      if (input.value !== "" && input.value >= 0 && input.value < inner) { channel = Math.floor(input.value); draw(); }
    });
  }
  function paint(canvas, rows, columns, most, value, cell) {
    canvas.width = columns * cell; canvas.height = rows * cell;
    const ctx = canvas.getContext("2d"), [paper, up, under] = [color("panel"), color("s0"), color("s1")];
    for (let y = 0; y < rows; y++) for (let c = 0; c < columns; c++) {
      const v = value(y, c);
      if (v === undefined) continue;
      const share = Number.isFinite(v) && most ? Math.min(1, Math.abs(v) / most) : 0, end = v < 0 ? under : up;
      ctx.fillStyle = `rgb(${paper.map((p, n) => Math.round(p + (end[n] - p) * share))})`;
      ctx.fillRect(c * cell, y * cell, cell, cell);
    }
    return ctx;
  }
  function draw() {
    const index = current(), lead = index.slice(0, -3), [o, ...at0] = index.slice(-3), size = x.shape.slice(-2);
    const from = Math.floor(o / (w.shape[0] / r.groups)) * inner + channel, [py, px] = r.padding;
    const high = size[0] + 2 * py, wide = size[1] + 2 * px, k = w.shape.slice(2);
    const cell = Math.max(2, Math.min(18, Math.floor(CELLS / Math.max(high, wide))));
    const ctx = paint(image, high, wide, x.most, (y, c) => at(x, [...lead, from, y - py, c - px]), cell);
    const [top, left] = at0.map((v, a) => v * r.stride[a] * cell);
    const [down, across] = k.map((n, a) => ((n - 1) * r.dilation[a] + 1) * cell);
    ctx.strokeStyle = getComputedStyle(document.body).color;
    ctx.lineWidth = 2;
    ctx.strokeRect(left + 1, top + 1, across - 2, down - 2);
    paint(kernel, k[0], k[1], w.most, (y, c) => at(w, [o, channel, y, c]), 18);
    image.said.textContent = `${named("x", [...lead, from])}, the patch framed`;
    kernel.said.textContent = named("W", [o, channel]);
    said.textContent = `row ${at0[0]}, column ${at0[1]}`;
  }
  function move(index, axis, by) {
    const next = put(index, axis, index[axis] + by);
    return next[axis] >= 0 && next[axis] < shape[axis] ? next : null;
  }
  function further(index) {
    const [down, across] = [index.length - 2, index.length - 1];
    return move(index, across, 1) || (move(index, down, 1) && put(move(index, down, 1), across, 0));
  }
  const first = index => put(put(index, index.length - 1, 0), index.length - 2, 0);
  function stop() {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    button.textContent = "Play";
    go(current(), true);
  }
  button.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    if (still) return go(further(current()) || first(current()), true);
    if (!further(current())) go(first(current()), false);
    button.textContent = "Pause";
    timer = setInterval(() => {
      const next = further(current());
      if (next) go(next, false);
      if (!next || !further(next)) stop();
    }, PAUSE);
  });
  stage.addEventListener("keydown", event => {
    const wanted = {ArrowUp: [-2, -1], ArrowDown: [-2, 1], ArrowLeft: [-1, -1], ArrowRight: [-1, 1]}[event.key];
    if (!wanted || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    stop();
    const next = move(current(), current().length + wanted[0], wanted[1]);
    if (next) go(next, true);
  });
  draw();
  return {draw, stop};
}

function viewer(element) {
  const t = tensor(element.dataset.tensor), label = element.dataset.name || "y", from = source(element.dataset.open);
  const long = t.axes.map((kept, a) => a).filter(a => t.axes[a].length > 1);
  const [down, across] = long.length > 1 ? long.slice(-2) : [undefined, long[0]];
  let index = t.axes.map(kept => kept[0]);
  const controls = make("div", element, undefined, "controls");
  const canvas = make("canvas", element);
  canvas.setAttribute("aria-hidden", "true");
  const shown = make("output", controls);
  for (const a of long) {
    const field = make("label", controls, `axis ${a} `), input = make("input", field);
    Object.assign(input, {type: "number", min: t.axes[a][0], max: t.axes[a].at(-1), value: index[a]});
    input.title = `0 to ${t.shape[a] - 1}`;
    input.addEventListener("input", () => {
      const wanted = Number(input.value), old = index[a], kept = t.axes[a];
      if (input.value === "" || !Number.isFinite(wanted)) return;
      const next = kept.includes(wanted) ? wanted
        : wanted > old ? kept.find(i => i > old) ?? old : kept.findLast(i => i < old) ?? old;
      select(put(index, a, next));
    });
    input.dataset.axis = a;
  }
  const place = make("div", element), result = make("div", element, undefined, "opened");
  const patches = from && from.name === undefined && from.step && (from.step.recipe || {}).kind === "convolution" && t.whole;
  let slide;
  result.setAttribute("aria-live", "polite");
  if (from) {
    const button = make("button", controls, "Open this element");
    button.type = "button";
    button.addEventListener("click", () => reveal());
  }
  const numbers = make("button", controls, "As a table");
  numbers.type = "button";
  numbers.setAttribute("aria-expanded", "false");
  const grid = make("div", element, undefined, "scroll");
  grid.hidden = true;
  numbers.addEventListener("click", () => {
    grid.hidden = !grid.hidden;
    numbers.setAttribute("aria-expanded", String(!grid.hidden));
    if (!grid.hidden) tabulate();
  });
  if (!t.whole) {
    make("p", element, `Sampled: ${t.axes.map((kept, a) => `${kept.length} of ${t.shape[a]}`).join(" × ")}, evenly picked.`, "note");
  }
  if (from && from.opened && !(from.step && from.step.recipe)) some();

  function some() {
    const list = make("p", element, "Opened on this page: ", "note some");
    for (const key of Object.keys(from.opened).slice(0, 12)) {
      const button = make("button", list, `[${key.split(",").join(", ")}]`);
      button.type = "button";
      button.addEventListener("click", () => { if (key) select(key.split(",").map(Number)); reveal(); });
    }
  }
  function reveal() {
    if (patches && !slide) {
      slide = sliding(place, from.step, t.shape, () => index, (next, whole) => {
        shown.ariaLive = whole ? "polite" : "off";  // a screen reader need not read out what runs by
        result.replaceChildren();
        select(next);
        if (whole) reveal();
      });
    }
    panel(result, open(from, index), index, label, element.dataset.part ? undefined : at(t, index));
  }
  function select(next) {
    index = next;
    for (const input of controls.querySelectorAll("input")) input.value = index[input.dataset.axis];
    shown.textContent = `${named(label, index)} = ${write(at(t, index))} `;
    if (!grid.hidden) tabulate();
    if (slide) slide.draw();
    draw();
  }
  function rows() {
    if (across === undefined) return [[index]];
    const cells = t.axes[across].map(i => put(index, across, i));
    if (down !== undefined) return t.axes[down].map(j => cells.map(cell => put(cell, down, j)));
    return Array.from({length: Math.ceil(cells.length / WRAP)}, (_, n) => cells.slice(n * WRAP, (n + 1) * WRAP));
  }
  function tabulate() {
    grid.replaceChildren();
    const all = rows(), width = Math.min(all[0].length, 64), many = Math.max(1, Math.floor(MOST_CELLS / width));
    const body = make("tbody", make("table", grid));
    for (const cells of all.slice(0, many)) {
      const row = make("tr", body);
      for (const cell of cells.slice(0, width)) make("td", row, write(at(t, cell)), "n");
    }
    if (all.length > many || all[0].length > width) make("p", grid, `The first ${Math.min(many, all.length)} rows and ${width} columns.`, "note");
  }
  function draw() {
    const all = rows(), height = all.length, width = Math.max(...all.map(row => row.length));
    const cell = Math.max(1, Math.min(22, Math.floor(SIDE / Math.max(width, height))));
    canvas.width = width * cell; canvas.height = height * cell;
    canvas.cells = {all, cell};
    const ctx = canvas.getContext("2d"), [paper, up, under] = [color("panel"), color("s0"), color("s1")];
    all.forEach((row, y) => row.forEach((place, x) => {
      const value = at(t, place), share = Number.isFinite(value) && t.most ? Math.min(1, Math.abs(value) / t.most) : 0;
      const end = value < 0 ? under : up;
      ctx.fillStyle = Number.isFinite(value) ? `rgb(${paper.map((p, c) => Math.round(p + (end[c] - p) * share))})` : "#000";
      ctx.fillRect(x * cell, y * cell, cell, cell);
      if (place.join() === index.join()) {
        ctx.strokeStyle = getComputedStyle(document.body).color;
        ctx.lineWidth = 2;
        ctx.strokeRect(x * cell + 1, y * cell + 1, Math.max(cell - 2, 2), Math.max(cell - 2, 2));
      }
    }));
  }
  canvas.addEventListener("click", event => {
    const box = canvas.getBoundingClientRect(), {all, cell} = canvas.cells, scale = canvas.width / box.width / cell;
    const clicked = (all[Math.floor((event.clientY - box.top) * scale)] || [])[Math.floor((event.clientX - box.left) * scale)];
    if (clicked) { if (slide) slide.stop(); select(clicked); if (from) reveal(); }
  });
  canvas.draw = () => { draw(); if (slide) slide.draw(); };
  select(index);
}

function show(part) {
  for (const element of part.querySelectorAll(".numbers:not([data-ready])")) {
    if (element.closest("details:not([open])")) continue;
    element.dataset.ready = "";
    viewer(element);
  }
}

function follow() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
}

document.addEventListener("toggle", event => { if (event.target.open) show(event.target); }, true);
addEventListener("hashchange", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const canvas of document.querySelectorAll("canvas")) if (canvas.draw) canvas.draw();
});
for (const button of document.querySelectorAll("button[data-all]")) {
  button.addEventListener("click", () => {
    const open = button.dataset.all === "open";
    for (const step of button.closest("section").querySelectorAll("details.step")) step.open = open;
  });
}
document.documentElement.classList.add("scripted");
show(document);
follow();
document.documentElement.dataset.ready = "";
})();
