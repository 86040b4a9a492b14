// The transcript reader and the review queue: select a passage, decide it from the keyboard, saved at once.
// The page is complete without this script; the forms in it do the same. One listener a kind of event, none an element.
(() => {
  const root = document.querySelector("[data-reader]");
  if (!root) return;
  const mode = root.dataset.reader; // "text": one whole transcript; "queue": lines from many
  const $ = (what, where = root) => where.querySelector(what);
  const $$ = (what, where = root) => [...where.querySelectorAll(what)];
  const STANCE = { b: "bear", u: "bull", m: "mixed", n: "neutral" };
  const BASIS = { f: "first-hand", s: "second-hand", o: "opinion", h: "hypothetical" };

  const items = new Map(JSON.parse(document.querySelector("[data-items]").textContent).map((item) => [item.key, item]));
  const truth = new Map(items); // what the server last said; `items` may run ahead of it while a save is under way
  const moved = new Map(); // key of a passage that went to another question -> its key there
  const form = $("[data-form]");
  const addForm = $("[data-add-form]");
  const filter = mode === "text" ? $("[data-filter]") : null;
  const live = $("[data-live]");
  const trouble = $("[data-error]");
  const token = form.elements.csrfmiddlewaretoken.value;
  const questions = [...form.elements.question.options].map((option) => option.value);
  const undo = [];
  const waits = new Map(); // key -> how many of its saves are still to come back
  let selected = null; // key of the item in the panel
  let saving = Promise.resolve();

  // What is seen -----------------------------------------------------------------------------------------------------

  const wanted = () => (filter ? Object.fromEntries(new FormData(filter)) : { question: "", state: "all", stance: "" });
  function seen(item, want = wanted()) {
    const states = want.state === "all" ? true : want.state ? item.state === want.state : item.state !== "rejected";
    return states && (!want.question || item.question === want.question) && (!want.stance || item.stance === want.stance);
  }
  const inOrder = () => [...items.values()].sort((a, b) => (mode === "text" ? a.start - b.start || a.end - b.end : a.place - b.place));
  const escape = (key) => CSS.escape(key);
  const chips = (key) => $$(`.chip[data-i="${escape(key)}"], .queue-row[data-i="${escape(key)}"]`);
  const pieces = (key) => $$(`mark[data-i~="${escape(key)}"]`);

  function paintPiece(mark, want) {
    const over = mark.dataset.i.split(" ").map((key) => items.get(key)).filter((item) => item && seen(item, want));
    const here = selected && mark.dataset.i.split(" ").includes(selected) ? " here" : "";
    mark.className = over.length ? `hue-${over[0].stance} ${over[0].state}${over.length > 1 ? " two" : ""}${here}` : `off${here}`;
  }
  function paintChip(chip, want) {
    const item = items.get(chip.dataset.i);
    if (!item) return;
    const here = (item.key === selected ? " here" : "") + (waits.get(item.key) ? " saving" : "");
    if (mode === "queue") {
      chip.className = `queue-row hue-${item.stance} ${item.state}${here}`;
      const state = $("[data-state]", chip);
      if (state) state.textContent = item.state === "open" ? "" : `${item.state} for ${item.question}`;
      return;
    }
    chip.className = `chip stance stance-${item.stance} ${item.state}${seen(item, want) ? "" : " off"}${here}`;
  }
  function paint(keys) {
    const want = wanted();
    const marks = keys ? keys.flatMap(pieces) : $$("mark[data-i]");
    const links = keys ? keys.flatMap(chips) : $$(mode === "text" ? ".chip" : ".queue-row");
    for (const mark of marks) paintPiece(mark, want);
    for (const chip of links) paintChip(chip, want);
  }
  function tell() {
    const count = { open: 0, accepted: 0, rejected: 0 };
    const by = {};
    let visible = 0;
    const want = wanted();
    for (const item of items.values()) {
      count[item.state] += 1;
      by[`${item.question}-${item.state}`] = (by[`${item.question}-${item.state}`] || 0) + 1;
      if (seen(item, want)) visible += 1;
    }
    const line = $("[data-shown]");
    if (line) line.textContent = mode === "text" ? `${visible} shown · ${count.open} open` : `${count.open} on this page still open`;
    for (const cell of $$("[data-n]")) cell.textContent = by[cell.dataset.n] || 0;
    drawMap(want);
  }

  // The map at the side: one path a stance, so that six hundred marks are four elements ------------------------------

  const map = $("[data-minimap]");
  const text = $("[data-text]");
  const NS = "http://www.w3.org/2000/svg";
  const length = text ? Number(text.lastElementChild?.querySelector(".said")?.dataset.at || 0) + 400 : 0;
  const down = (at) => Math.round((1000 * at) / length);
  function drawMap(want = wanted()) {
    if (!map || !length) return;
    const parts = { bear: "", bull: "", mixed: "", neutral: "" };
    for (const item of items.values()) if (seen(item, want)) parts[item.stance] += `M0 ${down(item.start)}h10v${Math.max(2, down(item.end - item.start))}h-10z`;
    for (const [stance, path] of Object.entries(parts)) {
      let shape = $(`.fill-${stance}`, map);
      if (!shape) {
        shape = document.createElementNS(NS, "path");
        shape.setAttribute("class", `fill-${stance}`);
        map.append(shape);
      }
      shape.setAttribute("d", path);
    }
    map.removeAttribute("hidden");
  }
  map?.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    const at = ((event.clientY - box.top) / box.height) * length;
    const near = inOrder().filter((item) => seen(item)).sort((a, b) => Math.abs(a.start - at) - Math.abs(b.start - at))[0];
    if (near && Math.abs(near.start - at) < length / 50) return select(near.key, true);
    const turn = $$(".said", text).filter((said) => Number(said.dataset.at) <= at).pop();
    turn?.closest(".turn").scrollIntoView({ block: "center" });
  });

  // The panel ----------------------------------------------------------------------------------------------------------

  const put = (name, value) => { const place = $(`[data-f="${name}"]`); if (place) place.textContent = value; };
  const list = (values) => (values && values.length ? values.join(", ") : "–");
  function words(item) {
    if (item.text) return item.text;
    return pieces(item.key).map((mark) => mark.textContent).join("");
  }
  function fill(item) {
    $("[data-none]").hidden = Boolean(item);
    $("[data-one]").hidden = !item;
    put("bar", item ? `${item.question}, ${item.stance}, ${item.state}` : "Nothing selected");
    if (!item) return;
    const option = [...form.elements.question.options].find((o) => o.value === item.question);
    put("question", item.question);
    put("title", option ? option.text.slice(item.question.length) : "");
    put("state", item.state);
    put("words", words(item));
    $("[data-f='quote']").className = `quote hue-${item.stance}`;
    put("score", item.score === null ? "added by hand" : item.score.toFixed(2));
    put("found", list(item.words));
    put("similarity", item.similarity == null ? "–" : item.similarity.toFixed(2));
    put("stanceCues", list(item.stanceCues));
    put("basisCues", list(item.basisCues));
    put("figures", list(item.figures));
    put("model", (item.model || "–") + (item.codebook ? `, codebook ${item.codebook}` : ""));
    put("by", item.by ? `${item.by}, ${new Date(item.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}` : "–");
    put("refusal", item.refusal || "");
    form.elements.suggestion.value = item.suggestion;
    form.elements.tag.value = item.tag;
    form.elements.question.value = item.question;
    form.elements.stance.value = item.stance;
    form.elements.basis.value = item.basis;
    if (item.decide) form.action = item.decide;
    $("[data-when='open']").hidden = item.state !== "open";
    $("[data-when='decided']").hidden = item.state === "open" || Boolean(item.refusal);
    $("[data-to-reject]").hidden = item.state === "rejected";
    $("[data-to-accept]").hidden = item.state === "accepted";
  }
  function select(key, scroll = false) {
    const before = selected;
    selected = items.has(key) ? key : null;
    paint([before, selected].filter(Boolean));
    fill(items.get(selected));
    fault("");
    if (!selected || !scroll) return;
    const place = (mode === "text" ? pieces(selected)[0] : null) || chips(selected)[0];
    place?.closest(".turn, .queue-row").scrollIntoView({ block: "nearest" });
    place?.scrollIntoView({ block: "center" });
  }
  function step(direction) {
    const want = wanted();
    const all = inOrder();
    const open = all.filter((item) => item.state === "open" && (mode === "queue" || seen(item, { ...want, state: "" })));
    if (!open.length) return say(mode === "queue" ? "Nothing on this page is open." : "No open suggestion is left here.");
    const here = all.findIndex((item) => item.key === selected);
    const place = new Map(all.map((item, at) => [item.key, at]));
    const next = direction > 0 ? open.find((item) => place.get(item.key) > here) : open.findLast((item) => here < 0 || place.get(item.key) < here);
    if (!next) return say(direction > 0 ? "That was the last open one." : "That was the first open one.");
    select(next.key, true);
  }
  const say = (sentence) => { live.textContent = sentence; };
  function fault(sentence, place = trouble) {
    if (!place) return;
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  // Saving ---------------------------------------------------------------------------------------------------------------

  async function send(action, fields) {
    const body = new URLSearchParams({ action, ...fields });
    let answer;
    try {
      answer = await fetch(fields.decide || root.dataset.decide, {
        method: "POST",
        body: (body.delete("decide"), body),
        headers: { Accept: "application/json", "X-CSRFToken": token },
        credentials: "same-origin",
      });
    } catch {
      throw new Error("The server can't be reached. Nothing was saved; check the connection and try again.");
    }
    const type = answer.headers.get("Content-Type") || "";
    if (answer.ok && type.startsWith("application/json")) return answer.json();
    if (type.startsWith("text/plain")) throw new Error(await answer.text());
    throw new Error(answer.redirected || answer.status === 403 ? "You are no longer signed in. Nothing was saved; sign in again in another tab, then repeat it." : "That did not work. Nothing was saved; reload the page and try again.");
  }
  // Each save waits for the one before it, so that quick keys arrive in the order in which they were pressed.
  function queueUp(work) {
    saving = saving.then(work, work);
    return saving;
  }
  function takeOver(answer, old) {
    if (mode === "queue") {
      const now = answer.items.find((item) => item.key === answer.key) || answer.items.find((item) => item.key === old.key);
      const half = answer.items.find((item) => item.key === old.key);
      if (now) truth.set(old.key, { ...old, ...now, key: old.key, reassigned: half !== now });
      items.set(old.key, truth.get(old.key));
      return old.key;
    }
    for (const known of [items, truth]) {
      for (const item of [...known.values()]) if (item.turn === answer.turn) known.delete(item.key);
      for (const item of answer.items) known.set(item.key, item);
    }
    const turn = document.getElementById(`t${answer.turn}`);
    $(".said", turn).innerHTML = answer.said;
    $(".marks", turn).innerHTML = answer.marks;
    paint(answer.items.map((item) => item.key));
    return answer.key;
  }
  const fields = (item, more = {}) => ({ ...(item.tag ? { tag: item.tag } : { suggestion: item.suggestion }), ...(item.decide ? { decide: item.decide } : {}), ...more });

  const same = (action, old, said) =>
    (action === "accept" ? "accepted" : action === "reject" ? "rejected" : action === "change" ? old.state : "") === old.state &&
    Object.entries(said).every(([name, value]) => old[name] === value);

  function decide(action, more = {}) {
    const shown = items.get(selected);
    if (!shown) return say("Select a passage first: press j.");
    if (shown.refusal) return fault(shown.refusal);
    const said = { stance: form.elements.stance.value, basis: form.elements.basis.value, ...more };
    const state = { accept: "accepted", reject: "rejected", withdraw: "open" }[action] || shown.state;
    const key = shown.key;
    // Shown at once; put right, or put back, by the answer.
    items.set(key, { ...shown, ...said, question: shown.question, state });
    waits.set(key, (waits.get(key) || 0) + 1);
    paint([key]);
    fill(items.get(key));
    fault("");
    return queueUp(() => save(moved.get(key) || key, action, said));
  }
  async function save(key, action, said) {
    const old = truth.get(key);
    let now = key;
    try {
      if (!old) throw new Error("This passage is not as it was. Reload the page and look again.");
      if (same(action, old, said)) return;
      const answer = await send(action, fields(old, said));
      now = takeOver(answer, old);
      if (now !== key && items.has(now)) {
        moved.set(key, now);
        waits.set(now, waits.get(key));
      }
      undo.push(inverse(old, action, truth.get(now)));
      say(answer.message);
    } catch (error) {
      if (old) items.set(key, old);
      fault(error.message);
    } finally {
      for (const name of new Set([key, now])) waits.set(name, waits.get(name) - 1);
      if (selected === key) selected = items.has(now) ? now : null;
      fill(items.get(selected));
      paint([key, now, selected].filter(Boolean));
      tell();
    }
  }
  function inverse(old, action, now) {
    const decideAt = old.decide ? { decide: old.decide } : {};
    if (old.state === "open") return { action: "withdraw", fields: { tag: now?.tag, ...decideAt }, key: old.key };
    if (action === "withdraw") {
      const values = { stance: old.stance, basis: old.basis, ...decideAt };
      if (old.suggestion) return { action: old.state === "rejected" ? "reject" : "accept", fields: { suggestion: old.suggestion, question: old.question, ...values }, key: old.key };
      return { action: "add", fields: { start: old.start, end: old.end, question: old.question, ...values }, key: old.key };
    }
    return { action: "change", fields: { tag: now?.tag || old.tag, question: old.question, stance: old.stance, basis: old.basis, verdict: old.state, ...decideAt }, key: old.key };
  }
  function takeBack() {
    queueUp(async () => {
      const last = undo.pop();
      if (!last) return say("There is nothing to undo.");
      try {
        const answer = await send(last.action, last.fields);
        const key = takeOver(answer, truth.get(last.key) || { key: last.key });
        moved.clear();
        selected = null;
        select(items.has(last.key) ? last.key : key, true);
        say(`Undone. ${answer.message}`);
      } catch (error) {
        fault(error.message);
      }
      paint();
      tell();
    });
  }

  // Adding by selecting words -----------------------------------------------------------------------------------------------

  const points = (string) => [...string].length; // offsets are code points, not UTF-16 units
  function place(node, offset) {
    const said = (node.nodeType === 1 ? node : node.parentElement)?.closest(".said");
    if (!said) return null;
    const before = document.createRange();
    before.selectNodeContents(said);
    before.setEnd(node, offset);
    return Number(said.dataset.at) + points(before.toString());
  }
  function chosenWords() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const start = place(range.startContainer, range.startOffset);
    const end = place(range.endContainer, range.endOffset);
    return start === null || end === null ? null : { start, end, words: selection.toString() };
  }
  function startAdding() {
    if (!addForm) return say("Open the transcript to add a tag.");
    const chosen = chosenWords();
    if (!chosen) return fault("Select some of the expert's words first, then press t.");
    addForm.closest("details").open = true;
    addForm.elements.start.value = chosen.start;
    addForm.elements.end.value = chosen.end;
    addForm.elements.words.value = chosen.words;
    const like = items.get(selected);
    if (like && !addForm.elements.stance.value) addForm.elements.question.value = like.question;
    fault("", $("[data-add-error]"));
    addForm.elements.question.focus();
    addForm.scrollIntoView({ block: "nearest" });
  }
  addForm?.elements.words.addEventListener("input", () => {
    addForm.elements.start.value = addForm.elements.end.value = "";
  });
  addForm?.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(addForm));
    queueUp(async () => {
      try {
        const answer = await send("add", values);
        takeOver(answer, {});
        const added = items.get(answer.key);
        undo.push({ action: "withdraw", fields: { tag: added.tag }, key: answer.key });
        for (const name of ["words", "start", "end"]) addForm.elements[name].value = "";
        addForm.closest("details").open = false;
        getSelection().removeAllRanges();
        select(answer.key, true);
        say(answer.message);
        document.activeElement?.blur();
      } catch (error) {
        fault(error.message, $("[data-add-error]")); // what was typed stays
      }
      tell();
    });
  });

  // Hands ---------------------------------------------------------------------------------------------------------------------

  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-step]")) return step(1);
    const jump = event.target.closest("[data-jump]");
    if (jump) {
      event.preventDefault();
      filter.elements.question.value = jump.dataset.jump;
      refilter();
      selected = null;
      return step(1);
    }
    const target = event.target.closest("[data-i]");
    if (!target || (mode === "queue" && event.target.closest("a, button"))) return;
    if (target.matches("mark") && !getSelection().isCollapsed) return; // words are being selected
    const keys = target.dataset.i.split(" ").filter((key) => items.has(key) && seen(items.get(key)));
    if (!keys.length) return;
    event.preventDefault();
    select(keys[(keys.indexOf(selected) + 1) % keys.length], target.matches(".chip")); // again: the next one over these words
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const item = items.get(selected);
    if (!item) return;
    const action = event.submitter?.value || "accept";
    const question = form.elements.question.value;
    decide(action, action !== "withdraw" && action !== "reject" && question !== item.question ? { question } : {});
  });
  // In the queue every line has its own two buttons.
  root.addEventListener("submit", (event) => {
    const row = event.target.closest(".queue-row");
    if (!row) return;
    event.preventDefault();
    select(row.dataset.i);
    decide(event.submitter?.value || "accept");
  });
  // On one's own decision a choice in the panel is a change, and saved.
  form.addEventListener("change", (event) => {
    const item = items.get(selected);
    if (!item || item.state === "open" || item.refusal) return;
    decide("change", event.target.name === "question" ? { question: event.target.value } : {});
  });
  function refilter() {
    paint();
    tell();
    const query = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value));
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
  }
  filter?.addEventListener("change", refilter);
  filter?.addEventListener("submit", (event) => { event.preventDefault(); refilter(); });
  if (filter) $("[data-filter-apply]").hidden = true;
  $("[data-save-change]").hidden = true;

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    a: () => decide("accept", {}),
    r: () => decide("reject", {}),
    z: takeBack,
    t: startAdding,
    "?": () => document.getElementById("keys").showModal(),
    Escape: () => select(null),
  };
  function choose(name, value) {
    const item = items.get(selected);
    if (!item) return say("Select a passage first: press j.");
    form.elements[name].value = value;
    if (item.state === "open") return say(`${value}: taken over when you accept.`);
    return decide("change", {});
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input:not([type=radio]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      // In the form for adding, Enter in the list of questions saves; in the words it is a line break.
      if (event.key === "Enter" && addForm && typing === addForm.elements.question) {
        event.preventDefault();
        addForm.requestSubmit();
      }
      if (typing !== addForm?.elements.question) return;
      if (pickInAdding(event)) event.preventDefault();
      return;
    }
    if (event.target.closest?.("[data-add-form]") && pickInAdding(event)) return event.preventDefault();
    const number = /^[1-9]$/.test(event.key) ? questions[event.key - 1] : null;
    const act =
      KEYS[event.key] ||
      (number && (() => reassign(number))) ||
      (STANCE[event.key] && (() => choose("stance", STANCE[event.key]))) ||
      (BASIS[event.key] && (() => choose("basis", BASIS[event.key])));
    if (!act) return;
    event.preventDefault();
    act();
  });
  function reassign(question) {
    const item = items.get(selected);
    if (!item) return say("Select a passage first: press j.");
    if (item.question === question && item.state !== "open") return say(`This is set against ${question} already.`);
    decide(item.state === "open" ? "accept" : "change", { question });
  }
  function pickInAdding(event) {
    const set = (name, value) => { addForm.elements[name].value = value; return true; };
    if (/^[1-9]$/.test(event.key) && questions[event.key - 1]) return set("question", questions[event.key - 1]);
    if (STANCE[event.key]) return set("stance", STANCE[event.key]);
    if (BASIS[event.key]) return set("basis", BASIS[event.key]);
    return false;
  }

  const first = new URLSearchParams(location.search).get("item");
  tell();
  if (first && items.has(first)) select(first, mode === "text");
  root.dataset.ready = "";
})();
