// Starts the design system's components. Every page works without it.
import { initAll } from "../vendor/nhsuk-frontend-10.6.1/nhsuk-frontend.min.js";

// What stands between blanks is a word, as the service counts when a text is handed in (questions.words_in). By itself
// the design system would count "24/CAG/0123" as three.
const wordsIn = (text) => (text.match(/[^\s\u0085]+/gu) ?? []).length;

initAll({ characterCount: { countFunction: wordsIn } });
