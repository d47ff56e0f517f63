import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileStatement, orderValues } from "../../../src/stores/sql/statement.ts";

const text = "update t set a = :a, b = :b where id = :id and a > :a and :a::bigint > 0";

describe("compileStatement", () => {
  it("repeats a numbered placeholder for a repeated parameter", () => {
    assert.deepEqual(compileStatement("x", text, "$1"), { name: "x", text: "update t set a = $1, b = $2 where id = $3 and a > $1 and $1::bigint > 0", order: ["a", "b", "id"] });
    assert.equal(compileStatement("x", text, "?1").text, "update t set a = ?1, b = ?2 where id = ?3 and a > ?1 and ?1::bigint > 0");
  });

  it("repeats the value where placeholders have no numbers", () => {
    const statement = compileStatement("x", text, "?");
    assert.equal(statement.text, "update t set a = ?, b = ? where id = ? and a > ? and ?::bigint > 0");
    assert.deepEqual(orderValues(statement, { id: "i", a: 1, b: null }), [1, null, "i", 1, 1]);
  });

  it("makes one line of it", () => {
    assert.equal(compileStatement("x", "  select 1\n     from t  ", "?").text, "select 1 from t");
  });
});
