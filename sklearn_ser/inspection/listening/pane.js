// Everything about the selected clip.
function select(clip) {
  writeNote();
  stop();
  if (current !== null) rows.get(current.sample).setAttribute("aria-selected", "false");
  current = clip;
  const row = rows.get(clip.sample);
  row.setAttribute("aria-selected", "true");
  showRow(row);
  byId("list").setAttribute("aria-activedescendant", row.id);
  showMessage("");
  showClip(clip);
  if (byId("autoplay").checked && navigator.userActivation?.hasBeenActive !== false) play(0);
}

// Scroll the list, but not the page, where a phone shows something else.
function showRow(row) {
  const list = byId("list");
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  const below = top + row.offsetHeight - list.clientHeight;
  if (below > list.scrollTop) list.scrollTop = below;
}

function showClip(clip) {
  byId("clip-name").textContent = getName(clip);
  const about = [`sample ${clip.sample}`];
  if (clip.speaker !== null) about.push(`speaker ${clip.speaker}`);
  if (clip.problem === null) about.push(`${clip.seconds.toFixed(1)} s`);
  byId("clip-about").replaceChildren(...about.flatMap((text, i) => [i ? " \u00b7 " : "", make("bdi", { textContent: text })]));
  byId("problem").hidden = clip.problem === null;
  byId("problem").textContent = clip.problem === null ? "" : `This recording ${clip.problem}.`;
  for (const id of ["play", "seek"]) byId(id).disabled = clip.problem !== null;
  byId("stage").hidden = clip.problem !== null;
  byId("wave").setAttribute("aria-label", clip.curve?.kind === "attention" ? "Waveform and attention" : "Waveform");
  byId("profile").setAttribute("aria-label", "Probability of each class over time");
  showPlaying();
  showChoice();
  showTime(0);
  showPlace();
}

function buildChoices() {
  data.choices.forEach((label, i) => {
    const button = make("button", { type: "button", value: `=${label}` });
    if (i < 10) button.append(make("kbd", { textContent: String((i + 1) % 10) }));
    button.append(make("bdi", { textContent: label }));
    button.addEventListener("click", () => pick(label));
    byId("choices").append(button);
  });
}

function pick(label) {
  if (current === null || (current.problem !== null && label !== null)) return;
  choose(current.sample, { label });
  showChoice();
  if (label !== null && byId("advance").checked) step(1);
}

function showChoice() {
  const { label, note } = getChoice(current.sample);
  const isHidden = isBlind(current);
  byId("choices").querySelectorAll("button").forEach((button, i) => {
    const own = data.choices[i];
    button.setAttribute("aria-pressed", String(own === label));
    button.disabled = current.problem !== null;
    button.querySelectorAll(".tag").forEach((tag) => tag.remove());
    if (isHidden) return;
    if (own === current.label) button.append(make("span", { className: "tag", textContent: "label" }));
    if (own === current.prediction) button.append(make("span", { className: "tag", textContent: "model" }));
  });
  showNote();
  byId("clear").disabled = label === null && note === "";
  showChosen(current.sample);
  showProgress();
  showSaid(current);
  showCurve(getTime());
}

function showSaid(clip) {
  buildLegend(clip);
  draw();
  showAnswers(clip);
  showModel(clip);
  showDetails(clip);
  if (!isBlind(clip)) return;
  for (const id of ["answers", "model"]) byId(id).replaceChildren(remark("Hidden until you choose a label."));
}

function showAll() {
  clips.forEach((clip) => showChosen(clip.sample));
  showChoice();
}

// The note that the field showed last, and of which sample: only what differs was typed here.
let shownNote = "";
let noteOf = null;

function showNote() {
  const { note } = getChoice(current.sample);
  const field = byId("note");
  const isTyped = document.activeElement === field && field.value.trim() !== shownNote;
  if (!isTyped || noteOf !== current.sample) field.value = note;
  shownNote = note;
  noteOf = current.sample;
}

function writeNote() {
  const note = byId("note").value.trim();
  if (current !== null && note !== shownNote) choose(current.sample, { note });
}

function addBar(bars, name, share, value, colour) {
  const fill = make("div", { className: "fill" });
  fill.style.width = `${100 * share}%`;
  fill.style.background = colour;
  bars.append(
    make("span", { className: "label", dir: "auto", textContent: name }),
    make("div", { className: "track" }, fill),
    make("span", { className: "value", textContent: value }),
  );
}

const remark = (...parts) => make("p", { className: "remark" }, ...parts);

function showAnswers(clip) {
  byId("answers-card").hidden = !data.has_answers;
  const bars = make("div", { className: "bars" });
  const total = clip.answers.reduce((sum, answer) => sum + answer.count, 0);
  for (const { label, raters, count } of clip.answers) {
    addBar(bars, label, count / total, String(count), "var(--wave)");
    const anonymous = count - raters.length;
    const who = raters.map((rater, i) => [i ? ", " : "", make("bdi", { textContent: rater })]).flat();
    if (anonymous && raters.length) who.push(`, ${anonymous} anonymous`);
    if (who.length) bars.append(make("span", { className: "who" }, ...who));
  }
  const { disagreement } = clip.scores;
  byId("answers").replaceChildren(
    bars,
    remark(total ? `Entropy of the answers: ${disagreement.toFixed(2)} bit.` : "Nobody rated this clip."),
  );
}

// Whether the prediction is the class with the highest probability, which is shown anyway.
function isLikeliest(clip) {
  return clip.proba !== null && clip.proba[data.classes.indexOf(clip.prediction)] === Math.max(...clip.proba);
}

function showModel(clip) {
  byId("model-card").hidden = !data.has_model;
  const parts = [];
  if (clip.proba !== null) {
    const bars = make("div", { className: "bars" });
    const order = data.classes.map((_, k) => k).sort((a, b) => clip.proba[b] - clip.proba[a]);
    const isProfile = data.profile_classes !== null;
    for (const k of order) {
      const own = isProfile ? data.profile_classes.indexOf(data.classes[k]) : -1;
      const colour = own < 0 ? "var(--accent)" : `var(--class-${own % N_COLOURS})`;
      addBar(bars, data.classes[k], clip.proba[k], clip.proba[k].toFixed(2), colour);
    }
    const most = Math.log2(data.classes.length);
    parts.push(bars, remark(`Entropy: ${clip.scores.uncertainty.toFixed(2)} of at most ${most.toFixed(2)} bit.`));
  }
  if (clip.prediction !== null && clip.prediction !== clip.corrected && !isLikeliest(clip)) {
    parts.push(remark("Prediction: ", make("bdi", { textContent: clip.prediction })));
  }
  if (clip.corrected !== null) {
    const left = clip.left === null ? "" : `, ${clip.left.toFixed(2)} of the target left on the label`;
    const weight = clip.w === null ? "" : `; w = ${clip.w.toFixed(2)}`;
    const held = clip.held_out ? "; held out from training" : "";
    parts.push(remark("Corrected label: ", make("bdi", { textContent: clip.corrected }), `${left}${weight}${held}.`));
  }
  if (!parts.length) parts.push(remark("Nothing."));
  byId("model").replaceChildren(...parts);
}

function showDetails(clip) {
  // Columns of a table may be about labels.
  const details = { File: clip.file, ...(isBlind(clip) ? {} : clip.details) };
  if (clip.start !== null || clip.end !== null) {
    details.Part = `${clip.start ?? 0} s to ${clip.end === null ? "the end" : `${clip.end} s`}`;
  }
  if (clip.channel !== null) details.Channel = String(clip.channel);
  const found = Object.entries(details).filter(([, value]) => value !== null);
  byId("details-card").hidden = found.length === 0;
  byId("details").replaceChildren(
    ...found.flatMap(([name, value]) => [make("dt", { dir: "auto", textContent: name }), make("dd", { dir: "auto", textContent: value })]),
  );
}

function showMessage(text) {
  const isKept = isStored ? "" : "This browser does not keep choices: download them before you close the page.";
  const said = [text, isKept].filter(Boolean).join(" ");
  byId("message").textContent = said;
  byId("message").hidden = said === "";
}
