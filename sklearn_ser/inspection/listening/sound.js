// The sound of the selected clip: decoded when it is first played, and drawn.
const player = byId("player");
let url = null;
let loaded = null; // the clip that the player has

// Text of a clip's sound. It comes after this script, so that the list is there before it.
function readSound(clip) {
  const element = byId(`sound-${clip.sample}`);
  if (element) return Promise.resolve(element.textContent);
  if (document.readyState !== "loading") return Promise.reject(new Error("missing"));
  return new Promise((resolve, reject) => {
    document.addEventListener("DOMContentLoaded", () => readSound(clip).then(resolve, reject), { once: true });
  });
}

async function load(clip) {
  if (loaded === clip) return;
  const text = await readSound(clip);
  if (clip !== current) return;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (url !== null) URL.revokeObjectURL(url);
  url = URL.createObjectURL(new Blob([bytes], { type: clip.kind }));
  player.src = url;
  player.playbackRate = Number(byId("rate").value);
  loaded = clip;
}

async function play(from) {
  const clip = current;
  if (clip === null || clip.problem !== null) return;
  try {
    await load(clip);
    if (clip !== current) return;
    if (from !== undefined) player.currentTime = from;
    await player.play();
  } catch (error) {
    // A browser may refuse to play before the first click or key, and a newer clip interrupts.
    if (error.name !== "NotAllowedError" && error.name !== "AbortError") {
      showMessage("This browser cannot play the sound of this clip.");
    }
  }
}

function stop() {
  player.pause();
  player.removeAttribute("src");
  loaded = null;
}

function toggle() {
  if (loaded === current && !player.paused) player.pause();
  else play(loaded === current && player.ended ? 0 : undefined);
}

function seek(time) {
  const target = Math.min(Math.max(time, 0), Math.max(current.seconds - 0.01, 0));
  if (loaded === current) player.currentTime = target;
  else play(target);
  showTime(target);
}

const getTime = () => (loaded === current ? player.currentTime : 0);

function showTime(time) {
  const share = current.seconds ? Math.min(time / current.seconds, 1) : 0;
  byId("playhead").style.left = `${share * 100}%`;
  byId("seek").value = String(share);
  byId("seek").setAttribute("aria-valuetext", `${time.toFixed(1)} of ${current.seconds.toFixed(1)} seconds`);
  byId("time").textContent = `${time.toFixed(1)} / ${current.seconds.toFixed(1)} s`;
  showCurve(time);
}

function showPlaying() {
  const isPlaying = !player.paused && !player.ended;
  byId("play").textContent = isPlaying ? "\u275a\u275a" : "\u25b6";
  byId("play").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  if (isPlaying) requestAnimationFrame(follow);
}

function follow() {
  showTime(getTime());
  if (!player.paused && !player.ended) requestAnimationFrame(follow);
}

function prepareSound() {
  for (const name of ["play", "pause", "ended"]) player.addEventListener(name, showPlaying);
  player.addEventListener("seeked", () => loaded === current && showTime(getTime()));
  player.addEventListener("ended", () => showTime(current.seconds));
  byId("play").addEventListener("click", toggle);
  byId("seek").addEventListener("input", () => seek(Number(byId("seek").value) * current.seconds));
  byId("rate").addEventListener("change", () => { player.playbackRate = Number(byId("rate").value); });
  byId("stage").addEventListener("click", (event) => {
    if (current.problem !== null) return;
    const box = byId("stage").getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * current.seconds);
  });
}
