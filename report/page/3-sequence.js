// A round as a sequence diagram: a lane per server, an arrow per message, lies in red with a cross.

const ROW = 30, BAND = 26;

function laneOrder(run) {
  const servers = Array.from({ length: run.commanders + run.lieutenants }, (_, i) => i);
  return [supervisorOf(run), ...servers, supervisorOf(run) + 1];
}

/** A few letters for the arrow; the step's text says it in full. */
function arrowLabel(run, step, record) {
  const short = { public: "public", confidential: "conf.", "no value": "no value", absent: "absent", silence: "silent", nonsense: "nonsense" };
  if (step.silent) return "silence";
  if (step.too_large) return "too large";
  if (step.k === "distribution") return short[claimWord(run, step.items ? step.items[0].c[record] : SILENCE)] || "";
  if (isRelay(step)) {
    const words = (step.items || []).map((i) => (i.no && refusedInPart(step) ? "✗ " : "") + (short[claimWord(run, i.c[record])] || ""));
    if (words.length === 0) return "nothing new";
    if (new Set(words).size === 1) return words.length > 1 ? `${words.length}× ${words[0]}` : words[0];
    return words.length <= 3 ? words.join(" · ") : `${words.length} reports`;
  }
  if (step.k === "vote") return step.vote && step.vote[record] ? step.vote[record][0] : "vote";
  return { round_request: "request", payload_request: "payload?", payload_reply: "payload", delivery: "deliver",
    delivery_receipt: "kept", round_end: "end" }[step.k] || step.k;
}

function bandOf(step) {
  const at = step.l > 0 ? `Sub-round ${step.l}: ` : "";
  switch (step.k) {
    case "round_request": return `${at}${at ? "request" : "Request"}`;
    case "distribution": return `${at}${at ? "c" : "C"}laims of the commanders`;
    case "relay": case "signed_relay": return `${at}${at ? "e" : "E"}xchange among the lieutenants, phase ${step.p}`;
    case "vote": return `${at}${at ? "v" : "V"}otes`;
    case "payload_request": case "payload_reply": case "delivery": case "delivery_receipt": return "Release";
    default: return "End of the round";
  }
}

function drawRow(run, step, n, y, laneX, width, record) {
  const state = standing(step, record);
  const group = draw("g", { class: `row ${state}${step.silent ? " silent" : ""}`, "data-step": n });
  const a = laneX.get(step.f), b = laneX.get(step.t);
  group.append(draw("rect", { class: "hit", x: 0, y: y - ROW / 2, width, height: ROW }));
  if (a === undefined || b === undefined || a === b) return group;
  const sign = b > a ? 1 : -1, line = y + 7, end = b - sign * 2;
  group.append(draw("path", { class: "arrow", d: `M${a} ${line}H${end - sign * 7}` }),
    draw("circle", { class: "tip", cx: a, cy: line, r: 2.5 }));
  const partly = step.refused && refusedInPart(step);
  if (step.silent || (step.refused && !partly) || step.lost) {
    const x = end - sign * 8;
    group.append(draw("path", { class: "arrow", d: `M${x - 4} ${line - 4}l8 8m0 -8l-8 8` }));
  } else {
    group.append(draw("path", { class: "tip", d: `M${end} ${line}l${-sign * 9} -4.5v9Z` }));
  }
  const mark = state === "lie" ? "✗ " : state === "odd" && !step.silent ? "? " : "";
  const tail = partly ? " (part refused)" : step.refused ? " (refused)" : step.lost ? " (lost)" : "";
  const label = mark + arrowLabel(run, step, record) + tail;
  const half = label.length * 3.4;
  const x = Math.max(half + 4, Math.min(width - half - 4, (a + b) / 2));
  group.append(draw("text", { x, y: y + 1, "text-anchor": "middle" }, label));
  return group;
}

/** Draws the whole round; `onChoose(n)` is called for a click on step n. */
function drawSequence(into, run, round, record, steps, onChoose) {
  const lanes = laneOrder(run);
  const room = into.clientWidth || 600;
  const lane = Math.max(room < 480 ? 46 : 66, Math.floor(room / lanes.length));
  const width = lane * lanes.length;
  const laneX = new Map(lanes.map((i, n) => [i, lane * (n + 0.5)]));
  const head = make("div", { class: "lanes", style: `width:${width}px;grid-template-columns:repeat(${lanes.length},${lane}px)` });
  for (const i of lanes) {
    const liar = round.faulty.includes(i), name = serverName(run, i);
    const label = lane >= name.length * 7.2 + 6 ? name : shortName(run, i);
    head.append(make("span", { class: liar ? "liar" : null, title: name }, label,
      liar ? make("small", {}, lane >= 70 ? "✗ Byzantine" : "✗ Byz.") : ""));
  }
  const svg = draw("svg", { role: "img", width });
  const rows = [], seen = new Set();
  let y = 6;
  for (const [n, step] of steps.entries()) {
    const band = bandOf(step);
    if (!seen.has(band)) {
      seen.add(band);
      rows.push(draw("rect", { class: "band", x: 0, y, width, height: BAND - 6 }),
        draw("text", { class: "muted", x: 8, y: y + 14.5, style: "font-size:11.5px" }, band));
      y += BAND;
    }
    const row = drawRow(run, step, n, y + ROW / 2, laneX, width, record);
    row.addEventListener("click", () => onChoose(n));
    rows.push(row);
    y += ROW;
  }
  const height = y + 8;
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const lies = steps.filter((s) => standing(s, record) === "lie").length;
  svg.append(draw("title", {}, `Round ${round.n}: ${plural(steps.length, "message")}, of which ${plural(lies, "lie")}. ` +
    "The list below the diagram has them as text."));
  for (const x of laneX.values()) svg.append(draw("line", { class: "lane", x1: x, x2: x, y1: 0, y2: height }));
  // Bands and rows stand over the lanes; a row's own background stays see-through.
  svg.append(...rows);
  into.replaceChildren(head, svg);
  into.setAttribute("aria-label", `Sequence diagram of round ${round.n}`);
}

/** Marks the steps before, at and after `now`, and keeps `now` in sight. */
function markStep(into, now) {
  for (const row of into.querySelectorAll(".row")) {
    const n = Number(row.dataset.step);
    row.classList.toggle("now", n === now);
    row.classList.toggle("later", n > now);
    if (n !== now) continue;
    const box = row.getBoundingClientRect(), view = into.getBoundingClientRect();
    const head = 44;
    if (into.scrollHeight > into.clientHeight + 1) {
      if (box.top < view.top + head) into.scrollTop -= view.top + head - box.top + 40;
      else if (box.bottom > view.bottom) into.scrollTop += box.bottom - view.bottom + 60;
    }
  }
}
