"use strict";
// Shows one moment at a time; the slider, arrow keys and the button move through them.
(() => {
const {titles} = JSON.parse(document.getElementById("data").textContent);
const slider = document.getElementById("moment"), button = document.getElementById("play");
const said = document.getElementById("said");
const frames = [...document.querySelectorAll(".frame")];
const PAUSE = 700;
let timer;

function show() {
  const now = Number(slider.value);
  for (const frame of frames) frame.hidden = Number(frame.dataset.frame) !== now;
  said.textContent = titles[now];
  slider.setAttribute("aria-valuetext", titles[now]);
}
function stop() {
  clearInterval(timer);
  timer = undefined;
  button.textContent = "Play";
  button.setAttribute("aria-pressed", "false");
}
function play() {
  if (Number(slider.value) >= titles.length - 1) slider.value = 0;
  show();
  button.textContent = "Pause";
  button.setAttribute("aria-pressed", "true");
  timer = setInterval(() => {
    slider.value = Number(slider.value) + 1;
    show();
    if (Number(slider.value) >= titles.length - 1) stop();
  }, PAUSE);
}
slider.addEventListener("input", () => { stop(); show(); });
button.addEventListener("click", () => timer === undefined ? play() : stop());
document.documentElement.classList.add("scripted");
show();
document.documentElement.dataset.ready = "";
})();
