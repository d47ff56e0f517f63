import type { DeviceSession } from "coatcheck/auth";
import { PasswordRejected } from "coatcheck";
import type { Express, Request, Response } from "express";
import { html, type Html } from "../html.ts";
import { formatInstant } from "../i18n.ts";
import { buttonForm, form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, readPassword, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";
import { explainRejection } from "./sign-up.ts";

const BROWSERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdg/, "Edge"], [/\bOPR\//, "Opera"], [/\bFirefox\//, "Firefox"], [/\bChrom(?:e|ium)\/|HeadlessChrome/, "Chrome"], [/\bSafari\//, "Safari"], [/^curl\//, "curl"],
];
const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bAndroid\b/, "Android"], [/\b(?:iPhone|iPad)\b/, "iOS"], [/\bWindows\b/, "Windows"], [/\bMac OS X\b/, "macOS"], [/\bLinux\b/, "Linux"],
];

/** What a browser says of itself, in two words. It may say anything, so this is a hint for the reader and nothing else. */
export function describeAgent(agent: string): string | null {
  const find = (list: typeof BROWSERS): string | undefined => list.find(([pattern]) => pattern.test(agent))?.[1];
  const words = [find(BROWSERS), find(SYSTEMS)].filter((word) => word !== undefined);
  return words.length === 0 ? null : words.join(" · ");
}

function drawPassword(view: View): Html {
  const { account, signUp } = view.t;
  return html`<section class="card stack" aria-labelledby="change-password"><h2 id="change-password">${account.passwordHeading}</h2>
    ${form(view, "/account/password", html`
      <input type="hidden" name="username" value="${view.user?.username}" autocomplete="username">
      <label for="current-password">${account.current}</label>
      <input id="current-password" name="current_password" type="password" autocomplete="current-password" required>
      <label for="new-password">${account.next}</label>
      <input id="new-password" name="new_password" type="password" autocomplete="new-password" required minlength="8" aria-describedby="new-password-hint">
      <p class="fine" id="new-password-hint">${signUp.passwordHint}</p>
      <button class="button strong">${account.changePassword}</button>`, { className: "stack" })}
    <p class="fine">${account.passwordWhy}</p></section>`;
}

function drawDevice(view: View, device: DeviceSession): Html {
  const { account } = view.t;
  const described = describeAgent(device.agent) ?? account.unknownDevice;
  const path = `/account/devices/${device.id}`;
  const field = `name-${device.id}`;
  return html`<li class="device">
    <div><p class="device-name"><strong>${device.name ?? described}</strong>${device.isCurrent && html` <span class="place">${account.thisDevice}</span>`}</p>
      <p class="fine">${device.name !== null && html`${described} · `}${account.lastSeen(formatInstant(view.language, device.lastSeenAt))} · ${device.persistent ? account.remembered : account.untilClose}</p></div>
    <div class="actions">${form(view, `${path}/name`, html`<label class="unseen" for="${field}">${account.deviceName(described)}</label>
      <input id="${field}" name="name" value="${device.name ?? ""}" maxlength="100" placeholder="${account.namePlaceholder}" autocomplete="off">
      <button class="button">${account.rename}</button>`, { className: "inline" })}
      ${!device.isCurrent && buttonForm(view, `${path}/revoke`, account.revoke, { buttonClass: "button danger", buttonLabel: account.revokeDevice(device.name ?? described) })}</div>
  </li>`;
}

/** @param devices null where nobody can list them: then nobody knows either whether there are others */
function drawDevices(view: View, devices: readonly DeviceSession[] | null): Html {
  const { account } = view.t;
  return html`<section class="card stack" aria-labelledby="devices"><h2 id="devices">${account.devicesHeading}</h2><p>${account.devicesIntro}</p>
    ${devices !== null && html`<ul class="devices">${devices.map((device) => drawDevice(view, device))}</ul>`}
    <div class="actions">${(devices === null || devices.length > 1) && buttonForm(view, "/account/devices/others", account.revokeOthers)}
      ${buttonForm(view, "/account/devices/all", account.revokeAll, { buttonClass: "button danger" })}</div>
    <p class="fine">${account.devicesWhy}</p></section>`;
}

/** The visitor's own account: the password, and every browser that is signed in with it. */
export function addAccountPages(app: Express, renderer: Renderer, sealed: boolean): void {
  const send = async (req: Request, res: Response, rejection?: PasswordRejected): Promise<void> => {
    const { auth } = req.coat;
    await auth.requireLogin();
    const devices = sealed ? null : await auth.sessions.list();
    await renderer.send(req, res, (view) => ({
      title: view.t.account.title,
      main: html`<h1>${view.t.account.heading(view.user?.username ?? "")}</h1><div class="account">${drawDevices(view, devices)}${drawPassword(view)}</div>`,
      ...(rejection === undefined ? {} : { status: 400, notices: explainRejection(view.t, rejection) }),
    }));
  };

  route(app, "/account", { get: (req, res) => send(req, res) });

  route(app, "/account/password", {
    post: async (req, res) => {
      try {
        await req.coat.auth.changePassword({ current: readPassword(req, "current_password"), next: readPassword(req, "new_password") });
      } catch (error) {
        if (!(error instanceof PasswordRejected)) throw error;
        return send(req, res, error);
      }
      say(req, (said) => said.passwordChanged);
      res.redirect(303, "/account");
    },
  });

  route(app, "/account/devices/others", {
    post: async (req, res) => {
      const count = await req.coat.auth.sessions.revokeOthers();
      say(req, (said) => (sealed ? said.allOthersRevoked : said.othersRevoked(count)));
      res.redirect(303, "/account");
    },
  });

  route(app, "/account/devices/all", {
    post: async (req, res) => {
      await req.coat.auth.sessions.revokeAll();
      say(req, (said) => said.signedOutEverywhere);
      res.redirect(303, "/");
    },
  });

  // Sessions in cookies have no handle by which one could be named or ended from elsewhere.
  if (sealed) return;

  route(app, "/account/devices/:id/name", {
    post: async (req, res) => {
      if (!(await req.coat.auth.sessions.name(readId(req), readField(req, "name")))) throw new Refusal(404);
      say(req, (said) => said.deviceNamed);
      res.redirect(303, "/account");
    },
  });

  route(app, "/account/devices/:id/revoke", {
    post: async (req, res) => {
      if (!(await req.coat.auth.sessions.revoke(readId(req)))) throw new Refusal(404);
      say(req, (said) => said.deviceRevoked);
      res.redirect(303, "/account");
    },
  });
}

/** A device's id as it stands in the address. Whatever it is, only the visitor's own devices are found by it. */
function readId(req: Request): string {
  const id = req.params["id"];
  if (typeof id !== "string") throw new Refusal(404);
  return id;
}
