import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PgStatement, takesStatements } from "../../../src/stores/sql/pg-statement.ts";

/** A connection that writes down what it is told. */
function makeConnection(): { log: string[]; parsedStatements: Record<string, string>; submittedNamedStatements: Record<string, string> } & Record<string, unknown> {
  const log: string[] = [];
  const tell =
    (what: string) =>
    (message?: unknown): void =>
      void log.push(message === undefined ? what : `${what} ${JSON.stringify(message)}`);
  return {
    log,
    parsedStatements: {},
    submittedNamedStatements: {},
    parse: tell("parse"),
    bind: tell("bind"),
    execute: tell("execute"),
    sync: tell("sync"),
    sendCopyFail: tell("copy-fail"),
    stream: { cork: tell("cork"), uncork: tell("uncork") },
  };
}

const ignore = (): void => {};

describe("a statement for pg", () => {
  it("is parsed once by its name, binds texts, and is never described", () => {
    const connection = makeConnection();
    new PgStatement("one", "select $1, $2, $3", ["é", 17, null], ignore).submit(connection as never);
    assert.deepEqual(connection.log, [
      "cork",
      'parse {"name":"one","text":"select $1, $2, $3"}',
      'bind {"portal":"","statement":"one","values":["é","17",null],"binary":false}',
      'execute {"portal":"","rows":0}',
      "sync",
      "uncork",
    ]);
    for (const known of ["submitted", "parsed"]) {
      if (known === "parsed") {
        connection.parsedStatements["one"] = "select $1, $2, $3";
        delete connection.submittedNamedStatements["one"];
      }
      connection.log.length = 0;
      assert.equal(new PgStatement("one", "select $1, $2, $3", ["a", 0, null], ignore).submit(connection as never), null);
      assert.ok(!connection.log.some((line) => line.startsWith("parse")), known);
    }
  });

  it("without a name is parsed each time", () => {
    const connection = makeConnection();
    for (let time = 0; time < 2; time++) new PgStatement(undefined, "select 1", [], ignore).submit(connection as never);
    assert.equal(connection.log.filter((line) => line.startsWith("parse")).length, 2);
  });

  it("is not sent where its name stands for another text", () => {
    const connection = makeConnection();
    connection.parsedStatements["one"] = "select 2";
    assert.match(String(new PgStatement("one", "select 1", [], ignore).submit(connection as never)), /another statement by the name "one"/);
    assert.deepEqual(connection.log, []);
  });

  it("uncorks when a message cannot be written", () => {
    const connection = makeConnection();
    connection["bind"] = () => {
      throw new Error("torn");
    };
    assert.throws(() => new PgStatement("one", "select 1", [], ignore).submit(connection as never), /torn/);
    assert.equal(connection.log.at(-1), "uncork");
  });

  it("gathers rows, and counts what the command's tag says", () => {
    for (const [tag, count] of [["UPDATE 1", 1], ["INSERT 0 3", 3], ["SELECT 0", 0], ["DELETE 12", 12], ["BEGIN", 0]] as const) {
      let heard: PgStatement | undefined;
      const statement = new PgStatement("one", "select 1", [], (error, answer) => {
        assert.equal(error, null);
        heard = answer;
      });
      statement.handleDataRow({ fields: ["a", null] });
      statement.handleDataRow({ fields: ["b", "t"] });
      statement.handleCommandComplete({ text: tag });
      statement.handleReadyForQuery();
      assert.equal(heard?.count, count, tag);
      assert.deepEqual(heard?.rows, [["a", null], ["b", "t"]]);
    }
  });

  it("two statements share no rows", () => {
    const [first, second] = [1, 2].map(() => new PgStatement("one", "select 1", [], ignore));
    first?.handleDataRow({ fields: ["a"] });
    assert.deepEqual(second?.rows, []);
  });

  it("calls what the client has put in the place of its callback", () => {
    const statement = new PgStatement("one", "select 1", [], () => assert.fail("past the client"));
    const heard: unknown[] = [];
    statement.callback = (error) => heard.push(error);
    statement.handleError(new Error("late"));
    statement.handleReadyForQuery();
    assert.deepEqual(heard.map(String), ["Error: late", "null"]);
  });

  it("goes to clients that are written in JavaScript and answer one by one, and to no others", () => {
    const connection = makeConnection();
    assert.equal(takesStatements({ connection }), true);
    assert.equal(takesStatements({ connection, pipeline: false }), true);
    assert.equal(takesStatements({ connection, pipeline: true }), false);
    assert.equal(takesStatements({ native: {} }), false);
    assert.equal(takesStatements({ connection: null }), false);
    assert.equal(takesStatements({ connection: { bind: ignore } }), false);
  });
});
