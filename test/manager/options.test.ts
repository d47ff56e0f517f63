import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError, createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";

/** What is said about these options. */
function problemOf(options: object): ConfigurationError {
  let problem: unknown;
  try {
    createCoatcheck({ store: memoryStore(), production: false, ...(options as CoatcheckOptions) });
  } catch (error) {
    problem = error;
  }
  assert.ok(problem instanceof ConfigurationError, `accepted: ${JSON.stringify(options)}`);
  return problem;
}

describe("options that are wrong", () => {
  const foreign: readonly (readonly [options: object, cure: RegExp])[] = [
    [{ cookie: { secure: true } }, /^cookie: .* Did you mean session\.cookie, \{ session: \{ cookie: \{ … \} \} \}\?$/],
    [{ secret: "x" }, /^secret: .*secrets: \[process\.env\.SECRET_KEY\]/],
    [{ name: "sid" }, /^name: .*Did you mean session\.cookie\.name\?/],
    [{ resave: false }, /^resave: .*Leave it out: a session is written when it has changed/],
    [{ saveUninitialized: false }, /^saveUninitialized: .*Leave it out: a session begins with the first value/],
    [{ rolling: true }, /^rolling: .*session\.renew: "always"/],
    [{ session: { maxAge: 1000 } }, /^session\.maxAge: .*session\.idleTimeout.*not milliseconds/],
    [{ session: { cookie: { maxAge: 1000 } } }, /^session\.cookie\.maxAge: .*session\.idleTimeout/],
    [{ session: { secure: true } }, /^session\.secure: .*Did you mean session\.cookie\.secure\?/],
    [{ throttle: false }, /^throttle: .*Did you mean auth\.throttle/],
    [{ session_cookie_age: 60 }, /^session_cookie_age: .*Did you mean session\.idleTimeout\?/],
    [{ nonsense: 1 }, /^nonsense: .*See docs\/settings\.md\.$/],
  ];
  for (const [options, cure] of foreign) it(`PAIN-40 ${JSON.stringify(options)} is told what to write here`, () => assert.match(problemOf(options).message, cure));

  it("null is no object, and a switch takes true and false", () => {
    assert.equal(problemOf({ csrf: null }).message, "csrf: expected true, false or an object of options, got null.");
    assert.equal(problemOf({ session: [] }).message, "session: expected an object of options, got a list.");
  });

  it("a domain that is none names its setting", () => {
    for (const domain of ["https://example.org", "a..example", "example.org:80", "", 7]) {
      const problem = problemOf({ session: { cookie: { domain } } });
      assert.equal(problem.setting, "session.cookie.domain", String(domain));
      assert.match(problem.message, /^session\.cookie\.domain: .*Give a host name such as "example\.org"/);
    }
  });

  it("two that contradict each other name both", () => {
    assert.match(problemOf({ session: { rotateEvery: "2d", absoluteTimeout: "1d" } }).message, /^session\.rotateEvery: .*session\.absoluteTimeout \(172800 s against 86400 s\)/);
    assert.match(problemOf({ session: { rotateEvery: "90d" } }).message, /would never happen/);
    assert.match(problemOf({ csrf: { inSession: true, cookie: { name: "token" } } }).message, /^csrf\.cookie\.name: .*csrf\.inSession/);
    createCoatcheck({ store: memoryStore(), production: false, session: { rotateEvery: "1d", absoluteTimeout: null }, csrf: { inSession: true, cookie: { sameSite: "strict" } } });
  });
});
