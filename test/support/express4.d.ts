// Express 4 is installed beside Express 5 under this name; for what the tests use, their types agree.
declare module "express4" {
  import express from "express";
  export default express;
}
