// Moving a call in the calendar, by mouse or from the keyboard. The server checks everything and answers with a sentence.
(() => {
  const board = document.querySelector("[data-calendar]");
  if (!board) return;
  const said = document.getElementById("calendar-said");
  const token = document.querySelector("#calendar-form input[name=csrfmiddlewaretoken]").value;
  const first = Number(board.dataset.first) * 4;
  const rows = Number(board.dataset.rows);
  const columns = [...board.querySelectorAll("[data-column]")];
  const byDays = new Set(columns.map((column) => column.dataset.day)).size === columns.length && columns.length > 1;
  const words = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  let moving = null;
  let drag = null;

  const rowOf = (link) => Number(link.className.match(/\bq-(\d+)/)[1]);
  const clock = (row) => `${String(Math.floor((first + row) / 4)).padStart(2, "0")}:${String(((first + row) % 4) * 15).padStart(2, "0")}`;
  const later = (day, days) => new Date(Date.parse(`${day}T00:00Z`) + days * 86400000).toISOString().slice(0, 10);

  function begin(link) {
    if (moving?.link === link) return;
    giveUp();
    const column = link.closest("[data-column]");
    moving = { link, row: rowOf(link), day: column.dataset.day, from: { parent: link.parentNode, next: link.nextSibling, names: link.className } };
    link.classList.add("call-moving");
  }

  function place(row, day) {
    const { link } = moving;
    moving.row = Math.min(Math.max(row, 0), rows - 1);
    moving.day = day;
    link.className = link.className.replace(/\bq-\d+/, `q-${moving.row}`).replace(/\blane-\d+/, "call-alone");
    const column = byDays && columns.find((one) => one.dataset.day === day);
    if (column && !column.contains(link)) {
      const focused = document.activeElement === link;
      column.querySelector(".blocks").append(link);
      if (focused) link.focus();
    }
    said.textContent = `${link.dataset.label} to ${words.format(new Date(`${day}T00:00Z`))}, ${clock(moving.row)}. Enter moves it there, Escape gives up.`;
  }

  function giveUp(sentence = "") {
    if (!moving) return;
    const { link, from } = moving;
    const focused = document.activeElement === link;
    from.parent.insertBefore(link, from.next);
    link.className = from.names;
    if (focused) link.focus();
    moving = null;
    said.textContent = sentence;
  }

  async function send() {
    const { link, row, day } = moving;
    said.textContent = `${link.dataset.label} is being moved.`;
    let sentence = "The server can't be reached. Nothing was moved; check the connection and try again.";
    try {
      const answer = await fetch(link.dataset.move, {
        method: "POST",
        redirect: "manual",
        headers: { Accept: "text/plain", "X-CSRFToken": token },
        body: new URLSearchParams({ day, time: clock(row), zone: board.dataset.zone }),
      });
      if (answer.ok) {
        sessionStorage.setItem("calendar-call", link.dataset.call);
        location.reload();
        return;
      }
      const plain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
      sentence = plain ? await answer.text() : "The call was not moved. Reload the page and try again.";
    } catch { /* the sentence above says it */ }
    giveUp(sentence);
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  board.addEventListener("keydown", (event) => {
    const link = event.target.closest("[data-move]");
    if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (STEPS[event.key]) {
      begin(link);
      const [down, days] = STEPS[event.key];
      place(moving.row + down, later(moving.day, days));
    } else if (event.key === "Enter" && moving?.link === link) send();
    else if (event.key === "Escape" && moving) {
      drag = null;
      giveUp("Nothing was moved.");
    } else return;
    event.preventDefault();
  });

  // A finger scrolls the page; a call is dragged with a mouse or a pen.
  board.addEventListener("pointerdown", (event) => {
    const link = event.target.closest("[data-move]");
    if (!link || event.button !== 0 || event.pointerType === "touch") return;
    drag = { link, x: event.clientX, y: event.clientY, hold: event.clientY - link.getBoundingClientRect().top, moved: false };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
    if (!drag.moved) begin(drag.link);
    drag.moved = true;
    const under = columns.find((column) => {
      const box = column.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX < box.right;
    });
    const column = byDays && under ? under : drag.link.closest("[data-column]");
    const field = column.querySelector(".lane-field").getBoundingClientRect();
    place(Math.round(((event.clientY - drag.hold - field.top) / field.height) * rows), column.dataset.day);
  });
  document.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (!done?.moved || !moving) return;
    const stay = (event) => event.preventDefault();
    done.link.addEventListener("click", stay);
    setTimeout(() => done.link.removeEventListener("click", stay), 50);
    if (done.link.className.replace(" call-moving", "") === moving.from.names) giveUp();
    else send();
  });
  document.addEventListener("pointercancel", () => {
    drag = null;
    giveUp();
  });

  const back = sessionStorage.getItem("calendar-call");
  if (back) {
    sessionStorage.removeItem("calendar-call");
    [...board.querySelectorAll("[data-call]")].find((link) => link.dataset.call === back)?.focus();
  }
})();
