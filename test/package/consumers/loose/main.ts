import { coatcheck } from "coatcheck/express";
import express = require("express");

const app = express();
app.use(coatcheck());
app.get("/", (req, res) => {
  req.coat.session.flush();
  res.end();
});
