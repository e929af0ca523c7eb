// The cluster as a graph: database, commanders, lieutenants, gate, external party, top to bottom.

function nodePlaces(run, width) {
  const places = new Map();
  const spread = (servers, y) => {
    const gap = width / servers.length;
    servers.forEach((i, n) => places.set(i, { x: gap * (n + 0.5), y, gap }));
  };
  spread(Array.from({ length: run.commanders }, (_, i) => i), 112);
  spread(lieutenantsOf(run), 206);
  spread([supervisorOf(run)], 300);
  spread([supervisorOf(run) + 1], 368);
  return places;
}

function drawNode(run, i, place, liar, behaviors, compact) {
  const wide = Math.min(132, place.gap - 14);
  const long = serverName(run, i);
  const label = wide >= long.length * 7.6 + 10 ? long : shortName(run, i);
  const w = Math.max(34, Math.min(wide, label.length * (liar ? 8 : 7.4) + 26)), h = 34;
  const group = draw("g", { class: liar ? "liar" : "", "data-server": i });
  group.append(draw("rect", { class: "node", x: place.x - w / 2, y: place.y - h / 2, width: w, height: h, rx: 8 }));
  if (liar) {
    const x = place.x + w / 2 + 2, y = place.y - h / 2 - 2;
    group.append(
      draw("rect", { class: "frame", x: place.x - w / 2 - 4, y: place.y - h / 2 - 4, width: w + 8, height: h + 8, rx: 11 }),
      draw("circle", { class: "mark", cx: x, cy: y, r: 8 }),
      draw("path", { class: "cross", d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6` }));
    if (!compact) {
      const words = place.gap > 120 ? ["Byzantine:", behaviors] : [place.gap > 76 ? "Byzantine" : "Byz."];
      words.filter(Boolean).forEach((word, n) => group.append(
        draw("text", { class: "aside", x: place.x, y: place.y + h / 2 + 18 + 14 * n, "text-anchor": "middle" }, word)));
    }
  }
  group.append(draw("text", { x: place.x, y: place.y + 4.5, "text-anchor": "middle" }, label));
  return { group, w, h };
}

function edgePath(a, b, sameRow) {
  if (!sameRow) return `M${a.x} ${a.y}L${b.x} ${b.y}`;
  const top = a.y - 18, lift = 26 + Math.abs(a.x - b.x) * 0.1;
  return `M${a.x} ${top}Q${(a.x + b.x) / 2} ${top - lift} ${b.x} ${top}`;
}

/** Draws the cluster into `into`; `step` is a message to show on its way, or nothing. */
function drawCluster(into, run, liars, step) {
  const width = Math.max(240, Math.round(into.clientWidth || 320));
  const compact = Boolean(step) || into.classList.contains("small");
  const places = nodePlaces(run, width);
  const svg = draw("svg", { viewBox: `0 0 ${width} 396`, role: "img" });
  const behaviorsOf = (i) => [...new Set(run.faults.filter((f) => f.server === i).map((f) => f.behavior))].join(", ");
  const liarWords = liars.map((i) => `${serverName(run, i)} (${behaviorsOf(i) || "told to lie"})`);
  svg.append(draw("title", {}, `${plural(run.commanders, "commander")} between the database and ` +
    `${plural(run.lieutenants, "lieutenant")}, who vote to the supervisor, which is the gate to the external party. ` +
    (liars.length ? `Byzantine: ${listed(liarWords)}.` : "Nobody is Byzantine.")));
  const store = { x: width / 2, y: 34 };
  const gate = places.get(supervisorOf(run)), outside = places.get(supervisorOf(run) + 1);
  const edge = (a, b, sameRow) => svg.append(draw("path", { class: "edge", d: edgePath(a, b, sameRow) }));
  for (let x = 0; x < run.commanders; ++x) {
    edge(store, places.get(x));
    if (run.commanders * run.lieutenants <= 60) lieutenantsOf(run).forEach((j) => edge(places.get(x), places.get(j)));
  }
  lieutenantsOf(run).forEach((j) => edge(places.get(j), gate));
  for (let j = 0; j + 1 < run.lieutenants; ++j) {
    edge(places.get(run.commanders + j), places.get(run.commanders + j + 1), true);
  }
  edge(gate, outside);
  svg.append(
    draw("path", { class: "store", d: `M${store.x - 40} 22v24a40 9 0 0 0 80 0v-24a40 9 0 0 0 -80 0a40 9 0 0 0 80 0` }),
    draw("text", { class: "muted", x: store.x, y: 48, "text-anchor": "middle" }, "database"));
  const nodes = new Map();
  for (const [i, place] of places) {
    const node = drawNode(run, i, place, liars.includes(i), behaviorsOf(i), compact);
    nodes.set(i, node);
    svg.append(node.group);
  }
  if (step && places.has(step.f) && places.has(step.t) && step.f !== step.t) {
    showFlow(svg, places, nodes, step);
  }
  into.replaceChildren(svg);
}

function showFlow(svg, places, nodes, step) {
  const a = places.get(step.f), b = places.get(step.t), lie = step.standing === "lie" ? " lie" : "";
  const sameRow = a.y === b.y;
  const path = draw("path", { class: `flow${lie}${step.silent ? " silent" : ""}`, d: edgePath(a, b, sameRow) });
  svg.insertBefore(path, nodes.values().next().value.group);
  // The head sits where the line meets the recipient's frame.
  const length = path.getTotalLength ? path.getTotalLength() : 0;
  const reach = sameRow ? 1 : Math.min(length / 2, 26);
  const tip = path.getPointAtLength(length - reach), before = path.getPointAtLength(length - reach - 9);
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x) * 180 / Math.PI;
  svg.append(draw("path", { class: `head${lie}`, d: "M0 0L-12 -6L-12 6Z",
    transform: `translate(${tip.x} ${tip.y}) rotate(${angle})` }));
  for (const i of [step.f, step.t]) nodes.get(i).group.classList.add("active");
}
