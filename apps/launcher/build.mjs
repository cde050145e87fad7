// Compiles what has changed since the last time: for the tests, whose processes are the compiled apps.
import { build } from './prepare.mjs';

await build();
