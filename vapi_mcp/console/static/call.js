// The player of a call: a click on a turn or on the waveform plays from there, and the turn that is
// heard is marked.
"use strict";

const audio = document.getElementById("audio");
const turns = [...document.querySelectorAll("#turns button")];
if (audio) {
  const wave = document.getElementById("wave"), head = document.getElementById("head");
  const play = (seconds) => { audio.currentTime = seconds; audio.play().catch(() => {}); };
  for (const turn of turns) turn.addEventListener("click", () => play(Number(turn.dataset.start)));
  wave.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    if (audio.duration) play((event.clientX - box.left) / box.width * audio.duration);
  });
  audio.addEventListener("timeupdate", () => {
    const now = audio.currentTime;
    if (audio.duration) head.style.width = `${now / audio.duration * 100}%`;
    const current = turns.findLast((turn) => Number(turn.dataset.start) <= now + 0.05);
    for (const turn of turns) {
      const is = turn === current && now > 0;
      turn.parentElement.classList.toggle("now", is);
      if (is) turn.setAttribute("aria-current", "true"); else turn.removeAttribute("aria-current");
    }
  });
}

// A call that goes on: the page looks again, unless somebody is using it.
if (document.querySelector("[data-running]")) {
  setInterval(() => {
    if (document.visibilityState === "visible" && document.activeElement === document.body && !(audio && !audio.paused)) location.reload();
  }, 5000);
}
