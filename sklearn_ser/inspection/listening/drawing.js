// Waveform, attention and emotion profile of the selected clip. Only these are ever drawn.
const getColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const N_COLOURS = 8;
const classColour = (i) => getColour(`--class-${i % N_COLOURS}`);

// Return a cleared canvas in the pixels of the screen, with lengths in CSS pixels.
function prepareCanvas(canvas) {
  const scale = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return { context, width, height };
}

// Peaks are the lowest and highest sample of each part of the sound, as signed bytes.
function readPeaks(clip) {
  return Int8Array.from(atob(clip.peaks), (character) => character.charCodeAt(0));
}

// A profile says which class the model prefers.
function getCurve(clip) {
  return clip.curve?.kind === "profile" && isBlind(clip) ? null : clip.curve;
}

function drawWave(clip) {
  const { context, width, height } = prepareCanvas(byId("wave"));
  if (clip.problem !== null) return;
  const peaks = readPeaks(clip);
  const n = peaks.length / 2;
  const middle = height / 2;
  const step = width / n;
  context.fillStyle = getColour("--wave");
  for (let i = 0; i < n; i++) {
    const top = middle - (peaks[2 * i + 1] / 127) * (middle - 2);
    const bottom = middle - (peaks[2 * i] / 127) * (middle - 2);
    context.fillRect(i * step, top, Math.max(step * 0.75, 0.8), Math.max(bottom - top, 1));
  }
  if (clip.curve?.kind === "attention") drawAttention(clip, context, width, height);
}

// Attention relative to its mean, over the waveform; the dotted line is the mean.
function drawAttention(clip, context, width, height) {
  const { times, values } = clip.curve;
  const top = Math.max(2, 1.05 * Math.max(...values));
  const x = (i) => (times[i] / clip.seconds) * width;
  const y = (value) => height - 1 - (value / top) * (height - 4);
  const colour = getColour("--curve");
  context.beginPath();
  values.forEach((value, i) => context.lineTo(x(i), y(value)));
  context.strokeStyle = colour;
  context.lineWidth = 1.8;
  context.stroke();
  context.lineTo(x(values.length - 1), height);
  context.lineTo(x(0), height);
  context.globalAlpha = 0.15;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 0.7;
  context.setLineDash([2, 4]);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y(1));
  context.lineTo(width, y(1));
  context.stroke();
}

function drawProfile(clip) {
  const canvas = byId("profile");
  canvas.hidden = clip.problem !== null || getCurve(clip)?.kind !== "profile";
  if (canvas.hidden) return;
  const { context, width, height } = prepareCanvas(canvas);
  const { times, values } = clip.curve;
  const y = (value) => height - 3 - value * (height - 8);
  context.strokeStyle = getColour("--line");
  for (const share of [0, 0.5, 1]) {
    context.strokeRect(0, y(share), width, 0);
  }
  data.profile_classes.forEach((_, k) => {
    context.strokeStyle = context.fillStyle = classColour(k);
    context.lineWidth = 2;
    context.beginPath();
    times.forEach((time, i) => context.lineTo((time / clip.seconds) * width, y(values[i][k])));
    context.stroke();
    if (times.length === 1) {
      context.beginPath();
      context.arc((times[0] / clip.seconds) * width, y(values[0][k]), 3, 0, 7);
      context.fill();
    }
  });
}

function draw() {
  if (current === null) return;
  drawWave(current);
  drawProfile(current);
}

// The legend has the value of each curve at the playhead.
function buildLegend(clip) {
  const legend = byId("legend");
  legend.hidden = clip.problem !== null || !getCurve(clip);
  if (legend.hidden) return;
  const names = clip.curve.kind === "profile" ? data.profile_classes : ["attention, relative to its mean"];
  const colours = clip.curve.kind === "profile" ? names.map((_, k) => `var(--class-${k % N_COLOURS})`) : ["var(--curve)"];
  legend.replaceChildren(
    ...names.map((name, k) => {
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = colours[k];
      return make("li", {}, swatch, make("bdi", { textContent: name }), " ", make("b", {}));
    }),
  );
}

function showCurve(time) {
  if (!getCurve(current) || current.problem !== null) return;
  const { kind, times, values } = current.curve;
  let nearest = 0;
  times.forEach((other, i) => {
    if (Math.abs(other - time) < Math.abs(times[nearest] - time)) nearest = i;
  });
  const found = kind === "profile" ? values[nearest] : [values[nearest]];
  byId("legend").querySelectorAll("b").forEach((element, k) => { element.textContent = found[k].toFixed(2); });
}

function prepareDrawing() {
  new ResizeObserver(draw).observe(byId("stage"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
