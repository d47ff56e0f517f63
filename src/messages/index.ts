/** One-time messages: `coatcheck/messages`. */
export { MESSAGE_LEVELS, type MessageLevel, type MessageLevelName } from "./level.ts";
export type { Message, MessageOptions, StoredMessage } from "./message.ts";
export { Messages } from "./messages.ts";
export type { MessageShelf } from "./shelf.ts";
