"use strict";
// The data, and how it is put in words. Whatever a server said reaches the page as text only.

const data = JSON.parse(document.getElementById("data").textContent);
const SILENCE = -1, ELSEWHERE = -2;
const byId = (id) => document.getElementById(id);

/** An element with attributes and children; a child that is no node becomes text. */
function make(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== null && value !== false) {
      e.setAttribute(name, value === true ? "" : value);
    }
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

function draw(tag, attributes, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
const listed = (words) => words.length < 2 ? words.join("")
  : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

function serverName(run, i) {
  if (i < 0) return "a server that doesn't exist";
  if (i < run.commanders) return `commander-${i + 1}`;
  const j = i - run.commanders;
  if (j < run.lieutenants) return `lieutenant-${j + 1}`;
  return j === run.lieutenants ? "supervisor" : "external-party";
}

function shortName(run, i) {
  if (i < run.commanders) return `C${i + 1}`;
  const j = i - run.commanders;
  if (j < run.lieutenants) return `L${j + 1}`;
  return j === run.lieutenants ? "gate" : "ext.";
}

const supervisorOf = (run) => run.commanders + run.lieutenants;
const lieutenantsOf = (run) =>
  Array.from({ length: run.lieutenants }, (_, j) => run.commanders + j);
const namesOf = (run, servers) => listed(servers.map((i) => serverName(run, i)));

/** What a claim says, in a word: public, confidential, absent, no value, silence. */
function claimWord(run, c) {
  if (c === SILENCE) return "silence";
  if (c === ELSEWHERE) return "not asked";
  return run.claims[c][0];
}

function claimText(run, c) {
  if (c < 0) return claimWord(run, c);
  const [word, version] = run.claims[c];
  return version === undefined ? (word === "absent" ? "no such record" : word)
    : `${word}, version ${version}`;
}

function claimChip(run, c) {
  const word = claimWord(run, c);
  const kind = word === "public" || word === "confidential" ? word : "plain";
  const chip = make("span", { class: `chip ${kind}` }, word);
  if (c >= 0 && run.claims[c].length > 2) {
    chip.title = `version ${run.claims[c][1]}, digest ${run.claims[c][2]}`;
  }
  return chip;
}

function timeText(run, ticks) {
  if (run.unit !== "us") return plural(ticks, "step");
  if (ticks < 1000) return `${ticks} µs`;
  if (ticks < 1e6) return `${(ticks / 1000).toLocaleString("en", { maximumSignificantDigits: 3 })} ms`;
  return `${(ticks / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 })} s`;
}

const REASONS = {
  enough_public: "enough commanders make the same public claim",
  not_public: "what it heard is not public",
  too_few_public: "too few commanders say public",
  budget_disproved: "more commanders were convicted than the budget allows",
  commanders_differ: "the commanders differ and none can be convicted",
  silence: "too few commanders were heard",
};
const REFUSALS = {
  unknown_server: "it was not its place to say that",
  unknown_round: "there is no such round",
  late: "too late",
  duplicate: "said already",
  malformed: "malformed",
  oversized: "too large",
  bad_digest: "a payload doesn't match its digest",
  bad_signature: "not signed by whom it names",
};

const isRelay = (step) => step.k === "relay" || step.k === "signed_relay";
const isSigned = (run) => run.protocol === "signed";

/** Whether only some items of a signed relay were refused: the others were heard. */
const refusedInPart = (step) => (step.items || []).some((i) => i.no) && step.items.some((i) => !i.no);

/** What is wrong with a step as far as the record is concerned; nothing wrong: an empty list. */
function faultsOf(step, record) {
  const wrong = (step.bad || []).filter((b) => b[1] === record).map((b) => b[2]);
  if (step.refused) wrong.push(`refused: ${REFUSALS[step.refused] || step.refused}`);
  if (step.silent && step.faulty) wrong.push("it owed a message and kept silent");
  return [...new Set(wrong)];
}

/** lie: by a server that was told to lie. odd: wrong all the same (late, lost, updated). */
function standing(step, record) {
  if (faultsOf(step, record).length === 0) return step.silent || step.lost ? "odd" : "";
  return step.faulty ? "lie" : "odd";
}

function itemText(run, item, record) {
  const c = item.c[record];
  if (!item.p) return claimText(run, c);
  const way = item.p.slice(1).map((i) => serverName(run, i));
  const told = way.length === 0 ? serverName(run, item.p[0])
    : `${serverName(run, item.p[0])} by way of ${way.join(" and then ")}`;
  return `${told}: ${claimText(run, c)}${item.no ? " (refused)" : ""}`;
}

/** The chain of signatures under an item of a signed relay: the commander's first. */
function chainText(run, step, item, record) {
  const signers = [...item.p, step.f].map((i) => serverName(run, i));
  return `${claimText(run, item.c[record])}, signed by ${listed(signers)}${item.no ? " (refused)" : ""}`;
}

function voteText(run, step, record) {
  const vote = step.vote && step.vote[record];
  const name = serverName(run, step.f);
  if (!vote) return `${name} votes, but not on this record.`;
  const version = vote[0] === "release" ? ` of version ${vote[2]}` : "";
  let text = `${name} votes ${vote[0]}${version}: ${REASONS[vote[1]] || vote[1]}.`;
  for (const a of (step.accuses || []).filter((a) => a.r === record)) {
    text += ` It accuses ${serverName(run, a.who)}${a.for_good ? " for good" : ""}: ` +
      `${claimText(run, a.a)} by ${namesOf(run, a.by_a)}; ${claimText(run, a.b)} by ${namesOf(run, a.by_b)}.` +
      (a.proof ? " It shows both signatures." : "");
  }
  return text;
}

/** One step in a sentence or two. */
function stepText(run, round, step, record) {
  const from = serverName(run, step.f), to = serverName(run, step.t);
  if (step.silent) {
    const owed = { distribution: "claims", relay: "relay", signed_relay: "relay", vote: "vote" }[step.k];
    return `${to} never gets the ${owed} that ${from} owes it.` +
      (isSigned(run) ? " Silence is signed by nobody: it proves nothing against anybody." : "");
  }
  if (step.too_large) return `${from} sends ${to} a message of ${plural(step.too_large, "byte")}.`;
  switch (step.k) {
    case "round_request":
      return step.l === 0
        ? `${from} opens round ${round.n} with ${plural(step.count || 0, "record")} for ${to}.`
        : `${from} opens sub-round ${step.l} over ${plural(step.count || 0, "unresolved record")} for ${to}.`;
    case "distribution":
      return `${from} tells ${to}: ${claimText(run, step.items ? step.items[0].c[record] : SILENCE)}.`;
    case "relay":
      return `${from} passes on to ${to} what it heard. ` +
        (step.items || []).map((i) => itemText(run, i, record)).join("; ") + ".";
    case "signed_relay":
      return (step.items || []).length === 0
        ? `${from} tells ${to} that it has nothing new to pass on.`
        : `${from} passes on to ${to} ` + step.items.map((i) => chainText(run, step, i, record)).join("; ") + ".";
    case "vote":
      return voteText(run, step, record);
    case "payload_request":
      return `${from} asks ${to}, which voted release, for ${plural(step.count || 0, "payload")}.`;
    case "payload_reply":
      return `${from} hands over ${plural(step.count || 0, "payload")}.`;
    case "delivery":
      return `The gate opens: ${from} hands ${plural(step.count || 0, "record")} to the external party.`;
    case "delivery_receipt":
      return "The external party has kept what it was given.";
    case "round_end":
      return `${from} tells ${to} that the round is over.`;
    default:
      return `${from} sends ${to} a ${step.k}.`;
  }
}

/** The steps of a round that concern a record: those of levels that decide other records don't. */
function stepsFor(round, record) {
  const here = new Map(round.levels.map((l) => [l.level, l.here[record]]));
  return round.steps.filter((s) => here.get(s.l) !== 0 || s.l === 0);
}
