// The sign-in library's scripts talk to the browser's keys; this one says in words what went wrong there.
(() => {
  const sentences = {
    NotAllowedError: "Nothing came from the key: it was cancelled, or it took too long. Try again.",
    InvalidStateError: "This key is on your list already. Use another one.",
    SecurityError: "The browser allows no key at this address. Open the site by its proper name.",
  };
  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector("[data-passkey-trouble]");
    if (!place) return;
    event.preventDefault();
    const name = event.detail.exception && event.detail.exception.name;
    place.textContent = sentences[name] || "This browser can't use a key here. Use a code instead.";
    place.hidden = false;
  });
})();
