// Words selected in the text of the clearance desk go into the form: the turn's number, the words, and where they start.
// Offsets count Unicode code points from the beginning of the transcript, as the server does. Without this script the form is filled by hand.
(() => {
  const desk = document.querySelector("[data-desk]");
  const form = document.querySelector("[data-redact]");
  if (!desk || !form) return;
  const points = (text) => [...text].length;

  function before(words, node, offset) {
    const range = document.createRange();
    range.setStart(words, 0);
    range.setEnd(node, offset);
    return range.toString();
  }

  function selected() {
    const selection = window.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const from = range.startContainer.nodeType === Node.TEXT_NODE ? range.startContainer.parentElement : range.startContainer;
    const words = from.closest("[data-words]");
    if (!words || !desk.contains(words)) return null;
    const end = words.contains(range.endContainer) ? before(words, range.endContainer, range.endOffset) : words.textContent;
    const start = before(words, range.startContainer, range.startOffset);
    const text = end.slice(start.length);
    return text.trim() ? { turn: words.closest(".turn"), start: points(start), text } : null;
  }

  function take() {
    const found = selected();
    if (!found) return;
    form.elements.turn.value = found.turn.dataset.number;
    form.elements.words.value = found.text;
    form.elements.start.value = Number(found.turn.dataset.start) + found.start;
  }

  desk.addEventListener("mouseup", take);
  document.addEventListener("keyup", (event) => {
    if (event.shiftKey || event.key === "Shift") take();
  });
  // Words typed by hand are found by their text, not by where something was selected before.
  for (const name of ["words", "turn"]) form.elements[name].addEventListener("input", () => { form.elements.start.value = ""; });
})();
