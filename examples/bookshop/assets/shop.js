// Makes the pages a little nicer. Everything works without it.
"use strict";

/** Counts the time left of a session down, second by second. */
function countDown(element) {
  const endsAt = Date.now() + Number(element.dataset.endsIn) * 1000;
  const write = () => {
    const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    if (left === 0) {
      element.textContent = element.dataset.ended;
      clearInterval(timer);
      return;
    }
    // Longer times stand still for a minute; the server's text says them well enough.
    if (left >= 3600) return;
    element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  const timer = setInterval(write, 1000);
  write();
}

/** Says a minute before that the session is about to end. Another tab may have moved the end, so the server is asked first. */
function warnBeforeEnd(element) {
  const warnSeconds = 60;
  const wait = (seconds) => setTimeout(look, Math.min(Math.max(seconds, 1), 86_400) * 1000);
  const say = (text) => {
    if (element.firstElementChild?.textContent === text) return;
    const notice = document.createElement("p");
    notice.className = "notice warning";
    notice.textContent = text;
    element.replaceChildren(notice);
  };
  const look = async () => {
    let left;
    try {
      const answer = await fetch("/session/left", { headers: { accept: "application/json" } });
      left = (await answer.json()).secondsLeft ?? 0;
    } catch {
      // The server cannot be asked just now.
      wait(10);
      return;
    }
    if (left <= 0) {
      say(element.dataset.ended);
      return;
    }
    if (left <= warnSeconds) say(element.dataset.endsSoon.replace("{left}", `${Math.ceil(left / 10) * 10} s`));
    wait(left > warnSeconds ? left - warnSeconds : Math.min(10, left));
  };
  wait(Number(element.dataset.sessionLeft) - warnSeconds);
}

/** Shows what a script can see of the cookies: only those that are open to scripts. */
function showCookies(element) {
  element.textContent = document.cookie === "" ? element.dataset.nothing : document.cookie;
}

/** Keeps the X-ray folded, or not, from page to page. */
function rememberFolding(details) {
  const key = "xray-folded";
  if (localStorage.getItem(key) === "yes") details.open = false;
  details.addEventListener("toggle", () => localStorage.setItem(key, details.open ? "no" : "yes"));
}

for (const element of document.querySelectorAll("[data-ends-in]")) countDown(element);
for (const element of document.querySelectorAll("[data-session-left]")) warnBeforeEnd(element);
for (const element of document.querySelectorAll("[data-script-sees]")) showCookies(element);
for (const details of document.querySelectorAll("#xray")) rememberFolding(details);
