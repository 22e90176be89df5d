// Draws the request so far again whenever the answers of the page have been saved. The page works without it.

const box = document.querySelector("[data-live]");
const saved = document.querySelector("[data-saved]");

async function draw() {
  try {
    const answer = await fetch(box.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.replaceChildren(...parsed.body.childNodes);
  } catch {
    // What is shown is what was true when the page was opened; the next save tries again.
  }
}

if (box && saved) new MutationObserver(draw).observe(saved, { childList: true, characterData: true, subtree: true });
