import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { commonWords } from "../../src/auth/common-passwords.ts";
import { findPasswordProblems } from "../../src/auth/password-rules.ts";
import { isPredictable } from "../../src/auth/predictable.ts";

const policy = { minLength: 8, refuse: null };
const nobody = { username: "" };
const reasonsOf = (password: string, owner: { username: string; email?: string } = nobody): string[] => findPasswordProblems(password, owner, policy).map(({ reason }) => reason);

/** Of the passwords that every published count of leaks begins with, those of eight characters and more. */
const NOTORIOUS = `password 12345678 123456789 baseball football qwertyuiop 1234567890 1qaz2wsx superman trustno1 jennifer sunshine iloveyou starwars computer michelle
  princess 11111111 987654321 corvette 1234qwer 88888888 q1w2e3r4t5 internet samantha whatever maverick steelers mercedes 123123123 qwer1234 hardcore midnight bigdaddy
  victoria 1q2w3e4r cocacola marlboro asdfasdf 87654321 12344321 jordan23 password1 jonathan danielle abcd1234 qwerty123 12341234 slipknot startrek butthead qazwsxedc
  asdfghjkl liverpool nicholas elephant mountain xxxxxxxx 1q2w3e4r5t metallic scorpio1 benjamin creative rush2112 4815162342 passw0rd bullshit 1qazxsw2 garfield 01012011
  69696969 11223344 godzilla airborne lifehack brooklyn platinum darkness blink182 789456123 12qwaszx snowball pakistan redwings williams nintendo guinness november
  minecraft asdf1234 lasvegas babygirl dickhead 12121212 147258369 explorer snickers metallica alexande paradise michigan carolina kimberly kristina 0987654321 poohbear
  bollocks qweasdzxc drowssap caroline einstein spitfire maryjane 1232323q champion svetlana westside courtney 12345qwert patricia aaaaaaaa anderson security stargate
  simpsons scarface 123456789a cherokee veronica semperfi scotland marshall qwerty12 98765432 softball passport franklin alexander 55555555 zaq12wsx infinity kawasaki
  77777777 vladimir freeuser wildcats budlight brittany 00000000 bulldogs swordfis password123 Password1 P@ssw0rd P@ssw0rd1 Qwerty123! Qwerty1! iloveyou1 iloveyou2
  welcome1 welcome123 letmein1 letmein123 admin123 admin1234 administrator changeme changeme1 football1 baseball1 basketball princess1 superman1 batman123 monkey123
  dragon123 master123 shadow123 michael1 charlie1 jordan123 hunter123 sunshine1 chocolate liverpool1 chelsea1 arsenal1 manchester butterfly pokemon1 computer1 internet1
  samsung1 samsung123 facebook1 google123 abc12345 abcdefgh abcdefghi abcdef123 a1b2c3d4 1a2b3c4d q1w2e3r4 zxcvbnm123 asdfghjkl1 qazwsx123 1qaz2wsx3edc 147852369
  741852963 123654789 123456789q 123456a1 a123456789 aa123456 qq123456 zz123456 test1234 testtest tester123 passpass pass1234 passw0rd1 pa55w0rd pa55word secret123
  hello123 hello1234 summer2024 winter2023 spring2022 autumn2021 January1 december25 monday123 birthday1 christmas1 thomas123 daniel123 andrew123 jessica1 ashley123 nicole123
  amanda123 jasmine1 samantha1 elizabeth stephanie charlotte alexandra christian christine christopher sebastian valentina francesco alejandra nathaniel gabrielle`
  .split(/\s+/)
  .filter((word) => word.length >= 8);

describe("AU-20 the commonest passwords", () => {
  it("are refused: those that every list of leaks begins with", () => {
    const accepted = NOTORIOUS.filter((password) => !reasonsOf(password).includes("too-common"));
    assert.deepEqual(accepted, []);
    assert.ok(NOTORIOUS.length > 250);
  });

  it("are refused: every one of eight characters and more in a published list of ten thousand that is not ours", () => {
    const listed = readFileSync(new URL("../vectors/common-passwords.txt", import.meta.url), "utf8").split("\n").filter((line) => !line.startsWith("# ")).flatMap((line) => line.split(" ")).filter(Boolean);
    assert.ok(listed.length > 3000, "as many as the rule asks for");
    assert.deepEqual(listed.filter((password) => !reasonsOf(password).includes("too-common")), []);
  });

  it("are refused with other tails, and said once more until the space is full", () => {
    for (const password of ["ncc1701d", "ou812ou8", "9inchnails", "bondage1", "mynameis", "Umbrella2024!", "d0ll4rs99", "blizzardblizzard"]) assert.ok(isPredictable(password), password);
  });

  it("are refused in any case", () => {
    for (const password of NOTORIOUS) for (const form of [password.toUpperCase(), `${password[0]?.toUpperCase()}${password.slice(1)}`]) assert.ok(isPredictable(form), form);
  });

  it("are refused by the thousand: each word with the tails that people put behind it", () => {
    const tails = ["", "123", "1!", "2024"];
    const listed = [...commonWords()].flatMap((word) => tails.map((tail) => word + tail)).filter((password) => password.length >= 8);
    assert.ok(new Set(listed).size > 3000);
    assert.deepEqual(listed.filter((password) => !isPredictable(password)), []);
  });

  it("are told from passwords that nobody has", () => {
    const good = ["correct horse battery staple", "a long walk home", "mUst4ng-over-the-Hill", "Tr0ub4dor&3 revisited", "vK7#qLp2zR", "ymd-kxw-qzj-plf", "my dog eats 7 socks", "xk7cat9q", "hunter gathers berries", "zurich-banana-clock", "fjr82hsk", "Grüße aus Köln", "пароль надолго вперёд", "パスワードを忘れた"];
    for (const password of good) assert.deepEqual(reasonsOf(password), [], password);
  });

  it("never match what was drawn at random", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%&*+-=?_"), { minLength: 14, maxLength: 30 }).filter((signs) => new Set(signs).size > 9), (signs) => {
        const digits = signs.filter((sign) => /\d/.test(sign)).length;
        return digits > signs.length / 2 || !isPredictable(signs.join(""));
      }),
      { numRuns: 2000, seed: 20 },
    );
  });
});

describe("new passwords", () => {
  it("need eight characters, counted as people count", () => {
    assert.deepEqual(reasonsOf("kx7!qz9"), ["too-short"]);
    assert.deepEqual(reasonsOf("kx7!qz9w"), []);
    assert.deepEqual(reasonsOf("🦊🐻🐼🦁🐯🐨🐸"), ["too-short"]);
    assert.deepEqual(reasonsOf("🦊🐻🐼🦁🐯🐨🐸🐵"), []);
  });

  it("may be long, up to four KiB of bytes, and hold anything", () => {
    assert.deepEqual(reasonsOf("kx7! é漢".repeat(50)), []);
    assert.deepEqual(reasonsOf(`${"k".repeat(4090)}x7!qz9`), []);
    assert.deepEqual(reasonsOf(`${"k".repeat(4090)}x7!qz9w`), ["too-long"]);
    assert.deepEqual(reasonsOf(`kx7!qz9w\ud800`), ["malformed"]);
  });

  it("are not the user's own name or address, forwards, backwards or with a little added", () => {
    const owner = { username: "margaretha", email: "m.hamilton@apollo.example" };
    for (const like of ["margaretha", "MargaretHa1", "ahteragram", "margaretha2024", "m.hamilton@apollo.example", "hamilton-7", "notlimah!!", "apollo!42"]) assert.match(reasonsOf(like, owner).join(), /too-(similar|common)/, like);
    for (const fine of ["margaretha likes trains", "hamilton was here first", "entirely different"]) assert.deepEqual(reasonsOf(fine, owner), [], fine);
    assert.deepEqual(reasonsOf("xkq-7!pz", { username: "xk", email: "" }), []);
  });

  it("obey a rule of the application's own as well", () => {
    const refuse = (password: string): string | null => (password.includes("shop") ? "Not the name of the shop." : null);
    assert.deepEqual(findPasswordProblems("my shop password!", nobody, { minLength: 8, refuse }), [{ reason: "refused", message: "Not the name of the shop." }]);
  });

  it("are never repeated in what is said about them", () => {
    for (const password of ["secret-7", "password1", "margaretha"]) for (const { message } of findPasswordProblems(password, { username: "margaretha" }, policy)) assert.ok(!message.includes(password));
  });
});
