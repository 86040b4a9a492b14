// The page of a call: the clock runs, Enter saves a note under the time of its first key, and no typed word is lost.
// Without this script the note is an ordinary form and the clock says what was true when the page was made.
(() => {
  const clock = document.querySelector("[data-started]");
  // The machine's own clock may be wrong; the page says what time it was at the server.
  const skew = clock ? Date.parse(clock.dataset.now) - Date.now() : 0;
  const elapsed = () => Math.max(Date.now() + skew - Date.parse(clock.dataset.started), 0);
  const tell = () => {
    const seconds = Math.floor(elapsed() / 1000);
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  if (clock) {
    tell();
    setInterval(tell, 1000);
  }

  const form = document.getElementById("note-form");
  if (!form) return;
  const field = form.elements.text;
  const begun = form.elements.at_ms;
  const status = document.getElementById("note-status");
  const place = `call-note:${location.pathname}`;
  let sent = null;

  // What is typed and not saved outlives a reload in this tab, and nothing else.
  const keep = () => {
    if (field.value) sessionStorage.setItem(place, JSON.stringify([field.value, begun.value]));
    else sessionStorage.removeItem(place);
  };
  const kept = sessionStorage.getItem(place);
  if (kept && !field.value) [field.value, begun.value] = JSON.parse(kept);

  const stamp = () => {
    if (!field.value.trim()) begun.value = "";
    else if (!begun.value && clock) begun.value = String(Math.floor(elapsed()));
    keep();
  };
  field.addEventListener("input", stamp);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (field.value.trim()) form.requestSubmit();
  });

  const own = (event) => event.detail.elt === form || event.target === form;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!own(event)) return;
    sent = field.value;
    status.textContent = "Saving…";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!own(event)) return;
    form.classList.toggle("note-unsaved", !event.detail.successful);
    if (!event.detail.successful) {
      status.textContent = "Not saved; your words are still here. Press Enter to try again.";
      return;
    }
    // What was typed on while the note was on its way is the beginning of the next one.
    field.value = sent !== null && field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    begun.value = "";
    status.textContent = "Saved.";
    stamp();
    field.focus();
  });
  if (!document.activeElement || document.activeElement === document.body) field.focus({ preventScroll: true });
})();
