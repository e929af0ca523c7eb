// Who told whom what about one record: a matrix per commander, then values, votes and the gate.

/** The paths that a server which kept silent owed the other one. */
function owedBy(run, level, paths, step) {
  if (step.k === "distribution") return [[step.f]];
  if (!isRelay(step)) return [];
  if (step.p > 1 && step.k === "signed_relay") return []; // What was new to it nobody else knows.
  if (step.p === 1) return level.asked.map((x) => [x, step.f]);
  return [...paths.values()].map((known) => known.path)
    .filter((path) => path.length === step.p && !path.includes(step.f) && !path.includes(step.t))
    .map((path) => [...path, step.f]);
}

/** What arrived along every path: "0,3" (commander 0, passed on by server 3) -> recipient -> said. */
function pathsOf(run, round, level, record) {
  const paths = new Map();
  const put = (path, to, said) => {
    let key = path.join(",");
    // Two signed batches of a commander that came the same way have a row each.
    const taken = () => paths.has(key) && paths.get(key).cells.has(to) && paths.get(key).cells.get(to).step === said.step;
    while (said.step.k === "signed_relay" && taken()) key += "+";
    if (!paths.has(key)) paths.set(key, { path, cells: new Map() });
    if (!paths.get(key).cells.has(to)) paths.get(key).cells.set(to, said);
  };
  for (const step of round.steps.filter((s) => s.l === level.level)) {
    if (step.silent) {
      const said = { c: SILENCE, step, why: faultsOf(step, record) };
      for (const path of owedBy(run, level, paths, step)) put(path, step.t, said);
      continue;
    }
    if (step.k === "distribution" && step.f < run.commanders) {
      const c = step.items ? step.items[0].c[record] : SILENCE;
      put([step.f], step.t, { c, step, why: faultsOf(step, record) });
    }
    for (const [n, item] of (isRelay(step) ? step.items || [] : []).entries()) {
      if (!item.p) continue;
      // The table is about one commander: it need not be named again.
      const why = (step.bad || []).filter((b) => b[0] === n && b[1] === record)
        .map((b) => b[2].replace(/ of commander-\d+$/, ""));
      if (item.no || (step.refused && !refusedInPart(step))) why.push(`refused: ${REFUSALS[step.refused] || step.refused}`);
      put([...item.p, step.f], step.t, { c: item.c[record], step, why });
    }
  }
  return paths;
}

function saidCell(run, said) {
  if (!said) return make("td", { class: "none" }, "silence");
  const lie = said.why.length > 0 && said.step.faulty;
  const cell = make("td", {});
  if (said.why.length === 0) {
    cell.append(claimChip(run, said.c));
    return cell;
  }
  const word = claimWord(run, said.c);
  cell.append(make("span", { class: `chip ${lie ? "lie" : "odd"}`, title: claimText(run, said.c) },
    lie ? make("span", { class: "hidden" }, "lie: ") : "", `${lie ? "✗ " : "? "}${word}`),
    make("span", { class: `because${lie ? "" : " odd"}` }, said.why.join("; ")));
  return cell;
}

function rowHead(run, path) {
  if (path.length === 1) return "says itself";
  const speaker = serverName(run, path[path.length - 1]);
  const way = path.slice(1, -1).map((i) => shortName(run, i));
  return way.length === 0 ? `${speaker} passes on` : `${speaker} passes on from ${way.reverse().join(", from ")}`;
}

function liarName(run, round, i) {
  const name = serverName(run, i);
  return round.faulty.includes(i)
    ? make("span", { class: "liar-name" }, `✗ ${name}`, make("span", { class: "hidden" }, " (Byzantine)")) : name;
}

const caption = (title, text) => make("caption", {}, make("div", {}, title, " ", make("span", {}, text)));

function commanderTable(run, round, level, record, x, paths) {
  const lieutenants = lieutenantsOf(run);
  const head = make("tr", {}, make("th", { scope: "col" }, "said by \\ to"),
    ...lieutenants.map((j) => make("th", { scope: "col" }, liarName(run, round, j))));
  const body = make("tbody", {});
  const mine = [...paths.values()].filter((p) => p.path[0] === x);
  if (!paths.has(String(x))) mine.push({ path: [x], cells: new Map() });
  mine.sort((a, b) => a.path.length - b.path.length || a.path.map((i, n) => i - b.path[n]).find((d) => d !== 0) || 0);
  let length = 0;
  for (const { path, cells } of mine) {
    if (run.depth > 1 && path.length !== length) {
      length = path.length;
      body.append(make("tr", { class: "phase" }, make("th", { scope: "colgroup", colspan: lieutenants.length + 1 },
        length === 1 ? "Phase 0: the commander's own words" : `Phase ${length - 1}: relays`)));
    }
    body.append(make("tr", {}, make("th", { scope: "row" }, rowHead(run, path)),
      ...lieutenants.map((j) => path.includes(j) ? make("td", { class: "none", "aria-label": "nothing owed" }, "–")
        : saidCell(run, cells.get(j)))));
  }
  const asked = level.asked.indexOf(x);
  const foot = make("tfoot", {});
  if (level.values.length > 0) {
    const caughtBy = (n) => level.caught && level.caught[n].includes(x);
    foot.append(make("tr", {}, make("th", { scope: "row" }, isSigned(run) ? "F, the one signed claim" : "F, the majority"),
      ...lieutenants.map((j, n) => make("td", {}, claimChip(run, level.values[n][asked][record]),
        caughtBy(n) ? make("span", { class: "because" }, "caught by evidence") : ""))));
  }
  const width = `min-width:${(9.5 + 7.4 * lieutenants.length).toFixed(1)}rem`;
  const table = make("table", { class: "matrix", style: width }, caption(liarName(run, round, x),
    "what it told each lieutenant, and what they passed on"), make("thead", {}, head), body, foot);
  return make("div", { class: "box", role: "region", tabindex: "0", "aria-label": `What ${serverName(run, x)} said` }, table);
}

/** What every commander told every lieutenant itself. */
function directTable(run, round, level, record, paths) {
  const lieutenants = lieutenantsOf(run);
  const head = make("tr", {}, make("th", { scope: "col" }, "told by \\ to"),
    ...lieutenants.map((j) => make("th", { scope: "col" }, liarName(run, round, j))));
  const rows = level.asked.map((x) => {
    const cells = (paths.get(String(x)) || { cells: new Map() }).cells;
    return make("tr", {}, make("th", { scope: "row" }, liarName(run, round, x)),
      ...lieutenants.map((j) => saidCell(run, cells.get(j))));
  });
  const width = `min-width:${(9.5 + 7.4 * lieutenants.length).toFixed(1)}rem`;
  const table = make("table", { class: "matrix", style: width },
    caption("Told directly", "what each commander signed for each lieutenant"), make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { class: "box", role: "region", tabindex: "0", "aria-label": "What the commanders told directly" }, table);
}

function voteRow(run, round, level, record, j, n) {
  const step = round.steps.find((s) => s.k === "vote" && s.l === level.level && s.f === j && !s.silent);
  const vote = step && step.vote && step.vote[record];
  const ruling = level.rulings.length > 0 ? level.rulings[n][record] : null;
  const why = step ? faultsOf(step, record) : [];
  const cells = level.asked.map((_, a) => level.values.length > 0
    ? make("td", {}, claimChip(run, level.values[n][a][record])) : make("td", { class: "none" }, "–"));
  const voted = make("td", {});
  if (!vote) {
    voted.append(make("span", { class: "chip plain" }, "no vote"));
  } else {
    const state = why.length === 0 ? vote[0] : step.faulty ? "lie" : "odd";
    voted.append(make("span", { class: `chip ${state}`, title: vote[2] ? `version ${vote[2]}` : null },
      state === "lie" ? make("span", { class: "hidden" }, "lie: ") : "", state === "lie" ? `✗ ${vote[0]}` : vote[0]),
      why.length > 0 ? make("span", { class: `because${state === "lie" ? "" : " odd"}` }, why.join("; ")) : "");
  }
  const accused = step ? (step.accuses || []).filter((a) => a.r === record) : [];
  return make("tr", {}, make("th", { scope: "row" }, liarName(run, round, j)), ...cells,
    make("td", {}, ruling ? make("span", { class: `chip ${ruling[0]}` }, ruling[0]) : "–"), voted,
    make("td", {}, vote ? REASONS[vote[1]] || vote[1] : "–"),
    make("td", { class: accused.length ? null : "none" }, accused.length
      ? accused.map((a) => `${serverName(run, a.who)}${a.for_good ? ", for good" : ""}`).join("; ") : "nobody"));
}

function voteTable(run, round, level, record) {
  const head = make("tr", {}, make("th", { scope: "col" }, "lieutenant"),
    ...level.asked.map((x) => make("th", { scope: "col" }, `F of ${serverName(run, x)}`)),
    ...["the rule says", "voted", "because", "accuses"].map((t) => make("th", { scope: "col" }, t)));
  const table = make("table", { class: "votes" },
    caption("Values and votes", `${run.quorum} equal release ${run.quorum === 1 ? "vote opens" : "votes open"} the gate`),
    make("thead", {}, head), make("tbody", {}, ...lieutenantsOf(run).map((j, n) => voteRow(run, round, level, record, j, n))));
  return make("div", { class: "box", role: "region", tabindex: "0", "aria-label": "Values and votes" }, table);
}

function drawTables(run, round, record) {
  const shown = round.records[record];
  byId("said-record").textContent = shown.id === "" ? "the record with the empty id" : shown.id;
  const verdict = byId("verdict");
  const wrong = ["leaked", "corrupted", "denied"].includes(shown.judgement);
  const head = { released: "Released", withheld: "Withheld", unresolved: "Unresolved" }[shown.outcome] || "Open";
  verdict.className = `verdict ${shown.outcome === "released" ? "released" : "withheld"}${wrong ? " wrong" : ""}`;
  verdict.replaceChildren(make("strong", {}, `${wrong ? "✗ " : ""}${head}${wrong ? `, ${shown.judgement}` : ""}.`),
    shown.why.replace(/^(Released|Withheld): /, ""));
  const levels = byId("levels");
  levels.replaceChildren();
  for (const level of round.levels.filter((l) => l.here[record] === 1)) {
    if (round.levels.length > 1) levels.append(make("h3", {}, level.level === 0 ? "The round itself" : `Sub-round ${level.level}`));
    if (level.convicted.length > 0) {
      levels.append(make("p", { class: "note" }, `Not asked, because convicted before: ${namesOf(run, level.convicted)}.`));
    }
    const paths = pathsOf(run, round, level, record);
    if (isSigned(run) && level.asked.length > 1) levels.append(directTable(run, round, level, record, paths));
    for (const x of level.asked) levels.append(commanderTable(run, round, level, record, x, paths));
    levels.append(voteTable(run, round, level, record));
  }
  for (const c of shown.convictions || []) {
    levels.append(make("p", { class: "note" }, `The supervisor accepted the conviction of ${serverName(run, c.who)} ` +
      `(${c.for_good ? "for good" : "for this record in this round"}), accused by ${namesOf(run, c.by)}.` +
      (c.proof ? ` Proved by two signatures: ${c.proof}` : "")));
  }
  if (!run.computed) levels.append(make("p", { class: "note" }, "Values and rulings are not computed for a cluster of this size."));
}
