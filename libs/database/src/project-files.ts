import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of this library in the source tree; SQL files are read from there, also by the compiled program. */
export function databaseFolder(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('The project folder (package.json) was not found above the program.');
    folder = parent;
  }
  return join(folder, 'libs', 'database');
}
