// What is chosen (run, round, record, step), and the controls that choose it.

const chosen = { run: 0, round: 0, record: 0, step: 0 };
let steps = [];
let timer = null;

const theRun = () => data.runs[chosen.run];
const theRound = () => theRun().rounds[chosen.round];

function fillHeader() {
  const run = theRun();
  byId("scenario").replaceChildren(make("bdi", {}, run.scenario || "a run"));
  const outcome = byId("outcome");
  outcome.className = `badge ${run.outcome}`;
  outcome.textContent = run.outcome === "exposed" ? "✗ exposed" : "✓ secure";
  const [fc, fl, total] = run.tolerate;
  byId("about").textContent = `${plural(run.commanders, "commander")}, ${plural(run.lieutenants, "lieutenant")}, ` +
    `${run.protocol} messages ${run.protocol === "oral" ? "OM" : "SM"}(${run.depth}). Built to survive ` +
    `${plural(fc, "Byzantine commander")} and ${plural(fl, "Byzantine lieutenant")}, ${total} in all. ` +
    `${run.quorum} equal votes open the gate. Driver: ${run.driver}; seed ${run.seed}.`;
  const s = run.summary;
  const tile = (name, value, bad, text) => make("div", { class: bad ? "bad" : text ? "text" : null },
    make("dt", {}, name), make("dd", {}, typeof value === "number" ? value.toLocaleString("en") : value));
  byId("tiles").replaceChildren(tile("records", s.records), tile("released", s.released), tile("withheld", s.withheld),
    tile("leaked", s.leaked, s.leaked > 0), tile("corrupted", s.corrupted, s.corrupted > 0), tile("denied", s.denied),
    tile("unresolved", s.unresolved), tile("framed", s.framed, s.framed > 0), tile("rounds", s.rounds), tile("messages", s.messages),
    tile("convicted", s.convicted.length ? namesOf(run, s.convicted) : "nobody", false, true),
    tile("for good", s.quarantined.length ? namesOf(run, s.quarantined) : "nobody", false, true));
}

function fillFaults() {
  const run = theRun(), box = byId("faults");
  box.replaceChildren(make("h3", { style: "margin-top:0" }, "Told to lie"));
  if (run.faults.length === 0) {
    box.append(make("p", {}, "Nobody: every server is loyal."));
    return;
  }
  const rows = run.faults.map((f) => make("tr", {}, make("th", { scope: "row", class: "liar-name" }, `✗ ${serverName(run, f.server)}`),
    make("td", {}, f.behavior, f.options ? make("span", { class: "because odd" }, f.options) : ""),
    make("td", {}, f.rounds ? `rounds ${f.rounds}` : "all rounds")));
  box.append(make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {},
    ...["server", "behaviour", "when"].map((t) => make("th", { scope: "col" }, t)))), make("tbody", {}, ...rows))));
}

const liarsOf = (run) => [...new Set(run.faults.map((f) => f.server))];
const roundsOffered = () => theRun().rounds.map((r, i) => i)
  .filter((i) => !byId("only-notable").checked || theRun().rounds[i].notable.length > 0);

function fillRounds() {
  const run = theRun();
  const some = run.rounds.some((r) => r.notable.length > 0) && run.rounds.some((r) => r.notable.length === 0);
  byId("notable-choice").hidden = !some;
  if (!some) byId("only-notable").checked = false;
  const offered = roundsOffered();
  byId("round").replaceChildren(...offered.map((i) => {
    const r = run.rounds[i];
    // With one record a round, the round's number alone would say little.
    const only = r.records_total === 1 ? [`${r.records[0].id || "(empty id)"} ${r.records[0].outcome}`] : [];
    const words = [...only, ...r.notable.filter((w) => !only.join(" ").includes(w))];
    return make("option", { value: i }, `${r.n}${words.length ? `: ${words.join(", ")}` : ""}`);
  }));
  if (!offered.includes(chosen.round)) chosen.round = offered[0] || 0;
  byId("round").value = chosen.round;
  const words = [];
  if (run.rounds.length < run.rounds_total) {
    words.push(`This page holds ${run.rounds.length} of ${plural(run.rounds_total, "round")}: the first ones, and the first of those in which something notable happened.`);
  }
  if (run.summary.stray > 0) words.push(`${plural(run.summary.stray, "message")} named rounds that were never opened.`);
  byId("rounds-shown").textContent = words.join(" ");
}

function fillRecords() {
  const round = theRound();
  byId("record").replaceChildren(...round.records.map((r, i) => {
    const wrong = r.judgement && r.judgement !== "right" ? `, ${r.judgement}` : "";
    return make("option", { value: i }, `${r.id === "" ? "(empty id)" : r.id}: ${r.outcome}${wrong}`);
  }));
  byId("record").value = chosen.record;
  byId("record-choice").hidden = theRun().rounds.every((r) => r.records_total < 2);
  if (round.records.length < round.records_total) {
    byId("rounds-shown").textContent += ` Of this round's ${round.records_total} records ${round.records.length} are here, notable ones first.`;
  }
}

function showStep(n, follow) {
  const run = theRun(), round = theRound();
  chosen.step = Math.max(0, Math.min(steps.length - 1, n));
  const step = steps[chosen.step];
  const atEnd = chosen.step === steps.length - 1;
  for (const id of ["first", "back"]) byId(id).disabled = chosen.step === 0;
  for (const id of ["next", "last"]) byId(id).disabled = atEnd;
  if (atEnd) stop();
  if (!step) {
    byId("step-count").textContent = "No message";
    return;
  }
  const state = standing(step, chosen.record);
  const at = step.at === undefined ? "" : ` · ${timeText(run, step.at - round.opened)} after the request`;
  byId("step-count").textContent = `Message ${chosen.step + 1} of ${steps.length}${at}`;
  const wrong = faultsOf(step, chosen.record);
  byId("step-text").replaceChildren(make("p", {}, stepText(run, round, step, chosen.record)),
    state === "lie" ? make("p", { class: "lie-note" }, `✗ A lie: ${wrong.join("; ")}.`) : "",
    state === "odd" && wrong.length > 0 ? make("p", { class: "odd-note" }, `Not what was to be expected, though nobody told it to lie: ${wrong.join("; ")}.`) : "",
    step.lost ? make("p", { class: "odd-note" }, "It was lost on its way.") : "");
  markStep(byId("sequence"), chosen.step, follow);
  if (byId("step-graph").offsetParent !== null) {
    drawCluster(byId("step-graph"), run, round.faulty, { ...step, standing: state });
  }
}

function stop() {
  if (timer !== null) clearInterval(timer);
  timer = null;
  byId("play").textContent = "Play";
}

function play() {
  if (timer !== null) {
    stop();
    return;
  }
  if (chosen.step === steps.length - 1) showStep(0);
  byId("play").textContent = "Pause";
  timer = setInterval(() => showStep(chosen.step + 1), 1100);
}

/** A new record: what was said about it. `at` is the step to begin with. */
function showRecord(i, at) {
  stop();
  const run = theRun(), round = theRound();
  chosen.record = Math.max(0, Math.min(round.records.length - 1, i));
  byId("record").value = chosen.record;
  byId("record-back").disabled = chosen.record === 0;
  byId("record-on").disabled = chosen.record >= round.records.length - 1;
  steps = stepsFor(round, chosen.record);
  drawSequence(byId("sequence"), run, round, chosen.record, steps, (n) => { stop(); showStep(n); });
  byId("step-list").replaceChildren(...steps.map((s) => {
    const state = standing(s, chosen.record);
    const wrong = faultsOf(s, chosen.record);
    return make("li", { class: state === "lie" ? "lie" : null },
      stepText(run, round, s, chosen.record) + (wrong.length ? ` ${state === "lie" ? "A lie" : "Unexpected"}: ${wrong.join("; ")}.` : ""));
  }));
  if (round.records.length > 0) drawTables(run, round, chosen.record);
  showStep(at === undefined ? chosen.step : at);
}

function showRound(i) {
  chosen.round = Math.max(0, Math.min(theRun().rounds.length - 1, i));
  const offered = roundsOffered(), here = offered.indexOf(chosen.round);
  byId("round").value = chosen.round;
  byId("round-back").disabled = here <= 0;
  byId("round-on").disabled = here < 0 || here >= offered.length - 1;
  chosen.record = 0;
  if (!theRound()) {
    byId("sequence").textContent = "The run has no round.";
    return;
  }
  fillRounds();
  fillRecords();
  showRecord(0, 0);
}

function showRun(i) {
  chosen.run = i;
  fillHeader();
  fillFaults();
  drawCluster(byId("cluster"), theRun(), liarsOf(theRun()));
  fillRounds();
  // The first round in which something happened says more than the first.
  const notable = theRun().rounds.findIndex((r) => r.notable.length > 0);
  showRound(notable < 0 ? 0 : notable);
}

function moveRound(by) {
  const offered = roundsOffered();
  const to = offered[offered.indexOf(chosen.round) + by];
  if (to !== undefined) showRound(to);
}

function onKey(event) {
  const at = event.target;
  if (event.altKey || event.ctrlKey || event.metaKey || /^(SELECT|INPUT|TEXTAREA)$/.test(at.tagName)
    || (at.closest && at.closest(".box"))) {
    return;
  }
  const go = { ArrowRight: chosen.step + 1, ArrowLeft: chosen.step - 1 }[event.key];
  const inStage = at.closest && at.closest("#stage");
  if (go !== undefined) {
    stop();
    showStep(go);
  } else if (inStage && event.key === "Home") {
    stop();
    showStep(0);
  } else if (inStage && event.key === "End") {
    stop();
    showStep(steps.length - 1);
  } else if (event.key === "p" || event.key === "P") {
    play();
  } else {
    return;
  }
  event.preventDefault();
}

function begin() {
  const on = (id, what) => byId(id).addEventListener("click", what);
  on("first", () => { stop(); showStep(0); });
  on("back", () => { stop(); showStep(chosen.step - 1); });
  on("next", () => { stop(); showStep(chosen.step + 1); });
  on("last", () => { stop(); showStep(steps.length - 1); });
  on("play", play);
  on("round-back", () => moveRound(-1));
  on("round-on", () => moveRound(1));
  on("record-back", () => showRecord(chosen.record - 1));
  on("record-on", () => showRecord(chosen.record + 1));
  byId("round").addEventListener("change", (e) => showRound(Number(e.target.value)));
  byId("record").addEventListener("change", (e) => showRecord(Number(e.target.value)));
  byId("only-notable").addEventListener("change", () => { fillRounds(); showRound(chosen.round); });
  byId("run").replaceChildren(...data.runs.map((r, i) => make("option", { value: i }, r.scenario || `run ${i + 1}`)));
  byId("run-choice").hidden = data.runs.length < 2;
  byId("run").addEventListener("change", (e) => showRun(Number(e.target.value)));
  document.addEventListener("keydown", onKey);
  byId("footer").textContent = "Made by byzgate report from a recorded trace. This page needs no network and loads nothing. " +
    "A lie is a message by a server that was told to lie and that no loyal server would have sent.";
  showRun(0);
  drawCharts();
  let wide = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === wide) return;
    wide = window.innerWidth;
    drawCluster(byId("cluster"), theRun(), liarsOf(theRun()));
    showRecord(chosen.record);
    drawCharts();
  });
}

begin();
