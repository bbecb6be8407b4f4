// Follows one transaction over the WebSocket; where no socket opens, it polls instead.
"use strict";

const watch = JSON.parse(document.getElementById("watch").textContent);
const outcome = document.getElementById("outcome");
const POLL_MS = 3000;
const WORDS = {
  FUNDING: {
    PENDING: ["Waiting for your payment", "This page updates by itself. You may also close it: once your payment arrives, your wallet is credited."],
    SUCCESS: ["Payment received", "Your wallet has been credited. You can close this page."],
    REVERSED: ["Payment taken back", "{undone} was taken back, and is not in your wallet any more."],
    FAILED: ["Payment failed", "Your wallet was not credited. If money left your account, quote this reference to support."],
  },
  WITHDRAWAL: {
    PENDING: ["Your transfer is on its way", "This page updates by itself. You may also close it: the bank's answer is waiting for you in the app."],
    SUCCESS: ["Transfer sent", "The bank has confirmed it. You can close this page."],
    REVERSED: ["Transfer returned", "The money is back in your wallet, fee included."],
    FAILED: ["Transfer failed", "The money is back in your wallet, fee included."],
  },
}[watch.type];

let seq = watch.seq;
let attempt = 0;
let polling = null;

function formatNaira(naira) {
  return "₦" + naira.toLocaleString("en", { minimumFractionDigits: 2 });
}

function show(found, reason, time) {
  // A funding is reversed by what was taken, a transfer by what was given back.
  const undone = Number(found.reversed || 0) * (watch.type === "FUNDING" ? -1 : 1);
  const status = found.status === "SUCCESS" && undone > 0 ? "REVERSED" : found.status;
  outcome.dataset.status = status;
  const [title, hint] = WORDS[status];
  document.getElementById("title").textContent = title;
  document.getElementById("hint").textContent = hint.replace("{undone}", formatNaira(undone));
  document.getElementById("reason").textContent = reason || "";
  const shown = document.getElementById("time");
  if (time) {
    shown.dateTime = time;
  }
  const local = { dateStyle: "medium", timeStyle: "short" };
  shown.textContent = new Date(shown.dateTime).toLocaleString(undefined, local);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/wallet`);
  socket.onopen = () => socket.send(JSON.stringify({ token: watch.token }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.event === "ready") {
      socket.send(JSON.stringify({ tx_ref: watch.reference, after: seq }));
    } else if (frame.event === "joined") {
      attempt = 0;
      stopPolling();
      outcome.dataset.live = "socket";
    } else if (frame.event === "transaction") {
      seq = frame.seq;
      show(frame, frame.reason, frame.time);
    }
  };
  socket.onclose = () => {
    startPolling();
    attempt += 1;
    setTimeout(connect, Math.min(30000, 1000 * 2 ** attempt) * (0.5 + Math.random() / 2));
  };
}

function startPolling() {
  if (polling === null) {
    outcome.dataset.live = "polling";
    polling = setInterval(poll, POLL_MS);
    poll();
  }
}

function stopPolling() {
  clearInterval(polling);
  polling = null;
}

async function poll() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const found = await answer.json();
      show(found, found.reason, found.updated_at);
    }
  } catch {
    // Offline: the next poll, or the socket, tries again.
  }
}

show(watch, document.getElementById("reason").textContent);
connect();
