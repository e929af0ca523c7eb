// How the records came out, per run, and how long the rounds took.

const OUTCOMES = [
  ["released_right", "released, rightly", "var(--public)"],
  ["withheld_right", "withheld, rightly", "var(--confidential)"],
  ["denied", "denied (public, but withheld)", "var(--denied)"],
  ["leaked", "leaked (confidential, but released)", "var(--lie)"],
  ["corrupted", "corrupted (not what the database holds)", "var(--text)"],
];

function outcomeBar(run, width) {
  const total = OUTCOMES.reduce((sum, [key]) => sum + run.outcomes[key], 0);
  const svg = draw("svg", { viewBox: `0 0 ${width} 30`, role: "img" });
  const words = OUTCOMES.filter(([key]) => run.outcomes[key] > 0).map(([key, name]) => `${run.outcomes[key]} ${name}`);
  svg.append(draw("title", {}, `${run.scenario}: ${words.length ? listed(words) : "no record decided"}`));
  svg.append(draw("rect", { class: "band", x: 0, y: 2, width, height: 26, rx: 5 }));
  let x = 0;
  for (const [key, , color] of OUTCOMES) {
    const count = run.outcomes[key];
    if (count === 0) continue;
    const w = Math.max(3, width * count / total - 1);
    svg.append(draw("rect", { x, y: 2, width: w, height: 26, rx: 3, style: `fill:${color}` }));
    const text = count.toLocaleString("en");
    if (w > text.length * 8 + 8) {
      svg.append(draw("text", { x: x + w / 2, y: 19.5, "text-anchor": "middle", style: "fill:var(--surface);font-weight:600" }, text));
    }
    x += width * count / total;
  }
  return svg;
}

function outcomeFigure() {
  const legend = make("ul", { class: "legend" }, ...OUTCOMES.map(([, name, color]) =>
    make("li", {}, make("i", { style: `background:${color}` }), name)));
  const figure = make("figure", { class: "card wide", id: "outcome-chart" },
    make("h3", {}, data.runs.length > 1 ? "Outcomes per scenario" : "Outcomes"));
  byId("charts").append(figure);
  const width = Math.max(220, figure.clientWidth - 34);
  for (const run of data.runs) {
    if (data.runs.length > 1) figure.append(make("p", { style: "margin:10px 0 2px;font-size:.875rem" }, make("bdi", {}, run.scenario)));
    figure.append(outcomeBar(run, width));
  }
  const names = ["scenario", "records", "released", "withheld", "leaked", "corrupted", "denied", "unresolved", "convicted"];
  const rows = data.runs.map((run) => make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, run.scenario)),
    ...names.slice(1, -1).map((n) => make("td", { class: "number" }, run.summary[n].toLocaleString("en"))),
    make("td", {}, run.summary.convicted.length ? namesOf(run, run.summary.convicted) : "nobody")));
  figure.append(legend, make("div", { class: "box", style: "margin-top:14px;margin-bottom:0", role: "region", tabindex: "0", "aria-label": "Outcomes in numbers" },
    make("table", {}, make("thead", {}, make("tr", {}, ...names.map((n, i) => make("th", { scope: "col", class: i > 0 && i < names.length - 1 ? "number" : null }, n)))), make("tbody", {}, ...rows))));
}

function latencyFigure(run) {
  const figure = make("figure", { class: `card${data.runs.length === 1 ? " wide" : ""}` },
    make("h3", {}, data.runs.length > 1 ? `Latency of rounds: ${run.scenario}` : "Latency of rounds"));
  byId("charts").append(figure);
  const bins = run.latency.bins;
  if (bins.length === 0) {
    figure.append(make("p", { class: "note" }, "No round came to its end."));
    return;
  }
  const width = Math.max(220, figure.clientWidth - 34), height = 170, floor = height - 34, left = 8;
  const most = Math.max(...bins.map((b) => b[2]));
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  const l = run.latency;
  svg.append(draw("title", {}, `Histogram of ${plural(l.rounds, "round")}: half within ${timeText(run, l.p50)}, ` +
    `95 of 100 within ${timeText(run, l.p95)}, the slowest ${timeText(run, l.max)}`));
  const step = Math.min(64, (width - 2 * left) / bins.length);
  bins.forEach(([from, , count], i) => {
    const h = count === 0 ? 0 : Math.max(2, (floor - 22) * count / most), x = left + i * step;
    svg.append(draw("rect", { class: "bar", x: x + 2, y: floor - h, width: Math.max(1, step - 4), height: h, rx: 2 }));
    if (count > 0 && step > 22) {
      svg.append(draw("text", { x: x + step / 2, y: floor - h - 5, "text-anchor": "middle", style: "font-size:11px" }, count.toLocaleString("en")));
    }
    const every = Math.ceil(58 / step);
    if (i % every === 0) {
      svg.append(draw("text", { class: "muted", x: x + 1, y: floor + 16, style: "font-size:11px" }, timeText(run, from)));
    }
  });
  svg.append(draw("line", { class: "axis", x1: left, x2: width - left, y1: floor, y2: floor }));
  figure.append(svg, make("figcaption", {}, `${plural(l.rounds, "round")} from request to end. Half within ${timeText(run, l.p50)}, ` +
    `95 of 100 within ${timeText(run, l.p95)}, 99 within ${timeText(run, l.p99)}, the slowest ${timeText(run, l.max)}. Each bar begins at its label.`));
}

function drawCharts() {
  byId("charts").replaceChildren();
  outcomeFigure();
  data.runs.forEach(latencyFigure);
}
