import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { createRandom } from "../../src/crypto/random.ts";
import { seal, unseal } from "../../src/crypto/seal.ts";
import { bindCsrfSecret, bindToSession, openBoundCsrfSecret } from "../../src/formats/csrf-binding.ts";

/**
 * Coatcheck's own formats, as a program in Python made them that was written from their descriptions. They may not change: values in
 * browsers and tables outlive a release.
 */
describe("KY-08 Coatcheck's own formats do not depend on the runtime and do not change", () => {
  const counting = createRandom((bytes) => bytes.forEach((_, at) => {
    bytes[at] = at + 1;
  }));
  const keyring = createKeyring(["kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4"], { random: counting });

  it("the public name of a secret", () => {
    assert.deepEqual(keyring.ids, ["c9f338c913"]);
  });

  it("a sealed value", () => {
    const sealed = "AcnzOMkTAQIDBAUGBwgJCgsMy-7ocBvHp0eL6ZVDfHO9x5aiLbbVV5M";
    assert.equal(seal(keyring, "session", "sessionid", "{\"a\":1}"), sealed);
    assert.equal(unseal(keyring, "session", "sessionid", sealed).plaintext, "{\"a\":1}");
  });

  it("a bound CSRF secret", () => {
    const bound = "oSdGjIBQJYFlq2PCxtImWBIbmA0r3s7MoTfJnNHXR7PwCf3RNK0FgW4yKZqSvVBh";
    assert.equal(bindCsrfSecret(keyring, "abcdefghijklmnopqrstuvwxyzABCDEF", bindToSession("id")), bound);
    assert.equal(openBoundCsrfSecret(keyring, bound, bindToSession("id"))?.secret, "abcdefghijklmnopqrstuvwxyzABCDEF");
  });
});
