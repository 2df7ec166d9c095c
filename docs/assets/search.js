// The search worker: the theme's own, with an index that is fetched when somebody searches. The
// theme would fetch it on every page, which makes a page three times as heavy.
"use strict";
const READY = 1, QUERY = 2, RESULT = 3, SETUP = 0; // The theme's kinds of message.
const THEME = /^\?(search\.[0-9a-f]+\.min\.js)$/.exec(self.location.search)[1];
const answer = self.postMessage.bind(self);
let asked = ""; // What was typed last.
let state = "idle"; // Then loading, then loaded.

self.addEventListener("message", (event) => {
  // What this script hands on goes to the theme's listener, which was added after this one.
  if (!event.isTrusted || state === "loaded") return;
  event.stopImmediatePropagation();
  if (event.data.type !== QUERY) return;
  asked = event.data.data;
  if (!asked.trim()) answer({ type: RESULT, data: { items: [] } });
  else if (state === "idle") load();
});

/** Fetch the index, set the theme's worker up with it, and ask it what was typed last. */
async function load() {
  state = "loading";
  try {
    const response = await fetch(new URL("../search/search_index.json", self.location));
    if (!response.ok) throw new Error(response.statusText);
    const { config, docs } = await response.json();
    importScripts(new URL(`javascripts/workers/${THEME}`, self.location));
    self.postMessage = (message) => {
      if (message.type !== READY) return answer(message);
      state = "loaded";
      return handOn({ type: QUERY, data: asked });
    };
    handOn({ type: SETUP, data: { config, docs, options: { suggest: true } } });
  } catch (error) {
    // The next letter tries again.
    state = "idle";
    answer({ type: RESULT, data: { items: [] } });
    throw error;
  }
}

function handOn(data) {
  self.dispatchEvent(new MessageEvent("message", { data }));
}

answer({ type: READY });
