import { quoteDjangoCookie } from "../../src/formats/django-cookie-text.ts";
import { readDjangoMessages, storeDjangoMessages } from "../../src/formats/django-message-storage.ts";
import { createDjangoMessageCodec, type DjangoMessage, type DjangoMessageList, djangoTagsOf } from "../../src/formats/django-messages.ts";
import { type DjangoRelease, isAtLeast } from "../../src/formats/django-release.ts";
import { clockAt, runVectors, secretOf } from "../vectors/vectors.ts";

type Input = Readonly<Record<string, any>>;

function codecOf(input: Input, release: DjangoRelease) {
  const fallbacks = isAtLeast(release, "4.2") ? (input["fallbacks"] ?? []) : [];
  return createDjangoMessageCodec([input["secret"], ...fallbacks].map(secretOf), { release, clock: clockAt(input["now"] ?? 1_700_000_000), minimumKeyBytes: 0 });
}

/** @param defaultTags what the extra tags are when they are not given: null for `Message`, the empty text for `messages.add` */
function listOf(input: Input, defaultTags: string | null): DjangoMessageList {
  const messages = (input["messages"] as Input[]).map(({ level, message, extra_tags: extraTags, safe }) => ({
    level, text: message, extraTags: extraTags === undefined ? defaultTags : extraTags, isSafe: safe === true,
  }));
  return { messages, isUnfinished: false };
}

const shown = (message: DjangoMessage) => ({
  level: message.level, message: message.text, extra_tags: message.extraTags, safe: message.isSafe, tags: djangoTagsOf(message),
});

runVectors("messages", {
  "messages.cookie_encode": (input, release) => codecOf(input, release).encodeCookie(listOf(input, null)),
  "messages.session_encode": (input, release) => codecOf(input, release).encodeSession(listOf(input, null)),
  "messages.cookie_decode": (input, release) => {
    if (input["data"] === "") return { messages: null, discarded: false };
    const list = codecOf(input, release).decodeCookie(input["data"]);
    return { messages: list === null ? null : list.messages.map(shown), discarded: list === null };
  },
  "messages.session_decode": (input, release) => ({
    messages: input["data"] === null ? null : codecOf(input, release).decodeSession(input["data"]).messages.map(shown),
  }),
  "messages.store": (input, release) => {
    const codec = codecOf(input, release);
    const unread = readDjangoMessages(input["storage"], { cookie: input["cookie"] ?? null, session: null }, codec).messages;
    const added = listOf(input, "").messages.filter(({ level, text }) => level >= 20 && text !== "");
    const { cookie, session, lost } = storeDjangoMessages(input["storage"], [...unread, ...added], codec);
    return { cookie_value: cookie, cookie_length: cookie === null ? 0 : quoteDjangoCookie(cookie).length, session_value: session, unstored: lost.length };
  },
  "messages.read": (input, release) => {
    const session: string | undefined = input["session_value"];
    const read = readDjangoMessages(input["storage"], { cookie: input["cookie"] ?? null, session: session ?? null }, codecOf(input, release));
    const removes = read.usesCookie;
    return {
      messages: read.messages.map(shown),
      set_cookie: removes ? ["messages=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"] : [],
      session_after: session === undefined || read.usesSession ? {} : { _messages: session },
    };
  },
});
