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
for (const element of document.querySelectorAll("[data-script-sees]")) showCookies(element);
for (const details of document.querySelectorAll("#xray")) rememberFolding(details);
