export { PlatformModule } from './platform.module.js';
export { listen, type Own, runCommand, runConfigured, runPristine, runProcess, stopOnSignal } from './process.js';
export { openRuntime, type Runtime, StartError } from './runtime.js';
