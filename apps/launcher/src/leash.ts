// Loaded into each child before its program: a launcher that is killed hard must not leave orphans behind.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
