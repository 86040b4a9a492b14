// <span data-clock="2026-03-03T16:00:00+00:00">2 d 4 h left</span> keeps telling the truth while the page stays open.
// Without this script it says what was true when the page was made, beside the moment itself.
(() => {
  const left = (until) => {
    const minutes = Math.floor((until - Date.now()) / 60000);
    if (minutes < 0) return "run out";
    const hours = Math.floor(minutes / 60);
    const days = Math.floor(hours / 24);
    if (days) return `${days} d ${hours % 24} h left`;
    if (hours) return `${hours} h ${minutes % 60} min left`;
    return minutes ? `${minutes} min left` : "less than a minute left";
  };
  const tell = () => {
    for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = left(Date.parse(clock.dataset.clock));
  };
  tell();
  setInterval(tell, 15000);
})();
