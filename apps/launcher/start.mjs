// `npm start`: runs on whatever Node is there, before anything is installed. Only what an old Node can read stands here.
const OLDEST_NODE = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(
    `This needs Node ${OLDEST_NODE} or later; here is ${process.version}. Get a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}
void import('./run.mjs').then(({ runProgram }) => runProgram('main', process.argv.slice(2)));
