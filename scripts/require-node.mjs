// The guard that every npm script starts with. Its syntax is kept old, so that an old Node can read it and say what is wrong.
// Users of the package need 22.13; its sources run as they are, types and all, from 22.18.
var wanted = [22, 18];
var parts = process.versions.node.split(".").map(Number);

if (parts[0] < wanted[0] || (parts[0] === wanted[0] && parts[1] < wanted[1])) {
  console.error(
    "This needs Node " + wanted.join(".") + " or newer, and this is " + process.version +
    ': run "npm install" with install scripts allowed (it brings the Node that the project is pinned to), then start this through npm.'
  );
  process.exit(1);
}
